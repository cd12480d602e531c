"""Whose each file of a folder is, however people wrapped it."""

import pytest

from cli.watchlist.arrangement import Arrangement, arranged, is_litter
from services.chassis.errors import StartupError


def of(*paths: str, per_person: int | None = None, table_given: bool = False) -> Arrangement:
    return arranged(sorted(tuple(path.split("/")) for path in paths), per_person, table_given=table_given)


def names(*paths: str, per_person: int | None = None) -> dict[str, str]:
    return {"/".join(path): name for name, path in of(*paths, per_person=per_person).sent}


@pytest.mark.parametrize("inside", ["watchlist-2026", "out/watchlist-2026"])
def test_a_folder_around_everything_is_nobody(inside: str) -> None:
    found = of(*(f"{inside}/{name}" for name in ("1001.jpg", "1002.jpg", "people.csv")))

    assert [name for name, _ in found.sent] == ["1001.jpg", "1002.jpg"]
    assert found.table == (*inside.split("/"), "people.csv")
    assert any("around the whole import" in note for note in found.notes)


def test_a_folder_around_photos_is_nobody_without_a_table_too() -> None:
    assert set(names("w/1001.jpg", "w/1002.jpg").values()) == {"1001.jpg", "1002.jpg"}


def test_a_persons_folder_in_a_folder_around_everything_is_the_person() -> None:
    assert names("w/Ana/a.jpg", "w/Ana/b.jpg") == {"w/Ana/a.jpg": "Ana__1.jpg", "w/Ana/b.jpg": "Ana__2.jpg"}
    assert set(names("w/x/0017__1.jpg", "w/x/0018__1.jpg").values()) == {"0017__1.jpg", "0018__1.jpg"}


@pytest.mark.parametrize("around", ["", "w/"])
def test_the_first_folder_is_the_person_and_not_the_last(around: str) -> None:
    paths = ("a/front/1.jpg", "a/left/1.jpg", "b/front/1.jpg", "b/x/y/z.PNG")

    assert [*names(*(around + path for path in paths)).values()] == ["a__1.jpg", "a__2.jpg", "b__1.jpg", "b__2.png"]


def test_a_folder_of_photos_that_name_several_people_is_nobody() -> None:
    found = names("gate/0017__1.jpg", "gate/0018__1.jpg", "Ana/x.jpg")

    assert [*found.values()] == ["Ana__1.jpg", "0017__1.jpg", "0018__1.jpg"]


def test_no_two_files_have_one_name() -> None:
    found = names(
        "Ana__1.jpg", "Ana/1.jpg", "Ana/2.jpg", "g/Ana__1.jpg", "g/Li__1.jpg", "Ana/notes.txt", "Li/notes.txt"
    )

    assert len(set(found.values())) == len(found) == 7
    assert found["Ana__1.jpg"] == "Ana__1.jpg"


def test_of_a_person_only_so_many_photos_are_taken() -> None:
    assert len(names("a/front/1.jpg", "a/front/2.jpg", "a/left/1.jpg", "b/1.jpg", per_person=2)) == 3


def test_a_table_below_the_top_is_found_and_said() -> None:
    found = of("1.jpg", "docs/People.CSV")

    assert found.table == ("docs", "People.CSV")
    assert found.notes == ("docs/People.CSV: taken for everybody",)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (("a/people.csv", "b/people.csv", "1.jpg"), "which people.csv holds"),
        (("people.csv", "old/people.csv", "1.jpg"), "which people.csv holds"),
        (("people.xlsx", "1.jpg"), "save it as CSV UTF-8"),
        (("list.csv", "1.jpg"), "is list.csv the table of people"),
    ],
)
def test_where_the_table_is_not_clear_it_is_asked(paths: tuple[str, ...], words: str) -> None:
    with pytest.raises(StartupError, match=words):
        of(*paths)

    assert of(*paths, table_given=True).table is None


def test_a_workbook_beside_its_table_is_passed_over() -> None:
    found = of("people.csv", "people.xlsx", "1.jpg")

    assert [name for name, _ in found.sent] == ["1.jpg"]
    assert found.notes == ("people.xlsx: passed over",)


@pytest.mark.parametrize(
    "path",
    ["__MACOSX/w/._1.jpg", "w/.DS_Store", "w/Thumbs.db", "~$people.xlsx", "w/@eaDir/1.jpg/SYNO.jpg", ".git/config"],
)
def test_what_systems_leave_behind_is_litter(path: str) -> None:
    assert is_litter(tuple(path.split("/")))
