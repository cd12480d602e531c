"""Lists for other hospitals and their hospitals, as role ``wardwatch_import``: a step takes two accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.federation import InvitationAnswer
from proto.wardwatch.v1.federation_views import (
    HospitalView,
    InvitationRequest,
    InvitationView,
    ListRequest,
    PublishedList,
    SharingView,
)
from proto.wardwatch.v1.statements import HOSPITAL_RENEWAL, fingerprint
from services.chassis.errors import Refusal
from services.watchlist.record import repairs
from services.watchlist.record import sharing_views as views
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.renewals import accepted, check_renewal
from services.watchlist.rules.holder import Holder

_HOSPITAL: Final = "SELECT * FROM federation.hospital WHERE list = $1 AND name = $2"
_LOCKED: Final = f"{_HOSPITAL} FOR UPDATE"

_INVITE: Final = """
INSERT INTO federation.hospital AS h (
    list, name, title, addresses, authority, invitation_expires_at, invited_by_id, invited_by_name
) VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 day', $7, $8)
ON CONFLICT (list, name) DO UPDATE SET
    title = excluded.title, addresses = excluded.addresses, authority = excluded.authority,
    invitation_expires_at = excluded.invitation_expires_at, invited_by_id = excluded.invited_by_id,
    invited_by_name = excluded.invited_by_name, invited_at = now(), invitation_approved_by_id = NULL,
    invitation_approved_by_name = NULL, invitation = NULL, answer = NULL, link_key = NULL,
    former_signing_key = coalesce(h.signing_key, h.former_signing_key), signing_key = NULL, sealing_key = NULL,
    admission_asked_by_id = NULL, admission_asked_by_name = NULL, admitted_by_id = NULL, admitted_by_name = NULL,
    admitted_at = NULL, removed_by_id = NULL, removed_by_name = NULL, removed_at = NULL, removed_reason = ''
