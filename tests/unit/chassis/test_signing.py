"""Who may say what, by signature: properties of the keys and of what is signed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.keyring import key_from
from proto.wardwatch.v1.messages import EntryPublished, MatchingControl, PersonSighted
from proto.wardwatch.v1.replication import AuditHead, ErasureReceipt, MatcherPresence, ThresholdPublished
from proto.wardwatch.v1.subjects import Author
from services.chassis.signing import NO_SIGNATURES, Authors, Signatures, Signer

_SIGNERS = {author: Signer.parse(author, f"{number:064x}") for number, author in enumerate(Author, 1)}
_AUTHORS = Authors.parse(json.dumps({author: signer.public for author, signer in _SIGNERS.items()}))
_EXAMPLES = {
    "sightings": "sightings.h1.gate",
    "watchlist": "watchlist.e",
    "control": "control.h1",
    "keys": "keys.e",
    "receipts": "receipts.e",
    "matchers": "matchers.m1",
    "halt": "halt.matchers",
    "policy": "policy.threshold",
    "audit": "audit.head",
    "judged": "judged.h1",
    "shields": "shields.h1",
}


def test_every_subject_that_decides_something_has_authors() -> None:
    """What a stream holds that anybody reads, what is told to pages and matchers, and what is asked of them."""
    told = (
        subjects.JUDGED,
        subjects.SHIELDS,
        subjects.MATCHERS,
        subjects.CAMERAS,
        subjects.DRILLS,
        subjects.STAGES,
        subjects.SERVICES,
    )
    asked = (subjects.HALT, subjects.EXPECTED, subjects.FEDERATION)
    deciding = {row.pattern for row in (*(s.subject for s in subjects.STREAMS), *told, *asked, subjects.DRILL_TEMPLATE)}
    nobody_reads = {subjects.POISON.pattern, subjects.PROBE.pattern}

    assert {row.pattern for row in subjects.TABLE if row.authors} == deciding - nobody_reads


@pytest.mark.parametrize("author", Author)
@pytest.mark.parametrize("subject", _EXAMPLES.values())
def test_an_author_signs_on_its_own_subjects_and_on_no_other(author: Author, subject: str) -> None:
    if author in subjects.authors_of(subject):
        assert _AUTHORS.wrote(subject, b"x", _SIGNERS[author].sign(subject, b"x"))
        return
    with pytest.raises(ValueError, match="does not write"):
        _SIGNERS[author].sign(subject, b"x")


@pytest.mark.parametrize("subject", _EXAMPLES.values())
def test_a_signature_holds_for_its_subject_and_content_alone(subject: str) -> None:
    author = min(subjects.authors_of(subject))
    signature = _SIGNERS[author].sign(subject, b"content")

    assert _AUTHORS.wrote(subject, b"content", signature)
    assert not _AUTHORS.wrote(subject, b"other", signature)
    assert not [
        other for other in _EXAMPLES.values() if other != subject and _AUTHORS.wrote(other, b"content", signature)
    ]
    assert not _AUTHORS.wrote(f"{subject}x", b"content", signature)


def test_another_author_s_name_before_a_signature_is_not_believed() -> None:
    signature = _SIGNERS[Author.ALERTS].sign("control.h1", b"stop")

    assert not _AUTHORS.wrote("control.h1", b"stop", signature.replace("alerts", "operator"))
    assert not _AUTHORS.wrote("control.h1", b"stop", signature.replace("alerts", "watchlist"))


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_signature(text: str) -> None:
    for subject in _EXAMPLES.values():
        assert not _AUTHORS.wrote(subject, b"", text)
        assert not _AUTHORS.wrote(subject, b"", f"{min(subjects.authors_of(subject))}:{text}")


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_byte_of_the_content_is_no_byte_of_the_subject(head: bytes, tail: bytes) -> None:
    signature = _SIGNERS[Author.WATCHLIST].sign("watchlist.e", head + tail)

    assert _AUTHORS.wrote("watchlist.e", head + tail, signature)
    assert not _AUTHORS.wrote("watchlist.e" + head.hex() + "0", tail, signature)


def test_an_author_whose_key_is_unknown_is_not_believed() -> None:
    some = Authors.parse(json.dumps({Author.ALERTS: _SIGNERS[Author.ALERTS].public}))

    assert not some.wrote("control.h1", b"x", _SIGNERS[Author.OPERATOR].sign("control.h1", b"x"))


def test_who_has_no_keys_says_and_believes_nothing_that_decides() -> None:
    with pytest.raises(ValueError, match="no key to sign"):
        NO_SIGNATURES.headers("control.h1", b"x", None)
    assert not NO_SIGNATURES.believes("control.h1", b"x", {})
    assert NO_SIGNATURES.believes("frames.h1.gate", b"x", {})
    assert NO_SIGNATURES.headers("frames.h1.gate", b"x", {"a": "b"}) == {"a": "b"}


def test_a_key_is_not_shown_by_mistake() -> None:
    assert f"{1:064x}" not in repr(Signatures(_AUTHORS, _SIGNERS[Author.WATCHLIST]))


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, "ab" * 33])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        Signer.parse(Author.ALERTS, text)


@pytest.mark.parametrize(
    "decode",
    [
        EntryPublished.decode,
        MatchingControl.decode,
        PersonSighted.decode,
        AuditHead.decode,
        ErasureReceipt.decode,
        MatcherPresence.decode,
        ThresholdPublished.decode,
        lambda payload: key_from("keys.x", payload),
    ],
)
def test_the_empty_content_of_a_forged_message_is_no_message(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(ValueError, match=r"."):
        decode(b"")
