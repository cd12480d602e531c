"""Operations on lists that hospitals share (docs/adr/0094); a part of the desk's table."""

from typing import Final

from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.entries import ReasonRequest

_API: Final = "/api/v1/federation"
_LIST: Final = f"{_API}/lists/{{list}}"
_HOSPITAL: Final = f"{_LIST}/hospitals/{{hospital}}"
_SHARE: Final = f"{_LIST}/entries/{{entry}}"
_SUBSCRIPTIONS: Final = f"{_API}/subscriptions"
_SUBSCRIPTION: Final = f"{_SUBSCRIPTIONS}/{{list}}"

# fmt: off
OPERATIONS: Final[tuple[DeskOperation, ...]] = (
    # -- the publisher's
    DeskOperation("list_lists", "get", f"{_API}/lists", "Lists that are published here for other hospitals",
                  views.PublishedLists, refusals=()),
    DeskOperation("publish_list", "post", f"{_API}/lists", "Begin a list for other hospitals; nobody is on it yet",
                  views.PublishedList, views.ListRequest, status=201, refusals=(409, 422)),
    DeskOperation("show_sharing", "get", _LIST, "How a list stands at each hospital, what waits, and who owes an erasure",
                  views.SharingView, refusals=(404,), paced=False),
    DeskOperation("refill_list", "post", f"{_LIST}/repair", "Make the broker's streams of a list anew from the record, and compare them",
                  views.SharingView, refusals=(404,)),
    DeskOperation("invite_hospital", "post", f"{_LIST}/hospitals", "Ask to invite a hospital; another account approves it",
                  views.HospitalView, views.InvitationRequest, status=201),
    DeskOperation("approve_invitation", "post", f"{_HOSPITAL}/invitation/approval", "Let an invitation be signed; never by who asked for it",
                  views.HospitalView),
    DeskOperation("show_invitation", "get", f"{_HOSPITAL}/invitation", "The signed invitation and its fingerprint",
                  views.InvitationView, refusals=(404,), paced=False),
    DeskOperation("admit_hospital", "post", f"{_HOSPITAL}/answer", "Ask to admit a hospital by its answer, as compared by telephone",
                  views.HospitalView, views.AnswerRequest),
    DeskOperation("approve_admission", "post", f"{_HOSPITAL}/admission", "Admit a hospital: it gets the keys of every entry meant for it; never by who asked for it",
                  views.HospitalView, views.AdmissionRequest),
    DeskOperation("remove_hospital", "post", f"{_HOSPITAL}/removal", "Put a hospital out for good; everything is sealed anew for the others",
                  views.HospitalView, ReasonRequest),
    DeskOperation("accept_hospital_keys", "post", f"{_HOSPITAL}/renewal", "Accept the next keys of a hospital, which its former key has signed; they count once two accounts have",
                  views.HospitalView, views.RenewalRequest),
    DeskOperation("share_entry", "post", _SHARE, "Ask to put an entry on a list; another account approves it",
                  views.ShareView, views.ShareRequest),
    DeskOperation("approve_share", "post", f"{_SHARE}/approval", "Let hospitals look for a person, as it was shown; never by who asked for it",
                  views.ShareView, views.ShareRequest),
    DeskOperation("withdraw_share", "post", f"{_SHARE}/withdrawal", "Take an entry from a list for good; hospitals erase it and sign for it",
                  views.ShareView, ReasonRequest),
    DeskOperation("close_for", "post", f"{_HOSPITAL}/entries/{{entry}}/closing", "Say why a hospital will never close an erasure; another account approves it",
                  views.ListErasure, ReasonRequest),
    DeskOperation("approve_closing", "post", f"{_HOSPITAL}/entries/{{entry}}/closing/approval", "Close an erasure in a hospital's place; never by who asked for it",
                  views.ListErasure),
    # -- the hospital's
    DeskOperation("list_subscriptions", "get", _SUBSCRIPTIONS, "Lists of other hospitals that were joined, and how they stand",
                  views.Subscriptions, refusals=()),
    DeskOperation("join_list", "post", _SUBSCRIPTIONS, "Ask to join a list, by an invitation that was compared by telephone",
                  views.SubscriptionView, views.JoinRequest, status=201, refusals=(409, 422)),
    DeskOperation("approve_joining", "post", f"{_SUBSCRIPTION}/approval", "Join a list; never by who asked for it",
                  views.SubscriptionView, views.JoiningApproval),
    DeskOperation("show_answer", "get", f"{_SUBSCRIPTION}/answer", "The signed answer to the invitation, for the publisher",
                  views.ListAnswer, refusals=(404, 409)),
    DeskOperation("accept_publisher_key", "post", f"{_SUBSCRIPTION}/renewal", "Accept the next key of a publisher, which its former key has signed; it counts once two accounts have",
                  views.SubscriptionView, views.RenewalRequest),
    DeskOperation("repair_list", "post", f"{_SUBSCRIPTION}/repair", "Make the copy of a joined list anew, and compare it",
                  views.SubscriptionView),
    DeskOperation("suspend_list", "post", f"{_SUBSCRIPTION}/suspension", "Look for nobody of a list until it is resumed",
                  views.SubscriptionView, ReasonRequest),
    DeskOperation("resume_list", "post", f"{_SUBSCRIPTION}/resumption", "Look again for those of a suspended list",
                  views.SubscriptionView, ReasonRequest),
    DeskOperation("leave_list", "post", f"{_SUBSCRIPTION}/leaving", "Leave a list for good, and erase all its entries here",
                  views.SubscriptionView, ReasonRequest),
)
# fmt: on
