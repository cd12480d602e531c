"""Two recognisers side by side on a real PostgreSQL: templates made anew, and who decides where (docs/adr/0105)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from cli.audit import agreement
from proto.wardwatch.v1.replication import SiteModel, ThresholdPublished
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply, PhotoFace
from proto.wardwatch.v1.rolls import ModelProgress, ModelsView
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Aligned, Model, Quality, Vector
from proto.wardwatch.v1.walk_counts import BINS, WalksCounted, bin_of
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.watchlist.enrolment.photo_client import NoTemplate
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Seals
from services.watchlist.record.budget_store import BudgetStore
from services.watchlist.record.database import Database
from services.watchlist.record.reembedding_store import ReembeddingStore
from services.watchlist.record.threshold_store import ThresholdOutbox, ThresholdStore
from services.watchlist.reembedding.keeper import OtherModel, Reembedding
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract import desks
from tests.contract.desks import ANA, AUDITOR, LI, MODEL, OTTO, SECOND, Desk, person, refused

QUALITY = Quality(0.9, 90, 45, 200, 0, 0, 120)
WHY: Mapping[str, object] = {"reason": "a better recogniser"}


def second(picture_of: bytes) -> Vector:
    """What the second recogniser makes of a face: nothing like the first one's."""
    return person(int.from_bytes(sha256(picture_of).digest()[:4]))


@dataclass
class Photos:
    """Finds the one face of a picture, which its pixels name, and embeds it by either recogniser."""

    embeds: Model = SECOND
    faceless: set[bytes] = field(default_factory=set)
    without_template: set[bytes] = field(default_factory=set)
    asked: list[bytes] = field(default_factory=list)
    away: bool = False

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        self.asked.append(jpeg)
        if self.away:
            raise Refusal(503, "nobody answers")
        if jpeg in self.faceless:
            return PhotoDetectReply((), 320, 320)
        aligned = np.zeros(ALIGNED_SHAPE, np.uint8)
        aligned.flat[: len(jpeg)] = np.frombuffer(jpeg, np.uint8)
        aligned.flat[-1] = len(jpeg)
        return PhotoDetectReply((PhotoFace(QUALITY, aligned, jpeg),), 320, 320)

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        return PhotoEmbedReply(MODEL, tuple(person(1) for _ in aligned))

    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        pictures = [each.tobytes()[: each.flat[-1]] for each in aligned]
        if set(pictures) & self.without_template:
            raise NoTemplate("nothing comes of it")
        return PhotoEmbedReply(self.embeds, tuple(second(each) for each in pictures))


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with desks.opened(database) as opened:
        yield opened


@pytest.fixture
def photos() -> Photos:
    return Photos()


@pytest.fixture
async def reembedding(desk: Desk, photos: Photos, database: servers.Database) -> AsyncIterator[Reembedding]:
    async with Database.open(database.importer, password=None) as opened:
        seals = Seals(desk.keyring, IdentityKeys(token_bytes(32), token_bytes(32)), lambda: token_bytes(12))
        yield Reembedding(ReembeddingStore(opened, seals), photos, seals, MODEL.sha256, Meters())


async def models(desk: Desk, operation: str = "show_models", **asked: object) -> ModelsView:
    by = asked.pop("by", LI)
    number = asked.pop("number", None)
    target = {} if number is None else {"number": number}
    assert isinstance(by, Holder)
    answer = await desk.call(operation, target, by=by, body=asked or None)
    return ModelsView.model_validate_json(answer.body)


def progress(view: ModelsView) -> list[ModelProgress]:
    """How far the list is with each of the two."""
    assert view.roll is not None
    return view.roll.progress


async def started(desk: Desk) -> ModelsView:
    return await models(desk, "start_roll", **WHY)


async def measured(desk: Desk, model: Model = SECOND, floor: float = 0.4, days_ago: int = 1) -> None:
    """The recogniser has a report of accuracy, as two people would have installed it."""
    await desk.fetch(
        "INSERT INTO watchlist.accuracy_report (model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper,"
        " measured_on) VALUES ($1, 'ours', 2100, $2, 0.1, 0.01, 0.012, current_date - $3::integer)",
        bytes.fromhex(model.sha256),
        floor,
        days_ago,
    )


async def switched(
    desk: Desk, site: str, model: Model = SECOND, threshold: float | None = 0.45, strong: float | None = 0.6
) -> ModelsView:
    asked = {"site": site, "model_sha256": model.sha256, "threshold": threshold, "strong": strong, **WHY}
    view = await models(desk, "ask_switch", **asked)
    assert view.waits is not None
    return await models(desk, "approve_switch", number=view.waits.number, by=ANA)


