"""JSON of imports, of the matchers that hold the list, and of its keys; see ``desk.py`` for the operations."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.entries import (
    Basis,
    Category,
    Evidence,
    Finding,
    Instruction,
    LikenessView,
    Scope,
    Until,
    Verdict,
)
from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel

# What people.csv may say of a person; only the first must be filled, what the others leave out the purpose says.
COLUMNS: Final = (
    "external_id", "label", "list", "instruction", "expires_on", "note", "identity_number", "taken_on", "source",
)  # fmt: skip
TEMPLATE: Final = (
    ",".join(COLUMNS)
    + "\n0017,Person at gate 2,scalping,Do not confront. Call 8811.,2028-06-30,,,2026-05-02,police notice 2026/17\n"
)
BatchState = Literal["open", "committed", "undone", "discarded"]
# What a photo, a line of people.csv or a person comes to: somebody must say what is meant; it cannot be used; it can be
# used once somebody has looked; the person is listed already, or in another import; it can be put forward.
Outcome = Literal["question", "refused", "warning", "listed", "ready"]
# What needs a person first stands first.
OUTCOMES: Final[tuple[Outcome, ...]] = ("question", "refused", "warning", "listed", "ready")


class PurposeRequest(Until):
    """What holds for everybody in an import whose own row in people.csv says nothing else."""

    category: Category
    basis: Basis
    evidence: Evidence
    instruction: Instruction
    source: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
    scope: Scope = Scope()


class Counts(ResponseModel):
    """How many came to what; ``read`` is the sum of the others."""

    read: int
    question: int
    refused: int
    warning: int
    listed: int
    ready: int


class ImportCounts(ResponseModel):
    """All photos that were judged, all lines of people.csv, and all people whom a photo or a line names."""

    people: Counts
    photos: Counts
    lines: Counts


class BatchView(ResponseModel):
    """An import: what was judged so far and where it stands. ``reasons`` counts findings by code.

    ``counts`` is what every step, the report and the command line show. ``ready``, ``warning`` and ``rejected`` are
    those of photos, ``rows_rejected`` that of lines, and ``people`` .. ``people_left_out`` those of people, summed:
    who is left out is a question, refused, or listed. Each count is the same when the import is checked, when it is
    committed and afterwards, until somebody is erased or the report is deleted.

    ``revision`` is the sum of its entries' revisions: it grows with every change of any of them. From
    ``report_until`` on the report is deleted, and what was counted in it is 0.
    """

    id: UUID
    revision: int
    state: BatchState
    purpose: PurposeRequest
    # Of those whose own row names none; none: what is usual for the ground.
    last_day: date | None
    author: str
    opened_at: datetime
    ends_at: datetime | None  # when it is thrown away by itself, unless something is done; none once it is not open
    counts: ImportCounts
    people: int
    people_ready: int
    people_warning: int
    people_left_out: int
    ready: int
    warning: int
    rejected: int
    rows_rejected: int
    reasons: dict[str, int]
    undecided: int  # likenesses that nobody has decided on
    has_table: bool = False  # whether people.csv was given
    drafts: int = 0  # entries that were made and not put forward
    pending: int  # entries that wait for an approval
    active: int
    committed_at: datetime | None
    undo_until: datetime | None
    report_until: datetime | None = None
    generation: int | None


class BatchPage(ResponseModel):
    """Newest first."""

    batches: list[BatchView]
    next: str | None


class ItemView(ResponseModel):
    """One row of the report: a file, a line of people.csv, or a person as a whole.

    ``label`` is the name of whom it is about, where that is known.
    """

    kind: Literal["file", "row", "person"] = "file"
    name: str
    label: str | None = None
    external_id: str | None
    entry: UUID | None
    file_sha256: str | None
    verdict: Verdict
    outcome: Outcome
    findings: list[Finding]


class ItemPage(ResponseModel):
    """What needs a person first, or by name; ``next`` is the cursor of the following page, if there is one."""

    items: list[ItemView]
    next: str | None


class KnownRequest(RequestModel):
    """Digests of files, in hexadecimal; the answer says which of them this import has judged already."""

    sha256: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(max_length=1000)


class Known(ResponseModel):
    """Digests of the files that need not be sent again."""

    sha256: list[str]


class BatchLikeness(ResponseModel):
    """Someone in the import who looks like somebody listed, or like somebody else in it."""

    entry: UUID
    label: str
    likeness: LikenessView


class LikenessPage(ResponseModel):
    """Undecided first."""

    likenesses: list[BatchLikeness]
    next: str | None


class CommitRequest(RequestModel):
    """Put everyone forward who is ready. ``accept_warnings`` is the reason for which all warnings are accepted."""

    accept_warnings: Reason | None = None
    # Commit although some files were rejected or some rows have no photo: those people are left out.
    leave_out_rejected: bool = False


class MatcherView(ResponseModel):
    """A matcher and what it has applied; ``locked`` of its entries cannot match until it can use their data key."""

    name: str
    seen_at: datetime
    silent: bool
    entries: int
    templates: int
    locked: int
    applied_sequence: int
    index_generation: int
    clock_skew_ms: int


class Liveness(ResponseModel):
    """Where a change of the list is live: "live on 2 of 2 matchers after 1.4 s".

    A matcher that has a change may still lack the data key of an entry: see ``locked`` of each.
    Generation 0 is a list that nobody has changed yet. Matchers that said that they end are not among them.
    """

    generation: int
    committed_at: datetime | None
    published_at: datetime | None
    live: int
    matchers: list[MatcherView]
    # From the commit until every matcher that was heard had it, to within two seconds; none while one has not.
    seconds: float | None


class ReconcileRequest(RequestModel):
    """Entries that the record does not know are ended when they are few; ``bury_unknown`` ends them all."""

    bury_unknown: bool = False


class ReconciliationView(ResponseModel):
    """A comparison of the watchlist's stream with the record; ``ended_at`` is none while it goes on.

    It stays so where ``broken_off``: whoever compared ended or failed before. Then the counts say nothing.
    ``missing`` .. ``unknown`` count entries by how the two differed. Where the stream is ahead nothing is changed: the
    record is older than what was published from it.
    """

    cause: Literal["nightly", "asked", "stream"]
    asked_by: str | None
    began_at: datetime
    ended_at: datetime | None
    broken_off: bool
    entries: int
    missing: int
    behind: int
    different: int
    ahead: int
    unknown: int
    repaired: int
    buried: int
    keys_destroyed: int


class KeysView(ResponseModel):
    """The keyring held against the record: a value of every entry and every standing import was opened.

    ``wrapped_by`` counts data keys by the wrapping key that holds each; ``unreadable`` names the first hundred owners
    whose key is missing or opens nothing of theirs.
    """

    current: str
    wrapped_by: dict[str, int]
    entries: int
    imports: int
    unreadable_count: int
    unreadable: list[UUID]
    not_destroyed: int  # keys of erased entries: their erasure is not complete
    orphans: int  # keys of what was never recorded


class KeysRewrapped(ResponseModel):
    """How many data keys were wrapped by the current key now; while some are ``left``, ask again."""

    current: str
    rewrapped: int
    left: int
