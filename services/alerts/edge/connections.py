"""The public port's connections: who may open how many, how fast, and which has to go for a newer one."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from services.alerts.edge.pace import Pace
from services.alerts.edge.senders import Senders
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_BACKLOG: Final = 256
_HANDSHAKE_SECONDS: Final = 10.0
# Whoever does not take what is sent to them, or is gone without a word, is given up after so long.
_SILENT_MS: Final = 30_000
# A connection waits at most so long for its turn; one that would wait longer is closed at once.
_LONGEST_TURN_SECONDS: Final = 5.0
_REFUSED_SECONDS: Final = 0.003
_NO_FILE_SECONDS: Final = 0.05
_NO_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@dataclass(eq=False, slots=True)
class Connection:
    """One connection, from the moment it was accepted. ``familiar``: a request with a valid session came by it."""

    sender: str
    familiar: bool = False
    protocol: "_Watched | None" = None
    task: asyncio.Task[None] | None = None  # serves it until it is over

    def drop(self) -> None:
        """End it now, in whatever state it is."""
        if self.protocol is not None and self.protocol.transport is not None:
            self.protocol.transport.abort()
        elif self.task is not None:
            self.task.cancel()


@dataclass(slots=True)
class Connections:
    """Opens at most *most* connections in all, and *most_of_sender* of one sender that is no trusted proxy.

    At a limit the oldest connection of a stranger goes for the new one, so that a page with a session always gets in
    and, once in, stays.
    """

    senders: Senders
    meters: Meters
    most: int = 4096
    most_of_sender: int = 256
    of_sender: Pace = field(default_factory=lambda: Pace(per_second=100, burst=256))
    of_all: Pace = field(default_factory=lambda: Pace(per_second=300, burst=1024))
    _open: dict[Connection, None] = field(default_factory=dict)  # oldest first
    _of_handler: dict[object, Connection] = field(default_factory=dict)

    def vouch(self, request: web.Request) -> None:
        """The request came with a valid session: its connection is no stranger's."""
        connection = self._of_handler.get(request.protocol)
        if connection is not None:
            connection.familiar = True

    @asynccontextmanager
    async def listening(
        self, server: web.Server, host: str, port: int, *, tls: ssl.SSLContext | None
    ) -> AsyncIterator[int]:
        """Accept connections for *server* until left; yields the port. Raises OSError when it is taken.

        *host* may be several, by comma.

        Connections that are being served stay: *server* ends them.
        """
        with ExitStack() as stack:
            listeners: list[socket.socket] = []
            for family, address in await _addresses(host):
                bound = listeners[0].getsockname()[1] if listeners else port
                try:
                    listener = socket.create_server((address, bound), family=family, backlog=_BACKLOG)
                except OSError as error:
                    if error.errno != errno.EADDRNOTAVAIL or "," not in host:
                        raise
                    # The machine's addresses have changed since its start: the others serve on.
                    log.warning("an address is not this machine's any more", host=address)
                    continue
                listeners.append(stack.enter_context(listener))
                listener.setblocking(False)
            if not listeners:
                raise OSError(errno.EADDRNOTAVAIL, "none of these addresses is this machine's")
            gates = [_Gate(listener) for listener in listeners]
            for gate in gates:
                gate.open(partial(self._accept, gate, server, tls))
            try:
                yield int(listeners[0].getsockname()[1])
            finally:
                for gate in gates:
                    gate.close()
                for connection in list(self._open):
                    if connection.protocol is not None and connection.protocol.transport is None:
                        connection.drop()

    def _accept(self, gate: "_Gate", server: web.Server, tls: ssl.SSLContext | None) -> None:
        """Take one connection. What is refused slows the gate: the rest waits with the kernel, which costs nothing."""
        try:
            peer, address = gate.listener.accept()
        except OSError as error:
            # Any other error is that of a connection that is gone already.
            if error.errno in _NO_FILES:
                self._make_room(list(self._open))
                log.warning("no connection can be accepted", error=errno.errorcode[error.errno])
                gate.rest(_NO_FILE_SECONDS)
            return
        peer.setblocking(False)
        remote = str(address[0])
        connection = Connection(self.senders.of_connection(remote))
        now = asyncio.get_running_loop().time()
        wait = self._admit(connection, proxy=self.senders.is_proxy(remote), now=now)
        if wait is None:
            peer.close()
            gate.rest(_REFUSED_SECONDS)
            return
        self._begin(connection, peer, server, tls, wait)

    def _admit(self, connection: Connection, *, proxy: bool, now: float) -> float | None:
        """Count the connection; returns after how many seconds it is served, None when it is not."""
        wait = self._turn(connection.sender, now, proxy=proxy)
        if wait is None:
            self.meters.count("wardwatch_connections_refused_total", reason="too_fast")
            return None
        of_sender = [] if proxy else [c for c in self._open if c.sender == connection.sender]
        if (len(of_sender) >= self.most_of_sender and not self._make_room(of_sender)) or (
            len(self._open) >= self.most and not self._make_room(list(self._open))
        ):
            self.meters.count("wardwatch_connections_refused_total", reason="too_many")
            return None
        self._open[connection] = None
        self.meters.set("wardwatch_connections", len(self._open))
        return wait

    def _turn(self, sender: str, now: float, *, proxy: bool) -> float | None:
        # The sender's own pace first: what it refuses takes nothing from everybody's.
        own = 0.0 if proxy else self.of_sender.turn(sender, now, within_seconds=_LONGEST_TURN_SECONDS)
        if own is None:
            return None
        common = self.of_all.turn("", now, within_seconds=_LONGEST_TURN_SECONDS)
        return None if common is None else max(own, common)

    def _make_room(self, among: list[Connection]) -> bool:
        """Drop the stranger that came first; returns whether there was one."""
        oldest = next((connection for connection in among if not connection.familiar), None)
        if oldest is None:
            return False
        oldest.drop()
        self._open.pop(oldest, None)
        self.meters.count("wardwatch_connections_refused_total", reason="made_room")
        return True

    def _begin(
        self,
        connection: Connection,
        peer: socket.socket,
        server: web.Server,
        tls: ssl.SSLContext | None,
        wait: float,
    ) -> None:
        handler = server()
        protocol = connection.protocol = _Watched(handler)
        self._of_handler[handler] = connection

        def ended(_task: asyncio.Task[None]) -> None:
            # Not in the task itself: one that is cancelled before its first step never comes to it.
            if not protocol.over.is_set() and protocol.transport is None:
                peer.close()
            self._open.pop(connection, None)
            self._of_handler.pop(handler, None)
            self.meters.set("wardwatch_connections", len(self._open))

        connection.task = asyncio.create_task(_serve(peer, protocol, tls, wait))
        connection.task.add_done_callback(ended)


