"""The file that says how cameras are mounted is obeyed as it stands, and read again when it changes."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proto.wardwatch.v1 import cameras
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.mounting import Mountings

GATE, DOOR = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "door"))


def written(path: Path, degrees: int) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(cameras.encode({GATE: CameraSettings(degrees)}))
    fresh.replace(path)


def test_without_a_file_nothing_is_turned(tmp_path: Path) -> None:
    assert Mountings(None).rotation(GATE) == 0
    assert Mountings(tmp_path / "none.json").rotation(GATE) == 0


def test_a_change_holds_from_the_next_frame_on(tmp_path: Path) -> None:
    path = tmp_path / "cameras.json"
    mountings = Mountings(path)

    seen = [mountings.rotation(GATE)]
    for degrees in (90, 270, 0):
        written(path, degrees)
        seen.append(mountings.rotation(GATE))
    written(path, 180)
    path.unlink()
    seen.append(mountings.rotation(GATE))

    assert seen == [0, 90, 270, 0, 0]
    assert mountings.rotation(DOOR) == 0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"h1.gate": 90}', id="no object"),
        pytest.param(b'{"h1.gate": {"rotation": 45}}', id="no quarter"),
        pytest.param(b'{"gate": {"rotation": 90}}', id="no site"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_a_broken_file_leaves_what_was_set(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cameras.json"
    written(path, 90)
    mountings = Mountings(path)
    assert mountings.rotation(GATE) == 90

    path.write_bytes(content)

    with capture_logs() as logs:
        assert [mountings.rotation(GATE) for _ in range(3)] == [90, 90, 90]
    assert [line["event"] for line in logs] == ["camera settings cannot be read and stay as they were"]


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert cameras.decode(b'{"h1.gate": {"rotation": 90, "floor": 3}}') == {GATE: CameraSettings(90)}


@pytest.mark.parametrize(("min_face_px", "least"), [(10, 48), (40, 48), (48, 48), (64, 64), (100, 100)])
def test_faces_are_found_from_the_smallest_wanted_width_on(min_face_px: int, least: int) -> None:
    assert cameras.least_face_px(min_face_px) == least