async def templates(desk: Desk, entry: UUID) -> list[str]:
    """The recognisers that the entry has templates of."""
    rows = await desk.fetch(
        "SELECT encode(model_sha256, 'hex') AS model FROM watchlist.template AS t INNER JOIN watchlist.photo AS p"
        " ON p.id = t.photo_id WHERE p.entry_id = $1 ORDER BY 1",
        entry,
    )
    return [row["model"] for row in rows]


async def told(database: servers.Database) -> ThresholdPublished:
    """What matchers are told."""
    said: list[ThresholdPublished] = []

    async def publish(threshold: ThresholdPublished, _: int | None) -> int:
        said.append(threshold)
        return 7

    async with Database.open(database.matcher, password=None) as opened:
        await ThresholdOutbox(opened, MODEL.sha256).relay(publish)
    return said[0]


async def test_photos_get_a_template_of_the_second_recogniser(desk: Desk, reembedding: Reembedding) -> None:
    entry = await desk.active(person(1))
    await desk.fetch("DELETE FROM watchlist.outbox")
    await started(desk)

    made = await reembedding.round(asyncio.Event())

    assert made == 1
    assert await templates(desk, entry.id) == [MODEL.sha256, SECOND.sha256]
    (published,) = await desk.published(entry.id)
    by_model = {each.model.sha256: np.array(each.vector) for each in published.templates}
    picture = (await desk.call("show_photo", {"entry": entry.id, "position": 0})).attachment
    assert np.allclose(by_model[MODEL.sha256], person(1))
    assert np.allclose(by_model[SECOND.sha256], second(picture))
    assert [row["entry_id"] for row in await desk.fetch("SELECT entry_id FROM watchlist.outbox")] == [entry.id]


async def test_nothing_is_embedded_anew_without_a_roll(desk: Desk, reembedding: Reembedding, photos: Photos) -> None:
    entry = await desk.active(person(1))

    assert await reembedding.round(asyncio.Event()) == 0
    assert photos.asked == []
    assert await templates(desk, entry.id) == [MODEL.sha256]


async def test_work_that_broke_off_goes_on_where_it_was(desk: Desk, reembedding: Reembedding, photos: Photos) -> None:
    first, other = await desk.active(person(1)), await desk.active(person(2))
    await started(desk)
    photos.away = True
    with pytest.raises(Refusal):
        await reembedding.round(asyncio.Event())
    photos.away = False

    assert await reembedding.round(asyncio.Event()) == 2
    assert await reembedding.round(asyncio.Event()) == 0

    assert [await templates(desk, each.id) for each in (first, other)] == [[MODEL.sha256, SECOND.sha256]] * 2
    (of_first, of_second) = progress(await models(desk))
    assert (of_first.photos, of_first.made) == (2, 2)
    assert (of_second.photos, of_second.made, of_second.entries_without) == (2, 2, 0)


async def test_who_matches_comes_before_who_waits(desk: Desk, reembedding: Reembedding, photos: Photos) -> None:
    for number in range(1, 6):
        await desk.pending(person(number))
    last = await desk.active(person(9))
    await started(desk)

    await reembedding.round(asyncio.Event())

    picture = (await desk.call("show_photo", {"entry": last.id, "position": 0})).attachment
    assert photos.asked[0] == picture


async def test_an_entry_that_comes_meanwhile_gets_both(desk: Desk, reembedding: Reembedding) -> None:
    await started(desk)
    assert await reembedding.round(asyncio.Event()) == 0
    entry = await desk.active(person(3))

    before = progress(await models(desk))[1]
    await reembedding.round(asyncio.Event())

    assert before.entries_without == 1
    assert await templates(desk, entry.id) == [MODEL.sha256, SECOND.sha256]


async def test_photos_that_yield_nothing_are_named_and_not_tried_again(
    desk: Desk, reembedding: Reembedding, photos: Photos
) -> None:
    blank, odd = await desk.active(person(1)), await desk.active(person(2))
    for entry, kind in ((blank, photos.faceless), (odd, photos.without_template)):
        kind.add((await desk.call("show_photo", {"entry": entry.id, "position": 0})).attachment)
    await started(desk)

    await reembedding.round(asyncio.Event())
    asked = len(photos.asked)
    await reembedding.round(asyncio.Event())

    view = await models(desk)
    assert view.roll is not None
    assert {(each.entry, each.cause) for each in view.roll.left_out} == {
        (blank.id, "no_face"),
        (odd.id, "no_template"),
    }
    assert progress(view)[1].entries_without == 2
    assert len(photos.asked) == asked


async def test_an_embedder_of_another_model_is_not_believed(
    desk: Desk, reembedding: Reembedding, photos: Photos
) -> None:
    entry = await desk.active(person(1))
    await started(desk)
    photos.embeds = Model("third", "ef" * 32)

    with pytest.raises(OtherModel):
        await reembedding.round(asyncio.Event())
    assert await templates(desk, entry.id) == [MODEL.sha256]


