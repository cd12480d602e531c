"""Packets that have arrived and are not decoded yet; filled by one thread, emptied by another."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Packet(Generic[T]):
    """One coded picture: ``body`` is what a decoder takes, ``size`` its bytes."""

    body: T
    size: int
    key: bool


class Backlog(Generic[T]):
    """First in, first out; when it grows over *most_bytes* everything is given up, up to a key frame."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._packets: deque[Packet[T]] = deque()
        self._bytes = 0
        self._dropped = 0
        self._needs_key = False
        self._changed = threading.Condition()

    def put(self, packet: Packet[T]) -> None:
        """Add *packet*, or drop it when it cannot be decoded for what was given up before it."""
        with self._changed:
            if self._bytes + packet.size > self._most_bytes:
                self._give_up_all()
            if self._needs_key and not packet.key:
                self._dropped += 1
                return
            self._needs_key = False
            self._packets.append(packet)
            self._bytes += packet.size
            self._changed.notify()

    def wait(self, seconds: float) -> bool:
        """Return whether a packet waits, after up to *seconds*."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._packets), seconds)

    def ends(self) -> tuple[Packet[T], Packet[T], bool]:
        """The first packet, the newest, and whether a key frame waits behind the first. There must be one."""
        with self._changed:
            later = iter(self._packets)
            next(later)
            return self._packets[0], self._packets[-1], any(packet.key for packet in later)

    def take(self) -> Packet[T]:
        """Remove and return the first packet. There must be one."""
        with self._changed:
            packet = self._packets.popleft()
            self._bytes -= packet.size
            return packet

    def newest(self) -> Packet[T] | None:
        """The newest packet that waits."""
        with self._changed:
            return self._packets[-1] if self._packets else None

    def jump(self) -> None:
        """Give up everything before the newest key frame behind the first packet."""
        with self._changed:
            key = max((n for n, packet in enumerate(self._packets) if packet.key), default=0)
            for _ in range(key):
                self._bytes -= self._packets.popleft().size
            self._dropped += key

    def drop(self) -> None:
        """Give up everything, and what comes until a key frame."""
        with self._changed:
            self._give_up_all()

    def dropped(self) -> int:
        """How many packets were given up since this was asked before."""
        with self._changed:
            count, self._dropped = self._dropped, 0
            return count

    def _give_up_all(self) -> None:
        self._dropped += len(self._packets)
        self._packets.clear()
        self._bytes = 0
        self._needs_key = True
