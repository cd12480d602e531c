"""Whether photos show one person: who is linked to whom, and what is said when somebody is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Vector
from services.watchlist.rules import one_person
from services.watchlist.rules.one_person import RESEMBLE


def at(degrees: float) -> Vector:
    """A unit vector of two dimensions: of two of them the cosine is known."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


# Just alike enough, in degrees, and just not.
ALIKE, UNLIKE = np.degrees(np.arccos(RESEMBLE)) - 0.5, np.degrees(np.arccos(RESEMBLE)) + 0.5


@pytest.mark.parametrize(
    ("angles", "people"),
    [
        pytest.param([], [], id="none"),
        pytest.param([0], [0], id="one"),
        pytest.param([0, ALIKE], [0, 0], id="alike"),
        pytest.param([0, UNLIKE], [0, 1], id="unlike"),
        pytest.param([0, 0, 180, 180], [0, 0, 1, 1], id="two of each of two"),
        pytest.param([0, 180, 0], [0, 1, 0], id="the odd one between"),
        pytest.param([0, 2 * ALIKE, ALIKE], [0, 0, 0], id="linked by a third"),
    ],
)
def test_photos_that_are_linked_show_one_person(angles: list[float], people: list[int]) -> None:
    assert one_person.people([at(angle) for angle in angles]) == people


@given(st.lists(st.sampled_from((0, 120, 240)), min_size=1, max_size=10))
def test_each_of_several_people_has_one_number_in_any_order(angles: list[int]) -> None:
    people = one_person.people([at(angle) for angle in angles])

    assert len(set(people)) == len(set(angles))
    assert len(set(zip(angles, people, strict=True))) == len(set(angles))


def test_nobody_is_told_which_of_two_photos_is_the_wrong_one() -> None:
    finding = one_person.finding({0: 0, 3: 1, 2: 0})

    assert finding.severity == "rejected"
    assert finding.text.startswith("photos 0, 2 and photo 3 do not show the same person")
    assert "which is the right one cannot be told" in finding.text
    assert (finding.value, finding.limit) == (None, None)  # a cosine is for nobody's eyes


def test_one_number_is_one_person() -> None:
    assert not one_person.are_several({})
    assert not one_person.are_several({0: 0, 4: 0})
    assert one_person.are_several({0: 0, 4: 1})
