"""What anybody may check without signing in: the proof as JSON, and as a page in both languages without a script."""

import html
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from services.alerts.edge import proof_models as models
from services.alerts.edge.authority import language_of
from services.alerts.edge.http import model_response
from services.alerts.edge.proof_words import COUNTS, WORDS, Words
from services.alerts.proof.proving import Proof
from services.alerts.proof.store import Head, MonthReport

PROOF: Final = "/proof"
# Whoever asks again sooner gets the same.
_CACHE: Final = {"Cache-Control": "public, max-age=30"}
_MOST_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class ProofApi:
    """Serves the proof to everybody; the same bytes for all who ask within half a minute."""

    prove: Callable[[], Awaitable[Proof]]
    version: str
    hospital: str
    time_zone: ZoneInfo
    key_sha256: str

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each operation by name."""
        return {"show_proof": self.show_proof}

    def pages(self) -> Mapping[str, Handler]:
        """The page by its addresses."""
        return {PROOF: _leading, **{f"{PROOF}/{language}": self._page(language) for language in WORDS}}

    async def show_proof(self, _request: web.Request) -> web.Response:
        response = model_response(self.model(await self.prove()))
        response.headers.update(_CACHE)
        return response

    def _page(self, language: str) -> Handler:
        async def show(_request: web.Request) -> web.Response:
            page = rendered(self.model(await self.prove()), WORDS[language], self.time_zone)
            return web.Response(body=page.encode(), content_type="text/html", charset="utf-8", headers=_CACHE)

        return show

    def model(self, proof: Proof) -> models.Proof:
        """*proof* as it is said to everybody."""
        record = proof.record
        verified = None if record is None else record.verification
        return models.Proof(
            checked_at=None if record is None else record.now,
            version=self.version,
            hospital=self.hospital,
            head=None if record is None else _head(record.head),
            published=_head(proof.published),
            agrees=proof.agrees,
            days=[]
            if record is None
            else [models.ProofDay(day=each.day, sequence=each.sequence, sha256=each.sha256) for each in record.days],
            verification=None
            if verified is None
            else models.ProofVerification(
                at=verified.at,
                version=verified.version,
                sequence=verified.sequence,
                heads_compared=verified.compared,
                covered=verified.covered,
                faults=verified.faults,
            ),
            report_key_sha256=self.key_sha256,
            reports=[] if record is None else [_report(each) for each in record.reports],
        )


def rendered(proof: models.Proof, words: Words, zone: ZoneInfo) -> str:
    """The page, whole; whatever is in it stays text."""

    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    facts = [
        (words.checked, words.not_now if proof.checked_at is None else at(proof.checked_at)),
        (words.version, proof.version),
        (words.newest, _digest(proof.head)),
        (words.published, words.none if proof.published is None else _digest(proof.published)),
        (words.key, proof.report_key_sha256),
    ]
    days = [(each.day.isoformat(), f"{each.sequence} {each.sha256}") for each in proof.days]
    parts = [
        _verdict(proof, words),
        _table(facts),
        f"<h2>{html.escape(words.days)}</h2><p>{html.escape(words.days_text)}</p>",
        _table(days) if days else f"<p>{html.escape(words.none)}</p>",
        f"<h2>{html.escape(words.verified)}</h2><p>{html.escape(_verification(proof, words, at))}</p>",
        f"<p>{html.escape(words.verify_yourself)}</p>",
        f"<h2>{html.escape(words.reports)}</h2>",
        _months(proof.reports[:_MOST_MONTHS], words) if proof.reports else f"<p>{html.escape(words.no_report)}</p>",
        f'<p><a href="/notice">{html.escape(words.notice)}</a></p>',
        f'<p><a href="/api/v1/proof">{html.escape(words.as_json)}</a></p>',
    ]
    return words.page.format(
        title=html.escape(words.title), hospital=html.escape(proof.hospital or words.hospital), body="\n".join(parts)
    )


def _verdict(proof: models.Proof, words: Words) -> str:
    """Well only if it was proven just now."""
    said, kind = {True: (words.agrees, "well"), False: (words.differs, "ill"), None: (words.not_proven, "open")}[
        proof.agrees if proof.checked_at is not None else None
    ]
    return f'<p class="verdict {kind}" role="status">{html.escape(said)}</p>'


def _verification(proof: models.Proof, words: Words, at: Callable[[datetime], str]) -> str:
    known = proof.verification
    if known is None:
        return words.never_verified
    said = words.verified_text.format(
        at=at(known.at), version=known.version, sequence=known.sequence, compared=known.heads_compared
    )
    return f"{said} {words.no_fault if known.faults == 0 else words.faults.format(faults=known.faults)}"


def _months(reports: list[models.ProofReport], words: Words) -> str:
    head = "".join(f'<th scope="col">{html.escape(each.month)}</th>' for each in reports)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(words.counts[name])}</th>'
        + "".join(f"<td>{html.escape(_count(each.counts.get(path)))}</td>" for each in reports)
        + "</tr>"
        for name, path in COUNTS.items()
    )
    label = html.escape(words.reports)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _count(value: str | float | None) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="digest">{html.escape(text)}</td></tr>'
        for name, text in rows
    )
    return f"<table>{cells}</table>"


def _digest(head: models.ProofHead | None) -> str:
    return "" if head is None else f"{head.sequence} {head.sha256}"


def _head(head: Head | None) -> models.ProofHead | None:
    return None if head is None else models.ProofHead(sequence=head.sequence, sha256=head.sha256, at=head.at)


def _report(report: MonthReport) -> models.ProofReport:
    return models.ProofReport(month=report.month, published_at=report.at, counts=dict(_counts(report.content)))


def _counts(content: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str | float | None]]:
    """Every count by its dotted name; what is none is left out."""
    for name, value in content.items():
        match value:
            case Mapping():
                yield from _counts(value, f"{above}{name}.")
            case str() | int() | float() | None:
                yield f"{above}{name}", float(value) if isinstance(value, bool) else value


async def _leading(request: web.Request) -> web.StreamResponse:
    language = language_of(request.headers.get("Accept-Language", ""))
    return web.Response(status=302, headers={"Location": f"{PROOF}/{language}", "Vary": "Accept-Language"})
