"""Puts on the public page /proof what an operator found of the audit: a verification, or the report of a month."""

import asyncio
import getpass
import json
from collections.abc import Mapping
from datetime import datetime

import asyncpg

from cli.audit import record
from cli.audit.transparency import Unreadable, month_of
from cli.audit.verification import Verdict
from local.context import Context
from services.chassis import version
from services.chassis.errors import StartupError


async def verification(here: Context, verdict: Verdict) -> None:
    """Publish what a verification of the whole audit found. Raises StartupError."""
    await _call(
        here,
        "select audit.publish_verification($1, $2, $3, $4, $5, $6, $7)",
        getpass.getuser(),
        await asyncio.to_thread(version.current),
        verdict.head.sequence,
        verdict.head.sha256,
        verdict.compared,
        verdict.covered,
        len(verdict.faults),
    )


async def report(here: Context, month: str, made: Mapping[str, object], now: datetime) -> None:
    """Publish the report of a *month* that is over. Raises StartupError."""
    try:
        is_over = month_of(month, here.time_zone).end <= now
    except Unreadable as error:
        raise StartupError(str(error)) from error
    if not is_over:
        raise StartupError(f"{month} is not over yet: its report is published when it is")
    await _call(here, "select audit.publish_report($1, $2, $3)", getpass.getuser(), month, json.dumps(made))


async def _call(here: Context, query: str, *values: object) -> None:
    async with record.connected(here) as connection:
        try:
            await connection.execute(query, *values)
        except asyncpg.PostgresError as error:
            raise StartupError(f"this cannot be published: {error}") from error
