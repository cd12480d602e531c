"""Two installations and one list, by the commands of docs/federation.md: every process real, on one machine."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from cli.federation.renewing import WAITS
from cli.federation.standing import BEHIND
from local.ports import free_port
from tests import installation
from tests.fakes import eventually
from tests.installation import MODELS, Installation

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]

_READ_OUT = re.compile(r"read out by telephone, .*: (.*)")


@dataclass(frozen=True, slots=True)
class Two:
    """A publisher of the list ``city`` and a hospital, each with the supervisors li and zhao."""

    publisher: Installation
    hospital: Installation


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """The hospital has joined the list, by invitation and answer, each approved by a second account."""
    files = tmp_path_factory.mktemp("handed-over")
    listen = f"127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        publisher = stack.enter_context(installation.running(before=("federation", "hub", "--listen", listen)))
        hospital = stack.enter_context(installation.running())
        for each in (publisher, hospital):
            for name in ("li", "zhao"):
                each.account(name, "supervisor")
        _join(publisher, hospital, files)
        yield Two(publisher, hospital)


def _join(publisher: Installation, hospital: Installation, files: Path) -> None:
    invitation, answer = str(files / "city-h07.invitation"), str(files / "city-h07.answer")
    publisher.cli("federation", "publish", "city", "--title", "City list", "--as", "li")
    publisher.cli("federation", "invite", "h07", "--list", "city", "--title", "Hospital 7", "--as", "li")
    publisher.cli("federation", "approve", "city", "h07", "--to", invitation, "--as", "zhao")
    said = publisher.cli("federation", "invitation", "city", "h07", "--to", invitation, "--as", "li")
    heard = _heard(said)
    wrong = "AAAA BBBB CCCC DDDD"
    refused = hospital.run("federation", "join", invitation, "--site", "h1", "--read-out", wrong, "--as", "li")
    assert refused.returncode == 1
    assert "not the last sixteen characters" in refused.stderr
    hospital.cli("federation", "join", invitation, "--site", "h1", "--read-out", heard, "--as", "li")
    own = hospital.run("federation", "approve-joining", invitation, "--read-out", heard, "--as", "li")
    assert own.returncode == 1
    said = hospital.cli(
        "federation", "approve-joining", invitation, "--read-out", heard, "--to", answer, "--as", "zhao"
    )
    publisher.cli("federation", "admit", answer, "--read-out", _heard(said), "--as", "li")
    publisher.cli("federation", "approve", "city", "h07", "--as", "zhao")


def _heard(said: str) -> str:
    found = _READ_OUT.search(said)
    assert found is not None, said
    return found[1]


def _listed(hospital: Installation) -> list[dict[str, object]]:
    read: list[dict[str, object]] = json.loads(hospital.cli("watchlist", "list", "--as", "li", "--json"))["entries"]
    return read


async def _status(at: Installation) -> tuple[int, str]:
    done = await asyncio.to_thread(at.run, "federation", "status", "--as", "li")
    return done.returncode, done.stdout + done.stderr


async def test_who_is_listed_at_the_publisher_rings_at_a_hospital(two: Two) -> None:
    publisher, hospital = two.publisher, two.hospital
    await asyncio.to_thread(hospital.account, "gu", "guard")
    entry = await asyncio.to_thread(publisher.enrol, "Marlo Quint", MODELS / "astronaut.png")
    await asyncio.to_thread(publisher.cli, "federation", "share", entry, "--list", "city", "--as", "li")
    await asyncio.to_thread(publisher.cli, "federation", "approve", "city", entry, "--as", "zhao")
    await eventually(lambda: bool(_listed(hospital)), within_seconds=60)
    (received,) = _listed(hospital)
    assert received["origin"] == {"list": "city", "title": "City list"}
    assert received["id"] != entry

    face = (MODELS / "astronaut.png").read_bytes()
    async with hospital.listening("gu") as events, hospital.publishing("gate") as camera, camera.showing(_jpeg(face)):
        await eventually(lambda: any(event.kind == "incident" for event in events), within_seconds=60)

    # It is the publisher's: here it can be stopped, and nothing else.
    name = str(received["id"])
    refused = hospital.run("watchlist", "revoke", name, "--reason", "not ours", "--as", "zhao")
    assert "can be suspended" in refused.stderr
    hospital.cli("watchlist", "suspend", name, "--reason", "asked by the court", "--as", "zhao")

    async def is_fresh() -> bool:
        return (await _status(publisher))[0] == 0 and (await _status(hospital))[0] == 0

    await eventually(is_fresh, within_seconds=90)

    publisher.cli("watchlist", "erase", entry, "--reason", "court order", "--as", "zhao")
    code, said = await _status(publisher)
    assert code == BEHIND or "owe it" not in said

    async def is_closed() -> bool:
        code, said = await _status(publisher)
        return code == 0 and "owe it" not in said

    await eventually(is_closed, within_seconds=120)
    assert _listed(hospital) == []
    (receipts,) = await publisher.fetch("select count(*) as signed from federation.receipt where matcher <> '-'")
    assert receipts["signed"] == 1


async def test_keys_are_renewed_and_a_list_is_repaired_while_it_runs(two: Two) -> None:
    publisher, hospital = two.publisher, two.hospital
    entry = await asyncio.to_thread(publisher.enrol, "Nia Vale", MODELS / "astronaut.png")
    await asyncio.to_thread(publisher.cli, "federation", "share", entry, "--list", "city", "--as", "li")
    await asyncio.to_thread(publisher.cli, "federation", "approve", "city", entry, "--as", "zhao")
    await eventually(lambda: _states(hospital) == ["active"], within_seconds=60)

    # The publisher's key: announced, accepted by two at the hospital, then used alone.
    assert (await _code(publisher, "rotate")) == WAITS
    for name in ("li", "zhao"):
        await eventually(partial(_does, hospital, "accept", "city", by=name), within_seconds=60)
    await eventually(partial(_does, publisher, "rotate"), within_seconds=90)
    publisher.cli("watchlist", "suspend", entry, "--reason", "asked by the court", "--as", "zhao")
    await eventually(lambda: _states(hospital) == ["suspended"], within_seconds=90)
    publisher.cli("watchlist", "resume", entry, "--reason", "the court agreed", "--as", "zhao")
    await eventually(lambda: _states(hospital) == ["active"], within_seconds=90)

    # The hospital's keys, the other way round.
    assert (await _code(hospital, "rotate")) == WAITS
    for name in ("li", "zhao"):
        await eventually(partial(_does, publisher, "accept", "city", "h07", by=name), within_seconds=60)
    await eventually(partial(_does, hospital, "rotate"), within_seconds=90)

    for each in (hospital, publisher):
        assert (await _code(each, "repair", "city")) == 0
    publisher.cli("watchlist", "erase", entry, "--reason", "court order", "--as", "zhao", "--within", "300")
    assert _listed(hospital) == []


def _states(hospital: Installation) -> list[object]:
    return [entry["state"] for entry in _listed(hospital)]


async def _code(at: Installation, *command: str, by: str = "li") -> int:
    """The exit code of a command of the group."""
    done = await asyncio.to_thread(at.run, "federation", *command, "--as", by)
    return done.returncode


async def _does(at: Installation, *command: str, by: str = "li") -> bool:
    """Whether it succeeds by now."""
    return await _code(at, *command, by=by) == 0


def _jpeg(picture: bytes) -> bytes:
    out = BytesIO()
    with Image.open(BytesIO(picture)) as image:
        image.convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()
