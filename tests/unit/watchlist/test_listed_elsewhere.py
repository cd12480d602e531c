"""What a statement of a publisher may do to an entry here, whatever came before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.listed import STATES, ListedEntry
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.watchlist.rules.listed_elsewhere import Known, Move, Placed, Standing, Verdict, judged, moves, needs_key

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
DIGEST, OTHER = b"d" * 32, b"o" * 32
ENTRY = ListedEntry(
    EntryId("7f8e6ad4-6a0b-4a43-8f0e-6a3d90b2f0aa"),
    number=10,
    revision=4,
    state=EntryState.ACTIVE,
    expires_at=NOW + timedelta(days=9),
    hospitals=frozenset(),
    generation=1,
    sealed=b"s",
)
_STATES = st.sampled_from(sorted(STATES, key=lambda state: state.name))
STANDINGS: st.SearchStrategy[Standing] = st.sampled_from(get_args(Standing))
_TIMES = st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(days=9), NOW + timedelta(days=90)])
_ENTRIES = st.builds(
    lambda number, revision, state, hospitals, expires_at: replace(
        ENTRY, number=number, revision=revision, state=state, hospitals=hospitals, expires_at=expires_at
    ),
    st.integers(1, 20),
    st.integers(1, 9),
    _STATES,
    st.sampled_from([frozenset[str](), frozenset({"h07"}), frozenset({"h08"})]),
    _TIMES,
)
_KNOWN = st.builds(
    Known,
    st.integers(1, 20),
    st.integers(1, 9),
    _STATES,
    st.sampled_from([DIGEST, OTHER]),
    st.none() | STANDINGS,
)
_BEGINS = (Verdict.BEGIN, Verdict.FOLLOW)


@given(_ENTRIES, st.none() | _KNOWN)
def test_nobody_begins_to_match_by_what_is_old_or_not_for_us(entry: ListedEntry, known: Known | None) -> None:
    verdict = judged(entry, DIGEST, known, "h07", NOW)

    if known is not None and entry.number <= known.number:
        assert verdict in (Verdict.OLDER, Verdict.KNOWN, Verdict.GOES_BACK)
    if known is not None and known.state is EntryState.ERASED:
        assert verdict not in _BEGINS or entry.state is EntryState.ERASED
    if entry.state is not EntryState.ACTIVE or not entry.is_for("h07"):
        assert verdict is not Verdict.BEGIN
    if verdict in _BEGINS and needs_key(entry, "h07"):
        assert known is None or entry.revision >= known.revision
        assert known is None or known.standing not in ("revoked", "erased")


@given(_ENTRIES, st.none() | _KNOWN)
def test_what_takes_away_is_always_followed(entry: ListedEntry, known: Known | None) -> None:
    later = replace(entry, number=21)
    verdict = judged(later, DIGEST, known, "h07", NOW)

    if later.state is EntryState.ERASED or not later.is_for("h07"):
        is_here = known is not None and known.standing not in (None, "erased")
        erased_before = known is not None and known.state is EntryState.ERASED
        if not (erased_before and later.state is not EntryState.ERASED):
            assert verdict is (Verdict.ERASE if is_here else Verdict.NOTE)


@given(
    STANDINGS,
    _TIMES,
    _STATES,
    _TIMES,
    st.booleans(),
    st.booleans(),
)
def test_steps_lead_to_matching_only_where_everybody_lets_it(
    standing: Standing, expires: datetime, said: EntryState, said_expires: datetime, runs: bool, stopped: bool
) -> None:
    placed = Placed(standing, expires, said, said_expires, runs=runs, stopped=stopped)
    steps = moves(placed, NOW)

    begins = {Move.APPROVE, Move.RESUME, Move.APPROVE_RENEWAL} & set(steps)
    if said is not EntryState.ACTIVE or not runs or stopped:
        assert not begins
        if standing == "active" and (expires > NOW or said is not EntryState.ACTIVE):
            assert steps
    if begins and Move.APPROVE_RENEWAL not in begins:
        assert expires > NOW
    if Move.APPROVE_RENEWAL in begins:
        assert said_expires > NOW
        assert Move.ASK_RENEWAL in steps


def test_one_that_is_over_is_not_begun() -> None:
    over = replace(ENTRY, expires_at=NOW)

    assert judged(over, DIGEST, None, "h07", NOW) is Verdict.NOTE
    assert judged(ENTRY, DIGEST, None, "h07", NOW) is Verdict.BEGIN
    noted = Known(9, 4, EntryState.EXPIRED, OTHER, None)
    assert judged(ENTRY, DIGEST, noted, "h07", NOW) is Verdict.BEGIN


def test_two_statements_under_one_number_are_never_both_believed() -> None:
    known = Known(10, 4, EntryState.ACTIVE, DIGEST, "active")

    assert judged(ENTRY, DIGEST, known, "h07", NOW) is Verdict.KNOWN
    assert judged(ENTRY, OTHER, known, "h07", NOW) is Verdict.GOES_BACK
