"""Every process that runs tests begins with its share of the long ones."""

from hypothesis import given
from hypothesis import strategies as st

from tests import shares

Test = tuple[str, int]


def deal(lengths: list[tuple[bool, int]], count: int) -> tuple[list[Test], list[Test]]:
    tests = [
        (f"{'long' if long else 'short'}-{n}", k) for n, (long, length) in enumerate(lengths) for k in range(length)
    ]
    return tests, shares.dealt(tests, count, lambda test: test[0], lambda test: test[0].startswith("long"))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20)), max_size=30), st.integers(1, 6))
def test_no_test_is_lost_or_doubled_and_modules_stay_in_order(lengths: list[tuple[bool, int]], count: int) -> None:
    tests, dealt = deal(lengths, count)

    assert sorted(dealt) == sorted(tests)
    for module in {name for name, _ in tests}:
        assert [number for name, number in dealt if name == module] == sorted(n for name, n in tests if name == module)


def test_each_stretch_begins_with_long_modules_and_ends_with_short_ones() -> None:
    _, dealt = deal([(True, 10)] * 8 + [(False, 100)] * 4, 4)

    stretches = [dealt[start : start + 120] for start in range(0, 480, 120)]
    assert [[name.startswith("long") for name, _ in each].index(False) for each in stretches] == [20] * 4
