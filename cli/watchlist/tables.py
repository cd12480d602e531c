"""Entries, photos, likenesses and receipts for a person to read."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Column, Table

from cli import ids, output
from proto.wardwatch.v1.entries import (
    EntryRow,
    EntryView,
    ErasureView,
    Finding,
    History,
    LikenessView,
    PhotoJudged,
    PhotoView,
    Scope,
)
from proto.wardwatch.v1.imports import (
    OUTCOMES,
    BatchLikeness,
    BatchView,
    ImportCounts,
    ItemView,
    MatcherView,
    ReconciliationView,
)
from proto.wardwatch.v1.policy import AccuracyView, BudgetChoice, ReviewRow, SiteBudget
from proto.wardwatch.v1.rolls import SiteScores

# Narrower, and every word is broken.
_NARROWEST: Final = 7
_DIGEST_CHARACTERS: Final = 12


def show(table: Table) -> None:
    """Print *table*; a file or another program has no width, and nothing is cut off for it."""
    console = output.console()
    console.print(fitted(output.seen(table), console.width))


def fitted(table: Table, width: int) -> Table:
    """*table* itself, or where *width* leaves its columns no room, the cells of each row below one another."""
    room = 1 + sum(3 + _least(column) for column in table.columns)
    if room <= width or not table.show_header:
        return table
    lines = _lines()
    for row in zip(*(column.cells for column in table.columns), strict=True):
        cells = [str(cell) for cell in row]
        if cells[0] and lines.row_count:  # a row without its first cell goes on with the one before
            lines.add_row("", "")
        for column, cell in zip(table.columns, cells, strict=True):
            if cell:
                lines.add_row(str(column.header), cell)
    return lines


def plain(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of texts."""
    table = _table(*names)
    for row in rows:
        table.add_row(*row)
    return table


def entries(rows: Sequence[EntryRow]) -> Table:
    """One entry to a row."""
    short = ids.shortest(e.id for e in rows)
    table = _table("id", "state", "label", "category", "last day", "where", "photos", "author", "approver")
    for e in rows:
        accounts = (e.author, e.approver or "")
        until = "" if e.state == "erased" else str(e.last_day)
        table.add_row(short[e.id], e.state, e.label, e.category, until, where(e.scope), str(e.photos), *accounts)
    return table


def facts(e: EntryView) -> Table:
    """What an entry says, a fact to a line."""
    table = _lines()
    texts = {
        "id": str(e.id),
        "state": f"{e.state} (revision {e.revision}, by {e.changed_by}: {e.reason or 'no reason given'})",
        "label": e.label,
        "category": e.category,
        "basis": e.basis,
        "evidence": e.evidence,
        "instruction": e.instruction,
        "note": e.note,
        "where": where(e.scope),
        "last day": str(e.last_day),
        "renewal": "" if e.renewal is None else f"to {e.renewal.last_day}, asked for by {e.renewal.by}",
        "author": e.author,
        "put forward": e.put_forward_by or "",
        "approved": "" if e.approved_at is None else f"{e.approver}, {e.approved_at:%Y-%m-%d %H:%M} UTC",
        "identity": "" if e.identity_last_four is None else f"number ending in {e.identity_last_four}",
        "import": "" if e.batch is None else str(e.batch),
        "takes the place of": ", ".join(map(str, e.replaces)),
        "its place is taken by": "" if e.replaced_by is None else str(e.replaced_by),
    }
    for name, text in texts.items():
        if text:
            table.add_row(name, text)
    return table


def photos(views: Sequence[PhotoView]) -> Table:
    """Enrolled photos."""
    several = len({p.person for p in views}) > 1
    table = _table(
        "photo", "name", "source", "taken", "face px", *(["shows"] if several else []), "warnings", "suspended"
    )
    for p in views:
        taken = "not known" if p.taken_on is None else str(p.taken_on)
        warnings = ", ".join(f"{c} ({'accepted' if c in p.accepted_findings else 'open'})" for c in p.warnings)
        shows = [] if not several else ["not compared" if p.person is None else f"person {p.person + 1}"]
        first = (str(p.position), p.name, p.source, taken, f"{p.measures.face_px:.0f}")
        table.add_row(*first, *shows, warnings, p.suspended_reason)
    return table


