"""Join and leave the brokers of publishers, admit hospitals and put them out, on a broker that runs.

A reload of nats-server closes no link: one whose hospital was removed stays open, and one whose rights were changed
keeps the former ones. So the links are closed after it; those of hospitals that may come back do within a second.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import nats.errors
from nats.aio.client import Client

from access import grants, store
from access.federation import Federation, HospitalRights, Link
from access.store import Credentials
from proto.wardwatch.v1 import subjects
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

_ANSWER_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5
# The streams from which a hospital's copies come.
_COPIED: Final = ("LIST_", "FACES_")


def add_link(credentials: Credentials, link: Link, *, authority: str = "") -> Federation:
    """Dial the publisher of a list that was joined; the server must then be told to reload.

    *authority* is the certificate, in PEM, that the publisher's broker is known by; without one *link* says which file.
    Raises ValueError where *link* is faulty.
    """
    if authority:
        store.write_secret(credentials.folder / link.authority_name, authority)
        link = replace(link, ca_file=link.authority_name)
    return store.change_federation(credentials, lambda present: present.with_link(link))


def remove_link(credentials: Credentials, list_: str) -> Federation:
    """Dial the publisher of the list *list_* no more; the server must then be told to reload."""
    federation = store.change_federation(credentials, lambda present: present.without_link(list_))
    (credentials.folder / Link(list_, "", "", ()).authority_name).unlink(missing_ok=True)
    return federation


async def admit(url: str, credentials: Credentials, hospital: str, rights: HospitalRights) -> Federation:
    """Let *hospital* in to the broker at *url*, with *rights* in place of those it had. Safe to repeat.

    Raises ValueError where nothing listens for hospitals, and StartupError.
    """
    federation = await asyncio.to_thread(
        store.change_federation, credentials, lambda present: present.with_hospital(hospital, rights)
    )
    await take_up(url, credentials)
    return federation


async def put_out(url: str, credentials: Credentials, hospital: str, list_: str | None = None) -> Federation:
    """End what flows to *hospital*, take its key off the broker at *url*, and close its link. Safe to repeat.

    Of *list_* alone, where one is given: it keeps what else it has. In this order: a consumer that pushes to it goes on
    for as long as its link is open. Raises as :func:`admit`.
    """
    await _end_deliveries(url, credentials, hospital, list_)

    def without(present: Federation) -> Federation:
        had = present.hub.hospitals.get(hospital) if present.hub is not None else None
        others = frozenset[str]() if had is None or list_ is None else had.lists - {list_}
        if had is None or not others:
            return present.without_hospital(hospital)
        return present.with_hospital(hospital, replace(had, lists=others))

    federation = await asyncio.to_thread(store.change_federation, credentials, without)
    await take_up(url, credentials)
    return federation


async def take_up(url: str, credentials: Credentials) -> int:
    """Have the broker at *url* read who may link, and close every link to it; returns how many there were.

    All of them: the broker does not say whose a link is, and a hospital may call itself whatever it wants. Raises
    StartupError when it does not.
    """
    async with _connected(url, credentials.seed_file(grants.SYSTEM), grants.SYSTEM) as client:
        server, links = _links_of(await _ask(client, "$SYS.REQ.SERVER.PING.LEAFZ"))
        if error := json.loads(await _ask(client, f"$SYS.REQ.SERVER.{server}.RELOAD")).get("error"):
            raise StartupError(f"nats-server does not take up its configuration: {error.get('description')}")
        # Asked again: one may have come in between, by what was valid then.
        server, links = _links_of(await _ask(client, "$SYS.REQ.SERVER.PING.LEAFZ"))
        for link in links:
            await _ask(client, f"$SYS.REQ.SERVER.{server}.KICK", {"cid": link})
        return len(links)


def _links_of(answer: bytes) -> tuple[str, list[int]]:
    """The server's id, and the numbers of the links that others opened to it."""
    read = json.loads(answer)
    links = read["data"].get("leafs") or []
    return str(read["server"]["id"]), [int(link["id"]) for link in links if not link.get("is_spoke")]


async def _end_deliveries(url: str, credentials: Credentials, hospital: str, list_: str | None) -> None:
    async with _connected(url, credentials.seed_file(grants.FEDERATION), grants.FEDERATION) as client:
        listed = json.loads(await _ask(client, "$JS.API.STREAM.LIST"))
        for stream in (str(each["config"]["name"]) for each in listed.get("streams") or []):
            if stream.startswith(_COPIED) and list_ in (None, stream.partition("_")[2]):
                # One that is not there is as good as deleted.
                await _ask(client, f"$JS.API.CONSUMER.DELETE.{stream}.{hospital}")


async def _ask(client: Client, subject: str, content: Mapping[str, int] | None = None) -> bytes:
    try:
        return bytes((await client.request(subject, json.dumps(content or {}).encode(), timeout=_ANSWER_SECONDS)).data)
    except (nats.errors.Error, TimeoutError) as error:
        raise StartupError(f"the broker does not answer {subject}: {type(error).__name__}") from error


@asynccontextmanager
async def _connected(url: str, seed_file: Path, user: str) -> AsyncIterator[Client]:
    client = Client()
    try:
        await client.connect(
            url,
            nkeys_seed_str=await asyncio.to_thread(read_secret, seed_file),
            inbox_prefix=subjects.inbox_prefix(user),
            allow_reconnect=False,
            connect_timeout=_CONNECT_SECONDS,
        )
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise StartupError(f"NATS at {url} cannot be used as {user}: {error or type(error).__name__}") from error
    try:
        yield client
    finally:
        await client.close()
