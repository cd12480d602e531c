"""`wardwatch channel` and `wardwatch rule`: addresses are typed, never shown; rules are counted, then set."""

from uuid import UUID

from cli import channel, rule, zone
from services.chassis.errors import StartupError
from tests.unit.cli.desk_server import MOMENT, Desk, without_colour

ADDRESS = "wecombot://SECRET"


def told(state: str, reason: str = "") -> dict[str, object]:
    return {
        "id": str(UUID(int=1)), "incident": None, "site": "h1", "kind": "test", "path": "chat", "account": None,
        "channel": "lan", "state": state, "reason": reason, "attempts": 1, "due_at": MOMENT, "sent_at": MOMENT,
        "shown_at": None, "opened_at": None, "answered_at": None,
    }  # fmt: skip


async def test_a_channel_s_address_is_typed_and_not_shown(desk: Desk) -> None:
    desk.script(set_channel={"name": "night", "secret": None})

    done = await desk.run("add", "night", "--medium", "wecom", "--as", "ana", typed=f"{ADDRESS}\n", app=channel.app)

    assert done.exit_code == 0, done.output
    assert desk.server.requests[0].json == {"site": None, "medium": "wecom", "address": ADDRESS, "token": ""}
    assert "SECRET" not in done.output


async def test_an_address_of_another_kind_is_refused_before_it_is_sent(desk: Desk) -> None:
    done = await desk.run("add", "night", "--medium", "ntfy", "--as", "ana", typed=f"{ADDRESS}\n", app=channel.app)

    assert isinstance(done.exception, StartupError)
    assert "SECRET" not in done.output
    assert desk.server.requests == []


async def test_a_webhook_s_secret_is_shown_once(desk: Desk) -> None:
    desk.script(set_channel={"name": "his", "secret": "whsec_abc"})

    done = await desk.run(
        "add", "his", "--medium", "webhook", "--as", "ana", typed="https://his.lan/x\n", app=channel.app
    )

    assert "it signs with whsec_abc, which is not shown again" in done.stdout


async def test_channels_are_listed_and_taken_away(desk: Desk) -> None:
    listed = {
        "name": "lan",
        "site": None,
        "medium": "ntfy",
        "host": "ntfy.lan",
        "paused": True,
        "changed_at": MOMENT,
        "changed_by": "ana",
    }
    desk.script(list_channels={"channels": [listed]}, remove_channel={})

    shown = await desk.run("list", "--as", "ana", app=channel.app)
    done = await desk.run("remove", "lan", "--as", "ana", app=channel.app)

    assert "lan ntfy ntfy.lan every site paused ana" in without_colour(shown.stdout)
    assert (done.exit_code, desk.server.names) == (0, ["list_channels", "remove_channel"])


async def test_a_channel_rests_and_is_used_again(desk: Desk) -> None:
    desk.script(pause_channel={})

    rests = await desk.run("pause", "lan", "--as", "ana", app=channel.app)
    used = await desk.run("resume", "lan", "--as", "ana", app=channel.app)

    assert ("channel lan rests" in rests.stdout, "channel lan is used again" in used.stdout) == (True, True)
    assert [each.json for each in desk.server.requests] == [{"paused": True}, {"paused": False}]


async def test_zones_are_set_listed_and_taken_away(desk: Desk) -> None:
    front = {"name": "front", "zone": {"site": "h1", "cameras": ["gate", "yard"]}}
    desk.script(set_zone={}, show_arrangements={"rules": [], "zones": [front], "shows_place": []}, remove_zone={})

    made = await desk.run("add", "front", "--site", "h1", "--cameras", "gate, yard", "--as", "ana", app=zone.app)
    shown = await desk.run("list", "--as", "ana", app=zone.app)
    gone = await desk.run("remove", "front", "--as", "ana", app=zone.app)

    assert desk.server.requests[0].json == {"site": "h1", "cameras": ["gate", "yard"]}
    assert "zone front of h1 is set: gate, yard" in made.stdout
    assert "front h1 gate, yard" in without_colour(shown.stdout)
    assert (gone.exit_code, desk.server.names) == (0, ["set_zone", "show_arrangements", "remove_zone"])


async def test_a_zone_without_cameras_is_refused_before_it_is_sent(desk: Desk) -> None:
    done = await desk.run("add", "front", "--site", "h1", "--cameras", "", "--as", "ana", app=zone.app)

    assert isinstance(done.exception, StartupError)
    assert desk.server.requests == []


async def test_a_test_says_what_became_of_it(desk: Desk) -> None:
    desk.script(test_channel={"delivery": str(UUID(int=1))}, show_delivery=[told("waiting"), told("sent")])
    good = await desk.run("test", "lan", "--as", "ana", app=channel.app)
    desk.script(show_delivery=told("failed", "http_403"))
    bad = await desk.run("test", "lan", "--as", "ana", app=channel.app)

    assert "the test was taken" in good.stdout
    assert str(bad.exception) == "the test did not arrive: failed, http_403"


async def test_a_rule_is_counted_before_it_is_set(desk: Desk) -> None:
    desk.script(preview_rule={"rung": 3, "alerts": 5}, set_rule={})

    done = await desk.run(
        "add", "night", "--channels", "lan", "--zones", "front", "--days", "6,7", "--hours", "22:00-06:00",
        "--as", "ana", app=rule.app,
    )  # fmt: skip

    assert "it would have rung 3 times in the last 24 hours, of 5 alerts" in done.stdout
    assert desk.server.names == ["preview_rule", "set_rule"]
    body = desk.server.requests[1].json
    assert (body["days"], body["begins"], body["ends"], body["zones"]) == ([6, 7], "22:00", "06:00", ["front"])


async def test_rules_are_shown_previewed_and_taken_away(desk: Desk) -> None:
    night = {"site": "h1", "channels": ["lan"], "begins": "22:00", "ends": "06:00"}
    desk.script(
        show_arrangements={
            "rules": [{"name": "night", "rule": night}],
            "zones": [{"name": "front", "zone": {"site": "h1", "cameras": ["gate"]}}],
            "shows_place": [],
        },
        preview_rule={"rung": 0, "alerts": 5},
        remove_rule={},
    )

    shown = await desk.run("list", "--as", "ana", app=rule.app)
    previewed = await desk.run("test", "--channels", "lan", "--as", "ana", app=rule.app)
    refused = await desk.run("test", "--hours", "night", "--as", "ana", app=rule.app)
    await desk.run("remove", "night", "--as", "ana", app=rule.app)

    assert "night h1; 22:00-06:00 lan in turn" in without_colour(shown.stdout)
    assert "zone front of h1: gate" in shown.stdout
    assert "rung 0 times" in previewed.stdout
    assert isinstance(refused.exception, StartupError)
    assert desk.server.names == ["show_arrangements", "preview_rule", "remove_rule"]
