"""One JSON line per event on standard output, redacted before anything else sees it."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Final

import structlog
from structlog.typing import Processor

from services.chassis.visible import visible_json

# The only keys that may be logged. A face, a vector, a name or a note has no key here, so it cannot be logged.
KEYS: Final = frozenset(
    {
        "account", "address", "attempt", "camera_id", "cameras", "code", "control_id", "count", "database", "detail",
        "durable", "elapsed_ms", "entries", "entry_id", "error", "exit_code", "face_id", "frame_id", "generation",
        "host", "incident_id", "limit", "matcher", "model", "path", "port", "provider", "reason", "revision", "rows",
        "seconds", "secure", "sequence", "server_version", "service", "setting", "sighting_id", "signal", "site",
        "source", "stopped", "stream", "subject", "templates", "threads", "url", "version",
    }
)  # fmt: skip
_STRUCTURE: Final = frozenset({"event", "level", "timestamp", "logger", "exc_info", "exception", "stack_info"})
_LONGEST_CHARACTERS: Final = 500


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


def configure(service: str, level: str = "info") -> None:
    """Send structlog's and the standard library's records through the same redaction to standard output."""
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
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
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
