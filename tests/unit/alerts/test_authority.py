"""Phones get the authority of the page's certificate, also without TLS, and nothing else there."""

import plistlib
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives import serialization

from local import authority as ours
from local import page_tls
from local.authority import Names
from local.page_tls import Made, TlsFiles
from services.alerts.edge import authority, plain
from services.alerts.edge.pages import File
from services.chassis.errors import StartupError
from tests.certificates import make_certificate

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return page_tls.ensure(TlsFiles.of(tmp_path), Names((ip_address("10.0.0.5"),)), "ward", datetime.now(UTC))


@web.middleware
async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


@pytest.fixture
def files(made: Made, tmp_path: Path) -> Mapping[str, File]:
    assert made.news
    return authority.files_of(TlsFiles.of(tmp_path).certificate)


@pytest.fixture
async def client(files: Mapping[str, File]) -> AsyncIterator[Client]:
    async with TestClient(TestServer(plain.application(files, let_in, page_port=8470))) as opened:
        yield opened


async def text(client: Client, path: str, **headers: str) -> str:
    async with client.get(path, headers=headers) as reply:
        assert reply.status == 200
        return await reply.text()


async def test_the_certificate_is_the_authoritys_own(client: Client, made: Made) -> None:
    assert await text(client, "/ca.crt") == made.authority.public_bytes(serialization.Encoding.PEM).decode()
    async with client.get("/ca.crt") as reply:
        assert reply.headers["Content-Type"] == "application/x-x509-ca-cert"


async def test_the_profile_holds_it_as_a_root_and_stays_the_same(client: Client, made: Made) -> None:
    async with client.get("/ca.mobileconfig") as reply:
        assert reply.headers["Content-Type"] == "application/x-apple-aspen-config"
        profile = plistlib.loads(await reply.read())
    async with client.get("/ca.mobileconfig") as reply:
        assert plistlib.loads(await reply.read()) == profile

    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == made.authority.public_bytes(serialization.Encoding.DER)
    assert profile["PayloadDisplayName"] == "Wardwatch ward"


@pytest.mark.parametrize(("accepted", "heading"), [("zh-CN,zh;q=0.9", "让这部手机"), ("de", "Make this phone trust")])
async def test_how_is_explained_in_the_browsers_language(
    client: Client, made: Made, accepted: str, heading: str
) -> None:
    page = await text(client, "/", **{"Accept-Language": accepted})

    assert heading in page
    assert ours.fingerprint(made.authority) in page
    assert "FINGERPRINT" not in page


@pytest.mark.parametrize("path", ["/alerts", "/api/v1/me", "/page.js"])
async def test_everything_else_leads_to_the_page(client: Client, path: str) -> None:
    async with client.get(path, allow_redirects=False, headers={"Host": "ward.lan:8471"}) as reply:
        assert reply.status == 307
        assert reply.headers["Location"] == "https://ward.lan:8470/"
        assert "Set-Cookie" not in reply.headers


async def test_a_host_that_is_none_leads_nowhere(client: Client) -> None:
    async with client.get("/x", allow_redirects=False, headers={"Host": "a@elsewhere.example"}) as reply:
        assert reply.status == 400


async def test_what_is_sent_to_it_is_not_taken(client: Client) -> None:
    async with client.post("/api/v1/session", json={"code": "x"}) as reply:
        assert reply.status == 405


def test_a_chain_without_an_authority_offers_none(made: Made, tmp_path: Path) -> None:
    alone = tmp_path / "alone.crt"
    alone.write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))

    assert authority.of_chain(alone) is None
    assert authority.files_of(alone) == authority.files_of(None) == {}


def test_a_hospitals_own_root_is_offered_too(tmp_path: Path) -> None:
    make_certificate(tmp_path / "own.crt", tmp_path / "own.key")

    found = authority.of_chain(tmp_path / "own.crt")

    assert found is not None
    assert found.name == "hospital"
    assert found.der == ssl.PEM_cert_to_DER_cert((tmp_path / "own.crt").read_text())


@pytest.mark.parametrize("content", [b"\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_chain_that_is_none_stops_the_start(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.crt").write_bytes(content)

    with pytest.raises(StartupError, match=r"odd\.crt cannot be read"):
        authority.of_chain(tmp_path / "odd.crt")


async def test_its_pages_ask_nobody_else_for_anything(client: Client) -> None:
    for language in authority.LANGUAGES:
        page = await text(client, f"/install/{language}")
        assert "http" not in page.replace("http-equiv", "")
        assert "<script" not in page
