"""Whose session a request came with."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token. ``sites`` are those it may see and act on; None: every site.

    ``lacks_proof``: it can prove who it is, and has not done so within the last ten minutes.
    """

    account_id: UUID
    name: str
    role: str
    sites: tuple[str, ...] | None = None
    lacks_proof: bool = False


# Who may approve what others put forward, and send it back.
KEEPER_ROLES: Final = frozenset({"supervisor", "administrator"})
# Who did what no person did.
PROGRAM: Final = Holder(UUID(int=0), "wardwatch", "")
