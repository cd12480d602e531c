"""Write the audit to a file; that it was done is the last event in it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from cli.audit.operator_note import note
from cli.audit.record import AuditRecord, Wanted
from local.context import Context
from services.chassis import audit_lines as lines
from services.chassis.audit_chain import Event
from services.chassis.errors import StartupError


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
        since = {"since": lines.moment(wanted.since)} if wanted.since else {}
        await note(here, "audit.exported", "audit", reason=reason, details={"form": form.value, **since})
        count = 0
        async with AuditRecord.open(here) as record:
            total = (await record.head()).sequence
            async for events in record.events(wanted):
                text = _text(form, events, first=count == 0)
                await asyncio.to_thread(_append, file, text)
                count += len(events)
                written(count, total)
    finally:
        os.close(file)
    return count


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
