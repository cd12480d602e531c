"""Refusals in one form (RFC 9457), whatever went wrong."""

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from services.alerts.database import StoreAway, Unacceptable
from services.alerts.edge.models import Problem
from services.alerts.incidents import NoSuchIncident, ResponseRefused
from services.alerts.review import VerdictRefused
from services.chassis.errors import NotStored


class Refused(Exception):
    """A request is refused with this status and these words."""

    def __init__(self, status: int, title: str, detail: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(title)
        self.problem = Problem(title=title, status=status, detail=detail)
        self.retry_after = retry_after


@web.middleware
async def as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn each way to fail into a problem document; a fault of ours stays aiohttp's own 500."""
    try:
        return await handler(request)
    except Refused as error:
        return _answer(error)
    except StoreAway:
        return _answer(Refused(503, "The database is away", "Nothing is lost. Try again in a moment.", retry_after=2))
    except NotStored:
        return _answer(Refused(503, "The broker is away", "This was not stored. Try again.", retry_after=2))
    except Unacceptable:
        return _answer(Refused(422, "Not a valid request", "It holds a value that cannot be."))
    except NoSuchIncident as error:
        return _answer(Refused(404, "No such incident", str(error)))
    except (VerdictRefused, ResponseRefused) as error:
        return _answer(Refused(409, "Not any more", str(error)))
    except ValidationError as error:
        # The input is left out: it may hold a code.
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        return _answer(Refused(422, "Not a valid request", faults))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _answer(Refused(error.status, error.reason))


def _answer(refused: Refused) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    return web.Response(
        status=refused.problem.status,
        text=refused.problem.model_dump_json(exclude_none=True),
        content_type="application/problem+json",
        headers=headers,
    )
