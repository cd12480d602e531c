"""The same report on paper: a PDF of what the JSON says, with the fonts that its words need."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from proto.wardwatch.v1.incident_reports import IncidentReport, ReportedPicture, ReportedVerdict
from services.alerts.reports.lines import HAN, wrapped
from services.alerts.reports.words import WORDS, Words

_FONT: Final = Path(__file__).parent / "font" / "DroidSansFallbackFull.ttf"
_WIDE, _HIGH = A4
_MARGIN: Final = 56.0
_NAMES: Final = 150.0  # room of a row's name
_SIZE: Final = 10.0
_LEADING: Final = 1.45
_PICTURE: Final = 200.0

Row = tuple[str, str]


def pdf(report: IncidentReport, language: str) -> bytes:
    """The PDF of *report*; the same bytes for the same report."""
    words, zone = WORDS[language], ZoneInfo(report.time_zone)
    page = _Page(Canvas(buffer := io.BytesIO(), pagesize=A4, invariant=1), words)
    page.canvas.setTitle(words.title)
    page.canvas.setAuthor(report.hospital or "Wardwatch")
    page.text(words.title, size=18)
    page.text(report.hospital)
    for title, rows in _sections(report, words, zone):
        page.section(title, rows)
    page.pictures(report.pictures)
    page.section(words.making, list(_making(report, words, zone)))
    for note in (words.limits, words.care, words.check):
        page.text(note, size=9)
    page.close()
    return buffer.getvalue()


def _sections(report: IncidentReport, words: Words, zone: ZoneInfo) -> Iterator[tuple[str, Sequence[Row]]]:
    incident, entry, visit = report.incident, report.entry, report.visit

    def at(moment: datetime | None) -> str:
        return "" if moment is None else _moment(moment, zone)

    yield (
        words.incident,
        [
            (words.number, f"{incident.number}  {incident.id}"),
            (words.site, incident.site),
            (words.raised, at(incident.raised_at)),
            (words.seen, f"{at(incident.first_seen_at)} - {at(incident.last_seen_at)}"),
            (words.decided, at(incident.decided_at)),
            (words.outcome, words.confirmed),
            (words.corrected, at(incident.corrected_at)),
        ],
    )
    category = "" if entry.category is None else words.categories.get(entry.category, entry.category)
    label = entry.label or words.erased
    yield words.entry, [(words.label, f"{label}\n{entry.id}"), (words.category, category)]
    verdicts = [(each.account, _said(each, words, zone)) for each in report.verdicts]
    yield words.verdicts, [(words.reviewers, str(report.reviewers)), *verdicts]
    yield (
        words.stops,
        [(f"{at(stop.since)} - {stop.until.astimezone(zone):%H:%M:%S}", _place(stop.place, stop.camera))
         for stop in report.stops],
    )  # fmt: skip
    if visit is not None:
        result = "" if visit.result is None else words.result.get(visit.result, visit.result)
        rows = [
            (words.went, f"{visit.account}, {at(visit.at)}"),
            (words.arrived, at(visit.arrived_at)),
            (words.came, result),
            (words.note, visit.note or ""),
        ]
        yield words.visit, rows


def _making(report: IncidentReport, words: Words, zone: ZoneInfo) -> Iterator[Row]:
    yield words.made, f"{_moment(report.made_at, zone)} ({report.time_zone}), {report.made_by}\n{report.id}"
    yield words.reason, report.reason
    yield words.version, report.version
    yield words.audit, f"{report.audit.sequence}  {report.audit.sha256}"
    yield words.key, report.key_sha256


def _said(given: ReportedVerdict, words: Words, zone: ZoneInfo) -> str:
    alone = words.alone if given.alone else words.informed
    return f"{words.verdict[given.verdict or '']}, {_moment(given.at, zone)}, {alone}"


def _place(place: str, camera: str) -> str:
    return camera if place == camera else f"{place} ({camera})"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


@cache
def _han() -> frozenset[int]:
    """The signs of the font for ideographs, which is read when the first report is made."""
    pdfmetrics.registerFont(font := TTFont(HAN, str(_FONT)))
    return frozenset(font.face.charToGlyph)


@dataclass(slots=True)
class _Page:
    """Writes from the top to the foot of a page, and goes on on the next one."""

    canvas: Canvas
    words: Words
    y: float = field(default=_HIGH - _MARGIN)
    number: int = 1

    def text(self, text: str, *, size: float = _SIZE, x: float = _MARGIN, room: float = _WIDE - 2 * _MARGIN) -> None:
        """Write *text* below what stands there, in as many lines as it takes."""
        if text:
            self._lines(text, size, x, room)
            self.y -= size * 0.4

    def section(self, title: str, rows: Sequence[Row]) -> None:
        """A title, and each row that says something: its name, and its text beside it."""
        self._room(5 * _SIZE * _LEADING)
        self.y -= _SIZE
        self.text(title, size=12)
        for name, text in rows:
            if not text:
                continue
            self._room(2 * _SIZE * _LEADING)
            top, page = self.y, self.number
            self._lines(name, _SIZE, _MARGIN, _NAMES - 8)
            foot, self.y = self.y, top if self.number == page else self.y
            self._lines(text, _SIZE, _MARGIN + _NAMES, _WIDE - 2 * _MARGIN - _NAMES)
            self.y = min(self.y, foot) if self.number == page else self.y

    def pictures(self, pictures: Sequence[ReportedPicture]) -> None:
        """The faces beside each other, each as large as its half of the page lets it be."""
        if not pictures:
            return
        self._room(_PICTURE + 6 * _SIZE)
        self.y -= _SIZE
        self.text(self.words.pictures, size=12)
        top = self.y
        for place, each in enumerate(pictures):
            x = _MARGIN + place * (_WIDE - 2 * _MARGIN) / 2
            image = ImageReader(io.BytesIO(each.jpeg))
            wide, high = image.getSize()
            scale = min(_PICTURE / wide, _PICTURE / high)
            self.canvas.drawImage(image, x, top - high * scale, wide * scale, high * scale)
            self.y = top - _PICTURE
            self._lines(self.words.picture[each.which], 9, x, _PICTURE)

    def close(self) -> None:
        """The last page is whole."""
        self._foot()
        self.canvas.save()

    def _lines(self, text: str, size: float, x: float, room: float) -> None:
        han = _han()
        for line in wrapped(text, han, lambda font, part: pdfmetrics.stringWidth(part, font, size), room):
            self._room(size * _LEADING)
            self.y -= size * _LEADING
            written = self.canvas.beginText(x, self.y)
            for font, part in line:
                written.setFont(font, size)
                written.textOut(part)
            self.canvas.drawText(written)

    def _room(self, needed: float) -> None:
        if self.y - needed < _MARGIN + _SIZE * 2:
            self._foot()
            self.canvas.showPage()
            self.number += 1
            self.y = _HIGH - _MARGIN

    def _foot(self) -> None:
        foot = self.words.page.format(page=self.number)
        _han()
        written = self.canvas.beginText(_MARGIN, _MARGIN / 2)
        for font, part in wrapped(foot, _han(), lambda *_: 0, _WIDE)[0]:
            written.setFont(font, 8)
            written.textOut(part)
        self.canvas.drawText(written)
