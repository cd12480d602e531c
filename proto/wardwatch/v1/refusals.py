"""Why requests are refused: a closed list of sentences, each with a stable code and the parameters it names.

A program reads code and parameters, and says them in the language of whoever reads: the pages have words for every code
in each of their languages (services/alerts/web/shared/refusals/), which a test compares with this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

Value = str | int | list[str]


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What a refusal says: in English, and by code and parameters. No code: words that were said only once."""

    text: str
    code: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its parameters in braces. A list is joined by " or "."""

    code: str
    template: str

    @property
    def names(self) -> frozenset[str]:
        """Parameters of the sentence."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.template) if name)

    def filled(self, **params: object) -> RefusalText:
        """The sentence about these *params*; those that it does not name go along for other languages."""
        values = {name: _value(value) for name, value in params.items()}
        shown = {name: " or ".join(each) if isinstance(each, list) else each for name, each in values.items()}
        return RefusalText(self.template.format_map(shown), self.code, values)


def _value(value: object) -> Value:
    match value:
        case int():
            return value
        case list() | tuple() | set() | frozenset():
            return [str(each) for each in value]
        case _:
            return str(value)


SENTENCES: dict[str, Sentence] = {}


def _sentence(code: str, template: str) -> Sentence:
    assert code not in SENTENCES, f"two sentences are called {code}"
    SENTENCES[code] = made = Sentence(code, template)
    return made


