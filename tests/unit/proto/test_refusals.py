"""Refusals: a closed list that every refusal is from, and that the pages can say in each of their languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.refusals import SENTENCES, RefusalText, Sentence
from tests.checkout import sources

ROOT: Final = Path(__file__).parents[3]
WEB: Final = ROOT / "services" / "alerts" / "web"
# What people are answered by, over the HTTP interface.
SOURCES: Final = [path for name in ("alerts", "watchlist") for path in sorted((ROOT / "services" / name).rglob("*.py"))]
EVERYWHERE: Final = list(sources())
# By refusal class: the position of the argument that holds its text.
WORDS_OF: Final = {
    "Refusal": 1,
    "Unacceptable": 0,
    "Refused": 2,
    "VerdictRefused": 0,
    "ResponseRefused": 0,
}
NAMED: Final = {name: each for name, each in vars(refusals).items() if isinstance(each, Sentence)}


def table(language: str) -> dict[str, str]:
    """The page's sentences in a language, by code."""
    page = (WEB / "shared" / "refusals" / f"{language}.js").read_text(encoding="utf-8")
    found = re.search(rf"^export const {language} = \{{\n(.*?)^\}};", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    rows = re.findall(r'^  (\w+): "(.*)",$', found[1], re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a code is there twice"
    assert len(rows) == sum(": " in line for line in found[1].splitlines()), "a row is written another way"
    return dict(rows)


def calls(names: set[str], sources: list[Path]) -> Iterator[tuple[Path, ast.Call]]:
    for source in sources:
        text = source.read_text(encoding="utf-8")
        # To parse every source takes seconds, and most have none of these.
        if not any(f"{name}(" in text for name in names):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield source, node


def filled() -> Iterator[tuple[Sentence, set[str]]]:
    """Every sentence that is said, and the parameters that it is given there."""
    for source in EVERYWHERE:
        text = source.read_text(encoding="utf-8")
        if ".filled(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "filled":
                for name in re.findall(r"\b[A-Z][A-Z_]+\b", ast.unparse(node.func.value)):
                    yield NAMED[name], {key.arg for key in node.keywords if key.arg}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_have_words_for_every_code_and_for_no_other(language: str) -> None:
    assert set(table(language)) == set(SENTENCES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_name_only_parameters_that_come_along(language: str) -> None:
    sentences = table(language)
    for sentence, params in filled():
        named = set(re.findall(r"\{(\w+)\}", sentences[sentence.code]))
        assert named <= params, f"{language}: {sentence.code}"


def test_every_finding_has_a_title_and_a_remedy_in_both_languages() -> None:
    page = (WEB / "console" / "words" / "findings.js").read_text(encoding="utf-8")
    # A remedy that several have in common stands in a name of its own.
    rows = re.findall(r"^  (\w+): finding\((.*)\),$", page, re.MULTILINE)
    words = {code: re.findall(r'"[^"]*"|[A-Z_]+', text) for code, text in rows}

    assert set(words) == {code.value for code in FindingCode}
    for code, (_, title, _, remedy) in words.items():
        assert '""' not in words[code], code
        assert re.search(r"[\u4e00-\u9fff]|_ZH", title + remedy), code


def test_what_the_program_gives_as_a_reason_has_words_on_chinese_pages() -> None:
    page = (WEB / "console" / "words" / "zh.js").read_text(encoding="utf-8")
    record = [*(ROOT / "services" / "watchlist").rglob("*.py"), *(ROOT / "migrations").glob("*.sql")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in record)
    reasons = set(re.findall(r"""(?:_erase\([^)]*?|reason = )["']([a-z][a-z. ]+)["']""", text, re.DOTALL))

    assert len(reasons) >= 6
    for reason in reasons:
        assert f'    "{reason}": "' in page, reason


def test_chinese_sentences_are_in_chinese() -> None:
    for code, text in table("zh").items():
        assert re.search(r"[\u4e00-\u9fff]", text), code


def test_every_refusal_is_from_the_list() -> None:
    found = 0
    for source, call in calls(set(WORDS_OF), SOURCES):
        assert isinstance(call.func, ast.Name)
        place = f"{source.relative_to(ROOT)}:{call.lineno}"
        if call.func.id == "Unacceptable" and "alerts" in source.parts:
            continue  # of the database's own, which nobody is answered with
        position = WORDS_OF[call.func.id]
        assert len(call.args) > position, f"{place}: it says nothing"
        words = call.args[position]
        assert not isinstance(words, ast.Constant | ast.JoinedStr), f"{place}: not from proto/wardwatch/v1/refusals.py"
        found += 1
    assert found > 60


def test_every_sentence_is_said_with_what_it_names() -> None:
    sentences = list(filled())

    for sentence, params in sentences:
        assert sentence.names <= params, sentence.code
    assert {sentence.code for sentence, _ in sentences} == set(SENTENCES)


def test_a_sentence_is_filled_and_keeps_its_parameters() -> None:
    words = refusals.ENTRY_STATE.filled(state="revoked", states=("active", "pending"))

    assert words == RefusalText(
        "the entry is revoked; this takes one that is active or pending",
        "entry_state",
        {"state": "revoked", "states": ["active", "pending"]},
    )
