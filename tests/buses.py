"""Connections to a test's broker, each with a user's own credential and in that user's account."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from access import grants
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis.bus import Bus, Limits
from services.chassis.signing import AUTHORS_FILE, NO_SIGNATURES, Signatures, key_file, read_signatures
from services.chassis.telemetry import Meters
from tests import servers

AUTHORS: Final = {
    grants.MATCHER_VIDEO: Author.MATCHER,
    grants.MATCHER_RECORD: Author.MATCHER,
    grants.WATCHLIST_RECORD: Author.WATCHLIST,
    grants.ALERTS: Author.ALERTS,
    grants.OPERATOR: Author.OPERATOR,
    grants.DRILL: Author.DRILL,
    grants.DELIVERY: Author.DELIVERY,
    grants.FEDERATION_RECORD: Author.FEDERATION,
}
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
        signatures=_signatures_of(user, seed_file.parent),
    )


def signatures(author: Author, folder: Path) -> Signatures:
    """What *author* signs with and believes, in a credentials folder."""
    return read_signatures(author, folder / key_file(author), folder / AUTHORS_FILE)


def _signatures_of(user: str, folder: Path) -> Signatures:
    """As the service of *user* has them; the keys lie beside the seeds."""
    author = AUTHORS.get(user)
    if author is None or not (folder / AUTHORS_FILE).exists():
        return NO_SIGNATURES
    return signatures(author, folder)
