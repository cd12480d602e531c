"""JSON of lists that hospitals share; see ``federation_operations.py`` for the operations."""

from datetime import datetime
from typing import Annotated

from pydantic import Base64Bytes, Field

from proto.wardwatch.v1.json_models import NoNul, RequestModel, ResponseModel, Token

# -- the hospital's --


class JoinRequest(RequestModel):
    """An invitation's file, the last sixteen characters of its fingerprint as heard, and for which sites."""

    invitation: Annotated[Base64Bytes, Field(min_length=1, max_length=65_536)]
    fingerprint: Annotated[NoNul, Field(min_length=1, max_length=100)]
    sites: list[Token] = Field(min_length=1, max_length=100)


class JoiningApproval(RequestModel):
    """The same characters, so that nobody approves another invitation than the one that was compared."""

    fingerprint: Annotated[NoNul, Field(min_length=1, max_length=100)]


class ListAnswer(ResponseModel):
    """The signed answer to an invitation in base64, and what the publisher compares of it by telephone."""

    list: str
    hospital: str
    answer: str
    fingerprint: str


class SubscriptionView(ResponseModel):
    """A list that was joined, or is asked to be: counts of entries, nothing of whom anybody saw.

    ``number`` and ``agreed_at`` are of the publisher's last head that the record here was the same as, by its clock;
    ``heard_at`` is when a head came last. ``entries`` are looked for or stand here, ``listed`` is how many the
    publisher counts; ``differing`` are not the same since ``differs_since``, ``locked`` cannot be opened.
    """

    list: str
    title: str
    hospital: str
    fingerprint: str
    addresses: tuple[str, ...]
    sites: tuple[str, ...]
    silent_days: int
    asked_by: str
    asked_at: datetime
    joined_by: str | None
    joined_at: datetime | None
    answered: bool
    suspended_by: str | None
    suspended_at: datetime | None
    suspended_reason: str
    silent_since: datetime | None
    left_by: str | None
    left_at: datetime | None
    left_reason: str
    number: int | None
    agreed_at: datetime | None
    heard_at: datetime | None
    listed: int
    entries: int
    differing: int
    differs_since: datetime | None
    locked: int
    suspended_here: int
    unclosed: int  # erasures that the publisher has not been told the end of


class Subscriptions(ResponseModel):
    """Every list that was joined, or is asked to be."""

    subscriptions: list[SubscriptionView]
