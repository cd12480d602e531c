"""What asyncpg asks a server about types, asked once for all databases that are copies of one.

A new connection knows PostgreSQL's own types alone. To ask about any other, and about most arrays, takes longer than
what most tests ask the database for themselves; a copy's answer is the original's.
"""

from collections.abc import Callable, Collection, Coroutine
from typing import Final

import asyncpg
import pytest

_ASKING: Final = "_introspect_types"


def asked_once(patch: pytest.MonkeyPatch, is_copy: "Callable[[asyncpg.Connection[asyncpg.Record]], bool]") -> None:
    """Until *patch* is undone, have connections for which *is_copy* share the answers."""
    ask: Callable[..., Coroutine[None, None, tuple[object, object]]] = vars(asyncpg.Connection)[_ASKING]
    known: dict[frozenset[int], tuple[object, object]] = {}

    async def asked(
        connection: "asyncpg.Connection[asyncpg.Record]", types: Collection[int], timeout: float | None
    ) -> tuple[object, object]:
        if not is_copy(connection):
            return await ask(connection, types, timeout)
        wanted = frozenset(types)
        if wanted not in known:
            known[wanted] = await ask(connection, types, timeout)
        return known[wanted]

    patch.setattr(asyncpg.Connection, _ASKING, asked)
