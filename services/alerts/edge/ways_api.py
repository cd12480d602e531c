"""Handlers of the ways to sign in besides a one-time code, and of proving anew who one is."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals
from services.alerts.accounts import passkeys
from services.alerts.accounts.device_names import device_name
from services.alerts.accounts.holder import Holder
from services.alerts.accounts.oidc import Away, Oidc
from services.alerts.accounts.oidc_token import NotTaken as TokenNotTaken
from services.alerts.accounts.passkeys import ALGORITHMS, Assertion, KnownKey, NotTaken, Registration, Site
from services.alerts.accounts.register import AccountRegister
from services.alerts.accounts.store import KnownPasskey, Sessions
from services.alerts.accounts.tickets import LIFE, RANDOM_BYTES, NotOurs, Purpose, Ticket, Tickets
from services.alerts.edge import account_models as models
from services.alerts.edge.authorisation import Authorisation, check_origin, token_of
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.problems import Refused
from services.alerts.edge.senders import Senders
from services.alerts.edge.session_answers import session_opened
from services.alerts.edge.sign_in import SignInPace

# Binds what the hospital's sign-in answers to the browser that asked. It goes and comes by this page's own requests.
OIDC_COOKIE: Final = "__Host-wardwatch-oidc"
_NOT_SIGNED_IN: Final = "This is not taken"


@dataclass(frozen=True, slots=True)
class WaysApi:
    """Each public method but ``handlers`` is an operation of that name. *oidc* is None where there is none.

    *page_host* is the host of the page, where the operator has named it; else it is each request's own.
    """

    authorisation: Authorisation
    sessions: Sessions
    register: AccountRegister
    tickets: Tickets
    pace: SignInPace
    senders: Senders
    new_token: Callable[[], str]
    random: Callable[[int], bytes]
    now: Callable[[], datetime]
    time_zone: str
    oidc: Oidc | None = None
    oidc_label: str = ""
    page_host: str = ""

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name; all but the public ones are authorised first."""
        protect = self.authorisation.protect
        return {
            "ways_to_sign_in": self.ways_to_sign_in,
            "offer_sign_in": self.offer_sign_in,
            "open_session_by_passkey": self.open_session_by_passkey,
            "begin_oidc": self.begin_oidc,
            "finish_oidc": self.finish_oidc,
            "offer_proof": protect("offer_proof", self.offer_proof),
            "prove": protect("prove", self.prove),
            "prove_by_oidc": protect("prove_by_oidc", self.prove_by_oidc),
            "offer_passkey": protect("offer_passkey", self.offer_passkey),
            "add_passkey": protect("add_passkey", self.add_passkey),
        }

    # -- signing in --

    async def ways_to_sign_in(self, request: web.Request) -> web.Response:
        ways = models.WaysToSignIn(
            passkeys=_has_name(self._site(request)), oidc=None if self.oidc is None else self.oidc_label
        )
        return model_response(ways)

    async def offer_sign_in(self, request: web.Request) -> web.Response:
        check_origin(request, required=False)
        site = self._named_site(request)
        challenge = self._ticket(Purpose.SIGN_IN, "")
        return model_response(models.Challenge(challenge=challenge, rp_id=site.rp_id, credentials=[]))

    async def open_session_by_passkey(self, request: web.Request) -> web.Response:
        check_origin(request, required=False)
        sender = self._sender(request)
        await self.pace.turn(sender)
        answer = await parsed_body(request, models.PasskeyAnswer)
        try:
            known, counter, ticket = await self._answered(request, answer, Purpose.SIGN_IN, "")
        except Refused:
            self.pace.wrong(sender)
            raise
        token = self.new_token()
        holder = await self.sessions.open_by_passkey(known.id, counter, ticket, token, _device(request))
        if holder is None:
            self.pace.wrong(sender)
            raise Refused(401, _NOT_SIGNED_IN, refusals.PASSKEY_REFUSED.filled())
        return self._opened(holder, token)

    async def begin_oidc(self, request: web.Request) -> web.Response:
        check_origin(request, required=False)
        oidc, wanted = self._oidc(), await parsed_body(request, models.OidcRequest)
        browser = self.new_token()
        purpose = Purpose.OIDC_PROVE if wanted.prove else Purpose.OIDC_SIGN_IN
        state = self.tickets.make(purpose, _digest(browser), self.now(), self.random(RANDOM_BYTES))
        try:
            address = await oidc.address(
                state=_encoded(state),
                nonce=self.tickets.secret_of(state, "nonce"),
                verifier=self.tickets.secret_of(state, "verifier"),
                prove=wanted.prove,
            )
        except Away as error:
            raise _oidc_away() from error
        response = model_response(models.OidcOffer(address=address))
        life = int(LIFE.total_seconds())
        response.set_cookie(OIDC_COOKIE, browser, max_age=life, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    async def finish_oidc(self, request: web.Request) -> web.Response:
        check_origin(request, required=False)
        sender = self._sender(request)
        await self.pace.turn(sender)
        try:
            identity, ticket = await self._named(request, Purpose.OIDC_SIGN_IN)
            token = self.new_token()
            holder = await self.sessions.open_by_identity(identity, ticket, token, _device(request))
            if holder is None:
                raise Refused(401, _NOT_SIGNED_IN, refusals.OIDC_UNKNOWN.filled())
        except Refused:
            self.pace.wrong(sender)
            raise
        response = self._opened(holder, token)
        _forget_browser(response)
        return response

    # -- proving anew who one is --

    async def offer_proof(self, request: web.Request, holder: Holder) -> web.Response:
        site = self._named_site(request)
        rows = await self.register.passkeys(token_of(request), holder.account_id)
        mine = [_encoded(row["credential"]) for row in rows if row["rp_id"] == site.rp_id and row["copied_at"] is None]
        if not mine:
            raise Refused(409, "No passkey", refusals.NO_PROOF.filled())
        challenge = self._ticket(Purpose.PROVE, str(holder.account_id))
        return model_response(models.Challenge(challenge=challenge, rp_id=site.rp_id, credentials=mine))

    async def prove(self, request: web.Request, holder: Holder) -> web.Response:
        answer = await parsed_body(request, models.PasskeyAnswer)
        known, counter, ticket = await self._answered(request, answer, Purpose.PROVE, str(holder.account_id))
        if not await self.sessions.prove_by_passkey(token_of(request), known.id, counter, ticket):
            raise Refused(409, "Not proven", refusals.NOT_YOUR_PROOF.filled())
        return web.Response(status=204)

    async def prove_by_oidc(self, request: web.Request, _holder: Holder) -> web.Response:
        identity, ticket = await self._named(request, Purpose.OIDC_PROVE)
        if not await self.sessions.prove_by_identity(token_of(request), identity, ticket):
            raise Refused(409, "Not proven", refusals.NOT_YOUR_PROOF.filled())
        response = web.Response(status=204)
        _forget_browser(response)
        return response

    # -- passkeys of one's own --

    async def offer_passkey(self, request: web.Request, holder: Holder) -> web.Response:
        site = self._named_site(request)
        rows = await self.register.passkeys(token_of(request), holder.account_id)
        offer = models.PasskeyChallenge(
            challenge=self._ticket(Purpose.ADD_PASSKEY, str(holder.account_id)),
            rp_id=site.rp_id,
            user=_encoded(holder.account_id.bytes),
            account=holder.name,
            algorithms=list(ALGORITHMS),
            known=[_encoded(row["credential"]) for row in rows if row["rp_id"] == site.rp_id],
        )
        return model_response(offer)

    async def add_passkey(self, request: web.Request, holder: Holder) -> web.Response:
        new = await parsed_body(request, models.NewPasskeyRequest)
        site = self._named_site(request)
        try:
            challenge = passkeys.challenge_of(new.client_data)
            ticket = self.tickets.read(Purpose.ADD_PASSKEY, str(holder.account_id), challenge, self.now())
            made = passkeys.made(site, challenge, Registration(new.client_data, new.attestation))
        except (NotTaken, NotOurs) as error:
            raise Refused(409, "Not taken", refusals.PASSKEY_NOT_READ.filled()) from error
        await self.register.add_passkey(token_of(request), ticket, made, new.name.strip(), site.rp_id)
        return web.Response(status=204)

    # -- what they share --

    async def _answered(
        self, request: web.Request, answer: models.PasskeyAnswer, purpose: Purpose, bearer: str
    ) -> tuple[KnownPasskey, int, Ticket]:
        """The passkey that answered rightly, its counter, and the ticket it answered. Raises Refused."""
        site = self._named_site(request)
        try:
            challenge = passkeys.challenge_of(answer.client_data)
            ticket = self.tickets.read(purpose, bearer, challenge, self.now())
            credential = passkeys.decoded(answer.credential)
        except (NotTaken, NotOurs) as error:
            raise _passkey_not_read() from error
        known = await self.sessions.passkey(credential)
        if known is None or known.rp_id != site.rp_id:
            raise Refused(401, _NOT_SIGNED_IN, refusals.PASSKEY_REFUSED.filled())
        sent = Assertion(answer.credential, answer.client_data, answer.authenticator_data, answer.signature)
        try:
            counter = passkeys.proven(site, challenge, KnownKey(credential, known.public_key), sent)
        except NotTaken as error:
            raise _passkey_not_read() from error
        return known, counter, ticket

    async def _named(self, request: web.Request, purpose: Purpose) -> tuple[str, Ticket]:
        """Whom the hospital's sign-in names, and the state it answered. Raises Refused."""
        oidc, answer = self._oidc(), await parsed_body(request, models.OidcAnswer)
        browser = request.cookies.get(OIDC_COOKIE, "")
        try:
            state = passkeys.decoded(answer.state)
            ticket = self.tickets.read(purpose, _digest(browser), state, self.now())
        except (NotTaken, NotOurs) as error:
            raise Refused(401, _NOT_SIGNED_IN, refusals.OIDC_STATE.filled()) from error
        if answer.iss not in (None, oidc.client.issuer):
            raise Refused(401, _NOT_SIGNED_IN, refusals.OIDC_TOKEN.filled(reason="issuer"))
        try:
            identity = await oidc.identity(
                answer.code,
                nonce=self.tickets.secret_of(state, "nonce"),
                verifier=self.tickets.secret_of(state, "verifier"),
                proven_since=ticket.made_at if purpose is Purpose.OIDC_PROVE else None,
                now=self.now(),
            )
        except TokenNotTaken as error:
            raise Refused(401, _NOT_SIGNED_IN, refusals.OIDC_TOKEN.filled(reason=error.reason)) from error
        except Away as error:
            raise _oidc_away() from error
        return identity, ticket

    def _ticket(self, purpose: Purpose, bearer: str) -> str:
        return _encoded(self.tickets.make(purpose, bearer, self.now(), self.random(RANDOM_BYTES)))

    def _opened(self, holder: Holder, token: str) -> web.Response:
        life = int(self.sessions.life.total_seconds())
        return session_opened(holder, token, time_zone=self.time_zone, life_seconds=life)

    def _sender(self, request: web.Request) -> str:
        return self.senders.of_request(request.remote, request.headers.getall("X-Forwarded-For", []))

    def _site(self, request: web.Request) -> Site:
        return Site(self.page_host or request.host)

    def _named_site(self, request: web.Request) -> Site:
        site = self._site(request)
        if not _has_name(site):
            raise Refused(409, "No passkeys here", refusals.PASSKEY_NEEDS_NAME.filled())
        return site

    def _oidc(self) -> Oidc:
        if self.oidc is None:
            raise Refused(404, "No such sign-in", refusals.NO_OIDC.filled())
        return self.oidc


def account_id(request: web.Request, name: str) -> UUID:
    """The id that the address names. Raises Refused (404) when it is none."""
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise Refused(404, "There is no such thing", refusals.NO_ACCOUNT.filled()) from error


def _has_name(site: Site) -> bool:
    """Whether the page's host is a name, which authenticators ask for, and no number."""
    name = site.rp_id
    return bool(name) and ":" not in name and not name.replace(".", "").isdigit()


def _device(request: web.Request) -> str:
    return device_name(request.headers.get("User-Agent", "")[:400])


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "replace")).hexdigest()


def _forget_browser(response: web.Response) -> None:
    response.del_cookie(OIDC_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")


def _passkey_not_read() -> Refused:
    return Refused(401, _NOT_SIGNED_IN, refusals.PASSKEY_NOT_READ.filled())


def _oidc_away() -> Refused:
    return Refused(503, "The hospital's sign-in is away", refusals.OIDC_AWAY.filled(), retry_after=5)
