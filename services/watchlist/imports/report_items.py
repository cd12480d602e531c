"""Rows of an import's report: what was found of a file, of a line of people.csv, or of a person as a whole."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel

from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import ItemView
from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.imports import outcomes
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
# With a row ``i`` of the report: the entry of whom it is about, and that person's name.
ENTRY_LABEL: Final = """
n.id AS person_id, n.sealed_label FROM watchlist.batch_item AS i
LEFT JOIN watchlist.entry AS n
    ON n.batch_id = i.batch_id AND n.external_lookup = i.whose_lookup AND n.state <> 'erased'
"""
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
    label: str | None = field(default=None, repr=False)  # of a person of whom there may be no entry
    whose_lookup: bytes | None = None  # of a person whose external id is not known here


class _Words(BaseModel):
    """What of an item is sealed."""

    name: str
    external_id: str | None
    findings: list[Finding]
    label: str | None = None


def lookup(sealing: Seals, kind: Kind, name: str) -> bytes:
    """By what a row is found again."""
    return sealing.identity.lookup("item", f"{kind}/{name}")


async def put(connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, item: ReportItem) -> None:
    """Keep *item*, sealed under the import's *key*, in place of what was kept under its name.

    An identity number that somebody wrote into a name or a field is starred out: its one place is sealed apart (S10).
    """
    words = _masked(
        _Words(name=item.name, external_id=item.external_id, findings=list(item.findings), label=item.label)
    )
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
    label: str | None = field(default=None, repr=False)


async def restate(connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, item: Restated) -> None:
    """Replace what a row says; what was assessed, and when, stays."""
    words = _masked(
        _Words(name=item.name, external_id=item.external_id, findings=list(item.findings), label=item.label)
    )
    await connection.execute(
        "UPDATE watchlist.batch_item SET sealed_item = $3, verdict = $4, codes = $5"
        " WHERE batch_id = $1 AND item_lookup = $2",
        import_id,
        item.place,
        sealing.close(key, words.model_dump_json().encode(), about=seals.item(import_id)),
        item.verdict.value,
        item.codes,
    )


def view(sealing: Seals, row: Row, entry_label: str | None = None) -> ItemView:
    """A kept row as it is shown, with the name of the person's entry where it says none. Raises Unreadable."""
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
        label=words.label or entry_label,
        external_id=words.external_id,
        entry=row["entry_id"],
        file_sha256=None if row["file_sha256"] is None else row["file_sha256"].hex(),
        verdict=Verdict(row["verdict"]),
        outcome=outcomes.of_row(Verdict(row["verdict"]), row["codes"]),
        findings=[*words.findings, *later],
    )


async def kept(connection: Connection, sealing: Seals, import_id: UUID, name: str) -> ItemView:
    """The row of a file that was put before, as it is shown. Raises Unreadable."""
    row = await connection.fetchrow(
        f"SELECT i.*, {ENTRY_LABEL} WHERE i.batch_id = $1 AND i.item_lookup = $2",
        import_id,
        lookup(sealing, "file", name),
    )
    assert row is not None  # it was put in the same transaction
    return named(sealing, row)


def named(sealing: Seals, row: Row) -> ItemView:
    """A row that was read with ``ENTRY_LABEL``, as it is shown. Raises Unreadable."""
    person: UUID | None = row["person_id"]
    own = None
    if person is not None and row["sealed_label"] is not None:
        own = sealing.text_or_nothing(person, row["sealed_label"], about=seals.label(person)) or None
    return view(sealing, row, own)


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
        label=None if words.label is None else identity_numbers.masked(words.label),
    )
