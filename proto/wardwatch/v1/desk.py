"""The desk's operations: one row is an address of the HTTP interface and a subject of the bus at once.

The edge (in ``alerts``) turns an HTTP request into a ``DeskCall`` on ``desk.watchlist.<name>``; the desk (in
``watchlist``) checks who asks and answers. The models are the same on both, so nothing is translated in between. Who may
ask for what is in ``roles.py``.
"""

from typing import Final

from proto.wardwatch.v1 import accuracy, entries, federation_operations, imports, policy
from proto.wardwatch.v1.desk_operation import DeskOperation

JPEG: Final = "image/jpeg"
PICTURE: Final = "image/*"
CSV: Final = "text/csv"

_API: Final = "/api/v1/watchlist"


_ENTRY: Final = f"{_API}/entries/{{entry}}"
_IMPORT: Final = f"{_API}/imports/{{import}}"

# fmt: off
OPERATIONS: Final[tuple[DeskOperation, ...]] = (
    DeskOperation("list_categories", "get", f"{_API}/categories", "The grounds an entry may stand on",
                  entries.Categories, refusals=()),
    DeskOperation("list_entries", "get", f"{_API}/entries", "Entries, newest change first: those that stand or wait, unless state names others",
                  entries.EntryPage, query=("state", "batch", "id_prefix", "cursor", "limit"), refusals=(422,)),
    DeskOperation("search_entries", "post", f"{_API}/entries/search", "Entries that say some words; the words are in no address and in no log",
                  entries.EntryPage, entries.SearchRequest, refusals=(422,)),
    DeskOperation("draft_entry", "post", f"{_API}/entries", "Begin an entry; it needs photos before it is put forward",
                  entries.EntryView, entries.EntryRequest, status=201, refusals=(409, 422)),
    DeskOperation("show_entry", "get", _ENTRY, "An entry with its photos and those it resembles",
                  entries.EntryView, refusals=(404,)),
    DeskOperation("show_history", "get", f"{_ENTRY}/history", "Everything that was done to an entry",
                  entries.History, refusals=(404,)),
    DeskOperation("add_photo", "put", f"{_ENTRY}/photos/{{position}}", "Judge a photo and, unless it is rejected, keep its face",
                  entries.PhotoJudged, upload=PICTURE, query=("name", "source", "taken")),
    DeskOperation("remove_photo", "post", f"{_ENTRY}/photos/{{position}}/removal", "Take a photo away from a draft",
                  entries.EntryView, entries.ReasonRequest),
    DeskOperation("accept_warnings", "post", f"{_ENTRY}/photos/{{position}}/warnings", "Accept a photo's warnings for a reason",
                  entries.EntryView, entries.WarningsRequest),
    DeskOperation("release_photo", "post", f"{_ENTRY}/photos/{{position}}/release", "Let a suspended photo match again, after looking at it",
                  entries.EntryView, entries.ReasonRequest),
    DeskOperation("show_photo", "get", f"{_ENTRY}/photos/{{position}}", "The enrolled face; reading it is recorded",
                  None, download=JPEG, refusals=(404,)),
    DeskOperation("decide_likeness", "post", f"{_ENTRY}/likenesses/{{other}}", "Say whether two entries are one person",
                  entries.EntryView, entries.LikenessRequest),
    DeskOperation("take_photos", "post", f"{_ENTRY}/likenesses/{{other}}/photos",
                  "Copy into a draft the photos of an entry that is the same person", entries.EntryView),
    DeskOperation("submit_entry", "post", f"{_ENTRY}/submission", "Put a draft forward for approval by another account",
                  entries.EntryView),
    DeskOperation("discard_entry", "post", f"{_ENTRY}/discard", "Throw a draft away",
                  entries.EntryView),
    DeskOperation("approve_entry", "post", f"{_ENTRY}/approval", "Let an entry match, or approve its renewal, as it was seen; never its author",
                  entries.EntryView, entries.ApprovalRequest),
    DeskOperation("suspend_entry", "post", f"{_ENTRY}/suspension", "Stop an entry from matching until it is resumed",
                  entries.EntryView, entries.ReasonRequest),
    DeskOperation("resume_entry", "post", f"{_ENTRY}/resumption", "Let a suspended entry match again",
                  entries.EntryView, entries.ReasonRequest),
    DeskOperation("renew_entry", "post", f"{_ENTRY}/renewal", "Ask for a later end; another account approves it",
                  entries.EntryView, entries.RenewRequest),
    DeskOperation("revoke_entry", "post", f"{_ENTRY}/revocation", "Stop an entry from matching for good",
                  entries.EntryView, entries.ReasonRequest),
    DeskOperation("erase_entry", "post", f"{_ENTRY}/erasure", "Erase everything about a person; matchers sign receipts",
                  entries.ErasureView, entries.ReasonRequest, status=202),
    DeskOperation("show_erasure", "get", f"{_ENTRY}/erasure", "Who has let go of an erased entry, and who has not",
                  entries.ErasureView, refusals=(404,), paced=False),
    DeskOperation("reveal_identity", "post", f"{_ENTRY}/identity", "Read an identity number; recorded with its reason",
                  entries.IdentityRevealed, entries.RevealRequest, refusals=(403, 404, 409, 422)),
    DeskOperation("find_identity", "post", f"{_API}/identity", "Entries under an identity number",
                  entries.EntryPage, entries.FindRequest, refusals=(422,)),
    DeskOperation("open_import", "post", f"{_API}/imports", "Begin an import; nothing is put forward before it is committed",
                  imports.BatchView, imports.PurposeRequest, status=201, refusals=(422,)),
    DeskOperation("list_imports", "get", f"{_API}/imports", "Imports, newest first",
                  imports.BatchPage, query=("cursor", "limit"), refusals=(422,)),
    DeskOperation("show_import", "get", _IMPORT, "Where an import stands",
                  imports.BatchView, refusals=(404,)),
    DeskOperation("import_people", "put", f"{_IMPORT}/people", "people.csv in Unicode, GB18030 or Big5, as spreadsheets save it",
                  imports.BatchView, upload=CSV),
    DeskOperation("people_template", "get", f"{_API}/people.csv", "A people.csv to fill in",
                  None, download=CSV, refusals=()),
    DeskOperation("known_photos", "post", f"{_IMPORT}/known", "Which files need not be sent again",
                  imports.Known, imports.KnownRequest, paced=False),
    DeskOperation("import_photo", "put", f"{_IMPORT}/photos/{{file}}", "Judge a photo named externalId__1.jpg",
                  imports.ItemView, upload=PICTURE, paced=False),
    DeskOperation("check_import", "post", f"{_IMPORT}/check", "Look for people already listed, look-alikes and rows without a photo",
                  imports.BatchView),
    DeskOperation("list_items", "get", f"{_IMPORT}/items", "The report, worst first",
                  imports.ItemPage, query=("verdict", "cursor", "limit")),
    DeskOperation("list_likenesses", "get", f"{_IMPORT}/likenesses", "Who looks like whom",
                  imports.LikenessPage, query=("cursor", "limit")),
    DeskOperation("commit_import", "post", f"{_IMPORT}/commit", "Put everyone forward in one transaction",
                  imports.BatchView, imports.CommitRequest),
    DeskOperation("approve_import", "post", f"{_IMPORT}/approval", "Approve everyone in an import, as it was seen; never its author",
                  imports.BatchView, entries.ApprovalRequest),
    DeskOperation("undo_import", "post", f"{_IMPORT}/undo", "Within 24 hours of the commit, take everyone back and erase them",
                  imports.BatchView, entries.ReasonRequest),
    DeskOperation("discard_import", "post", f"{_IMPORT}/discard", "Throw an open import away with all its drafts",
                  imports.BatchView),
    DeskOperation("list_groups", "get", f"{_API}/groups", "Named sets of sites", entries.Groups, refusals=()),
    DeskOperation("set_group", "put", f"{_API}/groups/{{group}}", "Name a set of sites",
                  entries.GroupView, entries.GroupRequest, refusals=(422,)),
    DeskOperation("show_threshold", "get", f"{_API}/threshold", "From which similarity on a face is a sighting, and why",
                  policy.ThresholdView, refusals=()),
    DeskOperation("ask_threshold", "post", f"{_API}/threshold", "Ask for another threshold; never below the accuracy report's floor",
                  policy.ThresholdView, policy.ThresholdRequest, refusals=(409, 422)),
    DeskOperation("approve_threshold", "post", f"{_API}/threshold/{{number}}/approval", "Let a threshold hold; never by who asked for it",
                  policy.ThresholdView),
    DeskOperation("withdraw_threshold", "post", f"{_API}/threshold/{{number}}/withdrawal", "Take back what was asked for",
                  policy.ThresholdView),
    DeskOperation("show_accuracy", "get", f"{_API}/accuracy", "How well people are recognised, and until when matching goes on by it",
                  accuracy.AccuracyInstalled, refusals=()),
    DeskOperation("ask_accuracy", "post", f"{_API}/accuracy", "Ask for a report of accuracy to be installed",
                  accuracy.AccuracyInstalled, accuracy.AccuracyRequest, refusals=(409, 422)),
    DeskOperation("approve_accuracy", "post", f"{_API}/accuracy/{{number}}/approval", "Let a report of accuracy hold; never by who asked for it",
                  accuracy.AccuracyInstalled),
    DeskOperation("withdraw_accuracy", "post", f"{_API}/accuracy/{{number}}/withdrawal", "Take a report of accuracy back before it is approved",
                  accuracy.AccuracyInstalled),
    DeskOperation("list_reviews", "get", f"{_API}/reviews", "What somebody should look at: false alerts, suspended photos, entries that end soon",
                  policy.Reviews, refusals=()),
    DeskOperation("show_liveness", "get", f"{_API}/generations/{{generation}}", "On how many matchers a change of the list is live",
                  imports.Liveness, refusals=(404,), paced=False),
    DeskOperation("list_matchers", "get", f"{_API}/matchers", "The matchers that hold the list",
                  imports.Liveness, refusals=()),
    DeskOperation("end_matcher", "post", f"{_API}/matchers/{{matcher}}/end", "Say that a silent matcher's machine is gone for good",
                  imports.Liveness, entries.ReasonRequest, refusals=(409, 422)),
    DeskOperation("reconcile_list", "post", f"{_API}/reconciliation", "Compare the stream with the record and put it right",
                  imports.ReconciliationView, imports.ReconcileRequest, status=202,
                  refusals=(422,)),
    DeskOperation("show_reconciliation", "get", f"{_API}/reconciliation", "What the last comparison found",
                  imports.ReconciliationView, refusals=(404,), paced=False),
    DeskOperation("verify_keys", "get", f"{_API}/keys", "Whether every entry can be opened",
                  imports.KeysView, refusals=()),
    DeskOperation("rewrap_keys", "post", f"{_API}/keys/rewrap", "Wrap data keys under the current key; ask again while some are left",
                  imports.KeysRewrapped, refusals=(409,)),
    DeskOperation("cards", "post", None, "Labels for incidents", entries.Cards, entries.CardsRequest, paced=False),
    DeskOperation("card_picture", "get", None, "The enrolled face for an incident", None, download=JPEG,
                  query=("entry", "incident"), paced=False),
    *federation_operations.OPERATIONS,
)
# fmt: on

BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}
