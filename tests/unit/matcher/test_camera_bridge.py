"""What passes the boundary of a camera's state: its fields, at a steady pace, of a bounded number of cameras."""

import asyncio

import pytest

from proto.wardwatch.v1.camera_states import CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, camera_id, camera_state, site_id, troubles
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.camera_bridge import CameraBridge

GATE = Place(site_id("h1"), camera_id("gate"))


def state(place: Place = GATE, frames: int = 3) -> CameraState:
    return CameraState(place, (CameraTrouble(TroubleKind.CORRUPT, frames),))


def delivery(payload: bytes, place: Place = GATE) -> Delivery:
    return Delivery(troubles(place), payload)


async def said(bridge: CameraBridge) -> list[tuple[str, bytes]]:
    """What one round says."""
    messages: list[tuple[str, bytes]] = []
    stop = asyncio.Event()

    async def publish(subject: str, payload: bytes) -> bool:
        messages.append((subject, payload))
        return True

    running = asyncio.create_task(bridge.run(publish, stop))
    await asyncio.sleep(0)
    stop.set()
    await running
    return messages


async def test_of_many_states_of_a_camera_the_last_one_is_said_once() -> None:
    bridge = CameraBridge(Meters())
    for frames in range(1, 100):
        bridge.offer(delivery(state(frames=frames).encode()))

    assert await said(bridge) == [(camera_state(GATE), state(frames=99).encode())]
    assert await said(bridge) == []


async def test_what_is_no_field_does_not_pass() -> None:
    bridge = CameraBridge(Meters())
    # Field 1000 of a later version, or of somebody who has something to tell.
    bridge.offer(delivery(state().encode() + b"\xc2\x3e\x06a face"))

    assert await said(bridge) == [(camera_state(GATE), state().encode())]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"a picture", id="no message"),
        pytest.param(state(Place(site_id("h1"), camera_id("door"))).encode(), id="of another camera"),
        pytest.param(state().encode().replace(b"\x08\x08", b"\x08\x63"), id="of a kind that is not known"),
        pytest.param(CameraState(GATE, state().troubles * 2).encode(), id="of one thing twice"),
        pytest.param(CameraState(GATE, state().troubles * 1000).encode(), id="of a thousand things"),
        pytest.param(CameraState(GATE, (CameraTrouble(TroubleKind.EMPTY, 0),)).encode(), id="of no frame"),
    ],
)
async def test_what_is_no_state_of_this_camera_is_counted_and_dropped(payload: bytes) -> None:
    meters = Meters()
    bridge = CameraBridge(meters)
    bridge.offer(delivery(payload))

    assert await said(bridge) == []
    assert meters.value("wardwatch_messages_unreadable_total", subject="troubles") == 1


async def test_of_too_many_cameras_some_are_left_out_and_counted() -> None:
    meters = Meters()
    bridge = CameraBridge(meters)
    for number in range(1100):
        place = Place(site_id("h1"), camera_id(f"c{number}"))
        bridge.offer(delivery(state(place).encode(), place))

    assert len(await said(bridge)) == 1024
    assert meters.value("wardwatch_bus_shed_total", reason="too_many_cameras") == 76
