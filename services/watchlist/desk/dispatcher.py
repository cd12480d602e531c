"""Dispatches requests: who asks and may they, what the request says, and every way to refuse it, in words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ValidationError

from proto.wardwatch.v1 import desk, refusals, subjects
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.roles import PROVEN
from proto.wardwatch.v1.sealing import NotOpened
from services.chassis.disk_space import DiskState
from services.chassis.errors import NotStored, Refusal
from services.chassis.telemetry import Meters
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.keys.seals import Unreadable
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules import identity_numbers
from services.watchlist.rules.constraints import REFUSALS
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import Holder

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Answer = Callable[[bytes], Awaitable[bytes]]

# One name for everybody who comes without a valid session, so that tokens cannot be guessed quickly.
_UNAUTHENTICATED: Final = "unknown"
# Whoever asks for these wants somebody looked for no more, and has to know another way while this one is shut.
_STOPPING: Final = frozenset({"suspend_entry", "suspend_list", "revoke_entry", "erase_entry"})
# Namespace of what is made under an idempotency key, drawn once: the same key makes the same thing.
# What fills disks and can wait: refused while one is nearly full, so that alerts go on.
_FILLING: Final = frozenset({"open_import", "import_people", "import_photo"})
_REQUESTS: Final = UUID("b7d2a5f0-41c6-4d8e-9a35-3c0e8f6d1a92")


@dataclass(frozen=True, slots=True)
class Request:
    """A request its account may make. ``content`` is of the operation's model, ``request_id`` names what it makes."""

    holder: Holder
    target: Mapping[str, str]
    request_id: UUID
    content: BaseModel | None = None
    attachment: bytes = field(default=b"", repr=False)

    def body(self, model: type[M]) -> M:
        """What the request says, as the model its operation names."""
        assert isinstance(self.content, model)  # the dispatcher has parsed it by the operation's own row
        return self.content

    def id(self, name: str) -> UUID:
        """The id that the address names. Raises Refusal (404) when it is none."""
        text = self.target.get(name, "")
        try:
            return UUID(text)
        except ValueError as error:
            raise Refusal(404, refusals.NOT_FOUND.filled(kind=name, text=text)) from error


@dataclass(frozen=True, slots=True)
class Response:
    """A response: a model, bytes such as a picture, both or neither."""

    content: BaseModel | None = None
    attachment: bytes = field(default=b"", repr=False)


Handler = Callable[[Request], Awaitable[Response]]


class Holders(Protocol):
    """Knows whose session a token belongs to; raises StoreAway."""

    async def holder(self, token_sha256: bytes) -> Holder | None: ...


class Dispatcher:
    """Serves each operation that has a handler. *rate_limit* counts the requests of each account.

    While *short_disks* names any, imports take nothing more in.
    """

    def __init__(
        self,
        holders: Holders,
        handlers: Mapping[str, Handler],
        rate_limit: RateLimit,
        meters: Meters,
        *,
        monotonic: Callable[[], float],
        new_id: Callable[[], UUID],
        short_disks: Callable[[], Sequence[DiskState]] = tuple,
    ) -> None:
        self._holders = holders
        self._handlers = handlers
        self._rate_limit = rate_limit
        self._meters = meters
        self._monotonic = monotonic
        self._new_id = new_id
        self._short_disks = short_disks

    def answers(self) -> Mapping[str, Answer]:
        """What to serve on which subject."""
        return {
            subjects.desk(name): self._answer(desk.BY_NAME[name], handler) for name, handler in self._handlers.items()
        }

    def _answer(self, operation: DeskOperation, handler: Handler) -> Answer:
        async def answer(payload: bytes) -> bytes:
            try:
                response = await self._handled(operation, handler, payload)
            except Refusal as refusal:
                self._count(operation, str(refusal.code))
                raise
            self._count(operation, "ok")
            content = b"" if response.content is None else response.content.model_dump_json().encode()
            return DeskAnswer(content, response.attachment).encode()

        return answer

    async def _handled(self, operation: DeskOperation, handler: Handler, payload: bytes) -> Response:
        try:
            call = DeskCall.decode(payload)
        except ValueError as error:
            raise Refusal(400, refusals.NOT_VALID.filled(faults=error, fields=[])) from error

        try:
            holder = await self._holder(call.token, operation)
            self._check_room(operation)
            request_id = self._request_id(operation, holder, call.idempotency_key)
            content = _parsed(operation, call.body)
            return await handler(Request(holder, call.target, request_id, content, call.attachment))
        except Forbidden as error:
            raise Refusal(409, REFUSALS.get(error.rule, refusals.RECORD_REFUSES.filled(rule=error.rule))) from error
        except (Unreadable, KeyGone, NotOpened) as error:
            raise Refusal(503, refusals.KEY_AWAY.filled()) from error
        except StoreAway as error:
            is_stop = operation.name in _STOPPING
            away = refusals.NOT_STOPPED.filled() if is_stop else refusals.RECORD_AWAY.filled()
            raise Refusal(503, away) from error
        except NotStored as error:
            raise Refusal(503, refusals.NOT_STORED.filled()) from error
        except Unacceptable as error:
            raise Refusal(422, error.words) from error

    async def _holder(self, token: str, operation: DeskOperation) -> Holder:
        holder = await self._holders.holder(sha256(token.encode()).digest())
        account = _UNAUTHENTICATED if holder is None else str(holder.account_id)
        if (operation.paced or holder is None) and not self._rate_limit.admits(account, self._monotonic()):
            raise Refusal(429, refusals.TOO_MANY_REQUESTS.filled())
        if holder is None:
            raise Refusal(401, refusals.SIGN_IN_AGAIN.filled())
        if holder.role not in operation.roles:
            raise Refusal(403, refusals.WRONG_ROLE.filled(role=holder.role, roles=sorted(operation.roles)))
        if operation.name in PROVEN and holder.lacks_proof:
            raise Refusal(403, refusals.PROOF_NEEDED.filled())
        return holder

    def _check_room(self, operation: DeskOperation) -> None:
        short = self._short_disks() if operation.name in _FILLING else ()
        if short:
            megabytes = short[0].free_bytes // 1_000_000
            raise Refusal(503, refusals.DISK_LOW.filled(disk=short[0].name, megabytes=megabytes))

    def _request_id(self, operation: DeskOperation, holder: Holder, key: str) -> UUID:
        return uuid5(_REQUESTS, f"{operation.name}/{holder.account_id}/{key}") if key else self._new_id()

    def _count(self, operation: DeskOperation, outcome: str) -> None:
        self._meters.count("wardwatch_desk_requests_total", operation=operation.name, outcome=outcome)


def _parsed(operation: DeskOperation, content: bytes) -> BaseModel | None:
    if operation.request is None:
        return None
    try:
        parsed = operation.request.model_validate_json(content or b"{}")
    except ValidationError as error:
        # The input is left out: it may hold a number or a name.
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        fields = [str(e["loc"][0]) for e in error.errors() if e["loc"]]
        raise Unacceptable(refusals.NOT_VALID.filled(faults=faults, fields=fields)) from error
    identity_numbers.check_absent(parsed.model_dump())
    return parsed
