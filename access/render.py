"""Write the accounts part of nats-server's configuration: pure."""

import json
from collections.abc import Iterable, Mapping

from access.grants import Grant
from proto.wardwatch.v1.subjects import Account

# Long enough for the slowest answer (an enrolment photo), short enough to be no standing permission.
_ANSWER_WITHIN = "1m"


def accounts(grants: Iterable[Grant], keys: Mapping[str, str]) -> str:
    """The ``accounts`` block for *grants*; *keys* holds each user's public key.

    VIDEO has no ``jetstream`` line. That absence is the privacy boundary: nothing published there can be stored.
    """
    held = list(grants)
    blocks = [_account(account, [g for g in held if g.account is account], keys) for account in Account]
    return "accounts {\n" + "".join(blocks) + "}\n"


def _account(account: Account, grants: list[Grant], keys: Mapping[str, str]) -> str:
    jetstream = "    jetstream: enabled\n" if account is Account.RECORD else ""
    users = "".join(_user(grant, keys[grant.user]) for grant in grants)
    return f"  {account.value} {{\n{jetstream}    users: [\n{users}    ]\n  }}\n"


def _user(grant: Grant, key: str) -> str:
    answers = f"\n        allow_responses: {{max: 1, expires: '{_ANSWER_WITHIN}'}}" if grant.answers else ""
    return (
        f"      # {grant.user}\n"
        f"      {{nkey: {key}, permissions: {{\n"
        f"        publish: {{allow: {_subjects(grant.publish)}}}\n"
        f"        subscribe: {{allow: {_subjects(grant.subscribe)}}}{answers}\n"
        f"      }}}}\n"
    )


def _subjects(patterns: frozenset[str]) -> str:
    return json.dumps(sorted(patterns))
