"""For which alerts a rule is: ground, zone, day and hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from proto.wardwatch.v1.delivery import ChannelRequest, Medium, Occasion, Rule, Zone, applies

ZONES = {"front": Zone(site="h1", cameras=["gate", "door"])}


def occasion(at: str = "2026-12-04 23:30", *, category: str | None = "violence", camera: str = "gate") -> Occasion:
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai"))  # 2026-12-04 is a Friday
    return Occasion("h1", frozenset({camera}), category, moment)


NIGHT = Rule(days=[5], begins="22:00", ends="06:00")


@pytest.mark.parametrize(
    ("rule", "seen", "rings"),
    [
        (Rule(), occasion(), True),
        (Rule(site="h2"), occasion(), False),
        (Rule(categories=["theft"]), occasion(), False),
        (Rule(categories=["theft"]), occasion(category=None), True),
        (Rule(zones=["front"]), occasion(), True),
        (Rule(zones=["front"]), occasion(camera="yard"), False),
        (Rule(zones=["gone"]), occasion(), False),
        (NIGHT, occasion("2026-12-04 21:59"), False),
        (NIGHT, occasion("2026-12-04 22:00"), True),
        (NIGHT, occasion("2026-12-05 05:59"), True),
        (NIGHT, occasion("2026-12-05 06:00"), False),
        (NIGHT, occasion("2026-12-04 05:00"), False),
        (NIGHT, occasion("2026-12-05 22:00"), False),
        (Rule(begins="08:00", ends="18:00"), occasion("2026-12-04 18:00"), False),
    ],
)
def test_a_rule_is_for_the_alerts_that_it_names(rule: Rule, seen: Occasion, *, rings: bool) -> None:
    assert applies(rule, ZONES, seen) == rings


@pytest.mark.parametrize("medium", Medium)
def test_a_channel_s_address_is_of_its_kind(medium: Medium) -> None:
    for address in ("json://10.0.0.1/x", "file:///etc/passwd", "gopher://x/12"):
        with pytest.raises(ValidationError):
            ChannelRequest(medium=medium, address=address)


def test_hours_have_two_ends() -> None:
    with pytest.raises(ValidationError):
        Rule(begins="22:00")
