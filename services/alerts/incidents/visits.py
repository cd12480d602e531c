"""What comes after an answer: where the person was seen, and what came of going there. Words only, no behaviour."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Result(StrEnum):
    """What came of going to an incident."""

    MET = "met"  # spoken with the person
    HANDED_OVER = "handed_over"  # to the police or whoever the instruction names
    NOT_FOUND = "not_found"
    LEFT = "left"  # the person left before
    NOTHING_NEEDED = "nothing_needed"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody said came of it, and a note in their own words, which an erasure of the entry empties."""

    account_id: UUID
    name: str
    result: Result
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A person was seen by *camera* from *since* to *until*, and meanwhile by no other."""

    camera: str
    since: datetime
    until: datetime
