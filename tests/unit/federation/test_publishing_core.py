"""What is due of an entry: for every combination of what was said, what is, and who holds a key."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.federation import CLOSING, HospitalHello, HospitalReceipt
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.federation.publishing.core import (
    EntryFacts,
    Plan,
    Said,
    Shared,
    batches,
    is_closed,
    is_news,
    is_possible,
    judge,
    next_number,
    plan,
    reached,
    rounds,
)
from tests.unit.federation.records import NOW, UNTIL

ENTRY = "00000000-0000-0000-0000-000000000001"
HELLO = HospitalHello("h00", NOW, 5, bytes(32), 1, 0, 0, 1, 1, 0)
NAMES = st.sampled_from(["h00", "h01", "h02"])
ALL_STATES = st.sampled_from(EntryState)
SAID_STATES = st.sampled_from(
    [EntryState.ACTIVE, EntryState.SUSPENDED, EntryState.EXPIRED, EntryState.REVOKED, EntryState.ERASED]
)
SHARED = st.builds(
    Shared, st.integers(1, 3), ALL_STATES, st.just(UNTIL), st.just(0.0), st.frozensets(NAMES), st.booleans()
)
SAID = st.builds(Said, st.integers(1, 9), st.integers(1, 3), SAID_STATES, st.integers(1, 2), st.booleans())
FACTS = st.builds(
    EntryFacts, st.just(ENTRY), st.none() | SHARED, st.none() | SAID, st.dictionaries(NAMES, st.integers(-1, 2))
)
ADMITTED = st.frozensets(NAMES)


@given(FACTS, ADMITTED)
def test_nobody_out_of_scope_or_put_out_gets_a_key(facts: EntryFacts, admitted: frozenset[str]) -> None:
    due = plan(facts, admitted, 2)

    scope = frozenset() if facts.shared is None else facts.shared.hospitals or admitted
    assert due.seal_for <= admitted & scope
    assert due.seal_for.isdisjoint(due.empty_for)


@given(FACTS, ADMITTED)
def test_the_erased_and_withdrawn_never_get_a_key(facts: EntryFacts, admitted: frozenset[str]) -> None:
    due = plan(facts, admitted, 2)

    said_erased = facts.said is not None and facts.said.state is EntryState.ERASED
    ended = facts.shared is None or facts.shared.withdrawn or facts.shared.state is EntryState.ERASED
    if said_erased or ended:
        assert (due.seal_for, due.faces, due.make) in [
            (frozenset(), False, None),
            (frozenset(), False, EntryState.ERASED),
        ]
    if said_erased:
        assert due.make is None
    assert due.make is not EntryState.ERASED or facts.said is not None


@given(FACTS, ADMITTED)
def test_once_it_is_done_nothing_is_due(facts: EntryFacts, admitted: frozenset[str]) -> None:
    due = plan(facts, admitted, 2)

    assert plan(done(facts, due), admitted, 2).is_nothing


@given(FACTS, ADMITTED)
def test_drafts_and_what_waits_are_nobodys_business(facts: EntryFacts, admitted: frozenset[str]) -> None:
    due = plan(facts, admitted, 2)

    assert due.make not in (EntryState.DRAFT, EntryState.PENDING)
    if facts.said is None and due.make is not None:
        assert due.make in (EntryState.ACTIVE, EntryState.SUSPENDED)


@given(FACTS, ADMITTED, st.booleans())
def test_without_content_only_stops_are_said(facts: EntryFacts, admitted: frozenset[str], lost: bool) -> None:
    due = plan(facts, admitted, 2)
    said = due.without_content(stands=facts.said is not None and facts.said.generation == 2, for_good=lost)

    assert said == due or not (said.needs_content or said.make is EntryState.ACTIVE)
    assert said.empty_for == due.empty_for
    if due.is_stop and facts.said is not None and facts.said.generation == 2:
        assert said.make is due.make


def _for(facts: EntryFacts) -> frozenset[str]:
    return frozenset() if facts.shared is None else facts.shared.hospitals


def done(facts: EntryFacts, due: Plan) -> EntryFacts:
    """As it stands once what is due was published."""
    held = {**facts.held, **dict.fromkeys(due.empty_for, 0), **dict.fromkeys(due.seal_for, 2)}
    said = facts.said
    if due.make is not None:
        revision = 9 if facts.shared is None else facts.shared.revision
        said = Said(10, revision, due.make, 2, published=True, hospitals=_for(facts))
    elif due.repeat and said is not None:
        said = Said(
            said.number,
            said.revision,
            said.state,
            said.generation,
            published=True,
            hospitals=said.hospitals,
            ours=said.ours,
        )
    return EntryFacts(facts.entry_id, facts.shared, said, held)


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(0, 2**62), st.lists(st.integers(0, 2**63 - 1)))
def test_numbers_go_on_above_all_that_can_be_believed(number: int, head: int, stream: int, hellos: list[int]) -> None:
    judged = judge(number, head, stream, hellos, NOW)

    most = max(number, stream, reached(NOW))
    assert max(number, stream) <= judged.number <= most
    assert all(judged.number >= heard for heard in hellos if heard <= most)
    assert judged.lost is (stream < head)
    assert judged.behind is any(stream < heard <= most for heard in hellos)


@given(st.integers(0, 2**50), st.integers(0, 2**50), st.integers(1, 10**9))
def test_a_number_is_above_all_that_was_given_before(given_: int, put_back: int, later_us: int) -> None:
    last = next_number(min(given_, reached(NOW)), NOW)

    assert next_number(min(put_back, last), NOW + timedelta(microseconds=later_us + 1)) > last
    assert next_number(last, NOW - timedelta(days=9)) == last + 1


def test_a_hospital_that_lies_about_its_number_does_not_use_them_up() -> None:
    said = reached(NOW)
    assert judge(100, 100, 100, [2**63 - 1, said + 1, 120], NOW).number == 120
    assert not judge(100, 100, 100, [2**63 - 1, said + 1], NOW).behind
    assert not is_possible(replace(HELLO, number=2**63))
    assert not is_possible(replace(HELLO, owed=2**31))
    assert is_possible(HELLO)


@given(st.lists(st.integers(0, 12), max_size=20), st.integers(1, 20), st.integers(1, 4))
def test_rounds_keep_the_order_and_are_as_full_as_they_may_be(keys: list[int], messages: int, entries: int) -> None:
    due = [
        (EntryFacts(str(number), None, None, {}), Plan(seal_for=frozenset(f"h{n:02}" for n in range(held))))
        for number, held in enumerate(keys)
    ]

    made = rounds(due, messages, entries)

    assert [each for part in made for each in part] == due
    filled = [sum(what.messages for _, what in part) for part in made]
    assert all(1 <= len(part) <= entries for part in made)
    assert all(full <= messages or len(part) == 1 for full, part in zip(filled, made, strict=True))
    for full, part, following in zip(filled, made, made[1:], strict=False):
        assert len(part) == entries or full + following[0][1].messages > messages


@given(st.lists(st.lists(st.integers(), max_size=12), max_size=12), st.integers(1, 9))
def test_batches_keep_the_order_and_tear_nothing_apart_that_fits(groups: list[list[int]], most: int) -> None:
    made = batches(groups, most)

    assert [each for batch in made for each in batch] == [each for group in groups for each in group]
    assert all(1 <= len(batch) <= most for batch in made)
    indexed = batches([[(n, each) for each in group] for n, group in enumerate(groups)], most)
    for number, group in enumerate(groups):
        if len(group) <= most:
            assert sum(any(n == number for n, _ in batch) for batch in indexed) <= 1


def receipt(matcher: str, signed: int = 0) -> HospitalReceipt:
    return HospitalReceipt("h00", EntryId(ENTRY), matcher, NOW, signed, 7)


def test_a_hospital_has_closed_once_all_that_it_counts_have_signed() -> None:
    one, two, closing = receipt("m1"), receipt("m2"), receipt(CLOSING, 2)

    assert not is_closed([])
    assert not is_closed([one, two])
    assert not is_closed([closing, one])
    assert is_closed([one, closing, two])
    assert is_closed([receipt(CLOSING, 0)])


def test_an_old_hello_is_no_news_and_a_clock_put_right_is_believed() -> None:
    assert is_news(HELLO, None, NOW)
    assert is_news(HELLO, NOW - timedelta(seconds=15), NOW)
    assert not is_news(HELLO, NOW, NOW)
    assert not is_news(HELLO, NOW + timedelta(seconds=15), NOW)
    assert is_news(HELLO, NOW + timedelta(days=1), NOW)
