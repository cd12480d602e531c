"""An exception as it may be logged: what failed and where, and nothing of what it was about."""

import traceback
from typing import Final

# The text of an exception of these is a sentence of ours, with facts that may be logged. Those of libraries quote what
# they choked on: a header with its token, a row of a table.
_OURS: Final = ("services.", "proto.", "cli.", "local.", "access.", "models.")
_MOST_FRAMES: Final = 20
_MOST_CAUSES: Final = 4
_MOST_CHARACTERS: Final = 4000
_MOST_TEXT: Final = 300


def brief(error: BaseException) -> str:
    """The kind of *error*, with its text where that is ours, on one line."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    text = str(error)[:_MOST_TEXT] if kind.__module__.startswith(_OURS) else ""
    return f"{name}: {text}" if text else name


def described(error: BaseException) -> str:
    """*error* and what caused it, each with the places it came through; at most 4,000 characters."""
    lines: list[str] = []
    _describe(error, lines, _MOST_CAUSES)
    return "\n".join(lines)[:_MOST_CHARACTERS]


def _describe(error: BaseException, lines: list[str], causes: int) -> None:
    lines.append(brief(error))
    # Without lines of source, which would have to be read from files.
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_FRAMES:]
    lines += [f"  {frame.f_code.co_filename}:{number} in {frame.f_code.co_name}" for frame, number in frames]
    if causes == 0:
        return
    inner = list(error.exceptions[:_MOST_CAUSES]) if isinstance(error, BaseExceptionGroup) else []
    if error.__cause__ is not None:
        inner.append(error.__cause__)
    elif error.__context__ is not None and not error.__suppress_context__:
        inner.append(error.__context__)
    for each in inner:
        lines.append("because of")
        _describe(each, lines, causes - 1)
