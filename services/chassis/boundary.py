"""Checks, made once after connecting, that a process stands on the right side of the privacy boundary (S1)."""

import json
import re
from collections.abc import Mapping
from typing import Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis.errors import NoAnswer, StartupError

# JetStream's own code for "JetStream not enabled for account".
_NOT_ENABLED_FOR_ACCOUNT = 10039
# What an account of federation may keep, and of which subjects.
_FEDERATED_STREAM = re.compile(r"(LIST|FACES|RECEIPTS|HELLOS)_[a-z0-9-]{1,32}")
_FEDERATED_SUBJECTS = "fed."


class Ask(Protocol):
    """A request to the broker itself. Raises NoAnswer when it stays silent or nobody listens."""

    async def __call__(self, subject: str, payload: bytes) -> bytes: ...


def check_version(text: str) -> None:
    """Raise StartupError when the broker is older than the oldest version that is safe to use."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    wanted = ".".join(map(str, subjects.MINIMUM_SERVER_VERSION))
    if numbers is None or tuple(map(int, numbers.groups())) < subjects.MINIMUM_SERVER_VERSION:
        raise StartupError(f"nats-server is version {text}; Wardwatch needs {wanted} or later")


async def check_account(ask: Ask, expected: Account, *, user: str) -> None:
    """Raise StartupError unless the credential belongs to *expected* and that account keeps its promise.

    *user* is who the credential should be of. VIDEO, and a camera's own account, must not be able to store anything; in
    RECORD no stream may take a subject that carries passers-by; in the accounts of federation, where links to other
    brokers end, nothing may be stored but federated lists and what is owed for them.
    """
    name = _name_of(expected, user)
    actual = await _account(ask, user)
    if actual != name:
        raise StartupError(f"this credential belongs to account {actual}, but the service works in account {name}")
    if expected is Account.RECORD:
        await _check_streams(ask)
    elif expected is Account.FED:
        await _check_federated_streams(ask, name)
    else:
        await _check_nothing_can_be_stored(ask, name)


def _name_of(expected: Account, user: str) -> str:
    if expected is Account.CAMERA:
        return subjects.camera_account(user)
    return subjects.federation_account(user) if expected is Account.FED else expected.value


async def _account(ask: Ask, user: str) -> str:
    try:
        reply = json.loads(await ask("$SYS.REQ.USER.INFO", b""))
    except (NoAnswer, ValueError) as error:
        # Answers come to the user's own inbox, which nobody else's credential may read.
        raise StartupError(f"the broker does not answer {user}: this credential is another user's") from error
    return str(reply.get("data", {}).get("account", "(none)"))


async def _check_nothing_can_be_stored(ask: Ask, account: str) -> None:
    try:
        reply = json.loads(await ask("$JS.API.INFO", b""))
    except NoAnswer as error:
        if error.nobody_listens:
            return
        raise StartupError(f"the broker does not say whether account {account} can store messages") from error
    if reply.get("error", {}).get("err_code") != _NOT_ENABLED_FOR_ACCOUNT:
        raise StartupError(f"account {account} has JetStream enabled: passers-by could be stored; disable it there")


async def _check_streams(ask: Ask) -> None:
    for subject in subjects.NEVER_STORED:
        try:
            reply = json.loads(await ask("$JS.API.STREAM.NAMES", json.dumps({"subject": subject}).encode()))
        except NoAnswer as error:
            raise StartupError("account RECORD has no JetStream: sightings could not be kept") from error
        if reply.get("error"):
            raise StartupError(f"account RECORD has no JetStream: {reply['error'].get('description')}")
        if names := reply.get("streams"):
            raise StartupError(f"stream {', '.join(names)} overlaps {subject}: passers-by would be stored; remove it")


async def _check_federated_streams(ask: Ask, account: str) -> None:
    offset, total = 0, 1
    while offset < total:
        try:
            reply = json.loads(await ask("$JS.API.STREAM.LIST", json.dumps({"offset": offset}).encode()))
        except NoAnswer as error:
            raise StartupError(f"account {account} has no JetStream: lists could not be kept") from error
        if reply.get("error"):
            raise StartupError(f"account {account} has no JetStream: {reply['error'].get('description')}")
        streams = reply.get("streams") or []
        for stream in streams:
            _check_federated(account, stream["config"])
        total, offset = reply.get("total", 0), offset + len(streams)
        if not streams:
            return


def _check_federated(account: str, config: Mapping[str, object]) -> None:
    """A copy has a source and no subjects; all else has subjects of federation alone."""
    name, taken = str(config.get("name")), config.get("subjects") or []
    strange = [s for s in taken if not str(s).startswith(_FEDERATED_SUBJECTS)] if isinstance(taken, list) else [taken]
    if not _FEDERATED_STREAM.fullmatch(name) or strange or config.get("mirror"):
        what = f"subjects {', '.join(map(str, strange))}" if strange else "what is no list"
        raise StartupError(f"stream {name} of account {account} stores {what}: links to others end there; remove it")
