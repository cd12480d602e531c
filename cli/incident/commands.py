"""`wardwatch incident`: make a signed report of a confirmed incident, and check one offline."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer
from nacl.signing import VerifyKey
from pydantic import ValidationError

from cli import output
from cli.desk_client import DeskClient
from cli.incident.reading import told
from cli.watchlist.desk_requests import As, Reason, validated, with_desk
from local import context
from proto.wardwatch.v1.incident_reports import EXPORT, IncidentReport, ReportFileRequest
from proto.wardwatch.v1.subjects import Author
from services.chassis import signed_reports
from services.chassis.errors import StartupError

_MOST_BYTES: Final = 64 * 1024 * 1024

app = typer.Typer(help="Signed reports of confirmed incidents.", no_args_is_help=True)


@app.command("export")
def export(
    incident: Annotated[str, typer.Argument(help="Id of the incident, or its beginning.", metavar="INCIDENT")],
    file: Annotated[Path, typer.Argument(help="A new file; its name ends with .json or .pdf.")],
    reason: Reason,
    name: As,
    pictures: Annotated[bool, typer.Option("--pictures", help="With the two faces that people compared.")] = False,
    language: Annotated[str, typer.Option("--language", help="Of a PDF: en or zh-CN.")] = "en",
) -> None:
    """Write the signed report of a confirmed incident to a file, for the police or a court; recorded."""
    body = validated(
        ReportFileRequest,
        reason=reason.strip(), format=file.suffix.removeprefix("."), pictures=pictures, language=language,
    )  # fmt: skip
    if file.exists():
        raise StartupError(f"{file} is there already")

    async def asked(desk: DeskClient) -> bytes:
        content = await desk.call(EXPORT.name, target={"incident": str(await desk.alert(incident))}, body=body)
        assert isinstance(content, bytes), "a report is a file"
        return content

    _write(file, with_desk(name, asked))
    output.line(f"the report is in {file}; who gets it needs the key too: wardwatch incident key")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The report, JSON or PDF.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The hospital's public key (PEM). Without it, this installation's.")
    ] = None,
    content: Annotated[
        Path | None, typer.Option("--content", help="Write what was signed to this new file, JSON or PDF.")
    ] = None,
) -> None:
    """Say whether a report is as it was signed, and what it says; offline. Exit 1 when it is not."""
    try:
        known = _installed_key() if key is None else signed_reports.read_pem(key.read_text(encoding="ascii"))
        with file.open("rb") as opened:
            signed = opened.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise StartupError(f"this cannot be read: {error}") from error
    try:
        found = signed_reports.verified(signed, known)
    except signed_reports.NotGenuine as error:
        raise StartupError(f"{file} is NOT genuine: {error}") from error
    if content is not None:
        _write(content, found)
    output.line(f"{file} is as it was signed, by the key {signed_reports.fingerprint(known)}")
    if not found.startswith(b"%PDF-"):
        for line in told(_report(found)):
            output.line(line)


@app.command("key")
def show_key() -> None:
    """Print the public key by which anybody can check reports. Give its fingerprint by another way than the report."""
    key = _installed_key()
    output.file(signed_reports.pem(key))
    output.line(f"fingerprint {signed_reports.fingerprint(key)}", err=True)


def _installed_key() -> VerifyKey:
    """The key of this installation's alerts service. Raises StartupError."""
    key = context.load().signatures().authors.keys.get(Author.ALERTS)
    if key is None:
        raise StartupError("this installation does not know the key of its alerts service; name one with --key")
    return key


def _report(content: bytes) -> IncidentReport:
    try:
        return IncidentReport.model_validate_json(content)
    except ValidationError as error:
        raise StartupError("it is genuine, and of a version that this command cannot read; see --content") from error


def _write(file: Path, content: bytes) -> None:
    """A new file, for its owner alone. Raises StartupError."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(content)
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}") from error
