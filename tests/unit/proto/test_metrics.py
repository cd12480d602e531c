"""The catalogue of metrics is what services really expose."""

import re
from pathlib import Path
from typing import get_args

from proto.wardwatch.v1.metrics import CATALOGUE, MetricName
from tests.checkout import sources

ROOT = Path(__file__).parents[3]


def test_every_name_is_described_once() -> None:
    assert list(CATALOGUE) == list(get_args(MetricName))


def test_every_metric_is_touched_by_a_service() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    touched = set(re.findall(r'\b(?:count|set|observe)\(\s*"(wardwatch_\w+)"', code))

    assert set(CATALOGUE) - touched == set()