async def test_an_entry_whose_key_is_away_keeps_nobody_waiting(desk: Desk, reembedding: Reembedding) -> None:
    locked, other = await desk.active(person(1)), await desk.active(person(2))
    key = desk.keyring.keys.pop(locked.id)
    await started(desk)

    assert await reembedding.round(asyncio.Event()) == 1
    desk.keyring.keys[locked.id] = key
    assert await reembedding.round(asyncio.Event()) == 1

    assert [await templates(desk, each.id) for each in (locked, other)] == [[MODEL.sha256, SECOND.sha256]] * 2


async def test_two_replicas_do_not_embed_at_once(desk: Desk, reembedding: Reembedding, photos: Photos) -> None:
    await desk.active(person(1))
    await started(desk)

    async with reembedding.store.exclusively() as is_mine:
        assert is_mine
        assert await reembedding.round(asyncio.Event()) == 0
    assert photos.asked == []


async def test_two_recognisers_at_once_and_no_third(desk: Desk) -> None:
    await started(desk)

    await refused(models(desk, "start_roll", **WHY), 409, "side by side already")


async def test_a_site_switches_when_two_people_say_so(desk: Desk, database: servers.Database) -> None:
    await started(desk)
    await measured(desk)

    asked = await models(desk, "ask_switch", site="h1", model_sha256=SECOND.sha256, threshold=0.45, strong=0.6, **WHY)
    assert asked.waits is not None
    await refused(models(desk, "approve_switch", number=asked.waits.number), 409, "who asked for a switch")
    waiting = await told(database)
    await models(desk, "approve_switch", number=asked.waits.number, by=ANA)

    after = await told(database)
    assert waiting.sites == ()
    assert after.sites == (SiteModel("h1", SECOND.sha256, 0.45, 0.6),)
    assert after.model_sha256 == MODEL.sha256
    assert SECOND.sha256 in {each.sha256 for each in after.measured}


async def test_a_site_rolls_back_to_the_thresholds_own(desk: Desk, database: servers.Database) -> None:
    await started(desk)
    await measured(desk)
    await switched(desk, "h1")

    await switched(desk, "h1", MODEL, None, None)

    assert (await told(database)).sites == (SiteModel("h1", MODEL.sha256),)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"threshold": None, "strong": None}, "say both cosines"),
        ({"threshold": 0.45, "strong": None}, "say both cosines"),
        ({"threshold": 0.35}, "no threshold so low"),
        ({"threshold": 0.65}, "what raises alone is not below"),
        ({"model_sha256": "ef" * 32}, "no templates of this recogniser"),
        ({"model_sha256": MODEL.sha256}, "no valid report"),
    ],
)
async def test_a_switch_that_nobody_measured_is_refused(desk: Desk, asked: Mapping[str, object], words: str) -> None:
    await started(desk)
    await measured(desk)
    usual = {"site": "h1", "model_sha256": SECOND.sha256, "threshold": 0.45, "strong": 0.6, **WHY}

    await refused(models(desk, "ask_switch", **{**usual, **asked}), 409, words)


async def test_a_report_that_is_over_lets_nobody_switch(desk: Desk) -> None:
    await started(desk)
    await measured(desk, days_ago=365)

    await refused(
        models(desk, "ask_switch", site="h1", model_sha256=SECOND.sha256, threshold=0.5, strong=0.6, **WHY),
        409,
        "no valid report",
    )


async def test_one_switch_waits_at_a_time_and_can_be_taken_back(desk: Desk) -> None:
    await started(desk)
    await measured(desk)
    asked = {"model_sha256": SECOND.sha256, "threshold": 0.45, "strong": 0.6, **WHY}
    first = await models(desk, "ask_switch", site="h1", **asked)
    assert first.waits is not None

    await refused(models(desk, "ask_switch", site="h2", **asked), 409, "another switch waits")
    await models(desk, "withdraw_switch", number=first.waits.number, by=OTTO)

    assert (await models(desk, "ask_switch", site="h2", **asked)).waits is not None
    await refused(models(desk, "approve_switch", number=first.waits.number, by=ANA), 409, "does not wait")


async def test_a_recogniser_that_decides_somewhere_is_not_let_go(desk: Desk, reembedding: Reembedding) -> None:
    await desk.active(person(1))
    await started(desk)
    await measured(desk)
    await reembedding.round(asyncio.Event())
    await switched(desk, "h1")

    await refused(models(desk, "finish_roll", **WHY), 409, "still decides somewhere")
    await switched(desk, "h1", MODEL, None, None)

    ended = (await models(desk, "finish_roll", **WHY)).roll
    assert ended is not None
    assert ended.kept_sha256 == MODEL.sha256


