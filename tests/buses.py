"""Connections to a test's broker, each with a user's own credential and in that user's account."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from access import grants
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus, Limits
from services.chassis.telemetry import Meters
from tests import servers

_ACCOUNTS: Final = {grant.user: grant.account for grant in grants.services()}


def connected(
    nats: servers.Nats, user: str, *, meters: Meters | None = None, limits: Limits | None = None
) -> AbstractAsyncContextManager[Bus]:
    """A connection to the bus as the service user *user*."""
    return connected_at(nats.url, nats.seed_file(user), user, meters=meters, limits=limits)


def connected_at(
    url: str,
    seed_file: Path,
    user: str,
    *,
    account: Account | None = None,
    meters: Meters | None = None,
    limits: Limits | None = None,
) -> AbstractAsyncContextManager[Bus]:
    """The same by address and seed; *account* is another than the user's own, or that of a user who is no service."""
    return Bus.connect(
        url,
        user=user,
        user_seed_file=seed_file,
        account=account or _ACCOUNTS[user],
        meters=meters or Meters(),
        limits=limits,
    )
