"""The ways out over HTTP and over the broker: each sends one message and says what came of it."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.delivery import is_push_service
from services.chassis.delivery_keys import DeliveryKeys, Target
from services.chassis.errors import NotStored
from services.delivery import messages, web_push, webhooks
from services.delivery.messages import Message
from services.delivery.outcome import Refused, Result, Taken, Unsure
from services.delivery.web_push import Phone

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Result]]

# For as long as the ladder may last; later nobody needs it.
_PUSH_TTL_SECONDS: Final = 900
_TOPIC_CHARACTERS: Final = 32


class PublishOwed(Protocol):
    """Publishes on the broker and waits until it is stored. Raises NotStored."""

    async def __call__(self, subject: str, payload: bytes, *, message_id: str) -> int: ...


@dataclass(frozen=True, slots=True)
class PushPath:
    """To phones, by whichever push service their browsers use; to those on the list alone."""

    post: Post
    keys: DeliveryKeys = field(repr=False)
    hosts: Sequence[str]
    contact: str
    now_seconds: Callable[[], int]

    async def send(self, message: Message, phone: Phone) -> Result:
        """Raises nothing: a phone whose keys are no keys is refused."""
        if not is_push_service(phone.endpoint, self.hosts):
            return Refused("unknown_push_service")
        content = messages.notification(message, self.keys.receipt(message.delivery))
        try:
            body = web_push.encipher(
                content,
                phone,
                key=ec.generate_private_key(ec.SECP256R1()),
                salt=secrets.token_bytes(web_push.SALT_BYTES),
            )
        except ValueError:
            return Refused("bad_phone_key")
        headers = {
            "Authorization": web_push.authorisation(
                phone.endpoint,
                web_push.private_key(self.keys.vapid),
                contact=self.contact,
                now_seconds=self.now_seconds(),
            ),
            "Content-Type": "application/notification+json",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_PUSH_TTL_SECONDS),
            "Urgency": "high",
            # Of messages with one topic a push service keeps the last: sent twice, a phone that was away shows it once.
            "Topic": message.tag.replace("-", "")[:_TOPIC_CHARACTERS],
        }
        return await self.post(phone.endpoint, body, headers)


@dataclass(frozen=True, slots=True)
class NtfyPath:
    """To a topic of an ntfy server."""

    post: Post

    async def send(self, message: Message, target: Target) -> Result:
        """The last part of the address is the topic."""
        server, _, topic = target.address.rstrip("/").rpartition("/")
        if not topic or not urlsplit(server).netloc:
            return Refused("bad_address")
        headers = {"Content-Type": "application/json"}
        if target.secret:
            headers["Authorization"] = f"Bearer {target.secret}"
        return await self.post(f"{server}/", messages.ntfy(message, topic), headers)


@dataclass(frozen=True, slots=True)
class WebhookPath:
    """To another system, signed."""

    post: Post
    now_seconds: Callable[[], int]

    async def send(self, message: Message, target: Target) -> Result:
        """Signed anew with each attempt, so that its time is believed; the id is always the same."""
        body = messages.notice(message)
        try:
            signed = webhooks.headers(message.delivery, target.secret, body, now_seconds=self.now_seconds())
        except ValueError:
            return Refused("bad_secret")
        return await self.post(target.address, body, {"Content-Type": "application/json", **signed})


@dataclass(frozen=True, slots=True)
class NatsPath:
    """To whoever hears the hospital's broker."""

    publish: PublishOwed

    async def send(self, message: Message) -> Result:
        """Stored once however often it is sent."""
        if message.incident is None:
            return Refused("no_incident")
        subject = subjects.alerts(message.site, str(message.incident))
        try:
            await self.publish(subject, messages.notice(message), message_id=f"alerts/{message.delivery}")
        except NotStored:
            return Unsure("not_stored")
        return Taken()