# -- who asks, and how --
SIGN_IN_AGAIN: Final = _sentence("sign_in_again", "sign in again: the session is unknown or over")
SESSION_OVER: Final = _sentence("session_over", "The session has ended. Ask for a new code.")
NO_SESSION: Final = _sentence("no_session", "There is no session. Use a one-time code.")
CODE_NOT_TAKEN: Final = _sentence("code_not_taken", "It is mistyped, used, or older than a day. Ask for a new one.")
WRONG_ROLE: Final = _sentence("wrong_role", "this is not for a {role}; it takes: {roles}")
PROOF_NEEDED: Final = _sentence(
    "proof_needed", "Prove who you are first, with your passkey or the hospital's sign-in, then do this again."
)
PASSKEY_REFUSED: Final = _sentence("passkey_refused", "This passkey is not taken. Sign in with a one-time code.")
PASSKEY_NOT_READ: Final = _sentence("passkey_not_read", "The passkey's answer cannot be taken. Try again.")
PASSKEY_NEEDS_NAME: Final = _sentence(
    "passkey_needs_name", "A passkey needs a page with a name, and this one has a number for its address."
)
PASSKEY_KNOWN: Final = _sentence("passkey_known", "This passkey is here already.")
PASSKEYS_FULL: Final = _sentence("passkeys_full", "An account has ten passkeys at most. Remove one first.")
NO_PASSKEY: Final = _sentence("no_passkey", "There is no such passkey any more.")
NO_PROOF: Final = _sentence("no_proof", "This account has no passkey here. Sign in with one, or add one first.")
NOT_YOUR_PROOF: Final = _sentence("not_your_proof", "That was somebody else's passkey or sign-in.")
SIGNED_IN_LONG_AGO: Final = _sentence(
    "signed_in_long_ago", "The first passkey is added within an hour of signing in. Sign in again with a new code."
)
TICKET_OVER: Final = _sentence("ticket_over", "This took too long. Begin again.")
TICKET_SPENT: Final = _sentence("ticket_spent", "This was sent before, and is taken once. Begin again.")
NO_OIDC: Final = _sentence("no_oidc", "There is no sign-in of the hospital here.")
OIDC_AWAY: Final = _sentence("oidc_away", "The hospital's sign-in does not answer. Use a one-time code.")
OIDC_STATE: Final = _sentence(
    "oidc_state",
    "This answer of the hospital's sign-in was not asked for by this browser, or too long ago. Begin again.",
)
OIDC_TOKEN: Final = _sentence("oidc_token", "What the hospital's sign-in answered is not taken: {reason}.")
OIDC_UNKNOWN: Final = _sentence(
    "oidc_unknown", "The hospital knows you, but no account here is yours. Ask an administrator for one."
)
ACCOUNT_ROLE: Final = _sentence("account_role", "This is not for your account.")
AUDIT_OF_EVERY_SITE: Final = _sentence(
    "audit_of_every_site", "The audit is one over all sites, and your account is for some of them."
)
AUDIT_BUSY: Final = _sentence("audit_busy", "Somebody else has the audit recomputed. Try again in a moment.")
NO_ACCOUNT: Final = _sentence("no_account", "There is no such account among those you see.")
OWN_ACCOUNT: Final = _sentence("own_account", "Nobody does this to their own account. Ask somebody else.")
ACCOUNT_OF_OTHERS: Final = _sentence("account_of_others", "This account is kept by others.")
SITES_OF_OTHERS: Final = _sentence("sites_of_others", "An account is given sites of your own, and at least one.")
ACCOUNT_EXISTS: Final = _sentence("account_exists", "There is an account of that name. Names are used once.")
ACCOUNT_DISABLED: Final = _sentence("account_disabled", "This account is disabled. Enable it first.")
IDENTITY_TAKEN: Final = _sentence("identity_taken", "Another account has that identity already.")
LAST_ADMINISTRATOR: Final = _sentence("last_administrator", "This is the last administrator. Add another first.")
NO_DEVICE: Final = _sentence("no_device", "This device is signed out already.")
SCORES_LATER: Final = _sentence("scores_later", "Scores are for supervisors, after their own verdict.")
OTHER_PAGE: Final = _sentence("other_page", "This may only be sent by Wardwatch's own page.")
TOO_MANY_REQUESTS: Final = _sentence("too_many_requests", "too many requests; wait a minute")
TOO_MANY_ATTEMPTS: Final = _sentence("too_many_attempts", "Try again in {seconds} seconds.")
SLOW_DOWN: Final = _sentence("slow_down", "Too many requests come from here. Try again in {seconds} seconds.")
TOO_MANY_PAGES: Final = _sentence("too_many_pages", "As many pages are open as this server takes. Try again soon.")
PAGE_REPLACED: Final = _sentence("page_replaced", "this account is open on too many pages; only the newest are served")
OTHER_SITE: Final = _sentence("other_site", "this account is not for site {site}")
FACES_TOO_FAST: Final = _sentence("faces_too_fast", "Many faces were looked at. The next in {seconds} seconds.")
TOO_MANY_FILES: Final = _sentence("too_many_files", "Send at most {most} at a time.")
NOT_VALID: Final = _sentence("not_valid", "{faults}")
IMPOSSIBLE_VALUE: Final = _sentence("impossible_value", "It holds a value that cannot be.")
UNKNOWN_QUERY: Final = _sentence("unknown_query", "The address may say {known} behind its ?, each once.")
BAD_ADDRESS: Final = _sentence("bad_address", "The {field} in the address is too long, or no text.")
YES_OR_NO: Final = _sentence("yes_or_no", "{field} must be true or false")
BAD_LIMIT: Final = _sentence("bad_limit", "limit must be 1 to {most}")
NO_BODY_TAKEN: Final = _sentence("no_body_taken", "This takes no body.")
BAD_KEY: Final = _sentence("bad_key", "Idempotency-Key must have 1 to {most} characters")
KEY_USED: Final = _sentence("key_used", "this key was used for another request; give each request its own")
KEY_ERASED: Final = _sentence("key_erased", "what was begun under this key is erased; use another key")
TOO_SLOW: Final = _sentence("too_slow", "The body did not arrive within {seconds} seconds.")
BROKEN_OFF: Final = _sentence("broken_off", "The body did not arrive as a whole.")
TOO_LARGE: Final = _sentence("too_large", "At most {most} bytes are taken.")
MORE_THAN_THE_BROKER_TAKES: Final = _sentence("too_large_for_broker", "{bytes} bytes are more than the broker takes")
NOT_A_SITE: Final = _sentence("not_a_site", "{detail}")
BAD_CURSOR: Final = _sentence("bad_cursor", "the cursor is not one that a page gave")
TOO_MANY_FOUND: Final = _sentence("too_many_found", "More than a hundred entries say this. Type more of it.")
BAD_PAGE_LENGTH: Final = _sentence("bad_page_length", "a page has 1 to {most} rows")
BAD_ID_PREFIX: Final = _sentence("bad_id_prefix", "'{text}' is not the beginning of an id: 4 to 32 of 0-9 and a-f")
NOT_A_NUMBER: Final = _sentence("not_a_number", "the limit is a number, not '{text}'")
UNKNOWN_STATE: Final = _sentence("unknown_state", "state '{text}' is not one of {known}")
UNKNOWN_VERDICT: Final = _sentence("unknown_verdict", "verdict '{text}' is not one of {known}")
UNKNOWN_OUTCOME: Final = _sentence("unknown_outcome", "outcome '{text}' is not one of {known}")
UNKNOWN_ORDER: Final = _sentence("unknown_order", "order '{text}' is not one of {known}")
NO_SUCH_ADDRESS: Final = _sentence("no_such_address", "There is nothing at this address, or it takes another method.")
NOT_TAKEN: Final = _sentence("not_taken", "The server does not take this request as it is.")

