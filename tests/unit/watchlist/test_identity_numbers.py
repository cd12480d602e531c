"""Identity numbers: which are plausible, how they are normalised, and where none may be written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.entries import EntryRequest, FindRequest
from services.watchlist.rules import identity_numbers
from services.watchlist.rules.entry_rules import Unacceptable

# The examples that GB 11643 gives, and what is left of its arithmetic with other check characters.
RESIDENT = "11010519491231002X"


def checked(first: str) -> str:
    """The 17 digits *first* with their check character, reckoned the way the standard's tables do."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, weights, strict=True)) % 11]


residents = st.builds(
    lambda region, day, order: checked(f"{region}{day:%Y%m%d}{order:03}"),
    st.integers(100_000, 999_999),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    st.integers(0, 999),
)


@given(residents)
def test_a_resident_number_is_plausible_and_found_in_any_text(number: str) -> None:
    assert identity_numbers.normalised(number) == number
    assert identity_numbers.is_in(f"身份证{number}。")
    assert identity_numbers.is_in(f"no.{number[:6]} {number[6:14]} {number[14:].lower()}")


@given(residents, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed_and_still_looks_like_a_number(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong == number or wrong[0] == "0":
        return

    with pytest.raises(Unacceptable, match="mistyped"):
        identity_numbers.normalised(wrong)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("11010519491231002x", RESIDENT, id="small x"),
        pytest.param(" 110105 19491231-002X ", RESIDENT, id="blanks and dashes"),
        pytest.param("\uff11\uff11010519491231002\uff38", RESIDENT, id="wide digits"),
        pytest.param("g 1234 5678", "G12345678", id="passport"),
        pytest.param("123456789012345678901", "123456789012345678901", id="longer than a resident number"),
    ],
)
def test_a_number_is_kept_without_blanks_and_in_upper_case(written: str, expected: str) -> None:
    assert identity_numbers.normalised(written) == expected


@pytest.mark.parametrize("number", ["", "---", "123", "A" * 41, "12/34", "号码号码", "11010519491331002X"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Unacceptable):
        identity_numbers.normalised(number)


@pytest.mark.parametrize(
    "text",
    [
        "file 2026/17",
        "order 98765432109876543210",  # 20 digits
        "call 13800138000 or 13800138001",
        "case 999999999999999999",  # no birthday, and the check character is wrong
        "",
    ],
)
def test_other_figures_are_no_identity_numbers(text: str) -> None:
    assert not identity_numbers.is_in(text)


def test_a_slip_in_the_last_character_does_not_let_a_number_through() -> None:
    assert identity_numbers.is_in("110105194912310021")


def test_only_the_field_for_it_may_hold_a_number() -> None:
    request = EntryRequest(
        label="a", category="theft", basis="b", evidence="e", instruction="i", identity_number=RESIDENT
    )

    identity_numbers.check_absent(request.model_dump())
    identity_numbers.check_absent(FindRequest(number=RESIDENT).model_dump())
    identity_numbers.check_absent({"sha256": [RESIDENT]})
    with pytest.raises(Unacceptable, match="evidence holds an identity number"):
        identity_numbers.check_absent(request.model_copy(update={"evidence": RESIDENT}).model_dump())
    with pytest.raises(Unacceptable, match="codes holds"):
        identity_numbers.check_absent({"codes": ["x", RESIDENT]})


@given(residents)
def test_a_resident_number_is_starred_out_of_a_text_but_for_its_last_four(number: str) -> None:
    starred = f"{'*' * 14}{number[-4:]}"

    assert identity_numbers.masked(f"{number}__1.jpg") == f"{starred}__1.jpg"
    assert identity_numbers.masked(f"see {number[:6]} {number[6:14]}-{number[14:]}.") == f"see {starred}."


def test_what_holds_no_number_stays_as_it_was_written() -> None:
    assert (
        identity_numbers.masked("\uff21 0017__1.jpg, 123456789012345678901")
        == "\uff21 0017__1.jpg, 123456789012345678901"
    )


def test_the_digits_of_an_id_are_no_number() -> None:
    # One random id in some thousands has eighteen digits between two letters.
    inside = f"ab{RESIDENT[:6]}-{RESIDENT[6:10]}-{RESIDENT[10:14]}-{RESIDENT[14:17]}0-a{'b' * 11}"

    assert not identity_numbers.is_in(f"as entry {inside} says")
    assert identity_numbers.masked(f"{inside} and {RESIDENT}") == f"{inside} and **************002X"
