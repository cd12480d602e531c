"""A real scene through the whole pipeline: two listed people walk through a crowd, two others are hardly seen.

The clip and the enrolment pictures are US government material and are not part of the project.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests import installation
from tests.installation import CHECKOUT, SITE, Installation

CLIP = Path(os.environ.get("WARDWATCH_EVALUATION_DATA", CHECKOUT.parent / "shared" / "data")) / "clips" / "whitehouse"

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not CLIP.is_dir(), reason=f"evaluation data is absent: {CLIP}"),
]

PEOPLE = {
    "Miranda": CLIP / "lin-manuel-miranda.png",
    "Obama": CLIP / "obama-1080p.jpg",
    "Biden": CLIP / "biden.jpg",
    "Lacamoire": CLIP / "alex-lacamoire.png",
}


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running() as running:
        running.account("guard", "guard")
        running.account("second", "guard")
        yield running


async def label_of(http: aiohttp.ClientSession, incident: str) -> str:
    """Who the incident is about; shown only after one's own verdict, so one is given."""
    async with http.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "same"}) as answer:
        answer.raise_for_status()
        return str((await answer.json())["disclosed"]["label"])


async def test_the_two_who_walk_through_raise_an_incident_each_and_nobody_else_does(wardwatch: Installation) -> None:
    for name, photo in PEOPLE.items():
        await asyncio.to_thread(wardwatch.enrol, name, photo)
    await asyncio.to_thread(wardwatch.cli, "camera", "add", "--site", SITE, "--camera", "hall", "--keep")

    clip = str(CLIP / "short_hamilton_clip.mp4")
    sent = await asyncio.to_thread(
        wardwatch.cli, "camera", "publish", clip, "--site", SITE, "--camera", "hall", "--fps", "10"
    )
    assert "frames" in sent or sent == ""

    async with wardwatch.client("guard") as http:
        async with http.get("/api/v1/incidents") as answer:
            incidents = (await answer.json())["incidents"]
        labels = [await label_of(http, incident["id"]) for incident in incidents]
    assert sorted(labels) == ["Miranda", "Obama"], json.dumps(incidents, indent=1)