class _Gate:
    """Calls somebody whenever a connection waits at *listener*, but for its rests."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self._accept: Callable[[], None] | None = None

    def open(self, accept: Callable[[], None]) -> None:
        """Begin to call *accept*."""
        self._accept = accept
        asyncio.get_running_loop().add_reader(self.listener, accept)

    def rest(self, seconds: float) -> None:
        """Call nobody for so long."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.listener)
        loop.call_later(seconds, self._go_on)

    def close(self) -> None:
        """Call nobody any more."""
        self._accept = None
        asyncio.get_running_loop().remove_reader(self.listener)

    def _go_on(self) -> None:
        if self._accept is not None:
            self.open(self._accept)


class _Watched(asyncio.Protocol):
    """Passes everything on to aiohttp's handler, and notices the end of the connection."""

    def __init__(self, handler: web.RequestHandler) -> None:
        self._handler = handler
        self.transport: asyncio.Transport | None = None
        self.over = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin of the connection, after the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of requests."""
        self._handler.data_received(data)

    def eof_received(self) -> None:
        """The peer sends nothing more."""
        self._handler.eof_received()

    def pause_writing(self) -> None:
        """The peer does not take what was sent."""
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """The peer has taken it."""
        self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End of the connection."""
        self.transport = None
        self._handler.connection_lost(exc)
        self.over.set()


async def _serve(peer: socket.socket, protocol: _Watched, tls: ssl.SSLContext | None, wait: float) -> None:
    """Hand the connection to its protocol in its turn; returns when it is over."""
    await asyncio.sleep(wait)
    try:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MS)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol, peer, ssl=tls, ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None
        )
    except OSError:
        return  # the handshake failed, or the peer has left: ssl's errors are of this kind
    await protocol.over.wait()


async def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    found = []
    for each in host.split(","):
        asked = asyncio.get_running_loop().getaddrinfo(each, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        found += await asked
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))
