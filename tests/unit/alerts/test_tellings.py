"""Who is told of drills, who has answered, and which open pages ring."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from proto.wardwatch.v1.replicas import DrillAnswer, Pages, ReplicaBeat
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.accounts.holder import Holder
from services.alerts.line.pages import PagesOfAll
from services.alerts.line.tellings import Tellings
from services.chassis.telemetry import Meters

LI = Holder(UUID(int=1), "li", Role.GUARD, datetime(2026, 11, 23, 12, tzinfo=UTC))
ELSEWHERE = replace(LI, sites=frozenset({"h2"}))
H1 = site_id("h1")
GATE = Place(H1, camera_id("gate"))
DOOR = Place(H1, camera_id("door"))
PERIOD_US = 120_000_000


@dataclass
class Told:
    """Open pages of one replica, at a time that the test says."""

    now: float = 1000.0
    meters: Meters = field(default_factory=Meters)
    woken: int = 0
    open: dict[str, ExitStack] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tellings = Tellings(self.meters, lambda: self.now, self.wake)
        self.all = PagesOfAll(self.tellings, lambda: [H1], lambda: round(self.now * 1e6))

    def wake(self) -> None:
        self.woken += 1

    def prove(self, *places: Place, drill: str = "a") -> None:
        """The drill came through, and the open pages are told of it."""
        for place in places:
            self.tellings.proven(place, drill, PERIOD_US)
        self.tellings.tell()
        for session in self.open:
            self.tell(session)

    def opens(self, session: str, holder: Holder = LI) -> None:
        """Another page of *session*, which is told of the newest."""
        self.open.setdefault(session, ExitStack()).enter_context(self.tellings.page(session, holder))
        self.tell(session, holder)

    def closes(self, session: str) -> None:
        self.open.pop(session).close()

    def tell(self, session: str, holder: Holder = LI) -> None:
        if self.tellings.newest is not None:
            self.tellings.told(self.tellings.newest, session, holder)

    def pages(self) -> tuple[int, int] | None:
        pages = self.tellings.pages(H1)
        return None if pages is None else (pages.open, pages.ringing)


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
    assert told.tellings.newest.id == "b"


def test_a_page_rings_once_it_has_answered() -> None:
    told = Told()
    told.opens("one")
    assert told.pages() is None
    told.prove(GATE)
    assert told.pages() == (1, 0)

    for _ in range(2):
        told.tellings.answer("a", "one")

    assert told.pages() == (1, 1)
    assert told.meters.value("wardwatch_drill_answers_total") == 1


def test_a_page_opened_later_is_told_of_the_last_drill_and_answers() -> None:
    told = Told()
    told.prove(GATE)
    told.now += 60
    told.opens("one")
    assert told.pages() == (1, 0)

    told.tellings.answer("a", "one")

    assert told.pages() == (1, 1)


def test_a_page_of_another_site_does_not_ring_here() -> None:
    told = Told()
    told.prove(GATE)
    told.opens("one", ELSEWHERE)
    told.tellings.answer("a", "one")

    assert told.pages() == (0, 0)


def test_who_was_told_nothing_answers_nothing() -> None:
    told = Told()
    told.prove(GATE)
    told.opens("one")

    told.tellings.answer("a", "another")
    told.tellings.answer("unknown", "one")

    assert told.meters.value("wardwatch_drill_answers_total") == 0


def test_a_page_that_does_not_answer_the_newest_in_time_rings_no_more() -> None:
    told = Told()
    told.opens("one")
    told.prove(GATE)
    told.tellings.answer("a", "one")
    told.now += 30
    told.prove(GATE, drill="b")
    assert told.pages() == (1, 1)

    told.now += 11

    assert told.pages() == (1, 0)
    told.tellings.answer("b", "one")
    assert told.pages() == (1, 1)


def test_a_page_that_is_closed_rings_for_a_moment_more_and_then_is_gone() -> None:
    told = Told()
    told.opens("one")
    told.opens("one")
    told.prove(GATE)
    told.tellings.answer("a", "one")
    told.closes("one")
    told.now += 3
    assert told.pages() == (1, 1)
    told.opens("one")
    told.now += 30
    assert told.pages() == (1, 1)

    told.closes("one")
    told.now += 5

    assert told.pages() == (0, 0)


def test_pages_of_other_replicas_are_counted_while_these_live() -> None:
    told = Told()
    told.prove(GATE)
    told.opens("one")
    told.all.heard(ReplicaBeat("other", 1, False, {}, {H1: Pages(3, 2)}))
    assert told.all.of(H1) == Pages(4, 2)

    told.now += 5

    assert told.all.of(H1) == Pages(1, 0)


def test_a_replica_that_had_no_drill_knows_of_those_that_had() -> None:
    told = Told()
    assert told.all.of(H1) is None

    told.all.heard(ReplicaBeat("other", 1, False, {}, {H1: Pages(1, 1)}))

    assert told.all.of(H1) == Pages(1, 1)
    told.all.heard(ReplicaBeat("other", 2, True, {}))
    assert told.all.of(H1) is None


def test_an_answer_given_to_another_replica_counts_where_it_was_told() -> None:
    one, other = Told(), Told()
    for each in (one, other):
        each.prove(GATE)
    one.opens("page")

    other.tellings.answer("a", "page")
    said = other.all.beat("other", 1, leaving=False)
    one.all.heard(ReplicaBeat.decode(said.encode()))

    assert said.answers == (DrillAnswer("a", "page"),)
    assert one.pages() == (1, 1)
    assert other.all.beat("other", 2, leaving=False).answers == ()


def test_what_is_passed_on_has_a_bound() -> None:
    told = Told()
    for number in range(5000):
        told.tellings.answer("a", f"s{number}")

    beats = [len(told.all.beat("other", number, leaving=False).answers) for number in range(6)]

    assert beats == [256, 256, 256, 256, 0, 0]
