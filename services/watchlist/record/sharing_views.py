"""How lists for other hospitals stand, read inside a transaction. No words of any entry are in it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.federation_views import (
    HelloView,
    HospitalState,
    HospitalView,
    InvitationView,
    ListErasure,
    OwingHospital,
    PublishedList,
    ShareView,
    SharingView,
)
from proto.wardwatch.v1.json_models import QrCode
from proto.wardwatch.v1.statements import DigestLine, digest, fingerprint, statement_digest
from services.chassis.errors import Refusal
from services.chassis.qr import qr_code
from services.watchlist.record import repairs
from services.watchlist.record.database import Connection, Row
from services.watchlist.record.renewals import renewal_view

_LISTS: Final = """
SELECT l.name AS list, l.title, l.silent_days, l.made_by_name AS made_by, l.made_at,
    (SELECT count(*) FROM federation.share AS s
    WHERE s.list = l.name AND s.approved_at IS NOT NULL AND s.withdrawn_at IS NULL) AS entries,
    (SELECT count(*) FROM federation.hospital AS h
    WHERE h.list = l.name AND h.admitted_at IS NOT NULL AND h.removed_at IS NULL) AS hospitals,
    (SELECT count(*) FROM federation.hospital AS h WHERE h.list = l.name AND h.removed_at IS NULL AND (
        h.invitation_approved_by_id IS NULL OR (h.answer IS NOT NULL AND h.admitted_at IS NULL)
    ))
    + (SELECT count(*) FROM federation.share AS s
    WHERE s.list = l.name AND (s.approved_at IS NULL OR s.scope IS NOT NULL) AND s.withdrawn_at IS NULL)
    + (SELECT count(*) FROM federation.holding AS k
    WHERE k.list = l.name AND k.closed_at IS NULL AND k.closed_for_by_id IS NOT NULL) AS waits
FROM federation.list AS l WHERE $1::text IS NULL OR l.name = $1 ORDER BY l.name
"""
_HOSPITALS: Final = """
SELECT h.*,
    (SELECT count(*) FROM federation.holding AS k
    WHERE (k.list, k.hospital) = (h.list, h.name) AND k.generation > 0) AS keys,
    (SELECT count(*) FROM federation.holding AS k
    INNER JOIN federation.statement AS t ON (t.list, t.entry_id) = (k.list, k.entry_id)
    WHERE (k.list, k.hospital) = (h.list, h.name) AND k.closed_at IS NULL
        AND (t.state = 'erased' OR (cardinality(t.hospitals) > 0 AND k.hospital <> ALL (t.hospitals)))) AS owes,
    n.statement AS renewal_statement, n.heard_at AS renewal_heard_at, n.asked_by_name AS renewal_asked_by,
    n.accepted_by_name AS renewal_accepted_by
FROM federation.hospital AS h
LEFT JOIN federation.hospital_renewal AS n ON (n.list, n.hospital) = (h.list, h.name)
WHERE h.list = $1 AND ($2::text IS NULL OR h.name = $2) ORDER BY h.name
"""
_SHARES: Final = """
SELECT s.list, s.entry_id AS entry, s.hospitals, s.asked_by_name AS asked_by, s.asked_at,
    s.approved_by_name AS approved_by, s.approved_at, s.withdrawn_by_name AS withdrawn_by, s.withdrawn_at,
    s.withdrawn_reason, coalesce(t.number, 0) AS number, t.published_at IS NOT NULL AS published, s.scope,
    s.scope_asked_by_name AS scope_asked_by
FROM federation.share AS s LEFT JOIN federation.statement AS t ON (t.list, t.entry_id) = (s.list, s.entry_id)
WHERE s.list = $1 AND CASE
    WHEN $2::uuid IS NULL THEN (s.approved_at IS NULL OR s.scope IS NOT NULL) AND s.withdrawn_at IS NULL
    ELSE s.entry_id = $2
