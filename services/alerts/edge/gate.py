"""Who is asking: the session behind a request, and whether another page is asking in its name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from proto.wardwatch.v1 import refusals
from services.alerts.accounts import Holder
from services.alerts.database import StoreAway
from services.alerts.edge.patience import Patience
from services.alerts.edge.problems import Refused
from services.alerts.review import Role

# The prefix binds the cookie to this host and to a secure connection; browsers count 127.0.0.1 as secure.
COOKIE: Final = "__Host-wardwatch"

_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Of its size a token is known to be ours or not; a longer one is not even hashed.
_LONGEST_TOKEN: Final = 128


class Resolve(Protocol):
    """Whose session a token is."""

    async def holder(self, token: str) -> Holder | None:
        """Who this token belongs to; None when it is not valid. Raises StoreAway."""

    def remembered(self, token: str, now: datetime) -> Holder | None:
        """Who this token belonged to when it was last verified, while its session would still run."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Resolves the session of a request."""

    sessions: Resolve
    patience: Patience
    now: Callable[[], datetime]

    async def holder(self, request: web.Request) -> Holder:
        """Who asks. Raises Refused (401, 403) and StoreAway."""
        holder = await self.sessions.holder(token_of(request))
        if holder is None:
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return holder

    async def known(self, request: web.Request) -> Holder:
        """Who asks, also while the database is away if the session was verified before (safeguard S11).

        Only the stop button and what it shows are served on this. Raises Refused and StoreAway.
        """
        token = token_of(request)
        try:
            holder = await self.patience.answer(self.sessions.holder(token))
        except StoreAway as error:
            holder = self.sessions.remembered(token, self.now())
            if holder is None:
                raise StoreAway("database: and this session was not seen before") from error
        if holder is None:
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return holder

    async def supervisor(self, request: web.Request) -> Holder:
        """Who asks, if a supervisor, as in :meth:`known`."""
        holder = await self.known(request)
        if holder.role is not Role.SUPERVISOR:
            raise Refused(403, "For supervisors", refusals.ONLY_SUPERVISORS.filled())
        return holder


def token_of(request: web.Request) -> str:
    """The session token of a request. Raises Refused when there is none, or another page sent it."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        token = bearer.strip()
    else:
        token = request.cookies.get(COOKIE, "")
        if token and request.method in _UNSAFE:
            check_origin(request, required=True)
    if not token.isascii() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Refused(401, "Sign in", refusals.NO_SESSION.filled())
    return token


def check_origin(request: web.Request, *, required: bool) -> None:
    """Refuse a write that another site's page sends with this browser's cookie. Raises Refused."""
    origin = request.headers.get("Origin")
    if origin is None and not required:
        return
    if origin is None or urlsplit(origin).netloc.lower() != request.host.lower():
        raise Refused(403, "From another page", refusals.OTHER_PAGE.filled())
