"""What a load sends, whom it must not disturb, and how it is drawn."""

import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import av
import numpy as np
import pytest
from PIL import Image

from cli.bench import listening, names, picture, reel, stages, ward, words
from cli.bench.measures import Moment
from cli.bench.readings import Change, Reading
from cli.bench.reel import Size
from cli.bench.ward import Ward
from local import context
from proto.wardwatch.v1.subjects import site_id
from services.chassis.errors import StartupError
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, Desk
from tests.unit.cli.test_bench_capacity import measured

BENCH = site_id("bench")


def jpeg(path: Path, width: int, height: int) -> bytes:
    Image.new("RGB", (width, height), (10, 200, 30)).save(path, quality=90)
    return path.read_bytes()


def size_of(frame: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(frame)) as picture_:
        return picture_.size


def frames_of(camera: str, received: float, processed: float) -> Reading:
    series = frozenset({("camera", camera)})
    counters = {
        ("wardwatch_frames_received_total", series): received,
        ("wardwatch_frames_processed_total", series): processed,
    }
    return Reading(0.0, {"detector": counters})


def test_pictures_of_a_folder_are_sent_as_they_are_and_in_turn(tmp_path: Path) -> None:
    both = [jpeg(tmp_path / "b.jpg", 64, 48), jpeg(tmp_path / "a.jpg", 64, 48)]
    (tmp_path / "notes.txt").write_text("no picture")

    found = reel.read(tmp_path, None, 5.0)

    assert found.frames == (both[1], both[0])
    assert (found.size, found.frame(2)) == (Size(64, 48), both[1])


def test_pictures_are_brought_to_a_size_without_distortion(tmp_path: Path) -> None:
    jpeg(tmp_path / "a.jpg", 100, 100)

    (frame,) = reel.read(tmp_path, Size(160, 90), 5.0).frames

    with Image.open(io.BytesIO(frame)) as picture_:
        assert picture_.size == (160, 90)
        left, middle = picture_.getpixel((2, 45)), picture_.getpixel((80, 45))
    assert isinstance(left, tuple)
    assert isinstance(middle, tuple)
    assert max(abs(value - 127) for value in left) < 12
    assert middle[1] > 180


def test_a_film_is_read_at_the_rate_of_the_cameras(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(40):
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)

    found = reel.read(film, None, 5.0)

    assert len(found.frames) == 10
    assert size_of(found.frames[0]) == (64, 48)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("no film")])
def test_what_holds_no_picture_is_refused(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "source")

    with pytest.raises(StartupError):
        reel.read(tmp_path / "source", None, 5.0)


@pytest.mark.parametrize("text", ["", "1280", "x720", "0x0", "99999x720", "-1x5"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(StartupError):
        reel.parse_size(text)


def test_cameras_of_the_load_are_told_from_real_ones() -> None:
    assert names.is_own("bench.bench-12", BENCH)
    assert not names.is_own("bench.bench-x", BENCH)
    assert not names.is_own("h1.bench-1", BENCH)


async def test_containers_that_share_a_name_are_read_one_by_one() -> None:
    async def resolve(host: str) -> list[str]:
        return {"detector": ["10.0.0.2", "10.0.0.7"], "matcher": ["10.0.0.3"]}[host]

    found = await stages.each_replica({"detector": "http://detector:8080", "matcher": "http://matcher:8080"}, resolve)

    assert found == {
        "detector": "http://10.0.0.2:8080",
        "detector-2": "http://10.0.0.7:8080",
        "matcher": "http://10.0.0.3:8080",
    }


def test_real_cameras_at_work_are_a_reason_to_refuse() -> None:
    change = Change(frames_of("h1.gate-1", 100, 100), frames_of("h1.gate-1", 103, 103))
    found = Ward(BENCH).others(change)

    assert found == {"h1.gate-1": 3}
    with pytest.raises(StartupError, match=r"1 of your cameras are at work \(h1\.gate-1\)"):
        ward.refuse(found, allowed=False)
    ward.refuse(found, allowed=True)


def test_cameras_that_are_silent_or_our_own_are_no_reason() -> None:
    silent = Change(frames_of("h1.gate-1", 100, 90), frames_of("h1.gate-1", 100, 90))
    own = Change(frames_of("bench.bench-1", 0, 0), frames_of("bench.bench-1", 50, 50))

    assert Ward(BENCH).others(silent) == {}
    assert Ward(BENCH).others(own) == {}
    assert Ward(BENCH).lost_share(own) == 0


def test_a_load_gives_way_when_real_cameras_lose_frames_for_long() -> None:
    watched = Ward(BENCH, usual=0.05)
    well = Change(frames_of("h1.gate-1", 0, 0), frames_of("h1.gate-1", 10, 9))
    badly = Change(frames_of("h1.gate-1", 0, 0), frames_of("h1.gate-1", 10, 6))

    assert [watched.harmed(each) for each in (badly, badly, well, badly, badly, badly)] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"state": "revoked"}, f"entry {ENTRY} is revoked, so it cannot be sighted"),
        ({"state": "active", "sites": ["h1"]}, f"entry {ENTRY} does not match at bench"),
    ],
    ids=["ended", "elsewhere"],
)
async def test_an_entry_that_cannot_match_at_the_loads_site_is_refused(
    desk: Desk, entry: dict[str, object], why: str
) -> None:
    desk.server.scripts["show_entry"] = [desk_server.entry(**entry)]

    with pytest.raises(StartupError, match=re.escape(why)):
        await listening.check_entry(context.load(), "ana", ENTRY, BENCH)


async def test_an_entry_that_matches_at_the_loads_site_is_measured(desk: Desk) -> None:
    desk.server.scripts["show_entry"] = [desk_server.entry(state="active", sites=["bench"])]

    await listening.check_entry(context.load(), "ana", ENTRY, BENCH)

    assert [request.target for request in desk.server.requests] == [{"entry": ENTRY}]


def test_the_picture_is_well_formed_and_shows_every_rate() -> None:
    series = [Moment(float(n), 10.0 + n, 9.0, 14.0, 12.0, n / 2) for n in range(1, 6)]
    drawn = picture.drawn(replace(measured(), series=series), '4 cameras <at> "night" & day')

    root = ET.fromstring(drawn)  # noqa: S314 - our own

    curves = root.findall("{http://www.w3.org/2000/svg}polyline")
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(curves) == 5
    assert '4 cameras <at> "night" & day' in texts
    heights = [float(point.split(",")[1]) for curve in curves for point in curve.attrib["points"].split()]
    assert all(60 <= height <= 320 for height in heights)


def test_a_picture_of_nothing_is_a_picture() -> None:
    ET.fromstring(picture.drawn(measured(), ""))  # noqa: S314 - our own


def test_what_was_not_measured_is_said() -> None:
    lines = "\n".join(words.lines(measured()))

    assert "tracks: not measured, this detector counts none" in lines
    assert "publish to sighting and to page: not measured, for nobody's phone rings unasked" in lines
