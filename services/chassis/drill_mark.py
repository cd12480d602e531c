"""The mark of a drill on a frame: made by the drill service, checked by the detector (docs/adr/0086).

Frames are not signed, for cameras have no such keys; a mark is, so that no camera can pass somebody off as a drill.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from nacl.exceptions import BadSignatureError

from proto.wardwatch.v1.subjects import Author
from proto.wardwatch.v1.values import DRILL_ID, Drill
from services.chassis.signing import Authors, Signer

# Part of what is signed, so that no signature made for another purpose is one of these.
_CONTEXT: Final = b"wardwatch drill 1"
_FORM: Final = re.compile(rf"({DRILL_ID.pattern}):([1-9][0-9]{{0,17}}):([A-Za-z0-9+/]{{86}}==)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that has the form of one, and is not checked yet."""

    drill: Drill
    signature: bytes

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Read the header. Raises ValueError."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise ValueError("a mark is an id, a time and a signature")
        return cls(Drill(form[1], int(form[2])), b64decode(form[3]))

    def is_genuine(self, authors: Authors, subject: str, frame: bytes) -> bool:
        """Whether the drill service made it for this *frame* on this *subject*."""
        key = authors.keys.get(Author.DRILL)
        if key is None:
            return False
        try:
            key.verify(_signed(self.drill, subject, frame), self.signature)
        except (ValueError, BadSignatureError):
            return False
        return True


def mark(signer: Signer, drill: Drill, subject: str, frame: bytes) -> str:
    """The header of a *frame* that is published on *subject* as *drill*."""
    signature = signer.key.sign(_signed(drill, subject, frame)).signature
    return f"{drill.id}:{drill.sent_us}:{b64encode(signature).decode('ascii')}"


def _signed(drill: Drill, subject: str, frame: bytes) -> bytes:
    """What is signed: each part behind its length, so that no two marks have the same bytes."""
    parts = (_CONTEXT, subject.encode("utf-8"), drill.id.encode("ascii"), str(drill.sent_us).encode("ascii"), frame)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
