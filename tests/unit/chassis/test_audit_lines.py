"""How events are written down."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.chassis import audit_lines as lines
from services.chassis.audit_chain import NOTHING, Event

EVENT = Event(
    17,
    datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    UUID(int=1),
    "li.wei",
    "wardwatch_import",
    "identity.revealed",
    "entry",
    "e-1",
    "police asked",
    '{"incident": "i-1"}',
    NOTHING,
    bytes(range(32)),
)


def test_a_line_says_who_did_what_to_what_and_why() -> None:
    assert lines.line(EVENT) == (
        '17  2026-11-24 08:00:00Z  li.wei  identity.revealed  entry e-1  "police asked"  {"incident": "i-1"}'
    )


def test_a_line_is_one_line_whatever_was_typed() -> None:
    line = lines.line(replace(EVENT, reason="one\ntwo\x1b[2J", actor_name="li\x9b2J", subject="e\u202e1"))

    assert line.isprintable()
    assert r"li\x9b2J" in line


def test_json_keeps_the_details_to_the_byte() -> None:
    written = json.loads(lines.as_json(replace(EVENT, details='{"n": 1.50}')))

    assert written["details"] == '{"n": 1.50}'
    assert written["at"] == "2026-11-24T08:00:00.000000Z"
    assert written["sha256"] == bytes(range(32)).hex()


@pytest.mark.parametrize(
    ("sign", "shown"),
    [("=", "'="), ("+", "'+"), ("-", "'-"), ("@", "'@"), ("\t", r"\t"), ("\r", r"\r"), ("\t=", r"\t'=")],
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(sign: str, shown: str) -> None:
    (row,) = csv.reader([lines.table([replace(EVENT, reason=f"{sign}1")])])

    assert row[lines.COLUMNS.index("reason")] == f"{shown}1"