END
ORDER BY s.asked_at, s.entry_id LIMIT 1000
"""
# Erasures that somebody has not closed, latest first; or one of them.
_ERASURES: Final = """
SELECT t.entry_id, t.made_at, t.state = 'erased' AS erased, count(k.hospital) AS hospitals, count(k.closed_at) AS closed
FROM federation.statement AS t
LEFT JOIN federation.holding AS k ON (k.list, k.entry_id) = (t.list, t.entry_id)
    AND (t.state = 'erased' OR k.hospital <> ALL (t.hospitals))
WHERE t.list = $1 AND (t.state = 'erased' OR cardinality(t.hospitals) > 0) AND ($2::uuid IS NULL OR t.entry_id = $2)
GROUP BY t.entry_id, t.made_at, t.state HAVING $2::uuid IS NOT NULL OR count(k.closed_at) < count(k.hospital)
ORDER BY t.made_at DESC, t.entry_id LIMIT 200
"""
_OWING: Final = """
SELECT k.entry_id, k.hospital, h.title, o.received_at AS heard_at, k.closed_for_by_name AS closing_asked_by,
    k.closed_for_reason AS closing_reason,
    (SELECT count(*) FROM federation.receipt AS r
    WHERE (r.list, r.hospital, r.entry_id) = (k.list, k.hospital, k.entry_id) AND r.matcher <> '-') AS signed
FROM federation.holding AS k INNER JOIN federation.hospital AS h ON (h.list, h.name) = (k.list, k.hospital)
INNER JOIN federation.statement AS t ON (t.list, t.entry_id) = (k.list, k.entry_id)
LEFT JOIN federation.hello AS o ON (o.list, o.hospital) = (k.list, k.hospital)
WHERE k.list = $1 AND k.entry_id = ANY ($2::uuid []) AND k.closed_at IS NULL
    AND (t.state = 'erased' OR (cardinality(t.hospitals) > 0 AND k.hospital <> ALL (t.hospitals)))
ORDER BY k.hospital
"""


async def published_lists(connection: Connection, list_: str | None = None) -> list[PublishedList]:
    """Every list that is published here, or the one of that name."""
    return [PublishedList(**row) for row in await connection.fetch(_LISTS, list_)]


async def sharing(connection: Connection, list_: str) -> SharingView:
    """How a list stands. Raises Refusal (404) when there is none."""
    lists = await published_lists(connection, list_)
    if not lists:
        raise Refusal(404, refusals.NO_LIST.filled(list=list_))
    number = await connection.fetchval("SELECT number FROM federation.list WHERE name = $1", list_)
    unpublished = await connection.fetchval(
        "SELECT (SELECT count(*) FROM federation.statement WHERE list = $1 AND published_at IS NULL)"
        " + (SELECT count(*) FROM federation.shared_entry AS s WHERE s.list = $1 AND NOT s.is_withdrawn"
        " AND s.state IN ('active', 'suspended') AND NOT EXISTS ("
        "SELECT FROM federation.statement AS t WHERE (t.list, t.entry_id) = (s.list, s.entry_id)))",
        list_,
    )
    return SharingView(
        published=lists[0],
        number=number,
        unpublished=unpublished,
        hospitals=await _hospitals(connection, list_),
        waiting=[_share(row) for row in await connection.fetch(_SHARES, list_, None)],
        erasures=await _erasures(connection, list_, None),
        repair=(await repairs.last(connection, joined=False)).get(list_),
    )


async def hospital(connection: Connection, list_: str, name: str) -> HospitalView:
    """One hospital, which is there."""
    return (await _hospitals(connection, list_, name))[0]


async def share(connection: Connection, list_: str, entry_id: UUID) -> ShareView:
    """One entry of a list, which is there."""
    return _share((await connection.fetch(_SHARES, list_, entry_id))[0])


async def erasure(connection: Connection, list_: str, entry_id: UUID) -> ListErasure:
    """One erasure, which is there."""
    return (await _erasures(connection, list_, entry_id))[0]


def invitation(row: Row) -> InvitationView:
    """The invitation of a hospital's row."""
    signed: bytes = row["invitation"] or b""
    return InvitationView(
        list=row["list"],
        hospital=row["name"],
        title=row["title"],
        expires_at=row["invitation_expires_at"],
        invitation=b64encode(signed).decode("ascii"),
        fingerprint=fingerprint(signed) if signed else "",
        qr=drawn(signed) if signed else None,
    )