# -- something is away --
DATABASE_AWAY: Final = _sentence("database_away", "Nothing is lost. Try again in a moment.")
BROKER_AWAY: Final = _sentence("broker_away", "This was not stored. Try again.")
DESK_AWAY: Final = _sentence("desk_away", "The watchlist service is not running; nothing was changed. Try again.")
DESK_SILENT: Final = _sentence(
    "desk_silent",
    "The watchlist service did not answer: this may or may not be done. Repeat it with the same Idempotency-Key.",
)
DESK_FAILED: Final = _sentence(
    "desk_failed", "This may or may not be done; the log of the watchlist service says what failed."
)
RECORD_AWAY: Final = _sentence("record_away", "the database is away; matching goes on, try again shortly")
NOT_STOPPED: Final = _sentence(
    "not_stopped", "the database is away and nobody was suspended; until it is back, stop matching at the site"
)
NOT_STORED: Final = _sentence("not_stored", "the broker did not store this; nothing was changed, try again")
DISK_LOW: Final = _sentence(
    "disk_low",
    "the {disk}'s disk is nearly full, {megabytes} MB are left: alerts come first, so imports wait until there is room",
)
KEY_AWAY: Final = _sentence("key_away", "the entry's key is not here; try again, and verify the keys if it stays so")
WRAPPING_KEY_AWAY: Final = _sentence("wrapping_key_away", "{detail}")
KEYS_NOT_READ: Final = _sentence("keys_not_read", "{detail}; try again shortly")
CONTROLS_AWAY: Final = _sentence("controls_away", "{detail}")
EVENTS_AWAY: Final = _sentence("events_away", "{detail}")
PHOTOS_AWAY: Final = _sentence("photos_away", "the {service} does not answer; photos cannot be judged now, try again")
MATCHERS_AWAY: Final = _sentence(
    "matchers_away", "no matcher that has read the list answers; nobody can be compared with the list now, try again"
)
OTHER_MODEL: Final = _sentence(
    "other_model", "the embedder runs another model than the list; nothing can be enrolled until it does"
)

# -- how alerts reach people --
NO_PUSH_SERVICE: Final = _sentence("no_push_service", "{host} is no push service that is known here")
BAD_PHONE_KEYS: Final = _sentence("bad_phone_keys", "these are no keys of a phone's browser")
NO_PHONE: Final = _sentence("no_phone", "this phone is not subscribed; subscribe it first")
NO_SUCH_MESSAGE: Final = _sentence("no_such_message", "there is no such message")
NOT_FOR_DUTY: Final = _sentence("not_for_duty", "{account} cannot be put on or off duty at {site} by this account")
NOT_ARRANGED: Final = _sentence("not_arranged", "nothing is set up under the name {name}")
NOT_YOURS_TO_ARRANGE: Final = _sentence("not_yours_to_arrange", "{name} is not for this account to set up")
DELIVERY_NOT_SET_UP: Final = _sentence("delivery_not_set_up", "this installation has no keys for deliveries yet")

# -- alerts --
NO_INCIDENT: Final = _sentence("no_incident", "there is no incident {incident}")
NO_CAMERA: Final = _sentence("no_camera", "no frame of camera {camera} at {site} ever came")
NO_PICTURE: Final = _sentence("no_picture", "It was deleted, or there never was one.")
NO_ENROLLED_FACE: Final = _sentence("no_enrolled_face", "there is no enrolled face for the incident {incident}")
VERDICT_GIVEN: Final = _sentence("verdict_given", "you have already given another verdict; correct that one")
INCIDENT_DECIDED: Final = _sentence("incident_decided", "this incident is already decided")
ENTRY_OVER: Final = _sentence("entry_over", "this entry has ended; nothing is left to decide")
NO_ACCESS_REQUEST: Final = _sentence("no_access_request", "there is no request {text}")
ACCESS_NOT_OPEN: Final = _sentence(
    "access_not_open", "Request {number} is not open for this account: not approved, over, or of another account."
)
ACCESS_LATE: Final = _sentence(
    "access_late", "It is not approved, or was longer than half an hour ago. Ask again, with whoever approves at hand."
)
ACCESS_OLD: Final = _sentence("access_old", "It was asked longer than a day ago. Ask again.")
ACCESS_TRIES: Final = _sentence("access_tries", "Three photos were looked at. Ask again.")
ACCESS_PACE_OF_ACCOUNT: Final = _sentence(
    "access_pace_of_account", "An account answers five people a day. Somebody else must ask, or tomorrow."
)
ACCESS_PACE: Final = _sentence("access_pace", "Twenty people a day are answered. Ask tomorrow.")
ACCESS_FIXED: Final = _sentence("access_fixed", "What was asked and decided is not rewritten.")
NOT_CONFIRMED: Final = _sentence("not_confirmed", "Only an incident that people confirmed is reported.")
INCIDENT_CLOSED: Final = _sentence("incident_closed", "this incident is closed; nobody needs to go there")
NO_VERDICT: Final = _sentence("no_verdict", "there is no verdict to correct")
VERDICT_SET_ASIDE: Final = _sentence(
    "verdict_set_aside", "a supervisor set this verdict aside; somebody else must judge"
)
VERDICT_OF_ANOTHER: Final = _sentence(
    "verdict_of_another", "only its author corrects a verdict; a supervisor may set it aside"
)
VERDICT_NEEDED: Final = _sentence("verdict_needed", "say what you see now; only a supervisor sets a verdict aside")
CORRECTION_LATE: Final = _sentence(
    "correction_late", "this was decided more than a day ago; nothing is corrected any more"
)
CORRECTION_REASON: Final = _sentence("correction_reason", "say why you set another person's verdict aside")
NOT_ON_THE_WAY: Final = _sentence("not_on_the_way", "this is for who is on the way; {account} is")
NOBODY_ON_THE_WAY: Final = _sentence("nobody_on_the_way", "nobody is on the way; say first that you go")
NO_PLACE: Final = _sentence("no_place", "nothing is known of where the camera {camera} at {site} is")
NO_PLAN: Final = _sentence("no_plan", "this is no picture that can be used as a plan: {detail}")
NO_PAIR: Final = _sentence("no_pair", "there is no control pair {pair}, or it has this picture")
NO_FACE_PICTURE: Final = _sentence("no_face_picture", "this is no picture that can be used: {detail}")
NO_VERDICT_OF: Final = _sentence("no_verdict_of", "{account} has given no verdict on this incident")

