"""One variable sets the time zone in which every program of an installation reads and writes days."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local import context, plan
from local.context import Connection
from local.plan import Installation
from services.chassis.errors import StartupError

AT = Installation(
    Path("/home"), "h1", "127.0.0.1", 8470, "nats://a:1", {"detector": Path("/m"), "embedder": Path("/m")}
)


def test_the_services_that_read_and_show_days_are_told_the_zone() -> None:
    def zone_of(name: str) -> str | None:
        settings = plan.program(name, AT, {"WARDWATCH_TIME_ZONE": "America/St_Johns"}).settings
        return settings.get(f"WARDWATCH_{name.upper()}_TIME_ZONE")

    zones = {name: zone for name in plan.SERVICES if (zone := zone_of(name)) is not None}
    assert zones == dict.fromkeys(("watchlist", "alerts", "delivery"), "America/St_Johns")


def test_a_service_s_own_time_zone_variable_wins() -> None:
    environ = {"WARDWATCH_TIME_ZONE": "America/St_Johns", "WARDWATCH_ALERTS_TIME_ZONE": "Asia/Tokyo"}

    assert plan.program("alerts", AT, environ).settings["WARDWATCH_ALERTS_TIME_ZONE"] == "Asia/Tokyo"


def test_commands_know_the_zone_of_the_installation(tmp_path: Path) -> None:
    home = {"WARDWATCH_HOME": str(tmp_path)}
    assert context.load(home).time_zone == ZoneInfo("Asia/Shanghai")

    Connection("n", "a", "c", "k", "d", "p", "h1", "l", "1", "Pacific/Kiritimati").write(tmp_path)

    assert context.load(home).time_zone == ZoneInfo("Pacific/Kiritimati")
    assert context.load({**home, "WARDWATCH_TIME_ZONE": "Asia/Tokyo"}).time_zone == ZoneInfo("Asia/Tokyo")
    with pytest.raises(StartupError, match="'Moon/Base' is no time zone"):
        _ = context.load({**home, "WARDWATCH_TIME_ZONE": "Moon/Base"}).time_zone
