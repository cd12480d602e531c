"""Logs: only known keys with plain values pass."""

import errno
import io
import json
import logging
import time
from collections.abc import Iterator

import numpy as np
import pytest
import structlog
from aiohttp.http_exceptions import BadStatusLine

from services.chassis import logs
from services.chassis.errors import NotStored
from services.chassis.log_limits import LogLimits


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


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def fail(error: Exception) -> None:
    try:
        raise error
    except type(error):
        structlog.get_logger("x").exception("handler failed")


@pytest.mark.usefixtures("logging_as_before")
def test_an_exception_is_logged_without_what_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")

    fail(ValueError("Cookie: wardwatch=secret-token"))

    (line,) = lines_of(capsys)
    assert "secret-token" not in str(line)
    assert str(line["exception"]).startswith("ValueError\n")
    assert "test_logs.py" in str(line["exception"])


@pytest.mark.usefixtures("logging_as_before")
def test_an_exception_of_ours_keeps_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")

    fail(NotStored("sightings.h1.gate: no answer"))

    (line,) = lines_of(capsys)
    assert "NotStored: sightings.h1.gate: no answer" in str(line["exception"])


@pytest.mark.usefixtures("logging_as_before")
def test_the_second_exception_of_a_kind_leaves_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")

    for _ in range(2):
        fail(ValueError())

    first, second = lines_of(capsys)
    assert "\n" in str(first["exception"])
    assert second["exception"] == "ValueError"


@pytest.mark.usefixtures("logging_as_before")
def test_a_deep_traceback_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    def deeper(depth: int) -> None:
        if depth == 0:
            raise ValueError
        try:
            deeper(depth - 1)
        except ValueError as error:
            raise ValueError from error

    logs.configure("tester")
    try:
        deeper(200)
    except ValueError:
        structlog.get_logger("x").exception("handler failed")

    assert len(capsys.readouterr().out) < 8_000


@pytest.mark.usefixtures("logging_as_before")
def test_a_client_that_left_is_one_line_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")
    try:
        raise ConnectionResetError("Cannot write to closing transport")
    except ConnectionResetError as error:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "10.0.0.1", exc_info=error)

    (line,) = lines_of(capsys)
    assert (line["event"], line["level"]) == ("a client left before it was answered", "warning")
    assert "exception" not in line


@pytest.mark.usefixtures("logging_as_before")
def test_what_a_stranger_sent_is_neither_quoted_nor_traced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")
    try:
        raise BadStatusLine("GET / Cookie: secret-token")
    except BadStatusLine as error:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "10.0.0.1", exc_info=error)

    (line,) = lines_of(capsys)
    assert line["event"] == "a request could not be read"
    assert line["error"] == "BadStatusLine"
    assert "exception" not in line
    assert "secret-token" not in str(line)


@pytest.mark.usefixtures("logging_as_before")
def test_of_a_library_only_its_own_sentence_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")

    logging.getLogger("asyncio").error("Task failed: %s", "secret-token")

    (line,) = lines_of(capsys)
    assert line["event"] == "Task failed: %s"
    assert line["logger"] == "asyncio"


@pytest.mark.usefixtures("logging_as_before")
def test_a_flood_of_one_kind_hides_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("tester")
    log = structlog.get_logger("x")

    for _ in range(10_000):
        log.warning("a stranger was refused")
    log.warning("alerts do not flow")

    events = [line["event"] for line in lines_of(capsys)]
    assert "alerts do not flow" in events
    assert "lines left out of the log" in events
    assert len(events) < 1_000


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")


def test_a_log_on_a_full_disk_stops_no_work() -> None:
    logger = logging.Logger("x")
    logger.addHandler(logs.LimitedHandler(FullDisk(), LogLimits(time.monotonic)))

    logger.info("it works")
