"""Commands that are printed for a person to paste: each works as it stands, in whatever folder that person is."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Stands for the name of an account that the asker must choose: whoever asks may not approve.
ANOTHER: Final = "ANOTHER-ACCOUNT"


def command(*words: object, by: str | None = None) -> str:
    """``wardwatch`` with *words*, quoted for a shell, in the name of the account *by* where the command takes one."""
    arguments = [str(word) for word in words]
    if by is not None:
        arguments += ["--as", by]
    return f"{PROGRAM} {shlex.join(arguments)}"


def called(environ: Mapping[str, str], own: Path) -> str:
    """How this program, which lies at *own*, is called: its name where the shell finds it by that, else its path.

    ``WARDWATCH_COMMAND`` is for those who cannot call it directly, as beside a container. Whose installation another
    folder names gets that folder said with it: the terminal where a hint is pasted may know nothing of it.
    """
    if given := environ.get("WARDWATCH_COMMAND"):
        return given
    home = environ.get("WARDWATCH_HOME")
    program = _found(environ, own)
    return f"WARDWATCH_HOME={shlex.quote(str(Path(home).absolute()))} {program}" if home else program


def _found(environ: Mapping[str, str], own: Path) -> str:
    found = shutil.which("wardwatch", path=environ.get("PATH"))
    # Another installation may be the one that the shell finds.
    if not own.exists() or (found is not None and own.samefile(found)):
        return "wardwatch"
    return shlex.quote(str(own))


# Once, before anything waits for an event loop: it stays the same while a command runs.
PROGRAM: Final = called(os.environ, Path(sys.executable).with_name("wardwatch"))
