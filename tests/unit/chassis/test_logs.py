"""Logs: only known keys with plain values pass."""

import json
import logging
from collections.abc import Iterator

import numpy as np
import pytest
import structlog

from services.chassis import logs


def test_a_known_key_passes() -> None:
    assert logs.redact(None, "info", {"event": "e", "camera_id": "gate"}) == {"event": "e", "camera_id": "gate"}


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param({"label": "Zhang San"}, id="a name has no key"),
        pytest.param({"reason": b"\xff\xd8"}, id="bytes under a known key"),
        pytest.param({"count": np.ones(128)}, id="an array under a known key"),
    ],
)
def test_what_could_identify_somebody_is_withheld(fact: dict[str, object]) -> None:
    redacted = logs.redact(None, "info", {"event": "e", **fact})

    assert set(redacted.values()) == {"e", "[withheld]"}


def test_a_long_text_is_cut() -> None:
    redacted = logs.redact(None, "info", {"event": "e", "detail": "x" * 10_000})

    assert len(str(redacted["detail"])) < 600


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """What logs where belongs to the whole process: the next test finds it as it was."""
    root, configuration = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configuration)
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("logging_as_before")
def test_a_line_is_json_with_service_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")
    structlog.get_logger("x").info("it works", camera_id="gate", person="Zhang San")

    line = json.loads(capsys.readouterr().out)

    assert line["event"] == "it works"
    assert line["service"] == "tester"
    assert line["level"] == "info"
    assert line["person"] == "[withheld]"
    assert line["timestamp"].endswith("Z")
