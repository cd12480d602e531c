"""Who is asking, may they, and whether another page is asking in their name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals, roles
from services.alerts.accounts.store import Holder
from services.alerts.database import StoreAway
from services.alerts.edge.patience import Patience
from services.alerts.edge.problems import Refused

# The prefix binds the cookie to this host and to a secure connection; browsers count 127.0.0.1 as secure.
COOKIE: Final = "__Host-wardwatch"

_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Of its size a token is known to be ours or not; a longer one is not even hashed.
_LONGEST_TOKEN: Final = 128


# What is done for somebody who may have it done.
Work = Callable[[web.Request, Holder], Awaitable[web.StreamResponse]]


class Resolve(Protocol):
    """Whose session a token is."""

    async def holder(self, token: str) -> Holder | None:
        """Who this token belongs to; None when it is not valid. Raises StoreAway."""

    def remembered(self, token: str, now: datetime) -> Holder | None:
        """Who this token belonged to when it was last verified, while its session would still run."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Resolves the session of a request, and lets through who the table in ``roles.py`` allows."""

    sessions: Resolve
    patience: Patience
    now: Callable[[], datetime]

    def guard(self, operation: str, work: Work, *, while_away: bool = False) -> Handler:
        """A handler that does *work* for accounts whose role may call *operation*, and refuses all others.

        With *while_away* also when the database is away, for sessions that were verified before (safeguard S11): only
        the stop button and what it shows are served so.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            holder = await (self._known(request) if while_away else self.holder(request))
            _check_role(operation, holder)
            return await work(request, holder)

        return guarded

    async def recheck(self, operation: str, request: web.Request) -> None:
        """Check again whoever was let through before. Raises Refused (401, 403) and StoreAway."""
        _check_role(operation, await self.holder(request))

    async def holder(self, request: web.Request) -> Holder:
        """Who asks. Raises Refused (401, 403) and StoreAway."""
        holder = await self.sessions.holder(token_of(request))
        if holder is None:
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return holder

    async def _known(self, request: web.Request) -> Holder:
        """Who asks, also while the database is away if the session was verified before. Raises Refused, StoreAway."""
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


def _check_role(operation: str, holder: Holder) -> None:
    allowed = roles.ALLOWED[operation]
    if holder.role not in allowed:
        wrong = refusals.WRONG_ROLE.filled(role=holder.role.value, roles=sorted(allowed))
        raise Refused(403, "Not for this account", wrong)


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
