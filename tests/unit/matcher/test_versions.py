"""Two recognisers side by side: each vector in the gallery of its own, and one of them decides (docs/adr/0105)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from random import Random
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, DrillTemplate
from proto.wardwatch.v1.messages import EntryPublished, FaceEmbedded, PersonSighted, Template
from proto.wardwatch.v1.replication import CameraThreshold, SiteModel, ThresholdPublished
from proto.wardwatch.v1.requests import AlikeRequest, AlikeResponse
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import Drill, EntryState, Look, Model, Vector
from services.chassis.bus import Delivery
from services.chassis.errors import Poison, Refusal
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery, Hit, Neighbour, decide
from services.matcher.counts import WalkCounts
from services.matcher.galleries import Galleries
from services.matcher.handler import TakeEntry, TakeThreshold
from services.matcher.locked_entries import LockedEntries
from services.matcher.shed import Shed
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.versions import Versions
from services.matcher.walks import WalkLimits
from services.matcher.wiring import Shared, version
from tests.fakes import FakeBus
from tests.unit.matcher.builders import H1, MODEL, NOW, POLICY, entry, face, look, new_index, unit

SECOND = Model("second", "cd" * 32)
LONGER = 24
H2 = SiteId("h2")
DRILL = Drill("ab" * 16, 5)
SWITCHED = SiteModel("h1", SECOND.sha256, 0.6, 0.75)


def longer(*values: float) -> Vector:
    """A unit vector of the second recogniser that begins with *values*."""
    made = np.zeros(LONGER, np.float32)
    made[: len(values)] = values
    shaped: Vector = made / np.linalg.norm(made)
    return shaped


def both(name: str = "e1", revision: int = 3, *, min_similarity: float = 0.0) -> EntryPublished:
    """An entry with a template of each, of which the one says nothing of the other."""
    one = entry(name, revision=revision, min_similarity=min_similarity)
    return replace(one, templates=(*one.templates, Template(f"{name}-0", SECOND, longer(0, 0, 1))))


def by_second(vector: Vector, frame: str = "f1", look: Look | None = None) -> FaceEmbedded:
    return face(vector, frame=frame, look=look, model=SECOND)


def threshold(
    number: int = 2, *sites: SiteModel, table: int = 1, cameras: tuple[CameraThreshold, ...] = ()
) -> ThresholdPublished:
    return ThresholdPublished(number, 0.5, "li.wei", NOW, table, cameras, model_sha256=MODEL.sha256, sites=tuple(sites))


@dataclass
class Matcher:
    """A matcher's inside as it is wired, with the sightings it decided on."""

    meters: Meters = field(default_factory=Meters)
    sighted: list[PersonSighted] = field(default_factory=list)
    record: FakeBus = field(default_factory=FakeBus)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.gallery = Gallery(MODEL.sha256)
        self.shield = Shield(ShieldLimits())
        self.counts = WalkCounts(
            UUID(int=1), lambda site, model: self.gallery.matching(site, NOW, model), self.store, self.meters,
            monotonic=lambda: 0.0,
        )  # fmt: skip
        shared = Shared(
            self.gallery,
            self,
            self.counts,
            self.shield,
            Shed(self.meters),
            WalkLimits(walks=8, seconds=30),
            self.meters,
            now=lambda: self.now,
            clock=lambda: self.now,
            monotonic=lambda: self.now.timestamp(),
            list_read=lambda: True,
            tell=self.record.publish,
            tell_drill=FakeBus().publish,
        )
        self.galleries = Galleries(POLICY, partial(new_index, self.meters))
        self.see = Versions(partial(version, shared))
        self.galleries.listen(self.see.add)
        locked = LockedEntries(self.meters)
        self.take_entry = TakeEntry(self.gallery, self.galleries, self.meters, self, lambda e: e, locked, self.shield)
        self.take_threshold = TakeThreshold(self.gallery, self.meters)

    def offer(self, sighting: PersonSighted) -> None:
        self.sighted.append(sighting)

    def tombstoned(self, entry_id: EntryId, stored_at: datetime | None) -> None:
        """Receipts are not of interest here."""

    async def store(self, subject: str, payload: bytes, *, message_id: str) -> object:
        raise AssertionError("nothing is handed over here")

    async def publish(self, *entries: EntryPublished) -> None:
        for each in entries:
            await self.take_entry(Delivery(subjects.watchlist(each.entry_id), each.encode()))

    async def agree(self, said: ThresholdPublished) -> None:
        await self.take_threshold(Delivery(subjects.POLICY.pattern, said.encode()))

    def models(self) -> list[str]:
        """By whom people were sighted."""
        return [each.model.name for each in self.sighted]

    def counted(self) -> dict[str, float]:
        """The best cosine that was counted by each recogniser, walks that live included."""
        for walks in self.see.walks():
            walks.forget(self.now.timestamp() + 60)
        return {
            model: max(number / 200 for number, walks in enumerate(counts) if walks)
            for (_, model), counts in self.counts._counts.items()
        }


