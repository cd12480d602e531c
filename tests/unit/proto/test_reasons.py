"""Reasons: a closed list that every source's reason is from, and that the pages can say in each of their languages."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from proto.wardwatch.v1.reasons import SENTENCES, duration, names, sentence
from services.alerts.state.gathering import ALL_SILENT, MANY
from services.alerts.state.wiring import OWN_CHECKS

ROOT: Final = Path(__file__).parents[3]
TABLES: Final = ROOT / "services" / "alerts" / "web" / "shared" / "reasons"
SOURCES: Final = sorted((ROOT / "services" / "alerts").rglob("*.py"))


def table(language: str) -> dict[str, str]:
    page = (TABLES / f"{language}.js").read_text(encoding="utf-8")
    found = re.findall(r'^  (\w+): "(.*)",$', page, re.MULTILINE)
    assert len(found) == len(dict(found)), "a code is there twice"
    return dict(found)


def said() -> set[str]:
    """Every code that a source gives a reason, of many reasons in one, and of what alerts checks of itself."""
    calls = (
        node
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Reason", "_differs")
    )
    written = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    many = {each.code for each in MANY.values()} | {ALL_SILENT}
    return {str(code) for code in written} | {code for code, _ in OWN_CHECKS.values()} | many


def test_reasons_and_sentences_have_the_same_codes() -> None:
    assert said() == SENTENCES.keys()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_say_every_reason_with_the_same_parameters(language: str) -> None:
    sentences = table(language)

    assert sentences.keys() == SENTENCES.keys()
    for code, text in sentences.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == names(code), code


def test_no_sentence_in_chinese_holds_an_english_word() -> None:
    for code, text in table("zh").items():
        assert not re.search(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", text)), code


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")]
)
def test_a_time_is_said_as_people_say_it(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_a_reason_names_who_is_silent_and_for_how_long() -> None:
    assert sentence("camera_silent", "h1", {"camera": "gate-2", "seconds": 40}) == "gate-2 at h1 silent for 40 s"
    assert sentence("backup_old", None, {"hours": 50}) == "the last backup is 2 d old"


def test_a_reason_of_a_later_version_is_told_as_it_is() -> None:
    assert sentence("moon_is_full", None, {"phase": 4}) == "moon_is_full phase=4"