WHERE h.removed_at IS NOT NULL RETURNING name
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """What a hospital was invited with, to hold its answer against."""

    invitation: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HospitalStore:
    """Typed access. All raise StoreAway, Forbidden, and Refusal (404, 409) in words."""

    database: Database

    async def lists(self) -> list[PublishedList]:
        """Every list that is published here."""
        async with self.database.transaction() as connection:
            return await views.published_lists(connection)

    async def sharing(self, list_: str) -> SharingView:
        """How a list stands."""
        async with self.database.transaction() as connection:
            return await views.sharing(connection, list_)

    async def refill(self, list_: str, by: Holder) -> SharingView:
        """Ask to make the streams of a list anew."""
        async with self.database.transaction() as connection:
            await check_list(connection, list_)
            await repairs.ask(connection, list_, by, joined=False)
            return await views.sharing(connection, list_)

    async def publish(self, by: Holder, body: ListRequest) -> PublishedList:
        """Begin a list; the same request again changes nothing."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "INSERT INTO federation.list (name, title, silent_days, made_by_id, made_by_name)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING name",
                body.list,
                body.title.strip(),
                body.silent_days,
                by.account_id,
                by.name,
            )
            if row is None and not await connection.fetchval(
                "SELECT EXISTS (SELECT FROM federation.list"
                " WHERE (name, title, silent_days, made_by_id) = ($1, $2, $3, $4))",
                body.list,
                body.title.strip(),
                body.silent_days,
                by.account_id,
            ):
                raise Refusal(409, refusals.LIST_EXISTS.filled(list=body.list))
            return (await views.published_lists(connection, body.list))[0]

    async def invite(self, list_: str, by: Holder, body: InvitationRequest) -> HospitalView:
        """Ask to invite a hospital; one that was put out, anew."""
        async with self.database.transaction() as connection:
            await check_list(connection, list_)
            made = await connection.fetchval(
                _INVITE,
                list_,
                body.hospital,
                body.title.strip(),
                body.addresses,
                body.authority,
                body.days,
                by.account_id,
                by.name,
            )
            if made is None:
                raise Refusal(409, refusals.HOSPITAL_KNOWN.filled(list=list_, hospital=body.hospital))
            return await views.hospital(connection, list_, body.hospital)

    async def approve_invitation(self, list_: str, hospital: str, by: Holder) -> HospitalView:
        """Let an invitation be signed."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, list_, hospital)
            # The same request twice by one account, as when the first response was lost, takes effect once.
            if row["invitation_approved_by_id"] != by.account_id:
                check_waits(row["invitation_approved_by_id"] is None and row["answer"] is None)
                check_another(row["invited_by_id"], by)
                await connection.execute(
                    "UPDATE federation.hospital SET invitation_approved_by_id = $3, invitation_approved_by_name = $4"
                    " WHERE list = $1 AND name = $2",
                    list_,
                    hospital,
                    by.account_id,
                    by.name,
                )
            return await views.hospital(connection, list_, hospital)

    async def invitation(self, list_: str, hospital: str) -> InvitationView:
        """The signed invitation; without its words until it is signed."""
        async with self.database.transaction() as connection:
            row = await _row(connection, list_, hospital)
        return views.invitation(row)

    async def invited(self, list_: str, hospital: str) -> Invited:
        """What the hospital was invited with. Raises Refusal (409) when it is not signed yet, or it was put out."""
        async with self.database.transaction() as connection:
            row = await _row(connection, list_, hospital)
        _check_stays(row)
        if row["invitation"] is None:
            raise Refusal(409, refusals.NOT_INVITED.filled(hospital=hospital))
        return Invited(row["invitation"], row["invitation_expires_at"])

    async def answered(self, said: InvitationAnswer, answer: bytes, by: Holder) -> HospitalView:
        """Ask to admit a hospital by its *answer*, which was checked; it replaces one that waits."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, said.list_, said.hospital)
            if row["answer"] != answer:
                check_waits(row["admitted_at"] is None)
                if await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM federation.hospital"
                    " WHERE list = $1 AND name <> $2 AND link_key = $3 AND removed_at IS NULL)",
                    said.list_,
                    said.hospital,
                    said.link_key,
                ):
                    raise Refusal(409, refusals.LINK_KEY_USED.filled(list=said.list_))
                await connection.execute(
                    "UPDATE federation.hospital SET answer = $3, link_key = $4, signing_key = $5, sealing_key = $6,"
                    " admission_asked_by_id = $7, admission_asked_by_name = $8 WHERE list = $1 AND name = $2",
                    said.list_,
                    said.hospital,
                    answer,
                    said.link_key,
                    said.signing_key,
                    said.sealing_key,
                    by.account_id,
                    by.name,
                )
            return await views.hospital(connection, said.list_, said.hospital)

    async def admit(self, list_: str, hospital: str, by: Holder, *, seen: str) -> HospitalView:
        """Admit a hospital by the answer whose fingerprint was *seen*."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, list_, hospital)
            check_waits(row["answer"] is not None)
            if fingerprint(row["answer"]) != seen.strip():
                raise Refusal(409, refusals.CHANGED_AFTER_SHOWN.filled(what="the answer"))
            if row["admitted_by_id"] != by.account_id:
                check_waits(row["admitted_at"] is None)
                check_another(row["admission_asked_by_id"], by)
                await connection.execute(
                    "UPDATE federation.hospital SET admitted_by_id = $3, admitted_by_name = $4, admitted_at = now()"
                    " WHERE list = $1 AND name = $2",
                    list_,
                    hospital,
                    by.account_id,
                    by.name,
                )
            return await views.hospital(connection, list_, hospital)

    async def accept_keys(self, list_: str, hospital: str, by: Holder, *, seen: str) -> HospitalView:
        """Accept a hospital's next keys, whose fingerprint was *seen*; everything is sealed to them once two have."""
        async with self.database.transaction() as connection:
            row = await _locked(connection, list_, hospital)
            renewal = await connection.fetchrow(
                "SELECT * FROM federation.hospital_renewal WHERE list = $1 AND hospital = $2 FOR UPDATE",
                list_,
                hospital,
            )
            check_waits(row["admitted_at"] is not None and renewal is not None and renewal["accepted_at"] is None)
            assert renewal is not None  # else nothing waits
            check_renewal(renewal, row["signing_key"], HOSPITAL_RENEWAL, by, seen)
            table, where = "federation.hospital_renewal", "list = $1 AND hospital = $2"
            if await accepted(connection, table, renewal, by, where, list_, hospital):
                await connection.execute(
                    "UPDATE federation.hospital SET former_signing_key = signing_key, signing_key = $3,"
                    " sealing_key = $4 WHERE list = $1 AND name = $2",
                    list_,
                    hospital,
                    renewal["signing_key"],
                    renewal["sealing_key"],
                )
            return await views.hospital(connection, list_, hospital)

    async def remove(self, list_: str, hospital: str, by: Holder, reason: str) -> HospitalView:
        """Put a hospital out for good; from now on the list's keys are of another generation. One account suffices:

        it only takes away.
        """
        async with self.database.transaction() as connection:
            row = await _row(connection, list_, hospital, _LOCKED)
            if row["removed_at"] is None:
                await connection.execute(
                    "UPDATE federation.hospital SET removed_by_id = $3, removed_by_name = $4, removed_at = now(),"
                    " removed_reason = $5 WHERE list = $1 AND name = $2",
                    list_,
                    hospital,
                    by.account_id,
                    by.name,
                    reason,
                )
                if row["admitted_at"] is not None:
                    await connection.execute(
                        "UPDATE federation.list SET generation = generation + 1 WHERE name = $1", list_
                    )
            return await views.hospital(connection, list_, hospital)


def check_another(asked_by: object, by: Holder) -> None:
    """Raise Refusal where one account would ask and approve."""
    if asked_by == by.account_id:
        raise Refusal(409, refusals.ASKED_BY_YOU.filled())


def check_waits(waits: bool) -> None:
    """Raise Refusal unless there is something to approve."""
    if not waits:
        raise Refusal(409, refusals.NOTHING_WAITS.filled())


def _check_stays(row: Row) -> None:
    if row["removed_at"] is not None:
        raise Refusal(409, refusals.HOSPITAL_REMOVED.filled(list=row["list"], hospital=row["name"]))


async def check_list(connection: Connection, list_: str) -> None:
    """Raise Refusal unless a list of this name is published."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM federation.list WHERE name = $1)", list_):
        raise Refusal(404, refusals.NO_LIST.filled(list=list_))


async def _row(connection: Connection, list_: str, hospital: str, query: str = _HOSPITAL) -> Row:
    row = await connection.fetchrow(query, list_, hospital)
    if row is None:
        raise Refusal(404, refusals.NO_HOSPITAL.filled(list=list_, hospital=hospital))
    return row


async def _locked(connection: Connection, list_: str, hospital: str) -> Row:
    row = await _row(connection, list_, hospital, _LOCKED)
    _check_stays(row)
    return row
