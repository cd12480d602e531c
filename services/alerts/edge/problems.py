"""Refusals in one form (RFC 9457), whatever went wrong."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from services.alerts.accounts.rules import RULES
from services.alerts.database import StoreAway, Unacceptable
from services.alerts.edge.models import Problem
from services.alerts.incidents.audit_note import TooManyFaces
from services.alerts.incidents.review import VerdictRefused
from services.alerts.incidents.store import NoSuchIncident, ResponseRefused
from services.alerts.pairs.store import NoSuchPair
from services.alerts.places import NoSuchPlace
from services.chassis.errors import NoAnswer, NotStored, Refusal

# Under it an answer tells the code of its refusal to what is around it.
REFUSED: Final = web.ResponseKey("refused", str)


class Refused(Exception):
    """A request is refused with this status and these words."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | RefusalText | None = None,
        *,
        retry_after: int | None = None,
        allow: str | None = None,  # methods that the address takes
    ) -> None:
        super().__init__(title)
        words = detail if isinstance(detail, RefusalText) else RefusalText(detail or "")
        self.problem = Problem(
            title=title, status=status, detail=words.text or None, code=words.code or None, params=dict(words.params)
        )
        self.retry_after = retry_after
        self.allow = allow


@web.middleware
async def as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn each way to fail into a problem document; a fault of ours stays aiohttp's own 500."""
    try:
        return await handler(request)
    except Refused as error:
        return _answer(error)
    except StoreAway:
        return _answer(Refused(503, "The database is away", refusals.DATABASE_AWAY.filled(), retry_after=2))
    except NotStored:
        return _answer(Refused(503, "The broker is away", refusals.BROKER_AWAY.filled(), retry_after=2))
    except Unacceptable as error:
        return _answer(_of_the_record(error))
    except (Refusal, NoAnswer) as error:
        return _answer(_of_the_desk(error))
    except (NoSuchIncident, NoSuchPlace, NoSuchPair, VerdictRefused, ResponseRefused, TooManyFaces) as error:
        return _answer(_of_the_alerts(error))
    except ValidationError as error:
        # The input is left out: it may hold a code.
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        fields = [str(e["loc"][0]) for e in error.errors() if e["loc"]]
        return _answer(Refused(422, "Not a valid request", refusals.NOT_VALID.filled(faults=faults, fields=fields)))
    except web.HTTPException as error:
        return _answer(_of_the_server(error))


def _of_the_record(error: Unacceptable) -> Refused:
    """What a function of the database refuses, by the name it gives; anything else is a value that cannot be."""
    status, words = RULES.get(error.rule, (422, refusals.IMPOSSIBLE_VALUE.filled()))
    return Refused(status, _TITLES[status], words)


# What the desk refuses, by its code; the words are the desk's own.
_TITLES: Final = {
    401: "Sign in",
    403: "Not for this account",
    404: "There is no such thing",
    409: "Refused as things stand",
    413: "Too large",
    422: "Not a valid request",
    429: "Too many requests",
    503: "Not now",
}
# An account's requests are counted over a minute, so that after one of rest the next is taken for certain.
_RETRY_AFTER: Final = {429: 60, 503: 2}


def _of_the_alerts(
    error: NoSuchIncident | NoSuchPlace | NoSuchPair | VerdictRefused | ResponseRefused | TooManyFaces,
) -> Refused:
    match error:
        case NoSuchPlace():
            return Refused(404, "No such place", error.words)
        case NoSuchPair():
            return Refused(404, "No such pair", error.words)
        case NoSuchIncident():
            return Refused(404, "No such incident", error.words)
        case VerdictRefused() | ResponseRefused():
            return Refused(409, "Not any more", error.words)
        case TooManyFaces():
            return Refused(429, "Too many faces", error.words, retry_after=error.seconds)


def _of_the_desk(error: Refusal | NoAnswer) -> Refused:
    if isinstance(error, NoAnswer):
        words = refusals.DESK_AWAY.filled() if error.nobody_listens else refusals.DESK_SILENT.filled()
        return Refused(503, "The desk is away", words, retry_after=_RETRY_AFTER[503])
    if error.code not in _TITLES:
        return Refused(502, "The desk failed", refusals.DESK_FAILED.filled())
    seconds = error.words.params.get("seconds")
    retry_after = seconds if isinstance(seconds, int) else _RETRY_AFTER.get(error.code)
    return Refused(error.code, _TITLES[error.code], error.words, retry_after=retry_after)


def _of_the_server(error: web.HTTPException) -> Refused:
    """What aiohttp itself refuses; anything else it raises passes."""
    if error.status < 400:
        raise error
    words = refusals.NO_SUCH_ADDRESS.filled() if error.status in (404, 405) else refusals.NOT_TAKEN.filled()
    return Refused(error.status, error.reason, words, allow=error.headers.get("Allow"))


def _answer(refused: Refused) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    if refused.allow is not None:
        headers["Allow"] = refused.allow
    response = web.Response(
        status=refused.problem.status,
        text=refused.problem.model_dump_json(exclude_none=True),
        content_type="application/problem+json",
        headers=headers,
    )
    response[REFUSED] = refused.problem.code or ""
    return response
