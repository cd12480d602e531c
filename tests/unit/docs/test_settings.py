"""Each service's README has a row for each of its settings, and for no other."""

import importlib
import re

import pytest

from services.chassis.settings import ServiceSettings
from tests.checkout import CHECKOUT

SERVICES = sorted(path.parent.name for path in (CHECKOUT / "services").glob("*/__main__.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_of_settings_is_that_of_the_service(service: str) -> None:
    settings = importlib.import_module(f"services.{service}.__main__").Settings
    assert issubclass(settings, ServiceSettings)
    text = (CHECKOUT / "services" / service / "README.md").read_text(encoding="utf-8")
    table = re.search(r"^\| (?:variable|name) \| default \|.*?\n\n", text, re.MULTILINE | re.DOTALL)
    assert table is not None

    named = [name for row in re.findall(r"^\| (`[^|]+) \|", table[0], re.MULTILINE) for name in row.split(", ")]

    assert sorted(name.strip("`").lower() for name in named) == sorted(settings.model_fields)
