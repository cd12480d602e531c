"""The notice for visitors and the sign for the door, made from the settings by which alerts run (safeguard S15)."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.edge.pages import FOLDER, File
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.reviewers import USUAL, Reviewing
from services.chassis.qr import qr_code

NOTICE: Final = "/notice"
LANGUAGES: Final = ("en", "zh")
ADDRESSES: Final = (
    f"{NOTICE}/notice.css",
    *(f"{NOTICE}/{name}" for language in LANGUAGES for name in (language, f"sign-{language}")),
)
_QUIET_MODULES: Final = 4  # of white around a QR code (ISO/IEC 18004)


@dataclass(frozen=True, slots=True)
class Words:
    """What the templates leave open, in one language."""

    hospital: str  # where it is not named
    every_site: str
    one: str
    two: str
    two_but: str  # with the sites that have one reviewer
    one_at: str  # likewise
    one_but: str  # with the sites that have two
    two_at: str  # likewise
    contact: str  # with the contact
    no_contact: str
    minutes: str
    hours: str
    between: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        hospital="this hospital",
        every_site="every entrance with a camera",
        one="One person has to decide.",
        two="Two people have to agree, each without knowing what the other said.",
        two_but="Two people have to agree, each without knowing what the other said; at {sites} one person decides.",
        one_at="2; 1 at {sites}",
        one_but="One person has to decide; at {sites} two people have to agree, each without knowing the other's word.",
        two_at="1; 2 at {sites}",
        contact="Ask: {contact}.",
        no_contact="Ask at the information desk.",
        minutes="{n:g} minutes",
        hours="{n:g} hours",
        between=", ",
    ),
    "zh": Words(
        hospital="本院",
        every_site="所有设有摄像机的入口",
        one="由一人判定。",
        two="须两人各自独立判定且结论一致。",
        two_but="须两人各自独立判定且结论一致；{sites} 由一人判定。",
        one_at="2；{sites} 为 1",
        one_but="由一人判定；{sites} 须两人各自独立判定且结论一致。",
        two_at="1；{sites} 为 2",
        contact="联系方式：{contact}。",
        no_contact="请到导医台询问。",
        minutes="{n:g} 分钟",
        hours="{n:g} 小时",
        between="、",
    ),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """The settings that visitors are told. *address* is the page's own, as people type it; "" where that is not set."""

    hospital: str
    contact: str
    address: str
    sites: frozenset[SiteId]
    policy: EvidencePolicy
    pending_minutes: float
    undecided_hours: float
    reviewing: Reviewing = USUAL

    def files(self, folder: Path = FOLDER / "notice") -> Mapping[str, File]:
        """Notice and sign in each language, and their style, by address."""
        made = {f"{NOTICE}/notice.css": File.of((folder / "notice.css").read_bytes(), "text/css")}
        for language in LANGUAGES:
            values = {**self.values(language), **self._qr(language)}
            for name in (language, f"sign-{language}"):
                page = (folder / f"{name}.html").read_text(encoding="utf-8")
                made[f"{NOTICE}/{name}"] = File.of(filled(page, values).encode(), "text/html")
        return made

    def values(self, language: str) -> Mapping[str, str]:
        """What stands in for each capital word of the templates; text, not HTML."""
        words = WORDS[language]
        reviewers, review = self._review(words)
        return {
            "HOSPITAL": self.hospital or words.hospital,
            "CONTACT": words.contact.format(contact=self.contact) if self.contact else words.no_contact,
            "SITES": words.between.join(sorted(self.sites)) or words.every_site,
            "REVIEWERS": reviewers,
            "REVIEW": review,
            "STRONG": f"{self.policy.strong:g}",
            "CORROBORATING": f"{self.policy.corroborating:g}",
            "PENDING": words.minutes.format(n=self.pending_minutes),
            "UNDECIDED": words.hours.format(n=self.undecided_hours),
        }

    def _review(self, words: Words) -> tuple[str, str]:
        """How many must agree: as a figure, and as a sentence."""
        single, sites = self.reviewing.everywhere == 1, words.between.join(sorted(self.reviewing.otherwise))
        if not sites:
            return str(self.reviewing.everywhere), words.one if single else words.two
        if single:
            return words.two_at.format(sites=sites), words.one_but.format(sites=sites)
        return words.one_at.format(sites=sites), words.two_but.format(sites=sites)

    def _qr(self, language: str) -> Mapping[str, str]:
        address = f"{self.address.rstrip('/')}{NOTICE}/{language}"
        if not self.address:
            return {"ADDRESS": address, "QRSIDE": "0", "QRPATH": ""}
        code = qr_code(address)
        return {"ADDRESS": address, "QRSIDE": str(code.size + 2 * _QUIET_MODULES), "QRPATH": code.path}


def filled(page: str, values: Mapping[str, str]) -> str:
    """*page* with each capital word replaced by its value, which may hold anything and stays text."""
    return re.sub(rf"\b(?:{'|'.join(values)})\b", lambda word: html.escape(values[word[0]]), page)
