"""The remaining time is shown while photos are sent, and never while nothing proceeds."""

from cli.watchlist.progress_rate import WAITING, ProgressRate


def test_the_rate_and_the_time_left_are_of_the_last_seconds() -> None:
    progress = ProgressRate()

    shown = [progress.look(float(second), 10 * second, 1000) for second in range(30)]

    assert shown[0] == ("", "")
    assert shown[10] == ("10.0 photos/s", "0:01:30")
    assert shown[29] == ("10.0 photos/s", "0:01:11")


def test_while_nothing_proceeds_no_time_is_left_and_it_says_so() -> None:
    progress = ProgressRate()
    for second in range(10):
        progress.look(float(second), second, 100)

    shown = [progress.look(10.0 + second, 9, 100) for second in range(60)]

    # The last file came at 9 s: three seconds later nobody believes in a time any more.
    assert all(rate != WAITING for rate, _ in shown[:3])
    assert set(shown[4:]) == {(WAITING, "")}
    rate, left = progress.look(70.0, 12, 100)
    assert rate.endswith("photos/s")
    assert left != ""


def test_an_import_that_is_over_waits_for_nobody() -> None:
    progress = ProgressRate()
    progress.look(0.0, 0, 5)
    progress.look(1.0, 5, 5)

    assert progress.look(100.0, 5, 5)[0] != WAITING


def test_a_server_that_never_answers_is_waited_for_from_the_beginning() -> None:
    progress = ProgressRate()
    progress.look(0.0, 0, 5)

    assert progress.look(4.0, 0, 5) == (WAITING, "")
