"""`wardwatch tls`: the page's certificate of this machine's own authority, and how phones come to trust it."""

import os
import socket
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import segno
import typer

from cli import output
from local import addresses, authority, context, page_tls, plan
from local.addresses import Address
from local.authority import Names
from local.page_tls import Made, TlsFiles
from services.chassis import hints
from services.chassis.errors import StartupError

app = typer.Typer(help="The page's certificate, and how phones come to trust it.", no_args_is_help=True)

Page = Annotated[
    Path | None,
    typer.Option("--to", help="Folder of page.crt, page.key and page-ca.crt; without it that of this installation."),
]
Root = Annotated[
    Path | None, typer.Option("--authority", help="Folder of the authority's key, which the page never needs.")
]

# Menus differ by maker and year; each way is named by what its settings can be searched for.
INSTALLING: Final = (
    (
        "iPhone, iPad",
        "in Safari open the address, get the profile; Settings: Profile Downloaded, Install; then Settings, General,"
        " About, Certificate Trust Settings: switch it on",
    ),
    (
        "Android",
        "get ca.crt; Settings, search for CA certificate, Install anyway, choose ca.crt. Chrome trusts it; Firefox once"
        " its secret settings use third party CA certificates",
    ),
    (
        "HarmonyOS",
        "get ca.crt; Settings, Security, More settings, Encryption and credentials, Install from storage (5: Privacy"
        " and security, Advanced, Certificates and credentials)",
    ),
    ("Windows", "open ca.crt, Install Certificate, Current User, Trusted Root Certification Authorities"),
    ("Mac", "open ca.crt in Keychain Access, then Trust: Always Trust"),
)


@app.callback()
def root() -> None:
    """The page's certificate, and how phones come to trust it."""


@app.command("init")
def init(
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A private address, or a name ending with .local or .lan; give it again for more."),
    ] = None,
    to: Page = None,
    authority_: Root = None,
) -> None:
    """Make the authority and the page's certificate, or renew them where that is due; `up --listen lan` does it too."""
    files = _files(to, authority_)
    made = page_tls.ensure(files, names(name or []), socket.gethostname(), datetime.now(UTC))
    for each in made.news:
        output.line(f"made {each}")
    if not made.news:
        output.line("nothing was due")
    _describe(files, made)


@app.command("show")
def show(to: Page = None, authority_: Root = None) -> None:
    """Show the authority's fingerprint and how each kind of phone installs it, with a QR code that leads there."""
    files = _files(to, authority_)
    made = page_tls.read(files)
    if made is None:
        begin = hints.command("up", "--listen", plan.LAN)
        raise StartupError(f"there is no certificate in {files.page} yet; make one with: {begin}")
    _describe(files, made)
    for kind, words in INSTALLING:
        output.line(f"  {kind}: {words}")
    address = _install_url(made)
    if address is None:
        output.line(f"Nothing serves it here: hand out {files.authority} as ca.crt.")
        return
    output.line(f"  on a phone     {address}")
    segno.make(address, error="l", micro=False).terminal(compact=True, border=2)


def names(given: list[str]) -> Names:
    """What a certificate is asked for: *given*, else what this machine is reached by."""
    if not given:
        machine = socket.gethostname()
        return Names((*addresses.on_the_network(), ip_address("127.0.0.1")), tuple(addresses.names_of(machine)))
    found: list[Address] = []
    hosts: list[str] = []
    for each in given:
        try:
            found.append(ip_address(each))
        except ValueError:
            hosts.append(each.lower())
    return Names(tuple(found), tuple(hosts))


def _files(page: Path | None, root_: Path | None) -> TlsFiles:
    usual = TlsFiles.of(context.home_of(os.environ))
    if page is None:
        return usual
    return TlsFiles(page, root_ or page.with_name("authority"))


def _describe(files: TlsFiles, made: Made) -> None:
    known = authority.names_in(made.certificate)
    output.line(f"  authority      {files.authority}, until {made.authority.not_valid_after_utc:%Y-%m-%d}")
    output.line(f"  SHA-256        {authority.fingerprint(made.authority)}")
    output.line(f"  its key        {files.authority_key}")
    output.line(f"  certificate    {files.certificate}, until {made.certificate.not_valid_after_utc:%Y-%m-%d}")
    output.line(f"  good for       {', '.join([*map(str, known.addresses), *known.hosts])}")


def _install_url(made: Made) -> str | None:
    """Where the installation that runs here serves the authority to phones; None where none does."""
    here = context.load()
    if here.values.get("listen") != plan.LAN:
        return None
    known = authority.names_in(made.certificate).addresses
    at = plan.Installation(here.home, here.site, here.listen, here.port, here.nats_url, {}, known)
    return at.install_url
