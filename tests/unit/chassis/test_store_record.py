"""What is said of a broker or a database by what became of the tries to store."""

from dataclasses import dataclass

from services.chassis.store_record import StoreRecord


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_nothing_is_believed_before_something_was_stored() -> None:
    assert StoreRecord("the broker", Clock()).fault() == "the broker has stored nothing yet"


def test_what_was_stored_just_now_proves_that_it_stores() -> None:
    record = StoreRecord("the broker", Clock())

    record.stored("probe.alerts")

    assert record.fault() is None


def test_a_proof_grows_old() -> None:
    clock = Clock()
    record = StoreRecord("the broker", clock)
    record.stored("probe.alerts")

    clock.seconds += 10

    assert record.fault() == "the broker has stored nothing for 10 s"


def test_a_probe_that_is_stored_excuses_no_other_kind() -> None:
    record = StoreRecord("the broker", Clock())
    record.failed("sightings.h1.gate", "no answer")

    record.stored("probe.matcher-record")

    assert record.fault() == "the broker does not store sightings: no answer"


def test_a_kind_that_is_stored_again_is_well_again() -> None:
    record = StoreRecord("the broker", Clock())
    record.failed("sightings.h1.gate", "no answer")

    record.stored("sightings.h1.other")

    assert record.fault() is None


def test_what_nobody_tries_again_does_not_count_for_ever() -> None:
    clock = Clock()
    record = StoreRecord("the broker", clock)
    record.failed("control.h1", "no answer")

    clock.seconds += 10
    record.stored("probe.alerts")

    assert record.fault() is None


def test_a_broker_started_again_is_not_held_to_what_failed_before() -> None:
    record = StoreRecord("the broker", Clock())
    record.stored("probe.alerts")
    record.failed("audit.head", "no answer")

    record.begin_anew()

    assert record.fault() is None
