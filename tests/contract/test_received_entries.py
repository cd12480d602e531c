"""Entries of another hospital's list: who may write them down, how they follow it, and what may be done here."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import ListSilence, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.federation_views import ListAnswer, Subscriptions, SubscriptionView
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply, PhotoFace
from proto.wardwatch.v1.subjects import EntryId, federation
from proto.wardwatch.v1.values import Aligned, EntryState, Model
from services.watchlist.federation.alike import ReceivedLookAlikes
from services.watchlist.federation.batches import Batches
from services.watchlist.federation.received_store import Beginning, ReceivedStore
from services.watchlist.federation.receiving import Receiving
from services.watchlist.record.database import Database
from services.watchlist.rules.listed_elsewhere import Verdict
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, MODEL, OTTO, Desk, opened, person, refused
from tests.publishers import LIST, QUALITY, Person, Publisher, changed, local_id, with_suspended

WHY = {"reason": "because of it"}
OTHER_MODEL = Model("adaface", "cd" * 32)


class NoPhotos:
    """Nobody is asked: the publisher's templates are of the list's model."""

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        raise AssertionError(jpeg)

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        raise AssertionError(aligned)


@dataclass
class OnePhoto:
    """Detector and embedder that know one face: this picture is of person 7."""

    picture: bytes
    asked: int = 0

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        self.asked += 1
        if jpeg != self.picture:
            return PhotoDetectReply((), 160, 160)
        return PhotoDetectReply((PhotoFace(QUALITY, np.zeros((112, 112, 3), np.uint8), jpeg),), 160, 160)

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        return PhotoEmbedReply(MODEL, (person(7),))


@dataclass
class Door:
    """A hospital that has joined the list, and its publisher."""

    desk: Desk
    receiving: Receiving
    publisher: Publisher

    async def receives(self, of: Person, *, statement: bytes | None = None) -> ReceiveOutcome:
        """Hand a statement over; returns the outcome."""
        return (await self.receiving.receive(self.publisher.request(of, statement=statement))).outcome

    async def standing(self, of: Person) -> str | None:
        """The state of the entry here; None: nothing of it is kept."""
        rows = await self.desk.fetch(
            "SELECT e.state FROM watchlist.entry AS e WHERE e.id = $1", local_id(self.publisher, of)
        )
        return rows[0]["state"] if rows else None

    async def matching(self) -> set[UUID]:
        """Who would be looked for now."""
        return {UUID(e.entry_id) for e in await self.desk.published() if e.templates}

    async def subscription(self) -> SubscriptionView:
        answer = await self.desk.call("list_subscriptions")
        (view,) = Subscriptions.model_validate_json(answer.body).subscriptions
        return view


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


@pytest.fixture
async def door(desk: Desk) -> Door:
    publisher = Publisher()
    await join(desk, publisher.invitation())
    return Door(desk, desk.receiving(NoPhotos()), publisher)


def asked(invitation: bytes, *, typed: str | None = None) -> dict[str, object]:
    fingerprint = statements.fingerprint(invitation)[-19:] if typed is None else typed
    return {"invitation": b64encode(invitation).decode(), "fingerprint": fingerprint, "sites": ["h1", "h2"]}


async def join(desk: Desk, invitation: bytes) -> None:
    body = asked(invitation)
    await desk.call("join_list", by=LI, body=body)
    await desk.call("approve_joining", {"list": LIST}, by=ANA, body={"fingerprint": body["fingerprint"]})


# -- joining --


async def test_a_list_is_joined_by_two_who_compared_the_invitation(desk: Desk) -> None:
    invitation = Publisher().invitation()
    body = asked(invitation)

    waits = SubscriptionView.model_validate_json((await desk.call("join_list", by=LI, body=body)).body)
    typed = {"fingerprint": body["fingerprint"]}
    await refused(desk.call("approve_joining", {"list": LIST}, by=LI, body=typed), 409, "ask another")
    wrong = {"fingerprint": "AAAA-AAAA-AAAA-AAAA"}
    await refused(desk.call("approve_joining", {"list": LIST}, by=ANA, body=wrong), 422, "sixteen")
    await refused(desk.call("show_answer", {"list": LIST}), 409, "approve first")
    answer = await desk.call("approve_joining", {"list": LIST}, by=ANA, body=typed)
    joined = SubscriptionView.model_validate_json(answer.body)

    assert (waits.joined_by, joined.asked_by, joined.joined_by) == (None, "li.wei", "ana.ruiz")
    assert (joined.title, joined.hospital, joined.sites, joined.silent_days) == ("City list", "h07", ("h1", "h2"), 30)
    await refused(desk.call("show_answer", {"list": LIST}), 409, "not signed yet")
    await refused(desk.call("join_list", by=OTTO, body=asked(Publisher().invitation())), 409, "joined already")
    actions = await desk.fetch("SELECT actor_name, action FROM audit.event WHERE action ~ '^subscription' ORDER BY 1")
    assert [tuple(row) for row in actions] == [("ana.ruiz", "subscription.joined"), ("li.wei", "subscription.asked")]


async def test_the_answer_is_shown_once_it_is_signed(door: Door) -> None:
    await door.desk.fetch("UPDATE federation.subscription SET answer = 'signed'")

    answer = ListAnswer.model_validate_json((await door.desk.call("show_answer", {"list": LIST}, by=AUDITOR)).body)

    assert answer.answer == b64encode(b"signed").decode()
    assert answer.fingerprint == statements.fingerprint(b"signed")


async def test_an_invitation_must_be_compared_whole_and_in_time(desk: Desk) -> None:
    publisher = Publisher()
    good, over = publisher.invitation(), publisher.invitation(expires_at=datetime.now(UTC) - timedelta(minutes=1))
    forged = good[:-1] + bytes([good[-1] ^ 1])

    await refused(desk.call("join_list", body=asked(good, typed="AAAA-BBBB")), 422, "sixteen characters")
    await refused(desk.call("join_list", body=asked(over)), 422, "invitation is over")
    await refused(desk.call("join_list", body=asked(forged)), 422, "as its publisher signed it")
    await refused(desk.call("join_list", by=GUARD, body=asked(good)), 403, "not for a guard")
    assert await desk.fetch("TABLE federation.subscription") == []


async def test_no_program_joins_a_list_in_one_name(desk: Desk, database: servers.Database) -> None:
    await desk.call("join_list", by=LI, body=asked(Publisher().invitation()))
    importer = await asyncpg.connect(database.importer)
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await importer.execute(
                "UPDATE federation.subscription SET joined_by_id = asked_by_id, joined_by_name = 'x', joined_at = now()"
            )
        for swapped in ("publisher = sha256('x')", "sites = '{h9}'", f"asked_by_id = '{OTTO.account_id}'"):
            with pytest.raises(asyncpg.CheckViolationError):
                await importer.execute(
                    f"UPDATE federation.subscription SET joined_by_id = '{ANA.account_id}', joined_by_name = 'x',"  # noqa: S608
                    f" joined_at = now(), {swapped}"
                )
    finally:
        await importer.close()


# -- receiving --


async def test_a_received_entry_matches_in_the_names_of_the_two(door: Door) -> None:
    of = door.publisher.lists(person(1), person(11, like=1, cosine=0.9), model=MODEL)

    assert await door.receives(of) is ReceiveOutcome.WRITTEN
    view = await door.desk.entry("show_entry", local_id(door.publisher, of), by=OTTO)

    assert (view.state, view.author, view.put_forward_by, view.approver) == ("active", "li.wei", "li.wei", "ana.ruiz")
    assert (view.label, view.note, view.sites) == ("Visitor", "limps", ["h1", "h2"])
    assert view.origin is not None
    assert (view.origin.list, view.origin.title) == (LIST, "City list")
    assert len(view.photo_list) == 2
    assert await door.matching() == {view.id}
    picture = await door.desk.call("show_photo", {"entry": view.id, "position": 1})
    assert picture.attachment == of.pictures[1]


async def test_the_same_statement_again_changes_nothing(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    said = door.publisher.says(of)

    outcomes = [await door.receives(of, statement=said) for _ in range(3)]

    assert outcomes == [ReceiveOutcome.WRITTEN] * 3
    view = await door.desk.entry("show_entry", local_id(door.publisher, of))
    assert view.revision == 3


async def test_nothing_is_believed_that_its_publisher_did_not_sign(door: Door) -> None:
    of, other = door.publisher.lists(person(1), model=MODEL), door.publisher.lists(person(2), model=MODEL)
    impostor = Publisher(Ed25519PrivateKey.generate(), number=50)
    said, elsewhere = door.publisher.says(of), door.publisher.says(other, list_="else")
    altered = said[:20] + bytes([said[20] ^ 1]) + said[21:]

    for statement in (impostor.says(of), altered, said[:-64], b"", b"x" * 70, elsewhere):
        assert await door.receives(of, statement=statement) is ReceiveOutcome.REFUSED
    unknown = replace(door.publisher.request(of), list_="else")
    assert (await door.receiving.receive(unknown)).outcome is ReceiveOutcome.REFUSED

    assert await door.desk.fetch("TABLE watchlist.entry") == []
    assert await door.desk.fetch("TABLE federation.received") == []


async def test_many_who_begin_at_once_are_written_together(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    together: list[int] = []
    begin = ReceivedStore.begin

    async def counted(store: ReceivedStore, beginnings: Sequence[Beginning]) -> list[Verdict]:
        together.append(len(beginnings))
        return await begin(store, beginnings)

    monkeypatch.setattr(ReceivedStore, "begin", counted)
    people = [door.publisher.lists(person(i), model=MODEL) for i in range(1, 13)]
    two = door.publisher.lists(person(20), person(21, like=20, cosine=0.9), model=MODEL)
    stopped = replace(two.person.photos[1], suspended=True)
    people.append(replace(two, person=replace(two.person, photos=(two.person.photos[0], stopped))))

    outcomes = await asyncio.gather(*(door.receives(of) for of in people))

    assert set(outcomes) == {ReceiveOutcome.WRITTEN}
    assert sum(together) == 13
    assert max(together) > 1
    assert await door.matching() == {local_id(door.publisher, of) for of in people}
    view = await door.desk.entry("show_entry", local_id(door.publisher, two))
    assert [photo.suspended_at is not None for photo in view.photo_list] == [False, True]
    assert (view.state, view.revision, view.approver) == ("active", 3, "ana.ruiz")


async def test_one_who_is_refused_keeps_back_nobody_who_begins_with_him(door: Door) -> None:
    people = [door.publisher.lists(person(i), model=MODEL) for i in range(1, 9)]
    refused_one = door.publisher.lists(person(30), person(31), model=MODEL)

    outcomes = await asyncio.gather(*(door.receives(of) for of in [*people[:4], refused_one, *people[4:]]))

    assert outcomes == [*[ReceiveOutcome.WRITTEN] * 4, ReceiveOutcome.REFUSED, *[ReceiveOutcome.WRITTEN] * 4]
    assert await door.matching() == {local_id(door.publisher, of) for of in people}
    assert await door.standing(refused_one) is None


async def test_an_older_statement_changes_nothing(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    first = door.publisher.says(of)
    suspended = changed(of, EntryState.SUSPENDED)

    assert await door.receives(of, statement=first) is ReceiveOutcome.WRITTEN
    assert await door.receives(suspended) is ReceiveOutcome.WRITTEN
    assert await door.receives(of, statement=first) is ReceiveOutcome.OLDER
    another = door.publisher.says(replace(of, revision=9), number=door.publisher.number)
    assert await door.receives(of, statement=another) is ReceiveOutcome.REFUSED

    assert await door.standing(of) == "suspended"
    assert await door.matching() == set()


async def test_nothing_is_kept_of_who_is_not_looked_for(door: Door) -> None:
    before = [door.publisher.lists(person(i), model=MODEL) for i in range(1, 6)]
    earlier = [door.publisher.says(of) for of in before]
    states = (EntryState.SUSPENDED, EntryState.EXPIRED, EntryState.REVOKED, EntryState.ERASED)
    now = [changed(of, state) for of, state in zip(before, states, strict=False)]
    now.append(replace(before[4], hospitals=frozenset({"h08"}), revision=2))

    assert {await door.receives(of) for of in now} == {ReceiveOutcome.WRITTEN}
    again = {await door.receives(of, statement=said) for of, said in zip(before, earlier, strict=True)}

    assert again == {ReceiveOutcome.OLDER}
    assert await door.desk.fetch("TABLE watchlist.entry") == []
    assert await door.desk.fetch("TABLE watchlist.photo") == []
    known = await door.desk.fetch("SELECT number FROM federation.received WHERE local_id IS NULL ORDER BY number")
    assert [row["number"] for row in known] == [6, 7, 8, 9, 10]


async def test_one_who_was_suspended_there_matches_once_resumed(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)

    await door.receives(changed(of, EntryState.SUSPENDED))
    assert await door.receives(replace(of, revision=3)) is ReceiveOutcome.WRITTEN

    assert await door.matching() == {local_id(door.publisher, of)}


async def test_an_entry_waits_for_its_key_and_for_every_face(door: Door) -> None:
    of = door.publisher.lists(person(1), person(11, like=1, cosine=0.9), model=MODEL)
    said = door.publisher.says(of)
    whole = door.publisher.request(of, statement=said)
    stranger = door.publisher.lists(person(3), model=MODEL)
    swapped = tuple(
        replace(face, photo_id=of.person.photos[i].photo_id, entry_id=face.entry_id)
        for i, face in enumerate(reversed(whole.faces))
    )

    for incomplete in (
        replace(whole, travel_key=b""),
        replace(whole, travel_key=stranger.travel_key),
        replace(whole, faces=()),
        replace(whole, faces=whole.faces[:1]),
        replace(whole, faces=swapped),
        replace(whole, faces=door.publisher.faces(stranger)),
    ):
        assert (await door.receiving.receive(incomplete)).outcome is ReceiveOutcome.LOCKED
        assert await door.desk.fetch("TABLE watchlist.entry") == []
    assert (await door.receiving.receive(whole)).outcome is ReceiveOutcome.WRITTEN


async def test_what_takes_away_needs_neither_key_nor_faces(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)

    bare = ReceiveRequest(LIST, door.publisher.says(changed(of, EntryState.SUSPENDED)))

    assert (await door.receiving.receive(bare)).outcome is ReceiveOutcome.WRITTEN
    assert await door.standing(of) == "suspended"


async def test_a_face_of_another_model_is_embedded_here(desk: Desk) -> None:
    publisher = Publisher()
    await join(desk, publisher.invitation())
    of = publisher.lists(person(1), person(2), model=OTHER_MODEL)
    photos = OnePhoto(of.pictures[0])
    door = Door(desk, desk.receiving(photos), publisher)

    assert await door.receives(of) is ReceiveOutcome.WRITTEN

    view = await desk.entry("show_entry", local_id(publisher, of))
    assert (view.state, len(view.photo_list), photos.asked) == ("active", 1, 2)
    (entry,) = await desk.published()
    assert entry.templates[0].model == MODEL
    vector = entry.templates[0].vector
    assert vector is not None
    assert abs(float(vector @ person(7)) - 1) < 1e-5


async def test_one_whose_faces_our_model_cannot_use_is_refused(desk: Desk) -> None:
    publisher = Publisher()
    await join(desk, publisher.invitation())
    of = publisher.lists(person(1), model=OTHER_MODEL)

    assert await Door(desk, desk.receiving(OnePhoto(b"other")), publisher).receives(of) is ReceiveOutcome.REFUSED
    assert await desk.fetch("TABLE watchlist.entry") == []


async def test_photos_of_two_people_are_refused_whoever_signed_them(door: Door) -> None:
    of = door.publisher.lists(person(1), person(2), model=MODEL)

    assert await door.receives(of) is ReceiveOutcome.REFUSED
    assert await door.desk.fetch("TABLE watchlist.entry") == []
    assert await door.desk.fetch("TABLE federation.received") == []


async def test_an_entry_stands_no_longer_than_its_ground_allows_here(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    long = replace(of, person=replace(of.person, category="ban"), expires_at=datetime.now(UTC) + timedelta(days=1000))
    strange = replace(of, person=replace(of.person, category="unknown_ground"))

    assert await door.receives(long) is ReceiveOutcome.REFUSED
    assert await door.receives(strange) is ReceiveOutcome.REFUSED
    assert await door.standing(of) is None


async def test_an_entry_stops_as_its_publisher_says(door: Door) -> None:
    states = (EntryState.REVOKED, EntryState.EXPIRED, EntryState.SUSPENDED)
    people = [door.publisher.lists(person(i), model=MODEL) for i in range(3)]
    for of, state in zip(people, states, strict=True):
        await door.receives(of)
        assert await door.receives(changed(of, state)) is ReceiveOutcome.WRITTEN

    assert [await door.standing(of) for of in people] == ["revoked", "expired", "suspended"]
    assert await door.matching() == set()


async def test_one_who_is_erased_there_is_erased_here_for_good(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    entry_id = local_id(door.publisher, of)

    assert await door.receives(changed(of, EntryState.ERASED)) is ReceiveOutcome.WRITTEN
    assert await door.receives(replace(of, revision=9)) is ReceiveOutcome.REFUSED

    assert await door.standing(of) == "erased"
    assert door.desk.keyring.destroyed == {entry_id}
    (erasure,) = await door.desk.fetch("SELECT * FROM federation.received_erasure")
    assert (erasure["local_id"], erasure["owed"], erasure["signed"], erasure["number"]) == (entry_id, 0, 0, 2)
    (row,) = await door.desk.fetch("SELECT erased_by_name FROM watchlist.erasure")
    assert row["erased_by_name"] == "wardwatch"


async def test_one_who_is_not_meant_for_us_any_more_is_erased(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)

    assert await door.receives(replace(of, hospitals=frozenset({"h08"}), revision=2)) is ReceiveOutcome.WRITTEN
    assert await door.receives(replace(of, revision=3)) is ReceiveOutcome.REFUSED

    assert await door.standing(of) == "erased"


async def test_a_renewal_there_is_one_here_asked_for_and_approved(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    later = of.expires_at + timedelta(days=200)

    assert await door.receives(replace(of, expires_at=later, revision=2)) is ReceiveOutcome.WRITTEN

    view = await door.desk.entry("show_entry", local_id(door.publisher, of))
    assert (view.state, view.expires_at, view.renewal) == ("active", later, None)
    renewals = await door.desk.fetch("SELECT actor_name FROM audit.event WHERE action ~ 'renew' ORDER BY sequence")
    assert [row["actor_name"] for row in renewals] == ["li.wei", "ana.ruiz"]


async def test_photos_are_suspended_and_released_as_there_but_ours_stay(door: Door) -> None:
    of = door.publisher.lists(*(person(11 + i, like=1, cosine=0.95) for i in range(3)), model=MODEL)
    await door.receives(of)
    entry_id = local_id(door.publisher, of)
    await door.desk.fetch(
        "UPDATE watchlist.photo SET suspended_at = now(), suspended_reason = 'two alerts' WHERE position = 2"
    )

    await door.receives(with_suspended(of, 0, 2))
    view = await door.desk.entry("show_entry", entry_id)
    assert [p.suspended_at is not None for p in view.photo_list] == [True, False, True]
    release = door.desk.entry("release_photo", entry_id, {"position": 0}, by=ANA, body=WHY)
    await refused(release, 409, "another hospital's list")

    await door.receives(replace(with_suspended(of), revision=3))
    view = await door.desk.entry("show_entry", entry_id)
    assert [p.suspended_at is not None for p in view.photo_list] == [False, False, True]
    view = await door.desk.entry("release_photo", entry_id, {"position": 2}, by=ANA, body=WHY)
    assert [p.suspended_at is not None for p in view.photo_list] == [False, False, False]


async def test_a_publisher_whose_record_was_put_back_lets_nobody_begin(door: Door) -> None:
    of = replace(door.publisher.lists(person(1), model=MODEL), revision=5)
    await door.receives(of)
    await door.receives(replace(changed(of, EntryState.SUSPENDED)))

    assert await door.receives(replace(of, revision=3)) is ReceiveOutcome.REFUSED
    assert await door.standing(of) == "suspended"
    assert await door.receives(replace(changed(of, EntryState.REVOKED), revision=3)) is ReceiveOutcome.WRITTEN
    assert await door.standing(of) == "revoked"


# -- what may be done here --


async def test_nobody_here_changes_a_received_entry_but_to_stop_it(door: Door) -> None:
    of, local = door.publisher.lists(person(1), model=MODEL), await door.desk.active(person(2))
    await door.receives(of)
    entry = local_id(door.publisher, of)
    at = {"entry": entry, "position": 0, "name": "a.jpg", "source": "x", "sha256": "ab" * 32}
    tried: list[tuple[str, Mapping[str, object], Mapping[str, object] | None]] = [
        ("add_photo", at, None),
        ("remove_photo", at, WHY),
        ("accept_warnings", at, {"codes": ["turned"], **WHY}),
        ("submit_entry", {"entry": entry}, None),
        ("discard_entry", {"entry": entry}, None),
        ("approve_entry", {"entry": entry}, {"revision": 3}),
        ("renew_entry", {"entry": entry}, {"last_day": "2027-01-01", **WHY}),
        ("revoke_entry", {"entry": entry}, WHY),
        ("erase_entry", {"entry": entry}, WHY),
        ("decide_likeness", {"entry": entry, "other": local.id}, {"decision": "same_person", **WHY}),
        ("decide_likeness", {"entry": local.id, "other": entry}, {"decision": "same_person", **WHY}),
        ("take_photos", {"entry": local.id, "other": entry}, None),
    ]

    for operation, target, body in tried:
        call = door.desk.call(operation, target, by=OTTO, body=body, attachment=b"x" if operation[:3] == "add" else b"")
        await refused(call, 409, "another hospital's list")

    assert (await door.desk.entry("show_entry", entry)).revision == 3


async def test_a_look_alike_here_raises_what_both_need(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    await door.desk.publish()
    entry_id = local_id(door.publisher, of)
    draft = await door.desk.draft()
    await door.desk.photograph(draft.id, person(21, like=1, cosine=0.6))
    await refused(door.desk.entry("submit_entry", draft.id), 409, "resembles")

    said = {"decision": "different_people", **WHY}
    await door.desk.entry("decide_likeness", draft.id, {"other": entry_id}, body=said)
    await door.desk.entry("submit_entry", draft.id)
    await door.desk.approve(draft.id)

    (row,) = await door.desk.fetch("SELECT state, min_similarity FROM watchlist.entry WHERE id = $1", entry_id)
    assert (row["state"], row["min_similarity"] > 0.6) == ("active", True)


async def test_two_false_alerts_stop_a_received_entry_for_good(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    # What watchlist.count_false_alert does when the only photo is suspended.
    await door.desk.fetch(
        "UPDATE watchlist.entry SET state = 'suspended', revision = revision + 1, reason = 'two alerts were wrong',"
        " changed_by_id = '00000000-0000-0000-0000-000000000000', changed_by_name = 'wardwatch'"
    )

    await door.receives(replace(of, revision=2))

    assert await door.standing(of) == "suspended"
    assert (await door.subscription()).suspended_here == 1


async def test_a_local_suspension_outlasts_the_publisher_s_changes(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    entry_id = local_id(door.publisher, of)

    await door.desk.entry("suspend_entry", entry_id, by=OTTO, body=WHY)
    await door.receives(replace(of, revision=2))
    assert await door.standing(of) == "suspended"
    await door.receives(replace(of, state=EntryState.SUSPENDED, revision=3))
    await refused(door.desk.entry("resume_entry", entry_id, by=OTTO, body=WHY), 409, "another hospital's list")
    await door.receives(replace(of, revision=4, expires_at=of.expires_at + timedelta(days=100)))
    assert await door.standing(of) == "suspended"
    assert (await door.subscription()).suspended_here == 1

    view = await door.desk.entry("resume_entry", entry_id, by=OTTO, body=WHY)
    assert (view.state, view.expires_at) == ("active", of.expires_at + timedelta(days=100))
    assert (await door.subscription()).suspended_here == 0


async def test_one_suspended_by_its_publisher_is_not_resumed_here(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    await door.receives(changed(of, EntryState.SUSPENDED))

    resume = door.desk.entry("resume_entry", local_id(door.publisher, of), by=OTTO, body=WHY)

    await refused(resume, 409, "another hospital's list")
    await door.receives(replace(of, revision=3))
    assert await door.standing(of) == "active"


async def test_the_database_refuses_what_its_publisher_has_not_said(door: Door, database: servers.Database) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    own = f"'{OTTO.account_id}'"
    renewal = f"renewal_by_id = {own}, renewal_by_name = 'x', renewal_expires_at = now() + interval '9 days'"
    importer = await asyncpg.connect(database.importer)
    try:
        for change, rule in (
            ("state = 'revoked'", "entry_is_listed_elsewhere"),
            ("state = 'expired'", "entry_is_listed_elsewhere"),
            (renewal, "entry_is_listed_elsewhere"),
            ("expires_at = expires_at + interval '1 day'", "entry_expiry_is_fixed"),
        ):
            with pytest.raises(asyncpg.CheckViolationError) as raised:
                await importer.execute(
                    "UPDATE watchlist.entry SET revision = revision + 1, reason = 'because', "  # noqa: S608
                    f"changed_by_id = {own}, changed_by_name = 'x', {change}"
                )
            assert raised.value.constraint_name == rule
        await importer.execute(
            "INSERT INTO federation.list (name, title, made_by_id, made_by_name) VALUES ('own', 'x', $1, 'x')",
            LI.account_id,
        )
        with pytest.raises(asyncpg.CheckViolationError):
            await importer.execute(
                "INSERT INTO federation.share (list, entry_id, asked_by_id, asked_by_name) VALUES ('own', $1, $2, 'x')",
                local_id(door.publisher, of),
                LI.account_id,
            )
    finally:
        await importer.close()


# -- the list as a whole --


async def test_a_suspended_list_lets_nobody_match_until_it_is_resumed(door: Door) -> None:
    people = [door.publisher.lists(person(i), model=MODEL) for i in range(1, 5)]
    for of in people[:3]:
        await door.receives(of)
    stopped, renewed, late = people[0], people[1], people[3]
    await door.desk.entry("suspend_entry", local_id(door.publisher, stopped), body=WHY)

    await door.desk.call("suspend_list", {"list": LIST}, by=OTTO, body=WHY)
    assert await door.matching() == set()
    await door.receives(late)
    await door.receives(replace(renewed, revision=2, expires_at=renewed.expires_at + timedelta(days=50)))
    assert await door.matching() == set()
    view = await door.subscription()
    assert (view.suspended_by, view.entries, view.suspended_here) == ("otto.brandt", 4, 1)

    await door.desk.call("resume_list", {"list": LIST}, by=ANA, body=WHY)
    assert await door.matching() == {local_id(door.publisher, of) for of in people[1:]}
    shown = await door.desk.entry("show_entry", local_id(door.publisher, renewed))
    assert shown.expires_at == renewed.expires_at + timedelta(days=50)
    resumed = await door.desk.fetch("SELECT actor_name, reason FROM audit.event WHERE action = 'subscription.resumed'")
    assert [tuple(row) for row in resumed] == [("ana.ruiz", "because of it")]


async def test_a_silent_list_is_suspended_until_it_is_heard(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    silence = door.receiving.answers()[federation("silence")]

    for _ in range(2):
        await silence(ListSilence(LIST, silent=True).encode())
    assert await door.matching() == set()
    assert (await door.subscription()).silent_since is not None
    await door.desk.call("suspend_list", {"list": LIST}, by=OTTO, body=WHY)
    await silence(ListSilence(LIST, silent=False).encode())
    assert await door.matching() == set()
    await door.desk.call("resume_list", {"list": LIST}, by=OTTO, body=WHY)

    assert await door.matching() == {local_id(door.publisher, of)}


async def test_a_list_that_is_left_is_erased_with_everything(door: Door) -> None:
    people = [door.publisher.lists(person(i), model=MODEL) for i in (1, 2, 3)]
    for of in people[:2]:
        await door.receives(of)
    await door.receives(changed(people[2], EntryState.SUSPENDED))
    await door.desk.entry("suspend_entry", local_id(door.publisher, people[0]), body=WHY)

    answer = await door.desk.call("leave_list", {"list": LIST}, by=OTTO, body=WHY)

    view = SubscriptionView.model_validate_json(answer.body)
    assert (view.left_by, view.entries, view.unclosed) == ("otto.brandt", 0, 3)
    assert [await door.standing(of) for of in people] == ["erased", "erased", None]
    assert await door.desk.fetch("TABLE watchlist.photo") == []
    assert len(door.desk.keyring.destroyed) == 2
    assert await door.receives(replace(people[0], revision=9)) is ReceiveOutcome.REFUSED
    await refused(door.desk.call("resume_list", {"list": LIST}, body=WHY), 409, "for good")
    await refused(door.desk.call("join_list", body=asked(Publisher().invitation())), 409, "still being erased")


async def test_what_was_received_never_goes_back_whoever_writes_it(door: Door, database: servers.Database) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    importer = await asyncpg.connect(database.importer)
    try:
        for change in ("number = 0", "statement_sha256 = sha256('x')", "local_id = gen_random_uuid()"):
            with pytest.raises(asyncpg.CheckViolationError):
                await importer.execute(f"UPDATE federation.received SET {change}")  # noqa: S608
        await door.receives(changed(of, EntryState.ERASED))
        with pytest.raises(asyncpg.CheckViolationError):
            await importer.execute("UPDATE federation.received SET state = 'active', number = number + 1")
    finally:
        await importer.close()


async def test_requests_that_are_nonsense_are_refused_in_words(door: Door) -> None:
    for subject, answer in door.receiving.answers().items():
        await refused(answer(b"\xff\xff"), 400, "not a ")
        assert subject.startswith("federation.watchlist.")
    assert json.loads((await door.desk.call("list_subscriptions")).body)["subscriptions"][0]["list"] == LIST


# -- a key that is renewed --


async def announce(door: Door) -> Ed25519PrivateKey:
    """The publisher's next key, which the federation service wrote down as it was announced."""
    made = door.publisher.announce()
    await door.desk.fetch(
        "INSERT INTO federation.publisher_renewal (list, publisher, statement) VALUES ($1, $2, $3)",
        LIST,
        statements.public_bytes(made),
        door.publisher.announced,
    )
    return made


