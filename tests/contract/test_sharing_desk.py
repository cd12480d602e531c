"""Lists for other hospitals at the desk: every step by two accounts, and what takes away by one."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from proto.wardwatch.v1.federation import InvitationAnswer, KeyRenewal, ListInvitation
from proto.wardwatch.v1.federation_views import (
    HospitalView,
    InvitationView,
    ListErasure,
    PublishedLists,
    RenewalView,
    ShareView,
    SharingView,
)
from proto.wardwatch.v1.statements import (
    HOSPITAL_RENEWAL,
    answer_subject,
    fingerprint,
    invitation_subject,
    public_bytes,
    sign,
    statement_digest,
)
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, OTTO, Desk, opened, person, refused

WHY = {"reason": "as decided by the board"}
LINK_KEY = "U" + "A" * 55
PUBLISHER = Ed25519PrivateKey.generate()


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        await desk.call("publish_list", body={"list": "city", "title": "City list"})
        yield desk


class Hospital:
    """A hospital that answers an invitation."""

    def __init__(self, name: str = "h07", link_key: str = LINK_KEY) -> None:
        self.name = name
        self.signing = Ed25519PrivateKey.generate()
        self.sealing = X25519PrivateKey.generate()
        self.link_key = link_key

    @property
    def at(self) -> dict[str, object]:
        return {"list": "city", "hospital": self.name}

    def said(self, invitation: bytes) -> InvitationAnswer:
        """What it answers to *invitation*."""
        return InvitationAnswer(
            "city",
            self.name,
            statement_digest(invitation),
            "Hospital 7",
            self.link_key,
            public_bytes(self.signing),
            public_bytes(self.sealing),
        )

    def signed(self, said: InvitationAnswer) -> bytes:
        """An answer, signed by its own key."""
        return sign(self.signing, answer_subject("city", self.name), said.encode())

    def answer(self, invitation: bytes) -> bytes:
        """Its answer to *invitation*, signed."""
        return self.signed(self.said(invitation))


async def invited(desk: Desk, hospital: Hospital, **changed: object) -> bytes:
    """The invitation that two people asked for, as the federation service signs it."""
    body = {"hospital": hospital.name, "title": "Hospital 7", "addresses": ["tls://hub.example:7422"], **changed}
    await desk.call("invite_hospital", {"list": "city"}, body=body)
    await desk.call("approve_invitation", hospital.at, by=ANA)
    said = ListInvitation(
        "city", "City list", hospital.name, ("tls://hub.example:7422",), "", public_bytes(PUBLISHER),
        "ww-000000000000", datetime.now(UTC) + timedelta(days=14), 30,
    )  # fmt: skip
    signed = sign(PUBLISHER, invitation_subject("city", hospital.name), said.encode())
    await desk.fetch(
        "UPDATE federation.hospital SET invitation = $2 WHERE (list, name) = ('city', $1)", hospital.name, signed
    )
    return signed


def answered(answer: bytes) -> dict[str, object]:
    return {"answer": b64encode(answer).decode(), "read_out": fingerprint(answer)[-19:]}


async def admitted(desk: Desk, hospital: Hospital) -> HospitalView:
    answer = hospital.answer(await invited(desk, hospital))
    await desk.call("admit_hospital", hospital.at, body=answered(answer))
    body = {"fingerprint": fingerprint(answer)}
    return HospitalView.model_validate_json((await desk.call("approve_admission", hospital.at, by=ANA, body=body)).body)


async def shared(desk: Desk, entry: UUID, *hospitals: str) -> ShareView:
    at, body = {"list": "city", "entry": entry}, {"hospitals": list(hospitals)}
    await desk.call("share_entry", at, body=body)
    return ShareView.model_validate_json((await desk.call("approve_share", at, by=ANA, body=body)).body)


async def standing(desk: Desk) -> SharingView:
    return SharingView.model_validate_json((await desk.call("show_sharing", {"list": "city"}, by=AUDITOR)).body)


async def audited(desk: Desk) -> list[tuple[str, str, str]]:
    rows = await desk.fetch(
        "SELECT actor_name, action, subject FROM audit.event WHERE action LIKE 'federation.%' ORDER BY sequence"
    )
    return [(row["actor_name"], row["action"].removeprefix("federation."), row["subject"]) for row in rows]


async def test_a_hospital_is_invited_and_admitted_by_two_accounts_each(desk: Desk) -> None:
    h07 = Hospital()

    view = await admitted(desk, h07)

    assert (view.state, view.admitted_at is not None) == ("admitted", True)
    assert await audited(desk) == [
        ("li.wei", "list_published", "city"),
        ("li.wei", "invited", "city"),
        ("ana.ruiz", "invitation_approved", "city"),
        ("li.wei", "admission_asked", "city"),
        ("ana.ruiz", "admitted", "city"),
    ]
    assert (await standing(desk)).published.hospitals == 1


async def test_nobody_approves_what_they_asked_for(desk: Desk) -> None:
    h07, entry = Hospital(), await desk.active(person(1))
    body = {"hospital": "h07", "title": "Hospital 7", "addresses": ["tls://hub.example:7422"]}
    await desk.call("invite_hospital", {"list": "city"}, body=body)
    await refused(desk.call("approve_invitation", h07.at), 409, "another account")

    h08 = Hospital("h08")
    answer = h08.answer(await invited(desk, h08))
    await desk.call("admit_hospital", h08.at, body=answered(answer))
    seen = {"fingerprint": fingerprint(answer)}
    await refused(desk.call("approve_admission", h08.at, body=seen), 409, "another account")

    at: dict[str, object] = {"list": "city", "entry": entry.id}
    await desk.call("share_entry", at, body={})
    await refused(desk.call("approve_share", at, body={}), 409, "another account")
    assert (await standing(desk)).published.waits == 3


async def test_a_wrong_answer_admits_nobody(desk: Desk) -> None:
    h07, other = Hospital(), Hospital()
    invitation = await invited(desk, h07)
    right = h07.answer(invitation)
    said = h07.said(invitation)
    forged = [
        h07.answer(invitation + b"x"),
        h07.signed(replace(said, hospital="h08")),
        h07.signed(replace(said, signing_key=public_bytes(other.signing))),
        h07.signed(replace(said, sealing_key=bytes(32))),
        h07.signed(replace(said, link_key="SUAKEY")),
        right[:-1] + bytes([right[-1] ^ 1]),
    ]
    for answer in forged:
        await refused(desk.call("admit_hospital", h07.at, body=answered(answer)), 422, "not the answer")
    misheard = {**answered(right), "read_out": "AAAA-BBBB-CCCC-DDDD"}
    await refused(desk.call("admit_hospital", h07.at, body=misheard), 422, "sixteen")
    assert (await standing(desk)).hospitals[0].state == "invited"


async def test_an_answer_that_was_changed_after_it_was_shown_is_not_approved(desk: Desk) -> None:
    h07, evil = Hospital(), Hospital(link_key="U" + "B" * 55)
    invitation = await invited(desk, h07)
    shown = h07.answer(invitation)
    await desk.call("admit_hospital", h07.at, body=answered(shown))
    await desk.call("admit_hospital", h07.at, body=answered(evil.answer(invitation)))

    seen = {"fingerprint": fingerprint(shown)}
    await refused(desk.call("approve_admission", h07.at, by=ANA, body=seen), 409, "changed after it was shown")


async def test_two_hospitals_of_a_list_never_have_one_link_key(desk: Desk) -> None:
    await admitted(desk, Hospital())
    h08 = Hospital("h08")
    answer = h08.answer(await invited(desk, h08))

    await refused(desk.call("admit_hospital", h08.at, body=answered(answer)), 409, "link key")


async def test_an_invitation_that_is_over_admits_nobody(desk: Desk) -> None:
    h07 = Hospital()
    answer = h07.answer(await invited(desk, h07))
    await desk.fetch("UPDATE federation.hospital SET invitation_expires_at = now() - interval '1 second'")

    await refused(desk.call("admit_hospital", h07.at, body=answered(answer)), 409, "time is over")


async def test_a_private_key_is_no_authority(desk: Desk) -> None:
    body = {"hospital": "h07", "title": "H", "addresses": ["tls://hub:1"], "authority": "-----BEGIN PRIVATE KEY-----"}
    await refused(desk.call("invite_hospital", {"list": "city"}, body=body), 422, "private key")


async def test_whoever_is_put_out_stays_out_and_keys_are_of_another_generation(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)

    view = HospitalView.model_validate_json((await desk.call("remove_hospital", h07.at, body=WHY)).body)

    assert (view.state, view.removed_reason) == ("removed", WHY["reason"])
    assert (await desk.fetch("SELECT generation FROM federation.list"))[0]["generation"] == 2
    await desk.call("remove_hospital", h07.at, by=ANA, body=WHY)
    assert (await desk.fetch("SELECT generation FROM federation.list"))[0]["generation"] == 2
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch("UPDATE federation.hospital SET removed_at = NULL, removed_by_id = NULL")


async def test_an_entry_is_shared_by_two_as_it_was_shown_and_withdrawn_by_one(desk: Desk) -> None:
    await admitted(desk, Hospital())
    entry = (await desk.active(person(1))).id
    at: dict[str, object] = {"list": "city", "entry": entry}
    await desk.call("share_entry", at, body={"hospitals": ["h07"]})
    await refused(desk.call("approve_share", at, by=ANA, body={}), 409, "changed after it was shown")
    share = ShareView.model_validate_json(
        (await desk.call("approve_share", at, by=ANA, body={"hospitals": ["h07"]})).body
    )
    assert (share.asked_by, share.approved_by, share.hospitals) == ("li.wei", "ana.ruiz", ("h07",))
    await refused(desk.call("share_entry", at, body={"hospitals": ["h07"]}), 409, "already")

    ended = ShareView.model_validate_json((await desk.call("withdraw_share", at, by=OTTO, body=WHY)).body)

    assert (ended.withdrawn_by, ended.withdrawn_reason) == ("otto.brandt", WHY["reason"])
    await refused(desk.call("share_entry", at, body={}), 409, "list the person anew")
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(
            "UPDATE federation.share SET withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawn_reason = ''"
        )
    assert [did for _, did, _ in await audited(desk)][-3:] == ["share_asked", "shared", "share_withdrawn"]


async def test_what_was_asked_for_can_be_taken_back_and_asked_for_again(desk: Desk) -> None:
    at: dict[str, object] = {"list": "city", "entry": (await desk.active(person(1))).id}
    await desk.call("share_entry", at, body={})
    await desk.call("withdraw_share", at, body=WHY)
    await refused(desk.call("approve_share", at, by=ANA, body={}), 409, "nothing")

    await desk.call("share_entry", at, by=ANA, body={})

    share = ShareView.model_validate_json((await desk.call("approve_share", at, by=OTTO, body={})).body)
    assert (share.asked_by, share.withdrawn_at) == ("ana.ruiz", None)


async def test_only_who_stands_is_shared_and_never_another_publishers(desk: Desk) -> None:
    draft, active = await desk.draft(), await desk.active(person(1))
    await refused(desk.call("share_entry", {"list": "city", "entry": draft.id}, body={}), 409, "draft")
    await refused(desk.call("share_entry", {"list": "city", "entry": uuid4()}, body={}), 404, "no entry")
    await refused(desk.call("share_entry", {"list": "town", "entry": active.id}, body={}), 404, "no list")
    unknown = {"hospitals": ["h99"]}
    await refused(desk.call("share_entry", {"list": "city", "entry": active.id}, body=unknown), 404, "no hospital")
    await desk.fetch(
        "INSERT INTO federation.subscription (list, title, hospital, publisher, addresses, authority, domain,"
        " silent_days, invitation, sites, asked_by_id, asked_by_name)"
        " VALUES ('town', 'Town', 'us', $1, '{tls://a:1}', '', 'ww-000000000000', 30, '', '{h1}', $2, 'li')",
        bytes(32),
        LI.account_id,
    )
    await desk.fetch(
        "INSERT INTO federation.received (local_id, list, entry_id, number, revision, state, statement_sha256)"
        " VALUES ($1, 'town', $1, 1, 1, 'active', $2)",
        active.id,
        bytes(32),
    )
    at: dict[str, object] = {"list": "city", "entry": active.id}
    await refused(desk.call("share_entry", at, body={}), 409, "another publisher")
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(
            "INSERT INTO federation.share (list, entry_id, asked_by_id, asked_by_name) VALUES ('city', $1, $2, 'li')",
            active.id,
            LI.account_id,
        )


async def test_two_people_close_an_erasure_in_a_hospitals_place(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)
    entry = (await desk.active(person(1))).id
    await shared(desk, entry)
    at = {**h07.at, "entry": entry}
    await desk.fetch(
        "INSERT INTO federation.holding (list, hospital, entry_id, generation) VALUES ('city', 'h07', $1, 0)", entry
    )
    await refused(desk.call("close_for", at, body=WHY), 409, "owes nothing")
    await desk.fetch(
        "INSERT INTO federation.statement (list, entry_id, number, revision, state, generation, statement)"
        " VALUES ('city', $1, 7, 3, 'erased', 1, '')",
        entry,
    )
    await refused(desk.call("approve_closing", at, by=ANA), 409, "nothing")
    await desk.call("close_for", at, body=WHY)
    await refused(desk.call("approve_closing", at), 409, "another account")
    owing = (await standing(desk)).erasures[0].owing[0]
    assert (owing.hospital, owing.closing_asked_by, owing.closing_reason) == ("h07", "li.wei", WHY["reason"])

    closed = ListErasure.model_validate_json((await desk.call("approve_closing", at, by=ANA)).body)

    assert (closed.hospitals, closed.closed, closed.owing) == (1, 1, [])
    assert (await standing(desk)).erasures == []
    assert [did for _, did, _ in await audited(desk)][-2:] == ["closing_asked", "closed_for"]


async def test_lists_are_published_once_and_read_by_who_may(desk: Desk) -> None:
    await desk.call("publish_list", body={"list": "city", "title": "City list"})
    await refused(desk.call("publish_list", by=ANA, body={"list": "city", "title": "Other"}), 409, "already")
    await refused(desk.call("list_lists", by=GUARD), 403, "not for")
    await refused(desk.call("share_entry", {"list": "city", "entry": uuid4()}, by=AUDITOR, body={}), 403, "not for")
    lists = PublishedLists.model_validate_json((await desk.call("list_lists", by=AUDITOR)).body).lists
    assert [(each.list, each.silent_days, each.made_by) for each in lists] == [("city", 30, "li.wei")]
    invitation = await desk.call("invite_hospital", {"list": "city"}, body=json.loads(
        '{"hospital": "h07", "title": "Hospital 7", "addresses": ["tls://hub.example:7422"]}'
    ))  # fmt: skip
    assert HospitalView.model_validate_json(invitation.body).state == "asked"
    shown = InvitationView.model_validate_json((await desk.call("show_invitation", Hospital().at)).body)
    assert (shown.invitation, shown.fingerprint) == ("", "")


async def announced(desk: Desk, hospital: Hospital) -> Hospital:
    """The hospital with its next keys, which the federation service wrote down as they were announced."""
    made = Hospital(hospital.name, hospital.link_key)
    said = KeyRenewal(public_bytes(made.signing), public_bytes(made.sealing))
    statement = sign(hospital.signing, HOSPITAL_RENEWAL, said.encode())
    await desk.fetch(
        "INSERT INTO federation.hospital_renewal (list, hospital, signing_key, sealing_key, statement)"
        " VALUES ('city', $1, $2, $3, $4)",
        hospital.name,
        said.signing_key,
        said.sealing_key,
        statement,
    )
    return made


async def renewal(desk: Desk) -> RenewalView:
    (view,) = (await standing(desk)).hospitals
    assert view.renewal is not None
    return view.renewal


async def test_next_keys_of_a_hospital_count_once_two_accounts_accept_them(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)
    entry = (await desk.active(person(1))).id
    await shared(desk, entry)
    await desk.fetch(
        "INSERT INTO federation.holding (list, hospital, entry_id, generation) VALUES ('city', 'h07', $1, 1)", entry
    )
    made = await announced(desk, h07)
    seen = {"fingerprint": (await renewal(desk)).fingerprint}

    await refused(desk.call("accept_hospital_keys", h07.at, body={"fingerprint": "OTHER"}), 409, "changed")
    await desk.call("accept_hospital_keys", h07.at, body=seen)
    await refused(desk.call("accept_hospital_keys", h07.at, body=seen), 409, "another account")
    await desk.call("accept_hospital_keys", h07.at, by=ANA, body=seen)
    await refused(desk.call("accept_hospital_keys", h07.at, by=OTTO, body=seen), 409, "nothing")

    (row,) = await desk.fetch("SELECT * FROM federation.hospital")
    assert (row["signing_key"], row["sealing_key"]) == (public_bytes(made.signing), public_bytes(made.sealing))
    assert row["former_signing_key"] == public_bytes(h07.signing)
    # What is sealed to the former key is no key of it any more: it is given another.
    assert [r["generation"] for r in await desk.fetch("SELECT generation FROM federation.holding")] == [-1]
    assert (await audited(desk))[-2:] == [
        ("li.wei", "keys_asked", "city"),
        ("ana.ruiz", "keys_accepted", "city"),
    ]


async def test_keys_that_nobody_of_the_hospital_signed_are_not_accepted(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)
    await announced(desk, Hospital("h07"))

    seen = {"fingerprint": (await renewal(desk)).fingerprint}
    await refused(desk.call("accept_hospital_keys", h07.at, body=seen), 409, "has not signed")


async def test_the_database_changes_keys_by_two_accounts_alone(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)
    made = await announced(desk, h07)
    change = (
        "UPDATE federation.hospital SET former_signing_key = signing_key, signing_key = $1, sealing_key = $2"
    )  # fmt: skip
    keys = (public_bytes(made.signing), public_bytes(made.sealing))

    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(change, *keys)
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(
            "UPDATE federation.hospital_renewal SET asked_by_id = $1, asked_by_name = 'li', accepted_by_id = $2,"
            " accepted_by_name = 'ana', accepted_at = now()",
            LI.account_id,
            ANA.account_id,
        )
    await desk.fetch("UPDATE federation.hospital_renewal SET asked_by_id = $1, asked_by_name = 'li'", LI.account_id)
    accept = "UPDATE federation.hospital_renewal SET accepted_by_id = $1, accepted_by_name = 'x', accepted_at = now()"
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(accept, LI.account_id)
    # Another announcement begins anew.
    await desk.fetch("UPDATE federation.hospital_renewal SET statement = 'x'")
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(accept, ANA.account_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.fetch(change, *keys)


async def test_a_repair_is_asked_for_once_and_told_when_it_is_done(desk: Desk) -> None:
    await desk.call("refill_list", {"list": "city"})
    await desk.call("refill_list", {"list": "city"}, by=ANA)
    await refused(desk.call("refill_list", {"list": "town"}), 404, "no list")

    asked = (await standing(desk)).repair
    assert asked is not None
    assert (asked.asked_by, asked.done_at) == ("li.wei", None)
    await desk.fetch("UPDATE federation.repair SET entries = 3, missing = 1, agrees = true, done_at = now()")
    done = (await standing(desk)).repair
    assert done is not None
    assert (done.entries, done.missing, done.agrees, done.done_at is not None) == (3, 1, True, True)
    await desk.call("refill_list", {"list": "city"}, by=ANA)
    again = (await standing(desk)).repair
    assert again is not None
    assert (again.asked_by, again.done_at) == ("ana.ruiz", None)


# -- scopes and hospitals that come back


async def test_a_scope_changes_by_two_accounts(desk: Desk) -> None:
    for name, key in (("h07", "B"), ("h08", "C")):
        await admitted(desk, Hospital(name, "U" + key * 55))
    entry = (await desk.active(person(1))).id
    at: dict[str, object] = {"list": "city", "entry": entry}
    await shared(desk, entry)
    await desk.fetch("DELETE FROM federation.outbox")

    await refused(desk.call("share_entry", at, body={"hospitals": []}), 409, "already")
    await desk.call("share_entry", at, body={"hospitals": ["h07"]})
    (waiting,) = (await standing(desk)).waiting
    assert (waiting.hospitals, waiting.scope, waiting.scope_asked_by) == ((), ("h07",), "li.wei")
    await refused(desk.call("approve_share", at, body={"hospitals": ["h07"]}), 409, "another account")
    await refused(desk.call("approve_share", at, by=ANA, body={"hospitals": ["h08"]}), 409, "changed")
    view = ShareView.model_validate_json(
        (await desk.call("approve_share", at, by=ANA, body={"hospitals": ["h07"]})).body
    )  # fmt: skip

    assert (view.hospitals, view.scope) == (("h07",), None)
    assert len(await desk.fetch("SELECT FROM federation.outbox")) == 1
    assert (await audited(desk))[-2:] == [
        ("li.wei", "scope_asked", str(entry)),
        ("ana.ruiz", "scope_changed", str(entry)),
    ]
    for change in (
        "UPDATE federation.share SET hospitals = '{h08}'",
        "UPDATE federation.share SET hospitals = '{h08}', scope_approved_by_id = gen_random_uuid()",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await desk.fetch(change)


async def test_who_was_taken_out_owes_a_receipt_and_is_not_taken_in_again(desk: Desk) -> None:
    await admitted(desk, Hospital())
    await admitted(desk, Hospital("h08", "U" + "B" * 55))
    entry = (await desk.active(person(1))).id
    at: dict[str, object] = {"list": "city", "entry": entry}
    await shared(desk, entry)
    await desk.fetch(
        "INSERT INTO federation.statement (list, entry_id, number, revision, state, generation, statement)"
        " VALUES ('city', $1, 5, 2, 'active', 1, 'x')",
        entry,
    )
    await desk.fetch(
        "INSERT INTO federation.holding (list, hospital, entry_id, generation)"
        " SELECT 'city', h, $1, 1 FROM unnest('{h07,h08}'::text []) AS u (h)",
        entry,
    )
    for by, operation in ((LI, "share_entry"), (ANA, "approve_share")):
        await desk.call(operation, at, by=by, body={"hospitals": ["h07"]})
    await desk.fetch("UPDATE federation.statement SET hospitals = '{h07}', number = 6")

    (erasure,) = (await standing(desk)).erasures
    assert (erasure.erased, erasure.hospitals, erasure.closed) == (False, 1, 0)
    assert [each.hospital for each in erasure.owing] == ["h08"]
    assert {h.hospital: h.owed for h in (await standing(desk)).hospitals} == {"h07": 0, "h08": 1}
    await refused(desk.call("share_entry", at, body={"hospitals": []}), 409, "h08")
    over = "SELECT name FROM federation.hospital WHERE federation.is_over('city', name, $1)"
    assert [row["name"] for row in await desk.fetch(over, entry)] == ["h08"]


async def test_a_hospital_that_was_put_out_is_invited_anew_under_its_name(desk: Desk) -> None:
    h07 = Hospital()
    await admitted(desk, h07)
    entry = (await desk.active(person(1))).id
    await shared(desk, entry)
    await desk.fetch(
        "INSERT INTO federation.holding (list, hospital, entry_id, generation, closed_at)"
        " VALUES ('city', 'h07', $1, 0, now())",
        entry,
    )
    await refused(invited(desk, h07), 409, "put it out first")
    await desk.call("remove_hospital", h07.at, body=WHY)
    await desk.fetch("UPDATE federation.list SET number = 9")

    again = Hospital("h07")
    assert (await admitted(desk, again)).state == "admitted"

    (row,) = await desk.fetch("SELECT * FROM federation.hospital")
    assert row["signing_key"] == public_bytes(again.signing)
    assert row["former_signing_key"] == public_bytes(h07.signing)
    (holding,) = await desk.fetch("SELECT from_number, closed_at FROM federation.holding")
    assert (holding["from_number"], holding["closed_at"]) == (9, None)
    assert [action for _, action, _ in await audited(desk)][-5:] == [
        "removed", "invited", "invitation_approved", "admission_asked", "admitted",
    ]  # fmt: skip