def judged(photos_: Iterable[tuple[str, PhotoJudged]]) -> Table:
    """What became of each photo that was sent: measure, limit and remedy."""
    table = _table("photo", "verdict", "finding", "measured", "limit", "remedy")
    for name, photo in photos_:
        table.add_row(name, photo.verdict.value, *(_finding(photo.findings[0]) if photo.findings else ()))
        for finding in photo.findings[1:]:
            table.add_row("", "", *_finding(finding))
    return table


def likenesses(found: Sequence[LikenessView]) -> Table:
    """Whom an entry resembles."""
    short = ids.shortest(each.other for each in found)
    table = _table("other", "label", "state", "likeness", "decision")
    for each in found:
        decision = "open" if each.decision is None else f"{_code_text(each.decision)}, {each.decided_by}: {each.reason}"
        table.add_row(short[each.other], each.label, each.state, _code_text(each.strength), decision)
    return table


def history(changes: History) -> Table:
    """Everything that was done to an entry, oldest first."""
    table = _table("at (UTC)", "revision", "state", "account", "reason")
    for c in changes.changes:
        table.add_row(f"{c.at:%Y-%m-%d %H:%M:%S}", str(c.revision), c.state, c.account, c.reason)
    return table


def receipts(erasure: ErasureView) -> Table:
    """Which matchers have let go of an erased entry, and which have not."""
    table = _table("matcher", "receipt", "index generation")
    for r in erasure.receipts:
        table.add_row(r.matcher, f"{r.released_at:%Y-%m-%d %H:%M:%S} UTC", str(r.index_generation))
    for o in erasure.owed:
        state = "silent since" if o.silent else "owed; last heard"
        table.add_row(o.matcher, f"{state} {o.seen_at:%Y-%m-%d %H:%M:%S} UTC", "")
    return table


def matchers(known: Iterable[MatcherView]) -> Table:
    """The matchers that hold the list."""
    table = _table("matcher", "heard (UTC)", "entries", "templates", "applied", "index generation", "clock off by")
    for m in known:
        last_seen = f"{m.seen_at:%Y-%m-%d %H:%M:%S}{' (silent)' if m.silent else ''}"
        entries = f"{m.entries}{f' ({m.locked} locked)' if m.locked else ''}"
        sizes = (entries, str(m.templates), str(m.applied_sequence), str(m.index_generation))
        table.add_row(m.name, last_seen, *sizes, f"{m.clock_skew_ms} ms")
    return table


def reviews(found: Sequence[ReviewRow]) -> Table:
    """Entries that somebody should look at, worst first; false alerts are of the last 30 days."""
    doubtful = any(r.several_people or r.same_person for r in found)
    short = ids.shortest(each for r in found for each in (r.entry, *r.same_person))
    why = ["doubt"] if doubtful else []
    table = _table("id", "label", "state", *why, "false alerts", "suspended photos", "last day")
    for r in found:
        doubts = ["photos show several people"] if r.several_people else []
        doubts += [f"same person as {short[each]}" for each in r.same_person]
        suspended = ", ".join(map(str, r.suspended_photos))
        first = (short[r.entry], r.label, r.state, *(["; ".join(doubts)] if doubtful else []))
        table.add_row(*first, str(r.false_alerts), suspended, str(r.last_day))
    return table


def accuracy(reports: Iterable[AccuracyView]) -> Table:
    """The figures that say which threshold is too low; rates are of one frame."""
    table = _table("measured", "photos of", "list", "missed (FNIR)", "false (FPIR, at most)", "floor", "model")
    for r in reports:
        rates = (f"{r.fnir:.4g}", f"{r.fpir:.4g} ({r.fpir_upper:.4g})", f"{r.floor:g}")
        table.add_row(f"{r.measured_on}", r.dataset, f"{r.list_size:,}", *rates, r.model_sha256[:_DIGEST_CHARACTERS])
    return table


def budget(site: SiteBudget) -> Table:
    """What a budget for false alerts leads to at each camera of a site."""
    table = _table("camera", "alert from", "false alerts a week (95 %)", "walks counted")
    for c in site.cameras:
        expected = f"{c.expected.alerts:.2g} ({c.expected.low:.2g} to {c.expected.high:.2g})"
        table.add_row(c.camera, f"{c.threshold:.3f}", expected, f"{c.walks:,}")
    return table


