"""Whom the look-alike shield holds back, for how long, and that nothing of it stays (safeguard S8)."""

from typing import TypedDict, Unpack
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.shields import SightingsJudged, WalkShielded
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import Vector, Walk
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.walks import Seen
from tests.unit.matcher.builders import H1, MODEL, face, look, quality, unit

ENTRY, INCIDENT = EntryId("e1"), UUID(int=7)
HOUR = 3_600.0
VISITOR = unit(0.6, 0.8)  # 0.60 to the entry, which is unit(1)
LISTED = unit(0.8, 0, 0.6)  # nearer to the entry than to the visitor


def sighting(
    name: str = "s1",
    *,
    similarity: float = 0.6,
    looks: int = 1,
    track: int | None = 1,
    site: SiteId = H1,
    camera: str = "gate",
    revision: int = 3,
    entry: EntryId = ENTRY,
) -> PersonSighted:
    origin = face(site=site, camera=camera, look=None if track is None else look(looks, track)).origin
    walk = None if track is None else Walk(looks, 1, 0)
    return PersonSighted(name, origin, quality(), MODEL, entry, revision, similarity, b"jpeg", walk=walk)


class Of(TypedDict, total=False):
    """What else is told of a sighting."""

    similarity: float
    looks: int
    track: int | None
    site: SiteId
    camera: str
    revision: int
    entry: EntryId


def see(shield: Shield, name: str = "s1", vector: Vector = VISITOR, now: float = 0, **of: Unpack[Of]) -> None:
    seen = sighting(name, **of)
    shield.sighted(seen, Seen(vector, seen.walk), now)


def wrong(*names: str, at_us: int = 1, entry: EntryId = ENTRY) -> SightingsJudged:
    return SightingsJudged(INCIDENT, entry, names or ("s1",), True, at_us)


def taken_back(at_us: int = 2) -> SightingsJudged:
    return SightingsJudged(INCIDENT, ENTRY, (), False, at_us)


def shielded(limits: ShieldLimits | None = None) -> Shield:
    """With the visitor on it, judged at 0.60."""
    shield = Shield(limits or ShieldLimits())
    see(shield)
    assert shield.judged(wrong(), H1, 0) is not None
    return shield


def holds(
    shield: Shield, vector: Vector = VISITOR, *, similarity: float = 0.6, site: SiteId = H1, now: float = 1
) -> bool:
    return shield.covers(site, ENTRY, MODEL.sha256, vector, similarity, now)


def held(shield: Shield) -> list[Vector]:
    """Every template in memory."""
    waiting = [each.template for each in shield._sighted.values()]
    return waiting + [each.template for each in shield._shielded.values()]


def test_who_was_judged_is_held_back_for_that_entry_at_that_site_alone() -> None:
    shield = shielded()

    assert holds(shield)
    assert not holds(shield, site=SiteId("h2"))
    assert not shield.covers(H1, EntryId("e2"), MODEL.sha256, VISITOR, 0.6, 1)


def test_the_listed_person_is_not_held_back() -> None:
    shield = shielded()

    assert not holds(shield, LISTED, similarity=0.8)
    # Nor somebody as alike as the visitor whom people have not seen.
    assert not holds(shield, unit(0.6, 0.1, 0.8))


def test_who_comes_clearly_nearer_than_what_was_judged_is_not_held_back() -> None:
    shield = shielded(ShieldLimits(nearer=0.03))

    assert holds(shield, similarity=0.63)
    assert not holds(shield, similarity=0.631)


def test_who_is_nearer_to_the_entry_than_to_the_visitor_is_not_held_back() -> None:
    shield = Shield(ShieldLimits(same_visitor=0.5, nearer=1))
    see(shield)
    shield.judged(wrong(), H1, 0)

    assert holds(shield, unit(0.0, 1.0), similarity=0.79)
    assert not holds(shield, unit(0.0, 1.0), similarity=0.81)


def test_what_was_judged_is_told_with_the_walks_own_mean() -> None:
    shield = Shield(ShieldLimits(seconds=60))
    see(shield, "s1", unit(1), similarity=0.9)
    see(shield, "s2", VISITOR, similarity=0.6, looks=2)

    told = shield.judged(wrong("s2", at_us=5), H1, 0)

    assert told is not None
    assert np.allclose(told.vector, VISITOR)
    # The highest of what was judged, and not of what came before or later.
    assert (told.similarity, told.at_us, told.left_us, told.entry_revision) == (0.6, 5, 60_000_000, 3)


def test_what_another_matcher_tells_is_held_as_long_as_it_says() -> None:
    told = shielded().judged(wrong(at_us=9), H1, 0)
    assert told is not None
    other = Shield(ShieldLimits())

    assert other.take(told, H1, 100)

    told.vector.fill(0)  # who told it overwrites it, and this one has a copy
    assert holds(other, now=100 + 12 * HOUR - 1)
    assert not holds(other, now=100 + 12 * HOUR)


def test_no_word_of_another_matcher_holds_longer_than_is_set_here() -> None:
    told = shielded().judged(wrong(at_us=9), H1, 0)
    assert told is not None
    other = Shield(ShieldLimits(seconds=60))

    other.take(told, H1, 0)

    assert holds(other, now=59)
    assert not holds(other, now=60)


def test_a_correction_takes_the_shield_away_at_once() -> None:
    shield = shielded()

    assert shield.judged(taken_back(), H1, 1) is None

    assert not holds(shield)
    assert len(shield) == 0


