"""`wardwatch camera rename`: what is said of a camera's place, its plan and its zones go along."""

import asyncio

import pytest

from cli import camera_moves
from local import context
from proto.wardwatch.v1.delivery import Arranged, Zone, ZoneView
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.edge.models import PlaceList, PlaceView
from services.chassis.errors import StartupError
from tests.unit.cli.desk_server import Desk

OLD, NEW = (Place(site_id("h1"), camera_id(camera)) for camera in ("gate-4", "gate-5"))
GATE = PlaceView(site="h1", camera="gate-4", name="Gate 4", building="House B", floor="Ground floor", plan=True)
ZONES = Arranged(
    rules=[],
    zones=[
        ZoneView(name="front", zone=Zone(site="h1", cameras=["gate-3", "gate-4"])),
        ZoneView(name="back", zone=Zone(site="h1", cameras=["gate-3"])),
        ZoneView(name="front of h2", zone=Zone(site="h2", cameras=["gate-4"])),
    ],
    shows_place=[],
)


async def moved(desk: Desk) -> None:
    await asyncio.to_thread(camera_moves.move, context.load(), "ana", OLD, NEW)


async def test_place_plan_and_zones_go_along(desk: Desk) -> None:
    other = GATE.model_copy(update={"site": "h2"})
    desk.script(
        list_places=PlaceList(places=[other, GATE]).model_dump(), show_plan=b"a plan", describe_place={}, set_plan={},
        show_arrangements=ZONES.model_dump(mode="json"), set_zone={},
    )  # fmt: skip

    await moved(desk)

    (described,), (drawn,), (zone,) = map(desk.server.of, ("describe_place", "set_plan", "set_zone"))
    assert described.json == {"name": "Gate 4", "building": "House B", "floor": "Ground floor"}
    assert (described.target["camera"], drawn.target["camera"], drawn.body) == ("gate-5", "gate-5", b"a plan")
    assert (zone.target["zone"], zone.json) == ("front", {"site": "h1", "cameras": ["gate-3", "gate-5"]})


async def test_of_a_place_that_nobody_described_nothing_is_said(desk: Desk) -> None:
    plain = GATE.model_copy(update={"camera": "gate-9"})
    nothing = Arranged(rules=[], zones=[], shows_place=[])
    desk.script(list_places=PlaceList(places=[plain]).model_dump(), show_arrangements=nothing.model_dump())

    await moved(desk)

    assert desk.server.names == ["list_places", "show_arrangements"]


async def test_an_answer_that_cannot_be_read_is_said(desk: Desk) -> None:
    desk.script(list_places={"places": [{"site": "h1"}]})

    with pytest.raises(StartupError, match="places of cameras cannot be read"):
        await moved(desk)
