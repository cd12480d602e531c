"""Who may do what, where it must hold whatever else is changed in the table."""

from proto.wardwatch.v1 import desk, roles
from proto.wardwatch.v1.roles import Role
from services.alerts.edge.operations import OPERATIONS

READS = {operation.name for operation in OPERATIONS if operation.method == "get"}
# What one does with one's own session and account; of another's the database refuses it.
OWN = {
    "end_session", "me", "show_account", "offer_proof", "prove", "prove_by_oidc", "offer_passkey", "add_passkey",
    "remove_passkey", "name_device", "end_device", "lose_devices",
}  # fmt: skip


def test_every_operation_has_one_row_and_every_row_an_operation() -> None:
    named = {operation.name for operation in OPERATIONS} | desk.BY_NAME.keys()

    assert named == {*roles.ALLOWED, *roles.PUBLIC}
    assert not roles.PUBLIC & roles.ALLOWED.keys()


def test_an_auditor_changes_nothing_and_sees_no_face() -> None:
    allowed = set(roles.may(Role.AUDITOR))

    # The desk is asked for labels beside an incident by post, since a page of them is one question; and what is looked
    # for may be a name, which belongs in no address. Of the audit each look is an event, which no address may cause.
    searched = {"cards", "search_entries", "search_incidents"}
    assert allowed - READS - OWN == searched | {"read_audit", "export_audit", "verify_audit"}
    assert not {name for name in allowed if "picture" in name or "photo" in name}


def test_a_guard_answers_alerts_and_has_no_part_in_the_list() -> None:
    assert set(roles.may(Role.GUARD)) == OWN | {
        "stream_events", "list_sites", "show_matching", "show_state", "show_line", "answer_drill", "report_sound",
        "list_incidents", "show_incident", "show_picture", "respond", "review", "cards", "card_picture",
        "correct", "arrive", "report", "show_trail", "list_places", "show_plan",
        "push_key", "show_subscription", "subscribe", "unsubscribe", "test_push", "show_duty", "set_duty",
    }  # fmt: skip


def test_only_a_supervisor_stops_matching_and_sees_scores() -> None:
    for name in ("set_matching", "show_details"):
        assert roles.ALLOWED[name] == {Role.SUPERVISOR}


def test_who_keeps_the_list_may_do_all_but_administrators_work() -> None:
    # The console asks once, for drafts, and shows what a keeper may do or none of it.
    changes = {row.name for row in desk.OPERATIONS if row.path is not None and row.method != "get"}

    others = {name for name in changes if not roles.ALLOWED[name] >= roles.KEEPERS}
    assert others == {"end_matcher", "reconcile_list", "rewrap_keys"}


def test_an_editor_approves_nothing_and_sees_no_alert() -> None:
    allowed = set(roles.may(Role.WATCHLIST_EDITOR))

    assert not {name for name in allowed if "incident" in name or "approv" in name}
    assert not allowed & {
        "respond",
        "review",
        "cards",
        "card_picture",
        "suspend_entry",
        "resume_entry",
        "revoke_entry",
        "erase_entry",
    }


def test_a_reviewer_is_a_guard_who_goes_nowhere() -> None:
    goes = set(roles.may(Role.GUARD)) - set(roles.may(Role.REVIEWER))
    assert goes == {
        "respond", "arrive", "report", "answer_drill",
        "push_key", "show_subscription", "subscribe", "unsubscribe", "test_push", "set_duty",
    }  # fmt: skip
    # Control pairs are shown to nobody who goes there.
    assert set(roles.may(Role.REVIEWER)) - set(roles.may(Role.GUARD)) == {"next_pair", "show_reviewing"}


def test_what_asks_for_proof_is_an_operation() -> None:
    assert roles.ALLOWED.keys() >= roles.PROVEN
