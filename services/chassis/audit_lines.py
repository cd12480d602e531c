"""How events are written: for people, as JSON, and as a table for a spreadsheet. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from services.chassis.audit_chain import Event
from services.chassis.sheets import plain
from services.chassis.visible import visible, visible_json

COLUMNS: Final = tuple(Event.__dataclass_fields__)


def line(event: Event) -> str:
    """One line for the screen."""
    subject = f"{event.subject_kind} {event.subject}".rstrip()
    words = [str(event.sequence), f"{event.at:%Y-%m-%d %H:%M:%S}Z", event.actor_name, event.action, subject]
    if event.reason:
        words.append(json.dumps(event.reason, ensure_ascii=False))
    if event.details != "{}":
        words.append(event.details)
    return visible("  ".join(words))


def as_json(event: Event) -> str:
    """One JSON object. ``details`` is text, to the byte as it was hashed; times are UTC with microseconds."""
    return visible_json(json.dumps(dict(zip(COLUMNS, _cells(event), strict=True)), ensure_ascii=False))


def table(events: Iterable[Event], *, heading: bool = False) -> str:
    """Rows of CSV. What a spreadsheet would take for a formula is preceded by an apostrophe."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    if heading:
        rows.writerow(COLUMNS)
    rows.writerows([plain(cell) if isinstance(cell, str) else cell for cell in _cells(event)] for event in events)
    return out.getvalue()


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, always with six digits behind the second."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def _cells(event: Event) -> Sequence[str | int | None]:
    return (
        event.sequence,
        moment(event.at),
        None if event.actor_id is None else str(event.actor_id),
        event.actor_name,
        event.through,
        event.action,
        event.subject_kind,
        event.subject,
        event.reason,
        event.details,
        event.previous_sha256.hex(),
        event.sha256.hex(),
    )
