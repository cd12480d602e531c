"""`wardwatch models roll`: begin, look, switch, go back, end; and what is refused, in words (docs/adr/0105)."""

import json

import pytest

from cli import rolls
from tests.unit.cli.desk_server import ENTRY, MOMENT, Desk, Ended, Problem

LIST, SECOND = "0ba9fbfa01b5" + "0" * 52, "c0ffee123456" + "0" * 52
WHY = ("--reason", "a better one", "--as", "ana")
ROLL = {
    "number": 3, "from_sha256": LIST, "to_sha256": SECOND, "to_name": "mobilefacenet", "reason": "fewer are missed",
    "started_by": "li", "started_at": MOMENT, "kept_sha256": None, "ended_by": None, "ended_at": None,
    "progress": [
        {"model_sha256": LIST, "photos": 2100, "made": 2100, "left_out": 0, "entries_without": 0},
        {"model_sha256": SECOND, "photos": 2100, "made": 1999, "left_out": 1, "entries_without": 12},
    ],
    "left_out": [{"entry": ENTRY, "position": 2, "model_sha256": SECOND, "cause": "no_face"}],
}  # fmt: skip
OVER = {
    **ROLL, "kept_sha256": SECOND, "ended_by": "li", "ended_at": "2026-12-01T08:00:00Z", "progress": [], "left_out": [],
}  # fmt: skip


def switch(**over: object) -> dict[str, object]:
    """A switch to the second recogniser."""
    return {
        "number": 5, "site": "h1", "model_sha256": SECOND, "threshold": 0.45, "strong": 0.6, "reason": "a trial",
        "asked_by": "ana", "asked_at": MOMENT, "approved_by": None, "approved_at": None, **over,
    }  # fmt: skip


def models(**over: object) -> dict[str, object]:
    """What the desk answers."""
    return {
        "list_model": LIST, "threshold_model": LIST, "roll": None, "sites": [], "waits": None, "counted": [], **over,
    }  # fmt: skip


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.script(show_models=models(roll=ROLL), ask_switch=models(roll=ROLL, waits=switch()))
    return desk


async def run(desk: Desk, *words: str) -> Ended:
    return await desk.run(*words, app=rolls.app)


async def test_a_roll_begins_for_a_reason_and_says_how_far_the_list_is(desk: Desk) -> None:
    desk.script(start_roll=models(roll=ROLL))

    done = await run(desk, "start", *WHY)

    assert (done.exit_code, desk.server.of("start_roll")[0].json) == (0, {"reason": "a better one"}), done.output
    assert f"the list is enrolled by recogniser {LIST[:12]}" in done.stdout
    assert (
        f"beside it: mobilefacenet, {SECOND[:12]}; roll 3, begun by li on 2026-11-23: fewer are missed" in done.stdout
    )
    made = "1,999 of 2,100 photos have a template, 1 yield none; 12 entries that match have none yet"
    assert f"{SECOND[:12]}: {made}" in done.stdout
    assert f"photo 2 of entry {ENTRY}: no face is found in it" in done.stdout


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (models(), "no second one is beside it"),
        (models(roll=OVER), f"over since 2026-12-01, {SECOND[:12]} stayed"),
        (
            models(roll=ROLL, sites=[switch(approved_by="li", approved_at=MOMENT)]),
            f"site h1: {SECOND[:12]} decides, a sighting from 0.45, an alert from 0.6; switch 5, asked for by ana,"
            " approved by li on 2026-11-23",
        ),
        (
            models(roll=ROLL, sites=[switch(site="", model_sha256=LIST, threshold=None, strong=None)]),
            f"every other site: {LIST[:12]} decides, by the list's threshold",
        ),
        (
            models(roll=ROLL, counted=[{"site": "h1", "since": None, "models": []}]),
            "site h1: both have not counted on the same day yet",
        ),
    ],
)
async def test_the_state_is_told_in_words(desk: Desk, view: dict[str, object], said: str) -> None:
    desk.script(show_models=view)

    done = await run(desk, "status", "--as", "ana")

    assert done.exit_code == 0, done.output
    assert said in done.stdout


