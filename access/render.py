"""Write what nats-server's configuration says of accounts and of links to other brokers: pure."""

import json
from collections.abc import Iterable, Mapping

from access.federation import NO_LINKS, Federation, Hub, Link, by_link_key, denied_to_hubs, domain_of, kept_from_hubs
from access.grants import CAMERA_CONNECTIONS, CAMERA_SUBSCRIPTIONS, SYSTEM, Grant
from access.keys import UserKey
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account

# Long enough for the slowest answer (an enrolment photo), short enough to be no standing permission.
_ANSWER_WITHIN = "1m"
# What federation may fill of the store, and never the record's room. The broker reserves it, and where there is not so
# much, a reload takes JetStream from accounts that have it: so nobody has it reserved who was not started with it.
PUBLISHED_BYTES = 8 * 1024**3
_ENABLED = "    jetstream: enabled\n"
JOINED_BYTES = 1024**3
# Else a seed of somebody in VIDEO or RECORD would open a link into them, where links are taken.
_STANDARD = 'allowed_connection_types: ["STANDARD"]'
_LEAF = 'allowed_connection_types: ["LEAFNODE"]'
_SYSTEM_ASKS = frozenset({"$SYS.REQ.SERVER.PING.LEAFZ", "$SYS.REQ.SERVER.*.RELOAD", "$SYS.REQ.SERVER.*.KICK"})


def accounts(
    grants: Iterable[Grant], keys: Mapping[str, str], federation: Federation = NO_LINKS, *, link_key: str = ""
) -> str:
    """The ``accounts`` block for *grants*; *keys* holds each user's public key, *link_key* is that of our own links.

    VIDEO and cameras have no ``jetstream`` line. That absence is the privacy boundary: nothing published there can be
    stored. Links end in the accounts of federation, which import and export nothing.
    """
    held = list(grants)
    cameras = [grant for grant in held if grant.place is not None]
    joined = [grant for grant in held if grant.list is not None]
    services = {
        account: [g for g in held if g.account is account and g.list is None]
        for account in (Account.VIDEO, Account.RECORD, Account.FED)
    }
    hospitals, room = "", _ENABLED
    if federation.hub is not None:
        hospitals, room = _hospitals(federation.hub, domain_of(link_key)), _room(PUBLISHED_BYTES)
    blocks = [
        _account(Account.VIDEO, _users(services[Account.VIDEO], keys) + _from_cameras(cameras)),
        _account(Account.RECORD, _ENABLED + _users(services[Account.RECORD], keys)),
        _account(Account.FED, room + _users(services[Account.FED], keys, hospitals)),
        *(_account(json.dumps(each.account_name), _room(JOINED_BYTES) + _users([each], keys)) for each in joined),
        *(_account(json.dumps(camera.account_name), _camera(camera, keys)) for camera in cameras),
        *([] if federation.hub is None else [_account("SYS", _system(keys[SYSTEM]))]),
    ]
    return "accounts {\n" + "".join(blocks) + "}\n"


def links(federation: Federation, key: UserKey) -> str:
    """The part beside the accounts: whether hospitals are listened for, and which publishers are dialled, by *key*.

    The server's name is its domain: a broker takes two links from servers of one name for one, and closes the former.
    Other hospitals do not know it, so none can close another's link by calling itself the same.
    """
    name = f"server_name: {domain_of(key.public)}\n"
    if federation == NO_LINKS:
        return f"{name}# No federation: nothing listens for other brokers, and none is dialled.\n"
    listens = "" if federation.hub is None else _listener(federation.hub)
    remotes = "".join(_remote(link, key) for link in federation.links)
    dials = f'  reconnect: "1s"\n  remotes: [\n{remotes}  ]\n' if remotes else ""
    system = "" if federation.hub is None else "system_account: SYS\n"
    return f"{name}{system}leafnodes {{\n{listens}{dials}}}\n"


def domain(link_key: str) -> str:
    """What the ``jetstream`` block says of the installation whose link has that public key."""
    return f"domain: {domain_of(link_key)}\n"


def _listener(hub: Hub) -> str:
    oldest = ".".join(map(str, subjects.MINIMUM_SERVER_VERSION))
    return (
        f"  listen: {json.dumps(hub.listen)}\n"
        f"  no_advertise: true\n"
        f"  isolate_leafnode_interest: true\n"
        f"  min_version: {oldest}\n"
        f"  tls {{cert_file: {json.dumps(hub.cert_file)}, key_file: {json.dumps(hub.key_file)}, timeout: 5}}\n"
    )


def _remote(link: Link, key: UserKey) -> str:
    authority = f"      tls {{ca_file: {json.dumps(link.ca_file)}, timeout: 5}}\n" if link.ca_file else ""
    return (
        f"    {{\n"
        f"      urls: {json.dumps(list(link.urls))}\n"
        f"      account: {json.dumps(subjects.joined_account(link.list))}\n"
        f"      nkey: {key.seed}\n"
        f"{authority}"
        f"      ignore_discovered_servers: true\n"
        f"      deny_imports: {json.dumps(denied_to_hubs(link.list, domain_of(key.public)))}\n"
        f"      deny_exports: {json.dumps(kept_from_hubs(domain_of(key.public)))}\n"
        f"    }}\n"
    )


def _hospitals(hub: Hub, domain: str) -> str:
    """The users by which hospitals' links come in: of no other use."""
    lines = ""
    for key, may in by_link_key(hub, domain).items():
        called = ", ".join(sorted(h for h, r in hub.hospitals.items() if r.link_key == key))
        lines += _by_key(f"the link of {called}", key, _LEAF, may.publish, may.subscribe)
    return lines


def _system(key: str) -> str:
    inbox = frozenset({f"{subjects.inbox_prefix(SYSTEM)}.>"})
    return "    users: [\n" + _by_key(SYSTEM, key, _STANDARD, _SYSTEM_ASKS, inbox) + "    ]\n"


def _room(most_bytes: int) -> str:
    return f"    jetstream: {{max_file: {most_bytes}}}\n"


def _account(name: str, content: str) -> str:
    return f"  {name} {{\n{content}  }}\n"


def _users(grants: list[Grant], keys: Mapping[str, str], more: str = "") -> str:
    return "    users: [\n" + "".join(_user(grant, keys[grant.user]) for grant in grants) + more + "    ]\n"


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
    return _by_key(grant.user, key, _STANDARD, grant.publish, grant.subscribe, answers)


def _by_key(
    called: str, key: str, connects: str, publish: frozenset[str], subscribe: frozenset[str], answers: str = ""
) -> str:
    return (
        f"      # {called}\n"
        f"      {{nkey: {key}, {connects}, permissions: {{\n"
        f"        publish: {{allow: {_subjects(publish)}}}\n"
        f"        subscribe: {{allow: {_subjects(subscribe)}}}{answers}\n"
        f"      }}}}\n"
    )


def _subjects(patterns: frozenset[str]) -> str:
    return json.dumps(sorted(patterns))
