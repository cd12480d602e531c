"""Group chats and mail, by apprise: it blocks, so it works in threads of its own, within a time limit."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

import apprise
from apprise.plugins.email.base import NotifyEmail

from proto.wardwatch.v1.delivery import SCHEMES, Medium
from services.chassis.delivery_keys import Target
from services.delivery.messages import Message
from services.delivery.outcome import Refused, Result, Taken, Unsure
from services.delivery.outside import is_forbidden

_THREADS: Final = 4
_CONNECT_SECONDS: Final = 4.0
_READ_SECONDS: Final = 8.0
_ALLOWED: Final = frozenset(scheme for medium in Medium if medium.path == "chat" for scheme in SCHEMES[medium])


@dataclass(frozen=True, slots=True)
class ChatPath:
    """WeCom, DingTalk, Feishu and mail."""

    threads: ThreadPoolExecutor
    within_seconds: float

    @classmethod
    @contextmanager
    def opened(cls, *, within_seconds: float) -> Iterator[Self]:
        """Open; a thread that hangs is left behind."""
        # It would write addresses, and with them their passwords.
        logging.getLogger("apprise").disabled = True
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="chat")
        try:
            yield cls(threads, within_seconds)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, message: Message, target: Target) -> Result:
        """Send *message*; what came of it."""
        work = asyncio.get_running_loop().run_in_executor(self.threads, _notify, target.address, message)
        try:
            async with asyncio.timeout(self.within_seconds):
                return await work
        except TimeoutError:
            return Unsure("timeout")


def _notify(address: str, message: Message) -> Result:
    if address.partition("://")[0] not in _ALLOWED:
        return Refused("bad_address")
    made = apprise.Apprise.instantiate(address)
    if made is None:
        return Refused("bad_address")
    made.socket_connect_timeout, made.socket_read_timeout = _CONNECT_SECONDS, _READ_SECONDS
    if isinstance(made, NotifyEmail) and _leads_to_forbidden(str(made.smtp_host)):
        return Refused("forbidden_address")
    link = f"\n{message.address}" if message.page else ""
    taken = made.notify(title=message.title, body=f"{message.body}{link}")
    return Taken() if taken else Unsure("not_taken")


def _leads_to_forbidden(host: str) -> bool:
    """Whether a mail server is of a kind that nothing is sent to. What cannot be resolved cannot be reached either."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return any(is_forbidden(str(each[4][0])) for each in found)
