"""Text for a cell of a sheet: one line, and what office programs would work out as a formula stays text."""

import re
from typing import Final

from services.chassis.visible import visible

# A cell begins at the start, and in a program that splits lines at another sign than the comma also behind that one,
# where it takes quotes for its own.
# The wide forms are worked out as well, where people write Chinese or Japanese.
_FORMULA: Final = re.compile(r"((?:^|;|\\[tnr])[\s\"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def plain(text: str) -> str:
    """*text* on one line, with a mark before whatever begins like a formula, as an office program shows it."""
    return _FORMULA.sub(r"\1'", visible(text))
