"""A publisher's broker and those of hospitals, linked as they are in a federation: real servers, TLS, loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

from access import links, store
from access.federation import Federation, HospitalRights, Hub, Link
from access.keys import UserKey, read_user_key
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.federation.broker.copy import Copy
from services.federation.broker.hub import Hub as Publisher
from tests import buses
from tests.certificates import make_certificate
from tests.fakes import eventually
from tests.servers import Nats, running_nats

LIST: Final = "city"
AUTHORITY: Final = "hub.crt"


def link_key(nats: Nats) -> UserKey:
    """The key by which a broker links to others."""
    return read_user_key((nats.credentials_dir / store.LINK_SEED).read_text(encoding="ascii").strip())


class PublishingBroker:
    """A broker that listens for hospitals."""

    def __init__(self, nats: Nats) -> None:
        self.nats = nats
        self.domain = nats.credentials.domain()
        make_certificate(nats.credentials_dir / AUTHORITY, nats.credentials_dir / "hub.key")
        self._listen("127.0.0.1:-1")
        nats.restart()
        self.port = int(json.loads(nats.monitored("varz"))["leaf"]["port"])
        self._listen(f"127.0.0.1:{self.port}")  # so that it is the same after a restart

    def admits(self, hospital: str, key: UserKey, *lists: str) -> None:
        """Let in who links by *key*, as *hospital*; known to the running server at once."""
        rights = HospitalRights(frozenset(lists or (LIST,)), key.public)
        store.change_federation(self.nats.credentials, lambda present: present.with_hospital(hospital, rights))
        self.nats.reload()

    def joined_by(self, nats: Nats, hospital: str, *lists: str, admit: bool = True) -> None:
        """Link the broker *nats* as *hospital* to this one."""
        if admit:
            self.admits(hospital, link_key(nats), *lists)
        authority = (self.nats.credentials_dir / AUTHORITY).read_text(encoding="ascii")
        for name in lists or (LIST,):
            link = Link(name, hospital, self.domain, (f"tls://127.0.0.1:{self.port}",))
            links.add_link(nats.credentials, link, authority=authority)
        nats.reload()

    async def has_links(self, count: int) -> bool:
        """Whether so many links are open."""
        page = await asyncio.to_thread(self.nats.monitored, "leafz")
        return len(json.loads(page).get("leafs") or []) == count

    def _listen(self, address: str) -> None:
        store.change_federation(
            self.nats.credentials,
            lambda present: Federation(
                Hub(address, AUTHORITY, "hub.key", present.hub.hospitals if present.hub else {}), present.links
            ),
        )


@contextmanager
def publishing() -> Iterator[PublishingBroker]:
    """A publisher's broker."""
    with running_nats() as nats:
        yield PublishingBroker(nats)


@contextmanager
def linked(hub: PublishingBroker, *hospitals: str) -> Iterator[list[Nats]]:
    """A broker for each of *hospitals*, linked to *hub*."""
    if not hospitals:
        yield []
        return
    with running_nats() as nats, linked(hub, *hospitals[1:]) as others:
        hub.joined_by(nats, hospitals[0])
        yield [nats, *others]


@asynccontextmanager
async def publisher(hub: PublishingBroker, hospitals: Iterable[str] = ()) -> AsyncIterator[Publisher]:
    """The publisher's side, with a list for *hospitals*."""
    async with buses.connected(hub.nats, subjects.FEDERATION_USER) as bus:
        made = Publisher(bus)
        await made.ensure_list(LIST, list(hospitals))
        yield made


@asynccontextmanager
async def worker(nats: Nats, list_: str = LIST) -> AsyncIterator[Bus]:
    """A hospital's connection for a list that it joined."""
    user = subjects.joined_user(list_)
    async with buses.connected_at(nats.url, nats.seed_file(user), user, account=Account.FED) as bus:
        yield bus


@asynccontextmanager
async def copying(hub: PublishingBroker, nats: Nats, hospital: str) -> AsyncIterator[Copy]:
    """A hospital's side, with its copies made."""
    async with worker(nats) as bus:
        copy = Copy(bus, LIST, hospital, hub.domain)
        await made(copy)
        yield copy


async def made(copy: Copy) -> None:
    """Return when the copies could be made: a link takes a moment to come up."""

    async def ensured() -> bool:
        with suppress(NoAnswer):
            await copy.ensure()
            return True
        return False

    await eventually(ensured, within_seconds=60)
