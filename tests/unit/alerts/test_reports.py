"""A report says what is known of a confirmed incident, in JSON and on paper, and never how alike two faces were."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from proto.wardwatch.v1.incident_reports import IncidentReport
from services.alerts.incidents.review import Case, Outcome, Review, Verdict
from services.alerts.incidents.store import Response
from services.alerts.incidents.visits import Report, Result, Stop
from services.alerts.reports.lines import HAN, LATIN, runs, wrapped
from services.alerts.reports.making import Making, report
from services.alerts.reports.pdf import pdf
from services.alerts.reports.store import GivenVerdict, Head
from services.alerts.reports.words import WORDS
from tests.unit.alerts.builders import NOON, incident

LI, ANA = UUID(int=1), UUID(int=2)
MAKING: Final = Making(UUID(int=9), "第一医院", NOON, "sue", "police file 12/26", "1.2", "Asia/Shanghai", "ab" * 32)
HAN_SIGNS: Final = frozenset(map(ord, "刘明第一医院"))


def made(**pictures: bytes) -> IncidentReport:
    case = Case(2, (Review(LI, Verdict.SAME), Review(ANA, Verdict.SAME)), Outcome.CONFIRMED)
    confirmed = replace(
        incident(case),
        decided_at=NOON + timedelta(minutes=2),
        response=Response(LI, "li", NOON + timedelta(minutes=1)),
        report=Report(LI, "li", Result.HANDED_OVER, "To 刘 of the police.", NOON + timedelta(minutes=9)),
    )
    verdicts = [
        GivenVerdict("li", Verdict.SAME, alone=True, at=NOON + timedelta(minutes=1)),
        GivenVerdict("ana", None, alone=False, at=NOON + timedelta(minutes=2)),
    ]
    stops = [Stop("gate", NOON, NOON + timedelta(seconds=30))]
    return report(MAKING, confirmed, "刘明 Quint", verdicts, stops, {"gate": "Gate 2"}, pictures, Head(7, "cd" * 32))


def jpeg() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (256, 320), "#7a5a48").save(content, "JPEG")
    return content.getvalue()


def test_a_report_says_who_saw_what_and_when_and_no_score() -> None:
    text = made().model_dump_json()

    for said in ("刘明 Quint", "police file 12/26", "Gate 2", "handed_over", '"sequence":7', "not a proof of identity"):
        assert said in text
    for unsaid in ("similarity", "strong", "cosine", "Call 8811"):
        assert unsaid not in text
    assert made().pictures == []


def test_what_is_read_back_is_what_was_written() -> None:
    whole = made(camera=jpeg())

    assert IncidentReport.model_validate_json(whole.model_dump_json()).pictures[0].jpeg == jpeg()


@pytest.mark.parametrize("language", WORDS)
def test_the_paper_is_a_pdf_with_its_own_signs_the_same_each_time(language: str) -> None:
    content = pdf(made(camera=jpeg(), watchlist=jpeg()), language)

    assert content == pdf(made(camera=jpeg(), watchlist=jpeg()), language)
    assert content.startswith(b"%PDF-")
    # Ideographs are embedded, and of the whole font only those that are there.
    assert b"/FontFile2" in content
    assert len(content) < 120_000
    assert len(re.findall(rb"/Subtype /Image", content)) >= 1


def test_a_long_note_goes_on_on_the_next_page() -> None:
    whole = made()
    assert whole.visit is not None
    long = whole.model_copy(update={"visit": whole.visit.model_copy(update={"note": "word " * 1200})})

    content = pdf(long, "en")

    assert len(re.findall(rb"/Type /Page\b", content)) > 2


@given(text=st.text(max_size=80), room=st.floats(5, 200))
def test_no_sign_is_lost_on_paper_and_no_line_is_too_wide(text: str, room: float) -> None:
    def width(_font: str, part: str) -> float:
        return 5.0 * len(part)

    lines = wrapped(text, HAN_SIGNS, width, room)

    written = "".join(part for line in lines for _, part in line).replace(" ", "")
    whole = "".join(part for _, part in runs(text.replace("\n", ""), HAN_SIGNS)).replace(" ", "")
    assert written == whole
    for line in lines:
        signs = "".join(part for _, part in line)
        assert width("", signs) <= room or re.fullmatch(r"<U\+[0-9A-F]+>", signs)


def test_each_sign_is_in_a_font_that_has_it() -> None:
    assert runs("刘 Quint é", HAN_SIGNS) == [(HAN, "刘"), (LATIN, " Quint é")]
    assert runs("\u202eA😀", HAN_SIGNS) == [(LATIN, "<U+202E>A<U+1F600>")]
