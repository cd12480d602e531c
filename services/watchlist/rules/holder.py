"""Whose session a request came with."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token."""

    account_id: UUID
    name: str
    role: str
