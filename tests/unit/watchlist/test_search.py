"""Which entries some letters find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.watchlist.rules import search


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("wang", ["Wang Fang"]),
        ("fang WANG", ["Wang Fang"]),
        ("王", ["王芳"]),
        ("\uff12\uff10\uff12\uff16\uff0f\uff11\uff17", ["decision 2026/17"]),
        ("straße", ["STRASSE 5"]),
        ("wang 17", ["Wang Fang", "file 17"]),
        ("", ["anybody"]),
        ("   ", []),
    ],
)
def test_letters_find_what_is_written_in_another_form(text: str, fields: list[str]) -> None:
    assert search.finds(search.words(text), search.text(fields))


@pytest.mark.parametrize(("text", "fields"), [("wang li", ["Wang Fang"]), ("x", []), ("17", ["", "1 7"])])
def test_a_word_that_is_nowhere_finds_nothing(text: str, fields: list[str]) -> None:
    assert not search.finds(search.words(text), search.text(fields))


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_within_a_field_is_found(before: str, text: str) -> None:
    assert search.finds(search.words(text), search.text([f"{before} {text}"]))


@pytest.mark.parametrize("known", [search.texts(["wa", "ng"]), search.text(["wa", "ng"])])
def test_no_word_is_found_across_two_fields(known: str) -> None:
    assert not search.finds(("wang",), known)


@pytest.mark.parametrize(
    ("text", "beginning"), [("0F3A", "0f3a"), ("0f3a-b", "0f3a-b"), ("0f3", None), ("0f3a 1", None), ("face of", None)]
)
def test_four_signs_of_an_id_and_more_are_its_beginning(text: str, beginning: str | None) -> None:
    assert search.id_beginning(search.words(text)) == beginning
