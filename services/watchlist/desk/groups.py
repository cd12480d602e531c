"""Named sets of sites."""

from collections.abc import Mapping
from dataclasses import dataclass

from proto.wardwatch.v1.entries import Groups, GroupSaid
from proto.wardwatch.v1.subjects import TOKEN
from services.watchlist.desk.front import Asking, Given, Work
from services.watchlist.record.list_store import ListStore
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.refusals import REFUSALS


@dataclass(frozen=True, slots=True)
class GroupDesk:
    """Entries that were put forward keep the sites their group had then."""

    listed: ListStore

    def works(self) -> Mapping[str, Work]:
        """What this answers."""
        return {"list_groups": self.list_groups, "set_group": self.set_group}

    async def list_groups(self, _: Asking) -> Given:
        """Every group."""
        return Given(Groups(groups=await self.listed.groups()))

    async def set_group(self, asking: Asking) -> Given:
        """Name a set of sites."""
        name = asking.target.get("group", "")
        if not TOKEN.fullmatch(name):
            raise Unacceptable(REFUSALS["site_group_name_check"])
        return Given(await self.listed.set_group(name, asking.body(GroupSaid).sites, asking.holder))
