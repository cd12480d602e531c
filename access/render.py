"""Write the accounts part of nats-server's configuration: pure."""

import json
from collections.abc import Iterable, Mapping

from access.grants import CAMERA_CONNECTIONS, CAMERA_SUBSCRIPTIONS, Grant
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account

# Long enough for the slowest answer (an enrolment photo), short enough to be no standing permission.
_ANSWER_WITHIN = "1m"


def accounts(grants: Iterable[Grant], keys: Mapping[str, str]) -> str:
    """The ``accounts`` block for *grants*; *keys* holds each user's public key.

    VIDEO and cameras have no ``jetstream`` line. That absence is the privacy boundary: nothing published there can be
    stored.
    """
    held = list(grants)
    cameras = [grant for grant in held if grant.place is not None]
    services = {account: [g for g in held if g.account is account] for account in (Account.VIDEO, Account.RECORD)}
    blocks = [
        _account(Account.VIDEO, _users(services[Account.VIDEO], keys) + _from_cameras(cameras)),
        _account(Account.RECORD, "    jetstream: enabled\n" + _users(services[Account.RECORD], keys)),
        *(_account(json.dumps(camera.account_name), _camera(camera, keys)) for camera in cameras),
    ]
    return "accounts {\n" + "".join(blocks) + "}\n"


def _account(name: str, content: str) -> str:
    return f"  {name} {{\n{content}  }}\n"


def _users(grants: list[Grant], keys: Mapping[str, str]) -> str:
    return "    users: [\n" + "".join(_user(grant, keys[grant.user]) for grant in grants) + "    ]\n"


def _from_cameras(cameras: list[Grant]) -> str:
    """What VIDEO takes from cameras, each frame with its share in the subject, and what it lets each of them hear."""
    frames, refusals = "", ""
    for camera in cameras:
        assert camera.place is not None
        account, frame = json.dumps(camera.account_name), json.dumps(subjects.frames(camera.place))
        shared, rejected = json.dumps(subjects.shared_frames(camera.place)), json.dumps(subjects.rejected(camera.place))
        frames += f"      {{stream: {{account: {account}, subject: {frame}}}, to: {shared}}}\n"
        refusals += f"      {{stream: {rejected}, accounts: [{account}]}}\n"
    return f"    imports: [\n{frames}    ]\n    exports: [\n{refusals}    ]\n"


def _camera(camera: Grant, keys: Mapping[str, str]) -> str:
    """An account for one camera: the broker counts connections by account, so its own flood shuts out itself alone."""
    assert camera.place is not None
    frame, rejected = json.dumps(subjects.frames(camera.place)), json.dumps(subjects.rejected(camera.place))
    return (
        f"    limits: {{max_connections: {CAMERA_CONNECTIONS}, max_subscriptions: {CAMERA_SUBSCRIPTIONS}}}\n"
        f"    exports: [{{stream: {frame}, accounts: [{Account.VIDEO}]}}]\n"
        f"    imports: [{{stream: {{account: {Account.VIDEO}, subject: {rejected}}}}}]\n"
    ) + _users([camera], keys)


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
