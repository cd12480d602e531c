"""How stream and record are compared, and what may follow what on the stream."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState
from services.watchlist.replication.differences import (
    Difference,
    Effect,
    RecordedEntry,
    StreamMessage,
    difference,
    revision_to_publish,
    tombstone,
    too_many_unknown,
)
from tests.unit.matcher.builders import NOW, entry

ACTIVE = Effect(EntryState.ACTIVE, NOW + timedelta(days=1), frozenset({SiteId("h1")}), 0.0, 2)
REVOKED = replace(ACTIVE, state=EntryState.REVOKED, templates=0)
ERASED = replace(ACTIVE, state=EntryState.ERASED, templates=0)


def recorded(
    revision: int = 3, effect: Effect = ACTIVE, *, waiting: bool = False, dispensable: bool = False
) -> RecordedEntry:
    return RecordedEntry(EntryId("e1"), revision, effect, waiting, dispensable, keyless=False)


def message(revision: int = 3, effect: Effect | None = ACTIVE) -> StreamMessage:
    return StreamMessage(10, revision, effect)


@pytest.mark.parametrize(
    ("record", "stream", "expected"),
    [
        pytest.param(recorded(), message(), None, id="the same"),
        pytest.param(recorded(), None, Difference.MISSING, id="nothing on the stream"),
        pytest.param(recorded(4), message(3), Difference.BEHIND, id="an earlier revision"),
        pytest.param(recorded(4, REVOKED), message(3), Difference.BEHIND, id="a revocation that never went out"),
        pytest.param(recorded(), message(0, None), Difference.BEHIND, id="bytes that are no entry"),
        pytest.param(recorded(), message(effect=replace(ACTIVE, templates=0)), Difference.DIFFERENT, id="no vectors"),
        pytest.param(recorded(), message(effect=replace(ACTIVE, sites=frozenset())), Difference.DIFFERENT, id="scope"),
        pytest.param(recorded(), message(effect=replace(ACTIVE, expires_at=NOW)), Difference.DIFFERENT, id="expiry"),
        pytest.param(
            recorded(), message(effect=replace(ACTIVE, min_similarity=0.6)), Difference.DIFFERENT, id="threshold"
        ),
        pytest.param(recorded(3), message(5, REVOKED), Difference.AHEAD, id="the record was put back from a backup"),
        pytest.param(recorded(3), message(5, ERASED), Difference.AHEAD, id="erased after the backup"),
        pytest.param(
            recorded(5), message(5, REVOKED), Difference.AHEAD, id="put back, and changed under the same number"
        ),
        pytest.param(recorded(5, REVOKED), message(5), Difference.DIFFERENT, id="the same, but the record stops it"),
        pytest.param(recorded(3, REVOKED), message(5, REVOKED), None, id="ahead, but nothing would change"),
        pytest.param(None, message(), Difference.UNKNOWN, id="nobody answers for it"),
        pytest.param(None, message(0, None), Difference.UNKNOWN, id="nobody answers for bytes that are no entry"),
        pytest.param(None, message(effect=ERASED), None, id="unknown, and ended"),
        pytest.param(recorded(4, waiting=True), message(3), None, id="the change is on its way"),
        pytest.param(recorded(6, ERASED), message(6, replace(ERASED, expires_at=NOW)), None, id="erased on both"),
        pytest.param(recorded(6, ERASED), message(6, ACTIVE), Difference.DIFFERENT, id="erased, but vectors are there"),
        pytest.param(recorded(6, ERASED), None, Difference.MISSING, id="a tombstone that somebody waits for"),
        pytest.param(recorded(6, ERASED, dispensable=True), None, None, id="a tombstone that nobody waits for"),
    ],
)
def test_stream_and_record_are_compared_by_what_decides_a_match(
    record: RecordedEntry | None, stream: StreamMessage | None, expected: Difference | None
) -> None:
    assert difference(record, stream) is expected


effects = st.builds(
    Effect,
    state=st.sampled_from(EntryState),
    expires_at=st.sampled_from((NOW, NOW + timedelta(days=1))),
    sites=st.frozensets(st.sampled_from((SiteId("h1"), SiteId("h2")))),
    min_similarity=st.sampled_from((0.0, 0.6)),
    templates=st.integers(0, 2),
)
# Bytes that are no entry have no revision.
messages = st.none() | st.just(message(0, None)) | st.builds(message, st.integers(1, 6), effects)


@given(messages, st.integers(1, 6), st.sampled_from(EntryState))
def test_erased_stays_erased_and_what_stops_an_entry_is_published(
    last: StreamMessage | None, revision: int, state: EntryState
) -> None:
    published = revision_to_publish(entry(revision=revision, state=state), last)

    if last is not None and last.erased and state is not EntryState.ERASED:
        assert published is None
    elif state is not EntryState.ACTIVE:
        assert published is not None
    if published is not None:
        assert published >= revision
        assert last is None or published >= last.revision


def test_a_record_from_a_backup_does_not_make_an_entry_match() -> None:
    suspended = replace(REVOKED, state=EntryState.SUSPENDED)

    assert revision_to_publish(entry(revision=4), message(5, suspended)) is None
    assert revision_to_publish(entry(revision=5), message(5, suspended)) is None
    assert revision_to_publish(entry(revision=6), message(5, suspended)) == 6


def test_what_stops_an_entry_is_numbered_so_that_matchers_take_it() -> None:
    revoked = EntryState.REVOKED

    assert revision_to_publish(entry(revision=4, state=revoked), message(5)) == 6
    assert revision_to_publish(entry(revision=5, state=revoked), message(5)) == 5


@pytest.mark.parametrize(
    ("unknown", "known", "many"),
    [(10, 0, False), (11, 0, True), (11, 2100, False), (210, 2100, False), (211, 2100, True)],
)
def test_a_record_that_lacks_a_tenth_of_the_list_is_suspected(unknown: int, known: int, many: bool) -> None:
    assert too_many_unknown(unknown, known) is many


def test_a_tombstone_is_the_next_revision_and_holds_nothing() -> None:
    published = tombstone(EntryId("e1"), message(5), NOW)

    assert (published.revision, published.state, published.templates) == (6, EntryState.ERASED, ())
