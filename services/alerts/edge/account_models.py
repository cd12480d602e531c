"""JSON of signing in, of accounts, and of what belongs to one: passkeys and devices."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.json_models import QrCode, Reason, RequestModel, ResponseModel, Token
from proto.wardwatch.v1.roles import Role

# What an authenticator sends is short; base64url without filling.
Encoded = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[A-Za-z0-9_-]+$")]
AccountName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["li.wei"])]
ThingName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")]
Identity = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
SomeSites = Annotated[list[Token], Field(min_length=1, max_length=1000)]


class WaysToSignIn(ResponseModel):
    """What the sign-in page offers besides a one-time code."""

    passkeys: bool = Field(description="Whether this page's address can have passkeys: a name, not a number.")
    oidc: str | None = Field(description="What the hospital's own sign-in is called; null where there is none.")


class Challenge(ResponseModel):
    """What an authenticator signs; good for five minutes, and once."""

    challenge: str
    rp_id: str
    credentials: list[str] = Field(description="Passkeys that may answer; empty: any that this page has there.")


class PasskeyChallenge(ResponseModel):
    """What an authenticator makes a passkey with."""

    challenge: str
    rp_id: str
    user: str = Field(description="The account's handle, base64url.")
    account: str
    algorithms: list[int] = Field(description="By their COSE numbers.")
    known: list[str] = Field(description="Passkeys that the account has already.")


class PasskeyAnswer(RequestModel):
    """What an authenticator answered; base64url."""

    credential: Encoded
    client_data: Encoded
    authenticator_data: Encoded
    signature: Encoded


class NewPasskeyRequest(RequestModel):
    """A passkey that an authenticator made; base64url."""

    name: ThingName
    client_data: Encoded
    attestation: Encoded


class OidcRequest(RequestModel):
    """Begin at the hospital's own sign-in; ``prove``: somebody who is signed in proves anew who they are."""

    prove: bool = False


class OidcOffer(ResponseModel):
    """Where the browser goes."""

    address: str


class OidcAnswer(RequestModel):
    """What the hospital's own sign-in sent the browser back with."""

    code: Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[\x21-\x7e]+$")]
    state: Encoded
    iss: Annotated[str, Field(max_length=500)] | None = None


class AccountRequest(RequestModel):
    """A new account. ``sites``: null for every site. ``identity``: what the hospital's own sign-in calls them."""

    name: AccountName
    role: Role
    sites: SomeSites | None
    identity: Identity | None = None


class AccountChange(RequestModel):
    """What an account is for from now on, and why."""

    role: Role
    sites: SomeSites | None
    identity: Identity | None
    reason: Reason


class WhyRequest(RequestModel):
    """Why something is done; it is recorded."""

    reason: Reason


class NameRequest(RequestModel):
    """A name."""

    name: ThingName


class AccountRow(ResponseModel):
    """An account. ``kept``: who asks may let it in, and out. ``identity`` is told to administrators and auditors."""

    id: UUID
    name: str
    role: Role
    sites: list[str] | None
    state: Literal["disabled", "signed_in", "invited", "signed_out"]
    disabled_reason: str | None
    identity: str | None
    devices: int
    passkeys: int
    used_at: datetime | None
    kept: bool


class AccountList(ResponseModel):
    """Accounts that whoever asks may see, those that are disabled last."""

    accounts: list[AccountRow]


class PasskeyRow(ResponseModel):
    """A passkey. ``copied``: its counter went back, so there is a copy, and neither is taken any more."""

    id: UUID
    name: str
    page: str
    created_at: datetime
    used_at: datetime | None
    copied: bool


class DeviceRow(ResponseModel):
    """Where an account is signed in; ``own``: whoever asks does so from it."""

    id: UUID
    name: str
    way: Literal["code", "passkey", "oidc"]
    signed_in_at: datetime
    used_at: datetime | None
    expires_at: datetime
    own: bool


class SessionRow(DeviceRow):
    """Where somebody is signed in. ``kept``: who asks may end it, as they may their own."""

    account: UUID
    account_name: str
    role: Role
    kept: bool


class SessionList(ResponseModel):
    """Who is signed in where, of the accounts that whoever asks may see: active last first, a thousand at most."""

    sessions: list[SessionRow]


class AccountView(ResponseModel):
    """An account with its passkeys and devices."""

    account: AccountRow
    passkeys: list[PasskeyRow]
    devices: list[DeviceRow]


class CodeMade(ResponseModel):
    """A one-time code. It is shown once: nothing of it is kept but its digest. ``qr`` is of ``link``."""

    code: str
    expires_at: datetime
    link: str = Field(description="Opens the page, where the request came from, and signs in.")
    qr: QrCode


class DevicesLost(ResponseModel):
    """How many devices were signed out."""

    ended: int


class AccountEvent(ResponseModel):
    """One thing that was done to an account, as the audit says it."""

    number: int
    at: datetime
    by: str
    action: str
    reason: str
    role: str | None
    was_role: str | None


class AccountEvents(ResponseModel):
    """What was done to an account, newest first, at most two hundred."""

    events: list[AccountEvent]
