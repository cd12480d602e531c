"""One JSON line per event on standard output, redacted before anything else sees it, and bounded in number and size."""

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Final, TextIO

import structlog
from structlog.typing import Processor

from services.chassis import tracebacks
from services.chassis.log_limits import LogLimits, Rates
from services.chassis.visible import visible_json

log = structlog.get_logger(__name__)

# The only keys that may be logged. A face, a vector, a name or a note has no key here, so it cannot be logged.
KEYS: Final = frozenset(
    {
        "account", "address", "attempt", "camera_id", "cameras", "code", "control_id", "count", "database", "detail",
        "durable", "elapsed_ms", "entries", "entry_id", "error", "exit_code", "face_id", "frame_id", "generation",
        "hospital", "host", "incident_id", "limit", "list", "matcher", "model", "path", "port", "provider", "reason",
        "revision", "rows", "seconds", "secure", "sequence", "server_version", "service", "setting", "sighting_id",
        "signal", "site", "source", "stopped", "stream", "subject", "templates", "threads", "url", "version",
    }
)  # fmt: skip
_STRUCTURE: Final = frozenset({"event", "level", "timestamp", "logger", "exc_info", "exception", "stack_info"})
_LONGEST_CHARACTERS: Final = 500
# Of a sentence that a library logs, without what it fills in: that may be anything.
_LONGEST_FOREIGN: Final = 200
# What aiohttp could not parse: the fault of whoever sent it, and full of what they sent.
_STRANGERS: Final = "aiohttp.http_exceptions"
_SERVER: Final = "aiohttp.server"
# Whoever asks for every message gets more of them, and bounded all the same.
_DEBUGGING: Final = Rates(lines_of_a_kind=200, lines=500, bytes=200_000)


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Let through only known keys with short, plain values; say that something was withheld, never what."""
    for key in list(event):
        value = event[key]
        if key in _STRUCTURE or key.startswith("_"):
            continue
        if key not in KEYS or not isinstance(value, str | int | float | bool | None):
            event[key] = "[withheld]"
        elif isinstance(value, str) and len(value) > _LONGEST_CHARACTERS:
            event[key] = value[:_LONGEST_CHARACTERS] + "…"
    return event


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes what the limits admit, and now and then how much they did not."""

    def __init__(self, stream: TextIO, limits: LogLimits) -> None:
        super().__init__(stream)
        self._limits = limits

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, or count it."""
        if not self._limits.admits(_kind(record)):
            return
        text = self.format(record)
        if not self._limits.has_room(len(text)):
            return
        with suppress(OSError):  # the log may be on the disk that is full
            self.stream.write(text + self.terminator)
            self.stream.flush()
        if count := self._limits.left_out():
            log.warning("lines left out of the log", count=count)


def _kind(record: logging.LogRecord) -> str:
    """What a line has in common with others of its kind: its constant sentence, and what failed."""
    sentence: object = record.msg
    given: object = record.exc_info
    if isinstance(record.msg, dict):
        sentence, given = record.msg.get("event"), record.msg.get("exc_info")
    return f"{record.levelname} {str(sentence)[:_LONGEST_FOREIGN]} {type(_exception(given)).__qualname__}"


def _exception(given: object) -> BaseException | None:
    """The exception of a record, in any of the forms that both libraries know."""
    match given:
        case BaseException():
            return given
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exception()
        case _:
            return None


def excepthook(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    """What ends the process unexpectedly, in one redacted line."""
    log.error("the process failed", exc_info=error)


def _without_arguments(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Of what a library says its own sentence alone."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = (str(record.msg).splitlines() or [""])[0][:_LONGEST_FOREIGN]
        event["logger"] = record.name
    return event


def configure(service: str, level: str = "info") -> None:
    """Send structlog's and the standard library's records through the same redaction to standard output."""
    limits = LogLimits(time.monotonic, _DEBUGGING if level == "debug" else Rates())

    def without_values(
        _logger: object, _method: str, event: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        """An exception by its kind and places; the second one of a kind within a minute by its kind alone."""
        error = _exception(event.pop("exc_info", None))
        if error is not None and type(error).__module__ == _STRANGERS:
            event.update(event="a request could not be read", level="warning", error=type(error).__name__)
        elif isinstance(error, ConnectionResetError) and event.get("logger") == _SERVER:
            event.update(event="a client left before it was answered", level="warning", error=type(error).__name__)
        elif error is not None:
            kind = f"{event.get('event')} {tracebacks.brief(error)}"
            event["exception"] = tracebacks.described(error) if limits.traces(kind) else tracebacks.brief(error)
        return event

    chain: list[Processor] = [
        redact,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = LimitedHandler(sys.stdout, limits)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_arguments, *chain],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_values,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Libraries may log requests or payload sizes at info; only their warnings are wanted.
    for name in ("nats", "aiohttp", "asyncio", "av", "hnswlib"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)


def _json(event: object, **_: object) -> str:
    """JSON that may be looked at on a terminal: no sign in it acts on one."""
    return visible_json(json.dumps(event, ensure_ascii=False))
