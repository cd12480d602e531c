"""`wardwatch check` and what `wardwatch status` says of the state."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from cli import check
from cli.check import Exit, verdict
from cli.state_client import Told, states
from cli.status import state_lines
from local.context import Context
from proto.wardwatch.v1.reasons import sentence
from proto.wardwatch.v1.state import CameraView, ReasonView, ReplicaView, SiteView, StateView, Working
from services.chassis import telemetry

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def silent(camera: str = "gate-2", site: str = "h1") -> ReasonView:
    parameters: dict[str, str | int] = {"camera": camera, "seconds": 40}
    text = sentence("camera_silent", site, parameters)
    return ReasonView(code="camera_silent", working=Working.DEGRADED, site=site, parameters=parameters, text=text)


def many_silent(code: str) -> ReasonView:
    parameters: dict[str, str | int] = {"count": 2, "cameras": "gate-1, gate-2", "seconds": 40}
    text = sentence(code, "h1", parameters)
    return ReasonView(code=code, working=Working.DEGRADED, site="h1", parameters=parameters, text=text)


def camera(name: str, **known: object) -> CameraView:
    heard = {"frames_per_second": 5.0, "width_px": 640, "height_px": 480, "clock_offset_seconds": 0.0}
    facts = {"site": "h1", "camera": name, "expected": True, "silent_seconds": 1, "refused": {}, **heard, **known}
    return CameraView.model_validate(facts)


def state(working: Working = Working.YES, *reasons: ReasonView, sites: dict[str, Working] | None = None) -> StateView:
    return StateView(
        working=working,
        at=NOON,
        reasons=list(reasons),
        sites=[SiteView(site=site, working=each) for site, each in (sites or {"h1": working}).items()],
        cameras=[camera("gate-1"), camera("gate-2"), camera("old", expected=False)],
        replicas=[
            ReplicaView(stage="detector", replica="a1", silent_seconds=0.2, shares=40),
            ReplicaView(stage="detector", replica="b2", silent_seconds=0.1, shares=24),
            ReplicaView(stage="watchlist", replica="c3", silent_seconds=0.1, shares=0),
        ],
    )


FIGURES = "cameras=2;;;0 cameras_sending=2;;;0 detectors=2;;;0 embedders=0;;;0 matchers=0;;;0"


def test_all_is_well_is_one_line_with_figures() -> None:
    assert verdict([Told("alerts", state())]) == (
        Exit.OK,
        f"WARDWATCH OK - alerts work | reasons=0;;;0 {FIGURES}",
    )


def test_who_is_silent_is_named_and_counted() -> None:
    code, line = verdict([Told("alerts", state(Working.DEGRADED, silent()))])

    assert code is Exit.WARNING
    assert line.startswith("WARDWATCH WARNING - gate-2 at h1 silent for 40 s | reasons=1;;;0 cameras=2;;;0")
    assert "cameras_sending=1;;;0" in line


@pytest.mark.parametrize("code", ["cameras_silent", "none_of_cameras_sends"])
def test_many_cameras_are_one_reason_and_counted_each(code: str) -> None:
    told = [Told("alerts", state(Working.DEGRADED, many_silent(code)))]

    assert "2 cameras at h1" in state_lines(told)[1]
    assert "2 cameras at h1" in verdict(told)[1]
    assert "reasons=1;;;0 cameras=2;;;0 cameras_sending=0;;;0" in verdict(told)[1]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([Told("alerts", state(Working.NO, silent()))], Exit.CRITICAL),
        ([Told("alerts", None)], Exit.CRITICAL),
        ([], Exit.UNKNOWN),
        ([Told("alerts", state()), Told("alerts-2", None)], Exit.WARNING),
        ([Told("alerts", state()), Told("alerts-2", state(Working.NO, silent()))], Exit.CRITICAL),
    ],
)
def test_the_exit_code_is_that_of_a_plug_in(told: list[Told], code: Exit) -> None:
    assert verdict(told)[0] is code


def test_one_site_is_judged_by_what_is_of_it() -> None:
    told = [Told("alerts", state(Working.DEGRADED, silent(site="h2"), sites={"h1": Working.YES, "h2": Working.NO}))]

    assert verdict(told, "h1")[0] is Exit.OK
    assert verdict(told, "h2")[0] is Exit.CRITICAL
    assert verdict(told, "h3")[0] is Exit.UNKNOWN


def test_a_pager_gets_the_first_three_of_many_reasons() -> None:
    line = verdict([Told("alerts", state(Working.NO, *(silent(f"c{n}|") for n in range(9))))])[1]

    assert "c2/ at h1 silent for 40 s and 6 more |" in line
    assert line.count("|") == 1


def test_where_nothing_runs_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.context.load", lambda: Context(tmp_path, {}))
    with pytest.raises(typer.Exit) as ended:
        check.check()

    assert ended.value.exit_code == 3
    assert capsys.readouterr().out.startswith("WARDWATCH UNKNOWN - ")


async def test_every_alerts_service_is_asked_and_no_other() -> None:
    pages = {"/state": state().model_dump_json}
    async with telemetry.serve("127.0.0.1", 0, ready={}, meters=telemetry.Meters(), pages=pages) as port:
        url = f"http://127.0.0.1:{port}"
        told = await states({"alerts": url, "alerts-2": "http://127.0.0.1:1", "matcher": url})

    assert told == [Told("alerts", state()), Told("alerts-2", None)]


def test_status_says_who_lives_and_how_each_camera_is() -> None:
    lines = state_lines([Told("alerts", state(Working.DEGRADED, silent())), Told("alerts-2", None)])

    assert lines == [
        "alerts work: IN PART",
        "  alerts-2 does not answer",
        "  gate-2 at h1 silent for 40 s",
        "detector: a1 (40 shares), b2 (24 shares)",
        "watchlist: c3",
        "camera h1.gate-1: last picture 1 s ago, 5 a second, 640 x 480",
        "camera h1.gate-2: last picture 1 s ago, 5 a second, 640 x 480",
        "camera h1.old: last picture 1 s ago, 5 a second, 640 x 480, not expected",
    ]


def test_a_camera_that_is_not_well_shows_in_its_line() -> None:
    odd = state().model_copy(
        update={"cameras": [camera("gate", refused={"corrupt": 4}, clock_offset_seconds=-700.0, width_px=0)]}
    )

    assert state_lines([Told("alerts", odd)])[-1] == (
        "camera h1.gate: last picture 1 s ago, 5 a second, 4 refused: corrupt, clock -700.0 s"
    )


def test_json_holds_all_that_each_service_told() -> None:
    document = check._document(
        Exit.WARNING, [Told("alerts", state(Working.DEGRADED, silent())), Told("alerts-2", None)]
    )
    read = json.loads(json.dumps(document))

    assert (read["status"], read["code"]) == ("WARNING", 1)
    assert read["services"]["alerts"]["reasons"][0]["parameters"] == {"camera": "gate-2", "seconds": 40}
    assert read["services"]["alerts-2"] is None
