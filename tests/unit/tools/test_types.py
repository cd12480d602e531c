"""Types are checked without an exception."""

from tests.checkout import ROOMS, sources

_BESIDE = ("benchmarks", "tests", "tools")


def test_nothing_is_exempt_from_the_check_of_types() -> None:
    paths = [path for path in sources(*ROOMS, *_BESIDE) if "node_modules" not in path.parts]
    exempt = "type: " + "ignore"

    assert len(paths) > 500
    assert [path for path in paths if exempt in path.read_text("utf-8")] == []
