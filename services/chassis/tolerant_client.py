"""nats-py's client, made so that nothing another connection says on its line ends or deafens this one.

Whoever may publish at all chooses the headers and the subject of the reply, as bytes, and the broker hands them on as
they are. The library stops reading for good when they are no UTF-8 or no headers, and takes bytes for gaps between
words that the broker takes for parts of them. It stops likewise when the broker answers somebody who waits no longer.
"""

import asyncio
import re
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.protocol import parser

from proto.wardwatch.v1 import subjects
from services.chassis.telemetry import Meters

# As nats-server splits a line: at blanks and tabs alone. The library's patterns split at every white space, and take a
# message whose reply holds a form feed for the end of the protocol.
_WORD: Final = rb"([^ \t\r\n]+)[ \t]+"
_REPLY: Final = rb"(" + _WORD + rb")?"
parser.MSG_RE = re.compile(rb"\AMSG[ \t]+" + _WORD + _WORD + _REPLY + rb"(\d+)\r\n")
parser.HMSG_RE = re.compile(rb"\AHMSG[ \t]+" + _WORD + _WORD + _REPLY + rb"(\d+)[ \t]+(\d+)\r\n")

_KINDS: Final = frozenset(row.pattern.partition(".")[0] for row in subjects.TABLE)


class TolerantClient(Client):
    """Drops what cannot be read of a message, and counts it."""

    def __init__(self, meters: Meters) -> None:
        super().__init__()
        self._meters = meters

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            return await super()._process_headers(headers)
        except (ValueError, IndexError):
            self._meters.count("wardwatch_messages_unreadable_total", subject="headers")
            return None

    async def _process_pong(self) -> None:
        # Whoever waited for it has given up, which the library does not look at: it would stop reading.
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg | None:
        """The message, or None when its subject or the subject of its reply is no text."""
        try:
            message: Msg = super()._build_message(sid, subject, reply, data, headers)
        except UnicodeDecodeError:
            kind = subject.partition(b".")[0].decode("ascii", "replace")
            self._meters.count("wardwatch_messages_unreadable_total", subject=kind if kind in _KINDS else "others")
            return None
        return message
