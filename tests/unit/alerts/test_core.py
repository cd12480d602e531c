"""When walks become an incident, and what an incident still takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.alerts.incidents.core import Join, KnownIncident, Raise, Wait, belongs, incident_id, weigh
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.walks import Evidence

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = EvidencePolicy(strong=0.60)  # so that the figures below stay what they are
FIRST, SECOND, THIRD = (UUID(int=n) for n in (1, 2, 3))
DECIDED_AGAINST = [Outcome.REJECTED, Outcome.UNRESOLVED]
HOUR = 3600.0


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def seen(
    second: float = 0,
    track: UUID | None = FIRST,
    *,
    similarity: float = 0.56,
    camera: str = "gate",
    began: float | None = None,
    frame: str | None = None,
) -> Evidence:
    began_at = None if track is None else at(second if began is None else began)
    return Evidence(uuid4().hex, camera, frame or f"f{second}", at(second), similarity, track, began_at)


def known(
    last_seen: float = 0,
    *,
    first_seen: float = 0,
    cameras: Sequence[str] = ("gate",),
    tracks: Sequence[UUID] = (FIRST,),
    outcome: Outcome | None = None,
    peak: float = 0.61,
    announced: float = 0,
    quiet: float | None = None,
    number: int = 1,
    beside: bool = False,
) -> KnownIncident:
    return KnownIncident(
        incident_id(f"first{number}"),
        number,
        at(min(first_seen, last_seen)),
        at(last_seen),
        at(last_seen) + POLICY.window if quiet is None else at(quiet),
        frozenset(cameras),
        at(announced),
        peak,
        frozenset(tracks),
        outcome,
        beside=beside,
    )


def joined(new: Evidence, *incidents: KnownIncident, now: float | None = None) -> Join | None:
    """Each incident has a sighting at its beginning and one at its end, at each of its cameras."""
    moment = new.seen_at if now is None else at(now)
    return belongs(new, [from_there(new, i) for i in incidents], policy=POLICY, now=moment)


def from_there(new: Evidence, incident: KnownIncident) -> KnownIncident:
    breaks = [abs(new.seen_at - moment) for moment in (incident.first_seen_at, incident.last_seen_at)]
    return replace(incident, there=new.camera in incident.cameras and min(breaks) <= POLICY.presence)


def weighed(new: Evidence, *pending: Evidence, known: Sequence[KnownIncident] = ()) -> Raise | Wait:
    return weigh(new, pending, known, policy=POLICY, now=new.seen_at)


def is_told(new: Evidence, *incidents: KnownIncident, now: float | None = None) -> bool:
    """Whether *new* is told of anew, where nobody waits."""
    if joined(new, *incidents, now=now) is not None:
        return False
    moment = new.seen_at if now is None else at(now)
    return isinstance(weigh(new, (), incidents, policy=POLICY, now=moment), Raise)


def test_one_strong_walk_is_enough() -> None:
    decision = weighed(seen(similarity=0.60))

    assert isinstance(decision, Raise)
    assert (decision.strong, decision.tracks) == (True, frozenset({FIRST}))


def test_one_weak_walk_is_not_enough_however_many_looks_it_has() -> None:
    looks = [seen(second, similarity=0.59) for second in range(100)]

    assert weighed(looks[-1], *looks[:-1]) == Wait()


@pytest.mark.parametrize(
    ("new", "enough"),
    [
        pytest.param(seen(5, SECOND, camera="ward"), True, id="at-another-camera"),
        pytest.param(seen(31, SECOND), True, id="at-the-same-camera-after-a-break"),
        pytest.param(seen(29, SECOND), False, id="at-the-same-camera-where-a-track-may-have-broken"),
        pytest.param(seen(60, SECOND, began=20), False, id="of-a-track-that-began-before-the-break-was-over"),
        pytest.param(seen(5, SECOND, camera="ward", similarity=0.549), False, id="not-near-enough-itself"),
        pytest.param(seen(301, SECOND, camera="ward"), False, id="too-long-after"),
        pytest.param(seen(-299, SECOND, camera="ward"), True, id="late-and-older"),
        pytest.param(seen(31, None), True, id="a-face-that-was-not-followed"),
    ],
)
def test_what_corroborates_a_walk(new: Evidence, enough: bool) -> None:
    decision = weighed(new, seen(0))

    assert isinstance(decision, Raise) is enough
    if isinstance(decision, Raise):
        assert not decision.strong
        assert decision.tracks == {FIRST, new.track} - {None}


def test_a_walk_counts_by_what_it_says_now_and_not_by_its_best() -> None:
    lucky = [seen(0, similarity=0.59), seen(3, similarity=0.53)]

    assert weighed(seen(5, SECOND, camera="ward"), *lucky) == Wait()


def test_faces_of_one_frame_are_not_two_walks() -> None:
    assert weighed(seen(0, SECOND, frame="one"), seen(0, FIRST, frame="one")) == Wait()
    assert weighed(seen(0, None, frame="one"), seen(0, None, frame="one")) == Wait()


def test_an_incident_takes_along_what_waited_of_its_walks_alone() -> None:
    mine = [seen(second, SECOND, camera="ward", similarity=0.52) for second in (5, 1)]
    first = seen(0)
    nobody = seen(2, THIRD, similarity=0.51)

    decision = weighed(seen(6, SECOND, camera="ward"), *mine, nobody, first)

    assert isinstance(decision, Raise)
    assert [e.seen_at for e in decision.evidence] == [at(s) for s in (0, 1, 5, 6)]


def test_a_redelivered_sighting_raises_the_same_incident() -> None:
    new = seen(similarity=0.9)

    assert weighed(new) == weighed(new)


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        EvidencePolicy(evidence=timedelta(0))
    with pytest.raises(ValueError, match="window"):
        EvidencePolicy(window=timedelta(hours=1))
    with pytest.raises(ValueError, match="walk"):
        EvidencePolicy(corroborating=0.7)


# What an undecided incident takes.


@pytest.mark.parametrize("second", [1.0, 299.0, 3000.0])
def test_the_walk_that_raised_an_incident_belongs_to_it_however_near(second: float) -> None:
    join = joined(seen(second, similarity=0.95), known())

    assert join is not None
    assert join.peak_similarity == 0.95


@pytest.mark.parametrize(
    ("new", "told"),
    [
        pytest.param(seen(5, SECOND, similarity=0.84, camera="ward"), True, id="nearer-at-another-camera"),
        pytest.param(seen(5, SECOND, similarity=0.84), True, id="nearer-at-the-same-camera"),
        pytest.param(seen(5, SECOND, similarity=0.63), False, id="like"),
        pytest.param(seen(5, SECOND, similarity=0.63, camera="ward"), False, id="like-at-another-camera"),
        pytest.param(seen(40, SECOND, similarity=0.71), False, id="a-clearer-walk-of-the-same-person"),
        pytest.param(seen(40, SECOND, similarity=0.71, camera="ward"), False, id="and-at-another-camera"),
        pytest.param(seen(40, SECOND, similarity=0.72), True, id="nearer-than-a-clearer-walk-would-be"),
        pytest.param(seen(301, SECOND, similarity=0.61), True, id="after-the-window"),
        pytest.param(seen(5, None, similarity=0.84, camera="ward"), True, id="nearer-and-not-followed-elsewhere"),
        pytest.param(seen(5, None, similarity=0.84), True, id="nearer-and-not-followed-beside-one-that-is"),
    ],
)
def test_another_walk_is_told_of_when_it_is_clearly_nearer(new: Evidence, told: bool) -> None:
    assert is_told(new, known()) is told


def test_faces_not_followed_at_one_camera_are_taken_for_one_walk() -> None:
    raised_by_one = known(tracks=())

    assert not is_told(seen(5, None, similarity=0.84), raised_by_one)
    assert is_told(seen(5, None, similarity=0.84, camera="ward"), raised_by_one)
    assert not is_told(seen(5, None, similarity=0.84), known(tracks=(), outcome=Outcome.CONFIRMED))


def test_who_is_strong_where_nobody_was_is_told_of() -> None:
    assert is_told(seen(5, THIRD, similarity=0.60), known(peak=0.59, tracks=(FIRST, SECOND)))


def test_who_is_clearly_nearer_than_two_weak_walks_is_told_of() -> None:
    weak = known(peak=0.555, tracks=(FIRST, SECOND))
    wide_apart = replace(POLICY, strong=0.70)
    for similarity, told in ((0.65, False), (0.66, True)):
        new = seen(5, THIRD, similarity=similarity)

        assert (belongs(new, [weak], policy=wide_apart, now=new.seen_at) is None) is told
        assert isinstance(weigh(new, (), [weak], policy=wide_apart, now=new.seen_at), Raise)


def test_another_walk_does_not_come_near_step_by_step() -> None:
    incident, told = known(), 0
    for step in range(20):
        new = seen(step, SECOND, similarity=0.60 + step / 100, camera="ward", began=0)
        join = joined(new, incident)
        if join is None:
            told += 1
            break
        assert join.peak_similarity == incident.peak_similarity

    assert told == 1


def test_a_verdict_covers_no_more_than_an_open_incident_takes() -> None:
    with pytest.raises(ValueError, match="a verdict covers no more"):
        EvidencePolicy(likeness=0.11)


def test_an_incident_does_not_take_others_without_end() -> None:
    incident, second = known(), 0.0
    while (join := joined(seen(second, uuid4(), similarity=0.61), incident)) is not None:
        incident = known((join.last_seen_at - NOON).total_seconds())
        second += 200

    assert POLICY.longest < timedelta(seconds=second) <= POLICY.longest + timedelta(seconds=200)
    assert joined(seen(second, FIRST), incident) is not None


@pytest.mark.parametrize(("second", "joins"), [(-1700.0, True), (-1900.0, False)])
def test_a_late_sighting_joins_an_incident_of_about_its_time(second: float, joins: bool) -> None:
    assert (joined(seen(second, SECOND), known(), now=1) is not None) is joins


def test_of_two_open_incidents_the_newest_near_enough_takes_a_walk() -> None:
    look_alike, listed = known(number=1), known(number=2, peak=0.84, cameras=("ward",), tracks=(SECOND,))

    new, nearer = seen(5, THIRD, similarity=0.62), seen(5, THIRD, similarity=0.95)

    for order in ([look_alike, listed], [listed, look_alike]):
        join = joined(new, *order)
        assert join is not None
        assert join.incident_id == listed.incident_id
        assert joined(nearer, *order) is None


def test_a_second_camera_is_announced_and_more_of_the_same_are_not() -> None:
    for camera, announced in (("ward", True), ("gate", False)):
        join = joined(seen(1, SECOND, camera=camera), known())
        assert join is not None
        assert join.announce is announced


# What a verdict covers.


@pytest.mark.parametrize("outcome", DECIDED_AGAINST)
@pytest.mark.parametrize("second", [1.0, 400.0, 40000.0])
def test_the_walk_that_was_judged_never_rings_again(outcome: Outcome, second: float) -> None:
    join = joined(seen(second, similarity=0.63), known(outcome=outcome))

    assert join is not None
    assert (join.announce, join.picture, join.quiet_until) == (False, "dropped", known().quiet_until)
    assert join.last_seen_at < join.quiet_until


@pytest.mark.parametrize("outcome", DECIDED_AGAINST)
@pytest.mark.parametrize(
    ("new", "judged"),
    [
        pytest.param(seen(5, similarity=0.66), known(), id="the-same-walk-clearly-nearer"),
        pytest.param(seen(5, similarity=0.60), known(peak=0.59), id="the-same-walk-strong-where-it-was-not"),
        pytest.param(seen(5, SECOND, similarity=0.66), known(), id="another-clearly-nearer"),
        pytest.param(seen(5, SECOND, similarity=0.61, camera="ward"), known(), id="the-same-at-another-camera"),
        pytest.param(seen(31, SECOND, similarity=0.61), known(), id="after-a-break"),
        pytest.param(seen(301, SECOND, similarity=0.61), known(300, quiet=300), id="after-the-window"),
        pytest.param(seen(5, SECOND, similarity=0.61), known(beside=True), id="another-person-beside-the-judged-one"),
        pytest.param(seen(-500, SECOND, similarity=0.61), known(), id="late"),
        pytest.param(seen(5, None, similarity=0.66), known(tracks=()), id="clearly-nearer-and-not-followed"),
    ],
)
def test_what_no_rejection_covers_is_told(new: Evidence, judged: KnownIncident, outcome: Outcome) -> None:
    assert is_told(new, replace(judged, outcome=outcome), now=600)


@pytest.mark.parametrize("outcome", DECIDED_AGAINST)
@pytest.mark.parametrize("track", [SECOND, None])
def test_the_look_alike_whose_track_broke_does_not_ring_again(outcome: Outcome, track: UUID | None) -> None:
    assert joined(seen(20, track, similarity=0.63), known(outcome=outcome)) is not None


def test_a_walk_that_was_judged_is_nobody_elses_look_alike() -> None:
    judged = known(outcome=Outcome.REJECTED)
    other = known(number=2, peak=0.8, tracks=(SECOND,), outcome=Outcome.REJECTED)

    assert is_told(seen(5, FIRST, similarity=0.7), judged, other)


def test_who_was_confirmed_and_stays_is_silent_however_near_and_long() -> None:
    for second in (1, 400, 40000):
        join = joined(seen(second, similarity=0.9), known(outcome=Outcome.CONFIRMED))
        assert join is not None
        assert join.peak_similarity == 0.9


@pytest.mark.parametrize(
    ("new", "told"),
    [
        pytest.param(seen(20, SECOND, similarity=0.61), False, id="his-track-broke"),
        pytest.param(seen(31, SECOND, similarity=0.61), True, id="comes-back"),
        pytest.param(seen(5, SECOND, similarity=0.61, camera="ward"), True, id="walks-on"),
        pytest.param(seen(5, SECOND, similarity=0.66), True, id="somebody-clearly-nearer"),
        pytest.param(seen(5, None, similarity=0.66), True, id="somebody-clearly-nearer-and-not-followed"),
    ],
)
def test_a_confirmed_person_rings_again_only_after_coming_back(new: Evidence, told: bool) -> None:
    assert is_told(new, known(outcome=Outcome.CONFIRMED)) is told


def test_a_confirmation_does_not_cover_others_without_end() -> None:
    long_ago = known(1790, outcome=Outcome.CONFIRMED)

    assert not is_told(seen(1795, SECOND, similarity=0.61), long_ago)
    assert is_told(seen(1805, SECOND, similarity=0.61), long_ago)


def test_an_incident_that_ended_with_its_entry_takes_nothing() -> None:
    assert is_told(seen(1, similarity=0.61), known(outcome=Outcome.ENDED))


# No time from the future is believed.


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(known(8 * HOUR, first_seen=8 * HOUR, announced=8 * HOUR), id="all-of-it-in-the-future"),
        pytest.param(known(8 * HOUR, announced=8 * HOUR), id="last-seen-in-the-future"),
        pytest.param(known(8 * HOUR, outcome=Outcome.CONFIRMED), id="confirmed"),
        pytest.param(known(8 * HOUR, outcome=Outcome.REJECTED, peak=0.9), id="rejected"),
        pytest.param(known(-400, quiet=8 * HOUR), id="only-its-window-in-the-future"),
    ],
)
def test_an_incident_from_the_future_holds_nobody_back(wrong: KnownIncident) -> None:
    assert is_told(seen(1, SECOND, similarity=0.8), wrong)


def test_an_announcement_from_the_future_is_made_again() -> None:
    join = joined(seen(1), known(announced=8 * HOUR))

    assert join is not None
    assert join.announce


def test_a_replica_whose_clock_is_a_little_slow_joins_what_another_raised() -> None:
    join = joined(seen(0, SECOND), known(2, first_seen=1, announced=2))

    assert join is not None
    assert join.quiet_until == NOON + POLICY.window
