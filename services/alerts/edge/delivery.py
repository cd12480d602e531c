"""The handlers of the operations on phones, duty, channels, rules, and what became of messages."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from proto.wardwatch.v1 import delivery, refusals, subjects
from proto.wardwatch.v1.delivery import Medium
from services.alerts.accounts.holder import Holder
from services.alerts.delivery.store import DeliveryStore, Kind, Phone, kept_channel
from services.alerts.edge.authorisation import Authorisation, AuthorisedHandler, token_of
from services.alerts.edge.http import model_response, page_origin, parsed_body
from services.alerts.edge.problems import Refused
from services.alerts.incidents.store import Incidents, NoSuchIncident
from services.chassis.delivery_keys import (
    DeliveryPublic,
    Target,
    from_base64url,
    is_phone_key,
    receipt_digest,
    webhook_secret,
)

_AUTH_BYTES = 16
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class DeliveryApi:
    """Every operation of ``delivery_operations.py``, each a method of that name. No *keys*: nothing can be set up."""

    authorisation: Authorisation
    store: DeliveryStore
    incidents: Incidents
    keys: DeliveryPublic | None
    push_hosts: tuple[str, ...]
    new_id: Callable[[], UUID]

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name; all but the public one are authorised first."""
        protected: dict[str, AuthorisedHandler] = {
            "push_key": self.push_key,
            "show_subscription": self.show_subscription,
            "subscribe": self.subscribe,
            "unsubscribe": self.unsubscribe,
            "test_push": self.push_test,
            "show_duty": self.show_duty,
            "set_duty": self.set_duty,
            "list_channels": self.list_channels,
            "set_channel": self.set_channel,
            "pause_channel": self.pause_channel,
            "remove_channel": self._removing("channel"),
            "test_channel": self.channel_test,
            "show_arrangements": self.show_arrangements,
            "set_rule": self.set_rule,
            "remove_rule": self._removing("rule"),
            "preview_rule": self.preview_rule,
            "set_zone": self.set_zone,
            "remove_zone": self._removing("zone"),
            "set_site_delivery": self.set_site_delivery,
            "list_deliveries": self.list_deliveries,
            "show_delivery": self.show_delivery,
            "list_dead_letters": self.list_dead_letters,
            "send_again": self.send_again,
        }
        made = {name: self.authorisation.protect(name, handler) for name, handler in protected.items()}
        return {**made, "note_receipt": self.note_receipt}

    async def push_key(self, _request: web.Request, _holder: Holder) -> web.Response:
        return model_response(delivery.PushKey(public_key=self._keys().vapid))

    async def show_subscription(self, request: web.Request, _holder: Holder) -> web.Response:
        return model_response(await self.store.subscription(token_of(request)))

    async def subscribe(self, request: web.Request, _holder: Holder) -> web.Response:
        asked = await parsed_body(request, delivery.Subscription)
        if not delivery.is_push_service(asked.endpoint, self.push_hosts):
            host = urlsplit(asked.endpoint).netloc
            raise Refused(422, "Not a push service", refusals.NO_PUSH_SERVICE.filled(host=host))
        phone = Phone(asked.endpoint, *_phone_keys(asked), asked.device, page_origin(request))
        if not await self.store.subscribe(token_of(request), phone):
            raise Refused(401, "Sign in", refusals.SESSION_OVER.filled())
        return web.Response(status=204)

    async def unsubscribe(self, request: web.Request, _holder: Holder) -> web.Response:
        await self.store.unsubscribe(token_of(request))
        return web.Response(status=204)

    async def push_test(self, request: web.Request, _holder: Holder) -> web.Response:
        if not await self.store.test_phone(token_of(request), self.new_id()):
            raise Refused(409, "No phone", refusals.NO_PHONE.filled())
        return model_response(await self.store.subscription(token_of(request)), status=202)

    async def note_receipt(self, request: web.Request) -> web.Response:
        asked = await parsed_body(request, delivery.Receipt, most_bytes=1024)
        if not await self.store.note_receipt(asked.delivery, receipt_digest(asked.receipt), asked.state):
            raise Refused(404, "No such message", refusals.NO_SUCH_MESSAGE.filled())
        return web.Response(status=204)

    async def show_duty(self, _request: web.Request, holder: Holder) -> web.Response:
        return model_response(delivery.Roster(on_duty=await self.store.roster(holder.sites)))

    async def set_duty(self, request: web.Request, holder: Holder) -> web.Response:
        asked = await parsed_body(request, delivery.DutyRequest)
        _check_site(asked.site, holder)
        if not await self.store.set_duty(token_of(request), asked.account, asked.site, on=asked.on):
            who = asked.account or holder.name
            raise Refused(403, "Not this account", refusals.NOT_FOR_DUTY.filled(account=who, site=asked.site))
        return await self.show_duty(request, holder)

    async def list_channels(self, _request: web.Request, holder: Holder) -> web.Response:
        return model_response(delivery.Channels(channels=await self.store.channels(holder.sites)))

    async def set_channel(self, request: web.Request, holder: Holder) -> web.Response:
        asked, name, keys = await parsed_body(request, delivery.ChannelRequest), _name(request, "channel"), self._keys()
        secret = webhook_secret(secrets.token_bytes(_SECRET_BYTES)) if asked.medium is Medium.WEBHOOK else None
        sealed = keys.seal(Target(asked.address, secret or asked.token))
        kept = kept_channel(asked, _shown_host(asked.address) if asked.medium in _ADDRESSED else "")
        await self._arrange(request, holder, "channel", name, asked.site, kept, sealed)
        return model_response(delivery.ChannelKept(name=name, secret=secret))

    async def pause_channel(self, request: web.Request, _holder: Holder) -> web.Response:
        asked, name = await parsed_body(request, delivery.PauseRequest), _name(request, "channel")
        if not await self.store.pause_channel(token_of(request), name, paused=asked.paused):
            raise Refused(404, "No such channel", refusals.NOT_ARRANGED.filled(name=name))
        return web.Response(status=204)

    async def channel_test(self, request: web.Request, _holder: Holder) -> web.Response:
        name, test = _name(request, "channel"), self.new_id()
        if not await self.store.test_channel(token_of(request), name, test):
            raise Refused(404, "No such channel", refusals.NOT_ARRANGED.filled(name=name))
        return model_response(delivery.Tested(delivery=test), status=202)

    async def show_arrangements(self, _request: web.Request, holder: Holder) -> web.Response:
        return model_response(await self.store.arranged(holder.sites))

    async def set_rule(self, request: web.Request, holder: Holder) -> web.Response:
        rule = await parsed_body(request, delivery.Rule)
        known = {each.name for each in await self.store.channels(holder.sites)}
        await self._check_names(rule, known, holder)
        await self._arrange(request, holder, "rule", _name(request, "rule"), rule.site, rule)
        return web.Response(status=204)

    async def preview_rule(self, request: web.Request, holder: Holder) -> web.Response:
        rule = await parsed_body(request, delivery.Rule)
        if rule.site is not None:
            _check_site(rule.site, holder)
        zones = {each.name: each.zone for each in (await self.store.arranged(holder.sites)).zones}
        occasions = await self.store.occasions(holder.sites)
        rung = sum(delivery.applies(rule, zones, occasion) for occasion in occasions)
        return model_response(delivery.Preview(rung=rung, alerts=len(occasions)))

    async def set_zone(self, request: web.Request, holder: Holder) -> web.Response:
        zone = await parsed_body(request, delivery.Zone)
        await self._arrange(request, holder, "zone", _name(request, "zone"), zone.site, zone)
        return web.Response(status=204)

    async def set_site_delivery(self, request: web.Request, holder: Holder) -> web.Response:
        site = _name(request, "site")
        _check_site(site, holder)
        asked = await parsed_body(request, delivery.SiteDelivery)
        await self._arrange(request, holder, "site", site, site, asked)
        return web.Response(status=204)

    async def list_deliveries(self, request: web.Request, holder: Holder) -> web.Response:
        known = await self.incidents.one(_id(request, "incident"))
        if not holder.sees(known.site):
            raise NoSuchIncident(known.id)
        return model_response(delivery.Deliveries(deliveries=await self.store.of_incident(known.id)))

    async def show_delivery(self, request: web.Request, holder: Holder) -> web.Response:
        return model_response(await self._delivery(_id(request, "delivery"), holder))

    async def list_dead_letters(self, _request: web.Request, holder: Holder) -> web.Response:
        return model_response(delivery.Deliveries(deliveries=await self.store.dead_letters(holder.sites)))

    async def send_again(self, request: web.Request, holder: Holder) -> web.Response:
        wanted = _id(request, "delivery")
        if not await self.store.send_again(token_of(request), wanted):
            raise Refused(404, "No such message", refusals.NO_SUCH_MESSAGE.filled())
        return model_response(await self._delivery(wanted, holder), status=202)

    async def _delivery(self, wanted: UUID, holder: Holder) -> delivery.DeliveryView:
        found = await self.store.one(wanted, holder.sites)
        if found is None:
            raise Refused(404, "No such message", refusals.NO_SUCH_MESSAGE.filled())
        return found

    def _removing(self, kind: Kind) -> AuthorisedHandler:
        async def remove(request: web.Request, holder: Holder) -> web.Response:
            name = _name(request, kind)
            found = await self.store.site_of(kind, name)
            if found is None:
                raise Refused(404, "Not there", refusals.NOT_ARRANGED.filled(name=name))
            await self._arrange(request, holder, kind, name, found[0], None)
            return web.Response(status=204)

        return remove

    async def _arrange(
        self,
        request: web.Request,
        holder: Holder,
        kind: Kind,
        name: str,
        site: str | None,
        document: BaseModel | None,
        sealed: bytes | None = None,
    ) -> None:
        """Set or take away; of every site only for who is for every site. Raises Refused."""
        if site is not None:
            _check_site(site, holder)
        if not await self.store.arrange(token_of(request), kind, name, site, document, sealed):
            raise Refused(403, "Not for this account", refusals.NOT_YOURS_TO_ARRANGE.filled(name=name))

    async def _check_names(self, rule: delivery.Rule, channels: set[str], holder: Holder) -> None:
        zones = {each.name for each in (await self.store.arranged(holder.sites)).zones}
        unknown = sorted({*rule.channels} - channels | {*rule.zones} - zones)
        if unknown:
            raise Refused(422, "Not a valid request", refusals.NOT_ARRANGED.filled(name=", ".join(unknown)))

    def _keys(self) -> DeliveryPublic:
        if self.keys is None:
            raise Refused(503, "Not set up", refusals.DELIVERY_NOT_SET_UP.filled(), retry_after=60)
        return self.keys