async def test_a_renewed_key_is_believed_once_two_accept_it_and_then_alone(door: Door) -> None:
    first = door.publisher.lists(person(1), model=MODEL)
    assert await door.receives(first) is ReceiveOutcome.WRITTEN
    names, former = local_id(door.publisher, first), door.publisher.key
    made = await announce(door)
    renewal = (await door.subscription()).renewal
    assert renewal is not None
    seen, at = {"fingerprint": renewal.fingerprint}, {"list": LIST}
    door.publisher.key = made
    assert await door.receives(changed(first, EntryState.SUSPENDED)) is ReceiveOutcome.REFUSED

    await door.desk.call("accept_publisher_key", at, by=LI, body=seen)
    await refused(door.desk.call("accept_publisher_key", at, by=LI, body=seen), 409, "another account")
    assert await door.receives(changed(first, EntryState.SUSPENDED)) is ReceiveOutcome.REFUSED
    await door.desk.call("accept_publisher_key", at, by=ANA, body=seen)

    # Both keys until the new one has signed something, then that alone; the entry is the same one.
    door.publisher.key = former
    assert await door.receives(changed(first, EntryState.ACTIVE)) is ReceiveOutcome.WRITTEN
    door.publisher.key = made
    first = changed(changed(first, EntryState.ACTIVE), EntryState.SUSPENDED)
    assert await door.receives(first) is ReceiveOutcome.WRITTEN
    (row,) = await door.desk.fetch("SELECT state FROM watchlist.entry WHERE id = $1", names)
    assert row["state"] == "suspended"
    door.publisher.key = former
    assert await door.receives(changed(first, EntryState.ACTIVE)) is ReceiveOutcome.REFUSED