# -- an entry, and how it comes to match --
NO_ENTRY: Final = _sentence("no_entry", "there is no entry {entry}")
NOT_FOUND: Final = _sentence("not_found", "there is no {kind} {text}")
ENTRY_GONE: Final = _sentence("entry_gone", "there is no such entry any more")
ENTRY_STATE: Final = _sentence("entry_state", "the entry is {state}; this takes one that is {states}")
ONLY_A_DRAFT: Final = _sentence("only_a_draft", "the entry is {state}; only a draft is put forward")
ONLY_A_DRAFT_TAKES: Final = _sentence("only_a_draft_takes", "the entry is {state}; only a draft takes photos")
OTHER_STATE: Final = _sentence(
    "other_state", "the entry is not in a state that allows this; show the entry to see where it stands"
)
ENTRY_ERASED: Final = _sentence("entry_erased", "the entry is erased; begin another")
NOT_ERASED: Final = _sentence("not_erased", "entry {entry} was not erased")
CHANGED_MEANWHILE: Final = _sentence(
    "changed_meanwhile", "the entry was changed meanwhile; look at it again and repeat"
)
CHANGED_AFTER_SHOWN: Final = _sentence(
    "changed_after_shown", "{what} was changed after it was shown; look at it again before you approve it"
)
SUSPENDED: Final = _sentence("suspended", "the entry is suspended; resume it before its renewal is approved")
BEGINS_AS_DRAFT: Final = _sentence("begins_as_draft", "an entry begins now, as its author's unapproved draft")
IS_FIXED: Final = _sentence(
    "is_fixed", "an entry that was put forward can no longer be rewritten; revoke it and begin another"
)
PUT_FORWARD_ONCE: Final = _sentence("put_forward_once", "an entry is put forward once, by the account that asks for it")
SENT_BACK_AS_IT_IS: Final = _sentence(
    "sent_back_as_it_is", "what waits for approval is sent back as it is, with a comment on what is to be amended"
)
TAKES_BACK_OWN: Final = _sentence(
    "takes_back_own", "this account takes back only what it put forward itself; a supervisor sends back others'"
)
AMENDED_ALREADY: Final = _sentence(
    "amended_already", "{account} is amending this entry already; go on with that, or throw it away first"
)
AMENDED_AS_APPROVED: Final = _sentence(
    "amended_as_approved", "an entry is amended as it was approved, and never by who asked for it"
)
IS_SHARED: Final = _sentence(
    "is_shared", "other hospitals hold this entry by a list; withdraw it there before it is amended, and share it again"
)
WAITS_FOR_ONE_THING: Final = _sentence(
    "waits_for_one_thing",
    "something else of this entry waits for approval, a later end, a change or a sharing; that is decided first",
)
ENDS_NO_LATER: Final = _sentence(
    "ends_no_later", "an amendment makes no entry end later; ask for a later end by renewing it"
)
NOT_MERGED: Final = _sentence("not_merged", "entry {other} was not merged into {entry}, or they were parted again")
MERGE_IS_APPROVED: Final = _sentence(
    "merge_is_approved", "entries are merged, and parted again, by another account's approval"
)
BROKEN: Final = _sentence(
    "broken", "this does not go together; it is a fault of the program that asked, please report it"
)
APPROVES_NOTHING: Final = _sentence("approves_nothing", "this account approves nothing; ask a supervisor")
NOT_YOUR_OWN: Final = _sentence("not_your_own", "who asks for something does not approve it; ask another supervisor")
APPROVER_IS_AUTHOR: Final = _sentence(
    "approver_is_author",
    "the approver must not be the author, nor who put the entry forward; ask another supervisor",
)
NOT_APPROVED: Final = _sentence("not_approved", "the entry has not been approved; another account must do that first")
NO_PHOTO: Final = _sentence("no_photo", "the entry has no photo; add one that is not rejected")
WARNINGS_OPEN: Final = _sentence(
    "warnings_open", "a photo has warnings; accept them with a reason, or begin again with better photos"
)
SEVERAL_PERSONS: Final = _sentence(
    "several_persons",
    "the entry's photos do not show one person; look at them, and remove the others of a draft, or revoke an entry that"
    " was put forward and begin another",
)
IS_REPLACED: Final = _sentence(
    "is_replaced",
    "another entry of the same person takes the place of this one; discard or revoke this one, or revoke the other"
    " first",
)
TWICE_IN_IMPORT: Final = _sentence(
    "twice_in_import", "two people of the import were decided to be the same person; discard one of them"
)
SAME_PERSON_STANDS: Final = _sentence(
    "same_person_stands",
    "people decided that another entry is the same person, and that one matches; revoke one of them",
)
DECIDED_FROM_OTHER_SIDE: Final = _sentence(
    "decided_from_other_side", "somebody has decided on these two already, from the other side"
)
LIKENESSES_OPEN: Final = _sentence(
    "likenesses_open", "the entry resembles others; say of each whether it is the same person"
)
RESEMBLES: Final = _sentence("resembles", "{detail}")
NO_LIKENESS: Final = _sentence(
    "no_likeness", "no likeness of {entry} and {other} was found; put the entry forward to look"
)
DECIDED_ALREADY: Final = _sentence("decided_already", "{account} has decided on these two already")
NOT_DECIDED_THE_SAME: Final = _sentence(
    "not_decided_the_same", "nobody has decided that {entry} and {other} are the same person"
)
NOT_LIKE_ITSELF: Final = _sentence("not_like_itself", "an entry does not resemble itself")
LIKENESS_DECISION: Final = _sentence("likeness_decision", "a likeness is the same person or different people")
LIKENESS_REASON: Final = _sentence("likeness_reason", "a decision on a likeness needs a reason")
RECORD_REFUSES: Final = _sentence("record_refuses", "the record refuses this ({rule})")
HISTORY_IS_KEPT: Final = _sentence("history_is_kept", "the history is only ever added to")

