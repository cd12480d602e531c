"""Go through the whole audit: chain, heads kept elsewhere, guards, and what the tables say."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.audit import agreement, guards
from cli.audit.record import AuditRecord, Wanted
from services.chassis.audit_chain import Anchor, Fault, Head, Walk


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    ``compared`` is how many heads kept outside the database stood at an event, ``covered`` the last such event: what is
    behind it could have been rewritten by whoever rules the database.
    """

    head: Head
    events: int
    compared: int
    covered: int
    faults: tuple[Fault, ...]


async def verify(record: AuditRecord, anchors: Sequence[Anchor], walked: Callable[[int, int], None]) -> Verdict:
    """Compare everything there is; *walked* is called now and then with (events so far, events in all).

    *anchors* must have been read before *record* was opened: what was published cannot be newer than what is kept.
    """
    by_sequence: dict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        by_sequence[anchor.head.sequence].append(anchor)
    chain, walk, events = await record.head(), Walk(by_sequence), 0
    faults: list[Fault] = []
    async for some in record.events(Wanted()):
        for event in some:
            faults += walk.step(event)
        events += len(some)
        walked(events, chain.sequence)
    faults += walk.end(chain)
    faults += await guards.missing(record.connection)
    faults += await agreement.disagreements(record.connection)
    return Verdict(walk.last, events, walk.compared, walk.covered, tuple(faults))
