"""What the streams of a list are called, what they hold, and how they are kept: pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ExternalStream,
    PersistMode,
    StorageType,
    StreamConfig,
    StreamConsumerSource,
    StreamSource,
    SubjectTransform,
)

from proto.wardwatch.v1.subjects import list_name

# The most that each may hold: nine lists fit into what the broker gives a publisher (access/render.py), one into what
# it gives a list that was joined. A list of 2,100 people with 30 hospitals takes 27 MB, its pictures 52 MB.
_MOST_BYTES: Final = {
    "LIST": 256 * 1024**2,
    "FACES": 512 * 1024**2,
    "RECEIPTS": 64 * 1024**2,
    "HELLOS": 16 * 1024**2,
}
# What may be on its way to a hospital: some 115 kB of both together, for a picture takes 25 kB, and of a list a message
# 0.8 kB. All that comes waits behind it, and a broker that hears nothing of a source for ten seconds begins it anew:
# what is on its way then comes twice, or is lost. 128 kbit/s carry it in 8 s.
_ON_THE_WAY: Final = {"LIST": 50, "FACES": 3}


def list_stream(list_: str) -> str:
    """Entries, keys and head of a list: together, so that they have one order."""
    return f"LIST_{list_name(list_)}"


def faces_stream(list_: str) -> str:
    """Its pictures: apart, so that a stop never waits behind them."""
    return f"FACES_{list_name(list_)}"


def receipts_stream(list_: str) -> str:
    """What hospitals say of erasures."""
    return f"RECEIPTS_{list_name(list_)}"


def hellos_stream(list_: str) -> str:
    """How hospitals stand with a list."""
    return f"HELLOS_{list_name(list_)}"


def published(list_: str, entrance: str) -> tuple[StreamConfig, StreamConfig]:
    """How a publisher keeps a list, and its pictures: what is said at its *entrance* is stored without that.

    A broker checks no right on the subject of a reply, so a hospital could have an answer put on any subject of the
    account. It would take the place of a statement, but for this: nobody else knows what the entrance is called.
    """
    inside = f"fed.{list_name(list_)}.in.{entrance}"
    written = [f"{inside}.entry.*", f"{inside}.key.*.*", f"{inside}.head"]
    stored = SubjectTransform(src=f"{inside}.>", dest=f"fed.{list_}.>")
    return (
        replace(_kept(list_stream(list_), written), subject_transform=stored, allow_atomic=True),
        replace(_kept(faces_stream(list_), [f"{inside}.face.*.*"]), subject_transform=stored),
    )


def at_entrance(subject: str, entrance: str) -> str:
    """Where a publisher says what is stored on *subject*."""
    fed, list_, rest = subject.split(".", 2)
    return f"{fed}.{list_}.in.{entrance}.{rest}"


def entrance_of(config: StreamConfig) -> str:
    """What the entrance of a stream is called that was made by :func:`published`; nothing for another one."""
    first = (config.subjects or [""])[0].split(".")
    return first[3] if first[2:3] == ["in"] and len(first) > 4 else ""


def heard(list_: str, hospitals: Iterable[str]) -> tuple[StreamConfig, StreamConfig]:
    """How a publisher keeps what *hospitals* say, at least one.

    A row of subjects for each: a hospital is told of no subject that is wider than its right, and would find nobody.
    """
    known = sorted(hospitals)
    receipts = [f"fed.{list_}.receipt.{hospital}.*.*" for hospital in known]
    return (
        # All of them, for what comes later on the same subject may be no receipt (see above), and none comes again.
        replace(_kept(receipts_stream(list_), receipts), max_msgs_per_subject=-1),
        _kept(hellos_stream(list_), [f"fed.{list_}.hello.{hospital}" for hospital in known]),
    )


def deliveries(list_: str, hospital: str) -> tuple[tuple[str, ConsumerConfig], tuple[str, ConsumerConfig]]:
    """By the streams they read: what pushes a list and its pictures to *hospital*, each with what it is sent on."""
    filters = [f"fed.{list_}.entry.*", f"fed.{list_}.key.{hospital}.*", f"fed.{list_}.head"]
    return (
        (list_stream(list_), _delivery(hospital, f"fed.{list_}.to.{hospital}", "LIST", filters)),
        (faces_stream(list_), _delivery(hospital, f"fed.{list_}.faces.{hospital}", "FACES", [f"fed.{list_}.face.*.*"])),
    )


def copies(list_: str, hospital: str, hub_domain: str) -> tuple[StreamConfig, StreamConfig]:
    """How *hospital* keeps its copy of a list, and of its pictures: they have no subjects, and one source."""
    return (
        _copy(list_stream(list_), hospital, hub_domain, f"fed.{list_}.to.{hospital}"),
        _copy(faces_stream(list_), hospital, hub_domain, f"fed.{list_}.faces.{hospital}"),
    )


def _kept(name: str, written: list[str]) -> StreamConfig:
    # Never a work queue, and no consumer that is acknowledged by hand: an acknowledgement passes every check of rights.
    return StreamConfig(
        name=name,
        subjects=written,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,  # when it is full, what is there stays: a list with holes would look whole
        max_msgs_per_subject=1,
        max_bytes=_MOST_BYTES[name.partition("_")[0]],
        num_replicas=1,
    )


def _delivery(hospital: str, sent_on: str, kind: str, filters: list[str]) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=hospital,
        deliver_subject=sent_on,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.FLOW_CONTROL,
        max_ack_pending=_ON_THE_WAY[kind],
        filter_subjects=filters,
    )


def _copy(name: str, hospital: str, hub_domain: str, sent_on: str) -> StreamConfig:
    source = StreamSource(
        name,
        external=ExternalStream(api=f"$JS.{hub_domain}.API", deliver=""),
        consumer=StreamConsumerSource(hospital, deliver_subject=sent_on),
    )
    return StreamConfig(
        name=name,
        storage=StorageType.FILE,
        # Not forced to the disk message by message: what a power cut takes is missed by the digest, and fetched again.
        persist_mode=PersistMode.ASYNC,
        max_msgs_per_subject=1,
        max_bytes=_MOST_BYTES[name.partition("_")[0]],
        sources=[source],
        num_replicas=1,
    )
