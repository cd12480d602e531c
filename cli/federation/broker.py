"""The broker's side of federation: where hospitals reach it, whom it dials, whom it lets in and puts out."""

import asyncio
import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import typer

from access import links, store
from access.federation import Federation, HospitalRights, Hub, Link
from access.store import Credentials
from cli import output
from cli.federation.arguments import List
from local import addresses, checks, context, nats_server, page_tls
from local.authority import Names
from local.page_tls import TlsFiles
from services.chassis import hints
from services.chassis.errors import StartupError

_PORT: Final = 7422


@dataclass(frozen=True, slots=True)
class Reached:
    """How hospitals reach this broker: ``tls://name:port``, and by which authority they know it (PEM)."""

    addresses: tuple[str, ...]
    authority: str


def hub(
    listen: Annotated[
        str, typer.Option("--listen", help="Address and port on which hospitals' brokers are let in.")
    ] = f"0.0.0.0:{_PORT}",
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="The broker's certificate; without it this machine makes one.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its key.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Let no hospital in any more.")] = False,
) -> None:
    """Let hospitals' brokers in, from the next start on."""
    credentials = _credentials()
    if off:
        store.change_federation(credentials, lambda present: replace(present, hub=None))
        output.line(f"no hospital is let in any more, from the next start on: {hints.command('up')}")
        return
    if (certificate is None) is not (key is None):
        raise StartupError("a certificate needs its key: give both, or neither")
    files = _files() if certificate is None or key is None else (certificate.absolute(), key.absolute())
    made = Hub(listen, str(files[0]), str(files[1]))

    def with_hub(present: Federation) -> Federation:
        return replace(present, hub=made if present.hub is None else replace(made, hospitals=present.hub.hospitals))

    try:
        store.change_federation(credentials, with_hub)
    except ValueError as error:
        raise StartupError(str(error)) from error
    output.line(f"hospitals are let in on {listen}, from the next start on: {hints.command('up')}")


def begin() -> None:
    """Have the federation service run from now on."""
    store.change_federation(_credentials(), lambda present: present)


def reached() -> Reached:
    """How hospitals reach this broker. Raises StartupError where none is let in."""
    present = _hub()
    port = present.listen.rpartition(":")[2]
    host = present.listen.rpartition(":")[0].strip("[]")
    found = [str(each) for each in addresses.on_the_network()] if host in {"0.0.0.0", "::"} else [host]  # noqa: S104 - compared, not bound
    names = [f"[{each}]" if ":" in each else each for each in found]
    authority = TlsFiles.of(_home()).authority if Path(present.cert_file).parent == _tls().page else None
    return Reached(
        tuple(f"tls://{name}:{port}" for name in names[:4]),
        "" if authority is None else _tls().authority.read_text(encoding="ascii"),
    )


def admit(hospital: str, rights: HospitalRights) -> None:
    """Let *hospital* in with *rights* beside those it has. Raises StartupError."""
    former = _hub().hospitals.get(hospital)
    lists = rights.lists if former is None else rights.lists | former.lists
    here = context.load()
    asyncio.run(links.admit(here.nats_url, _credentials(), hospital, HospitalRights(lists, rights.link_key)))


def put_out(name_of_list: str, hospital: str) -> None:
    """Let *hospital* have this list no more, and close its link. Raises StartupError."""
    asyncio.run(links.put_out(context.load().nats_url, _credentials(), hospital, name_of_list))


def dial(link: Link, authority: str) -> None:
    """Dial the publisher of a list that was joined. Raises StartupError."""
    try:
        links.add_link(_credentials(), link, authority=authority)
    except ValueError as error:
        raise StartupError(str(error)) from error
    nats_server.reload_of(_home())


def unlink(name_of_list: List) -> None:
    """Dial the publisher of a list no more, once every erasure of it is closed."""
    links.remove_link(_credentials(), name_of_list)
    nats_server.reload_of(_home())
    output.line(f"the publisher of {name_of_list} is dialled no more")


def _hub() -> Hub:
    found = store.read_federation(_credentials()).hub
    if found is None:
        raise StartupError(f"no hospital is let in here; let them in with: {hints.command('federation', 'hub')}")
    return found


def _files() -> tuple[Path, Path]:
    """A certificate for this machine's private addresses and its names, by the authority that signs the page's."""
    files, machine = _tls(), socket.gethostname()
    names = Names((*addresses.on_the_network(), ip_address("127.0.0.1")), tuple(addresses.names_of(machine)))
    made = page_tls.ensure(files, names, machine, datetime.now(UTC))
    for news in made.news:
        output.line(f"made {news}")
    return files.certificate, files.key


def _tls() -> TlsFiles:
    return TlsFiles(_home() / "hub-tls", _home() / "authority")


def _home() -> Path:
    return context.home_of(os.environ)


def _credentials() -> Credentials:
    """The installation's, whether it runs or not; made where it was never begun. Raises StartupError."""
    given = context.load().values.get("credentials_dir")
    if given:
        return Credentials(Path(given))
    checks.make_home(_home())
    return store.initialise(_home() / "credentials")
