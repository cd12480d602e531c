"""The tables of control pairs. What is changed is so in the name of a token, which the database itself looks up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from services.alerts.database import Database
from services.alerts.incidents.review import Verdict
from services.alerts.pairs.core import Answer
from services.chassis.errors import Refusal

MOST_PICTURE_BYTES: Final = 1024 * 1024

Which = Literal["watchlist", "camera"]
Source = Literal["consent", "generated"]


class NoSuchPair(Exception):
    """There is no such control pair, or not before this reviewer, or it has its picture already."""

    def __init__(self, pair: UUID) -> None:
        self.words: RefusalText = refusals.NO_PAIR.filled(pair=pair)
        super().__init__(self.words.text)


@dataclass(frozen=True, slots=True)
class ControlPair:
    """A pair; ``complete``: it has both pictures, and can be shown."""

    id: UUID
    is_same: bool
    source: Source
    grounds: str
    complete: bool
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Showing:
    """A pair before one reviewer, with the place and ground of a real incident."""

    id: UUID
    is_same: bool
    verdict: Verdict | None
    shown_at: datetime
    like: UUID | None  # the incident whose place and ground it borrows


@dataclass(frozen=True, slots=True)
class Pairs:
    """All of it."""

    database: Database

    async def show(self, token: str, showing: UUID) -> UUID | None:
        """Put a pair before the reviewer who has *token*; what it is to be called, None where none may be shown."""
        async with self.database.transaction() as connection:
            shown: UUID | None = await connection.fetchval("select alerts.show_control_pair($1, $2)", token, showing)
        return shown

    async def before(self, account: UUID, showing: UUID) -> Showing | None:
        """The pair of that name, if it is or was before *account*."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                """
                select id, is_same, verdict, shown_at, like_incident from alerts.control_showing
                where id = $1 and account_id = $2
                """,
                showing,
                account,
            )
        if row is None:
            return None
        verdict = None if row["verdict"] is None else Verdict(row["verdict"])
        return Showing(row["id"], row["is_same"], verdict, row["shown_at"], row["like_incident"])

    async def picture(self, account: UUID, showing: UUID, which: Which) -> bytes | None:
        """JPEG of one of its faces, for the reviewer before whom it is; None once it was removed."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                """
                select p.watchlist, p.camera from alerts.control_showing s
                join alerts.control_pair p on p.id = s.pair_id where s.id = $1 and s.account_id = $2
                """,
                showing,
                account,
            )
        return None if row is None else bytes(row[which])

    async def answer(self, token: str, showing: UUID, verdict: Verdict) -> bool:
        """Take the reviewer's answer; False when it was given before, or the pair is not theirs."""
        async with self.database.transaction() as connection:
            return bool(
                await connection.fetchval(
                    "select alerts.answer_control_pair($1, $2, $3)", token, showing, verdict.value
                )
            )

    async def all(self) -> tuple[bool, Sequence[ControlPair]]:
        """Whether pairs are shown, and every pair, newest first."""
        async with self.database.transaction() as connection:
            is_on = await connection.fetchval("select is_on from alerts.control_use order by id desc limit 1")
            rows = await connection.fetch(
                """
                select p.id, p.is_same, p.source, p.grounds, p.added_at, a.name,
                    p.watchlist is not null and p.camera is not null as complete
                from alerts.control_pair p join accounts.account a on a.id = p.added_by
                order by p.added_at desc, p.id
                """
            )
        pairs = [
            ControlPair(
                row["id"],
                row["is_same"],
                row["source"],
                row["grounds"],
                row["complete"],
                row["name"],
                row["added_at"],
            )
            for row in rows
        ]
        return is_on is not False, pairs

    async def answers(self, account: UUID | None) -> Mapping[str, Sequence[Answer]]:
        """What each reviewer was shown and said, by name; of *account* alone where one is given."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                select a.name, s.is_same, s.verdict from alerts.control_showing s
                join accounts.account a on a.id = s.account_id
                where $1::uuid is null or s.account_id = $1 order by a.name, s.shown_at
                """,
                account,
            )
        found: dict[str, list[Answer]] = {}
        for row in rows:
            verdict = None if row["verdict"] is None else Verdict(row["verdict"])
            found.setdefault(row["name"], []).append(Answer(row["is_same"], verdict))
        return found

    async def add(self, token: str, pair: UUID, *, is_same: bool, source: Source, grounds: str) -> None:
        """Add a pair without pictures. Raises Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval(
                "select alerts.add_control_pair($1, $2, $3, $4, $5)", token, pair, is_same, source, grounds
            )
        _check(done, pair)

    async def set_picture(self, token: str, pair: UUID, which: Which, jpeg: bytes) -> None:
        """Give a pair a picture that it has not. Raises NoSuchPair, and Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval(
                "select alerts.set_control_picture($1, $2, $3, $4)", token, pair, which, jpeg
            )
        _check(done, pair)

    async def remove(self, token: str, pair: UUID) -> None:
        """Remove a pair with its pictures. Raises NoSuchPair, and Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval("select alerts.remove_control_pair($1, $2)", token, pair)
        _check(done, pair)

    async def use(self, token: str, *, is_on: bool) -> None:
        """Have them shown, or not. Raises Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval("select alerts.use_control_pairs($1, $2)", token, is_on)
        if not done:
            raise Refusal(401, refusals.SESSION_OVER.filled())


def _check(done: bool | None, pair: UUID) -> None:
    if done is None:
        raise NoSuchPair(pair)
    if not done:
        raise Refusal(401, refusals.SESSION_OVER.filled())
