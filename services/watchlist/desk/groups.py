"""Named sets of sites."""

from collections.abc import Mapping
from dataclasses import dataclass

from proto.wardwatch.v1.entries import GroupRequest, Groups
from proto.wardwatch.v1.subjects import TOKEN
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.list_store import ListStore
from services.watchlist.rules.constraints import REFUSALS
from services.watchlist.rules.entry_rules import Unacceptable


@dataclass(frozen=True, slots=True)
class GroupDesk:
    """Entries that were submitted keep the sites their group had then."""

    listed: ListStore

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {"list_groups": self.list_groups, "set_group": self.set_group}

    async def list_groups(self, _: Request) -> Response:
        """Every group."""
        return Response(Groups(groups=await self.listed.groups()))

    async def set_group(self, request: Request) -> Response:
        """Name a set of sites."""
        name = request.target.get("group", "")
        if not TOKEN.fullmatch(name):
            raise Unacceptable(REFUSALS["site_group_name_check"])
        return Response(await self.listed.set_group(name, request.body(GroupRequest).sites, request.holder))
