"""Bytes of version 1 decode for ever, to exactly the values they were made from."""

import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pytest

from proto.wardwatch.v1 import camera_states, drills, messages, replicas, replication, requests, shields, walk_counts
from tests.contract.samples import SAMPLES

FOLDER = Path(__file__).parent / "v1"

# Digests of the files as first written: regenerating one is a breaking change in disguise.
DIGESTS = {
    "AlikeRequest": "cd98611cf92064ecf72706588b04cfca18c0e39556c0bf9b26d990be18f7770f",
    "AlikeResponse": "61c31d2a7bf0ea29ac229338055fbf3617452ff295104e3bb06cf6dc3b9d6abc",
    "AlikeResponse-2": "0cb501c1ac13e9278f828486128870f3492de5d46eb96ff1bca47c98f8bff3e2",
    "AuditHead": "d8165666dd22c5127e855cce401661b900f03f838478529224b4733183452608",
    "CameraExpected": "12d96ee1d7bb0a2a32e6315bf82fde8ac2760406360abe2e183623001af8a9dc",
    "CameraState": "c0e4cb10beb57d810314038185612e641ada62ef60deeabb72b1fcd98ff429ea",
    "CameraState-2": "837bdc44f86ee1448a7dd7608173da35d1984809b27baadf90d1160d63c7cb0b",
    "DeskAnswer": "89a2523050eb0a20cea95480f67b040205fb92f1888afce9d03bc1df97cc3ca2",
    "DeskCall": "7152d0dd72c327056350834505dd7b8334f0f812f3e46465e19a286e8a7abe43",
    "DrillStep": "946ae5b53cc9ee60cc02d3c4f01618683dff025bcda804506e0f56597c1312f4",
    "DrillStep-2": "51317c6f45f4ecab19bcbdd18385574c33e5c9f1a3d2ed8ab3b0e867e083c309",
    "DrillStep-3": "2fa51bd10ea07c0b557c98b4f590063f535683a11958352fcad55985ba4f0422",
    "DrillTemplate": "c6adba022b979f8d555c95259bc1f2740736382e6f92c773118d0a6e61e23dad",
    "EntryPublished": "5398538a8e45708f7e053a87a831b0a4667a751caf5980d0bb9d8e000744ad8e",
    "ErasureReceipt": "2aabba96e44508bb025090dda8a9667104791f4e3bb94ea4a1c47e9d7c6d557f",
    "FaceDetected": "1c98b5035bd93dbf214be4bb022e5164e412b73b17e334eb80b1e498c81616ce",
    "FaceDetected-2": "31fe42960b39802d60c254ff634edc37c6eb9b71cb3fd510a31bc929c8160806",
    "FaceDetected-3": "81dbb9628322bed333823a41622a0b3769e7045382df0cffe130c8c7898198d0",
    "FaceEmbedded": "fe13b10eb8a590f12475a37b9620294cbc90959da8a2ed7d60c94d88e13a4739",
    "FaceEmbedded-2": "736e267bb1d605d5b598dc102f37e827fd6f0908d06ef3185cf95a4ee8c66722",
    "FaceEmbedded-3": "76d5f464176fb454c70ff7ff28b69d0733763ce3d3920cecb17f0c0bb8ea8aa7",
    "FrameRejected": "5e327723b8588d7f500b6cb514788a956cfbb015015f547a32a661ce5194512e",
    "FrameRejected-2": "a0625de4333e0caf97462dfc517b34f11c9a77b669bb0d829ebd5aa9057e0dc3",
    "FrameRejected-3": "8cba81d51bafeec9408023d16e713f37764ce2ec9c47029d21ddb4f23d1ed915",
    "KeyPublished": "e562be668b9d4b55b5b975084aff5fe1c533e4c56e30e92a73152012c85331ab",
    "MatcherPresence": "08b258746984034e470a6530e82738935c017307edf654124315cc0b7a5216cb",
    "MatcherPresence-2": "36804fa083506cefecfb291e245f596079bc348236ce5349271d3179f191ac13",
    "MatcherPresence-3": "dc8b81c7b843b588b0028ffc816c99bb39c7c8332437110b406397c8dce70068",
    "MatchingControl": "2a2729d35a599430bb9168ad9dc7f4213c0c3f04428b2ae9703f500d0c4fd29b",
    "PersonSighted": "1262fe61b5c09381be2489c958e5c3f73f0a7dbee44504ca129c1978c09f61d0",
    "PersonSighted-2": "3aecc485771b9ddd02193467db6a69a82b450d86d10fce498f5bb50c781eec22",
    "PersonSighted-3": "281a52c3942773b632656a26179a4eab47945de78fa28fa27dcc7e99185431e3",
    "PhotoDetectReply": "5a477c777352527343dc4909c7691e2524db384276d10c2a59d2bbc05e5dddef",
    "PhotoDetectRequest": "1998502198b6a90c575fcb268768ffdabbae61435afec5aa456465190fac09fc",
    "PhotoEmbedReply": "1eb451e45ea3fd0ea7925a5e63a36689dc4509b9c0146563f080f6079e66031b",
    "PhotoEmbedRequest": "30d9f6a74f3ad4edd0619ae9559de0f686742cca43be92b64e054412fe19da97",
    "ReplicaBeat": "1b2b6de9d408c17ec1b023e92388daac4ba7f32d254aa2172c010955b8aaf4cc",
    "ReplicaBeat-2": "b6567a7b8e509642f149056c5fd84b44ebfce833f8deccf26bcbb2e9a06e3244",
    "RollCall": "29a9168748c65604e3c2e4e9ddf63aa7d6017f9b34e043f09d52e085775c0f0e",
    "SightingsJudged": "89eaec6510b5b3b0c370f6cd8d8a600f86b69dd2ffcfae06dcd18fd9e5a300dc",
    "SightingsJudged-2": "e8d9178dc194e8f825b1a0a7765a2604412d358518966a392a591682a6ba0fad",
    "StageReport": "236b1d106eaacbeee47aeca0d10fb17250a26627c4bc11c9a11f8785c9260426",
    "ThresholdPublished": "d729bf36edfc0454ae69668d7c622cee522f732ae6a0e21e6dc25c7a9bed5456",
    "ThresholdPublished-2": "6a7ec88ce54425c269dfbefca2d1c62f2e79560aadaced4217a57f9896610226",
    "ThresholdPublished-3": "76955ea329a0a306bd9d32df9ab5f1d889d61cd5422511b500c8bfed5c06cc1f",
    "WalkShielded": "d2c8516f9a4b6162301b459379bab0366c60b5de1f805999175ef7ba8a5e0c0b",
    "WalksCounted": "502ff2d5a79936ef8a7c3540f494de0b7d9326a6882201fe95a00f2c59dbd9db",
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
        case Mapping():
            return dict(value)
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
        for module in (replication, messages, requests, replicas, camera_states, drills, shields, walk_counts)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and hasattr(kind, "decode")
    }

    # A message that grew has a sample of each of its shapes: "Name", "Name-2".
    assert known == {name.partition("-")[0] for name in SAMPLES}
    assert set(SAMPLES) == {path.stem for path in FOLDER.glob("*.bin")}
