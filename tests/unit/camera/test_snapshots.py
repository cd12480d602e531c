"""A camera that gives a JPEG for each request, and asks for a password."""

import hashlib
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Final, Literal
from urllib.parse import quote

import pytest

from services.camera import core, reader
from services.camera.core import Frame
from services.camera.records import Failed, Opened
from services.camera.snapshots import Snapshots
from services.camera.video import SourceFault
from tests.unit.camera.test_reader import jpeg, order

pytestmark = pytest.mark.live

USER: Final = "guard"
PASSWORD: Final = "p@ss/w?r#d:%25 ü"
Asks = Literal["nothing", "basic", "digest"]


class Camera(ThreadingHTTPServer):
    """Answers with *body* once its password is right."""

    def __init__(self, asks: Asks, body: bytes, kind: str, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asks = asks
        self.body = body
        self.kind = kind
        self.status = status

    def address(self, password: str | None = None) -> str:
        login = "" if password is None else f"{USER}:{quote(password, safe='')}@"
        return f"http://{login}127.0.0.1:{self.server_port}/snap.jpg?channel=1"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        camera = self.server
        assert isinstance(camera, Camera)
        if not self._is_let_in(camera.asks):
            challenge = 'Digest realm="c", qop="auth", nonce="n1", algorithm=MD5'
            self.send_response(401)
            self.send_header("WWW-Authenticate", challenge if camera.asks == "digest" else 'Basic realm="c"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(camera.status)
        if camera.status == 302:
            self.send_header("Location", "file:///etc/hostname")
        self.send_header("Content-Type", camera.kind)
        self.send_header("Content-Length", str(len(camera.body)))
        self.end_headers()
        self.wfile.write(camera.body)

    def _is_let_in(self, asks: Asks) -> bool:
        given = self.headers.get("Authorization", "")
        if asks == "basic":
            return given == "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if asks == "digest":
            # RFC 7616, section 3.4.1
            said = dict(re.findall(r'(\w+)="?([^",]+)"?', given))
            first = _md5(f"{USER}:c:{PASSWORD}")
            second = _md5(f"GET:{self.path}")
            wanted = _md5(f"{first}:n1:{said.get('nc')}:{said.get('cnonce')}:auth:{second}")
            return said.get("response") == wanted
        return True

    def log_message(self, *_words: object) -> None:
        """Nothing."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def camera(
    asks: Asks = "nothing", *, body: bytes = b"", kind: str = "image/jpeg", status: int = 200
) -> Iterator[Camera]:
    with Camera(asks, body or jpeg(), kind, status) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("asks", ["nothing", "basic", "digest"])
def test_each_request_gives_a_picture_whatever_signs_the_password_has(asks: Asks) -> None:
    with camera(asks) as source:
        first, *frames = islice(reader.read(order(source.address(PASSWORD))), 3)

    assert isinstance(first, Opened)
    assert first.found.startswith("JPEG on request, 64 x 48, ")
    assert [frame.jpeg for frame in frames if isinstance(frame, Frame)] == [jpeg(), jpeg()]


@pytest.mark.parametrize("asks", ["basic", "digest"])
@pytest.mark.parametrize("password", ["wrong", None])
def test_a_wrong_password_is_one_sentence_without_it(asks: Asks, password: str | None) -> None:
    with camera(asks) as source:
        (last,) = reader.read(order(source.address(password)))

    assert last == Failed(
        f"http://127.0.0.1:{source.server_port} gives no picture: the user name or password is refused"
    )


@pytest.mark.parametrize(
    ("status", "why"), [(404, "there is no such page"), (503, "it answers with status 503"), (302, "status 302")]
)
def test_what_it_answers_instead_is_said_and_no_redirection_followed(status: int, why: str) -> None:
    with camera(status=status) as source:
        (last,) = reader.read(order(source.address()))

    assert isinstance(last, Failed)
    assert last.reason.endswith(why)


def test_what_calls_itself_a_picture_and_is_none_is_a_fault() -> None:
    with camera(body=b"<html>") as source:
        (last,) = reader.read(order(source.address()))

    assert isinstance(last, Failed)
    assert last.reason.endswith("answers with something that is no JPEG")


def test_a_stream_is_left_to_what_reads_streams() -> None:
    with camera(kind="multipart/x-mixed-replace;boundary=ward") as source:
        asked = Snapshots(core.parse_source(source.address()), 5.0)

        assert not asked.are_given()


def test_nobody_at_the_address_is_one_sentence() -> None:
    with camera() as source:
        address = source.address()

    with pytest.raises(SourceFault, match=r"gives no picture: connection refused$"):
        Snapshots(core.parse_source(address), 5.0).are_given()
