"""Commands as the project's pages print them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.checkout import CHECKOUT

# What a line of a page begins with when it is meant for a shell.
PROGRAMS: Final = ("make", "wardwatch", "docker", "sudo", "chmod", "echo", "export", "nats", "python", "pip")
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_SHELLS: Final = ("", "sh", "bash", "shell")
_COMMENT: Final = re.compile(r"\s+# .*$")
_SPAN: Final = re.compile(r"`([^`\n]+)`")
# Behind this, or begun with one of its groups, it is our own command line, in a container or not.
_OURS: Final = re.compile(r"^(?:docker compose run --rm cli |cli |(?=(?:account|audit|camera|keys) [a-z]))")


@dataclass(frozen=True, slots=True)
class Printed:
    """A command and the page that prints it."""

    page: str
    line: str

    @property
    def here(self) -> str:
        """The same without a container."""
        return _OURS.sub("wardwatch ", self.line)


def in_blocks(page: str) -> list[Printed]:
    """Every command in a block of *page*, in order, without its comment; a line that goes on is one command."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    lines = [line for language, block in _BLOCK.findall(text) if language in _SHELLS for line in _joined(block)]
    return [Printed(page, line) for line in lines if line.split(" ")[0] in PROGRAMS]


def in_sentences(page: str) -> list[Printed]:
    """Every command in a sentence or a table of *page*, in order."""
    text = _BLOCK.sub("", (CHECKOUT / page).read_text(encoding="utf-8"))
    spans = [span.strip() for span in _SPAN.findall(text)]
    found = [Printed(page, span) for span in spans if " " in span]
    return [each for each in found if each.here.split(" ")[0] in PROGRAMS]


def pages() -> list[str]:
    """Every page of the project that people read."""
    found = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")]
    found += [
        page for folder in ("cli", "models", "proto", "services") for page in (CHECKOUT / folder).rglob("README.md")
    ]
    return sorted(str(page.relative_to(CHECKOUT)) for page in [*found, Path(CHECKOUT / "proto" / "PROTOCOL.md")])


def _joined(block: str) -> list[str]:
    """The lines of a block. A comment is behind blanks and a ``#``, so that it is none within a word."""
    whole = re.sub(r"\\\n\s*", "", "\n".join(_COMMENT.sub("", line) for line in block.splitlines()))
    return [line.strip() for line in whole.splitlines() if line.strip()]
