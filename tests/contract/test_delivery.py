"""Deliveries on the real record: nothing is lost wherever it is killed, nothing sent twice, and time is the test's."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.chassis.delivery_keys import receipt_digest
from services.delivery.delivery_store import Due
from services.delivery.messages import Message
from services.delivery.outcome import Gone, Refused, Result, Taken, Unsure
from tests import servers
from tests.contract import acts, clock, deliveries
from tests.contract.deliveries import KEYS, LEASE, Ward, Way

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def ward(database: servers.Database) -> AsyncIterator[Ward]:
    async with deliveries.ward(database) as made:
        yield made


async def test_an_alert_climbs_the_ladder_until_somebody_answers(ward: Ward) -> None:
    li = await ward.person("li")
    ana = await ward.person("ana")
    boss = await ward.person("boss", "supervisor")
    incident = await ward.raise_alert()
    rung: list[list[str]] = []
    for _ in range(3):
        rung.append([due.phone.endpoint.rpartition("/")[2] for due in await ward.work() if due.phone is not None])
        await ward.wait(30)
    assert await ward.alerts.fetchval("select alerts.respond($1, $2)", incident, acts.token(ana))
    cleared = await ward.work()

    assert rung == [["li"], ["ana"], ["boss"]]
    assert {due.kind for due in cleared} == {"answered"}
    assert len([due for due in cleared if due.phone is not None]) == 3
    rows = {row["account_id"]: row for row in await ward.rows() if row["kind"] == "raised"}
    assert rows[ana.id]["answered_at"] == ward.now
    assert rows[li.id]["answered_at"] is rows[boss.id]["answered_at"] is None
    await ward.wait(3600)
    assert await ward.work() == []


async def test_other_systems_are_told_once_of_each_turn(ward: Ward) -> None:
    li = await ward.person("li")
    incident = await ward.raise_alert()
    await ward.work()
    await acts.review(ward.alerts, incident, li, "same")
    await ward.work()
    ana = await ward.person("ana")
    await acts.review(ward.alerts, incident, ana, "same", "confirmed")
    for _ in range(3):
        await ward.work()

    told = sorted(ward.ways["nats"].taken, key=lambda each: each.due_at)
    assert [each.kind for each in told] == ["raised", "answered", "closed"]
    assert not [each for each in ward.ways["nats"].taken if each.place]


class Dies(Way):
    """A process that is killed once the other side has the message, before anything is noted."""

    async def send(self, message: Message, *_where: object) -> Result:
        self.taken.append(message)
        raise asyncio.CancelledError


async def test_killed_between_sending_and_noting_it_goes_again_as_the_same(database: servers.Database) -> None:
    async with deliveries.ward(database, ways={"push": Dies()}) as ward:
        await ward.person("li")
        await ward.raise_alert()
        await ward.ladder.look_at_all()
        (push,) = [due for due in await ward.deliveries.take(10) if due.phone is not None]
        with pytest.raises(asyncio.CancelledError):
            await ward.sender.send(push)
        assert await ward.deliveries.take(10) == []
        await ward.wait(LEASE.total_seconds() + 1)
        again = [due for due in await ward.deliveries.take(10) if due.phone is not None]
        with pytest.raises(asyncio.CancelledError):
            await ward.sender.send(again[0])

        first, second = ward.ways["push"].taken
    assert (first.delivery, first.tag) == (second.delivery, second.tag)
    assert again[0].attempt == 2


async def test_killed_in_the_middle_of_planning_nothing_is_lost(ward: Ward) -> None:
    await ward.person("li")
    incident = await ward.raise_alert()
    store = ward.ladder.store
    await store.take_changes()

    async def killed() -> None:
        async with store.look() as look:
            assert look is not None
            assert look.incident == incident
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await killed()

    assert [due.phone is not None for due in await ward.work() if due.path == "push"] == [True]


async def test_two_replicas_never_both_take_a_delivery(ward: Ward) -> None:
    for name in ("li", "ana", "eva", "tom"):
        await ward.person(name, on_duty=False)
    for _ in range(5):
        await ward.raise_alert()
    await ward.ladder.look_at_all()

    async def replica() -> list[Due]:
        taken: list[Due] = []
        while found := await ward.deliveries.take(2):
            taken += found
        return taken

    both = await asyncio.gather(*(replica() for _ in range(4)))
    ids = [due.id for taken in both for due in taken]

    assert len(ids) == len(set(ids)) == 5 * (4 + 1)


async def test_an_alert_that_changed_twice_is_looked_at_once(ward: Ward) -> None:
    li = await ward.person("li")
    await clock.set_clock(ward.database.owner, timedelta())  # one that goes on by itself
    incident = await ward.raise_alert()
    await acts.review(ward.alerts, incident, li, "same")
    await ward.ladder.look_at_all()

    assert await ward.owner.fetchval("select count(*) from delivery.outbox") == 0
    assert [row["kind"] for row in await ward.rows("nats")] == ["raised", "answered"]


async def test_two_replicas_plan_an_alert_once(ward: Ward) -> None:
    await ward.person("li")
    for _ in range(4):
        await ward.raise_alert()

    await asyncio.gather(*(ward.ladder.look_at_all() for _ in range(4)))

    assert len(await ward.rows()) == 4


async def test_a_phone_that_is_gone_is_forgotten_and_the_next_one_rung(ward: Ward) -> None:
    await ward.person("li")
    await ward.person("ana")
    ward.ways["push"].answer = Gone()
    await ward.raise_alert()
    await ward.work()
    ward.ways["push"].answer = Taken()
    await ward.work()

    assert sorted(row["state"] for row in await ward.rows()) == ["failed", "sent"]
    assert await ward.owner.fetchval("select count(*) from delivery.subscription") == 1


async def failing(ward: Ward) -> list[tuple[str, str, str | None]]:
    rows = await ward.alerts.fetch("select path, name, site from delivery.failing order by path, name")
    return [(row["path"], row["name"], row["site"]) for row in rows]


async def test_a_push_service_without_an_answer_fails_until_it_takes_a_message(ward: Ward) -> None:
    await ward.person("li")
    ward.ways["push"].answer = Unsure("unreachable")
    await ward.raise_alert()
    await ward.work()
    assert await failing(ward) == [("push", "push.lan", None)]
    assert await ward.alerts.fetchval("select push_failing_since from delivery.health") is None

    await ward.wait(1)
    ward.ways["push"].answer = Taken()
    await ward.work()

    assert await failing(ward) == []


async def test_a_channel_that_takes_no_message_fails_until_it_does_or_is_gone(ward: Ward) -> None:
    ana = await ward.person("ana", "administrator", phone=False, on_duty=False)
    for name in ("hook", "other"):
        assert await ward.arrange(ana, "channel", name, {"path": "webhook"}, f"https://{name}.lan/x")
    assert await ward.arrange(ana, "rule", "all", {"channels": ["hook", "other"]})
    ward.ways["webhook"].answer = Unsure("http_500")
    await ward.raise_alert()
    await ward.work()
    assert await failing(ward) == [("webhook", "hook", "h1"), ("webhook", "other", "h1")]

    # Somebody answers there: what was refused is over by a message alone. One that is gone fails no more.
    assert await ward.arrange(ana, "channel", "other", None)
    await ward.ways_watch(Taken()).look()
    assert await failing(ward) == [("webhook", "hook", "h1")]
    await ward.wait(6)
    ward.ways["webhook"].answer = Taken()
    await ward.work()

    assert await failing(ward) == []


async def test_whoever_does_not_answer_is_named_before_there_is_a_message(ward: Ward) -> None:
    await ward.person("li")
    ana = await ward.person("ana", "administrator", phone=False, on_duty=False)
    assert await ward.arrange(ana, "channel", "ward", {"path": "ntfy"}, "http://ntfy.lan:8080/ward")
    assert await ward.arrange(ana, "channel", "group", {"path": "chat"}, "wecom://key")
    watch = ward.ways_watch(Unsure("timeout"))

    await watch.look()

    assert watch.asked == ["http://ntfy.lan:8080/", "https://push.lan/"]
    assert await failing(ward) == [("ntfy", "ward", "h1"), ("push", "push.lan", None)]
    await ward.ways_watch(Taken()).look()
    assert await failing(ward) == []


async def test_a_push_that_fails_is_tried_again_and_shown_as_failing(ward: Ward) -> None:
    await ward.person("li")
    ward.ways["push"].answer = Unsure("http_500")
    await ward.raise_alert()
    await ward.work()
    failing = await ward.alerts.fetchval("select push_failing_since from delivery.health")
    await ward.wait(1)
    ward.ways["push"].answer = Taken()
    await ward.work()

    assert failing == ward.now - timedelta(seconds=1)
    assert await ward.alerts.fetchval("select push_failing_since from delivery.health") is None
    assert [(row["state"], row["attempts"]) for row in await ward.rows()] == [("sent", 2)]


async def test_what_a_webhook_never_takes_is_a_dead_letter_to_send_again(ward: Ward) -> None:
    ana = await ward.person("ana", "administrator", phone=False, on_duty=False)
    assert await ward.arrange(ana, "channel", "hook", {"path": "webhook"}, "https://hook.lan/x")
    assert await ward.arrange(ana, "rule", "all", {"channels": ["hook"]})
    ward.ways["webhook"].answer = Unsure("http_500")
    await ward.raise_alert()
    for _ in range(10):
        await ward.work()
        await ward.wait(50_401)
    (dead,) = await ward.rows("webhook")
    assert (dead["state"], dead["reason"], dead["attempts"]) == ("dead", "http_500", 10)
    assert await ward.alerts.fetchval("select dead_letters from delivery.health") == 1

    ward.ways["webhook"].answer = Taken()
    li = await ward.person("li")
    again = "select delivery.send_again($1, $2)"
    assert not await ward.alerts.fetchval(again, acts.token(li), dead["id"])
    assert await ward.alerts.fetchval(again, acts.token(ana), dead["id"])
    assert not await ward.alerts.fetchval(again, acts.token(ana), dead["id"])
    await ward.work()

    assert [row["state"] for row in await ward.rows("webhook")] == ["sent"]
    assert len({each.delivery for each in ward.ways["webhook"].taken}) == 1


async def test_a_channel_that_is_taken_away_is_used_no_more(ward: Ward) -> None:
    ana = await ward.person("ana", "administrator", phone=False, on_duty=False)
    await ward.arrange(ana, "channel", "lan", {"path": "ntfy"}, "http://ntfy.lan/ward")
    await ward.arrange(ana, "rule", "all", {"channels": ["lan"]})
    await ward.raise_alert()
    await ward.ladder.look_at_all()
    assert await ward.arrange(ana, "channel", "lan", None)
    await ward.work()

    assert ward.ways["ntfy"].taken == []
    assert [row["reason"] for row in await ward.rows("ntfy")] == ["gone"]
    assert await ward.owner.fetchval("select count(sealed_target) from delivery.arrangement") == 0


async def test_an_answer_while_a_push_is_under_way_clears_it_afterwards(ward: Ward) -> None:
    li = await ward.person("li")
    incident = await ward.raise_alert()
    await ward.ladder.look_at_all()
    (push,) = [due for due in await ward.deliveries.take(10) if due.phone is not None]
    assert await ward.alerts.fetchval("select alerts.respond($1, $2)", incident, acts.token(li))
    await ward.ladder.look_at_all()
    await ward.deliveries.note_taken(push)
    await ward.work()

    assert {(row["kind"], row["state"]) for row in await ward.rows()} == {("raised", "sent"), ("answered", "sent")}


async def test_a_late_note_of_a_lease_that_is_over_changes_nothing(ward: Ward) -> None:
    await ward.person("li")
    await ward.raise_alert()
    await ward.ladder.look_at_all()
    (late,) = [due for due in await ward.deliveries.take(10) if due.phone is not None]
    await ward.wait(LEASE.total_seconds() + 1)
    (now,) = [due for due in await ward.deliveries.take(10) if due.phone is not None]
    await ward.deliveries.note_failed(late, "timeout")
    await ward.deliveries.note_unsure(late, "timeout", timedelta(hours=1))

    (row,) = await ward.rows()
    assert (row["state"], row["attempts"]) == ("waiting", now.attempt)
    assert row["leased_until"] is not None


async def test_a_receipt_is_taken_from_the_phone_that_got_the_message(ward: Ward) -> None:
    li = await ward.person("li")
    await ward.raise_alert()
    await ward.work()
    (row,) = await ward.rows()
    note = "select delivery.note_receipt($1, $2, $3)"
    right = receipt_digest(KEYS.receipt(row["id"]))

    assert not await ward.alerts.fetchval(note, row["id"], receipt_digest("guess"), "shown")
    assert not await ward.alerts.fetchval(note, row["id"], right, "answered")
    assert await ward.alerts.fetchval(note, row["id"], right, "shown")
    shown_at = ward.now
    await ward.wait(5)
    for state in ("opened", "shown"):
        assert await ward.alerts.fetchval(note, row["id"], right, state)

    (row,) = await ward.rows()
    assert (row["shown_at"], row["opened_at"]) == (shown_at, ward.now)
    assert await ward.alerts.fetchval("select array_agg(account_id) from delivery.proven") == [li.id]
    assert await ward.alerts.fetchval("select proven_at from delivery.subscribed($1)", acts.token(li)) == ward.now


async def test_a_phone_goes_with_its_session(ward: Ward) -> None:
    li = await ward.person("li")
    await ward.owner.execute("select accounts.sign_out('li')")
    await ward.raise_alert()
    await ward.work()

    assert ward.ways["push"].taken == []
    assert [row["reason"] for row in await ward.rows("nobody")] == ["no_path"]
    assert not await ward.subscribe(li)


async def test_duty_is_of_the_session_in_which_it_was_said(ward: Ward) -> None:
    li = await ward.person("li")
    await ward.owner.execute("select accounts.sign_out('li')")
    again = "select count(*) from delivery.on_duty"
    assert await ward.owner.fetchval(again) == 0
    await ward.owner.execute(
        "insert into accounts.session (token_sha256, account_id, created_at, expires_at) values ($1, $2, $3, $4)",
        b"t" * 32,
        li.id,
        ward.now + timedelta(seconds=1),
        ward.now + timedelta(hours=12),
    )
    assert await ward.owner.fetchval(again) == 0


async def test_a_stop_of_matching_stops_what_rings(ward: Ward) -> None:
    await ward.person("li")
    await ward.raise_alert()
    await ward.ladder.look_at_all()
    await ward.alerts.execute("insert into alerts.control values ('c1', 'h1', true, 'boss', 'a drill', now(), now())")
    await ward.work()

    assert ward.ways["push"].taken == []
    assert [row["state"] for row in await ward.rows()] == ["cancelled"]


async def confirmed_and_corrected(ward: Ward) -> tuple[UUID, list[Message]]:
    """An alert that li heard of and two others confirmed, until one of them thought better of it."""
    await ward.person("li")
    ana, boss = await ward.person("ana"), await ward.person("boss", "supervisor")
    incident = await ward.raise_alert()
    await ward.work()
    await acts.review(ward.alerts, incident, ana, "same")
    await acts.review(ward.alerts, incident, boss, "same", "confirmed")
    await ward.work()
    await ward.wait(60)
    before = len(ward.ways["push"].taken)
    correct = "select alerts.correct_verdict($1, $2, $3, 'not_same', '')"
    assert await ward.alerts.fetchval(correct, incident, acts.token(ana), ana.id)
    return incident, ward.ways["push"].taken[before:]


async def test_a_correction_that_opens_an_alert_again_rings_anew(ward: Ward) -> None:
    incident, _ = await confirmed_and_corrected(ward)
    eva = await ward.person("eva")
    for _ in range(3):
        await ward.work()
    await ward.wait(30)
    await ward.work()
    told = {(row["kind"], row["account_id"]): row for row in await ward.rows()}
    reopened = [account for kind, account in told if kind == "reopened"]
    assert len(reopened) == 2  # li, who was told before, and eva in her turn
    await acts.review(ward.alerts, incident, eva, "not_same", "rejected")
    await ward.work()

    rows = [(row["kind"], row["state"]) for row in await ward.rows()]
    assert sorted(rows) == [
        ("closed", "sent"), ("closed", "sent"), ("closed", "sent"), ("raised", "sent"), ("reopened", "sent"),
        ("reopened", "sent"),
    ]  # fmt: skip
    answered = {row["account_id"] for row in await ward.rows() if row["kind"] == "reopened" and row["answered_at"]}
    assert answered == {eva.id}
    machines = sorted(ward.ways["nats"].taken, key=lambda each: each.due_at)
    assert [each.kind for each in machines] == ["raised", "answered", "closed", "reopened", "closed"]


async def test_killed_while_it_rings_anew_it_rings_anew_once(ward: Ward) -> None:
    await confirmed_and_corrected(ward)
    store = ward.ladder.store
    await store.take_changes()

    async def killed() -> None:
        async with store.look() as look:
            assert look is not None
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await killed()
    await ward.ladder.look_at_all()
    (push,) = [due for due in await ward.deliveries.take(10) if due.kind == "reopened" and due.phone is not None]
    await ward.wait(LEASE.total_seconds() + 1)  # and the one who took it, before it was noted
    again = await ward.work()

    assert [due.id for due in again if due.kind == "reopened" and due.phone is not None] == [push.id]
    assert [row["attempts"] for row in await ward.rows() if row["kind"] == "reopened"] == [2]


async def test_a_rejected_alert_is_withdrawn_from_phones_when_corrected(ward: Ward) -> None:
    li, ana = await ward.person("li"), await ward.person("ana")
    incident = await ward.raise_alert()
    await ward.work()
    assert await ward.alerts.fetchval("select alerts.respond($1, $2)", incident, acts.token(li))
    await ward.work()
    for who, outcome in ((li, None), (ana, "rejected")):
        await acts.review(ward.alerts, incident, who, "not_same", outcome)
    await ward.work()
    await ward.wait(5)
    correct = "select alerts.correct_verdict($1, $2, $3, 'cannot_tell', '')"
    assert await ward.alerts.fetchval(correct, incident, acts.token(ana), ana.id)
    await ward.work()

    kinds = [row["kind"] for row in await ward.rows() if row["account_id"] == li.id]
    assert sorted(kinds) == ["answered", "corrected", "raised", "withdrawn"]


async def test_a_channel_that_rests_is_used_by_tests_alone(ward: Ward) -> None:
    ana, boss = await ward.person("ana", "administrator", phone=False), await ward.person("boss", "supervisor")
    await ward.arrange(ana, "channel", "lan", {"path": "ntfy"}, "http://ntfy.lan/ward")
    await ward.arrange(ana, "rule", "all", {"channels": ["lan"]})
    await ward.raise_alert()
    await ward.wait(10)
    await ward.ladder.look_at_all()
    pause = "select delivery.pause_channel($1, 'lan', $2)"
    assert [await ward.alerts.fetchval(pause, acts.token(who), True) for who in (ana, boss)] == [True, False]
    await ward.work()
    await ward.raise_alert()
    await ward.wait(10)
    await ward.work()
    assert await ward.alerts.fetchval("select delivery.test_channel($1, 'lan', gen_random_uuid())", acts.token(ana))
    await ward.work()
    assert [each.kind for each in ward.ways["ntfy"].taken] == ["test"]

    assert await ward.alerts.fetchval(pause, acts.token(ana), False)
    await ward.raise_alert()
    await ward.wait(10)
    await ward.work()
    assert [each.kind for each in ward.ways["ntfy"].taken] == ["test", "raised"]
    told = "select details from audit.event where action = 'delivery.arranged' order by sequence"
    changes = [json.loads(row["details"]) for row in await ward.owner.fetch(told)]
    assert [each["paused"] for each in changes if each["kind"] == "channel"] == [False, True, False]


async def test_a_site_s_alerts_are_told_to_people_of_that_site(ward: Ward) -> None:
    await ward.person("li")
    await ward.person("far")
    await ward.owner.execute("update accounts.account set sites = '{h2}' where name = 'far'")
    await ward.raise_alert()
    for _ in range(6):
        await ward.work()
        await ward.wait(30)

    assert len(ward.ways["push"].taken) == 1


async def test_the_place_is_told_where_the_site_says_so(ward: Ward) -> None:
    ana = await ward.person("ana", "administrator")
    await ward.raise_alert()
    await ward.work()
    await ward.arrange(ana, "site", "h1", {"shows_place": True})
    await ward.raise_alert()
    await ward.work()

    assert [each.place for each in ward.ways["push"].taken] == ["", "gate"]


async def test_who_arranges_what_is_said_by_role_and_in_the_audit(ward: Ward) -> None:
    ana, boss, li = (
        await ward.person("ana", "administrator"), await ward.person("boss", "supervisor"), await ward.person("li"),
    )  # fmt: skip
    channel = ("channel", "lan", {"path": "ntfy"}, "http://ntfy.lan/secret-topic")

    assert [await ward.arrange(who, *channel) for who in (ana, boss, li)] == [True, False, False]
    assert [await ward.arrange(who, "rule", "night", {}) for who in (ana, boss, li)] == [True, True, False]
    told = await ward.owner.fetch("select * from audit.event where action like 'delivery.%' order by sequence")
    assert [(row["actor_name"], row["action"]) for row in told] == [
        ("ana", "delivery.arranged"), ("ana", "delivery.arranged"), ("boss", "delivery.arranged"),
    ]  # fmt: skip
    assert "secret-topic" not in "".join(str(row["details"]) for row in told)


DELIVERY_IS_REFUSED = {
    "who was seen": "select entry_id from alerts.incident",
    "a picture": "select picture from alerts.sighting",
    "an entry": "select from watchlist.entry",
    "names of people": "select name from accounts.account",
    "a session": "select from accounts.session",
    "an answer": "select alerts.respond(gen_random_uuid(), 't')",
    "a subscription": "select from delivery.subscription",
    "another phone": "update delivery.subscription set endpoint = 'https://elsewhere'",
    "a rule": "update delivery.arrangement set document = '{}'",
    "a receipt of its own": "update delivery.delivery set shown_at = now()",
    "a delivery deleted": "delete from delivery.delivery",
    "duty": "delete from delivery.duty",
    "the audit": "select from audit.event",
}


async def test_the_service_that_speaks_to_the_outside_is_refused_every_threat(database: servers.Database) -> None:
    role = await asyncpg.connect(database.delivery)
    done = []
    for threat, statement in DELIVERY_IS_REFUSED.items():
        try:
            await role.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        done.append(threat)
    await role.close()

    assert done == []


async def test_what_is_refused_for_good_is_not_sent_again(ward: Ward) -> None:
    await ward.person("li")
    ward.ways["push"].answer = Refused("http_403")
    await ward.raise_alert()
    for _ in range(3):
        await ward.work()
        await ward.wait(1)

    assert len(ward.ways["push"].taken) == 1
    assert [row["reason"] for row in await ward.rows()] == ["http_403"]
