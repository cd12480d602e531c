"""Handlers of the operations on accounts, their devices and passkeys."""

import secrets
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from services.alerts.accounts.codes import code_digest, new_code
from services.alerts.accounts.holder import Holder
from services.alerts.accounts.register import AccountRegister, Purposed
from services.alerts.database import Row
from services.alerts.edge import account_models as models
from services.alerts.edge.authorisation import Authorisation, AuthorisedHandler, token_of
from services.alerts.edge.http import model_response, page_origin, parsed_body
from services.alerts.edge.ways_api import account_id
from services.chassis.qr import qr_code


@dataclass(frozen=True, slots=True)
class AccountApi:
    """Each public method but ``handlers`` is an operation of that name; whom it reaches the database decides."""

    authorisation: Authorisation
    register: AccountRegister

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name, authorised first."""
        operations: dict[str, AuthorisedHandler] = {
            "list_accounts": self.list_accounts,
            "list_sessions": self.list_sessions,
            "add_account": self.add_account,
            "show_account": self.show_account,
            "change_account": self.change_account,
            "disable_account": self.disable_account,
            "enable_account": self.enable_account,
            "account_history": self.account_history,
            "make_code": self.make_code,
            "name_device": self.name_device,
            "end_device": self.end_device,
            "lose_devices": self.lose_devices,
            "remove_passkey": self.remove_passkey,
        }
        return {name: self.authorisation.protect(name, handler) for name, handler in operations.items()}

    async def list_accounts(self, request: web.Request, _holder: Holder) -> web.Response:
        rows = await self.register.accounts(token_of(request))
        return model_response(models.AccountList(accounts=[_account(row) for row in rows]))

    async def list_sessions(self, request: web.Request, _holder: Holder) -> web.Response:
        rows = await self.register.sessions(token_of(request))
        return model_response(models.SessionList(sessions=[_session(row) for row in rows]))

    async def add_account(self, request: web.Request, _holder: Holder) -> web.Response:
        asked = await parsed_body(request, models.AccountRequest)
        purposed = Purposed(asked.role, _sorted(asked.sites), asked.identity)
        added = await self.register.add(token_of(request), asked.name, purposed)
        (row,) = await self.register.accounts(token_of(request), added)
        return model_response(_account(row), status=201)

    async def show_account(self, request: web.Request, _holder: Holder) -> web.Response:
        return await self._shown(request)

    async def change_account(self, request: web.Request, _holder: Holder) -> web.Response:
        asked = await parsed_body(request, models.AccountChange)
        purposed = Purposed(asked.role, _sorted(asked.sites), asked.identity)
        await self.register.change(token_of(request), account_id(request, "account"), purposed, asked.reason)
        return await self._shown(request)

    async def disable_account(self, request: web.Request, _holder: Holder) -> web.Response:
        reason = (await parsed_body(request, models.WhyRequest)).reason
        await self.register.disable(token_of(request), account_id(request, "account"), reason)
        return await self._shown(request)

    async def enable_account(self, request: web.Request, _holder: Holder) -> web.Response:
        reason = (await parsed_body(request, models.WhyRequest)).reason
        await self.register.enable(token_of(request), account_id(request, "account"), reason)
        return await self._shown(request)

    async def account_history(self, request: web.Request, _holder: Holder) -> web.Response:
        rows = await self.register.history(token_of(request), account_id(request, "account"))
        return model_response(models.AccountEvents(events=[_event(row) for row in rows]))

    async def make_code(self, request: web.Request, _holder: Holder) -> web.Response:
        code = new_code(secrets.choice)
        digest = code_digest(code)
        assert digest is not None
        until = await self.register.make_code(token_of(request), account_id(request, "account"), digest)
        # Behind the # it is in no log of a server.
        link = f"{page_origin(request)}/#code={code}"
        made = models.CodeMade(code=code, expires_at=until, link=link, qr=qr_code(link))
        return model_response(made, status=201)

    async def name_device(self, request: web.Request, _holder: Holder) -> web.Response:
        name = (await parsed_body(request, models.NameRequest)).name.strip()
        await self.register.name_device(token_of(request), account_id(request, "device"), name)
        return web.Response(status=204)

    async def end_device(self, request: web.Request, _holder: Holder) -> web.Response:
        account, device = account_id(request, "account"), account_id(request, "device")
        await self.register.end_device(token_of(request), account, device)
        return web.Response(status=204)

    async def lose_devices(self, request: web.Request, _holder: Holder) -> web.Response:
        ended = await self.register.lose_devices(token_of(request), account_id(request, "account"))
        return model_response(models.DevicesLost(ended=ended))

    async def remove_passkey(self, request: web.Request, _holder: Holder) -> web.Response:
        account, passkey = account_id(request, "account"), account_id(request, "passkey")
        await self.register.remove_passkey(token_of(request), account, passkey)
        return web.Response(status=204)

    async def _shown(self, request: web.Request) -> web.Response:
        token, account = token_of(request), account_id(request, "account")
        (row,) = await self.register.accounts(token, account)
        passkeys = await self.register.passkeys(token, account)
        devices = await self.register.devices(token, account)
        return model_response(
            models.AccountView(
                account=_account(row),
                passkeys=[_passkey(each) for each in passkeys],
                devices=[_device(each) for each in devices],
            )
        )


def _sorted(sites: list[str] | None) -> list[str] | None:
    return None if sites is None else sorted(set(sites))


def _account(row: Row) -> models.AccountRow:
    return models.AccountRow(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        sites=row["sites"],
        state="disabled" if row["disabled_at"] is not None
        else "signed_in" if row["sessions"]
        else "invited" if row["invited"]
        else "signed_out",
        disabled_reason=row["disabled_reason"],
        identity=row["identity"],
        devices=row["sessions"],
        passkeys=row["passkeys"],
        used_at=row["used_at"],
        kept=row["kept"],
    )  # fmt: skip


def _passkey(row: Row) -> models.PasskeyRow:
    return models.PasskeyRow(
        id=row["id"],
        name=row["name"],
        page=row["rp_id"],
        created_at=row["created_at"],
        used_at=row["used_at"],
        copied=row["copied_at"] is not None,
    )


def _device(row: Row) -> models.DeviceRow:
    return models.DeviceRow(
        id=row["id"],
        name=row["device"],
        way=row["way"],
        signed_in_at=row["created_at"],
        used_at=row["used_at"],
        expires_at=row["expires_at"],
        own=row["own"],
    )


def _session(row: Row) -> models.SessionRow:
    return models.SessionRow(
        **_device(row).model_dump(),
        account=row["account_id"],
        account_name=row["account_name"],
        role=row["role"],
        kept=row["kept"],
    )


def _event(row: Row) -> models.AccountEvent:
    return models.AccountEvent(
        number=row["sequence"],
        at=row["at"],
        by=row["actor_name"],
        action=row["action"],
        reason=row["reason"],
        role=row["role"],
        was_role=row["was_role"],
    )