async def test_the_second_is_counted_and_sights_nobody() -> None:
    matcher = Matcher()
    await matcher.publish(both())

    await matcher.see(face(unit(1), look=look(1)))
    await matcher.see(by_second(longer(0, 0, 1), look=look(1)))

    assert matcher.models() == ["sface"]
    assert matcher.counted() == {MODEL.sha256: 0.995, SECOND.sha256: 0.995}


async def test_a_vector_meets_templates_of_its_own_recogniser_alone() -> None:
    matcher = Matcher()
    same = entry("e2", vectors=(unit(0, 1),))
    # Were they mixed, the same numbers would match.
    await matcher.publish(both(), replace(same, templates=(*same.templates, Template("e2-0", SECOND, longer(1)))))
    await matcher.agree(threshold(2, SWITCHED))

    await matcher.see(by_second(longer(1)))
    await matcher.see(face(unit(1), frame="f2"))

    assert [(each.entry_id, each.model.name) for each in matcher.sighted] == [("e2", "second")]


async def test_a_switch_and_back_sights_by_one_at_a_time() -> None:
    matcher = Matcher()
    await matcher.publish(both())

    for number, sites in enumerate(([], [SWITCHED], [SiteModel("h1", MODEL.sha256)]), 2):
        await matcher.agree(threshold(number, *sites))
        await matcher.see(face(unit(1), frame=f"a{number}"))
        await matcher.see(by_second(longer(0, 0, 1), frame=f"b{number}"))

    assert matcher.models() == ["sface", "second", "sface"]
    assert [each.strong_similarity for each in matcher.sighted] == [0, 0.75, 0]


async def test_other_sites_stay_as_they_were() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    await matcher.agree(threshold(2, SWITCHED))

    await matcher.see(face(unit(1), site="h2"))

    assert [(each.origin.place.site, each.model.name) for each in matcher.sighted] == [("h2", "sface")]


async def test_a_switch_of_all_sites_leaves_those_with_a_row_of_their_own() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    await matcher.agree(threshold(2, SiteModel("", SECOND.sha256, 0.6, 0.7), SiteModel("h2", MODEL.sha256)))

    for site in ("h1", "h2"):
        await matcher.see(face(unit(1), site=site))
        await matcher.see(replace(by_second(longer(0, 0, 1)), origin=face(site=site).origin))

    assert [(each.origin.place.site, each.model.name) for each in matcher.sighted] == [
        ("h1", "second"),
        ("h2", "sface"),
    ]


async def test_an_entry_without_a_template_of_the_new_one_is_still_matched() -> None:
    matcher = Matcher()
    await matcher.publish(entry("e1"), both("e2"))
    await matcher.agree(threshold(2, SWITCHED))

    await matcher.see(face(unit(1)))
    await matcher.publish(both("e1", 4))
    await matcher.see(face(unit(1), frame="f2"))

    assert [(each.entry_id, each.model.name) for each in matcher.sighted] == [("e1", "sface")]


