"""The command line's client: what it sends, what it makes of an answer, and when it asks again."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli import desk_client
from cli.desk_client import DeskClient
from local import context
from proto.wardwatch.v1.entries import EntryPage, EntryView, ReasonRequest
from services.chassis.errors import NoAnswer, Refusal, StartupError
from tests.certificates import make_certificate
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, OTHER, DeskServer, Problem, Script

TARGET = {"entry": ENTRY}


@asynccontextmanager
async def client(
    folder: Path, scripts: dict[str, list[Script]], *, retry_seconds: float = 5
) -> AsyncIterator[tuple[DeskClient, DeskServer]]:
    desk_server.home(folder / "home", "ana")
    async with DeskServer(scripts).listening() as server:
        here = context.load({"WARDWATCH_HOME": str(folder / "home"), "WARDWATCH_ALERTS_URL": server.url})
        async with desk_client.opened(here, "ana", retry_seconds=retry_seconds) as desk:
            yield desk, server


async def test_address_query_body_token_and_key_are_sent(tmp_path: Path) -> None:
    async with client(tmp_path, {"add_photo": [desk_server.judged()]}) as (desk, server):
        await desk.call(
            "add_photo",
            target={"entry": ENTRY, "position": "0", "name": "张 三/+&.jpg", "source": "police"},
            attachment=b"a photo",
            idempotency_key="k-1",
        )

    (request,) = server.requests
    assert request.target == {"entry": ENTRY, "position": "0", "name": "张 三/+&.jpg", "source": "police"}
    assert (request.body, request.headers["Idempotency-Key"]) == (b"a photo", "k-1")
    assert request.headers["Authorization"] == "Bearer token-of-ana"


async def test_the_beginning_of_an_id_means_the_entry_that_has_it(tmp_path: Path) -> None:
    page: Script = {"entries": [desk_server.row()], "next": None}
    scripts: dict[str, list[Script]] = {"list_entries": [page], "show_entry": [desk_server.entry()]}
    async with client(tmp_path, scripts) as (desk, server):
        for _ in range(2):
            await desk.call("show_entry", target={"entry": ENTRY[:10]})

    asked = [request.target for request in server.requests]
    # Asked for once, and then known.
    assert asked == [
        {"state": "all", "id_prefix": ENTRY[:10].replace("-", ""), "limit": "100"},
        {"entry": ENTRY},
        {"entry": ENTRY},
    ]


async def test_a_beginning_that_means_several_does_nothing(tmp_path: Path) -> None:
    page: Script = {"entries": [desk_server.row(), desk_server.row(id=OTHER, label="Ada Other")], "next": None}
    async with client(tmp_path, {"list_entries": [page]}) as (desk, server):
        with pytest.raises(StartupError, match=r"can mean 2 entries: .*Marlo Quint.*Ada Other"):
            await desk.call("erase_entry", target={"entry": ENTRY[:6]}, body=ReasonRequest(reason="gone"))

    assert len(server.requests) == 1


async def test_a_files_name_stays_one_part_of_the_address(tmp_path: Path) -> None:
    item: Script = {
        "name": "a", "external_id": None, "entry": None, "file_sha256": None, "verdict": "ready",
        "outcome": "ready", "findings": [],
    }  # fmt: skip
    async with client(tmp_path, {"import_photo": [item]}) as (desk, server):
        await desk.call("import_photo", target={"import": ENTRY, "file": "a/b?c#%2F__1.jpg"}, attachment=b"x")

    assert server.requests[0].target["file"] == "a/b?c#%2F__1.jpg"


async def test_the_answer_is_the_operations_model_or_its_file(tmp_path: Path) -> None:
    scripts: dict[str, list[Script]] = {"show_entry": [desk_server.entry()], "show_photo": [b"\xff\xd8"]}
    async with client(tmp_path, scripts) as (desk, _):
        view = await desk.read(EntryView, "show_entry", target=TARGET)
        picture = await desk.call("show_photo", target={**TARGET, "position": "0"})

    assert view.label == "Marlo Quint"
    assert picture == b"\xff\xd8"


async def test_many_tasks_ask_at_once(tmp_path: Path) -> None:
    async with client(tmp_path, {"show_entry": [desk_server.entry()]}) as (desk, server):
        views = await asyncio.gather(*(desk.read(EntryView, "show_entry", target=TARGET) for _ in range(50)))

    assert len(views) == len(server.requests) == 50


async def test_a_refusal_is_the_servers_own_sentence(tmp_path: Path) -> None:
    async with client(tmp_path, {"approve_entry": [Problem(409, "ana put it forward")]}) as (desk, _):
        with pytest.raises(Refusal, match=r"^ana put it forward$") as refused:
            await desk.call("approve_entry", target=TARGET)

    assert refused.value.code == 409


async def test_what_is_away_is_said_with_what_to_do(tmp_path: Path) -> None:
    away = Problem(503, "Try again in a moment.")
    async with client(tmp_path, {"list_groups": [away]}, retry_seconds=0) as (desk, _):
        with pytest.raises(Refusal, match=r"^No: Try again in a moment\.$"):
            await desk.call("list_groups")


async def test_an_answer_that_is_no_problem_document_is_said_by_its_number(tmp_path: Path) -> None:
    async with client(tmp_path, {"list_groups": [b""]}) as (desk, server):
        server.statuses["list_groups"] = 502
        with pytest.raises(Refusal, match="HTTP 502"):
            await desk.call("list_groups")


async def test_too_many_requests_are_said_and_not_repeated(tmp_path: Path) -> None:
    async with client(tmp_path, {"list_entries": [Problem(429, "wait a minute", 60)]}) as (desk, server):
        with pytest.raises(Refusal, match="wait a minute"):
            await desk.call("list_entries")

    assert len(server.requests) == 1


async def test_a_server_that_says_not_now_is_asked_again_where_twice_is_once(tmp_path: Path) -> None:
    busy = Problem(503, "too many files at once", 0)
    page: Script = {"entries": [], "next": None}
    scripts: dict[str, list[Script]] = {
        "list_entries": [busy, busy, page],
        "add_photo": [busy, desk_server.judged()],
        "draft_entry": [busy, desk_server.entry()],
        "revoke_entry": [busy, desk_server.entry()],
    }
    body = ReasonRequest(reason="mistaken")
    async with client(tmp_path, scripts) as (desk, server):
        assert await desk.read(EntryPage, "list_entries") == EntryPage(entries=[], next=None)
        await desk.call("add_photo", target={**TARGET, "position": "0"}, attachment=b"a photo")
        await desk.call("draft_entry", body=body, idempotency_key="k")
        with pytest.raises(Refusal, match="too many files"):
            await desk.call("revoke_entry", target=TARGET, body=body)

    assert [request.body for request in server.of("add_photo")] == [b"a photo"] * 2
    assert len(server.of("revoke_entry")) == 1


async def test_retries_end(tmp_path: Path) -> None:
    busy = Problem(503, "the desk is away", 1)
    async with client(tmp_path, {"list_entries": [busy]}, retry_seconds=0) as (desk, server):
        with pytest.raises(Refusal, match="the desk is away"):
            await desk.call("list_entries")

    assert len(server.requests) == 1


async def test_an_answer_of_another_version_is_no_answer(tmp_path: Path) -> None:
    async with client(tmp_path, {"show_entry": [{"id": "x"}]}) as (desk, _):
        with pytest.raises(NoAnswer, match="another version"):
            await desk.call("show_entry", target=TARGET)


async def test_nobody_there_is_one_sentence(tmp_path: Path) -> None:
    desk_server.home(tmp_path / "home", "ana")
    here = context.load({"WARDWATCH_HOME": str(tmp_path / "home"), "WARDWATCH_ALERTS_URL": "http://127.0.0.1:1"})
    async with desk_client.opened(here, "ana") as desk:
        with pytest.raises(NoAnswer, match=r"http://127\.0\.0\.1:1 does not answer"):
            await desk.call("list_groups")


async def test_an_account_that_is_not_signed_in_is_told_how(tmp_path: Path) -> None:
    here = context.load({"WARDWATCH_HOME": str(tmp_path), "WARDWATCH_ALERTS_URL": "http://127.0.0.1:1"})
    with pytest.raises(StartupError, match="wardwatch login CODE"):
        async with desk_client.opened(here, "ana"):
            pass


async def test_a_private_authority_is_trusted_when_it_is_named(tmp_path: Path) -> None:
    desk_server.home(tmp_path / "home", "ana")
    certificate, key = tmp_path / "page.crt", tmp_path / "page.key"
    make_certificate(certificate, key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    async with DeskServer({"list_groups": [{"groups": []}]}).listening(tls) as server:
        environ = {"WARDWATCH_HOME": str(tmp_path / "home"), "WARDWATCH_ALERTS_URL": server.url}
        async with desk_client.opened(context.load(environ), "ana") as desk:
            with pytest.raises(NoAnswer, match="WARDWATCH_CA_FILE"):
                await desk.call("list_groups")
        named = {**environ, "WARDWATCH_CA_FILE": str(certificate)}
        async with desk_client.opened(context.load(named), "ana") as desk:
            await desk.call("list_groups")

    assert server.names == ["list_groups"]


async def test_an_authority_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    desk_server.home(tmp_path / "home", "ana")
    environ = {"WARDWATCH_HOME": str(tmp_path / "home"), "WARDWATCH_ALERTS_URL": "https://a"}
    for wrong in (tmp_path / "none.pem", tmp_path / "home" / "accounts" / "ana.token"):
        with pytest.raises(StartupError, match=r"WARDWATCH_CA_FILE .* cannot be used"):
            async with desk_client.opened(context.load({**environ, "WARDWATCH_CA_FILE": str(wrong)}), "ana"):
                pass
