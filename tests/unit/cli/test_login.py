"""Signing in from the command line: the code is read, and what the server refuses is said in its words."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
CODE = "7GQ4-MXKD-2TPZ"


class Door(BaseHTTPRequestHandler):
    """Takes one code."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        accepted = body == {"code": CODE}
        opened = {"token": "t", "account": "ana", "role": "guard"}
        refused = {"title": "This code is not taken", "detail": "It is mistyped.", "status": 401}
        self.send_response(200 if accepted else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(opened if accepted else refused).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def login(url: str, home: Path, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "login", *words],
        input=typed,
        cwd=CHECKOUT,
        env={**os.environ, "WARDWATCH_HOME": str(home), "WARDWATCH_ALERTS_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_code_is_read_and_need_not_be_an_argument_others_see(url: str, tmp_path: Path) -> None:
    done = login(url, tmp_path, typed=f"{CODE}\n")

    assert (done.returncode, done.stdout) == (0, "signed in as ana (guard)\n")
    assert (tmp_path / "accounts" / "ana.token").stat().st_mode & 0o777 == 0o600


def test_a_code_that_is_not_taken_is_one_sentence(url: str, tmp_path: Path) -> None:
    done = login(url, tmp_path, "AAAA-BBBB-CCCC")

    assert (done.returncode, done.stderr) == (1, "wardwatch: the code was not taken: It is mistyped.\n")


def test_no_code_is_one_sentence(url: str, tmp_path: Path) -> None:
    done = login(url, tmp_path)

    assert (done.returncode, done.stderr) == (
        1, "wardwatch: no code was given; type it, or send it on the standard input\n",
    )  # fmt: skip
