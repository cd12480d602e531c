"""The page's files as a browser is sent them."""

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from services.alerts.edge import pages, plain
from services.alerts.edge.pages import File

SCRIPT = File.of(b"const answer = 42;\n" * 100, "text/javascript")
PICTURE = File.of(b"\x89PNG", "image/png")


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/script.js", plain.sending(SCRIPT))
    app.router.add_get("/picture.png", plain.sending(PICTURE))
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession(auto_decompress=False) as session:
        yield session


async def test_a_browser_that_takes_gzip_gets_text_compressed(address: str, browser: ClientSession) -> None:
    async with browser.get(f"{address}script.js", headers={"Accept-Encoding": "gzip, deflate, br"}) as reply:
        content = await reply.read()

    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert reply.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(content) < len(SCRIPT.content) / 10
    assert gzip.decompress(content) == SCRIPT.content


@pytest.mark.parametrize("encoding", ["identity", "br", ""])
async def test_any_other_gets_it_as_it_is(address: str, browser: ClientSession, encoding: str) -> None:
    async with browser.get(f"{address}script.js", headers={"Accept-Encoding": encoding}) as reply:
        assert await reply.read() == SCRIPT.content

    assert "Content-Encoding" not in reply.headers
    # What stands between may keep it for another that takes it compressed.
    assert reply.headers["Vary"] == "Accept-Encoding"


async def test_pictures_are_compressed_already(address: str, browser: ClientSession) -> None:
    async with browser.get(f"{address}picture.png", headers={"Accept-Encoding": "gzip"}) as reply:
        assert await reply.read() == PICTURE.content

    assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_what_a_browser_has_is_not_sent_again(address: str, browser: ClientSession, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    async with browser.get(f"{address}script.js", headers=headers) as first:
        tag = first.headers["ETag"]
    async with browser.get(f"{address}script.js", headers={**headers, "If-None-Match": tag}) as again:
        assert again.status == 304
    other = {"gzip": "identity", "identity": "gzip"}[encoding]
    async with browser.get(f"{address}script.js", headers={"Accept-Encoding": other, "If-None-Match": tag}) as fresh:
        assert fresh.status == 200


def test_the_first_view_is_small() -> None:
    files = pages.load().files
    first = ["/", "/style.css", "/app.js", "/arrival.js", *(each for each in files if each.startswith("/vendor/"))]
    sent = [files[each].compressed or files[each].content for each in first if "uplot" not in each]

    assert len(sent) < 10
    assert sum(len(each) for each in sent) < 100_000
