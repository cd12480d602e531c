"""Who a session belongs to, and what of the hospital that account is for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1.roles import Role


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token. ``sites`` are those it may see and act on; None: every site."""

    account_id: UUID
    name: str
    role: Role
    expires_at: datetime
    sites: frozenset[str] | None = None

    def sees(self, site: str) -> bool:
        """Whether this account is for *site*."""
        return self.sites is None or site in self.sites
