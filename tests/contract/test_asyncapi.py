"""asyncapi.yaml and PROTOCOL.md say what the code does, no more and no less."""

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from access import grants
from proto.wardwatch.v1 import (
    camera_states,
    desk,
    drills,
    federation,
    listed,
    messages,
    replicas,
    replication,
    requests,
    shields,
    subjects,
    walk_counts,
)
from proto.wardwatch.v1.cameras import ROTATIONS, least_face_px
from proto.wardwatch.v1.messages import Hint, RejectReason
from proto.wardwatch.v1.subjects import Place, Subject, camera_id, site_id
from services.detector.__main__ import Settings as DetectorSettings

ROOT = Path(__file__).parents[2]
CONTRACT = (
    messages, requests, replication, replicas, camera_states, drills, shields, federation, listed, walk_counts,
)  # fmt: skip
DOCUMENT = yaml.load((ROOT / "asyncapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
PROTOCOL = (ROOT / "proto" / "PROTOCOL.md").read_text(encoding="utf-8")

CONSTANTS = {name: value for name, value in vars(subjects).items() if isinstance(value, Subject)}
STREAM_OF = {stream.subject.pattern: stream.name for stream in subjects.STREAMS}


def channels() -> Mapping[str, Mapping[str, object]]:
    """The channels that are subjects; the others are private inboxes."""
    return {name: channel for name, channel in DOCUMENT["channels"].items() if channel["address"] is not None}


def pattern(address: str) -> str:
    """The subject that a listener of *address* uses."""
    return re.sub(r"\{\w+\}", "*", address).replace("poison.*", "poison.>")


def described(channel: Mapping[str, object]) -> tuple[object, ...]:
    """What the document says of one subject."""
    facts = channel["x-wardwatch"]
    messages = channel["messages"]
    assert isinstance(facts, Mapping)
    assert isinstance(messages, Mapping)
    (message,) = messages
    return (facts["constant"], pattern(str(channel["address"])), facts["account"], facts["delivery"], message)


def test_document_and_table_name_the_same_subjects() -> None:
    message_names = {
        "JPEG": "Frame",
        "the refused message's own bytes": "Refused",
        "random bytes": "Probe",
        "nothing": "Ping",
    }
    expected = {
        (name, s.pattern, s.account.value, s.delivery.value, message_names.get(s.message, s.message))
        for name, s in CONSTANTS.items()
    }

    assert {described(channel) for channel in channels().values()} == expected
    assert set(CONSTANTS.values()) == set(subjects.TABLE)


def test_each_signed_subject_names_its_authors_and_no_other_does() -> None:
    documented = {
        pattern(str(channel["address"])): set(facts["authors"])
        for channel in channels().values()
        if isinstance(facts := channel["x-wardwatch"], Mapping) and "authors" in facts
    }

    assert documented == {row.pattern: {str(author) for author in row.authors} for row in subjects.TABLE if row.authors}


def test_each_stored_subject_names_its_stream_and_no_other_does() -> None:
    documented = {
        pattern(str(channel["address"])): facts["stream"]
        for channel in channels().values()
        if isinstance(facts := channel["x-wardwatch"], Mapping) and "stream" in facts
    }

    assert documented == STREAM_OF


def test_streams_are_described_with_their_limits() -> None:
    expected = {
        s.name: {
            "retention": "workqueue" if s.forget_once_read else "limits",
            "messages_per_subject": s.max_messages_per_subject,
            "age_days": s.max_age.days if s.max_age else None,
            "bytes": s.max_bytes,
            **({"append_only": True} if s.append_only else {}),
        }
        for s in subjects.STREAMS
    }

    assert DOCUMENT["x-wardwatch-streams"] == expected


def test_the_desks_operations_are_named_in_the_order_of_their_table() -> None:
    named = DOCUMENT["channels"]["desk"]["parameters"]["operation"]["enum"]

    assert named == [operation.name for operation in desk.OPERATIONS]


def test_every_message_of_the_code_is_described() -> None:
    coded = {
        name
        for module in CONTRACT
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and hasattr(kind, "decode")
    }

    assert set(DOCUMENT["components"]["messages"]) == coded | {
        "Frame",
        "Refused",
        "Probe",
        "Ping",
        "Noted",
        "AlertNotice",
    }


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        if not reference.startswith("#/"):
            assert (ROOT / reference).is_file(), reference
            continue
        place = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_channel_is_used_by_an_operation() -> None:
    used = {r.rpartition("/")[2] for r in references(DOCUMENT["operations"]) if r.startswith("#/channels/")}

    assert used == set(DOCUMENT["channels"])


def references(node: object) -> list[str]:
    """Every ``$ref`` below *node*."""
    match node:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for value in node.values() for found in references(value)]
        case list():
            return [found for value in node for found in references(value)]
        case _:
            return []


def test_frame_limit_and_headers_are_those_of_the_code() -> None:
    frame = DOCUMENT["components"]["messages"]["Frame"]

    assert frame["payload"]["maxLength"] == subjects.MAX_PAYLOAD_BYTES
    named = {subjects.HEADER_CAPTURED_AT, subjects.HEADER_MESSAGE_ID, subjects.HEADER_ROTATION}
    assert set(frame["headers"]["properties"]) == named
    assert frame["headers"]["properties"][subjects.HEADER_ROTATION]["enum"] == [str(each) for each in ROTATIONS]


def test_integrators_page_names_all_that_a_camera_may_publish_and_hear() -> None:
    grant = grants.camera(Place(site_id("h1"), camera_id("gate-2")))
    example = re.sub(r"<site>", "h1", re.sub(r"<camera>", "gate-2", PROTOCOL))
    credentials = example.partition("## Credentials and the line")[2].partition("## ")[0]

    assert {subject for subject in grant.publish | grant.subscribe if f"`{subject}`" not in credentials} == set()


def test_integrators_page_explains_every_reason_and_no_other() -> None:
    table = re.findall(r"^\| `([a-z_]+)` \|", PROTOCOL, flags=re.MULTILINE)

    assert sorted(table) == sorted(reason.value for reason in (*RejectReason, *Hint))


def test_integrators_page_says_from_which_width_on_faces_are_found() -> None:
    section = PROTOCOL.partition("### Which faces are found")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) x (\d+) \| (\d+) px \|", section, flags=re.MULTILINE)
    wanted = DetectorSettings.model_fields["min_face_px"].default

    assert len(rows) == 4
    for _, _, least in rows:
        assert int(least) == least_face_px(wanted)
