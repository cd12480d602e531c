"""The audit's chain, recomputed: what no touched chain can hide."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.audit_chain import NOTHING, Anchor, Event, Head, Walk, digest

AT = datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=UTC)


EVENT = Event(
    1, AT, UUID(int=1), "li.wei", "wardwatch_import", "entry.read", "entry", "e-1", "", "{}", NOTHING, NOTHING
)


def chained(event: Event) -> Event:
    """*event* with the hash it must have."""
    return replace(event, sha256=digest(event))


def chain(length: int) -> list[Event]:
    """A chain of *length* events that nobody touched."""
    events: list[Event] = []
    for number in range(1, length + 1):
        previous = events[-1].sha256 if events else NOTHING
        events.append(chained(replace(EVENT, sequence=number, subject=f"e-{number}", previous_sha256=previous)))
    return events


def walked(events: list[Event], *, end: Head | None = None, anchors: tuple[Anchor, ...] = ()) -> list[str]:
    """What is wrong with *events*; the database says that they end with *end*, or with the last of them."""
    walk = Walk({anchor.head.sequence: [anchor] for anchor in anchors})
    found = [str(fault) for each in events for fault in walk.step(each)]
    return found + [str(fault) for fault in walk.end(end or walk.last)]


def test_the_canonical_form_is_the_one_that_is_documented() -> None:
    written = replace(EVENT, sequence=7, actor_id=None, reason="中文", details='{"a": 1}')

    form = (
        "17:wardwatch audit 1"
        "1:7"
        "16:1795507200000001"
        "-"
        "6:li.wei"
        "16:wardwatch_import"
        "10:entry.read"
        "5:entry"
        "3:e-1"
        "6:中文"
        '8:{"a": 1}'
    )
    assert digest(written) == sha256(bytes(32) + form.encode()).digest()


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
columns = st.tuples(text, text, text, text, text, text, text)


@given(columns, columns)
def test_no_two_different_events_have_the_same_form(
    one: tuple[str, str, str, str, str, str, str], other: tuple[str, str, str, str, str, str, str]
) -> None:
    first, second = (digest(Event(1, AT, None, *texts, NOTHING, NOTHING)) for texts in (one, other))

    assert (first == second) == (one == other)


def test_an_event_of_nobody_is_not_an_event_of_somebody_without_a_name() -> None:
    assert digest(replace(EVENT, actor_id=None)) != digest(replace(EVENT, actor_id=UUID(int=0)))


@given(st.integers(0, 12))
def test_a_chain_that_nobody_touched_has_no_fault(length: int) -> None:
    events = chain(length)
    anchors = tuple(Anchor(Head(each.sequence, each.sha256), "published") for each in events)

    assert walked(events, anchors=anchors) == []


@given(st.data())
def test_no_event_can_be_taken_out_unseen(data: st.DataObject) -> None:
    events = chain(data.draw(st.integers(2, 10)))
    end = Head(events[-1].sequence, events[-1].sha256)
    del events[data.draw(st.integers(0, len(events) - 1))]

    assert len(walked(events, end=end)) == 1


@given(st.data())
def test_no_two_events_can_be_exchanged_unseen(data: st.DataObject) -> None:
    events = chain(data.draw(st.integers(2, 10)))
    end = Head(events[-1].sequence, events[-1].sha256)
    one, other = data.draw(st.lists(st.integers(0, len(events) - 1), min_size=2, max_size=2, unique=True))
    events[one], events[other] = (
        replace(events[other], sequence=events[one].sequence),
        replace(events[one], sequence=events[other].sequence),
    )

    assert walked(events, end=end) != []


@given(st.data())
def test_a_rewritten_chain_contradicts_every_later_published_head(data: st.DataObject) -> None:
    events = chain(data.draw(st.integers(1, 10)))
    published = data.draw(st.integers(1, len(events)))
    anchor = Anchor(Head(published, events[published - 1].sha256), "published on Monday")
    changed = data.draw(st.integers(1, published))
    for index in range(changed - 1, len(events)):
        previous = events[index - 1].sha256 if index else NOTHING
        events[index] = chained(replace(events[index], previous_sha256=previous, reason="another"))

    assert walked(events, anchors=(anchor,)) == [
        f"event {published}: has not the hash that was published on Monday: the audit up to here was rewritten"
    ]


def test_a_chain_that_was_emptied_is_contradicted_by_any_head() -> None:
    anchor = Anchor(Head(3, chain(3)[-1].sha256), "kept on paper")

    (found,) = walked([], end=Head(0, NOTHING), anchors=(anchor,))

    assert found.startswith(
        "event 0: is the last one, but event 3 was kept on paper: the events behind it were deleted"
    )


def test_many_contradicted_heads_are_two_lines() -> None:
    anchors = tuple(Anchor(Head(each.sequence, bytes(32)), "published") for each in chain(5))

    found = walked(chain(5), anchors=anchors)

    assert [line.partition(":")[0] for line in found] == ["event 1", "heads"]
    assert "5 kept outside the database contradict it" in found[1]