async def test_the_state_is_the_interfaces_own_as_json(desk: Desk) -> None:
    done = await run(desk, "status", "--as", "ana", "--json")

    content = json.loads(done.stdout)
    assert (content["list_model"], content["roll"]["to_sha256"], content["waits"]) == (LIST, SECOND, None)


async def test_a_switch_is_asked_for_and_says_who_lets_it_hold(desk: Desk) -> None:
    done = await run(desk, "switch", "--site", "h1", "--threshold", "0.45", "--strong", "0.6", *WHY)

    assert done.exit_code == 0, done.output
    assert desk.server.of("ask_switch")[0].json == {
        "site": "h1", "model_sha256": SECOND, "threshold": 0.45, "strong": 0.6, "reason": "a better one",
    }  # fmt: skip
    assert f"waits: site h1: {SECOND[:12]} decides" in done.stdout
    assert "wardwatch models roll approve 5 --as ANOTHER" in done.stdout
    assert "wardwatch models roll withdraw 5 --as ana" in done.stdout


async def test_going_back_asks_for_the_former_one_at_all_other_sites(desk: Desk) -> None:
    done = await run(desk, "back", "--all", *WHY)

    assert done.exit_code == 0, done.output
    assert desk.server.of("ask_switch")[0].json == {
        "site": "", "model_sha256": LIST, "threshold": None, "strong": None, "reason": "a better one",
    }  # fmt: skip


async def test_who_stayed_is_switched_to_when_the_roll_is_over(desk: Desk) -> None:
    desk.script(show_models=models(roll=OVER))

    done = await run(desk, "switch", "--site", "h1", "--threshold", "0.45", "--strong", "0.6", *WHY)

    assert (done.exit_code, desk.server.of("ask_switch")[0].json["model_sha256"]) == (0, SECOND), done.output


@pytest.mark.parametrize(("command", "operation"), [("approve", "approve_switch"), ("withdraw", "withdraw_switch")])
async def test_a_switch_is_approved_or_taken_back_by_its_number(desk: Desk, command: str, operation: str) -> None:
    desk.script(**{operation: models(roll=ROLL)})

    done = await run(desk, command, "5", "--as", "ana")

    assert (done.exit_code, desk.server.of(operation)[0].target) == (0, {"number": "5"}), done.output


async def test_a_roll_ends_for_a_reason(desk: Desk) -> None:
    desk.script(finish_roll=models(list_model=SECOND, roll=OVER))

    done = await run(desk, "finish", *WHY)

    assert (done.exit_code, desk.server.of("finish_roll")[0].json) == (0, {"reason": "a better one"}), done.output
    assert f"{SECOND[:12]} stayed" in done.stdout


@pytest.mark.parametrize(
    ("view", "words", "refusal"),
    [
        (models(), ("switch", "--site", "h1"), "wardwatch models roll start --reason WHY --as ana"),
        (models(), ("back", "--site", "h1"), "there is none to go back to"),
        (models(roll=OVER), ("back", "--all"), "there is none to go back to"),
        (models(roll=ROLL), ("switch",), "say one site with --site, or --all"),
        (models(roll=ROLL), ("back", "--site", "h1", "--all"), "say one site with --site, or --all"),
        (models(roll=ROLL), ("switch", "--site", "h 1"), "site"),
        (models(roll=ROLL), ("switch", "--all", "--threshold", "0.1"), "threshold"),
    ],
)
async def test_what_cannot_be_asked_is_said_and_not_sent(
    desk: Desk, view: dict[str, object], words: tuple[str, ...], refusal: str
) -> None:
    desk.script(show_models=view)

    done = await run(desk, *words, *WHY)

    assert done.exit_code == 1
    assert refusal in done.output
    assert desk.server.of("ask_switch") == []


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("start_roll", ("start", *WHY)),
        ("ask_switch", ("switch", "--all", *WHY)),
        ("approve_switch", ("approve", "5", "--as", "ana")),
        ("finish_roll", ("finish", *WHY)),
    ],
)
async def test_the_desks_refusal_is_told_in_its_words(desk: Desk, operation: str, words: tuple[str, ...]) -> None:
    desk.script(**{operation: Problem(409, "who asked for a switch does not approve it")})

    done = await run(desk, *words)

    assert done.exit_code == 1
    assert "who asked for a switch does not approve it" in done.output
