"""`wardwatch bench` and `capacity` against a running Wardwatch: figures add up, nobody is rung, nothing is left."""

import asyncio
import json
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from local.waiting import wait_until
from tests.installation import MODELS, Installation, running

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(300)]

_WITHIN_SECONDS: Final = 120.0


@pytest.fixture(scope="module")
def here() -> Iterator[Installation]:
    with running() as installation:
        yield installation


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures in which the two portraits stand."""
    folder = tmp_path_factory.mktemp("crowd")
    portraits = [cv2.imread(str(MODELS / name)) for name in ("astronaut.png", "grace_hopper.jpg")]
    for number in range(4):
        scene = np.full((360, 640, 3), 120 + 10 * number, np.uint8)
        for left, portrait in zip((20, 330), portraits, strict=True):
            assert portrait is not None
            scene[40:340, left + 5 * number : left + 5 * number + 290] = cv2.resize(portrait[:500, :500], (290, 300))
        cv2.imwrite(str(folder / f"{number}.jpg"), scene)
    return folder


def nothing_is_left(here: Installation) -> None:
    assert not [user for user in json.loads((here.home / "credentials" / "users.json").read_text()) if "bench" in user]
    assert "matching runs at bench" in here.cli("matching", "status", "--site", "bench")


def given_up(stage: Mapping[str, Mapping[str, int]], *elsewhere: str) -> int:
    lost = {**stage["shed"], **stage["passed_over"]}
    return sum(n for reason, n in lost.items() if reason not in elsewhere and not reason.startswith("refused"))


def test_what_stages_did_adds_up_to_what_was_sent(here: Installation, crowd: Path, tmp_path: Path) -> None:
    figures, drawn = tmp_path / "figures.json", tmp_path / "figures.svg"

    said = here.cli(
        "bench", "--cameras", "3", "--rate", "2", "--seconds", "4", "--from", str(crowd), "--json", str(figures),
        "--picture", str(drawn),
    )  # fmt: skip

    found = json.loads(figures.read_text())
    load, (detector, embedder, matcher) = found["load"], found["stages"]
    assert load["frames"] + load["not_sent"] == 3 * 2 * 4
    assert load["frames"] > 0
    assert (load["refused"], load["size"]) == ({}, "640x360")
    unheard = sum(detector["shed"].get(reason, 0) for reason in ("never_arrived", "over_pace", "slow_consumer"))
    assert detector["received"] + unheard == load["frames"]
    assert detector["done"] + given_up(detector, "never_arrived", "over_pace", "slow_consumer") == detector["received"]
    assert sum(each["sent"] for each in found["cameras"].values()) == load["frames"]
    assert sum(each["searched"] for each in found["cameras"].values()) == detector["done"]
    assert embedder["received"] <= found["faces_found"]
    assert embedder["done"] + given_up(embedder) == embedder["received"]
    assert matcher["received"] == embedder["done"]
    # Matching is stopped at the load's site, so nobody can be sighted.
    assert (matcher["done"], matcher["passed_over"].get("stopped", 0)) == (0, matcher["received"])
    assert (found["incidents_raised"], found["alerts"]) == (0, None)
    processes = {each["name"]: each for each in found["processes"]}
    assert {"detector", "embedder", "matcher", "alerts", "watchlist", "nats-server", "postgres"} <= processes.keys()
    assert all(each["memory_mib_after"] > 1 for each in processes.values())
    assert processes["detector"]["cpu_seconds"] > 0
    assert f"sent {load['frames']} frames" in said
    assert ET.fromstring(drawn.read_text()).tag.endswith("svg")  # noqa: S314 - our own
    nothing_is_left(here)


def test_alerts_are_measured_where_an_entry_is_named(here: Installation, crowd: Path, tmp_path: Path) -> None:
    entry = here.enrol("Somebody of the bench", MODELS / "astronaut.png")
    figures = tmp_path / "figures.json"

    here.cli(
        "bench", "--cameras", "2", "--rate", "2", "--seconds", "12", "--from", str(crowd), "--json", str(figures),
        "--entry", entry, "--as", "approver",
    )  # fmt: skip

    found = json.loads(figures.read_text())
    assert found["incidents_raised"] >= 1
    assert found["alerts"]["events"] >= 1
    assert found["alerts"]["to_page"]["p50_ms"] > found["alerts"]["to_sighting"]["p50_ms"] > 0
    nothing_is_left(here)


def test_an_entry_that_cannot_match_at_the_loads_site_is_refused(here: Installation, crowd: Path) -> None:
    entry = here.enrol("Somebody of another site", MODELS / "grace_hopper.jpg")
    here.cli("watchlist", "revoke", entry, "--reason", "the test is over", "--as", "approver")

    done = here.run("bench", "--from", str(crowd), "--entry", entry, "--as", "approver")

    assert (done.returncode, done.stdout) == (1, "")
    assert f"entry {entry} is revoked, so it cannot be sighted" in done.stderr


def test_no_load_runs_beside_real_cameras_unasked(here: Installation, crowd: Path) -> None:
    async def tried() -> tuple[int, str]:
        picture = await asyncio.to_thread((crowd / "0.jpg").read_bytes)
        async with here.publishing("gate-9") as camera, camera.showing(picture, frames_per_second=5):
            done = await asyncio.to_thread(here.run, "bench", "--from", str(crowd), "--seconds", "2")
        return done.returncode, done.stderr

    code, said = asyncio.run(tried())

    assert code == 1
    assert "1 of your cameras are at work (h1.gate-9)" in said
    nothing_is_left(here)


def test_a_load_that_is_ended_puts_everything_back(here: Installation, crowd: Path) -> None:
    users = here.home / "credentials" / "users.json"
    with here.beginning("bench", "--from", str(crowd), "--seconds", "600", "--cameras", "2") as process:
        assert wait_until(lambda: "bench-2" in users.read_text() or process.poll() is not None, _WITHIN_SECONDS)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=_WITHIN_SECONDS)

    assert process.returncode == 1
    assert "ended before its time" in said
    nothing_is_left(here)


def test_what_a_killed_load_left_is_withdrawn_by_the_next(here: Installation, crowd: Path) -> None:
    users = here.home / "credentials" / "users.json"
    with here.beginning("bench", "--from", str(crowd), "--seconds", "600", "--cameras", "3") as process:
        assert wait_until(lambda: "bench-3" in users.read_text() or process.poll() is not None, _WITHIN_SECONDS)
        process.kill()
    assert "bench-3" in users.read_text()

    here.cli("bench", "--cameras", "1", "--rate", "1", "--seconds", "1", "--from", str(crowd))

    nothing_is_left(here)


def test_what_capacity_says_was_carried_without_a_loss(here: Installation, crowd: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"

    done = here.run(
        "capacity", "--rate", "0.5", "--size", "320x180", "--step-seconds", "2", "--up-to", "3", "--from", str(crowd),
        "--json", str(figures), within_seconds=280,
    )  # fmt: skip

    if done.returncode != 0:  # a machine that is too busy for a camera says so, and nothing else
        assert "not even one camera of 0.5 frames a second is carried here" in done.stderr
        return
    found = json.loads(figures.read_text())
    assert f"Plan with {found['planned']}." in done.stdout
    assert 1 <= found["planned"] <= max(1, int(0.8 * found["carried"]))
    proof = found["proof"]
    assert proof["load"]["cameras"] == found["planned"]
    assert proof["load"]["not_sent"] == 0 or proof["load"]["not_sent"] <= proof["load"]["frames"] / 99
    assert [stage["shed"] for stage in proof["stages"]] == [{}, {}, {}]
    assert "What to scale: " in done.stdout
