"""Why alerts do not work, or not wholly: what each part of the system adds to the one answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proto.wardwatch.v1.state import Working
from proto.wardwatch.v1.subjects import SiteId

__all__ = ["Reason", "Source", "Working"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps alerts from working: a code with parameters, which each reader says in its own language.

    ``site`` is whose alerts are meant, or None for those of all sites. Of ``parameters`` words name something, and
    numbers measure it: a reason with other numbers is the same one.
    """

    code: str
    working: Working
    site: SiteId | None = None
    parameters: Mapping[str, str | int] = field(default_factory=dict)


class Source(Protocol):
    """A part of the system that can keep alerts from working."""

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What keeps alerts from working now, worst first; nothing when all is known to be well.

        What is not known is a reason: nothing counts as well that was not proven lately.
        """
