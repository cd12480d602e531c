"""Authentication and authorisation of requests, and protection against requests from other sites' pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals, roles
from services.alerts.accounts.holder import Holder
from services.alerts.database import StoreAway
from services.alerts.edge.problems import Refused
from services.alerts.edge.query_timeout import QueryTimeout

# The prefix binds the cookie to this host and to a secure connection; browsers count 127.0.0.1 as secure.
COOKIE: Final = "__Host-wardwatch"

_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Longer texts are no tokens of ours and are not even hashed.
_LONGEST_TOKEN: Final = 128


# Called with the session's holder once the request is authorised.
AuthorisedHandler = Callable[[web.Request, Holder], Awaitable[web.StreamResponse]]


class SessionLookup(Protocol):
    """Finds the holder of a session token."""

    async def holder(self, token: str) -> Holder | None:
        """The holder of a valid token, else None. Raises StoreAway."""

    def remembered(self, token: str) -> Holder | None:
        """The holder as far as it is known without asking, also while the database is away."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Finds the session of a request and checks its role against the table in ``roles.py``."""

    sessions: SessionLookup
    query_timeout: QueryTimeout

    def protect(self, operation: str, handler: AuthorisedHandler, *, without_database: bool = False) -> Handler:
        """Wrap *handler*: accounts whose role may call *operation* reach it, all others are refused.

        With *without_database*, sessions that were open are accepted also while the database is away
        (safeguard S11). Only the stop button and what it shows need that.
        """

        async def authorised(request: web.Request) -> web.StreamResponse:
            holder = await (self._known(request) if without_database else self.holder(request))
            _check_role(operation, holder)
            return await handler(request, holder)

        return authorised

    async def recheck(self, operation: str, request: web.Request) -> Holder:
        """Check again a request that was authorised before. Raises Refused (401, 403) and StoreAway."""
        holder = await self.holder(request)
        _check_role(operation, holder)
        return holder

    def recognised(self, request: web.Request) -> Holder | None:
        """The holder of the request's session as far as it is known without asking; None for everybody else."""
        token = bearer_or_cookie(request)
        return self.sessions.remembered(token) if 0 < len(token) <= _LONGEST_TOKEN and token.isascii() else None

    async def holder(self, request: web.Request) -> Holder:
        """The holder of the request's session. Raises Refused (401, 403) and StoreAway."""
        holder = await self.sessions.holder(token_of(request))
        if holder is None:
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return holder

    async def _known(self, request: web.Request) -> Holder:
        """The same; while the database is away, as it was last read. Raises Refused and StoreAway."""
        token = token_of(request)
        try:
            holder = await self.query_timeout.run(self.sessions.holder(token))
        except StoreAway as error:
            holder = self.sessions.remembered(token)
            if holder is None:
                raise StoreAway("database: and this session is not known here") from error
        if holder is None:
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return holder


def _check_role(operation: str, holder: Holder) -> None:
    allowed = roles.ALLOWED[operation]
    if holder.role not in allowed:
        wrong = refusals.WRONG_ROLE.filled(role=holder.role.value, roles=sorted(allowed))
        raise Refused(403, "Not for this account", wrong)
    if operation in roles.PROVEN:
        check_proof(holder)


def check_proof(holder: Holder) -> None:
    """Refuse who can prove who they are, and has not done so within the last ten minutes. Raises Refused (403)."""
    if holder.lacks_proof:
        raise Refused(403, "Prove who you are", refusals.PROOF_NEEDED.filled())


def token_of(request: web.Request) -> str:
    """The session token of a request. Raises Refused when there is none, or another page sent it."""
    token = bearer_or_cookie(request)
    if token and request.method in _UNSAFE and not _has_bearer(request):
        check_origin(request, required=True)
    if not token.isascii() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Refused(401, "Sign in", refusals.NO_SESSION.filled())
    return token


def bearer_or_cookie(request: web.Request) -> str:
    """What a request gives as its session's token, empty when there is nothing."""
    if _has_bearer(request):
        return request.headers["Authorization"].partition(" ")[2].strip()
    return request.cookies.get(COOKIE, "")


def _has_bearer(request: web.Request) -> bool:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(bearer)


def check_origin(request: web.Request, *, required: bool) -> None:
    """Refuse a write that another site's page sends with this browser's cookie. Raises Refused."""
    origin = request.headers.get("Origin")
    if origin is None and not required:
        return
    if origin is None or urlsplit(origin).netloc.lower() != request.host.lower():
        raise Refused(403, "From another page", refusals.OTHER_PAGE.filled())
