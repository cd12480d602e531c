"""What becomes of an import's rows: each comes to one outcome, and the counts always sum to the source."""

from collections import Counter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import OUTCOMES, Counts
from services.watchlist.imports import outcomes, people, report_order
from services.watchlist.imports.outcomes import People, Rows

CODES: Final = st.frozensets(st.sampled_from([code.value for code in FindingCode]), max_size=4)
ROWS: Final = st.lists(st.builds(Rows, st.sampled_from(Verdict), CODES, st.integers(1, 5)), max_size=12)
PEOPLE: Final = st.lists(st.builds(People, *[st.booleans()] * 6, st.integers(1, 5)), max_size=12)
# Cells as lists have them: quotes that are not closed, days with two readings, ids twice or spelled otherwise.
CELL: Final = st.sampled_from(["", "1", "01", "A", "a", '"', '"x', "03/04/2099", "2099-04-03", "someday", "x,y"])
TABLE: Final = st.lists(st.lists(CELL, min_size=1, max_size=4).map(",".join), max_size=12)


def parts(counts: Counts) -> int:
    return sum(many for outcome, many in counts.model_dump().items() if outcome != "read")


def many(rows: list[Rows] | list[People]) -> int:
    return sum(row.many for row in rows)


@given(photos=ROWS, faulty=ROWS, good=st.integers(0, 20), persons=PEOPLE)
def test_the_counts_sum_to_the_rows_of_the_source(
    photos: list[Rows], faulty: list[Rows], good: int, persons: list[People]
) -> None:
    lines = many(faulty) + good

    found = outcomes.counted(photos=photos, faulty=faulty, lines=lines, people=persons)

    assert (found.photos.read, found.lines.read, found.people.read) == (many(photos), lines, many(persons))
    assert all(parts(each) == each.read for each in (found.photos, found.lines, found.people))
    for each in (found.photos, found.lines, found.people):
        assert outcomes.left_out(each) == each.read - each.ready - each.warning


@given(TABLE)
def test_every_line_of_people_csv_is_a_person_or_a_fault(rows: list[str]) -> None:
    read = people.read_people("\n".join(["external_id,label,expires_on", *rows]).encode(), ["ban"])

    spoken = [line for line in (*(p.line for p in read.people), *(f.line for f in read.faults)) if line]
    assert len(spoken) == len(set(spoken)) == read.lines
    # A line that says nothing is none; one with an open quote may go on in the next.
    filled = sum(any(cell for cell in row.split(",")) for row in rows)
    assert read.lines <= filled
    assert read.lines == filled or '"' in "".join(rows)


@pytest.mark.parametrize(
    ("verdict", "codes", "outcome"),
    [
        ("ready", (), "ready"),
        ("ready", ("no_row",), "ready"),
        ("warning", ("small_face",), "warning"),
        ("rejected", ("small_face",), "refused"),
        ("rejected", ("small_face", "no_row"), "question"),
        ("rejected", ("no_row", "already_listed"), "listed"),
        ("rejected", ("in_open_import",), "listed"),
        ("rejected", ("missing_photo",), "question"),
        ("rejected", ("bad_name",), "question"),
    ],
)
def test_what_only_a_person_can_say_is_a_question(verdict: str, codes: tuple[str, ...], outcome: str) -> None:
    assert outcomes.of_row(Verdict(verdict), codes) == outcome


def someone(**over: bool) -> People:
    nothing = {"stands": False, "spoiled": False, "listed": False, "asked": False, "photoless": False, "warned": False}
    return People(**{**nothing, **over})


def test_who_has_a_line_and_no_photo_is_a_question_and_never_silent() -> None:
    assert outcomes.of_person(someone(photoless=True)) == "question"
    assert outcomes.of_person(someone(stands=True, spoiled=True, asked=True)) == "question"
    assert outcomes.of_person(someone(listed=True, photoless=True)) == "listed"
    assert outcomes.of_person(someone()) == "refused"
    assert outcomes.of_person(someone(stands=True, listed=True, warned=True)) == "warning"


NAMES: Final = st.sampled_from([None, "", "Bo", "bo", "Ann 2", "Ann 10", "\uff22\uff4f", "张"])


@given(
    rows=st.lists(
        st.tuples(NAMES, NAMES, st.sampled_from(["file", "row", "person"]), st.sampled_from(["a__2.jpg", "a__10.jpg"])),
        unique=True,
    ),
    data=st.data(),
)
def test_rows_stand_in_one_order_however_they_came(
    rows: list[tuple[str | None, str | None, str, str]], data: st.DataObject
) -> None:
    def key(row: tuple[str | None, str | None, str, str]) -> tuple[object, ...]:
        return report_order.key(label=row[0], external_id=row[1], kind=row[2], name=row[3])

    shuffled = data.draw(st.permutations(rows))
    assert [key(row) for row in sorted(shuffled, key=key)] == [key(row) for row in sorted(rows, key=key)]


def test_names_are_sorted_as_people_sort_them() -> None:
    def names(*labels: str) -> list[str]:
        return sorted(labels, key=lambda label: report_order.key(label=label, external_id=None, kind="file", name="f"))

    assert names("Ann 10", "bo", "Ann 2", "Bernd", "\uff22\uff4f 2") == [
        "Ann 2",
        "Ann 10",
        "Bernd",
        "bo",
        "\uff22\uff4f 2",
    ]


def test_every_outcome_is_counted_by_its_own_name() -> None:
    rows = [Rows(Verdict.READY, frozenset()), Rows(Verdict.REJECTED, frozenset({"no_row"}), 2)]

    photos = outcomes.counted(photos=rows, faulty=(), lines=0, people=()).photos.model_dump()

    assert Counter({each: photos[each] for each in OUTCOMES}) == Counter(ready=1, question=2)
    assert set(photos) == {"read", *OUTCOMES}
