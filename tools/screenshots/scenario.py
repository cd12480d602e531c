"""What the pictures show: people and cameras of a demonstration, set up by what people could do too.

Faces are those of the demonstration, two portraits in the public domain, and the drawn one of drills.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
from PIL import Image, ImageOps

from cli import account, desk_client
from cli.demo.scene import PASSER_FILE
from cli.watchlist.desk_requests import of
from cli.watchlist.drafting import Photo, put_forward
from cli.watchlist.reading import entry_pages
from local import context
from local.context import Context
from proto.wardwatch.v1.access_requests import AccessRequestBody
from proto.wardwatch.v1.entries import EntryRequest, EntryView, ReasonRequest, Scope
from proto.wardwatch.v1.roles import Role
from tools.screenshots.pages import ADMINISTRATOR, APPROVER, AUTHOR, GUARD

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_ROLES: Final = {
    AUTHOR: Role.SUPERVISOR,
    APPROVER: Role.SUPERVISOR,
    GUARD: Role.GUARD,
    ADMINISTRATOR: Role.ADMINISTRATOR,
}
_PLACES: Final = {
    "entrance": {"name": "Main entrance", "building": "Outpatient building", "floor": "Ground floor"},
    "lobby": {"name": "Registration hall", "building": "Outpatient building", "floor": "First floor"},
}
_DRAWN: Final = CHECKOUT / "services" / "drill" / "face.jpg"
_PEOPLE: Final = (
    "external_id,label,instruction\n0017,Example person A,\n0018,Example person B,Call 8811.\n0019,Example person C,\n"
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A demonstration that runs: its folder and the address of its page."""

    home: Path
    url: str

    @property
    def here(self) -> Context:
        """Where its commands find it."""
        return context.load({"WARDWATCH_HOME": str(self.home)})

    async def code(self, name: str) -> str:
        """A one-time code for the account *name*, which is made when there is none."""
        return await account.code_for(self.here, name, _ROLES[name])

    def command(self, *words: str) -> str:
        """What ``wardwatch`` with these *words* prints. Raises CalledProcessError."""
        argv = [sys.executable, "-m", "cli", *words]
        environment = {**os.environ, "WARDWATCH_HOME": str(self.home)}
        return subprocess.run(argv, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def furnish(at: Installation) -> Mapping[str, str]:
    """Set everything up but the alerts, which come by themselves; returns the ids that addresses name."""
    ids = asyncio.run(_people(at))
    with_photos = at.home / "example-import"
    _import_folder(with_photos, at.home / "models" / PASSER_FILE)
    # It ends with 1, for the report has faults.
    words = [
        "watchlist",
        "import",
        str(with_photos),
        "--as",
        AUTHOR,
        "--category",
        "ban",
        "--basis",
        "decision 2026/17",
    ]
    words += ["--evidence", "file 17", "--instruction", "Call 8811.", "--source", "example"]
    argv = [sys.executable, "-m", "cli", *words]
    subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "WARDWATCH_HOME": str(at.home)}, check=False)
    batch = json.loads(at.command("watchlist", "imports", "list", "--as", AUTHOR, "--json"))["batches"][0]["id"]
    at.command("zone", "add", "entrances", "--site", "h1", "--cameras", "entrance", "--as", ADMINISTRATOR)
    return {**ids, "import": str(batch)}


async def incident(at: Installation) -> str:
    """The id of the newest alert."""
    async with _http(at, GUARD) as http, http.get(f"{at.url}/api/v1/incidents") as reply:
        return str((await reply.json())["incidents"][0]["id"])


async def agree(at: Installation, incident: str) -> None:
    """Somebody else says that both faces are one person's."""
    async with _http(at, APPROVER) as http:
        url = f"{at.url}/api/v1/incidents/{incident}/verdict"
        async with http.post(url, json={"verdict": "same"}) as reply:
            reply.raise_for_status()


async def _people(at: Installation) -> Mapping[str, str]:
    for name, role in _ROLES.items():
        await account.redeem(at.here, await account.code_for(at.here, name, role))
    async with desk_client.opened(at.here, AUTHOR) as author:
        [listed] = [each.id async for page in entry_pages(author, "active") for each in page.entries]
        person = EntryRequest(
            label="Example person",
            category="ban",
            basis="Decision 2026/17 of the security office",
            evidence="File 17, cabinet 3",
            instruction="Do not confront. Call 8811.",
            scope=Scope(kind="network", sites=[]),
            expires_at=datetime.now(UTC) + timedelta(days=90),
        )
        photo = Photo.at(at.home / "models" / PASSER_FILE, "US Navy portrait, public domain", "")
        waits = (await put_forward(author, person, [photo], "an example", str(uuid.uuid4()))).entry
        body = ReasonRequest(reason="another instruction")
        draft = await author.read(EntryView, "amend_entry", target=of(listed), body=body)
        asked = AccessRequestBody(kind="photo", asks="self", consent="AR-2026/17")
        await author.call("ask_access", body=asked)
    async with _http(at, ADMINISTRATOR) as http:
        for camera, place in _PLACES.items():
            async with http.put(f"{at.url}/api/v1/places/h1/{camera}", json=place) as reply:
                reply.raise_for_status()
        async with http.get(f"{at.url}/api/v1/accounts") as reply:
            known = {each["name"]: str(each["id"]) for each in (await reply.json())["accounts"]}
    return {"entry": str(waits.id), "listed": str(listed), "draft": str(draft.id), "account": known[GUARD]}


@asynccontextmanager
async def _http(at: Installation, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {at.here.token(name)}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        yield http


def _import_folder(folder: Path, portrait: Path) -> None:
    """Three people: one looks like somebody listed, one is drawn, one has no photo; and a photo without a face."""
    folder.mkdir(exist_ok=True)
    with Image.open(portrait) as picture:
        ImageOps.mirror(picture.convert("RGB")).save(folder / "0017__1.jpg", quality=92)
    shutil.copy(_DRAWN, folder / "0018__1.jpg")
    Image.new("RGB", (480, 480), (190, 196, 202)).save(folder / "0018__2.jpg")
    (folder / "people.csv").write_text(_PEOPLE, encoding="utf-8")
