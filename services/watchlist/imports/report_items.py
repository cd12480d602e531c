"""Rows of an import's report: what was found of a file, of a line of people.csv, or of a person as a whole."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel

from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import ItemView
from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Row
from services.watchlist.rules import external_ids, identity_numbers

Kind = Literal["file", "row", "person"]

_PUT: Final = (
    "INSERT INTO watchlist.batch_item (batch_id, item_lookup, kind, sealed_item, file_sha256, entry_id, verdict, codes,"
    " whose_lookup, spelling_lookup) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (batch_id, item_lookup) DO UPDATE SET sealed_item = excluded.sealed_item,"
    " file_sha256 = excluded.file_sha256, entry_id = excluded.entry_id, verdict = excluded.verdict,"
    " codes = excluded.codes, whose_lookup = excluded.whose_lookup, spelling_lookup = excluded.spelling_lookup,"
    " judged_at = now()"
)
# What is found of a photo by looking at others; its row was sealed before.
FOUND_LATER: Final = {
    FindingCode.UNLIKE_OTHERS: "the person's photos do not show one and the same person, and which is the right one"
    " cannot be told from the faces: look at them and remove the photos of anybody else; if all show the person, add"
    " one that resembles the others, clear and from the front",
    FindingCode.REMOVED: "somebody looked at the person's photos and took this one away",
}


@dataclass(frozen=True, slots=True)
class ReportItem:
    """A row to keep; ``name`` is the file's, or says which line or person.

    ``place`` is by what it is found again, where the name may be another's too.
    """

    kind: Kind
    name: str = field(repr=False)
    external_id: str | None = field(repr=False)
    verdict: Verdict
    findings: tuple[Finding, ...]
    entry_id: UUID | None = None
    file_sha256: bytes | None = None
    place: str = ""
    whose_lookup: bytes | None = None  # of a person whose external id is not known here


class _Words(BaseModel):
    """What of an item is sealed."""

    name: str
    external_id: str | None
    findings: list[Finding]


def lookup(sealing: Seals, kind: Kind, name: str) -> bytes:
    """By what a row is found again."""
    return sealing.identity.lookup("item", f"{kind}/{name}")


async def put(connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, item: ReportItem) -> None:
    """Keep *item*, sealed under the import's *key*, in place of what was kept under its name.

    An identity number that somebody wrote into a name or a field is starred out: its one place is sealed apart (S10).
    """
    words = _masked(_Words(name=item.name, external_id=item.external_id, findings=list(item.findings)))
    whose = item.external_id if item.kind == "file" else None
    await connection.execute(
        _PUT,
        import_id,
        lookup(sealing, item.kind, item.place or item.name),
        item.kind,
        sealing.close(key, words.model_dump_json().encode(), about=seals.item(import_id)),
        item.file_sha256,
        item.entry_id,
        item.verdict.value,
        sorted({finding.code for finding in item.findings}),
        item.whose_lookup or (None if item.external_id is None else sealing.person(item.external_id)),
        None if whose is None else sealing.identity.lookup("spelling", external_ids.cleaned(whose)),
    )


@dataclass(frozen=True, slots=True)
class Restated:
    """What a kept row says from now on: ``findings`` of its own, beside which others may have been found later."""

    place: bytes
    name: str = field(repr=False)
    external_id: str | None = field(repr=False)
    verdict: Verdict
    findings: tuple[Finding, ...]
    codes: tuple[str, ...]


async def restate(connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, item: Restated) -> None:
    """Replace what a row says; what was assessed, and when, stays."""
    words = _masked(_Words(name=item.name, external_id=item.external_id, findings=list(item.findings)))
    await connection.execute(
        "UPDATE watchlist.batch_item SET sealed_item = $3, verdict = $4, codes = $5"
        " WHERE batch_id = $1 AND item_lookup = $2",
        import_id,
        item.place,
        sealing.close(key, words.model_dump_json().encode(), about=seals.item(import_id)),
        item.verdict.value,
        item.codes,
    )


def view(sealing: Seals, row: Row) -> ItemView:
    """A kept row as it is shown. Raises Unreadable."""
    import_id: UUID = row["batch_id"]
    words = _Words.model_validate_json(sealing.open(import_id, row["sealed_item"], about=seals.item(import_id)))
    codes = {finding.code for finding in words.findings}
    later = [
        Finding(code=code, severity="rejected", text=text)
        for code, text in FOUND_LATER.items()
        if code in row["codes"] and code not in codes
    ]
    return ItemView(
        kind=row["kind"],
        name=words.name,
        external_id=words.external_id,
        entry=row["entry_id"],
        file_sha256=None if row["file_sha256"] is None else row["file_sha256"].hex(),
        verdict=Verdict(row["verdict"]),
        findings=[*words.findings, *later],
    )


async def kept(connection: Connection, sealing: Seals, import_id: UUID, name: str) -> ItemView:
    """The row of a file that was put before, as it is shown. Raises Unreadable."""
    row = await connection.fetchrow(
        "SELECT * FROM watchlist.batch_item WHERE batch_id = $1 AND item_lookup = $2",
        import_id,
        lookup(sealing, "file", name),
    )
    assert row is not None  # it was put in the same transaction
    return view(sealing, row)


def _masked(words: _Words) -> _Words:
    return _Words(
        name=identity_numbers.masked(words.name),
        external_id=None if words.external_id is None else identity_numbers.masked(words.external_id),
        findings=[
            each.model_copy(
                update={
                    "text": identity_numbers.masked(each.text),
                    "meant": [identity_numbers.masked(other) for other in each.meant],
                }
            )
            for each in words.findings
        ],
    )