# -- how long it stands --
UNKNOWN_CATEGORY: Final = _sentence("unknown_category", "category '{text}' is not one of {known}")
NO_CATEGORY: Final = _sentence("no_category", "there is no such category")
CATEGORY_CAP: Final = _sentence("category_cap", "the category does not allow so late an expiry")
CATEGORY_DAYS: Final = _sentence("category_days", "category {category} allows at most {days} days until the expiry")
LAST_DAY_TOO_FAR: Final = _sentence("last_day_too_far", "the last day {day} is too far away")
LAST_DAY_PAST: Final = _sentence("last_day_past", "the last day {day} is in the past")
LAST_DAY_TOO_LATE: Final = _sentence(
    "last_day_too_late",
    "category {category} allows at most {days} days until the expiry, so {latest} is the latest last day, not {day}",
)
FIVE_YEARS: Final = _sentence("five_years", "an entry may stand for at most five years")
EXPIRY_PAST: Final = _sentence("expiry_past", "the expiry is in the past")
EXPIRY_PASSED: Final = _sentence(
    "expiry_passed", "the entry's expiry has passed; ask for a renewal and have it approved"
)
EXPIRY_FIXED: Final = _sentence("expiry_fixed", "the expiry changes only by a renewal that another account approves")
EXPIRY_ZONE: Final = _sentence("expiry_zone", "the expiry needs a time zone, as in 2027-01-31T00:00:00+08:00")
RENEWAL_IMPOSSIBLE: Final = _sentence(
    "renewal_impossible", "a renewal needs an expiry ahead, within the time that the category allows"
)
RENEWAL_CHANGED: Final = _sentence("renewal_changed", "the renewal was changed meanwhile; look at it again and repeat")

# -- what it says --
SAYS_NOTHING: Final = _sentence("says_nothing", "label, basis, evidence and instruction must each say something")
REASON_NEEDED: Final = _sentence("reason_needed", "a reason is needed")
MISSING: Final = _sentence("missing", "the {field} is missing")
TOO_LONG: Final = _sentence("too_long", "the {field} is too long; shorten it")
TOO_MANY_CHARACTERS: Final = _sentence("too_many_characters", "the {field} has at most {most} characters")
SCOPE_KIND: Final = _sentence("scope_kind", "the scope is the network, a group or sites")
SCOPE_NAMES: Final = _sentence(
    "scope_names", "the scope is the network, a group with its name, or sites with their names"
)
SCOPE_EMPTY: Final = _sentence("scope_empty", "the scope names no site; name at least one, or take the whole network")
SITE_NAME: Final = _sentence("site_name", "a site's name has 1 to 64 of A-Z a-z 0-9 _ -")
GROUP_NAME: Final = _sentence("group_name", "a group's name has 1 to 64 of A-Z a-z 0-9 _ -")
GROUP_EMPTY: Final = _sentence("group_empty", "a group has at least one site")
NO_GROUP: Final = _sentence("no_group", "there is no group {group}; name its sites first")