def drawn(signed: bytes) -> QrCode | None:
    """What was signed as a QR code; None where that is longer than one can hold."""
    try:
        return qr_code(b64encode(signed).decode("ascii"))
    except ValueError:
        return None


async def _hospitals(connection: Connection, list_: str, name: str | None = None) -> list[HospitalView]:
    rows = await connection.fetch(_HOSPITALS, list_, name)
    hellos = {
        row["hospital"]: row for row in await connection.fetch("SELECT * FROM federation.hello WHERE list = $1", list_)
    }
    own = await _said(connection, list_) if hellos else _Said(0, b"")
    return [_hospital(row, hellos, own) for row in rows]


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of a list: the highest number of a statement on an entry, and the digest of those not erased."""

    number: int
    digest: bytes


async def _said(connection: Connection, list_: str) -> _Said:
    rows = await connection.fetch(
        "SELECT entry_id, number, revision, state <> 'erased' AS stands, statement FROM federation.statement"
        " WHERE list = $1",
        list_,
    )
    lines = (
        DigestLine(str(row["entry_id"]), row["revision"], statement_digest(row["statement"]))
        for row in rows
        if row["stands"]
    )
    return _Said(max((row["number"] for row in rows), default=0), digest(lines))


def _hospital(row: Row, hellos: Mapping[str, Row], own: _Said) -> HospitalView:
    hello = hellos.get(row["name"])
    return HospitalView(
        hospital=row["name"],
        title=row["title"],
        state=_state(row),
        asked_by=row["admission_asked_by_name"] or row["invited_by_name"],
        fingerprint="" if row["answer"] is None else fingerprint(row["answer"]),
        link_key=row["link_key"] or "",
        invitation_expires_at=row["invitation_expires_at"],
        admitted_at=row["admitted_at"],
        removed_at=row["removed_at"],
        removed_reason=row["removed_reason"],
        keys=row["keys"],
        owed=row["owes"],
        hello=None if hello is None else _hello(hello, own),
        renewal=renewal_view(row),
    )


def _hello(row: Row, own: _Said) -> HelloView:
    return HelloView(
        heard_at=row["received_at"],
        number=row["number"],
        number_since=row["number_since"],
        same=row["digest"] == own.digest,
        behind=row["number"] < own.number,
        entries=row["entries"],
        locked=row["locked"],
        suspended=row["suspended"],
        matchers=row["matchers"],
        matchers_current=row["matchers_current"],
        owed=row["owed"],
        publisher=row["publisher"],
    )


def _state(row: Row) -> HospitalState:
    if row["removed_at"] is not None:
        return "removed"
    if row["admitted_at"] is not None:
        return "admitted"
    if row["answer"] is not None:
        return "answered"
    return "asked" if row["invitation_approved_by_id"] is None else "invited"


def _share(row: Row) -> ShareView:
    return ShareView(**row)


async def _erasures(connection: Connection, list_: str, entry_id: UUID | None) -> list[ListErasure]:
    rows = await connection.fetch(_ERASURES, list_, entry_id)
    owing: dict[UUID, list[OwingHospital]] = {row["entry_id"]: [] for row in rows}
    for row in await connection.fetch(_OWING, list_, list(owing)):
        said = {name: value for name, value in row.items() if name != "entry_id"}
        owing[row["entry_id"]].append(OwingHospital(**said))
    return [
        ListErasure(
            entry=row["entry_id"],
            told_at=row["made_at"],
            erased=row["erased"],
            hospitals=row["hospitals"],
            closed=row["closed"],
            owing=owing[row["entry_id"]],
        )
        for row in rows
    ]
