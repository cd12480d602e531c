"""Names of tests say behaviour, and fit into a line of a report."""

import re

from tests.checkout import CHECKOUT

NAME = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
LONGEST = 69


def test_every_test_has_a_name_of_less_than_70_characters() -> None:
    names = [name for path in (CHECKOUT / "tests").rglob("test_*.py") for name in NAME.findall(path.read_text("utf-8"))]

    assert len(names) > 1000
    assert [name for name in names if len(name) > LONGEST] == []
