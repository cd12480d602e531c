"""The file of a part of a backup: it opens for its recipients as it was made, and in no other state."""

import io
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cli.backup import container
from cli.backup.container import CHUNK_BYTES, Faulty, Opener, Recipients, Sealing

PRIVATE: Final = X25519PrivateKey.generate()
PUBLIC: Final = PRIVATE.public_key().public_bytes_raw()
MAKER: Final = Ed25519PrivateKey.generate()
SEALED_CHUNK: Final = CHUNK_BYTES + 16


def sealed(content: bytes, recipients: Recipients | None = None) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file, {"part": "record"}, recipients or Recipients([PUBLIC]), MAKER)
    for start in range(0, len(content), 10_000):
        sealing.write(content[start : start + 10_000])
    sealing.finish()
    return file.getvalue()


def opened(made: bytes, opener: Opener | None = None) -> bytes:
    file = io.BytesIO(made)
    header = container.read_header(file)
    return b"".join(container.chunks(file, header, container.file_key(header, opener or Opener(PRIVATE))))


def body_of(made: bytes) -> int:
    """Where the chunks begin."""
    file = io.BytesIO(made)
    container.read_header(file)
    return file.tell()


CONTENT: Final = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"and some"
MADE: Final = sealed(CONTENT)


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_what_was_sealed_opens_as_it_was(length: int) -> None:
    assert opened(sealed(CONTENT[:length])) == CONTENT[:length]


def test_each_recipient_and_the_passphrase_open_it() -> None:
    other = X25519PrivateKey.generate()
    made = sealed(b"all of it", Recipients([other.public_key().public_bytes_raw(), PUBLIC], "correct horse"))

    for opener in (Opener(PRIVATE), Opener(other), Opener(passphrase="correct horse")):
        assert opened(made, opener) == b"all of it"


@pytest.mark.parametrize("opener", [Opener(X25519PrivateKey.generate()), Opener(passphrase="guess"), Opener()])
def test_nobody_else_opens_it_and_is_told_for_whom_it_is(opener: Opener) -> None:
    made = sealed(b"all of it", Recipients([PUBLIC], "correct horse"))

    with pytest.raises(Faulty, match=f"it is for: {container.fingerprint(PUBLIC)}, a passphrase"):
        opened(made, opener)


@given(st.integers(0, len(MADE) - 1))
def test_a_file_that_was_cut_anywhere_does_not_open(length: int) -> None:
    with pytest.raises(Faulty):
        opened(MADE[:length])


@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_a_file_that_ends_behind_a_whole_chunk_is_said_to_be_cut(chunks: int) -> None:
    with pytest.raises(Faulty, match=r"was cut off$"):
        opened(MADE[: body_of(MADE) + chunks * SEALED_CHUNK])


@given(st.integers(0, 8 * len(MADE) - 1))
def test_a_file_with_any_bit_turned_does_not_open(bit: int) -> None:
    changed = bytearray(MADE)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Faulty):
        opened(bytes(changed))


@given(st.lists(st.integers(0, 3), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_chunks_in_any_other_order_or_number_do_not_open(order: list[int]) -> None:
    begin = body_of(MADE)
    chunks = [MADE[start : start + SEALED_CHUNK] for start in range(begin, len(MADE), SEALED_CHUNK)]

    with pytest.raises(Faulty):
        opened(MADE[:begin] + b"".join(chunks[each] for each in order))


@given(st.binary(min_size=1, max_size=100))
def test_nothing_can_be_added_behind_the_end(added: bytes) -> None:
    with pytest.raises(Faulty):
        opened(MADE + added)


def test_chunks_of_another_file_for_the_same_key_do_not_open() -> None:
    other = sealed(CONTENT)

    with pytest.raises(Faulty):
        opened(MADE[: body_of(MADE)] + other[body_of(other) :])


@given(st.binary(max_size=2000))
def test_what_is_no_backup_is_refused_in_words(content: bytes) -> None:
    for made in (content, b"wardwatch backup 1\n" + content):
        with pytest.raises(Faulty):
            opened(made)


def test_a_header_says_what_it_holds_and_for_whom_without_a_key() -> None:
    header = container.read_header(io.BytesIO(MADE))

    assert header.facts == {"part": "record"}
    assert header.maker == MAKER.public_key().public_bytes_raw().hex()
    assert [each["key"] for each in header.recipients] == [container.fingerprint(PUBLIC)]


def test_a_backup_that_nobody_could_open_is_not_made() -> None:
    with pytest.raises(ValueError, match="nobody can open"):
        sealed(b"x", Recipients())


def test_nothing_of_the_content_is_in_the_file() -> None:
    assert CONTENT[:32] not in MADE
    assert sealed(CONTENT) != MADE
