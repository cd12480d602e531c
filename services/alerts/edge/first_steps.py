"""The first hour over HTTP: which steps are done, and whether the page of this account can be heard."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, SiteId
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.stream_slots import StreamSlots
from services.alerts.first_hour.record import FirstHourRecord
from services.alerts.first_hour.steps import Facts, steps

_USUAL_SITE: Final = "h1"


@dataclass(frozen=True, slots=True)
class Premises:
    """What the page says of this installation: its sites, how the command line is called, whether phones can keep a
    session here, and whether messages are sent to them.
    """

    sites: frozenset[SiteId]
    command: str
    secure: bool
    delivers: bool  # whether messages leave the house at all

    def first_site(self, holder: Holder) -> str:
        """Where the first camera goes: the first site that *holder* sees."""
        own = holder.sites or {_USUAL_SITE}
        return min((site for site in self.sites if holder.sees(site)), default=min(own))


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The operations of the first hour, each a method of that name.

    ``cameras`` are those that send now, ``matching`` how many entries each living matcher can match. ``drilled`` are
    the accounts whose pages have answered drills of the line; None while there are no drills.
    """

    authorisation: Authorisation
    record: FirstHourRecord
    cameras: Callable[[], Iterable[Place]]
    matching: Callable[[], Sequence[int]]
    slots: StreamSlots
    drilled: Callable[[], frozenset[UUID] | None]
    premises: Premises

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        protect = self.authorisation.protect
        return {
            "show_first_steps": protect("show_first_steps", self.show_first_steps),
            "report_sound": protect("report_sound", self.report_sound, without_database=True),
        }

    async def show_first_steps(self, _request: web.Request, holder: Holder) -> web.Response:
        known, heard, drilled = await self.record.read(), self.slots.heard(), self.drilled()
        reached = known.pushed_to | (drilled or frozenset())
        guards = {key: account.name for key, account in known.accounts.items() if account.role is Role.GUARD}
        facts = Facts(
            list(known.accounts.values()),
            [str(place.camera) for place in self.cameras() if holder.sees(place.site)],
            self.matching(),
            [name for key, name in guards.items() if key in heard],
            [name for key, name in guards.items() if key in reached],
            # A browser takes pushes only of a page that came by TLS.
            drilled is not None or (self.premises.delivers and self.premises.secure),
            [name for key, name in guards.items() if key in known.answered_by],
            is_answered=bool(known.answered_by),
        )
        views = [models.FirstStep(code=step.code, done=step.done, names=list(step.names)) for step in steps(facts)]
        here = self.premises
        return model_response(
            models.FirstSteps(
                steps=views, site=here.first_site(holder), command=here.command, phones_can_sign_in=here.secure
            )
        )

    async def report_sound(self, request: web.Request, _holder: Holder) -> web.Response:
        said = await parsed_body(request, models.SoundReport)
        self.slots.report(token_of(request), is_heard=said.rings)
        return web.Response(status=204)
