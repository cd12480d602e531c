"""The ways a process or a message can fail, as the rest of the chassis tells them apart."""

from collections.abc import Iterator
from contextlib import contextmanager

from proto.wardwatch.v1.refusals import RefusalText


class StartupError(Exception):
    """The process cannot start; its text is the one line an operator reads before exit code 1."""


class Poison(Exception):
    """This message can never succeed, so it must not be retried."""


class NotStored(Exception):
    """An owed message was not acknowledged by a stream; it may be tried again."""


class Overtaken(NotStored):
    """Another message of the subject came first, so this one was not stored."""


class Refusal(Exception):
    """A request is refused; the text tells the caller why and what to do. ``code`` follows HTTP's numbers.

    ``words`` are that text with its own code and parameters, for those who say it in another language.
    """

    def __init__(self, code: int, text: str | RefusalText) -> None:
        super().__init__(str(text))
        self.code = code
        self.words = text if isinstance(text, RefusalText) else RefusalText(text)


class NoAnswer(Exception):
    """No reply within the time; ``nobody_listens`` when the broker reports that nobody listens."""

    def __init__(self, text: str, *, nobody_listens: bool = False) -> None:
        super().__init__(text)
        self.nobody_listens = nobody_listens


class BusClosed(Exception):
    """The connection to the broker ended for good, for example because the credential was withdrawn."""


class TaskEnded(Exception):
    """A task of this process ended while it was needed, so the process cannot go on."""


@contextmanager
def first_of_many() -> Iterator[None]:
    """Around a task group: raise the first of the errors that it joined by itself, as if its task had been called.

    Who awaits work done side by side catches the same errors as who awaits it done in turn.
    """
    try:
        yield
    except ExceptionGroup as group:
        raise _first(group) from None


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def tail(text: str, lines: int = 5) -> str:
    """The last *lines* of a log, on one line, for an error message."""
    return " | ".join(line.strip() for line in text.splitlines()[-lines:] if line.strip())
