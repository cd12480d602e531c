"""The mark of a drill holds for one frame on one subject at one time, and nobody else can make it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from proto.wardwatch.v1.subjects import Author
from proto.wardwatch.v1.values import Drill
from services.chassis.drill_mark import Mark, mark
from services.chassis.signing import Authors, Signer

_KEYS = {author: SigningKey(bytes([number] * 32)) for number, author in enumerate(Author, 1)}
_AUTHORS = Authors.parse(json.dumps({author: key.verify_key.encode().hex() for author, key in _KEYS.items()}))
_DRILL = Drill("0f" * 16, 1_795_500_000_000_000)
_SUBJECT = "frames.7.h1.gate"


def made(author: Author = Author.DRILL) -> str:
    return mark(Signer(author, _KEYS[author]), _DRILL, _SUBJECT, b"a frame")


def test_a_mark_says_which_drill_it_is_and_is_genuine() -> None:
    read = Mark.parse(made())

    assert read.drill == _DRILL
    assert read.is_genuine(_AUTHORS, _SUBJECT, b"a frame")


@given(st.sampled_from(("subject", "frame", "id", "time", "signature")), st.integers(min_value=1, max_value=2**40))
def test_a_mark_holds_for_nothing_but_what_it_was_made_for(changed: str, by: int) -> None:
    read = Mark.parse(made())
    subject, frame = _SUBJECT, b"a frame"
    match changed:
        case "subject":
            subject = f"frames.7.h1.gate-{by}"
        case "frame":
            frame += by.to_bytes(8, "big")
        case "id":
            read = replace(read, drill=replace(read.drill, id=f"{by:032x}"))
        case "time":
            read = replace(read, drill=replace(read.drill, sent_us=read.drill.sent_us + by))
        case _:
            bit = by % 512
            flipped = bytearray(read.signature)
            flipped[bit // 8] ^= 1 << bit % 8
            read = replace(read, signature=bytes(flipped))

    assert not read.is_genuine(_AUTHORS, subject, frame)


@pytest.mark.parametrize("author", [author for author in Author if author is not Author.DRILL])
def test_no_other_author_makes_a_mark(author: Author) -> None:
    assert not Mark.parse(made(author)).is_genuine(_AUTHORS, _SUBJECT, b"a frame")


def test_without_the_key_of_drills_no_mark_is_genuine() -> None:
    assert not Mark.parse(made()).is_genuine(Authors({}), _SUBJECT, b"a frame")


@given(st.text(max_size=200))
def test_any_other_text_is_no_mark(text: str) -> None:
    with pytest.raises(ValueError, match="a mark is an id, a time and a signature"):
        Mark.parse(text)


@pytest.mark.parametrize("text", [made().upper(), f"{made()} ", made()[:-1], made().replace(":", ";"), f"{made()}\n"])
def test_a_mark_that_is_nearly_one_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="a mark is"):
        Mark.parse(text)
