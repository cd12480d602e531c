"""`wardwatch watchlist` on what the list is held to: threshold, reviews, silent matchers and comparisons."""

import json

import pytest

from services.chassis import hints
from services.chassis.errors import Refusal, StartupError
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import (
    ENTRY,
    Desk,
    Problem,
    Script,
    comparison,
    proposal,
    thresholds,
    without_colour,
)

HOLDS = proposal(1, 0.5, by="wardwatch", approved_by="wardwatch")
NEVER = Problem(404, "stream and record were never compared; it is done every day")


async def test_the_threshold_is_shown_with_what_waits_the_floor_and_its_report(desk: Desk) -> None:
    # As PostgreSQL's four bytes come back.
    desk.script(show_threshold=thresholds(HOLDS, proposal(3, 0.5199999809265137)))

    done = await desk.run("threshold", "show", "--as", "ana")

    output = without_colour(done.stdout)
    for words in (
        "a similarity of 0.5 on", "0.52 waits", "asked for by ana on 2026-11-23: two false alerts",
        "threshold approve 3", "threshold withdraw 3", "none below 0.46", "lfw-dev 820 0.052 0.0079 (0.0127) 0.46",
    ):  # fmt: skip
        assert words in output


async def test_a_threshold_is_asked_for_with_a_reason_and_says_who_goes_on(desk: Desk) -> None:
    desk.script(ask_threshold=thresholds(HOLDS, proposal(2, 0.52)))

    done = await desk.run("threshold", "ask", "0.52", "--reason", "two false alerts", "--as", "ana")

    assert done.exit_code == 0, done.output
    asked = {"threshold": 0.52, "reason": "two false alerts", "weekly_false_alerts": None}
    assert desk.server.requests[0].json == asked
    assert "threshold 2 (0.52) waits, 0.5 holds" in done.stdout
    assert "wardwatch watchlist threshold approve 2 --as ANOTHER-ACCOUNT; take it back" in done.stdout


EXPECTED = {"alerts": 1.234, "low": 0.3, "high": 2.9}
CHOICE = {"weekly_false_alerts": 0.1, "met": False, "missed": 0.41, "missed_of_one_view": 0.831}
SITE = {
    "site": "h1", "entries": 2_100, "others": 0.651, "expected": EXPECTED, "met": False, "missed": 0.41,
    "missed_of_one_view": 0.831, "rejected": 3, "expected_so_far": 1.98, "choices": [CHOICE],
    "cameras": [
        {"camera": "gate", "threshold": 0.75, "expected": EXPECTED, "chance": 1e-6, "walks": 420_000}
    ],
}  # fmt: skip


async def test_the_budget_is_shown_with_what_it_leads_to_also_if_not_met(desk: Desk) -> None:
    plan = {"entries": 2_100, "others": 0.651, "sites": [SITE], "elsewhere": [CHOICE]}
    desk.script(show_threshold={**thresholds({**HOLDS, "weekly_false_alerts": 0.1}), "budget": plan})

    done = await desk.run("threshold", "show", "--as", "ana")

    output = without_colour(done.stdout)
    for words in (
        "at most 0.1 false alerts a week at each site", "site h1: 1.2 false alerts a week expected (0.3 to 2.9)",
        "3 judged wrong, 2 expected so far", "this budget cannot be met", "41.0% of listed people who show several",
        "gate 0.750 1.2 (0.3 to 2.9) 420,000", "0.1, cannot be met 41.0% 83.1%",
    ):  # fmt: skip
        assert words in output


async def test_before_anything_is_counted_the_command_says_so(desk: Desk) -> None:
    plan = {"entries": 0, "others": 0.62, "sites": [], "elsewhere": [CHOICE]}
    desk.script(show_threshold={**thresholds(HOLDS), "budget": plan})

    done = await desk.run("threshold", "show", "--as", "ana")

    assert "no budget for false alerts" in done.stdout
    assert "no camera has counted enough walks yet" in done.stdout


