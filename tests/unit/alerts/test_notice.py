"""The notice for visitors says what is set, in both languages, and what is set never becomes markup (safeguard S15)."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.edge import notice
from services.alerts.edge.notice import LANGUAGES, Notice
from services.alerts.edge.pages import File
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.reviewers import Reviewing

USUAL = Notice(
    hospital="City Hospital",
    contact="privacy@city.example, room 5",
    address="https://guard.city.example/",
    sites=frozenset({SiteId("h1"), SiteId("h2")}),
    policy=EvidencePolicy(),
    pending_minutes=15,
    undecided_hours=72,
)


def text(file: File) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", file.content.decode()))


def pages(made: Notice) -> dict[str, str]:
    return {address: text(file) for address, file in made.files().items() if file.content_type == "text/html"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (USUAL, ["City Hospital", "privacy@city.example, room 5", "h1", "h2", "0.62", "0.55", "15", "72"]),
        (replace(USUAL, hospital="Nord", contact="3 楼"), ["Nord", "3 楼"]),
        (replace(USUAL, pending_minutes=7.5, undecided_hours=24), ["7.5", "24"]),
        (replace(USUAL, policy=EvidencePolicy(strong=0.7, corroborating=0.61)), ["0.7", "0.61"]),
        (replace(USUAL, sites=frozenset({SiteId("west")})), ["west"]),
        (replace(USUAL, reviewing=Reviewing(2, frozenset({SiteId("h2")}))), ["2", "h2"]),
    ],
)
def test_the_notice_equals_the_settings(language: str, changed: Notice, said: list[str]) -> None:
    page = pages(changed)[f"{notice.NOTICE}/{language}"]

    assert [word for word in said if word not in page] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_decides_is_told_as_it_is_set(language: str) -> None:
    words = notice.WORDS[language]
    one, two, but, one_but = (
        pages(each)[f"{notice.NOTICE}/{language}"]
        for each in (
            replace(USUAL, reviewing=Reviewing(1)),
            USUAL,
            replace(USUAL, reviewing=Reviewing(2, frozenset({SiteId("h2")}))),
            replace(USUAL, reviewing=Reviewing(1, frozenset({SiteId("h2")}))),
        )
    )

    assert words.one in one
    assert words.two in two
    assert words.two_but.format(sites="h2") in but
    assert words.one_but.format(sites="h2") in one_but


def test_every_word_left_open_is_filled_on_every_page() -> None:
    unnamed = replace(USUAL, hospital="", contact="", address="", sites=frozenset())

    for made in (USUAL, unnamed):
        for address, page in pages(made).items():
            assert not re.search(r"\b[A-Z]{4,}\b", page), address


def test_what_is_set_stays_text_and_fills_nothing_else() -> None:
    hostile = replace(USUAL, hospital="<script>alert(1)</script>", contact='CONTACT "SITES" & <b>')
    made = hostile.files()

    for address, file in made.items():
        assert b"<script" not in file.content, address
    assert 'CONTACT "SITES" & <b>' in text(made[f"{notice.NOTICE}/en"])


def test_the_sign_leads_to_the_notice_where_the_address_is_known() -> None:
    with_code = USUAL.files()[f"{notice.NOTICE}/sign-zh"].content.decode()
    without = replace(USUAL, address="").files()[f"{notice.NOTICE}/sign-zh"].content.decode()

    assert "https://guard.city.example/notice/zh" in with_code
    assert re.search(r'<path d="M0 0h7', with_code)
    assert '<path d=""/>' in without


def test_the_shortest_times_read_well() -> None:
    made = replace(USUAL, pending_minutes=1, undecided_hours=1, policy=EvidencePolicy(evidence=timedelta(seconds=30)))

    assert "1 minute" in pages(made)[f"{notice.NOTICE}/en"]
