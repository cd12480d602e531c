"""What has ended, and must not come back with a backup of before: kept beside backups, and written anew as it changes.

Ids, account names and digests of session tokens; nothing of a person who is listed.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from cli.backup import files
from cli.backup.content import Begin, End, Piece
from cli.backup.files import Part
from cli.backup.key_files import MakerKeys, Opening
from services.chassis.errors import StartupError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_SECTION: Final = "ledger"
_READ: Final = """
    select
        array(select entry_id::text from watchlist.erasure order by 1) as erased,
        array(
            select id::text from watchlist.entry where state in ('suspended', 'expired', 'revoked') order by 1
        ) as stopped,
        array(select encode(token_sha256, 'hex') from accounts.open_session order by 1) as signed_in,
        array(select name::text from accounts.account where disabled_at is not null order by 1) as disabled
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """``erased`` and ``stopped`` entries, ``disabled`` accounts, and by their digests the sessions that have not ended:
    those are ``signed_in``; None where nobody knows.
    """

    erased: frozenset[UUID] = frozenset()
    stopped: frozenset[UUID] = frozenset()
    disabled: frozenset[str] = frozenset()
    signed_in: frozenset[str] | None = None

    def text(self) -> str:
        """As the file has it."""
        sorted_ = {
            "erased": sorted(map(str, self.erased)),
            "stopped": sorted(map(str, self.stopped)),
            "disabled": sorted(self.disabled),
            "signed_in": sorted(self.signed_in or ()),
        }
        return json.dumps(sorted_)

    @classmethod
    def parse(cls, text: str) -> "Ended":
        """Raises ValueError."""
        read = json.loads(text)
        try:
            return cls(
                frozenset(UUID(each) for each in read["erased"]),
                frozenset(UUID(each) for each in read["stopped"]),
                frozenset(str(each) for each in read["disabled"]),
                frozenset(str(each) for each in read["signed_in"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("it is no ledger") from error


async def read(connection: "Connection") -> Ended:
    """What the record says has ended."""
    row = await connection.fetchrow(_READ)
    assert row is not None, "the statement answers with one row"
    return Ended.parse(json.dumps(dict(row)))


def write(folder: Path, ended: Ended, keys: MakerKeys, passphrase: str = "") -> Path:
    """Put it in the place of the former one in *folder*. Raises StartupError."""
    path = folder / files.LEDGER_FILE
    facts = {"part": Part.LEDGER.value, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    with files.writing(path, facts, keys, passphrase) as part:
        for frame in (Begin(_SECTION, {}), Piece(ended.text().encode()), End({})):
            part.add(frame)
    return path


def read_file(path: Path, opening: Opening) -> tuple[Ended, str]:
    """What *path* says, and when it was written. Raises StartupError."""
    with files.reading(path, opening) as (header, frames):
        content = b"".join(frame.content for frame in frames if isinstance(frame, Piece))
        if header.facts.get("part") != Part.LEDGER:
            raise StartupError(f"{path} is no ledger")
        try:
            return Ended.parse(content.decode()), str(header.facts.get("made_at"))
        except ValueError as error:
            raise StartupError(f"{path} cannot be read: {error}") from error