async def test_the_database_believes_a_next_key_by_two_accounts_alone(door: Door) -> None:
    made = statements.public_bytes(await announce(door))

    for change in (
        "UPDATE federation.subscription SET publisher = $1",
        "UPDATE federation.subscription SET next_publisher = $1",
        "UPDATE federation.subscription SET named_by = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await door.desk.fetch(change, made)


# -- stops while the database is away --


@asynccontextmanager
async def without_record(door: Door) -> AsyncIterator[Mapping[str, Callable[[bytes], Awaitable[bytes]]]]:
    """What federation is answered by a process that knows which lists are joined, and whose database is away."""
    await remembered(door)
    async with Database.open("postgresql://nobody:x@127.0.0.1:1/none?sslmode=disable", password="x") as away:
        store = replace(door.receiving.store, database=away)
        subscriptions = replace(door.receiving.subscriptions, database=away)
        receiving = replace(door.receiving, store=store, batches=Batches(store), subscriptions=subscriptions)
        yield receiving.answers()


async def remembered(door: Door) -> None:
    door.receiving.stops.remember(await door.receiving.store.subscriptions())


async def on_stream(door: Door, of: Person) -> EntryPublished:
    """What matchers were told of it; told now, if nothing was."""
    entry_id = EntryId(str(local_id(door.publisher, of)))
    if entry_id not in door.desk.stream.held:
        (entry,) = await door.desk.published(UUID(entry_id))
        door.desk.stream.held[entry_id] = replace(entry, generation=1)
    return door.desk.stream.held[entry_id]


async def test_a_publisher_s_stop_does_not_wait_for_the_database(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    before = await on_stream(door, of)
    stopped, erased = changed(of, EntryState.SUSPENDED), changed(of, EntryState.ERASED)

    async with without_record(door) as answers:
        receive = answers[federation("receive")]
        stranger = Publisher().request(stopped)
        await refused(receive(stranger.encode()), 503, "database is away")
        await refused(receive(door.publisher.request(changed(of, EntryState.ACTIVE)).encode()), 503, "database is away")
        assert await on_stream(door, of) == before

        await refused(receive(door.publisher.request(stopped).encode()), 503, "database is away")
        await refused(receive(door.publisher.request(erased).encode()), 503, "database is away")

    now = await on_stream(door, of)
    assert (now.state, now.revision, now.templates) == (EntryState.SUSPENDED, before.revision + 1, ())
    assert door.desk.stream.published == 1
    # It is asked again once the record is back, and written down; nothing else was.
    assert await door.standing(of) == "active"
    assert await door.receives(stopped) is ReceiveOutcome.WRITTEN
    assert await door.standing(of) == "suspended"


async def test_who_was_stopped_and_is_sought_again_is_published_again(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)
    await on_stream(door, of)
    async with without_record(door) as answers:
        stopped = changed(of, EntryState.SUSPENDED)
        await refused(answers[federation("receive")](door.publisher.request(stopped).encode()), 503, "away")

    assert await door.receives(changed(stopped, EntryState.ACTIVE)) is ReceiveOutcome.WRITTEN

    (entry,) = await door.desk.published(local_id(door.publisher, of))
    assert entry.state is EntryState.ACTIVE
    assert entry.revision > (await on_stream(door, of)).revision


async def test_silence_stops_a_list_and_nobody_else_without_the_database(door: Door) -> None:
    of, own = door.publisher.lists(person(1), model=MODEL), await door.desk.active(person(2))
    await door.receives(of)
    await on_stream(door, of)
    door.desk.stream.held[EntryId(str(own.id))] = replace((await door.desk.published(own.id))[0], generation=1)

    async with without_record(door) as answers:
        message = ListSilence(LIST, silent=True, entries=(of.entry_id, str(own.id)))
        await refused(answers[federation("silence")](message.encode()), 503, "database is away")

    assert (await on_stream(door, of)).state is EntryState.SUSPENDED
    assert door.desk.stream.held[EntryId(str(own.id))].state is EntryState.ACTIVE


# -- taken out of scope, and joined anew --


async def test_who_is_not_meant_for_us_any_more_is_erased_and_signed_for(door: Door) -> None:
    of = door.publisher.lists(person(1), model=MODEL)
    await door.receives(of)

    assert await door.receives(replace(of, hospitals=frozenset({"h01"}))) is ReceiveOutcome.WRITTEN

    assert await door.standing(of) == "erased"
    rows = await door.desk.fetch("SELECT entry_id, closed_at FROM federation.received_erasure")
    assert [(str(row["entry_id"]), row["closed_at"]) for row in rows] == [(of.entry_id, None)]
    assert (await door.subscription()).unclosed == 1


async def test_a_list_that_was_left_is_joined_anew_under_other_names(door: Door) -> None:
    of, gone = (door.publisher.lists(person(n), model=MODEL) for n in (1, 2))
    statement = door.publisher.says(of)
    await door.receives(of, statement=statement)
    await door.receives(gone)
    former = local_id(door.publisher, of)
    await door.desk.call("leave_list", {"list": LIST}, body=WHY)
    await refused(door.desk.call("join_list", body=asked(door.publisher.invitation())), 409, "still being erased")
    await door.desk.fetch("UPDATE watchlist.erasure SET key_destroyed_at = now(), stream_purged_at = now()")

    invitation = door.publisher.invitation()
    await join(door.desk, invitation)

    view = await door.subscription()
    assert (view.left_at, view.answered, view.entries, view.unclosed) == (None, False, 0, 0)
    # The publisher has said nothing new of who stays on the list, and who is gone stays so.
    assert await door.receives(of, statement=statement) is ReceiveOutcome.WRITTEN
    assert await door.receives(changed(gone, EntryState.ERASED)) is ReceiveOutcome.WRITTEN
    named_by = statements.statement_digest(invitation)
    now = statements.local_entry_id(named_by, LIST, of.entry_id)
    rows = await door.desk.fetch("SELECT id, state FROM watchlist.entry WHERE id = ANY ($1)", [former, now])
    assert {row["id"]: row["state"] for row in rows} == {former: "erased", now: "active"}
    assert await door.matching() == {now}


# -- who looks like somebody that is listed here --


async def test_a_received_look_alike_is_shown_and_matches_all_the_same(door: Door) -> None:
    own, other = await door.desk.active(person(1)), await door.desk.active(person(2))
    of = door.publisher.lists(person(1), model=MODEL)
    stranger = door.publisher.lists(person(3), model=MODEL)
    for each in (of, stranger):
        assert await door.receives(each) is ReceiveOutcome.WRITTEN
    comparing = ReceivedLookAlikes(door.receiving.store.database, door.desk.keyring, MODEL.sha256)

    assert await comparing.round() == 2
    assert await comparing.round() == 0

    view = await door.desk.entry("show_entry", local_id(door.publisher, of))
    assert [(each.other, each.decision) for each in view.likenesses] == [(own.id, None)]
    assert (await door.desk.entry("show_entry", local_id(door.publisher, stranger))).likenesses == []
    assert await door.matching() == {own.id, other.id, local_id(door.publisher, of), local_id(door.publisher, stranger)}
    # Nobody's decision is waited for when it stops and goes on.
    stopped = changed(of, EntryState.SUSPENDED)
    assert await door.receives(stopped) is ReceiveOutcome.WRITTEN
    assert await door.receives(changed(stopped, EntryState.ACTIVE)) is ReceiveOutcome.WRITTEN
    assert await door.standing(of) == "active"
