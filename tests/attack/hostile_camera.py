"""A camera that means harm, in a process of its own: speaks to the broker by a socket, as fast as it is told.

``python -m tests.attack.hostile_camera URL SEED_FILE CAMERA (frames RATE BYTES | connections COUNT SUBSCRIPTIONS)``

It knows one seed and nothing else. ``frames`` sends so many messages of so many bytes a second; ``connections``
opens so many connections that listen so often and read nothing, and asks the broker for answers to all of them.
"""

import base64
import json
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import nkeys

from proto.wardwatch.v1 import subjects

SITE = "h1"
_STEPS_A_SECOND = 20


class Line:
    """A connection with the camera's credential, without a client library."""

    def __init__(self, url: str, seed: bytes) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)
        said = self.socket.makefile("rb").readline().split(b" ", 1)[1]
        pair = nkeys.from_seed(bytearray(seed))
        signed = base64.urlsafe_b64encode(pair.sign(json.loads(said)["nonce"].encode())).rstrip(b"=").decode()
        hello = {
            "nkey": pair.public_key.decode(), "sig": signed, "verbose": False, "pedantic": False, "headers": True,
            "no_responders": True, "protocol": 1, "lang": "python", "version": "1",
        }  # fmt: skip
        self.send(f"CONNECT {json.dumps(hello)}\r\nPING\r\n".encode())

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)


def flood(line: Line, subject: str, rate: int, size: int) -> None:
    """Send *rate* frames of *size* bytes a second, for ever."""
    body = (b"\xff\xd8" + bytes(size))[: max(1, size)] if size > 1 else b"x"
    message = f"PUB {subject} {len(body)}\r\n".encode() + body + b"\r\n"
    step = message * max(1, rate // _STEPS_A_SECOND)
    pause = max(1, rate // _STEPS_A_SECOND) / rate
    due = time.monotonic()
    while True:
        line.send(step)
        due += pause
        time.sleep(max(0.0, due - time.monotonic()))


def crowd(url: str, seed: bytes, camera: str, count: int, subscriptions: int) -> None:
    """Hold as many connections as the broker allows, deaf, and have it write to all of them."""
    lines: list[Line] = []
    inbox = f"_INBOX.camera-{SITE}-{camera}.all"
    listening = "".join(f"SUB {inbox} {number}\r\n" for number in range(subscriptions)).encode()
    asking = f"PUB $SYS.REQ.USER.INFO {inbox} 0\r\n\r\n".encode() * 200
    while True:
        try:
            if len(lines) < count:
                lines.append(Line(url, seed))
                lines[-1].send(listening)
            for line in lines:
                line.send(asking)
        except (OSError, IndexError, ValueError):
            # Shut out; whoever means harm comes again.
            lines = lines[:-1]
        time.sleep(0.02)


def main() -> None:
    url, seed_file, camera, kind, first, second = sys.argv[1:7]
    seed = Path(seed_file).read_text(encoding="ascii").strip().encode()
    place = subjects.Place(subjects.site_id(SITE), subjects.camera_id(camera))
    while True:
        try:
            if kind == "frames":
                flood(Line(url, seed), subjects.frames(place), int(first), int(second))
            else:
                crowd(url, seed, camera, int(first), int(second))
        except OSError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
