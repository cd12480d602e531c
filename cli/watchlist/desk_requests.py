"""Options, requests and output that all commands of the group share."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import BaseModel, TypeAdapter, ValidationError

from cli import desk_client, id_argument, output
from cli.desk_client import DeskClient
from local import context
from proto.wardwatch.v1.dates import NotADay, UnclearDay, read_day
from services.chassis import hints
from services.chassis.errors import NoAnswer, Refusal, StartupError

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

As = Annotated[str, typer.Option("--as", help="Account that asks; it must have signed in with: wardwatch login CODE.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EntryId = Annotated[
    str, typer.Argument(help="Id of the entry, or its beginning.", metavar="ID", callback=id_argument.checked)
]
Reason = Annotated[str, typer.Option("--reason", help="Why, in 3 to 500 characters; it is recorded.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait until every matcher has it.")]
Revision = Annotated[
    int | None,
    typer.Option("--revision", min=1, help="Approve only this revision, which was looked at before; show nothing."),
]
Within = Annotated[float, typer.Option("--within", min=0, help="Wait at most so many seconds for the matchers.")]

_json = TypeAdapter[object](object)


def with_desk(account: str, work: Callable[[DeskClient], Coroutine[None, None, T]]) -> T:
    """Run *work* with a desk client of *account*."""

    async def connected() -> T:
        async with desk_client.opened(context.load(), account) as desk:
            return await work(desk)

    return asyncio.run(connected())


def of(entry: UUID | str, **more: object) -> dict[str, str]:
    """The path and query parameters of an operation on *entry*."""
    return {"entry": str(entry), **{name: str(value) for name, value in more.items()}}


def validated(model: type[M], **fields: object) -> M:
    """A request body of *fields*. Raises StartupError when the model refuses them."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        # The input is left out: it may be a name or a number.
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors())
        raise StartupError(f"this cannot be said: {faults}") from error


def print_json(answer: BaseModel, **more: object) -> None:
    """Print *answer* as JSON, as the API returned it, with *more* keys added."""
    plain = {**answer.model_dump(mode="json"), **_json.dump_python(more, mode="json")}
    output.document(json.dumps(plain, ensure_ascii=False))


@contextmanager
def refused_as_json(*, as_json: bool) -> Iterator[None]:
    """Print what cannot be done as ``{"refused": "why"}`` too, for programs that read the output; it still ends so."""
    try:
        yield
    except (Refusal, StartupError, NoAnswer) as error:
        if as_json:
            output.document(json.dumps({"refused": str(error)}, ensure_ascii=False))
        raise


def day(text: str) -> date | None:
    """The day *text*, in the hospital's time zone as everybody reads it; none when it is empty. Raises StartupError.

    It may be written as in people.csv.
    """
    try:
        return read_day(text) if text else None
    except (NotADay, UnclearDay) as error:
        raise StartupError(str(error)) from error


def sites(text: str) -> list[str]:
    """Sites written with commas between them."""
    return [site.strip() for site in text.split(",") if site.strip()]


@contextmanager
def keeping_draft(entry: UUID, account: str) -> Iterator[None]:
    """Name the draft that is left behind when what follows is not finished, also by Ctrl-C."""
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished:
            discard = hints.command("watchlist", "discard", entry, by=account)
            output.line(f"draft {entry} is kept; throw it away with: {discard}", err=True)