async def test_a_walk_that_lives_during_a_switch_is_whole_for_the_new_one() -> None:
    matcher = Matcher()
    await matcher.publish(both())

    for number in (1, 2, 3):
        await matcher.see(face(unit(1), frame=f"f{number}", look=look(number)))
        await matcher.see(by_second(longer(0, 0, 1), frame=f"f{number}", look=look(number)))
    await matcher.agree(threshold(2, SWITCHED))
    await matcher.see(by_second(longer(0, 0, 1), frame="f4", look=look(4)))

    last = matcher.sighted[-1]
    assert last.walk is not None
    assert (last.model, last.walk.looks) == (SECOND, 4)


async def test_a_face_that_both_sight_in_the_moment_of_a_switch_is_one() -> None:
    matcher = Matcher()
    await matcher.publish(both())

    await matcher.see(face(unit(1)))
    await matcher.agree(threshold(2, SWITCHED))
    await matcher.see(by_second(longer(0, 0, 1)))

    assert matcher.models() == ["sface", "second"]
    assert len({each.sighting_id for each in matcher.sighted}) == 1


async def test_cosines_of_the_one_are_not_held_to_the_other() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    await matcher.agree(threshold(2, SWITCHED, cameras=(CameraThreshold("", "", 0.99),)))

    await matcher.see(by_second(longer(0, 1, 0.7)))
    assert matcher.sighted == []
    await matcher.see(by_second(longer(0, 1, 1), frame="f2"))

    (sighting,) = matcher.sighted
    assert sighting.similarity == pytest.approx(0.7071, abs=1e-3)
    assert sighting.strong_similarity == 0.75


async def test_who_needs_more_needs_as_much_more_by_the_other() -> None:
    matcher = Matcher()
    await matcher.publish(both(min_similarity=0.7))
    await matcher.agree(threshold(2, SWITCHED))

    await matcher.see(by_second(longer(0, 0.7, 1)))
    await matcher.see(by_second(longer(0, 0.8, 1), frame="f2"))

    # 0.2 more than the threshold by the first one; so 0.8 by the second, whose threshold is 0.6.
    assert [each.origin.frame_id for each in matcher.sighted] == ["f1"]


async def test_a_vector_of_a_recogniser_without_templates_is_refused() -> None:
    matcher = Matcher()
    await matcher.publish(entry())

    with pytest.raises(Poison, match="holds no template"):
        await matcher.see(by_second(longer(1)))


async def test_a_visitor_judged_by_one_recogniser_is_no_match_of_the_other() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    await matcher.see(face(unit(1), look=look(1)))
    await matcher.agree(threshold(2, SWITCHED))

    # The same track and entry, by vectors of another length.
    await matcher.see(by_second(longer(0, 0, 1), look=look(1)))
    assert matcher.shield.pending == 2


async def test_an_erased_entry_leaves_every_gallery() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    before = [each.index.rows for each in matcher.galleries.every]

    await matcher.publish(entry("e1", revision=4, state=EntryState.ERASED))

    assert (before, [each.index.rows for each in matcher.galleries.every]) == ([1, 1], [0, 0])
    assert not any(each.index.released(EntryId("e1")) for each in matcher.galleries.every)


async def test_drills_are_told_by_whoever_decides() -> None:
    matcher = Matcher()
    await matcher.publish(both())
    for template in (DrillTemplate(MODEL, unit(0, 1)), DrillTemplate(SECOND, longer(0, 1))):
        matcher.see.offer_template(Delivery(subjects.DRILL_TEMPLATE.pattern, template.encode()))

    for number in (2, 3):
        for one in (face(unit(0, 1)), by_second(longer(0, 1))):
            await matcher.see(replace(one, origin=replace(one.origin, drill=DRILL)))
        await matcher.agree(threshold(number, SWITCHED))

    steps = [DrillStep.decode(each.payload) for each in matcher.record.published]
    assert [each.proves for each in steps] == [True, True]
    assert matcher.see.drills_known == 2


