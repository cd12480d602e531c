"""The public proof says that all is well only if it was proven just now, and whatever it shows stays text."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from services.alerts.database import StoreAway
from services.alerts.edge.proof import ProofApi, rendered
from services.alerts.edge.proof_words import COUNTS, WORDS
from services.alerts.proof.proving import Proof, Proving
from services.alerts.proof.store import DayHead, Head, MonthReport, Record, Verification
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer

NOW: Final = datetime(2026, 11, 30, 3, tzinfo=UTC)
HEAD: Final = Head(7, "ab" * 32, NOW)
REPORT: Final = MonthReport(
    "2026-10", NOW, {"alerts": {"raised": 12, "by_site": {"<b>h1": 12}}, "log": {"faults": []}, "list": {}}
)
RECORD: Final = Record(
    NOW, HEAD, [DayHead(date(2026, 11, 29), 5, "cd" * 32)], Verification(NOW, "1.2", 6, 3, 5, 0), [REPORT]
)
ZONE: Final = ZoneInfo("Asia/Shanghai")


def delivery(*, sha256: str = "ab" * 32, forged: bool = False) -> Delivery:
    """The newest message of the stream of heads."""
    payload = b"" if forged else AuditHead(7, bytes.fromhex(sha256), NOW).encode()
    return Delivery(subjects.AUDIT.pattern, payload, forged=forged)


@dataclass
class Outside:
    """The record and the broker, as far as a proof asks them."""

    hashes: Mapping[int, str] = field(default_factory=lambda: {7: "ab" * 32})
    away: bool = False
    silent: bool = False
    published: Delivery | None = field(default_factory=delivery)
    asked: int = 0
    clock: float = 0.0

    async def read(self) -> Record:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise StoreAway("database: away")
        return RECORD

    async def sha256_of(self, sequence: int) -> str | None:
        return self.hashes.get(sequence)

    async def last_of(self, stream: str, subject: str) -> Delivery | None:
        assert (stream, subject) == (subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
        if self.silent:
            raise NoAnswer("the broker is away")
        return self.published

    def proving(self) -> Proving:
        return Proving(self, self.last_of, lambda: self.clock)


def api(proof: Proof) -> ProofApi:
    async def prove() -> Proof:
        return proof

    return ProofApi(prove, "1.2.3", "City <i>Hospital", ZONE, "ef" * 32)


def shown(proof: Proof, language: str = "en") -> str:
    return rendered(api(proof).model(proof), WORDS[language], ZONE)


async def test_a_published_head_that_is_in_the_audit_is_proven() -> None:
    found = await Outside().proving()()

    assert found == Proof(RECORD, HEAD, agrees=True)


@pytest.mark.parametrize(
    ("outside", "agrees"),
    [
        (Outside(hashes={7: "00" * 32}), False),  # rewritten
        (Outside(hashes={}), False),  # cut off
        (Outside(published=None), None),
        (Outside(published=delivery(forged=True)), None),
        (Outside(silent=True), None),
        (Outside(away=True), None),
    ],
)
async def test_what_is_not_proven_now_is_never_said_to_be_well(outside: Outside, agrees: bool | None) -> None:
    found = await outside.proving()()

    assert found.agrees is agrees
    for words in WORDS.values():
        page = rendered(api(found).model(found), words, ZONE)
        assert words.agrees not in page
        assert (words.differs if agrees is False else words.not_proven) in page


async def test_however_many_ask_it_is_proven_once_in_half_a_minute() -> None:
    outside = Outside()
    prove = outside.proving()

    await asyncio.gather(*(prove() for _ in range(50)))
    assert outside.asked == 1
    outside.clock, outside.away = 31.0, True
    assert (await prove()).record is None
    outside.clock, outside.away = 34.0, False
    assert (await prove()).agrees
    assert outside.asked == 3


@pytest.mark.parametrize("language", WORDS)
def test_the_page_shows_heads_counts_and_versions_as_text(language: str) -> None:
    page = shown(Proof(RECORD, HEAD, agrees=True), language)

    for said in ("1.2.3", "ab" * 32, "cd" * 32, "ef" * 32, "2026-11-29", "2026-10", "<td>12</td>", "/notice"):
        assert said in page
    assert "<i>" not in page
    assert "City &lt;i&gt;Hospital" in page


def test_counts_are_served_by_their_dotted_names() -> None:
    (report,) = api(Proof(RECORD, HEAD, agrees=True)).model(Proof(RECORD, HEAD, agrees=True)).reports

    assert report.counts == {"alerts.raised": 12, "alerts.by_site.<b>h1": 12}


def test_a_verification_that_found_faults_says_so_loudly() -> None:
    verification = Verification(NOW, "1.2", 6, 3, 5, faults=2)

    page = shown(Proof(replace(RECORD, verification=verification), HEAD, agrees=True))

    assert "IT FOUND 2 FAULTS" in page


def test_both_languages_have_words_for_each_count() -> None:
    for words in WORDS.values():
        assert words.counts.keys() == COUNTS.keys()
