"""Records in the audit what an operator does from the command line, without an account."""

import getpass
import json
from collections.abc import Mapping
from typing import Literal

import asyncpg

from cli.audit import record
from local.context import Context
from services.chassis.errors import StartupError


async def note(
    here: Context,
    action: Literal["audit.exported", "keys.backed_up"],
    subject_kind: Literal["audit", "keys"],
    *,
    reason: str = "",
    details: Mapping[str, str | int],
) -> None:
    """Note it in the name of this machine's user, before it is done. Raises StartupError: then it must not be done."""
    async with record.connected(here) as connection:
        try:
            await connection.execute(
                "select audit.note(null, $1, $2, $3, '', $4, $5)",
                getpass.getuser(),
                action,
                subject_kind,
                reason,
                json.dumps(details),
            )
        except asyncpg.PostgresError as error:
            raise StartupError(f"this cannot be recorded, so it is not made: {error}") from error
