"""`wardwatch control`: pairs of faces whose truth is known, which measure reviewers (docs/adr/0092)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import aiohttp
import typer

from cli import output, web
from cli.desk_client import words
from local import context
from services.chassis.errors import Refusal, StartupError

app = typer.Typer(help="Pairs of faces whose truth is known, which measure how often reviewers err.")

_ANSWER_SECONDS: Final = 60.0
_PAIRS: Final = "/api/v1/control-pairs"

As = Annotated[str, typer.Option("--as", help="Supervisor or administrator, signed in with: wardwatch login CODE.")]
Admin = Annotated[str, typer.Option("--as", help="Administrator that asks, signed in here with: wardwatch login CODE.")]
Watchlist = Annotated[Path, typer.Argument(help="The face that stands for the photo of the list.")]
Camera = Annotated[Path, typer.Argument(help="The face that stands for the camera's.")]
Same = Annotated[bool, typer.Option("--same/--different", help="Whether both faces are one person's.")]
Consent = Annotated[str, typer.Option(help="Where the consent of whoever is seen is kept, for example: form 17.")]
Generated = Annotated[str, typer.Option(help="What made the faces, if they are nobody's.")]
Name = Annotated[str, typer.Argument(help="The pair's id, as `wardwatch control list` prints it.")]


@app.command()
def add(
    watchlist: Watchlist, camera: Camera, account: As, same: Same, consent: Consent = "", generated: Generated = ""
) -> None:
    """Add a pair of people who agreed, or of faces that were generated."""
    if bool(consent) == bool(generated):
        raise StartupError("say either --consent or --generated")
    faces = {"watchlist": _read(watchlist), "camera": _read(camera)}
    said: dict[str, object] = {
        "same": same,
        "source": "consent" if consent else "generated",
        "grounds": consent or generated,
    }
    output.line(f"control pair {asyncio.run(_add(account, said, faces))} is added")


@app.command("list")
def list_pairs(account: As) -> None:
    """Every pair, newest first."""
    answer = asyncio.run(_ask("get", _PAIRS, account))
    output.line(f"control pairs are {'shown to reviewers' if answer['on'] else 'turned off'}")
    pairs = answer["pairs"]
    assert isinstance(pairs, list)
    for pair in pairs:
        what = "one person" if pair["same"] else "two people"
        whole = "" if pair["complete"] else ", without its pictures"
        output.line(f"{pair['id']}  {what}, {pair['source']}: {pair['grounds']}, by {pair['added_by']}{whole}")


@app.command()
def remove(pair: Name, account: As) -> None:
    """Remove a pair with its pictures, as when a consent is withdrawn. What was measured stays."""
    asyncio.run(_ask("delete", f"{_PAIRS}/{quote(pair, safe='')}", account))
    output.line(f"control pair {pair} is removed")


@app.command()
def on(account: Admin) -> None:
    """Have control pairs shown to reviewers."""
    asyncio.run(_ask("put", _PAIRS, account, {"on": True}))
    output.line("control pairs are shown to reviewers")


@app.command()
def off(account: Admin) -> None:
    """Have them shown to nobody."""
    asyncio.run(_ask("put", _PAIRS, account, {"on": False}))
    output.line("control pairs are turned off")


@app.command()
def results(account: As) -> None:
    """How often each reviewer erred, with 95 % intervals."""
    reviewers = asyncio.run(_ask("get", "/api/v1/reviewing", account))["reviewers"]
    assert isinstance(reviewers, list)
    if not reviewers:
        output.line("no control pair was shown yet")
    for each in reviewers:
        wrong_same, wrong_not_same, cannot = (_share(each[k]) for k in ("wrong_same", "wrong_not_same", "cannot_tell"))
        output.line(
            f"{each['reviewer']}: {each['shown']} shown; two people taken for one {wrong_same};"
            f" one person taken for two {wrong_not_same}; could not tell {cannot}"
        )


def _share(share: dict[str, float]) -> str:
    interval = f" ({100 * share['low']:.0f} to {100 * share['high']:.0f} %)" if share["of"] else ""
    return f"{share['count']} of {share['of']}{interval}"


async def _add(account: str, said: dict[str, object], faces: dict[str, bytes]) -> str:
    async with _signed_in(account) as (http, url):
        added = await _json(await http.post(f"{url}{_PAIRS}", json=said))
        for which, content in faces.items():
            await _json(await http.put(f"{url}{_PAIRS}/{added['id']}/pictures/{which}", data=content))
        return str(added["id"])


async def _ask(method: str, path: str, account: str, said: dict[str, object] | None = None) -> dict[str, object]:
    async with _signed_in(account) as (http, url):
        return await _json(await http.request(method, f"{url}{path}", json=said))


@asynccontextmanager
async def _signed_in(account: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    here = context.load()
    bearer = {"Authorization": f"Bearer {await asyncio.to_thread(here.token, account)}"}
    try:
        async with web.session(here, within_seconds=_ANSWER_SECONDS, headers=bearer) as http:
            yield http, here.alerts_url
    except (aiohttp.ClientError, TimeoutError) as error:
        raise web.unanswered(here, error) from error


async def _json(reply: aiohttp.ClientResponse) -> dict[str, object]:
    async with reply:
        if reply.status >= 400:
            raise Refusal(reply.status, words(reply.status, await reply.read()))
        return {} if reply.status == 204 else dict(await reply.json())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
