"""Photograph what people see: python -m tools.screenshots [FOLDER].

A guard's shift in both languages and colour schemes; the pictures of README.md and docs/ are made anew with ``--docs``.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from playwright.sync_api import sync_playwright

CHECKOUT: Final = Path(__file__).resolve().parent.parent
_USUAL: Final = CHECKOUT / "build" / "screenshots"
_PAGES: Final = CHECKOUT / "docs" / "images"
# The test that walks through a guard's shift stands still at every state of the page.
_WALK: Final = "tests/browser/test_phone.py"
# Of the walk's pictures those that docs/using.md shows.
_SHOWN: Final = ("phone-alert-en-light", "phone-alert-zh-dark", "phone-report-zh-dark", "phone-shift-en-light")
# The picture of README.md: a phone of 2026, at two pixels to one.
_README: Final = "alert.png"
_ALERT_WITHIN_MS: Final = 120_000
_CODE: Final = re.compile(r"one-time code\s+(\S+)")
_ADDRESS: Final = re.compile(r"address\s+(http\S+)")


def main() -> int:
    """Photograph a shift, with ``--docs`` an alert of the demonstration too; the exit code is that of the walk."""
    arguments = [each for each in sys.argv[1:] if each != "--docs"]
    folder = Path(arguments[0]).resolve() if arguments else _USUAL
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "pytest", "-q", _WALK]
    done = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "WARDWATCH_SCREENSHOTS": str(folder)}).returncode
    if done == 0 and "--docs" in sys.argv:
        for name in _SHOWN:
            shutil.copy(folder / f"{name}.png", _PAGES)
        photograph_alert(_PAGES / _README)
    return done


def photograph_alert(picture: Path) -> None:
    """Run the demonstration and photograph its alert as the guard's phone shows it."""
    with _demonstration() as (address, code), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 390, "height": 760},
            device_scale_factor=2,
            locale="en-GB",
            color_scheme="dark",
            has_touch=True,
        )
        page.goto(f"{address}/#code={code}")
        page.locator(".heard").tap()  # so that it may sound, and says no more that it cannot
        page.evaluate("() => { location.hash = ''; }")  # an administrator begins with the first hour
        page.get_by_role("button", name="On my way").wait_for(timeout=_ALERT_WITHIN_MS)
        page.locator(".faces img").nth(1).wait_for()
        page.locator(".banner").wait_for(state="hidden")
        page.screenshot(path=picture)
        browser.close()


@contextmanager
def _demonstration() -> Iterator[tuple[str, str]]:
    """Address and one-time code of a demonstration that runs in a folder of its own until left."""
    models = Path(os.environ.get("WARDWATCH_HOME", CHECKOUT / ".wardwatch")) / "models"
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        home = Path(folder) / ".wardwatch"
        home.mkdir()
        (home / "models").symlink_to(models.resolve())
        argv = [sys.executable, "-m", "cli", "demo", "--port", port]
        demo = subprocess.Popen(
            argv, cwd=CHECKOUT, env={**os.environ, "WARDWATCH_HOME": str(home)}, stdout=subprocess.PIPE, text=True
        )
        try:
            assert demo.stdout is not None
            yield _signing_in(demo.stdout)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()


def _signing_in(lines: IO[str]) -> tuple[str, str]:
    """What the demonstration prints for its first account. Raises RuntimeError when it ends before that."""
    address = ""
    for line in lines:
        if found := _ADDRESS.search(line):
            address = found[1]
        if found := _CODE.search(line):
            return address, found[1]
    raise RuntimeError("the demonstration ended before it said how to sign in")


if __name__ == "__main__":
    sys.exit(main())
