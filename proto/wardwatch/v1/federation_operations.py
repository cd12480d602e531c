"""Operations on lists that hospitals share. Served by the desk, as those of ``desk.py``."""

from typing import Final

from proto.wardwatch.v1 import entries, federation_views
from proto.wardwatch.v1.desk_operation import DeskOperation

_API: Final = "/api/v1/federation"

# -- the hospital's --

_SUBSCRIPTIONS: Final = f"{_API}/subscriptions"
_SUBSCRIPTION: Final = f"{_SUBSCRIPTIONS}/{{list}}"

# fmt: off
HOSPITAL: Final[tuple[DeskOperation, ...]] = (
    DeskOperation("list_subscriptions", "get", _SUBSCRIPTIONS, "Lists of other hospitals that were joined, and how they stand",
                  federation_views.Subscriptions, refusals=()),
    DeskOperation("join_list", "post", _SUBSCRIPTIONS, "Ask to join a list, by an invitation that was compared by telephone",
                  federation_views.SubscriptionView, federation_views.JoinRequest, status=201, refusals=(409, 422)),
    DeskOperation("approve_joining", "post", f"{_SUBSCRIPTION}/approval", "Join a list; never by who asked for it",
                  federation_views.SubscriptionView, federation_views.JoiningApproval),
    DeskOperation("show_answer", "get", f"{_SUBSCRIPTION}/answer", "The signed answer to the invitation, for the publisher",
                  federation_views.ListAnswer, refusals=(404, 409)),
    DeskOperation("suspend_list", "post", f"{_SUBSCRIPTION}/suspension", "Look for nobody of a list until it is resumed",
                  federation_views.SubscriptionView, entries.ReasonRequest),
    DeskOperation("resume_list", "post", f"{_SUBSCRIPTION}/resumption", "Look again for those of a suspended list",
                  federation_views.SubscriptionView, entries.ReasonRequest),
    DeskOperation("leave_list", "post", f"{_SUBSCRIPTION}/leaving", "Leave a list for good, and erase all its entries here",
                  federation_views.SubscriptionView, entries.ReasonRequest),
)
# fmt: on

OPERATIONS: Final = HOSPITAL
