"""Write the audit to a file; that it was done is the last event in it."""

import asyncio
import getpass
import json
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

import asyncpg

from services.chassis.errors import StartupError
from services.cli.audit import lines, record
from services.cli.audit.chain import Event
from services.cli.audit.record import AuditRecord, Wanted
from services.cli.context import Context


class Form(StrEnum):
    """What a file's name may end with. Hashes can be recomputed from ``jsonl`` alone."""

    CSV = ".csv"
    JSONL = ".jsonl"


def form_of(path: Path) -> Form:
    """By the end of its name. Raises StartupError."""
    try:
        return Form(path.suffix)
    except ValueError as error:
        raise StartupError(f"{path.name} must end with .csv or .jsonl") from error


async def export(here: Context, path: Path, wanted: Wanted, reason: str, written: Callable[[int, int], None]) -> int:
    """Write what is wanted to a new file that only this user can read; how many events. Raises StartupError.

    First it is recorded, then it is done.
    """
    form = form_of(path)
    file = await asyncio.to_thread(_new, path)
    try:
        await _note(here, form, wanted, reason)
        count = 0
        async with AuditRecord.open(here) as kept:
            total = (await kept.head()).sequence
            async for events in kept.events(wanted):
                text = _text(form, events, first=count == 0)
                await asyncio.to_thread(_append, file, text)
                count += len(events)
                written(count, total)
    finally:
        os.close(file)
    return count


async def _note(here: Context, form: Form, wanted: Wanted, reason: str) -> None:
    since = {"since": lines.moment(wanted.since)} if wanted.since else {}
    async with record.connected(here) as connection:
        try:
            await connection.execute(
                "select audit.note(null, $1, 'audit.exported', 'audit', '', $2, $3)",
                getpass.getuser(),
                reason,
                json.dumps({"form": form.value, **since}),
            )
        except asyncpg.PostgresError as error:
            raise StartupError(f"the export cannot be recorded, so it is not made: {error}") from error


def _text(form: Form, events: Sequence[Event], *, first: bool) -> str:
    match form:
        case Form.CSV:
            # With the mark by which spreadsheets know UTF-8.
            return ("\ufeff" if first else "") + lines.table(events, heading=first)
        case Form.JSONL:
            return "".join(f"{lines.as_json(event)}\n" for event in events)


def _new(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise StartupError(f"{path} is there already; name another file") from error
    except OSError as error:
        raise StartupError(f"{path} cannot be written: {error.strerror}") from error


def _append(file: int, text: str) -> None:
    content = memoryview(text.encode())
    while content:
        content = content[os.write(file, content) :]
