"""Who may be meant where an id in people.csv and one in a photo's name differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.watchlist.imports.pairing import proposals


@pytest.mark.parametrize(
    ("photo", "row"),
    [
        ("0017", "17"),
        ("0017", "17.0"),
        ("0017", "0017.jpg"),
        ("0017", "0017__1.jpg"),
        ("202602000000000017", "2.02602E+17"),
        ("202602000000000017", "202602000000000000"),
        ("A-17", "a17"),
        ("A_17", "A 17"),
        ("0017 (2)", "0017"),
        ("0017_1", "0017"),
        ("0017 - 副本", "0017"),
        ("0017 - Copy (2)", "0017"),
        ("张伟".encode("gb18030").decode("cp437"), "张伟"),
        ("José".encode().decode("cp1252"), "José"),
    ],
)
def test_what_office_programs_make_of_an_id_is_proposed_from_both_sides(photo: str, row: str) -> None:
    assert proposals([photo], [row]) == {photo: [row]}
    assert proposals([row], [photo]) == {row: [photo]}


@pytest.mark.parametrize(("one", "other"), [("17", "18"), ("0017", "170"), ("Ana", "Anna"), ("20012", "1.2E+04")])
def test_what_is_somebody_else_is_not_proposed(one: str, other: str) -> None:
    assert proposals([one], [other]) == {}


def test_only_a_few_are_proposed() -> None:
    assert proposals(["17"], ["017", "0017", "00017", "000017"]) == {"17": ["017", "0017", "00017"]}


@given(st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=20), max_size=5))
def test_no_id_raises(ids: list[str], others: list[str]) -> None:
    assert set(proposals(ids, others)) <= set(ids)
