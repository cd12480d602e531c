"""A time left is told while something proceeds, and never while nothing does."""

from cli.watchlist.progress_rate import WAITING, Pace


def test_the_rate_and_the_time_left_are_of_the_last_seconds() -> None:
    pace = Pace()

    told = [pace.look(float(second), 10 * second, 1000) for second in range(30)]

    assert told[0] == ("", "")
    assert told[10] == ("10.0 photos/s", "0:01:30")
    assert told[29] == ("10.0 photos/s", "0:01:11")


def test_while_nothing_proceeds_no_time_is_left_and_it_says_so() -> None:
    pace = Pace()
    for second in range(10):
        pace.look(float(second), second, 100)

    told = [pace.look(10.0 + second, 9, 100) for second in range(60)]

    # The last file came at 9 s: three seconds later nobody believes in a time any more.
    assert all(rate != WAITING for rate, _ in told[:3])
    assert set(told[4:]) == {(WAITING, "")}
    rate, left = pace.look(70.0, 12, 100)
    assert rate.endswith("photos/s")
    assert left != ""


def test_an_import_that_is_over_waits_for_nobody() -> None:
    pace = Pace()
    pace.look(0.0, 0, 5)
    pace.look(1.0, 5, 5)

    assert pace.look(100.0, 5, 5)[0] != WAITING


def test_a_server_that_never_answers_is_waited_for_from_the_beginning() -> None:
    pace = Pace()
    pace.look(0.0, 0, 5)

    assert pace.look(4.0, 0, 5) == (WAITING, "")