async def test_a_budget_is_asked_for_with_the_threshold(desk: Desk) -> None:
    desk.script(ask_threshold=thresholds(HOLDS, {**proposal(2, 0.5), "weekly_false_alerts": 1.0}))

    done = await desk.run(
        "threshold", "ask", "0.5", "--false-alerts-a-week", "1", "--reason", "what we can bear", "--as", "ana"
    )

    assert desk.server.requests[0].json == {"threshold": 0.5, "reason": "what we can bear", "weekly_false_alerts": 1.0}
    assert "with it at most 1 false alerts a week at each site" in done.stdout


@pytest.mark.parametrize("words", [["1.5"], ["nan"], ["0.5", "--reason", "x"]], ids=["beyond 1", "nan", "short reason"])
async def test_a_threshold_that_cannot_be_one_is_refused_before_it_is_asked_for(desk: Desk, words: list[str]) -> None:
    done = await desk.run("threshold", "ask", "--reason", "two false alerts", *words, "--as", "ana")

    assert isinstance(done.exception, StartupError)
    assert desk.server.requests == []


@pytest.mark.parametrize(
    ("command", "text"), [("approve", "threshold 2 is approved"), ("withdraw", "threshold 2 is taken back")]
)
async def test_a_threshold_is_approved_or_taken_back_by_its_number(desk: Desk, command: str, text: str) -> None:
    holds = proposal(2, 0.52, approved_by="bea")
    answers: list[Script] = [thresholds(holds), Problem(409, "ask another supervisor")]
    desk.script(**{f"{command}_threshold": answers})

    done = await desk.run("threshold", command, "2", "--as", "bea")
    refused = await desk.run("threshold", command, "2", "--as", "bea")

    assert (done.exit_code, desk.server.requests[0].target) == (0, {"number": "2"})
    assert text in done.stdout
    assert "a similarity of 0.52 on" in done.stdout
    assert isinstance(refused.exception, Refusal)
    assert str(refused.exception) == "ask another supervisor"


async def test_entries_to_look_at_are_listed_or_it_is_said_that_there_are_none(desk: Desk) -> None:
    row = {
        "entry": ENTRY, "label": "Marlo Quint", "state": "suspended", "false_alerts": 2, "suspended_photos": [0, 3],
        "expires_at": desk_server.MOMENT,
        "last_day": "2026-11-23",
    }  # fmt: skip
    desk.script(list_reviews=[{"reviews": [row]}, {"reviews": []}])

    found = await desk.run("reviews", "--as", "ana")
    none = await desk.run("reviews", "--as", "ana")

    assert f"{ENTRY[:8]} Marlo Quint suspended 2 0, 3 2026-11-23" in without_colour(found.stdout)
    assert f"wardwatch watchlist release {ENTRY} 0 --reason WHY --as ana" in found.stdout
    assert none.stdout == "there is nothing to look at\n"


async def test_a_silent_matcher_is_given_up_for_a_reason(desk: Desk) -> None:
    desk.script(end_matcher=[desk_server.live(1, of=1, seconds=0.4), Problem(409, "no silent matcher is called m1")])

    done = await desk.run("end-matcher", "m1", "--reason", "the machine burnt", "--as", "ana")
    refused = await desk.run("end-matcher", "m1", "--reason", "the machine burnt", "--as", "ana")

    (request, _) = desk.server.requests
    assert (request.target, request.json) == ({"matcher": "m1"}, {"reason": "the machine burnt"})
    assert "matcher m1 is given up" in done.stdout
    assert "live on 1 of 1 matchers" in done.stdout
    assert str(refused.exception) == "no silent matcher is called m1"


async def test_a_comparison_is_waited_for_until_it_is_over(desk: Desk) -> None:
    going_on = comparison(5, over=False)
    desk.script(
        show_reconciliation=[comparison(1), going_on, comparison(5, entries=1200, missing=2, repaired=2)],
        reconcile_list=comparison(1),
    )

    done = await desk.run("reconcile", "--as", "ana")

    assert done.exit_code == 0, done.output
    assert desk.server.of("reconcile_list")[0].json == {"bury_unknown": False}
    output = without_colour(done.stdout)
    assert "2026-11-23 12:05:00 UTC (asked for by ana): 1,200 entries in 1.5 s" in output
    assert "missing 2 recorded, and nothing was published" in output
    assert "2 published again, 0 ended" in output


