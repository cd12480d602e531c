"""The words for what the database refuses, by the name of the constraint."""

from typing import Final

_STATE: Final = "the entry is not in a state that allows this; show the entry to see where it stands"
_APPROVER: Final = "the approver must not be the author, nor who put the entry forward; ask another supervisor"
_GONE: Final = "there is no such entry any more"
_LONG: Final = "too long; shorten it"
_BROKEN: Final = "this does not go together; it is a fault of the program that asked, please report it"

# A test compares the names with the schema's. Two names for one rule carry the same words.
REFUSALS: Final[dict[str, str]] = {
    # -- how an entry comes to match --
    "entry_begins_as_draft": "an entry begins now, as its author's unapproved draft",
    "entry_state_order": _STATE,
    "entry_revision_order": "the entry was changed meanwhile; look at it again and repeat",
    "entry_is_fixed": "an entry that was put forward can no longer be rewritten; revoke it and begin another",
    "entry_put_forward_by_its_maker": "an entry is put forward once, by the account that asks for it",
    "entry_put_forward_is_whole": _BROKEN,
    "entry_approval_is_anothers": "who asks for something does not approve it; ask another supervisor",
    "entry_approver_is_not_the_author": _APPROVER,
    "entry_approver_did_not_put_it_forward": _APPROVER,
    "entry_approval_is_whole": _BROKEN,
    "entry_is_approved_before_it_matches": "the entry has not been approved; another account must do that first",
    "entry_has_a_photo": "the entry has no photo; add one that is not rejected",
    "entry_warnings_are_accepted": "a photo has warnings; accept them with a reason, or begin again with better photos",
    "entry_photos_show_one_person": "the entry's photos do not show one person; look at them, and remove the others of"
    " a draft, or revoke an entry that was put forward and begin another",
    "entry_is_replaced": "another entry of the same person takes the place of this one; discard or revoke this one, or"
    " revoke the other first",
    "entry_is_once_in_an_import": "two people of the import were decided to be the same person; discard one of them",
    "entry_same_person_stands": "people decided that another entry is the same person, and that one matches; revoke one"
    " of them",
    "entry_likenesses_are_decided": "the entry resembles others; say of each whether it is the same person",
    # -- how long it stands --
    "entry_category_cap": "the category does not allow so late an expiry",
    "entry_never_over_five_years": "an entry may stand for at most five years",
    "entry_expires_after_it_begins": "the expiry is in the past",
    "entry_expiry_is_ahead": "the entry's expiry has passed; ask for a renewal and have it approved",
    "entry_expiry_is_fixed": "the expiry changes only by a renewal that another account approves",
    "entry_renewal_is_possible": "a renewal needs an expiry ahead, within the time that the category allows",
    "entry_renewal_is_as_asked": "the renewal was changed meanwhile; look at it again and repeat",
    "entry_renewal_is_whole": _BROKEN,
    # -- what it says --
    "entry_says_what_and_why": "label, basis, evidence and instruction must each say something",
    "entry_erased_says_nothing": _BROKEN,
    "entry_ends_with_a_reason": "a reason is needed",
    "entry_category_fkey": "there is no such category",
    "entry_scope_check": "the scope is the network, a group or sites",
    "entry_check": "the scope is the network, a group with its name, or sites with their names",
    "entry_check1": "the scope names no site; name at least one, or take the whole network",
    "sites_check": "a site's name has 1 to 64 of A-Z a-z 0-9 _ -",
    "entry_basis_check": f"the basis is {_LONG}",
    "entry_evidence_check": f"the evidence is {_LONG}",
    "entry_instruction_check": f"the instruction is {_LONG}",
    "entry_sealed_label_check": f"the label is {_LONG}",
    "entry_sealed_note_check": f"the note is {_LONG}",
    "entry_reason_check": f"the reason is {_LONG}",
    "entry_photo_source_check": f"the source of the photos is {_LONG}",
    "entry_batch_id_fkey": "there is no such import",
    "entry_batch_id_external_lookup_key": "this import has another person under the same number already",
    # -- photos --
    "photo_joins_a_draft": "photos are added, and their warnings accepted, only while the entry is a draft",
    "template_joins_a_draft": "photos are added only while the entry is a draft",
    "photo_entry_id_fkey": _GONE,
    "photo_entry_id_position_key": "there is another photo in this place; take a free one",
    "photo_entry_id_file_sha256_key": "the entry has this very photo already",
    "photo_person_check": _BROKEN,
    "photo_position_check": "a photo's position is 0 to 9",
    "photo_source_check": "a photo needs its source, in up to 500 characters",
    "photo_sealed_name_check": f"the photo's name is {_LONG}",
    "photo_sealed_picture_check": "the cut-out face is too large to be kept; use a smaller photo",
    "photo_accepted_reason_check": f"the reason is {_LONG}",
    "photo_suspended_reason_check": f"the reason is {_LONG}",
    "photo_warning_is_accepted_with_a_reason": "a warning is accepted only with a reason",
    # -- likenesses --
    "likeness_is_decided_once": "somebody has decided on these two already, from the other side",
    "likeness_check": "an entry does not resemble itself",
    "likeness_decision_check": "a likeness is the same person or different people",
    "likeness_decision_is_whole": "a decision on a likeness needs a reason",
    "likeness_reason_check": f"the reason is {_LONG}",
    "likeness_entry_id_fkey": _GONE,
    "likeness_other_id_fkey": _GONE,
    # -- groups, identity numbers, erasure, imports --
    "site_group_name_check": "a group's name has 1 to 64 of A-Z a-z 0-9 _ -",
    "site_group_sites_check": "a group has at least one site",
    "number_entry_id_fkey": _GONE,
    "number_last_four_check": "an identity number ends with digits or letters",
    "number_sealed_number_check": f"the identity number is {_LONG}",
    "erasure_entry_id_fkey": _GONE,
    "erasure_reason_check": "a reason is needed",
    "batch_item_batch_id_fkey": "there is no such import",
    "batch_item_entry_id_fkey": _GONE,
    "batch_item_sealed_item_check": f"the file's name is {_LONG}",
    "batch_check1": _BROKEN,
    # -- the threshold --
    "threshold_begins_unapproved": _BROKEN,
    "threshold_is_above_the_floor": "the accuracy report allows no threshold so low; show it to see its floor",
    "threshold_approver_did_not_ask": "who asked for a threshold does not approve it; ask another supervisor",
    "threshold_that_waits": "another threshold waits for its approval; approve it or take it back first",
    "threshold_is_fixed": "the threshold was decided on meanwhile; look at it again",
    "threshold_is_kept": "thresholds are only ever added",
    "threshold_approval_is_whole": _BROKEN,
    "threshold_withdrawal_is_whole": _BROKEN,
    "threshold_withdrawn_is_not_approved": _BROKEN,
    "threshold_min_similarity_check": "a threshold is a cosine from 0 to 1",
    "threshold_reason_check": "a reason is needed, in up to 500 characters",
    "change_is_kept": "the history is only ever added to",
}
