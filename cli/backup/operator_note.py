"""Records in the audit that a backup is made, or was brought back, in the name of this machine's user."""

import getpass
import json
from typing import Literal

import asyncpg

from cli.backup import snapshot
from cli.backup.container import Facts
from local.context import Context
from services.chassis.errors import StartupError


async def note(here: Context, action: Literal["backup.made", "backup.restored"], details: Facts) -> None:
    """Note it. Raises StartupError: then it must not be done."""
    async with snapshot.connected(here) as connection:
        try:
            await connection.execute(
                "select audit.note(null, $1, $2, 'audit', '', '', $3)", getpass.getuser(), action, json.dumps(details)
            )
        except asyncpg.PostgresError as error:
            raise StartupError(f"this cannot be recorded, so it is not done: {error}") from error