def test_what_was_taken_back_does_not_come_back_by_an_older_word() -> None:
    shield, other = shielded(), Shield(ShieldLimits())
    told = shield.judged(wrong(at_us=3), H1, 0)
    assert told is not None

    other.judged(taken_back(at_us=4), H1, 0)
    shield.judged(taken_back(at_us=4), H1, 0)

    assert not other.take(told, H1, 0)
    assert shield.judged(wrong(at_us=3), H1, 0) is None
    assert not holds(shield)
    # But a newer verdict counts again.
    assert shield.judged(wrong(at_us=5), H1, 0) is not None
    assert holds(shield)


def test_an_older_withdrawal_does_not_lift_a_newer_verdict() -> None:
    shield = Shield(ShieldLimits())
    see(shield)
    shield.judged(wrong(at_us=5), H1, 0)

    shield.judged(taken_back(at_us=4), H1, 0)

    assert holds(shield)


@pytest.mark.parametrize(
    "judged",
    [
        pytest.param(wrong("s9"), id="another-sighting"),
        pytest.param(wrong(entry=EntryId("e2")), id="another-entry"),
    ],
)
def test_what_was_not_sighted_here_is_not_shielded(judged: SightingsJudged) -> None:
    shield = Shield(ShieldLimits())
    see(shield)

    assert shield.judged(judged, H1, 0) is None
    assert shield.judged(wrong(), SiteId("h2"), 0) is None
    assert len(shield) == 0


def test_a_face_that_belongs_to_no_track_is_nobody_s_walk() -> None:
    shield = Shield(ShieldLimits())
    see(shield, track=None)

    assert shield.judged(wrong(), H1, 0) is None


def test_a_track_that_went_over_to_somebody_else_shields_nobody() -> None:
    shield = Shield(ShieldLimits())
    see(shield, "s1", VISITOR, looks=3)
    see(shield, "s2", LISTED, looks=1)

    assert shield.judged(wrong("s1"), H1, 0) is None
    assert shield.judged(wrong("s2"), H1, 0) is not None


def test_a_site_may_want_no_shield() -> None:
    told = shielded().judged(wrong(at_us=9), H1, 0)
    assert told is not None
    shield = Shield(ShieldLimits(without=frozenset({H1})))
    see(shield)

    assert shield.pending == 0
    assert shield.judged(wrong(), H1, 0) is None
    assert not shield.take(told, H1, 0)


def test_without_a_time_nothing_is_kept() -> None:
    shield = Shield(ShieldLimits(seconds=0))
    see(shield)

    assert (shield.pending, len(shield)) == (0, 0)


def test_an_entry_that_changes_loses_its_shields_and_what_waits() -> None:
    shield = shielded()

    shield.forget_entry(EntryId("e2"))
    assert holds(shield)
    shield.forget_entry(ENTRY)

    assert not holds(shield)
    assert (shield.pending, len(shield)) == (0, 0)
    assert shield.judged(wrong(at_us=9), H1, 0) is None


def test_of_another_revision_nothing_is_said() -> None:
    shield = Shield(ShieldLimits())
    see(shield, "s1", looks=1, revision=3)
    see(shield, "s2", looks=2, revision=4)

    assert shield.judged(wrong("s1"), H1, 0) is None


def test_what_is_over_goes_and_is_overwritten() -> None:
    shield = shielded(ShieldLimits(pending_seconds=60, seconds=600))
    templates = held(shield)
    assert [bool(each.any()) for each in templates] == [True, True]

    shield.forget(59)
    assert (shield.pending, len(shield)) == (1, 1)
    shield.forget(60)
    assert (shield.pending, len(shield)) == (0, 1)
    shield.forget(600)
    assert (shield.pending, len(shield)) == (0, 0)

    assert not any(each.any() for each in templates)
    assert shield._walk_of == {}


def test_when_there_are_too_many_the_oldest_go_and_are_overwritten() -> None:
    shield = Shield(ShieldLimits(walks=2))
    see(shield, "s1", track=1)
    first = next(iter(shield._sighted.values())).template

    for number in range(2, 5):
        see(shield, f"s{number}", track=number)
        told = shield.judged(SightingsJudged(UUID(int=number), ENTRY, (f"s{number}",), True, 1), H1, 0)
        assert told is not None

    assert (shield.pending, len(shield)) == (2, 2)
    assert not first.any()
    assert shield.judged(wrong("s1"), H1, 0) is None


def test_at_the_end_everything_is_overwritten() -> None:
    shield = shielded()
    templates = held(shield)

    shield.clear()

    assert not any(each.any() for each in templates)
    assert (shield.pending, len(shield)) == (0, 0)


words = st.tuples(st.sampled_from(("wrong", "back")), st.integers(1, 6))


@given(st.lists(words, max_size=12), st.permutations(range(12)))
def test_whatever_comes_late_or_twice_the_newest_word_counts(said: list[tuple[str, int]], order: list[int]) -> None:
    """Two matchers, one of which sighted the walk: its templates reach the other in any order."""
    newest = {at_us: kind for kind, at_us in said}  # of one moment there is one word
    said = [(newest[at_us], at_us) for _, at_us in said]
    own, other, travelling = Shield(ShieldLimits()), Shield(ShieldLimits()), list[WalkShielded]()
    see(own)
    for kind, at_us in said:
        judged = wrong(at_us=at_us) if kind == "wrong" else taken_back(at_us)
        told = own.judged(judged, H1, 0)
        other.judged(judged, H1, 0)
        travelling += [] if told is None else [told]
    for number in order:
        if number < len(travelling):
            other.take(travelling[number], H1, 0)

    is_wrong = bool(newest) and newest[max(newest)] == "wrong"
    assert holds(own) == is_wrong
    assert holds(other) == is_wrong
