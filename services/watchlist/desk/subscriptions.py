"""Lists of other hospitals: joined by two people who compared the invitation, suspended, resumed and left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from proto.wardwatch.v1 import refusals, statements
from proto.wardwatch.v1.entries import ReasonRequest
from proto.wardwatch.v1.federation import ListInvitation
from proto.wardwatch.v1.federation_views import JoiningApproval, JoinRequest, RenewalRequest, Subscriptions
from proto.wardwatch.v1.statements import SIGNATURE_BYTES, NotAuthentic
from services.chassis.errors import Refusal
from services.watchlist.desk.dispatcher import Handler, Request, Response
from services.watchlist.desk.erasure import FollowUp
from services.watchlist.federation.subscriptions import SubscriptionStore
from services.watchlist.rules import entry_rules

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SubscriptionDesk:
    """``now`` tells the time by this process's clock."""

    store: SubscriptionStore
    erasures: FollowUp
    now: Callable[[], datetime]

    def handlers(self) -> Mapping[str, Handler]:
        """The operations that this handles, by name."""
        return {
            "list_subscriptions": self.list_subscriptions,
            "join_list": self.join_list,
            "approve_joining": self.approve_joining,
            "show_answer": self.show_answer,
            "accept_publisher_key": self.accept_publisher_key,
            "repair_list": self.repair_list,
            "suspend_list": self.suspend_list,
            "resume_list": self.resume_list,
            "leave_list": self.leave_list,
        }

    async def list_subscriptions(self, _: Request) -> Response:
        """Every list, and how it stands."""
        return Response(Subscriptions(subscriptions=await self.store.views()))

    async def join_list(self, request: Request) -> Response:
        """Ask to join a list, for the sites that are named; another account approves it."""
        body = request.body(JoinRequest)
        invitation = invited(body.invitation)
        if not statements.is_read_out(body.invitation, body.fingerprint):
            raise Refusal(422, refusals.FINGERPRINT_DIFFERS.filled())
        if invitation.expires_at <= self.now():
            raise Refusal(422, refusals.INVITED_TOO_LATE.filled())
        return Response(await self.store.ask(invitation, body.invitation, body.sites, request.holder))

    async def approve_joining(self, request: Request) -> Response:
        """Join a list: from now on its publisher is believed."""
        typed = request.body(JoiningApproval).fingerprint
        joined = await self.store.join(
            _list(request), request.holder, lambda invitation: statements.is_read_out(invitation, typed)
        )
        log.info("list joined", list=joined.list)
        return Response(joined)

    async def show_answer(self, request: Request) -> Response:
        """What the publisher has to be given."""
        return Response(await self.store.answer(_list(request)))

    async def accept_publisher_key(self, request: Request) -> Response:
        """Accept the next key of a publisher."""
        seen = request.body(RenewalRequest).fingerprint
        return Response(await self.store.accept_key(_list(request), request.holder, seen))

    async def repair_list(self, request: Request) -> Response:
        """Make the copy of a list anew."""
        return Response(await self.store.repair(_list(request), request.holder))

    async def suspend_list(self, request: Request) -> Response:
        """Look for nobody of a list."""
        return Response(await self.store.suspend(_list(request), request.holder, _reason(request)))

    async def resume_list(self, request: Request) -> Response:
        """Look for them again."""
        return Response(await self.store.resume(_list(request), request.holder, _reason(request)))

    async def leave_list(self, request: Request) -> Response:
        """Leave a list and erase its entries; what follows may take as long as the slowest matcher."""
        view, erased = await self.store.leave(_list(request), request.holder, _reason(request))
        log.info("list left", list=view.list, erased=len(erased))
        for entry_id in erased:
            await self.erasures.after_erasure(entry_id)
        return Response(view)


def invited(signed: bytes) -> ListInvitation:
    """An invitation whose content is signed by the key that it names. Raises Refusal (422)."""
    try:
        invitation = ListInvitation.decode(signed[:-SIGNATURE_BYTES])
        subject = statements.invitation_subject(invitation.list_, invitation.hospital)
        statements.verified(invitation.publisher, subject, signed)
    except (NotAuthentic, ValueError) as error:
        raise Refusal(422, refusals.INVITATION_NOT_VALID.filled()) from error
    return invitation


def _list(request: Request) -> str:
    return request.target.get("list", "")


def _reason(request: Request) -> str:
    return entry_rules.words("reason", request.body(ReasonRequest).reason)