# -- photos --
DRAFTS_TAKE_PHOTOS: Final = _sentence(
    "drafts_take_photos", "photos are added, and their warnings accepted, only while the entry is a draft"
)
PHOTO_PLACE: Final = _sentence("photo_place", "there is another photo in this place; take a free one")
PHOTO_TWICE: Final = _sentence("photo_twice", "the entry has this very photo already")
PHOTO_POSITION: Final = _sentence("photo_position", "a photo's position is 0 to {most}")
PHOTO_SOURCE: Final = _sentence("photo_source", "a photo needs its source, in up to 500 characters")
FACE_TOO_LARGE: Final = _sentence("face_too_large", "the cut-out face is too large to be kept; use a smaller photo")
WARNING_REASON: Final = _sentence("warning_reason", "a warning is accepted only with a reason")
NO_WARNING: Final = _sentence("no_warning", "photo {position} has no warning {warnings}")
PHOTO_NOT_SUSPENDED: Final = _sentence("photo_not_suspended", "photo {position} is not suspended")
NO_SUCH_PHOTO: Final = _sentence("no_such_photo", "there is no photo {position} of an entry {entry}")
NO_PHOTO_SENT: Final = _sentence("no_photo_sent", "there is no photo in the request")
PHOTO_NAME: Final = _sentence("photo_name", "a photo's name has 1 to {most} characters")
PHOTO_DAY: Final = _sentence("photo_day", "the photo was not taken yet, or too long ago")
NOT_A_DAY: Final = _sentence("not_a_day", "'{text}' is not a day like 2026-11-23")
NO_DIGEST: Final = _sentence("no_digest", "the file's digest is missing")
NO_FINDING: Final = _sentence("no_finding", "'{text}' is not the code of a finding")

# -- identity numbers, imports, matchers --
NUMBER_LENGTH: Final = _sentence(
    "number_length", "an identity number has {least} to {most} digits and letters, blanks not counted"
)
NUMBER_MISTYPED: Final = _sentence(
    "number_mistyped",
    "the identity number is mistyped: its birthday or its last character does not fit the rest",
)
NUMBER_IN_TEXT: Final = _sentence(
    "number_in_text", "{field} holds an identity number; leave it out and put it in the identity number field"
)
NUMBER_ENDS: Final = _sentence("number_ends", "an identity number ends with digits or letters")
NUMBER_NEEDS_ALERT: Final = _sentence(
    "number_needs_alert", "a supervisor reads it only for a confirmed alert of this entry; name that alert"
)
NO_IDENTITY_NUMBER: Final = _sentence("no_identity_number", "the entry has no identity number")
NO_IMPORT: Final = _sentence("no_import", "there is no import {import_}")
IMPORT_GONE: Final = _sentence("import_gone", "there is no such import")
IMPORT_STATE: Final = _sentence("import_state", "the import is {state}; this takes one that is {states}")
IMPORT_PERSON_TWICE: Final = _sentence(
    "import_person_twice", "this import has another person under the same number already"
)
IMPORT_CHANGED: Final = _sentence("import_changed", "the import was changed while it was checked; commit it again")
IMPORT_TOO_OLD: Final = _sentence(
    "import_too_old", "an import can be undone within 24 hours of its commit; erase entries one by one"
)
IMPORT_UNDECIDED: Final = _sentence(
    "import_undecided", "somebody must decide on {count} likenesses first; list them to see who"
)
IMPORT_REJECTED: Final = _sentence(
    "import_rejected",
    "{photos} photos and {lines} lines of people.csv are rejected, and {left_out} of {people} people cannot be put"
    " forward; put that right, or say that they are left out",
)
IMPORT_SAME_DRAFTS: Final = _sentence("import_same_drafts", "these are the same person, discard one of each: {people}")
IMPORT_SAME_PENDING: Final = _sentence("import_same_pending", "these are the same person, revoke one of each: {people}")
IMPORT_SEVERAL: Final = _sentence("import_several", "the photos of these do not show one person; revoke them: {people}")
IMPORT_EMPTY: Final = _sentence("import_empty", "there is nobody in the import who can be put forward")
NO_SILENT_MATCHER: Final = _sentence(
    "no_silent_matcher", "no silent matcher is called {matcher}; one that is heard ends when it is stopped"
)
COMPARISON_WAITS: Final = _sentence(
    "comparison_waits", "the comparison does not go on yet; it is made as soon as it can be, look again shortly"
)
NEVER_COMPARED: Final = _sentence("never_compared", "stream and record were never compared; it is done every day")

