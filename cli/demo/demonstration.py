"""The demonstration: a person is put on the list by one account and approved by another, then walks in."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp

from cli import account, account_state, camera_expected, desk_client
from cli.demo import cameras, report, scene
from cli.demo.events import Alert, alerts
from cli.demo.scene import Film
from cli.desk_client import DeskClient
from cli.watchlist import liveness
from cli.watchlist.desk_requests import of
from cli.watchlist.drafting import Photo, put_forward, submitted, undecided
from cli.watchlist.reading import entry_pages
from local import context
from local.context import Context
from local.screen import Screen
from local.supervisor import Running
from proto.wardwatch.v1.entries import ApprovalRequest, EntryRequest, EntryView, LikenessRequest, ReasonRequest, Scope
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.errors import NoAnswer, Refusal, StartupError

LABEL: Final = "Demonstration person"
_AUTHOR: Final = "demo.author"
_APPROVER: Final = "demo.approver"
_GUARD: Final = "demo.guard"
_ACCOUNTS: Final = {_AUTHOR: Role.SUPERVISOR, _APPROVER: Role.SUPERVISOR, _GUARD: Role.GUARD}
_CAMERAS: Final = ("lobby", "entrance")
_REASON: Final = "a new demonstration begins"
_LIVE_WITHIN_SECONDS: Final = 60.0
# Two cameras show about six passers-by a second between them.
_PASSERS_BY: Final = 10
# A machine that has just been set up may still be busy with that.
_PASSERS_BY_WITHIN_SECONDS: Final = 90.0
_ALERT_WITHIN_SECONDS: Final = 60.0
_LOOK_EVERY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Counts:
    """The matcher's counters."""

    compared: int
    sightings: int


async def show(here: Running, *, stay: bool) -> None:
    """Run the demonstration and leave the cameras to *here*. Raises StartupError when no alert comes in time."""
    screen = here.screen
    pictures = here.at.home / "models"
    desk = context.load({"WARDWATCH_HOME": str(here.at.home)})
    with screen.step("pictures of the simulated cameras"):
        films = await asyncio.to_thread(scene.ensure, here.at.home / "demonstration", pictures)
    with screen.step("accounts of author, approver and guard"):
        for name, role in _ACCOUNTS.items():
            await _signed_in(desk, name, role)
    with screen.step(f"entry added by {_AUTHOR}, approved by {_APPROVER}"):
        await enrolled(here, desk, _AUTHOR, _APPROVER)
    async with alerts(desk.alerts_url, desk.token(_GUARD)) as events:
        before = await _counts(here)
        with screen.step("two simulated cameras, only passers-by in view"):
            await cameras.start(here, {"lobby": films[Film.LOBBY], "entrance": films[Film.ENTRANCE]})
            passed = await _passers_by(here, before)
        with screen.step("the listed person walks in at the entrance"):
            await cameras.show(here, "entrance", films[Film.VISIT])
            alert = await first(events)
        lobby = [each for each in await _incidents(desk) if "lobby" in each.cameras]
    report.alert(screen, alert)
    _check(alert, lobby, passed, screen)
    if not stay:
        return
    screen.line("The listed person comes by every few seconds; the page shows it as one incident.")


async def _signed_in(desk: Context, name: str, role: Role) -> None:
    """Sign *name* in, unless a session of an earlier run still holds."""
    if await asyncio.to_thread(desk.token_file(name).is_file):
        headers = {"Authorization": f"Bearer {desk.token(name)}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{desk.alerts_url}/api/v1/me") as reply:
            if reply.status == 200:
                return
    try:
        code = await account.code_for(desk, name, role)
    except account.AccountDisabled:  # by an earlier run, when it ended
        await account_state.let_in(desk, name)
        code = await account.code_for(desk, name, role)
    await account.redeem(desk, code)


@asynccontextmanager
async def leaving_nothing(here: Running) -> AsyncIterator[None]:
    """When left, nobody of the demonstration may sign in, its person is not looked for and its cameras are not missed.

    Who begins in earnest in the same folder would else find steps of the first hour done, and alerts that do not work.
    """
    try:
        yield
    finally:
        desk = context.load({"WARDWATCH_HOME": str(here.at.home)})
        try:
            await _leave(here, desk)
        except (StartupError, NoAnswer, Refusal) as error:
            here.screen.line(f"the demonstration's accounts and cameras stay: {error}")


async def _leave(here: Running, desk: Context) -> None:
    if await asyncio.to_thread(desk.token_file(_APPROVER).is_file):
        async with desk_client.opened(desk, _APPROVER) as approver:
            await _withdraw(approver)
    for camera in _CAMERAS:
        await camera_expected.tell(desk, Place(site_id(here.at.site), camera_id(camera)), expected=False)
    for name in _ACCOUNTS:
        await account_state.shut_out(desk, name, "the demonstration has ended", also_the_last=True)