async def test_who_looks_alike_is_asked_by_the_recogniser_of_the_vectors() -> None:
    matcher = Matcher()
    await matcher.publish(both())

    for model, vector in ((MODEL, unit(1)), (SECOND, longer(0, 0, 1))):
        asked = AlikeRequest(model.sha256, (vector,), 0.9)
        (found,) = AlikeResponse.decode(await matcher.see.alike(asked.encode())).faces
        assert list(found) == ["e1"]
    with pytest.raises(Refusal):
        await matcher.see.alike(AlikeRequest("ef" * 32, (unit(1),), 0.9).encode())
    with pytest.raises(Refusal):
        await matcher.see.alike(b"\xff")


# -- whatever comes, in whatever order, however often --

NAMES = ("e1", "e2")
MODELS = (MODEL.sha256, SECOND.sha256)
templates = st.sets(st.sampled_from((MODEL, SECOND)), min_size=1).map(
    lambda models: tuple(Template("p", each, unit(1)) for each in sorted(models, key=str))
)
listed = st.builds(
    lambda name, revision, made: replace(entry(name, revision=revision), templates=made),
    st.sampled_from(NAMES),
    st.integers(1, 3),
    templates,
)
rows = st.one_of(
    st.builds(SiteModel, st.sampled_from(("h1", "")), st.just(SECOND.sha256), st.just(0.6), st.just(0.7)),
    st.builds(SiteModel, st.sampled_from(("h1", "")), st.just(MODEL.sha256)),
)
policies = st.builds(
    lambda number, table, sites: threshold(number, *sites, table=table),
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(rows, max_size=2, unique_by=lambda row: row.site),
)


def take(gallery: Gallery, said: ThresholdPublished) -> None:
    gallery.set_threshold(
        said.number, said.min_similarity, said.table_number, said.cameras, said.measured, said.model_sha256, said.sites
    )


def hits(gallery: Gallery, name: str, site: SiteId, models: frozenset[str]) -> list[str]:
    """By which recognisers the entry is sighted at *site*, when the person stands before the camera.

    An entry is found only in the galleries of *models*, which it has templates of.
    """
    revision = gallery.revision_of(EntryId(name))
    if revision is None:
        return []
    seen = [Neighbour(EntryId(name), revision, "p", 1.0)]
    return [model for model in models if isinstance(decide(seen, site, NOW, gallery=gallery, model=model), Hit)]


@settings(max_examples=60)
@given(st.lists(st.one_of(listed, policies), max_size=12))
def test_whatever_comes_each_entry_is_matched_by_one_recogniser(
    events: Sequence[EntryPublished | ThresholdPublished],
) -> None:
    gallery = Gallery(MODEL.sha256)
    known: dict[str, frozenset[str]] = {}
    for event in events:
        if isinstance(event, ThresholdPublished):
            take(gallery, event)
        elif gallery.apply(event):
            known[event.entry_id] = frozenset(each.model.sha256 for each in event.templates)
        for name, models in known.items():
            for site in (H1, H2):
                found = hits(gallery, name, site, models)
                # Never by two, so never two cosines for one walk. By none only where it has a template of the second
                # alone and nobody has agreed on a cosine for that.
                assert len(found) <= 1
                assert found or (models == {SECOND.sha256} and gallery.decides(MODEL.sha256, site))


@settings(max_examples=60)
@given(st.lists(policies, max_size=6), st.randoms(use_true_random=False))
def test_late_and_repeated_words_lead_where_those_in_order_do(
    said: Sequence[ThresholdPublished], random: Random
) -> None:
    # One number has one meaning, as the record gives them.
    by_number = {(each.number, each.table_number): each for each in said}
    in_order, shuffled = Gallery(MODEL.sha256), Gallery(MODEL.sha256)
    for each in sorted(by_number.values(), key=lambda one: (one.number, one.table_number)):
        take(in_order, each)
    mixed = [*by_number.values(), *by_number.values()]
    random.shuffle(mixed)
    for each in mixed:
        take(shuffled, each)

    for site in (H1, H2):
        for model in MODELS:
            assert shuffled.decides(model, site) == in_order.decides(model, site)
            assert shuffled.threshold(site, model) == in_order.threshold(site, model)
