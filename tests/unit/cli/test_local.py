"""The pure parts of running on one machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access import database
from cli import running
from cli.demo import report
from cli.demo.events import parse
from local import context, nats_server, plan
from local.child import pause_seconds
from local.plan import Installation
from services.chassis.errors import StartupError

AT = Installation(
    Path("/home/w"),
    "h1",
    "127.0.0.1",
    8470,
    "nats://127.0.0.1:4222",
    {"detector": Path("/m/d.onnx"), "embedder": Path("/m/e.onnx")},
)
HEARD_AT = datetime(2026, 11, 23, 12, 0, 0, 400_000, UTC)


def test_an_installation_elsewhere_is_told_before_another_is_begun(tmp_path: Path) -> None:
    home, former = tmp_path / "checkout" / ".wardwatch", tmp_path / "share" / "wardwatch"
    assert running.former_home(home, former) is None
    (former / "credentials").mkdir(parents=True)
    assert running.former_home(home, former) == former
    assert running.former_home(former, former) is None
    (home / "credentials").mkdir(parents=True)
    assert running.former_home(home, former) is None


def test_server_version_is_read() -> None:
    assert nats_server.version_of("nats-server: v2.15.1\n") == (2, 15, 1)


@pytest.mark.parametrize("text", ["nats-server: v2.14.2", "nats-server: v2.9.30", "nats-server: v1.4.1"])
def test_server_that_can_lose_data_is_refused(text: str) -> None:
    with pytest.raises(StartupError, match=r"is too old: 2\.14\.3 or later is needed"):
        nats_server.version_of(text)


def test_server_without_a_version_is_refused() -> None:
    with pytest.raises(StartupError, match="does not say its version"):
        nats_server.version_of("nats-server: dev")


def test_service_gets_its_own_settings_and_the_caller_s_with_its_prefix() -> None:
    environ = {
        "WARDWATCH_DETECTOR_THREADS": "2",
        "WARDWATCH_DETECTOR_NATS_URL": "nats://other:1",
        "WARDWATCH_ALERTS_URL": "http://other",
        "WARDWATCH_EMBEDDER_THREADS": "3",
    }

    settings = plan.program("detector", AT, environ).settings

    assert settings["WARDWATCH_DETECTOR_THREADS"] == "2"
    assert settings["WARDWATCH_DETECTOR_NATS_URL"] == "nats://other:1"
    assert all(name.startswith("WARDWATCH_DETECTOR_") for name in settings if name != "GLIBC_TUNABLES")


def test_as_many_replicas_run_as_are_wished_each_matcher_by_a_name() -> None:
    environ = {"WARDWATCH_DETECTORS": "2", "WARDWATCH_MATCHERS": "3", "WARDWATCH_MATCHER_NAME": "m"}

    names = plan.replicas(plan.SERVICES, environ)
    programs = [plan.program(name, AT, environ) for name in names]

    assert names == (
        "detector", "detector-2", "embedder", "matcher", "matcher-2", "matcher-3", "watchlist", "alerts", "drill",
        "delivery",
    )  # fmt: skip
    assert [each.argv[-1].removeprefix("services.") for each in programs] == [name.partition("-")[0] for name in names]
    matchers = [each.settings["WARDWATCH_MATCHER_NAME"] for each in programs if each.name.startswith("matcher")]
    assert matchers == ["m", "m-2", "m-3"]


def test_cameras_are_read_once_one_has_a_source_and_end_first(tmp_path: Path) -> None:
    before = plan.services(tmp_path)
    (tmp_path / context.SOURCES).parent.mkdir()
    (tmp_path / context.SOURCES).touch()

    assert before == plan.SERVICES
    assert plan.services(tmp_path) == (plan.CAMERA, *plan.SERVICES)
    settings = plan.program(plan.CAMERA, replace(AT, home=tmp_path), {}).settings
    assert settings["WARDWATCH_CAMERA_SOURCES_FILE"] == str(tmp_path / "sources" / "sources.json")


@pytest.mark.parametrize("wished", ["0", "-1", "two", "65"])
def test_a_number_of_replicas_that_makes_no_sense_stops_the_start(wished: str) -> None:
    with pytest.raises(StartupError, match="WARDWATCH_EMBEDDERS"):
        plan.replicas(plan.SERVICES, {"WARDWATCH_EMBEDDERS": wished})


def test_backups_are_made_where_a_folder_is_named_and_their_age_is_told() -> None:
    environ = {plan.BACKUP_TO: "backups", "WARDWATCH_BACKUP_KEEP": "3", "WARDWATCH_HOME": "/elsewhere"}

    program = plan.backups(AT, environ)

    assert plan.backups(AT, {}) is None
    assert program is not None
    assert program.argv[1:] == ("-m", "cli", "backup", "run")
    assert program.settings == {
        "WARDWATCH_HOME": str(AT.home),
        plan.BACKUP_TO: str(Path.cwd() / "backups"),
        "WARDWATCH_BACKUP_KEEP": "3",
    }
    assert program.nice > 0
    name = "WARDWATCH_ALERTS_BACKUP_FILE"
    assert plan.program("alerts", AT, environ).settings[name] == str(AT.home / "backed-up")
    assert name not in plan.program("alerts", AT, {}).settings


def test_a_second_recogniser_has_an_embedder_while_it_is_named() -> None:
    environ = {plan.SECOND_MODEL: "/models/other.prepared.onnx", "WARDWATCH_EMBEDDERS": "2"}

    assert plan.SECOND_EMBEDDER not in plan.replicas(plan.SERVICES, {})
    names = plan.replicas(plan.SERVICES, environ)
    settings = plan.program(plan.SECOND_EMBEDDER, AT, environ).settings

    assert [name for name in names if name.startswith("embedder")] == ["embedder", "embedder-2", "embedder-second"]
    assert settings["WARDWATCH_EMBEDDER_SECOND"] == "true"
    assert settings["WARDWATCH_EMBEDDER_MODEL_PATH"] == "/models/other.prepared.onnx"
    assert "WARDWATCH_EMBEDDER_SECOND" not in plan.program("embedder-2", AT, environ).settings


@pytest.mark.parametrize("service", plan.SERVICES)
def test_no_secret_is_in_a_service_s_settings(service: str) -> None:
    settings = plan.program(service, AT, {}).settings

    assert not [text for text in settings.values() if text.startswith("SU") or ":@" in text]
    assert not any("PASSWORD" in name and not name.endswith("_FILE") for name in settings)


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8470"),
        ("0.0.0.0", "http://127.0.0.1:8470"),  # noqa: S104 - compared, not bound
        ("::1", "http://[::1]:8470"),
    ],
)
def test_page_s_address_is_one_that_a_browser_takes(listen: str, url: str) -> None:
    assert replace(AT, listen=listen).url == url


def test_page_s_address_is_not_taken_for_a_setting_of_alerts() -> None:
    settings = plan.program("alerts", AT, {"WARDWATCH_ALERTS_URL": "http://other"}).settings

    assert "WARDWATCH_ALERTS_URL" not in settings


def test_service_sees_no_variable_of_another_service() -> None:
    seen = plan.environment({"WARDWATCH_X_A": "1"}, {"PATH": "/bin", "WARDWATCH_Y_B": "2", "WARDWATCH_HOME": "/h"})

    assert seen == {"PATH": "/bin", "PYTHONUNBUFFERED": "1", "WARDWATCH_X_A": "1"}


def test_pause_doubles_up_to_half_a_minute() -> None:
    assert [pause_seconds(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert pause_seconds(100) == 5


def test_password_is_put_into_an_address_and_never_shown() -> None:
    url = database.with_password("postgresql://wardwatch_owner@/wardwatch?host=/run/s", "p@ss/word")

    assert url == "postgresql://wardwatch_owner:p%40ss%2Fword@/wardwatch?host=/run/s"
    assert database.where(url) == "/run/s/wardwatch"
    assert database.where("postgresql://u:secret@db:5432/wardwatch") == "db:5432/wardwatch"


def test_address_is_changed_to_another_role() -> None:
    assert database.with_role("postgresql://postgres:x@db:5432/postgres", "wardwatch_owner") == (
        "postgresql://wardwatch_owner@db:5432/wardwatch"
    )


def test_alert_s_way_is_a_row_for_each_stage() -> None:
    data = """{"kind": "raised", "incident": "i", "site": "h1", "camera": "gate", "status": "new",
        "stages": {"captured_at": "2026-11-23T12:00:00Z", "received_ms": 5, "detected_ms": 25.5, "embedded_ms": null,
        "matched_ms": 60, "recorded_ms": 80}}"""

    rows = report.rows(parse(data, HEARD_AT))

    assert [(round(took, 1), round(since, 1)) for _, took, since in rows] == [
        (5, 5),
        (20.5, 25.5),
        (34.5, 60),
        (20, 80),
        (320, 400),
    ]


def test_alert_without_stages_has_no_rows() -> None:
    alert = parse('{"kind": "updated", "incident": "i", "site": "h1", "camera": "c", "stages": null}', HEARD_AT)

    assert report.rows(alert) == []
    assert alert.captured_at is None
    assert HEARD_AT - alert.received_at == timedelta()