# -- the threshold --
NO_THRESHOLD: Final = _sentence("no_threshold", "there is no threshold {text}")
THRESHOLD_DOES_NOT_WAIT: Final = _sentence(
    "threshold_does_not_wait", "threshold {number} does not wait for an approval"
)
THRESHOLD_TOO_LOW: Final = _sentence(
    "threshold_too_low", "the accuracy report allows no threshold so low; show it to see its floor"
)
THRESHOLD_OWN: Final = _sentence(
    "threshold_own", "who asked for a threshold does not approve it; ask another supervisor"
)
THRESHOLD_WAITS: Final = _sentence(
    "threshold_waits", "another threshold waits for its approval; approve it or take it back first"
)
THRESHOLD_DECIDED: Final = _sentence("threshold_decided", "the threshold was decided on meanwhile; look at it again")
THRESHOLD_KEPT: Final = _sentence("threshold_kept", "thresholds are only ever added")
THRESHOLD_RANGE: Final = _sentence("threshold_range", "a threshold is a cosine from 0 to 1")
THRESHOLD_REASON: Final = _sentence("threshold_reason", "a reason is needed, in up to 500 characters")

# -- reports of accuracy --
NO_REPORT: Final = _sentence("no_report", "there is no report {text}")
REPORT_DOES_NOT_WAIT: Final = _sentence("report_does_not_wait", "report {number} does not wait for an approval")
REPORT_CHANGED: Final = _sentence(
    "report_changed", "the figures are not those of the digest; send the file as `wardwatch eval` wrote it"
)
REPORT_WITHOUT_FLOOR: Final = _sentence(
    "report_without_floor", "this report allows no threshold: too few strangers are in its data"
)
REPORT_KNOWN: Final = _sentence("report_known", "this report is installed already")
REPORT_TO_COME: Final = _sentence("report_to_come", "this report is of a day to come")
REPORT_OWN: Final = _sentence(
    "report_own", "who asked for a report to be installed does not approve it; ask another supervisor"
)
REPORT_WAITS: Final = _sentence(
    "report_waits", "another report waits for its approval; approve it or take it back first"
)
REPORT_DECIDED: Final = _sentence("report_decided", "the report was decided on meanwhile; look at it again")
REPORT_KEPT: Final = _sentence("report_kept", "reports are only ever added")

# -- two recognisers side by side --
NO_ROLL: Final = _sentence("no_roll", "there is one recogniser alone")
ROLL_IS_OPEN: Final = _sentence("roll_is_open", "two recognisers are side by side already; let one of them go first")
ROLL_TO_ITSELF: Final = _sentence("roll_to_itself", "the second embedder works with the list's own recogniser")
ROLL_OF_OTHERS: Final = _sentence(
    "roll_of_others", "this service enrols by neither of the two recognisers; look at its settings"
)
ROLL_LEAVES_NO_SITE: Final = _sentence(
    "roll_leaves_no_site",
    "the recogniser that would go still decides somewhere; switch these sites first, and all that have no row",
)
ROLL_LEAVES_NOBODY: Final = _sentence(
    "roll_leaves_nobody",
    "somebody on the list has no template of the recogniser that stays; give the entry another photo, or revoke it",
)
ROLL_DECIDED: Final = _sentence("roll_decided", "it was decided on meanwhile; look at it again")
NO_SECOND_EMBEDDER: Final = _sentence(
    "no_second_embedder", "no second embedder answers; start one with the other recogniser first"
)
NO_SWITCH: Final = _sentence("no_switch", "there is no switch {text}")
SWITCH_DOES_NOT_WAIT: Final = _sentence("switch_does_not_wait", "switch {number} does not wait for an approval")
SWITCH_OWN: Final = _sentence("switch_own", "who asked for a switch does not approve it; ask another supervisor")
SWITCH_WAITS: Final = _sentence(
    "switch_waits", "another switch waits for its approval; approve it or take it back first"
)
NO_REVIEWERS: Final = _sentence("no_reviewers", "there is no number of reviewers {text}")
REVIEWERS_DO_NOT_WAIT: Final = _sentence(
    "reviewers_do_not_wait", "the number of reviewers {number} does not wait for an approval"
)
REVIEWERS_OWN: Final = _sentence(
    "reviewers_own", "who asked for a number of reviewers does not approve it; ask another supervisor"
)
REVIEWERS_WAIT: Final = _sentence(
    "reviewers_wait", "another number of reviewers waits for its approval; approve it or take it back first"
)
REVIEWERS_DECIDED: Final = _sentence(
    "reviewers_decided", "the number of reviewers was decided on meanwhile; look at it again"
)
REVIEWERS_EVERYWHERE: Final = _sentence(
    "reviewers_everywhere", "name a site: only a site can go by the number that holds everywhere"
)
SWITCH_NO_TEMPLATES: Final = _sentence("switch_no_templates", "the list has no templates of this recogniser")
SWITCH_NEEDS_COSINES: Final = _sentence(
    "switch_needs_cosines", "the threshold is of another recogniser: say both cosines, as its report has them"
)
SWITCH_UNMEASURED: Final = _sentence(
    "switch_unmeasured", "no valid report of accuracy says how well this recogniser works; install one first"
)
SWITCH_TOO_LOW: Final = _sentence("switch_too_low", "the accuracy report of this recogniser allows no threshold so low")
SWITCH_RANGE: Final = _sentence(
    "switch_range", "cosines are from 0.3 to 1, and what raises alone is not below the threshold"
)
THRESHOLD_OF_ANOTHER: Final = _sentence(
    "threshold_of_another",
    "two people let a recogniser decide by cosines of its own; those change with another switch",
)

