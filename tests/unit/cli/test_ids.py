"""The beginning of an id will do where it can mean only one, and lists show as much of it as is needed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import ids
from services.chassis.errors import StartupError

ONE, TWO, THREE = (UUID(each) for each in (
    "0a1b2c3d-4e5f-4000-8000-000000000001",
    "0a1b2c3d-4e5f-4000-8000-000000000002",
    "0a1bffff-0000-4000-8000-000000000003",
))  # fmt: skip
KNOWN = {ONE: "Person one (active)", TWO: "Person two (draft)", THREE: "Person three (erased)"}

# Many that begin alike, as no random ids do.
ALIKE = st.builds(
    lambda start, rest: UUID(f"{start}{rest:0{32 - len(start)}x}"),
    st.sampled_from(["", "0", "0a1b", "0a1b2c3d", "0a1b2c3d4e5f"]),
    st.integers(min_value=0, max_value=16**20 - 1),
)


@given(st.lists(ALIKE, min_size=1, max_size=20, unique=True))
def test_what_a_list_shows_means_that_one_alone_when_it_is_typed(row: list[UUID]) -> None:
    shown = ids.shortest(row)

    for each in row:
        assert len(shown[each]) >= ids.SHOWN
        assert not shown[each].endswith("-")
        assert ids.meant(ids.typed(shown[each]), dict.fromkeys(row, ""), "entry") == each
        shorter = shown[each][:-1].rstrip("-")
        if len(shorter) >= ids.SHOWN:
            assert sum(str(other).startswith(shorter) for other in row) > 1


@given(ALIKE, st.integers(min_value=ids.LEAST, max_value=36), st.booleans(), st.booleans())
def test_any_beginning_of_four_digits_means_the_only_one(whole: UUID, length: int, dashed: bool, large: bool) -> None:
    text = (str(whole) if dashed else whole.hex)[:length]

    typed = ids.typed(text.upper() if large else text)

    assert ids.meant(typed, {whole: ""}, "entry") == whole
    assert ids.whole(typed) == (whole if len(ids.prefix(text)) == 32 else None)
    assert str(whole).startswith(ids.dashed(typed))


def test_an_ambiguous_beginning_names_the_candidates() -> None:
    with pytest.raises(StartupError) as raised:
        ids.meant("0a1b", KNOWN, "entry")

    assert str(raised.value) == (
        "0a1b can mean 3 entries: 0a1b2c3d-4e5f-4000-8000-000000000001 Person one (active);"
        " 0a1b2c3d-4e5f-4000-8000-000000000002 Person two (draft); 0a1bffff Person three (erased)"
    )


def test_one_that_begins_nothing_is_said() -> None:
    with pytest.raises(StartupError, match="no import has an id that begins with ffff"):
        ids.meant("ffff", KNOWN, "import")


@pytest.mark.parametrize("text", ["", "0a1", "0-a-1", "person", "0a1b%", f"{ONE}0", "..", "0a1b 2c3d"])
def test_what_is_no_id_is_refused_before_anybody_is_asked(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no id|is too short"):
        ids.typed(text)
