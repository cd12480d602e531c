"""Which incidents somebody looks for, and the condition that finds them.

What one may not know yet finds nothing: an entry finds only incidents whose label its reader may see
(``review.sight``), and who gave a verdict is found of decided incidents, and of one's own verdicts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.alerts.accounts.holder import Holder
from services.alerts.incidents.review import Outcome


class Standing(StrEnum):
    """How far an incident is."""

    OPEN = "open"  # not decided, whoever is on the way
    NEW = "new"
    RESPONDING = "responding"
    DISPUTED = "disputed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; whatever is None or "" is any. Days are the hospital's, the last one included.

    *entries* are those on the list that some words were found in.
    """

    site: str = ""
    camera: str = ""
    zone: str = ""
    since: date | None = None
    until: date | None = None
    category: str = ""
    standing: Standing | None = None
    outcome: Outcome | None = None
    account: str = ""
    entries: Collection[UUID] | None = None


# After the newest incidents' own two parameters; the aliases are those of the statement in ``store.py``.
FOUND: Final = """
    and ($3::text[] is null or i.site = any($3))
    and ($4 = '' or i.site = $4)
    and ($5 = '' or $5 = any(i.cameras))
    and ($6 = '' or exists (
        select from delivery.arrangement z where z.kind = 'zone' and z.name = $6 and z.removed_at is null
            and z.document ->> 'site' = i.site and z.document -> 'cameras' ?| i.cameras
    ))
    and ($7::date is null or i.raised_at >= $7::date::timestamp at time zone $9)
    and ($8::date is null or i.raised_at < ($8::date + 1)::timestamp at time zone $9)
    and ($10 = '' or c.category = $10)
    and case $11
        when 'open' then i.outcome is null
        when 'new' then i.outcome is null and r.account_id is null
        when 'responding' then i.outcome is null and r.account_id is not null
        when 'closed' then i.outcome is not null
        when 'disputed' then i.outcome is null and (
            select count(v.verdict) >= i.reviewers and count(distinct v.verdict) > 1
            from alerts.verdict v where v.incident_id = i.id
        )
        else true
    end
    and ($12 = '' or i.outcome = $12)
    and ($13 = '' or exists (
        select from accounts.account w where w.name = $13 and (
            w.id = r.account_id or w.id = p.account_id or ((i.outcome is not null or w.id = $14) and exists (
                select from alerts.verdict v where v.incident_id = i.id and v.account_id = w.id
            ))
        )
    ))
    and ($15::uuid[] is null or (
        i.entry_id = any($15) and i.outcome is distinct from 'ended' and (i.outcome is not null or exists (
            select from alerts.verdict v where v.incident_id = i.id and v.account_id = $14
        ))
    ))
"""


def arguments(sought: Sought, reader: Holder, zone: str) -> tuple[object, ...]:
    """The parameters $3 to $15 of ``FOUND``; *zone* is the hospital's time zone."""
    return (
        None if reader.sites is None else [*reader.sites],
        sought.site,
        sought.camera,
        sought.zone,
        sought.since,
        sought.until,
        zone,
        sought.category,
        "" if sought.standing is None else sought.standing.value,
        "" if sought.outcome is None else sought.outcome.value,
        sought.account,
        reader.account_id,
        None if sought.entries is None else [*sought.entries],
    )
