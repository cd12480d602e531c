"""The hospital's own sign-in (OpenID Connect): its addresses and keys, and codes exchanged for whom they name."""

import asyncio
import hashlib
import json
import ssl
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import jwt

from services.alerts.accounts import oidc_token
from services.alerts.accounts.oidc_token import Expected, NotTaken, UnknownKey
from services.chassis.errors import StartupError

# A person waits for it, and it is in the same building.
_ANSWER_SECONDS: Final = 5.0
_MOST_BYTES: Final = 256 * 1024
# Keys are asked for again when a token names one that is not known, but not as often as somebody likes.
_KEYS_SECONDS: Final = 10.0


class Away(Exception):
    """The hospital's sign-in does not answer, or not as one does."""


@dataclass(frozen=True, slots=True)
class Client:
    """How this installation is known there. ``claim`` names the account; ``page_url`` is where people come back to."""

    issuer: str
    client_id: str
    page_url: str
    claim: str = "sub"
    secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError for addresses that cannot be."""
        for name, address in (("issuer", self.issuer), ("page's address", self.page_url)):
            parts = urlsplit(address)
            local = parts.hostname in ("localhost", "127.0.0.1", "::1")
            if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or local):
                raise ValueError(f"the {name} {address!r} is no https address")

    @property
    def redirect_uri(self) -> str:
        """Where people come back to: the page itself."""
        return self.page_url.rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the issuer says of itself."""

    authorization: str
    token: str
    keys: str


@dataclass(slots=True)
class Oidc:
    """One sign-in of the hospital. Nothing is asked of it before somebody uses it."""

    client: Client
    http: aiohttp.ClientSession = field(repr=False)
    _addresses: Addresses | None = None
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _keys_at: float = float("-inf")
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    @asynccontextmanager
    async def open(cls, client: Client, ca_file: Path | None) -> AsyncIterator[Self]:
        """Ready to ask; *ca_file* holds the authority of the issuer's certificate. Raises StartupError."""
        try:
            trust = await asyncio.to_thread(ssl.create_default_context, cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise StartupError(f"the authority {ca_file} cannot be used: {error}") from error
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        connector = aiohttp.TCPConnector(ssl=trust, limit=8)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True
        ) as http:
            yield cls(client, http)

    async def address(self, *, state: str, nonce: str, verifier: str, prove: bool) -> str:
        """Where a browser goes to sign in; with *prove* it must sign in anew. Raises Away."""
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode("ascii")
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": "openid email" if self.client.claim == "email" else "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if prove:
            asked |= {"prompt": "login", "max_age": "0"}
        address = (await self._read_addresses()).authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def identity(
        self, code: str, *, nonce: str, verifier: str, proven_since: datetime | None, now: datetime
    ) -> str:
        """Whom a *code* stands for. Raises NotTaken, or Away."""
        token = await self._exchange(code, verifier)
        expected = Expected(self.client.issuer, self.client.client_id, nonce, self.client.claim, proven_since)
        try:
            return oidc_token.identity(token, await self._read_keys(anew=False), expected, now)
        except UnknownKey:
            keys = await self._read_keys(anew=True)
        try:
            return oidc_token.identity(token, keys, expected, now)
        except UnknownKey as error:
            raise NotTaken("signature") from error

    async def _exchange(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if self.client.secret is None:
            form["client_id"] = self.client.client_id
        else:
            # RFC 6749 2.3.1: both are encoded as in a form before they are joined.
            name, secret = quote(self.client.client_id, safe=""), quote(self.client.secret, safe="")
            headers["Authorization"] = f"Basic {b64encode(f'{name}:{secret}'.encode()).decode('ascii')}"
        address = (await self._read_addresses()).token
        answer = await self._ask("POST", address, data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotTaken("bad_code" if answer.get("error") == "invalid_grant" else "malformed")
        return token

    async def _read_addresses(self) -> Addresses:
        async with self._asking:
            if self._addresses is None:
                said = await self._ask("GET", f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
                if said.get("issuer") != self.client.issuer:
                    raise Away("it says that it is another one")
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                found = [said.get(name) for name in names]
                if not all(isinstance(address, str) for address in found):
                    raise Away("it does not say where to sign in")
                self._addresses = Addresses(*map(str, found))
            return self._addresses

    async def _read_keys(self, *, anew: bool) -> Mapping[str, jwt.PyJWK]:
        address = (await self._read_addresses()).keys
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if not self._keys or (anew and now - self._keys_at > _KEYS_SECONDS):
                self._keys = oidc_token.keys_of(await self._ask("GET", address))
                self._keys_at = now
            return self._keys

    async def _ask(
        self,
        method: str,
        address: str,
        *,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, object]:
        try:
            async with self.http.request(method, address, data=data, headers=headers, allow_redirects=False) as reply:
                content = await reply.content.read(_MOST_BYTES)
                if reply.status >= 500 or (reply.status >= 300 and method == "GET"):
                    raise Away(f"it answered {reply.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Away(type(error).__name__) from error
        return _parsed(content)


def _parsed(content: bytes) -> Mapping[str, object]:
    try:
        read = json.loads(content)
    except ValueError as error:
        raise Away("it answered no JSON") from error
    if not isinstance(read, dict):
        raise Away("it answered no JSON object")
    return read
