"""Who a session belongs to, and what of the hospital that account is for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1.roles import Role


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token. ``sites`` are those it may see and act on; None: every site.

    ``lacks_proof``: it can prove who it is, and has not done so within the last ten minutes.
    """

    account_id: UUID
    name: str
    role: Role
    expires_at: datetime
    sites: frozenset[str] | None = None
    lacks_proof: bool = False

    def sees(self, site: str) -> bool:
        """Whether this account is for *site*."""
        return self.sites is None or site in self.sites