async def enrolled(here: Running, at: Context, author_name: str, approver_name: str) -> str:
    """Put the person forward and approve; what an earlier run put forward is revoked, so that each run is alike.

    Returns the entry's id.
    """
    person = EntryRequest(
        label=LABEL,
        category="ban",
        basis="Demonstration only; no decision exists about anybody",
        evidence="None: nobody is listed in earnest",
        instruction="This is a demonstration. Greet the visitor.",
        scope=Scope(kind="sites", sites=[here.at.site]),
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    files = [Photo.at(scene.enrolment_photo(here.at.home / "models"), "NASA portrait, public domain", "")]
    async with desk_client.opened(at, author_name) as author, desk_client.opened(at, approver_name) as approver:
        await _withdraw(approver)
        entry = (await put_forward(author, person, files, _REASON, str(uuid.uuid4()))).entry
        if others := undecided(entry):
            # A draft that an earlier run left behind when it was cut off.
            body = LikenessRequest(decision="same_person", reason=_REASON)
            for each in others:
                await author.call("decide_likeness", target=of(entry.id, other=each.other), body=body)
            entry = await submitted(author, entry.id)
        if entry.state != "pending":
            raise StartupError("the demonstration's own photo was not accepted: that is a fault, not a demonstration")
        approved = await approver.read(
            EntryView, "approve_entry", target=of(entry.id), body=ApprovalRequest(revision=entry.revision)
        )
        seen = await liveness.live(author, approved.generation, within_seconds=_LIVE_WITHIN_SECONDS)
    if seen is None or not liveness.everywhere(seen):
        raise StartupError(f"the matcher did not take up the entry in time; see the logs in {here.at.logs}")
    return str(entry.id)


async def _withdraw(approver: DeskClient) -> None:
    body = ReasonRequest(reason=_REASON)
    for state in ("pending", "active", "suspended"):
        async for page in entry_pages(approver, state):
            for old in page.entries:
                if old.label == LABEL:
                    await approver.call("revoke_entry", target=of(old.id), body=body)


async def _passers_by(here: Running, before: Counts) -> int:
    """Wait until faces of passers-by were compared with the list; returns how many. None may have matched."""
    try:
        async with asyncio.timeout(_PASSERS_BY_WITHIN_SECONDS):
            while (now := await _counts(here)).compared - before.compared < _PASSERS_BY:  # noqa: ASYNC110 - same
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError as error:
        raise StartupError(
            f"the faces of passers-by did not reach the matcher in {_PASSERS_BY_WITHIN_SECONDS:g} s; "
            f"see the logs in {here.at.logs}"
        ) from error
    if now.sightings != before.sightings:
        raise StartupError("a passer-by was taken for the listed person: that is a fault, not a demonstration")
    return now.compared - before.compared


async def first(events: AsyncIterator[Alert]) -> Alert:
    """The first incident that is raised. Raises StartupError when none is in time."""
    try:
        async with asyncio.timeout(_ALERT_WITHIN_SECONDS):
            async for alert in events:
                if alert.kind == "raised":
                    return alert
    except TimeoutError as error:
        raise StartupError(f"no alert came within {_ALERT_WITHIN_SECONDS:g} s of the person walking in") from error
    raise StartupError("the server closed the stream of alerts before one came")


async def _counts(here: Running) -> Counts:
    """What the matcher says of itself."""
    url = here.children["matcher"].telemetry_url()
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as reply:
        text = await reply.text()
    return Counts(
        _value(text, "wardwatch_vectors_searched_total"),
        _value(text, "wardwatch_sightings_published_total"),
    )


def _value(text: str, name: str) -> int:
    return round(sum(float(number) for number in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))


@dataclass(frozen=True, slots=True)
class _Incident:
    cameras: tuple[str, ...]


async def _incidents(desk: Context) -> list[_Incident]:
    """What the guard's page lists since the demonstration's camera names exist."""
    headers = {"Authorization": f"Bearer {desk.token(_GUARD)}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{desk.alerts_url}/api/v1/incidents") as reply,
    ):
        body = await reply.json()
    return [_Incident(tuple(map(str, each["cameras"]))) for each in body["incidents"]]


def _check(alert: Alert, lobby: list[_Incident], passed: int, screen: Screen) -> None:
    """Passers-by must have raised nothing, before and after."""
    if alert.camera != "entrance" or lobby:
        raise StartupError("an alert came from a camera that only passers-by walked past: that is a fault")
    screen.line(
        f"  Passers-by: {passed} of their faces were compared before the person walked in: 0 sightings, 0 alerts."
    )
