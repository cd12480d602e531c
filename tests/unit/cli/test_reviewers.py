"""`wardwatch watchlist reviewers`: how many must agree, asked for by one account and approved by another."""

import json

import pytest

from tests.unit.cli.desk_server import MOMENT, Desk

CHANGE = {
    "number": 4, "site": "h1", "reviewers": 1, "reason": "one is on duty", "asked_by": "ana", "asked_at": MOMENT,
    "approved_by": None, "approved_at": None,
}  # fmt: skip
HELD = {**CHANGE, "approved_by": "li", "approved_at": MOMENT}
WAITS = {"everywhere": 2, "holds": [], "waits": CHANGE}
HOLDS = {"everywhere": 2, "holds": [HELD, {**HELD, "site": "h2", "reviewers": None}], "waits": None}


async def test_what_holds_is_told_in_words_and_as_json(desk: Desk) -> None:
    desk.script(show_reviewers=HOLDS)

    done = await desk.run("reviewers", "show", "--as", "ana")
    plain = await desk.run("reviewers", "show", "--as", "ana", "--json")

    assert "2 different people must agree on an alert" in done.stdout
    assert "at h1 1 person, asked for by ana on 2026-11-23: one is on duty; approved by li" in done.stdout
    assert "at h2 as everywhere" in done.stdout
    assert "nothing waits for an approval" in done.stdout
    assert json.loads(plain.stdout) == HOLDS


@pytest.mark.parametrize(
    ("words", "site", "reviewers"),
    [(("1", "--site", "h1"), "h1", 1), (("2",), "", 2), (("everywhere", "--site", "h1"), "h1", None)],
)
async def test_asking_says_who_lets_it_hold(
    desk: Desk, words: tuple[str, ...], site: str, reviewers: int | None
) -> None:
    desk.script(ask_reviewers=WAITS)

    done = await desk.run("reviewers", "ask", *words, "--reason", "one is on duty", "--as", "ana")

    assert done.exit_code == 0, done.output
    wanted = {"site": site, "reviewers": reviewers, "reason": "one is on duty"}
    assert desk.server.of("ask_reviewers")[0].json == wanted
    assert "wardwatch watchlist reviewers approve 4 --as ANOTHER" in done.stdout


async def test_another_number_than_one_or_two_is_not_sent(desk: Desk) -> None:
    done = await desk.run("reviewers", "ask", "3", "--reason", "as many as can be", "--as", "ana")

    assert (done.exit_code, desk.server.requests) == (1, [])
    assert "give 1 or 2" in done.output


@pytest.mark.parametrize("command", ["approve", "withdraw"])
async def test_it_is_approved_or_taken_back_by_its_number(desk: Desk, command: str) -> None:
    desk.script(approve_reviewers=HOLDS, withdraw_reviewers=HOLDS)

    done = await desk.run("reviewers", command, "4", "--as", "ana")

    assert (done.exit_code, desk.server.of(f"{command}_reviewers")[0].target) == (0, {"number": "4"}), done.output
