"""The words for what the database refuses, by the name of the constraint."""

from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText

_STATE: Final = refusals.OTHER_STATE.filled()
_APPROVER: Final = refusals.APPROVER_IS_AUTHOR.filled()
_GONE: Final = refusals.ENTRY_GONE.filled()
_BROKEN: Final = refusals.BROKEN.filled()


def _too_long(name: str) -> RefusalText:
    return refusals.TOO_LONG.filled(field=name)


# A test compares the names with the schema's. Two names for one rule carry the same words.
REFUSALS: Final[dict[str, RefusalText]] = {
    # -- how an entry comes to match --
    "entry_begins_as_draft": refusals.BEGINS_AS_DRAFT.filled(),
    "entry_state_order": _STATE,
    "entry_revision_order": refusals.CHANGED_MEANWHILE.filled(),
    "entry_is_fixed": refusals.IS_FIXED.filled(),
    "entry_put_forward_by_its_maker": refusals.PUT_FORWARD_ONCE.filled(),
    "entry_put_forward_is_whole": _BROKEN,
    "entry_approval_is_anothers": refusals.NOT_YOUR_OWN.filled(),
    "entry_approver_is_not_the_author": _APPROVER,
    "entry_approver_did_not_put_it_forward": _APPROVER,
    "entry_approver_may_approve": refusals.APPROVES_NOTHING.filled(),
    "threshold_approver_may_approve": refusals.APPROVES_NOTHING.filled(),
    "entry_approval_is_whole": _BROKEN,
    "entry_is_approved_before_it_matches": refusals.NOT_APPROVED.filled(),
    "entry_has_a_photo": refusals.NO_PHOTO.filled(),
    "entry_warnings_are_accepted": refusals.WARNINGS_OPEN.filled(),
    "entry_photos_show_one_person": refusals.SEVERAL_PERSONS.filled(),
    "entry_is_replaced": refusals.IS_REPLACED.filled(),
    "entry_is_once_in_an_import": refusals.TWICE_IN_IMPORT.filled(),
    "entry_is_listed_elsewhere": refusals.LISTED_ELSEWHERE.filled(),
    "share_is_of_our_own": refusals.LISTED_ELSEWHERE.filled(),
    "entry_same_person_stands": refusals.SAME_PERSON_STANDS.filled(),
    "entry_likenesses_are_decided": refusals.LIKENESSES_OPEN.filled(),
    # -- what is held about somebody who asks --
    "access_begins_unapproved": _BROKEN,
    "access_kind": _BROKEN,
    "access_asks": _BROKEN,
    "access_consent_is_a_form": _BROKEN,
    "access_pace_of_account": refusals.ACCESS_PACE_OF_ACCOUNT.filled(),
    "access_pace": refusals.ACCESS_PACE.filled(),
    "access_is_fixed": refusals.ACCESS_FIXED.filled(),
    "access_approver_did_not_ask": _APPROVER,
    "access_approver_may_approve": refusals.APPROVES_NOTHING.filled(),
    "access_is_of_today": refusals.ACCESS_OLD.filled(),
    "access_is_approved_now": refusals.ACCESS_LATE.filled(),
    "access_tries": refusals.ACCESS_TRIES.filled(),
    "access_answer_is_tried": _BROKEN,
    "access_approval_is_whole": _BROKEN,
    "access_withdrawal_is_whole": _BROKEN,
    "access_answer_is_whole": _BROKEN,
    "access_withdrawn_is_not_answered": _BROKEN,
    "access_answer_is_approved": _BROKEN,
    # -- how long it stands --
    "entry_category_cap": refusals.CATEGORY_CAP.filled(),
    "entry_never_over_five_years": refusals.FIVE_YEARS.filled(),
    "entry_expires_after_it_begins": refusals.EXPIRY_PAST.filled(),
    "entry_expiry_is_ahead": refusals.EXPIRY_PASSED.filled(),
    "entry_expiry_is_fixed": refusals.EXPIRY_FIXED.filled(),
    "entry_renewal_is_possible": refusals.RENEWAL_IMPOSSIBLE.filled(),
    "entry_renewal_is_as_asked": refusals.RENEWAL_CHANGED.filled(),
    "entry_renewal_is_whole": _BROKEN,
    # -- what it says --
    "entry_says_what_and_why": refusals.SAYS_NOTHING.filled(),
    "entry_erased_says_nothing": _BROKEN,
    "entry_ends_with_a_reason": refusals.REASON_NEEDED.filled(),
    "entry_category_fkey": refusals.NO_CATEGORY.filled(),
    "entry_scope_check": refusals.SCOPE_KIND.filled(),
    "entry_check": refusals.SCOPE_NAMES.filled(),
    "entry_check1": refusals.SCOPE_EMPTY.filled(),
    "sites_check": refusals.SITE_NAME.filled(),
    "entry_basis_check": _too_long("basis"),
    "entry_evidence_check": _too_long("evidence"),
    "entry_instruction_check": _too_long("instruction"),
    "entry_sealed_label_check": _too_long("label"),
    "entry_sealed_note_check": _too_long("note"),
    "entry_reason_check": _too_long("reason"),
    "entry_photo_source_check": _too_long("source"),
    "entry_batch_id_fkey": refusals.IMPORT_GONE.filled(),
    "entry_batch_id_external_lookup_key": refusals.IMPORT_PERSON_TWICE.filled(),
    # -- photos --
    "photo_joins_a_draft": refusals.DRAFTS_TAKE_PHOTOS.filled(),
    "template_joins_a_draft": refusals.DRAFTS_TAKE_PHOTOS.filled(),
    "photo_entry_id_fkey": _GONE,
    "photo_entry_id_position_key": refusals.PHOTO_PLACE.filled(),
    "photo_entry_id_file_sha256_key": refusals.PHOTO_TWICE.filled(),
    "photo_person_check": _BROKEN,
    "photo_position_check": refusals.PHOTO_POSITION.filled(most=9),
    "photo_source_check": refusals.PHOTO_SOURCE.filled(),
    "photo_sealed_name_check": _too_long("name"),
    "photo_sealed_picture_check": refusals.FACE_TOO_LARGE.filled(),
    "photo_accepted_reason_check": _too_long("reason"),
    "photo_suspended_reason_check": _too_long("reason"),
    "photo_warning_is_accepted_with_a_reason": refusals.WARNING_REASON.filled(),
    # -- likenesses --
    "likeness_is_decided_once": refusals.DECIDED_FROM_OTHER_SIDE.filled(),
    "likeness_check": refusals.NOT_LIKE_ITSELF.filled(),
    "likeness_decision_check": refusals.LIKENESS_DECISION.filled(),
    "likeness_decision_is_whole": refusals.LIKENESS_REASON.filled(),
    "likeness_reason_check": _too_long("reason"),
    "likeness_entry_id_fkey": _GONE,
    "likeness_other_id_fkey": _GONE,
    # -- groups, identity numbers, erasure, imports --
    "site_group_name_check": refusals.GROUP_NAME.filled(),
    "site_group_sites_check": refusals.GROUP_EMPTY.filled(),
    "number_entry_id_fkey": _GONE,
    "number_last_four_check": refusals.NUMBER_ENDS.filled(),
    "number_sealed_number_check": _too_long("identity_number"),
    "erasure_entry_id_fkey": _GONE,
    "erasure_reason_check": refusals.REASON_NEEDED.filled(),
    "batch_item_batch_id_fkey": refusals.IMPORT_GONE.filled(),
    "batch_item_entry_id_fkey": _GONE,
    "batch_item_whose_lookup_check": _BROKEN,
    "batch_item_spelling_lookup_check": _BROKEN,
    "batch_item_sealed_item_check": _too_long("file"),
    "batch_check1": _BROKEN,
    # -- the threshold --
    "threshold_begins_unapproved": _BROKEN,
    "threshold_is_above_the_floor": refusals.THRESHOLD_TOO_LOW.filled(),
    "threshold_approver_did_not_ask": refusals.THRESHOLD_OWN.filled(),
    "threshold_that_waits": refusals.THRESHOLD_WAITS.filled(),
    "threshold_is_fixed": refusals.THRESHOLD_DECIDED.filled(),
    "threshold_is_kept": refusals.THRESHOLD_KEPT.filled(),
    "threshold_approval_is_whole": _BROKEN,
    "threshold_withdrawal_is_whole": _BROKEN,
    "threshold_withdrawn_is_not_approved": _BROKEN,
    "threshold_min_similarity_check": refusals.THRESHOLD_RANGE.filled(),
    "threshold_reason_check": refusals.THRESHOLD_REASON.filled(),
    # -- reports of accuracy --
    "accuracy_begins_unapproved": _BROKEN,
    "accuracy_approver_may_approve": refusals.APPROVES_NOTHING.filled(),
    "accuracy_approver_did_not_ask": refusals.REPORT_OWN.filled(),
    "accuracy_that_waits": refusals.REPORT_WAITS.filled(),
    "accuracy_is_fixed": refusals.REPORT_DECIDED.filled(),
    "accuracy_is_kept": refusals.REPORT_KEPT.filled(),
    "accuracy_is_measured": refusals.REPORT_TO_COME.filled(),
    "accuracy_approval_is_whole": _BROKEN,
    "accuracy_withdrawal_is_whole": _BROKEN,
    "accuracy_withdrawn_is_not_approved": _BROKEN,
    "change_is_kept": refusals.HISTORY_IS_KEPT.filled(),
}