def scores(site: SiteScores) -> Table:
    """How many walks of a site came how near to the list, by each of two recognisers."""
    table = _table("recogniser", "decides", "walks", *(f"≥ {each.threshold:.2f}" for each in site.models[0].above))
    for model in site.models:
        decides = "yes" if model.raises is None and model.decides else f"from {model.raises:g}" if model.decides else ""
        counts = (f"{each.walks:,}" for each in model.above)
        table.add_row(model.model_sha256[:_DIGEST_CHARACTERS], decides, f"{model.walks:,}", *counts)
    return table


def choices(offered: Iterable[BudgetChoice]) -> Table:
    """What each budget would cost."""
    table = _table("budget a week", "missed, several views", "missed, one view")
    for c in offered:
        words = f"{c.weekly_false_alerts:g}" + ("" if c.met else ", cannot be met")
        table.add_row(words, f"{c.missed:.1%}", f"{c.missed_of_one_view:.1%}")
    return table


def differences(found: ReconciliationView) -> Table:
    """How what the matchers work by differed from the record; a row for each kind that was found."""
    table = _table("difference", "entries", "what it means")
    kinds = {
        "missing": (found.missing, "recorded, and nothing was published"),
        "behind": (found.behind, "an earlier change was published last"),
        "different": (found.different, "the same change, published otherwise"),
        "ahead": (found.ahead, "a later change was published than is recorded"),
        "unknown": (found.unknown, "published, and not recorded"),
    }
    for kind, (count, meaning) in kinds.items():
        if count:
            table.add_row(kind, f"{count:,}", meaning)
    return table


def items(rows: Iterable[ItemView]) -> Table:
    """Rows of an import's report."""
    table = _table("file", "name", "person", "outcome", "finding", "measured", "limit", "remedy")
    for row in rows:
        first = _finding(row.findings[0]) if row.findings else ()
        # Of who has no name only the id is known, which stands beside it.
        label = "" if row.label in {row.external_id, None} else row.label
        table.add_row(row.name, label, row.external_id or "", row.outcome, *first)
        for finding in row.findings[1:]:
            table.add_row("", "", "", "", *_finding(finding))
    return table


def counts(of: ImportCounts) -> Table:
    """How many of an import came to what; each line sums to what was read."""
    table = _table("", "read", *OUTCOMES)
    for name, each in (("people", of.people), ("photos", of.photos), ("lines of people.csv", of.lines)):
        many = each.model_dump()
        table.add_row(name, f"{each.read:,}", *(f"{many[outcome]:,}" for outcome in OUTCOMES))
    return table


def batches(known: Sequence[BatchView]) -> Table:
    """Imports, newest first."""
    short = ids.shortest(b.id for b in known)
    table = _table("id", "state", "opened (UTC)", "author", "people", *OUTCOMES, "pending", "active")
    for b in known:
        people = b.counts.people.model_dump()
        figures = (str(b.people), *(str(people[outcome]) for outcome in OUTCOMES), str(b.pending), str(b.active))
        table.add_row(short[b.id], b.state, f"{b.opened_at:%Y-%m-%d %H:%M}", b.author, *figures)
    return table


def batch_likenesses(found: Sequence[BatchLikeness]) -> Table:
    """Who looks like whom in an import."""
    short = ids.shortest(each for like in found for each in (like.entry, like.likeness.other))
    table = _table("id", "label", "other", "other's label", "likeness", "decision")
    for each in found:
        like = each.likeness
        decision = "open" if like.decision is None else f"{_code_text(like.decision)}, {like.decided_by}: {like.reason}"
        first = (short[each.entry], each.label, short[like.other], like.label)
        table.add_row(*first, _code_text(like.strength), decision)
    return table


def where(scope: Scope) -> str:
    """Where an entry may match."""
    match scope.kind:
        case "network":
            return "everywhere"
        case "group":
            return f"group {scope.group}"
        case "sites":
            return ", ".join(scope.sites)


def _finding(finding: Finding) -> tuple[str, str, str, str]:
    value, limit = ("" if n is None else f"{n:g}" for n in (finding.value, finding.limit))
    return (finding.code, value, limit, finding.text)


def _code_text(code: str) -> str:
    return code.replace("_", " ")


def _least(column: Column) -> int:
    """How narrow a column may become and still be read, in characters."""
    widest = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
    return widest if column.no_wrap else min(widest, _NARROWEST)


def _table(*titles: str) -> Table:
    table = Table()
    for title in titles:
        # Ids are copied into the next command: in one piece.
        table.add_column(title, overflow="fold", no_wrap=title in {"id", "other"})
    return table


def _lines() -> Table:
    table = Table(box=None, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    return table
