"""Who is told of drills, who has answered, and what is said when nobody did."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.accounts.holder import Holder
from services.alerts.line.tellings import Tellings
from services.chassis.telemetry import Meters

LI = Holder(UUID(int=1), "li", Role.GUARD, datetime(2026, 11, 23, 12, tzinfo=UTC))
ELSEWHERE = replace(LI, sites=frozenset({"h2"}))
GATE = Place(site_id("h1"), camera_id("gate"))
DOOR = Place(site_id("h1"), camera_id("door"))
PERIOD_US = 120_000_000


@dataclass
class Told:
    """Open pages, at a time that the test says."""

    now: float = 1000.0
    meters: Meters = field(default_factory=Meters)
    woken: int = 0

    def __post_init__(self) -> None:
        self.tellings = Tellings(self.meters, lambda: self.now, self.wake)

    def wake(self) -> None:
        self.woken += 1

    def prove(self, *places: Place, drill: str = "a") -> None:
        for place in places:
            self.tellings.proven(place, drill, PERIOD_US)
        self.tellings.tell()

    def page(self, session: str, holder: Holder = LI) -> None:
        """A page of *session* is told of the newest."""
        assert self.tellings.newest is not None
        self.tellings.newest.told[session] = holder

    def codes(self) -> list[tuple[str, str | None]]:
        return [(each.code, each.site) for each in self.tellings.reasons(0)]


def test_a_drill_that_came_through_is_told_at_once_and_others_together() -> None:
    told = Told()
    told.prove(GATE)
    told.now += 29
    told.prove(GATE, DOOR, drill="b")
    assert told.woken == 1

    told.now += 1
    told.tellings.tell()

    assert told.woken == 2
    assert told.tellings.newest is not None
    assert (told.tellings.newest.id, told.tellings.newest.places) == ("b", frozenset({GATE, DOOR}))


def test_a_page_that_answers_is_counted_once_for_each_camera_it_sees() -> None:
    told = Told()
    told.prove(GATE, DOOR)
    told.page("one")
    told.page("two", ELSEWHERE)

    for _ in range(2):
        told.tellings.answer("a", "one", LI)

    assert told.tellings.answers(GATE) == told.tellings.answers(DOOR) == (1, 1)
    assert told.meters.value("wardwatch_drill_answers_total") == 1
    assert told.codes() == []


def test_who_was_told_nothing_answers_nothing() -> None:
    told = Told()
    told.prove(GATE)
    told.page("one")

    told.tellings.answer("a", "another", LI)
    told.tellings.answer("unknown", "one", LI)

    assert told.meters.value("wardwatch_drill_answers_total") == 0


def test_a_site_whose_pages_do_not_answer_in_time_is_named() -> None:
    told = Told()
    told.prove(GATE)
    told.page("one")
    assert told.codes() == []

    told.now += 11

    assert told.codes() == [("line_unanswered", "h1")]
    assert told.tellings.reasons(0)[0].parameters == {"pages": 1}
    told.tellings.answer("a", "one", LI)
    assert told.codes() == []


def test_a_site_that_no_open_page_sees_is_named() -> None:
    told = Told()
    told.prove(GATE)
    told.page("one", ELSEWHERE)
    told.now += 11

    assert told.codes() == [("line_without_page", "h1")]


def test_while_the_newest_may_still_be_answered_the_one_before_counts() -> None:
    told = Told()
    told.prove(GATE)
    told.page("one")
    told.tellings.answer("a", "one", LI)
    told.now += 30
    told.prove(GATE, drill="b")
    told.page("one")

    assert (told.codes(), told.tellings.answers(GATE)) == ([], (1, 1))
    told.now += 11
    assert told.codes() == [("line_unanswered", "h1")]
