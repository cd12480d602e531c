"""The file of the cameras' sources."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1 import sources
from proto.wardwatch.v1.sources import CameraSource, Transport
from proto.wardwatch.v1.subjects import Place, camera_id, site_id

GATE = Place(site_id("h1"), camera_id("gate-2"))
SECRET = "rtsp://admin:s3cr%40et@10.0.0.5/ch1"

tokens = st.text("abcxyzABC019_-", min_size=1, max_size=64)
places = st.builds(Place, tokens.map(site_id), tokens.map(camera_id))
addresses = st.text(min_size=1, max_size=200).filter(str.isprintable)
cameras = st.builds(
    CameraSource,
    addresses,
    st.floats(0.01, 60),
    st.booleans(),
    st.integers(160, 7680),
    st.integers(30, 100),
    st.sampled_from(get_args(Transport)),
)


@given(st.dictionaries(places, cameras, max_size=5))
def test_what_is_written_is_read(rows: dict[Place, CameraSource]) -> None:
    found = sources.decode(sources.encode(rows).encode())

    assert found.cameras == rows
    assert not found.faults


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_what_is_no_object_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="it is not a JSON object"):
        sources.decode(content.encode())


@pytest.mark.parametrize("content", [b"", b'{"h1.gate": {"source": "rtsp://admin:s3cr', b"\xff\xfe"])
def test_what_is_no_json_is_refused_without_its_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^it is not JSON$"):
        sources.decode(content)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("rtsp://x", "what stands for it is not a JSON object"),
        ({"fps": 5}, "it has no source"),
        ({"source": ""}, "its source is empty, too long or holds signs that cannot be printed"),
        ({"source": f"{SECRET}\n"}, "its source is empty, too long or holds signs that cannot be printed"),
        ({"source": SECRET, "fps": 0}, "its fps must be from 0.01 to 60"),
        ({"source": SECRET, "fps": "5"}, "its fps is not a number"),
        ({"source": SECRET, "max_width_px": True}, "its max_width_px is not a number"),
        ({"source": SECRET, "transport": "s3cr%40et"}, "its transport must be one of auto, tcp, udp"),
    ],
)
def test_a_row_at_fault_is_told_without_its_address_and_alone(row: object, why: str) -> None:
    content = json.dumps({"h1.gate": row, "h1.gate-2": {"source": SECRET, "later": 1}}).encode()

    found = sources.decode(content)

    assert found.faults == {"h1.gate": why}
    assert found.cameras == {GATE: CameraSource(SECRET)}


def test_a_name_at_fault_is_not_repeated() -> None:
    found = sources.decode(json.dumps({SECRET: {"source": SECRET}}).encode())

    assert found.faults == {"camera 1 of the file": "its name is not of the form <site>.<camera>"}


def test_an_address_is_in_no_repr() -> None:
    assert "s3cr" not in repr(CameraSource(SECRET))


def test_more_cameras_than_one_publisher_reads_are_refused() -> None:
    rows = {f"h1.c{number}": {"source": "usb:0"} for number in range(sources.MOST_CAMERAS + 1)}

    with pytest.raises(ValueError, match="257 cameras, and 256 at most"):
        sources.decode(json.dumps(rows).encode())
