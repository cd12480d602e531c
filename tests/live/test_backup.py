"""A backup made while cameras send and people work, brought back on a machine that has nothing: it works there."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from cli.backup import files, key_files, ledger
from local import plan
from local.waiting import wait_until
from tests import installation
from tests.checkout import CHECKOUT
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]


def read(wardwatch: Installation, *words: str) -> object:
    return json.loads(wardwatch.cli(*words, "--json"))


async def sightings(wardwatch: Installation, entry: str) -> int:
    """How many sightings alerts about *entry* have."""
    (row,) = await wardwatch.fetch(
        "select count(*) as count from alerts.sighting where entry_id = $1::uuid and incident_id is not null", entry
    )
    return int(row["count"])


async def walking(
    wardwatch: Installation, frames: Sequence[bytes], entry: str, meanwhile: Callable[[], object] | None = None
) -> object:
    """Show *frames* until there are more sightings of *entry* than before, and until *meanwhile* is done."""
    before = await sightings(wardwatch, entry)

    async def more() -> bool:
        return await sightings(wardwatch, entry) > before

    async with wardwatch.publishing("gate-1") as camera, camera.showing(*frames):
        await eventually(more, within_seconds=120)
        return await asyncio.to_thread(meanwhile) if meanwhile is not None else None


def standing(wardwatch: Installation) -> Mapping[str, str]:
    """The state of each entry, as the command line lists them."""
    listed = read(wardwatch, "watchlist", "list", "--state", "all", "--as", "author")
    assert isinstance(listed, dict)
    return {str(each["id"]): str(each["state"]) for each in listed["entries"]}


def ledgered(folder: Path, key: Path) -> set[str]:
    """The entries that the ledger calls erased."""
    opening = key_files.read_opener(key).opening()
    return {str(each) for each in ledger.read_file(folder / files.LEDGER_FILE, opening)[0].erased}


def test_a_backup_under_load_works_elsewhere_and_erased_stays_erased(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    to, key = tmp_path / "to", tmp_path / "key.json"
    grace, eileen = passing("grace_hopper.jpg"), passing("astronaut.png")

    with installation.running({plan.BACKUP_TO: str(to)}) as first:
        first.cli("backup", "init", str(key))
        stays = first.enrol("Grace", MODELS / "grace_hopper.jpg")
        erased = first.enrol("Eileen", MODELS / "astronaut.png")
        first.account("head", "administrator")
        before, threshold = standing(first), read(first, "watchlist", "threshold", "show", "--as", "author")
        create = partial(read, first, "backup", "create", "--to", str(to), "--secrets")
        record_property("made", asyncio.run(walking(first, grace, stays, create)))
        first.cli("watchlist", "erase", erased, "--reason", "asked for", "--as", "author")
        assert wait_until(lambda: erased in ledgered(to, key), 60)
        assert "the audit is whole" in first.cli("audit", "verify", "--require-anchors")
        tokens = dict(first.tokens)
    assert "whole; record of" in verified(to, key)

    began = time.monotonic()
    with installation.running(before=("restore", str(to), "--key", str(key))) as second:
        record_property("restored and ready", time.monotonic() - began)
        (second.home / "accounts").mkdir(exist_ok=True)
        for name, token in tokens.items():  # sessions that had not ended are back
            (second.home / "accounts" / f"{name}.token").write_text(token)
        assert standing(second) == {**before, erased: "erased"}
        assert read(second, "watchlist", "threshold", "show", "--as", "author") == threshold
        assert "the audit is whole" in second.cli("audit", "verify", "--require-anchors")
        assert asyncio.run(sightings(second, stays)) > 0
        asyncio.run(walking(second, [*grace, *eileen], stays))
        assert asyncio.run(sightings(second, erased)) == 0
        assert "0 cannot be opened" in second.cli("keys", "verify", "--as", "head")


def verified(folder: Path, key: Path) -> str:
    """What `wardwatch backup verify` says of every file of a backup."""
    every = [each.path for place in (folder, folder / "keys", folder / "secrets") for each in files.stored(place)]
    argv = [sys.executable, "-m", "cli", "backup", "verify", *map(str, every), "--key", str(key)]
    return subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
