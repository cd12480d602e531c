"""Bytes of version 1 decode for ever, to exactly the values they were made from."""

import inspect
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pytest

from proto.wardwatch.v1 import messages, requests
from tests.contract.samples import SAMPLES

FOLDER = Path(__file__).parent / "v1"

# Digests of the files as first written: regenerating one is a breaking change in disguise.
DIGESTS = {
    "EntryAddRequest": "f90fd8d1bbc501014d48e2e3f69d75d54d0a8c9a7929f9fffa4d8e5000bfe89a",
    "EntryApproveRequest": "82edd13e2fac603b00950e5b44aab17d44f0621c9164df64df9e2675263f6a85",
    "EntryListReply": "ccdb3a1c6f3780132f3d60c43841456dff404c5d64b14bec1aa7b453fabc0a9b",
    "EntryListRequest": "1161cdc4a34a5b1a71dc13dcc472ea7b1b59113f426e17d97365e3fd03feb08a",
    "EntryPublished": "5398538a8e45708f7e053a87a831b0a4667a751caf5980d0bb9d8e000744ad8e",
    "EntryRevokeRequest": "991f1032e36ecc821d199f5f25d98087b88a35fa1381944b905c24994eaf44ab",
    "EntrySummary": "ec045f78b7f229b6b7de0da8e25ad868b63ef7652c548be0eb9eac9d249c2b05",
    "FaceDetected": "1c98b5035bd93dbf214be4bb022e5164e412b73b17e334eb80b1e498c81616ce",
    "FaceEmbedded": "fe13b10eb8a590f12475a37b9620294cbc90959da8a2ed7d60c94d88e13a4739",
    "FrameRejected": "5e327723b8588d7f500b6cb514788a956cfbb015015f547a32a661ce5194512e",
    "MatchingControl": "2a2729d35a599430bb9168ad9dc7f4213c0c3f04428b2ae9703f500d0c4fd29b",
    "PersonSighted": "1262fe61b5c09381be2489c958e5c3f73f0a7dbee44504ca129c1978c09f61d0",
    "PhotoDetectReply": "5a477c777352527343dc4909c7691e2524db384276d10c2a59d2bbc05e5dddef",
    "PhotoDetectRequest": "1998502198b6a90c575fcb268768ffdabbae61435afec5aa456465190fac09fc",
    "PhotoEmbedReply": "1eb451e45ea3fd0ea7925a5e63a36689dc4509b9c0146563f080f6079e66031b",
    "PhotoEmbedRequest": "30d9f6a74f3ad4edd0619ae9559de0f686742cca43be92b64e054412fe19da97",
}


@runtime_checkable
class Message(Protocol):
    def encode(self) -> bytes: ...

    @classmethod
    def decode(cls, payload: bytes) -> object: ...


def plain(value: object) -> object:
    """*value* with arrays turned into (type, shape, bytes), so that it can be compared whole."""
    match value:
        case np.ndarray():
            return (str(value.dtype), value.shape, value.tobytes())
        case tuple():
            return tuple(plain(each) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return (type(value).__name__, {f.name: plain(getattr(value, f.name)) for f in fields(value)})
        case _:
            return value


def sample(name: str) -> Message:
    """The value of one file."""
    value = SAMPLES[name]
    assert isinstance(value, Message)
    return value


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_old_bytes_decode_to_exactly_their_value(name: str) -> None:
    expected = sample(name)

    decoded = type(expected).decode((FOLDER / f"{name}.bin").read_bytes())

    assert plain(decoded) == plain(expected)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_sample_is_the_file_first_written(name: str) -> None:
    assert sha256((FOLDER / f"{name}.bin").read_bytes()).hexdigest() == DIGESTS[name]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_field_of_a_later_version_is_passed_over(name: str) -> None:
    # Field 1000, one byte long: what a newer sender may add.
    later = b"\xc2\x3e\x01x"

    decoded = type(sample(name)).decode((FOLDER / f"{name}.bin").read_bytes() + later)

    assert plain(decoded) == plain(sample(name))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_cut_bytes_are_no_message(name: str) -> None:
    whole = (FOLDER / f"{name}.bin").read_bytes()

    with pytest.raises(ValueError):  # noqa: PT011 - every message says it in its own words
        type(sample(name)).decode(whole[:-1])


def test_every_message_has_a_sample_and_every_sample_a_message() -> None:
    known = {
        name
        for module in (messages, requests)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and hasattr(kind, "decode")
    }

    assert known == set(SAMPLES) == {path.stem for path in FOLDER.glob("*.bin")}
