"""Lists for other hospitals: who is invited and admitted, which entries are on them, and who has erased what ended."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.federation import InvitationAnswer
from proto.wardwatch.v1.federation_views import (
    AdmissionRequest,
    AnswerRequest,
    InvitationRequest,
    ListRequest,
    PublishedLists,
    RenewalRequest,
    ShareRequest,
)
from proto.wardwatch.v1.sealing import KEY_BYTES, DataKey
from proto.wardwatch.v1.statements import (
    SIGNATURE_BYTES,
    NotAuthentic,
    TravelPlace,
    answer_subject,
    is_read_out,
    seal_travel_key,
    statement_digest,
    verified,
)
from proto.wardwatch.v1.subjects import list_name
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.record.hospital_store import HospitalStore, Invited
from services.watchlist.record.share_store import ShareStore
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import Unacceptable

log = structlog.get_logger(__name__)

_LINK_KEY: Final = re.compile(r"U[A-Z2-7]{55}")


@dataclass(frozen=True, slots=True)
class SharingDesk:
    """Who asked and who approved is the database's to hold apart; ``now`` tells the time by this process's clock."""

    hospitals: HospitalStore
    shares: ShareStore
    now: Callable[[], datetime]

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "list_lists": self.list_lists,
            "publish_list": self.publish_list,
            "show_sharing": self.show_sharing,
            "refill_list": self.refill_list,
            "invite_hospital": self.invite_hospital,
            "approve_invitation": self.approve_invitation,
            "show_invitation": self.show_invitation,
            "admit_hospital": self.admit_hospital,
            "approve_admission": self.approve_admission,
            "remove_hospital": self.remove_hospital,
            "accept_hospital_keys": self.accept_hospital_keys,
            "share_entry": self.share_entry,
            "approve_share": self.approve_share,
            "withdraw_share": self.withdraw_share,
            "close_for": self.close_for,
            "approve_closing": self.approve_closing,
        }

    async def list_lists(self, _: Request) -> Response:
        """Every list that is published here."""
        return Response(PublishedLists(lists=await self.hospitals.lists()))

    async def publish_list(self, request: Request) -> Response:
        """Begin a list."""
        return Response(await self.hospitals.publish(request.holder, request.body(ListRequest)))

    async def show_sharing(self, request: Request) -> Response:
        """How a list stands."""
        return Response(await self.hospitals.sharing(_list(request)))

    async def refill_list(self, request: Request) -> Response:
        """Make the streams of a list anew."""
        return Response(await self.hospitals.refill(_list(request), request.holder))

    async def invite_hospital(self, request: Request) -> Response:
        """Ask to invite a hospital."""
        body = request.body(InvitationRequest)
        if "PRIVATE KEY" in body.authority:
            raise Unacceptable(refusals.AUTHORITY_ALONE.filled())
        return Response(await self.hospitals.invite(_list(request), request.holder, body))

    async def approve_invitation(self, request: Request) -> Response:
        """Let an invitation be signed."""
        return Response(await self.hospitals.approve_invitation(_list(request), _hospital(request), request.holder))

    async def show_invitation(self, request: Request) -> Response:
        """The signed invitation."""
        return Response(await self.hospitals.invitation(_list(request), _hospital(request)))

    async def admit_hospital(self, request: Request) -> Response:
        """Ask to admit a hospital by its answer, whose fingerprint was read out by telephone."""
        list_, hospital, body = _list(request), _hospital(request), request.body(AnswerRequest)
        answer = _bytes(body.answer)
        invited = await self.hospitals.invited(list_, hospital)
        said = checked_answer(answer, invited, list_, hospital)
        if invited.expires_at <= self.now():
            raise Refusal(409, refusals.INVITATION_OVER.filled())
        if not is_read_out(answer, body.read_out):
            raise Unacceptable(refusals.NOT_READ_OUT.filled())
        return Response(await self.hospitals.answered(said, answer, request.holder))

    async def approve_admission(self, request: Request) -> Response:
        """Admit a hospital by the answer that was shown."""
        seen = request.body(AdmissionRequest).fingerprint
        view = await self.hospitals.admit(_list(request), _hospital(request), request.holder, seen=seen)
        log.info("hospital admitted", hospital=view.hospital)
        return Response(view)

    async def remove_hospital(self, request: Request) -> Response:
        """Put a hospital out."""
        view = await self.hospitals.remove(_list(request), _hospital(request), request.holder, _reason(request))
        log.info("hospital put out", hospital=view.hospital)
        return Response(view)

    async def accept_hospital_keys(self, request: Request) -> Response:
        """Accept the next keys of a hospital."""
        seen = request.body(RenewalRequest).fingerprint
        view = await self.hospitals.accept_keys(_list(request), _hospital(request), request.holder, seen=seen)
        return Response(view)

    async def share_entry(self, request: Request) -> Response:
        """Ask to put an entry on a list."""
        hospitals = request.body(ShareRequest).hospitals
        return Response(await self.shares.ask(_list(request), request.id("entry"), hospitals, request.holder))

    async def approve_share(self, request: Request) -> Response:
        """Let hospitals look for a person."""
        seen = request.body(ShareRequest).hospitals
        return Response(await self.shares.approve(_list(request), request.id("entry"), request.holder, seen=seen))

    async def withdraw_share(self, request: Request) -> Response:
        """Take an entry from a list."""
        reason = _reason(request)
        return Response(await self.shares.withdraw(_list(request), request.id("entry"), request.holder, reason))

    async def close_for(self, request: Request) -> Response:
        """Say why a hospital will never close an erasure."""
        place = (_list(request), _hospital(request), request.id("entry"))
        return Response(await self.shares.ask_closing(*place, request.holder, _reason(request)))

    async def approve_closing(self, request: Request) -> Response:
        """Close an erasure in a hospital's place."""
        place = (_list(request), _hospital(request), request.id("entry"))
        return Response(await self.shares.approve_closing(*place, request.holder))


def checked_answer(answer: bytes, invited: Invited, list_: str, hospital: str) -> InvitationAnswer:
    """What *answer* says: signed by the key that it names, to this very invitation. Raises Unacceptable."""
    wrong = Unacceptable(refusals.NOT_THE_ANSWER.filled(list=list_, hospital=hospital))
    try:
        said = InvitationAnswer.decode(answer[:-SIGNATURE_BYTES])
        verified(said.signing_key, answer_subject(list_, hospital), answer)
        # A key that nothing can be sealed to would keep everybody's from being sealed.
        seal_travel_key(DataKey(bytes(KEY_BYTES)), said.sealing_key, TravelPlace(list_, hospital, "", 0))
    except (ValueError, NotAuthentic) as error:
        raise wrong from error
    answers = (said.list_, said.hospital, said.invitation_sha256)
    if answers != (list_, hospital, statement_digest(invited.invitation)) or not _LINK_KEY.fullmatch(said.link_key):
        raise wrong
    return said


def _bytes(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError) as error:
        raise Unacceptable(refusals.NOT_VALID.filled(faults="it is not base64", fields=["answer"])) from error


def _list(request: Request) -> str:
    return _named(request, "list")


def _hospital(request: Request) -> str:
    return _named(request, "hospital")


def _named(request: Request, kind: str) -> str:
    text = request.target.get(kind, "")
    try:
        return list_name(text)
    except ValueError as error:
        raise Refusal(404, refusals.NOT_FOUND.filled(kind=kind, text=text)) from error


def _reason(request: Request) -> str:
    return entry_rules.words("reason", request.body(ReasonRequest).reason)