# -- lists that hospitals share: the publisher's --
NO_LIST: Final = _sentence("no_list", "no list {list} is published here")
LIST_EXISTS: Final = _sentence("list_exists", "a list {list} is published here already")
NO_HOSPITAL: Final = _sentence("no_hospital", "no hospital {hospital} is known on list {list}")
HOSPITAL_KNOWN: Final = _sentence(
    "hospital_known", "{hospital} was invited to list {list} before; put it out first, then it can be invited anew"
)
HOSPITAL_REMOVED: Final = _sentence("hospital_removed", "{hospital} was put out of list {list} for good")
ASKED_BY_YOU: Final = _sentence("asked_by_you", "who asked for this does not approve it; ask another account")
NOTHING_WAITS: Final = _sentence("nothing_waits", "nothing of this kind waits for an approval")
INVITATION_OVER: Final = _sentence(
    "invitation_over", "the invitation's time is over; put the hospital out and invite it anew"
)
NOT_INVITED: Final = _sentence("not_invited", "the invitation of {hospital} is not approved and signed yet")
NOT_THE_ANSWER: Final = _sentence(
    "not_the_answer", "this is not the answer of {hospital} to its invitation to list {list}"
)
NOT_READ_OUT: Final = _sentence(
    "not_read_out",
    "these are not the last sixteen characters of the fingerprint; have them read out again, and stop if they differ",
)
LINK_KEY_USED: Final = _sentence("link_key_used", "another hospital of list {list} has this link key")
AUTHORITY_ALONE: Final = _sentence(
    "authority_alone", "the authority is its certificate alone; a private key leaves its machine for nobody"
)
SHARED_ALREADY: Final = _sentence("shared_already", "the entry is on list {list} already, for these hospitals")
SHARE_ENDED: Final = _sentence(
    "share_ended",
    "the entry was withdrawn from list {list} and hospitals erase it; list the person anew to share again",
)
ERASED_THERE: Final = _sentence(
    "erased_there", "{hospital} was taken out before and has erased this entry; list the person anew to share it there"
)
NOT_SHARED: Final = _sentence("not_shared", "the entry is not on list {list}")
NOT_OURS_TO_SHARE: Final = _sentence("not_ours_to_share", "another publisher listed this person; only they share it")
RENEWAL_NOT_SIGNED: Final = _sentence(
    "renewal_not_signed", "the key that is believed here has not signed this one; if it was lost, invite anew"
)
NOTHING_OWED: Final = _sentence("nothing_owed", "{hospital} owes nothing for this entry on list {list}")
# -- lists of other hospitals --

LISTED_ELSEWHERE: Final = _sentence(
    "listed_elsewhere", "this entry is of another hospital's list and changes there; here it can be suspended"
)
INVITATION_NOT_VALID: Final = _sentence(
    "invitation_not_valid", "this is no invitation as its publisher signed it; ask for its file again"
)
INVITED_TOO_LATE: Final = _sentence("invited_too_late", "the invitation is over; ask the publisher for another")
FINGERPRINT_DIFFERS: Final = _sentence(
    "fingerprint_differs",
    "these are not the last sixteen characters of the invitation's fingerprint; have them read out by telephone again",
)
NOT_JOINED: Final = _sentence("not_joined", "no list {list} was joined here, and nobody asked to")
LIST_JOINED: Final = _sentence("list_joined", "the list {list} was joined already")
LIST_LEFT: Final = _sentence("list_left", "the list {list} was left, which is for good; it can be joined anew")
LIST_LEAVES: Final = _sentence(
    "list_leaves", "entries of the list {list} are still being erased here; it can be joined anew when that is done"
)
LIST_WAITS: Final = _sentence("list_waits", "another account must approve first that the list {list} is joined")
LIST_NOT_SUSPENDED: Final = _sentence("list_not_suspended", "the list {list} was not suspended by anybody here")
ANSWER_NOT_SIGNED: Final = _sentence("answer_not_signed", "the answer is not signed yet; ask again in a moment")
