"""What `wardwatch account` says of an account, and which reasons it takes."""

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from cli import reason
from cli.account import app
from cli.account_state import Standing, State, as_plain, named_sites
from services.chassis.errors import StartupError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def standing(
    *, sessions: int = 0, invited: bool = False, disabled_at: datetime | None = None, reason: str | None = None
) -> Standing:
    return Standing("li", "guard", sessions, invited, disabled_at, reason, sites=["h1", "h2"])


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (standing(), State.SIGNED_OUT),
        (standing(invited=True), State.INVITED),
        (standing(sessions=2, invited=True), State.SIGNED_IN),
        (standing(sessions=1, invited=True, disabled_at=NOON, reason="stolen"), State.DISABLED),
    ],
)
def test_a_state_is_one_word_and_disabled_comes_first(one: Standing, state: State) -> None:
    assert one.state is state


def test_another_program_is_told_since_when_and_why() -> None:
    assert as_plain(standing(disabled_at=NOON, reason="stolen")) == {
        "name": "li",
        "role": "guard",
        "sites": ["h1", "h2"],
        "state": "disabled",
        "sessions": 0,
        "disabled_at": "2026-11-23T12:00:00+00:00",
        "reason": "stolen",
    }


@pytest.mark.parametrize("reason", ["", "  no  ", "x" * 501])
def test_a_reason_that_is_none_is_refused_before_anything_is_asked(reason: str) -> None:
    done = CliRunner().invoke(app, ["disable", "li", "--reason", reason])

    assert isinstance(done.exception, StartupError)
    assert str(done.exception).startswith("say why with --reason")


def test_spaces_around_a_reason_are_not_part_of_it() -> None:
    assert reason.checked_reason(" stolen ") == "stolen"


@pytest.mark.parametrize(("typed", "sites"), [("h2, h1", ["h1", "h2"]), ("h1,h1", ["h1"])])
def test_sites_are_typed_by_comma(typed: str, sites: list[str]) -> None:
    assert named_sites(typed) == sites


@pytest.mark.parametrize("typed", ["", " , ", "h 1", "h1;h2"])
def test_what_is_no_site_is_refused_before_anything_is_asked(typed: str) -> None:
    with pytest.raises(StartupError):
        named_sites(typed)


@pytest.mark.parametrize("argv", [["sites", "li"], ["sites", "li", "h1", "--every"]])
def test_sites_are_named_or_all_of_them_are_meant(argv: list[str]) -> None:
    done = CliRunner().invoke(app, argv)

    assert isinstance(done.exception, StartupError)
    assert "--every" in str(done.exception)
