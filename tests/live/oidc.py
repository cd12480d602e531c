"""npm's ``oidc-provider`` as a process: the hospital's own sign-in of tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from yarl import URL

from local.ports import free_port
from tests.live.processes import Alerts
from tools import node

_PROGRAM: Final = Path(__file__).with_name("oidc_provider.mjs")
CLIENT: Final = "wardwatch"
SECRET: Final = "a secret"  # of the tests' own provider
_START_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Provider:
    """A running sign-in. ``settings`` make the alerts service use it, with a page at ``page``."""

    issuer: str
    page: str
    secret_file: Path

    @property
    def settings(self) -> dict[str, str]:
        """Settings of the alerts service."""
        return {
            "WEB_PORT": str(urlsplit(self.page).port),
            "PAGE_URL": self.page,
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET_FILE": str(self.secret_file),
            "OIDC_LABEL": "Hospital",
        }

    async def lets_in(self, account: str) -> None:
        """Whoever comes now is *account*."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.issuer}/as/{account}") as reply:
            assert reply.status == 204


@asynccontextmanager
async def provider(folder: Path) -> AsyncIterator[Provider]:
    """Start it; ends the test as skipped where npm's package is not there and cannot be fetched."""
    try:
        await asyncio.to_thread(node.install)
    except node.NotInstalled as why:
        pytest.skip(str(why))
    # The provider must know the page's address before the page is there.
    page = f"http://localhost:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        str(node.NODE), str(_PROGRAM), str(node.FOLDER / "node_modules"), f"{page}/",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not (line := (await process.stdout.readline()).decode().strip()).startswith("http://"):
                assert line or process.returncode is None, "the provider ended"
        secret = folder / "oidc.secret"
        await asyncio.to_thread(secret.write_text, SECRET, encoding="utf-8")
        yield Provider(line, page, secret)
    finally:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the provider sent a browser back with, and the cookie that binds it to that browser."""

    code: str
    state: str
    cookie: str

    async def sent(
        self, service: Alerts, *, to: str = "/api/v1/session/oidc", token: str | None = None
    ) -> tuple[int, dict[str, object]]:
        """Hand it to the service; returns status and JSON."""
        headers = {"Cookie": f"__Host-wardwatch-oidc={self.cookie}"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = {"code": self.code, "state": self.state}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{service.url}{to}", json=body, headers=headers) as reply,
        ):
            return reply.status, {} if reply.status == 204 else await reply.json(content_type=None)


async def went_there(service: Alerts, *, prove: bool = False) -> Answered:
    """Go to the provider and back, as a browser does."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{service.url}/api/v1/session/oidc/offer", json={"prove": prove}) as reply:
            assert reply.status == 200, await reply.text()
            address = str((await reply.json())["address"])
            cookie = SimpleCookie(reply.headers["Set-Cookie"])["__Host-wardwatch-oidc"].value
        for _ in range(8):
            async with http.get(address, allow_redirects=False) as reply:
                assert reply.status in (302, 303), await reply.text()
                address = str(reply.url.join(URL(reply.headers["Location"])))
            sent = parse_qs(urlsplit(address).query)
            if "code" in sent:
                return Answered(sent["code"][0], sent["state"][0], cookie)
    raise AssertionError("the provider did not send the browser back")
