"""Schemathesis against the running service: requests made of its own OpenAPI document, and answers held to it."""

import asyncio
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.checkout import CHECKOUT
from tests.live import alerts_client as live
from tests.live.hospital import Hospital
from tests.live.processes import Alerts

# What ends the session that asks, and what never ends.
_LEFT_OUT: Final = ("end_session", "lose_devices", "stream_events")
_CHECKS: Final = "status_code_conformance,content_type_conformance,response_schema_conformance"


async def faults(
    hospital: Hospital,
    folder: Path,
    role: str,
    *,
    examples: int,
    within_seconds: float,
) -> str:
    """Ask every operation as an account of *role*; returns what was answered that the document does not say."""
    if find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed")
    async with hospital.watchlist(), hospital.alerts() as service:
        code = await live.invite(hospital.database, f"a.{role}", role)
        async with live.signed_in(service, code) as http:
            output = await _run(service, folder, http.headers["Authorization"], examples, within_seconds)
            async with http.get("/api/v1/me") as reply:
                assert reply.status == 200, "the session ended meanwhile"
        async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/metrics") as reply:
            metrics = await reply.text()
    broken = re.findall(r'wardwatch_http_requests_total\{status="50[0-2]"\} [1-9].*', metrics)
    return output + "\n".join(broken)


async def _run(service: Alerts, folder: Path, authorization: str, examples: int, within_seconds: float) -> str:
    argv = [sys.executable, "-m", "schemathesis.cli", "run", str(CHECKOUT / "docs" / "openapi.json")]
    argv += ["--url", service.url, "--header", f"Authorization: {authorization}", "--checks", _CHECKS]
    argv += ["--phases", "fuzzing", "--max-examples", str(examples), "--generation-deterministic"]
    argv += ["--no-color", "--continue-on-failure", "--no-shrink", "--max-failures", "20", "--request-timeout", "20"]
    argv += ["--max-time", str(within_seconds), "--warnings", "off"]
    argv += [word for name in _LEFT_OUT for word in ("--exclude-operation-id", name)]
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=folder, env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(within_seconds + 60):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = output.decode(errors="replace")
    every = re.search(r"Selected: (\d+)/\d+\s+Tested: \1\s", said)
    return "" if process.returncode == 0 and every else said