async def test_what_is_let_go_leaves_record_and_stream(desk: Desk, reembedding: Reembedding) -> None:
    entry, draft = await desk.active(person(1)), await desk.draft()
    await desk.photograph(draft.id, person(2))
    await started(desk)
    await reembedding.round(asyncio.Event())
    await desk.fetch("DELETE FROM watchlist.outbox")

    await models(desk, "finish_roll", **WHY)

    assert await templates(desk, entry.id) == [MODEL.sha256]
    assert await templates(desk, draft.id) == [MODEL.sha256]
    assert [row["entry_id"] for row in await desk.fetch("SELECT entry_id FROM watchlist.outbox")] == [entry.id]
    (published,) = await desk.published(entry.id)
    assert [each.model.sha256 for each in published.templates] == [MODEL.sha256]


async def test_nobody_is_left_without_a_template(desk: Desk, reembedding: Reembedding, photos: Photos) -> None:
    entry = await desk.active(person(1))
    photos.faceless.add((await desk.call("show_photo", {"entry": entry.id, "position": 0})).attachment)
    await started(desk)
    await measured(desk)
    await reembedding.round(asyncio.Event())
    await switched(desk, "")

    with pytest.raises(asyncpg.CheckViolationError, match="no template of the recogniser that stays"):
        await desk.fetch(
            "UPDATE watchlist.model_roll SET kept_sha256 = $1, ended_by_id = $2, ended_by_name = 'li.wei',"
            " ended_at = now()",
            bytes.fromhex(SECOND.sha256),
            LI.account_id,
        )


async def test_a_threshold_that_would_change_nothing_is_refused(desk: Desk) -> None:
    await started(desk)
    await measured(desk)
    await switched(desk, "")

    await refused(desk.call("ask_threshold", body={"threshold": 0.6, "reason": "too many"}), 409, "cosines of its own")


async def test_each_recogniser_has_the_floor_of_its_own_report(desk: Desk, database: servers.Database) -> None:
    await started(desk)
    await measured(desk, MODEL, floor=0.45)
    await measured(desk, SECOND, floor=0.8)

    async with Database.open(database.importer, password=None) as opened:
        assert (await ThresholdStore(opened).view()).floor == 0.45


async def test_an_auditor_reads_and_changes_nothing(desk: Desk) -> None:
    assert (await models(desk, by=AUDITOR)).roll is None
    await refused(models(desk, "start_roll", by=AUDITOR, **WHY), 403, "this is not for a auditor")


async def test_every_act_is_in_the_audit(desk: Desk, reembedding: Reembedding, database: servers.Database) -> None:
    await desk.active(person(1))
    await started(desk)
    await measured(desk)
    await reembedding.round(asyncio.Event())
    await switched(desk, "h1")
    await switched(desk, "h1", MODEL, None, None)
    await models(desk, "finish_roll", **WHY)

    rows = await desk.fetch("SELECT action, actor_name FROM audit.event WHERE action LIKE 'model.%' ORDER BY sequence")
    assert [(row["action"], row["actor_name"]) for row in rows] == [
        ("model.roll_started", "li.wei"),
        ("model.switch_asked", "li.wei"),
        ("model.switch_approved", "ana.ruiz"),
        ("model.switch_asked", "li.wei"),
        ("model.switch_approved", "ana.ruiz"),
        ("model.roll_ended", "li.wei"),
    ]
    superuser = await asyncpg.connect(database.superuser)
    try:
        assert await agreement.disagreements(superuser) == []
        await superuser.execute("ALTER TABLE watchlist.model_switch DISABLE TRIGGER ALL")
        await superuser.execute("UPDATE watchlist.model_switch SET strong_similarity = 0.9 WHERE number = 1")
        assert [each.where for each in await agreement.disagreements(superuser)] == ["switch 1"]
    finally:
        await superuser.close()


async def test_counts_of_both_are_shown_side_by_side(desk: Desk, database: servers.Database) -> None:
    await started(desk)
    await measured(desk)
    await switched(desk, "h1", SECOND, 0.45, 0.5)
    place = Place(site_id("h1"), camera_id("gate"))
    by_second = [0] * BINS
    by_second[bin_of(0.2)], by_second[bin_of(0.55)] = 90, 10
    async with Database.open(database.matcher, password=None) as opened:
        store = BudgetStore(opened)
        for number, (model, counts) in enumerate(((SECOND.sha256, by_second), (MODEL.sha256, [1] * BINS)), 1):
            assert await store.record_walks(WalksCounted(UUID(int=7), number, place, 3, tuple(counts), model))

    (site,) = (await models(desk)).counted

    former, present = site.models
    assert (present.decides, present.walks, present.raises) == (True, 100, 0.5)
    assert (former.decides, former.walks) == (False, 200)
    assert {each.threshold: each.walks for each in present.above}[0.5] == 10
    # A tenth of all walks reach 0.5 by the one that decides; by the other a tenth reach 0.9.
    assert former.as_many == 0.9
