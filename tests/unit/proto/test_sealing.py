"""How the record is sealed: what opens, and above all what does not."""

import json
from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proto.wardwatch.v1.sealing import OVERHEAD_BYTES, DataKey, NotOpened, WrappingKeys, seal, unseal
from services.watchlist.keys.identity_keys import IdentityKeys

KEYS = st.binary(min_size=32, max_size=32).map(DataKey)
NONCES = st.binary(min_size=12, max_size=12)
CONTENTS = st.binary(max_size=200)
ABOUTS = st.text(st.characters(codec="utf-8"), max_size=40)

OWNER = str(uuid4())
NONCE = bytes(12)


def wrapping(current: str = "k1", **keys: int) -> WrappingKeys:
    """Secrets by id, each 32 times the byte given."""
    return WrappingKeys(current, {name: bytes([byte]) * 32 for name, byte in (keys or {"k1": 1}).items()})


@given(KEYS, CONTENTS, ABOUTS, NONCES)
def test_what_is_sealed_opens_under_the_same_key_and_about(
    key: DataKey, content: bytes, about: str, nonce: bytes
) -> None:
    sealed = seal(key, content, about=about, nonce=nonce)

    assert unseal(key, sealed, about=about) == content
    assert len(sealed) == len(content) + OVERHEAD_BYTES


@given(KEYS, CONTENTS, ABOUTS, ABOUTS, NONCES)
def test_what_is_sealed_about_one_thing_never_opens_about_another(
    key: DataKey, content: bytes, about: str, other: str, nonce: bytes
) -> None:
    assume(about != other)
    sealed = seal(key, content, about=about, nonce=nonce)

    with pytest.raises(NotOpened):
        unseal(key, sealed, about=other)


@given(KEYS, KEYS, CONTENTS, NONCES)
def test_what_is_sealed_under_one_key_never_opens_under_another(
    key: DataKey, other: DataKey, content: bytes, nonce: bytes
) -> None:
    assume(key != other)

    with pytest.raises(NotOpened):
        unseal(other, seal(key, content, about="label/1", nonce=nonce), about="label/1")


@given(KEYS, CONTENTS, NONCES, st.data())
def test_one_flipped_bit_never_opens(key: DataKey, content: bytes, nonce: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(key, content, about="label/1", nonce=nonce))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8

    with pytest.raises(NotOpened):
        unseal(key, bytes(sealed), about="label/1")


@given(KEYS, st.binary(max_size=OVERHEAD_BYTES - 1))
def test_what_is_too_short_to_be_sealed_does_not_open(key: DataKey, piece: bytes) -> None:
    with pytest.raises(NotOpened):
        unseal(key, piece, about="label/1")


@given(KEYS, NONCES)
def test_a_data_key_is_unwrapped_for_its_owner_only(key: DataKey, nonce: bytes) -> None:
    wrapped = wrapping().wrap(OWNER, key, nonce=nonce)

    assert wrapping().unwrap(OWNER, "k1", wrapped) == key
    with pytest.raises(NotOpened):
        wrapping().unwrap(str(uuid4()), "k1", wrapped)


def test_a_former_secret_still_unwraps_and_the_current_one_wraps() -> None:
    key = DataKey(bytes(32))
    old = wrapping("k1", k1=1).wrap(OWNER, key, nonce=NONCE)
    rotated = wrapping("k2", k1=1, k2=2)

    assert rotated.unwrap(OWNER, "k1", old) == key
    assert rotated.unwrap(OWNER, "k2", rotated.wrap(OWNER, key, nonce=NONCE)) == key


def test_a_secret_that_is_not_known_here_is_named() -> None:
    wrapped = wrapping("k2", k2=2).wrap(OWNER, DataKey(bytes(32)), nonce=NONCE)

    with pytest.raises(NotOpened, match="the secret k2 is not known here"):
        wrapping().unwrap(OWNER, "k2", wrapped)


def test_a_secret_under_another_s_id_does_not_unwrap() -> None:
    wrapped = wrapping("k1", k1=1).wrap(OWNER, DataKey(bytes(32)), nonce=NONCE)

    with pytest.raises(NotOpened):
        wrapping("k1", k1=2).unwrap(OWNER, "k1", wrapped)


def test_secrets_are_not_shown() -> None:
    read = WrappingKeys.parse(json.dumps({"current": "k1", "keys": {"k1": "ab" * 32}}))

    assert "ab" * 4 not in repr(read)
    assert read.keys["k1"].hex() not in repr(IdentityKeys.parse("ab" * 32))


@given(KEYS, KEYS)
def test_an_identity_number_s_key_needs_the_secret_and_the_entry_s_key(key: DataKey, other: DataKey) -> None:
    assume(key != other)
    one, two = IdentityKeys.parse("ab" * 32), IdentityKeys.parse("cd" * 32)

    assert len({one.number_key(key), one.number_key(other), two.number_key(key), key}) == 4


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_look_up_finds_the_same_text_of_the_same_kind_only(text: str, other: str) -> None:
    assume(text != other)
    keys = IdentityKeys.parse("ab" * 32)

    assert keys.lookup("number", text) == keys.lookup("number", text)
    found = {keys.lookup("number", text), keys.lookup("number", other), keys.lookup("external", text)}
    assert len(found | {sha256(text.encode()).digest()}) == 4


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32])
def test_what_is_no_identity_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        IdentityKeys.parse(text)
