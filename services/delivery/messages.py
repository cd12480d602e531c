"""What a message says: no name, face, ground or likeness, and the place only where its site says so. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1.delivery import Kind, Path

Language = Literal["en", "zh-CN"]

_BODY: Final = {
    "en": {
        "raised": "A person on the watchlist may be here. Open to see.",
        "answered": "Answered: you need not go.",
        "closed": "Over: you need not go.",
        "reopened": "Corrected: it is open again. Open to see.",
        "withdrawn": "Withdrawn: nobody need go any more.",
        "corrected": "Corrected: what was decided has changed. Open to see.",
        "test": "Test: messages arrive here.",
    },
    "zh-CN": {
        "raised": "可能有名单上的人员。请打开查看。",
        "answered": "已有人应答，您无需前往。",
        "closed": "已结束，您无需前往。",
        "reopened": "已更正：警报重新打开。请打开查看。",
        "withdrawn": "已撤回，无需再前往。",
        "corrected": "已更正：结论有变化。请打开查看。",
        "test": "测试：消息可以送达此处。",
    },
}
_TITLE: Final = {"en": "Watchlist alert", "zh-CN": "名单警报"}
_PRODUCT: Final = "Wardwatch"
# What stays on the phone until somebody has looked, and what makes a sound: not that there is nothing to do any more.
_STAYS: Final[frozenset[Kind]] = frozenset({"raised", "reopened"})
_SOUNDS: Final[frozenset[Kind]] = _STAYS | {"withdrawn", "corrected", "test"}


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery with what it may say: ``place`` is empty where its site lets none out, ``page`` may be empty."""

    delivery: UUID
    incident: UUID | None
    kind: Kind
    path: Path
    site: str
    place: str
    due_at: datetime
    page: str
    language: Language

    @property
    def tag(self) -> str:
        """What a later message of the same alert takes the place of."""
        return str(self.incident or self.delivery)

    @property
    def title(self) -> str:
        """On a lock screen everybody reads it."""
        return f"{_TITLE[self.language]} · {self.place}" if self.place and self.kind != "test" else _PRODUCT

    @property
    def body(self) -> str:
        """One sentence."""
        return _BODY[self.language][self.kind]

    @property
    def address(self) -> str:
        """Where the page shows the alert."""
        return f"{self.page}/#/alerts/{self.incident}" if self.incident and self.page else f"{self.page}/"


def notification(message: Message, receipt: str) -> bytes:
    """The body of a Declarative Web Push, which a browser can show without the page's service worker."""
    sounds = message.kind in _SOUNDS
    shown = {
        "title": message.title,
        "body": message.body,
        "tag": message.tag,
        "lang": message.language,
        "dir": "ltr",
        "navigate": message.address,
        "requireInteraction": message.kind in _STAYS,
        "renotify": sounds,
        "silent": not sounds,
        "data": {
            "incident": None if message.incident is None else str(message.incident),
            "delivery": str(message.delivery),
            "receipt": receipt,
            "kind": message.kind,
        },
    }
    return json.dumps({"web_push": 8030, "notification": shown}, ensure_ascii=False).encode()


def notice(message: Message) -> bytes:
    """What another system is told, by webhook or on the broker: AlertNotice of asyncapi.yaml."""
    told = {
        "type": f"alert.{message.kind}",
        "timestamp": message.due_at.isoformat().replace("+00:00", "Z"),
        "data": {
            "incident": None if message.incident is None else str(message.incident),
            "site": message.site,
            "place": message.place or None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def ntfy(message: Message, topic: str) -> bytes:
    """As ntfy takes it in JSON. With the same sequence a later message takes the place of the first: servers from 2.16
    on, older ones show both.
    """
    rings, sounds = message.kind in _STAYS or message.kind == "test", message.kind in _SOUNDS
    told: dict[str, object] = {
        "topic": topic,
        "title": message.title,
        "message": message.body,
        "priority": 5 if rings else 3 if sounds else 2,
        "tags": ["rotating_light" if rings else "white_check_mark"],
        "sequence_id": message.tag.replace("-", ""),
    }
    if message.page:
        told["click"] = message.address
    return json.dumps(told, ensure_ascii=False).encode()