async def test_the_first_comparison_of_all_is_known_as_the_one_asked_for(desk: Desk) -> None:
    desk.script(show_reconciliation=NEVER, reconcile_list=comparison(5, entries=3))

    done = await desk.run("reconcile", "--as", "ana", "--bury-unknown")

    assert done.exit_code == 0, done.output
    assert desk.server.names == ["show_reconciliation", "reconcile_list"]
    assert desk.server.of("reconcile_list")[0].json == {"bury_unknown": True}
    assert "the matchers work by what is recorded" in done.stdout


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"ahead": 3}, "3 were left as they are: the record is older"),
        ({"unknown": 40}, "40 that the record does not know were left as they are"),
        ({"unknown": 40, "buried": 39}, "1 that the record does not know were left as they are"),
        ({"behind": 2, "repaired": 1}, "1 could not be published again"),
    ],
    ids=["ahead", "unknown", "one not buried", "not published"],
)
async def test_what_is_left_to_a_person_is_said_and_ends_with_1(desk: Desk, counts: dict[str, int], text: str) -> None:
    desk.script(show_reconciliation=NEVER, reconcile_list=comparison(5, entries=50) | counts)

    done = await desk.run("reconcile", "--as", "ana")

    assert done.exit_code == 1
    assert text in done.stdout


@pytest.mark.parametrize(
    "latest",
    [comparison(1), comparison(5, by="bea"), comparison(5, by=None, over=False)],
    ids=["none began", "another's", "the daily one"],
)
async def test_another_comparison_is_not_taken_for_the_one_asked_for(desk: Desk, latest: dict[str, object]) -> None:
    desk.script(show_reconciliation=[comparison(1), latest], reconcile_list=latest)

    done = await desk.run("reconcile", "--as", "ana", "--within", "0.6", "--json")

    assert done.exit_code == 2
    assert json.loads(done.stdout)["began_at"] == latest["began_at"]
    assert "not the comparison that was asked for" in done.stderr


async def test_a_comparison_that_is_not_over_in_time_ends_with_2(desk: Desk) -> None:
    desk.script(show_reconciliation=NEVER, reconcile_list=comparison(5, over=False))

    done = await desk.run("reconcile", "--as", "ana", "--within", "0")

    assert done.exit_code == 2
    assert f"not over; look again with: {hints.command('watchlist', 'reconciliation', by='ana')}" in done.stdout
    assert "not the comparison" not in done.stderr


async def test_a_comparison_that_broke_off_is_told_as_such_and_ends_with_2(desk: Desk) -> None:
    broken = comparison(5, over=False, broken_off=True)
    desk.script(show_reconciliation=[NEVER, broken], reconcile_list=broken)

    compared = await desk.run("reconcile", "--as", "ana", "--within", "0")
    shown = await desk.run("reconciliation", "--as", "ana")

    assert (compared.exit_code, shown.exit_code) == (2, 0)
    assert compared.stdout == shown.stdout
    assert "(asked for by ana): broke off before its end" in shown.stdout


async def test_a_refusal_other_than_never_compared_is_told_before_asking(desk: Desk) -> None:
    desk.script(show_reconciliation=Problem(403, "this is not for a guard"))

    done = await desk.run("reconcile", "--as", "ana")

    assert str(done.exception) == "this is not for a guard"
    assert desk.server.names == ["show_reconciliation"]


async def test_the_last_comparison_is_shown_whoever_had_it_made(desk: Desk) -> None:
    view = comparison(5, by=None, entries=9, keys_destroyed=2)
    desk.script(show_reconciliation=[view, view, NEVER])

    done = await desk.run("reconciliation", "--as", "ana")
    plain = await desk.run("reconciliation", "--as", "ana", "--json")
    never = await desk.run("reconciliation", "--as", "ana")

    assert done.exit_code == 0
    assert "(the daily one): 9 entries" in done.stdout
    assert "2 keys of erased entries were there again and are destroyed" in done.stdout
    assert json.loads(plain.stdout)["cause"] == "nightly"
    assert isinstance(never.exception, Refusal)
