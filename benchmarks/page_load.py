"""How soon the page shows its first view over slow networks: in bundles, as it is sent, and as single modules.

    python -m benchmarks.page_load

Needs Chromium. Both forms are asked for in turns by windows that have nothing yet, and once more by the same window.
"""

import asyncio
import shutil
from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Request, async_playwright

from services.alerts.edge import pages, plain
from services.alerts.edge.pages import File

_ROUNDS: Final = 7
# Round trip in ms, Mbit/s: an office's Wi-Fi, one with many phones, the far end of a building.
_NETWORKS: Final = ((20, 20), (60, 5), (150, 1))


async def main() -> None:
    """Print a line for each network and form."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    bundled = pages.load().files
    async with (
        TestServer(_application(bundled)) as now,
        TestServer(_application(_modules(bundled))) as before,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for network in _NETWORKS:
            took: dict[str, list[tuple[float, float, int]]] = {"bundles": [], "modules": []}
            for _ in range(_ROUNDS):
                for form, server in (("bundles", now), ("modules", before)):
                    took[form].append(await _seconds(browser, str(server.make_url("/")), *network))
            for form, found in took.items():
                first, again, requests = (median(each) for each in zip(*found, strict=True))
                print(
                    f"{network[0]:3} ms, {network[1]:2} Mbit/s  {form}: first {first:.2f} s, again {again:.2f} s,"
                    f" {requests:.0f} requests"
                )
        await browser.close()


def _modules(bundled: Mapping[str, File]) -> Mapping[str, File]:
    """The same files, but each module by itself, and nothing compressed."""
    files = {address: File(file.content, file.content_type, file.etag) for address, file in bundled.items()}
    for path in pages.FOLDER.rglob("*.js"):
        made = File.of(path.read_bytes(), "text/javascript")
        files[f"/{path.relative_to(pages.FOLDER).as_posix()}"] = File(made.content, made.content_type, made.etag)
    return files


def _application(files: Mapping[str, File]) -> web.Application:
    app = web.Application()
    for address, file in files.items():
        app.router.add_get(address, plain.sending(file))
    app.router.add_route("*", "/api/{operation:.*}", _signed_out)
    return app


async def _signed_out(_request: web.Request) -> web.Response:
    return web.json_response({}, status=401)


async def _seconds(browser: Browser, address: str, round_trip_ms: int, mbits: int) -> tuple[float, float, int]:
    """Until the first view of a new window and of the same loaded again, and how many requests the first made."""
    requests = list[Request]()
    context = await browser.new_context(viewport={"width": 360, "height": 640}, service_workers="block")
    page = await context.new_page()
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    speed = mbits * 1_000_000 / 8
    await network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": round_trip_ms, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    page.on("request", lambda request: requests.append(request))
    began = perf_counter()
    await page.goto(address, wait_until="commit")
    await page.get_by_role("button").first.wait_for()
    first, asked = perf_counter() - began, len(requests)
    began = perf_counter()
    await page.reload(wait_until="commit")
    await page.get_by_role("button").first.wait_for()
    again = perf_counter() - began
    await context.close()
    return first, again, asked


if __name__ == "__main__":
    asyncio.run(main())