# Whose addresses name a machine; those of chats hold a secret in that place.
_ADDRESSED = frozenset({Medium.NTFY, Medium.WEBHOOK, Medium.MAIL})


def _shown_host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:255]
    except ValueError as error:
        raise Refused(422, "Not a valid request", refusals.BAD_ADDRESS.filled(field="address")) from error


def _phone_keys(asked: delivery.Subscription) -> tuple[bytes, bytes]:
    try:
        key, auth = from_base64url(asked.p256dh), from_base64url(asked.auth)
    except ValueError as error:
        raise Refused(422, "Not a phone's keys", refusals.BAD_PHONE_KEYS.filled()) from error
    if not is_phone_key(key) or len(auth) != _AUTH_BYTES:
        raise Refused(422, "Not a phone's keys", refusals.BAD_PHONE_KEYS.filled())
    return key, auth


def _check_site(site: str, holder: Holder) -> None:
    if not holder.sees(site):
        raise Refused(403, "Not for this account", refusals.OTHER_SITE.filled(site=site))


def _name(request: web.Request, parameter: str) -> str:
    text = request.match_info[parameter]
    if not subjects.TOKEN.fullmatch(text):
        raise Refused(422, "Not a name", refusals.BAD_ADDRESS.filled(field=parameter))
    return text


def _id(request: web.Request, parameter: str) -> UUID:
    text = request.match_info[parameter]
    try:
        return UUID(text)
    except ValueError as error:
        if parameter == "incident":
            raise Refused(404, "No such incident", refusals.NO_INCIDENT.filled(incident=text)) from error
        raise Refused(404, "No such message", refusals.NO_SUCH_MESSAGE.filled()) from error
