"""Which faces are sightings: expiry, state, scope, revision and the stop button, decided on the matcher's own clock."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.messages import EntryPublished, MatchingControl
from proto.wardwatch.v1.replication import CameraThreshold, MeasuredModel
from proto.wardwatch.v1.subjects import CameraId, EntryId, Place, SiteId
from proto.wardwatch.v1.values import EntryState, Model
from services.matcher.core import (
    Gallery,
    Hit,
    Miss,
    MissReason,
    Neighbour,
    decide,
    is_cut_short,
    pooled,
    sighting_id,
    stricter,
    templates_of,
)
from services.matcher.held_policy import INITIAL_SIMILARITY
from tests.unit.matcher.builders import DIMENSION, H1, MODEL, NOW, POLICY, entry, quality, unit


def near(name: str = "e1", *, similarity: float = 0.7, revision: int = 3) -> Neighbour:
    return Neighbour(EntryId(name), revision, f"{name}-0", similarity)


def gallery(*entries: EntryPublished) -> Gallery:
    loaded = Gallery()
    for each in entries:
        loaded.apply(each)
    return loaded


def decided(listed: Gallery, *neighbours: Neighbour, site: SiteId = H1, now: datetime = NOW) -> Hit | Miss:
    return decide(neighbours, site, now, gallery=listed)


def control(*, stopped: bool, site: SiteId = H1) -> MatchingControl:
    return MatchingControl("c1", site, stopped, "li.wei", "drill", NOW)


def test_the_most_similar_entry_that_may_match_is_named() -> None:
    listed = gallery(entry("e1"), entry("e2"), entry("e3", state=EntryState.REVOKED))

    decision = decided(listed, near("e3", similarity=0.9), near("e2", similarity=0.8), near("e1", similarity=0.7))

    assert decision == Hit(EntryId("e2"), 3, 0.8, "e2-0")


def test_a_face_like_nobody_is_unlisted() -> None:
    assert decided(gallery(entry()), near(similarity=0.499)) == Miss(MissReason.UNLISTED)
    assert decided(gallery()) == Miss(MissReason.UNLISTED)


def test_an_entry_stops_matching_at_the_moment_of_its_expiry() -> None:
    listed = gallery(entry(expires_at=NOW))

    assert isinstance(decided(listed, near(), now=NOW - timedelta(microseconds=1)), Hit)
    assert decided(listed, near(), now=NOW) == Miss(MissReason.BARRED)


def test_an_entry_with_a_look_alike_needs_more_than_the_policy_asks() -> None:
    listed = gallery(entry("e1", min_similarity=0.7), entry("e2"))

    assert decided(listed, near("e1", similarity=0.69)) == Miss(MissReason.BARRED)
    assert decided(listed, near("e1", similarity=0.7)) == Hit(EntryId("e1"), 3, 0.7, "e1-0")
    assert decided(listed, near("e1", similarity=0.69), near("e2", similarity=0.6)) == Hit(
        EntryId("e2"), 3, 0.6, "e2-0"
    )


def test_an_entrys_own_threshold_never_lowers_the_policys() -> None:
    assert decided(gallery(entry(min_similarity=0.1)), near(similarity=0.49)) == Miss(MissReason.UNLISTED)


def test_a_template_of_an_earlier_revision_does_not_match() -> None:
    assert decided(gallery(entry(revision=4)), near(revision=3)) == Miss(MissReason.BARRED)


def test_a_site_that_is_stopped_has_no_hits_and_the_others_do() -> None:
    listed = gallery(entry())
    listed.control(control(stopped=True))

    assert decided(listed, near()) == Miss(MissReason.STOPPED)
    assert isinstance(decided(listed, near(), site=SiteId("h2")), Hit)
    assert len(listed.stopped_sites) == 1


def test_the_newest_control_of_a_site_counts() -> None:
    listed, stop = gallery(entry()), control(stopped=True)
    listed.control(stop)
    listed.control(control(stopped=False).behind(stop))

    assert isinstance(decided(listed, near()), Hit)


def test_a_control_that_is_stored_again_changes_nothing() -> None:
    listed, former = gallery(entry()), control(stopped=False)
    listed.control(former)
    listed.control(control(stopped=True).behind(former))

    assert not listed.control(former)
    assert decided(listed, near()) == Miss(MissReason.STOPPED)


def test_of_a_stop_and_a_resumption_at_one_moment_the_stop_holds() -> None:
    listed = gallery(entry())
    listed.control(control(stopped=True))

    assert not listed.control(control(stopped=False))
    assert listed.stopped(H1)


def test_an_earlier_threshold_that_is_stored_again_changes_nothing() -> None:
    listed = gallery(entry())
    listed.set_threshold(7, 0.62)

    assert not listed.set_threshold(6, 0.5)
    assert not listed.set_threshold(7, 0.5)
    assert listed.min_similarity == 0.62


@pytest.mark.parametrize("similarity", [0.0, 0.29, 1.01, -1.0, float("nan")])
def test_what_no_two_people_can_have_approved_is_no_threshold(similarity: float) -> None:
    listed = gallery(entry())

    with pytest.raises(ValueError, match="threshold"):
        listed.set_threshold(1, similarity)
    assert listed.min_similarity == INITIAL_SIMILARITY


def test_neighbours_are_cut_short_when_the_last_one_is_similar_too() -> None:
    assert is_cut_short([near()] * POLICY.neighbours, 0.5, policy=POLICY)
    assert not is_cut_short([near()] * (POLICY.neighbours - 1), 0.5, policy=POLICY)
    assert not is_cut_short([*[near()] * (POLICY.neighbours - 1), near(similarity=0.1)], 0.5, policy=POLICY)


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        pytest.param(quality(face_px=47), MissReason.SMALL, id="small"),
        pytest.param(quality(yaw=-46), MissReason.TURNED, id="turned"),
        pytest.param(quality(sharpness=19), MissReason.BLURRED, id="blurred"),
        pytest.param(quality(face_px=float("nan")), MissReason.SMALL, id="not a number"),
        pytest.param(quality(), None, id="good"),
    ],
)
def test_the_gate_says_why_a_face_is_not_compared(measured: object, reason: MissReason | None) -> None:
    assert isinstance(measured, type(quality()))
    assert POLICY.gate.refusal(measured) is reason


def test_only_templates_of_the_lists_model_are_searched() -> None:
    assert [photo for photo, _ in templates_of(entry(), POLICY)] == ["e1-0"]
    assert templates_of(entry(model=Model("other", "cd" * 32)), POLICY) == []


def test_a_name_of_a_model_may_change_but_not_its_file() -> None:
    assert POLICY.accepts(Model("renamed", MODEL.sha256))
    assert not POLICY.accepts(Model(MODEL.name, "cd" * 32))


def test_a_sighting_is_named_by_face_and_entry() -> None:
    assert sighting_id("h1/gate/f1/0", EntryId("e1")) == sighting_id("h1/gate/f1/0", EntryId("e1"))
    assert sighting_id("h1/gate/f1/0", EntryId("e1")) != sighting_id("h1/gate/f1/1", EntryId("e1"))
    assert sighting_id("h1/gate/f1/0", EntryId("e1")) != sighting_id("h1/gate/f1/0", EntryId("e2"))


def test_active_entries_past_their_expiry_are_counted_as_expired() -> None:
    counts = gallery(entry("e1"), entry("e2", expires_at=NOW), entry("e3", state=EntryState.PENDING)).counts(NOW)

    assert (counts[EntryState.ACTIVE], counts[EntryState.EXPIRED], counts[EntryState.PENDING]) == (1, 1, 1)


# -- whatever is said about a few entries, in whatever order --

NAMES = ("e1", "e2", "e3")
SITES = (SiteId("h1"), SiteId("h2"))
moments = st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
entries = st.builds(
    entry,
    st.sampled_from(NAMES),
    revision=st.integers(1, 5),
    state=st.sampled_from(EntryState),
    expires_at=moments,
    sites=st.frozensets(st.sampled_from(SITES)),
    min_similarity=st.sampled_from((0.0, 0.55, 0.7)),
)
neighbours = st.builds(near, st.sampled_from(NAMES), similarity=st.floats(-1, 1, width=32), revision=st.integers(1, 5))


def truth(published: list[EntryPublished]) -> dict[EntryId, EntryPublished]:
    """Of each entry the highest revision; of equal ones the last, which is the newest on the stream."""
    known: dict[EntryId, EntryPublished] = {}
    for each in published:
        if each.entry_id not in known or known[each.entry_id].revision <= each.revision:
            known[each.entry_id] = each
    return known


@given(st.lists(entries), st.lists(neighbours), st.sampled_from(SITES), moments)
def test_a_hit_is_always_active_in_scope_unexpired_current_and_the_best(
    published: list[EntryPublished], found: list[Neighbour], site: SiteId, now: datetime
) -> None:
    decision = decided(gallery(*published), *found, site=site, now=now)

    known = truth(published)
    allowed = [
        n.similarity
        for n in found
        if n.similarity >= INITIAL_SIMILARITY
        and (e := known.get(n.entry_id)) is not None
        and e.state is EntryState.ACTIVE
        and e.revision == n.revision
        and now < e.expires_at
        and (not e.sites or site in e.sites)
        and n.similarity >= e.min_similarity
    ]
    match decision:
        case Hit(entry_id, revision, similarity, photo_id):
            assert similarity == max(allowed)
            assert (known[entry_id].revision, photo_id) == (revision, f"{entry_id}-0")
        case Miss():
            assert not allowed


@given(st.lists(entries))
def test_an_older_revision_never_replaces_a_newer_one(published: list[EntryPublished]) -> None:
    loaded = Gallery()
    newest: dict[EntryId, EntryPublished] = {}
    for each in published:
        known = newest.get(each.entry_id)
        if loaded.apply(each):
            assert known is None or each.revision >= known.revision
            newest[each.entry_id] = each
        else:
            assert known is not None
            assert known.revision > each.revision or (known.revision, known.state) == (each.revision, each.state)


def test_the_same_revision_again_only_repairs() -> None:
    loaded = gallery(entry(vectors=()))

    assert not loaded.apply(entry(vectors=()))
    assert loaded.apply(entry(vectors=(unit(1), unit(0, 1))))
    assert not loaded.apply(entry(vectors=(unit(1), unit(0, 1))))
    assert loaded.apply(entry(vectors=(unit(1),)))


def test_what_is_known_of_an_entry_is_counted_and_told() -> None:
    known = gallery(entry("e1"), entry("e2", state=EntryState.ERASED))

    assert known.entries == 2
    assert [known.state_of(EntryId(name)) for name in ("e1", "e2", "e3")] == [
        EntryState.ACTIVE,
        EntryState.ERASED,
        None,
    ]


@given(st.integers(1, 10), st.integers(0, 1_000))
def test_an_entry_pooled_has_the_cosine_of_the_mean_of_its_photos(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = [unit(*(1 + rng.standard_normal(DIMENSION))) for _ in range(count)]
    sought = unit(*rng.standard_normal(DIMENSION))
    photos = [Neighbour(EntryId("e1"), 1, str(number), float(vector @ sought)) for number, vector in enumerate(vectors)]

    entry = pooled(photos, float(np.linalg.norm(np.sum(vectors, axis=0))))

    mean = unit(*np.sum(vectors, axis=0))
    assert entry.similarity == pytest.approx(float(mean @ sought), abs=1e-5)
    assert entry.photo_id == max(photos, key=lambda photo: photo.similarity).photo_id


def test_a_table_of_a_budget_names_each_camera_or_all_others() -> None:
    listed = Gallery()
    gate, hall, far = (
        Place(SiteId(site), CameraId(name)) for site, name in (("h1", "gate"), ("h1", "hall"), ("h2", "x"))
    )
    assert listed.strong_similarity(gate) == 0

    rows = (CameraThreshold("h1", "gate", 0.66), CameraThreshold("h1", "", 0.64), CameraThreshold("", "", 0.63))
    assert listed.set_threshold(1, 0.5, 1, rows)
    assert [listed.strong_similarity(place) for place in (gate, hall, far)] == [0.66, 0.64, 0.63]


def test_the_newer_table_of_one_threshold_holds() -> None:
    listed, gate = Gallery(), Place(H1, CameraId("gate"))
    first, second = (CameraThreshold("h1", "gate", similarity) for similarity in (0.66, 0.70))
    assert listed.set_threshold(3, 0.5, 2, (second,))
    assert not listed.set_threshold(3, 0.5, 1, (first,))
    assert listed.strong_similarity(gate) == 0.70

    assert listed.set_threshold(4, 0.5)
    assert listed.strong_similarity(gate) == 0


def test_an_entry_like_many_people_needs_more_where_a_budget_holds() -> None:
    assert stricter(0.62, 0.0) == stricter(0.62, 0.029) == 0.62
    assert stricter(0.62, 0.04) == pytest.approx(0.62 + 0.032)
    assert stricter(0.62, 0.9) == pytest.approx(0.72)
    assert stricter(0.98, 0.9) == 1


SFACE, ANOTHER = "0b" * 32, "0c" * 32


def test_nobody_is_compared_when_the_report_and_its_grace_are_over() -> None:
    listed = Gallery()
    listed.set_threshold(1, 0.5, measured=(MeasuredModel(SFACE, NOW + timedelta(days=1)), MeasuredModel(ANOTHER, NOW)))

    assert listed.may_use(SFACE, NOW)
    assert not listed.may_use(SFACE, NOW + timedelta(days=1))
    assert not listed.may_use(ANOTHER, NOW)


def test_where_nothing_was_said_of_a_recogniser_it_may_be_used() -> None:
    listed = Gallery()

    before = listed.may_use(SFACE, NOW)
    listed.set_threshold(1, 0.5, measured=(MeasuredModel(ANOTHER, NOW),))

    assert before
    assert listed.may_use(SFACE, NOW)


def test_an_end_that_was_told_before_is_not_told_again() -> None:
    listed = Gallery()
    listed.set_threshold(2, 0.5, measured=(MeasuredModel(SFACE, NOW),))

    assert not listed.set_threshold(1, 0.5, measured=(MeasuredModel(SFACE, NOW + timedelta(days=9)),))
    assert not listed.may_use(SFACE, NOW)
