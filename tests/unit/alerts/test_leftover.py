"""What a verdict of "somebody else" leaves of an incident."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from services.alerts.incidents.core import incident_id
from services.alerts.incidents.leftover import Leftover, Recorded, leftover
from services.alerts.incidents.walks import Evidence
from tests.unit.alerts.test_core import FIRST, POLICY, SECOND, THIRD, at, seen

FOURTH = UUID(int=4)
LOOK_ALIKE = [seen(second, similarity=0.61, began=0) for second in range(3)]


def left(
    *evidence: Evidence,
    first_verdict: float = 10,
    shown: Evidence | None = LOOK_ALIKE[0],
    told: Mapping[UUID, float] | None = None,
    late: timedelta = timedelta(0),
) -> Leftover:
    """Each sighting was recorded when it was seen, or *late*."""
    return leftover(
        incident_id("first"),
        [Recorded(e, e.seen_at + late) for e in evidence],
        first_verdict_at=at(first_verdict),
        shown=None if shown is None else shown.sighting_id,
        told=told or {},
        policy=POLICY,
        now=at(60),
    )


def test_what_was_all_of_the_judged_walk_leaves_nothing() -> None:
    found = left(*LOOK_ALIKE, seen(12, similarity=0.63, began=0))

    assert (found.others, found.raised, found.tracks) == ((), None, frozenset({FIRST}))
    assert len(found.covered) == 1
    assert left(*LOOK_ALIKE, shown=None).others == ()
    # Recorded by a clock that was ahead: everybody has seen it all the same.
    assert left(*LOOK_ALIKE, late=timedelta(hours=8)).others == ()


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(seen(12, similarity=0.84, began=0), id="the-judged-walk-came-nearer-between-the-verdicts"),
        pytest.param(seen(5, SECOND, similarity=0.84, camera="ward"), id="nearer-at-another-camera"),
        pytest.param(seen(5, SECOND, similarity=0.61, camera="ward"), id="alike-at-another-camera"),
        pytest.param(seen(35, SECOND, similarity=0.61), id="alike-after-a-break"),
        pytest.param(seen(5, SECOND, similarity=0.66), id="nearer-at-the-same-camera"),
        pytest.param(seen(5, None, similarity=0.61, camera="ward"), id="alike-elsewhere-and-not-followed"),
    ],
)
def test_who_was_not_judged_is_told_of(listed: Evidence) -> None:
    found = left(*LOOK_ALIKE, listed)

    assert found.raised is not None
    assert found.raised.evidence == (listed,)
    assert set(found.judged) == set(LOOK_ALIKE)


def test_who_was_in_view_beside_the_judged_walk_is_told_of() -> None:
    beside = [seen(second, SECOND, similarity=0.61, began=1) for second in (2, 9)]

    assert left(*LOOK_ALIKE, seen(8, similarity=0.61, began=0), *beside).raised is not None


def test_the_judged_walk_in_pieces_is_covered_by_one_verdict() -> None:
    pieces = [seen(20, SECOND, similarity=0.62), seen(45, THIRD, similarity=0.60), seen(70, FOURTH, similarity=0.63)]

    found = left(*LOOK_ALIKE, *pieces, first_verdict=100)

    assert (found.others, set(found.covered), found.tracks) == ((), set(pieces), frozenset({FIRST}))


def test_walks_that_were_not_judged_and_are_too_few_wait_again() -> None:
    later = seen(12, SECOND, similarity=0.58, camera="ward")

    found = left(*LOOK_ALIKE, seen(13, similarity=0.61, began=0), later)

    assert (found.raised, found.others) == (None, (later,))


def test_two_weak_walks_that_were_not_judged_are_told_of_together() -> None:
    others = [seen(second, track, camera=camera) for second, track, camera in ((5, SECOND, "ward"), (6, THIRD, "hall"))]

    found = left(*LOOK_ALIKE, *others)

    assert found.raised is not None
    assert (found.raised.evidence, found.raised.tracks) == (tuple(others), frozenset({SECOND, THIRD}))


def test_of_several_the_nearest_is_told_of_and_the_others_go_along() -> None:
    others = [
        seen(second, track, similarity=similarity, camera=camera)
        for second, track, similarity, camera in ((5, SECOND, 0.61, "ward"), (6, THIRD, 0.63, "hall"))
    ]

    found = left(*LOOK_ALIKE, *others)

    assert found.raised is not None
    assert (found.raised.evidence, found.raised.tracks) == (tuple(others), frozenset({THIRD}))


@pytest.mark.parametrize(("told", "again"), [(0.84, False), (0.70, True)])
def test_a_walk_with_an_incident_of_its_own_is_told_once(told: float, again: bool) -> None:
    listed = seen(5, SECOND, similarity=0.84, camera="ward")

    assert (left(*LOOK_ALIKE, listed, told={SECOND: told}).raised is not None) is again


@pytest.mark.parametrize("similarities", [[0.75, 0.75, 0.75], [0.6, 0.8, 0.7]])
def test_faces_not_followed_at_the_camera_shown_were_all_judged(similarities: Sequence[float]) -> None:
    frames = [seen(n, None, similarity=similarity) for n, similarity in enumerate(similarities)]

    assert left(*frames, shown=frames[0]).others == ()


def test_where_nothing_seems_older_than_the_verdict_one_walk_was_judged() -> None:
    """Recorded by a clock that was a little ahead and was put right."""
    listed = seen(14, SECOND, similarity=0.62, camera="ward")

    found = left(seen(12, similarity=0.61), seen(13, similarity=0.61), listed, first_verdict=10, shown=None)

    assert found.raised is not None
    assert (found.tracks, found.raised.tracks) == (frozenset({SECOND}), frozenset({FIRST}))
