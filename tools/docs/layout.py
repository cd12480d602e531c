"""Where each page of the project stands on the site, and where its links lead there."""

import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

# Pages that do not lie in docs/, and where they stand.
_PLACES: Final = {
    "README.md": "about.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "asyncapi.yaml": "asyncapi.yaml",
    "cli/README.md": "commands.md",
    "models/README.md": "models.md",
    "proto/PROTOCOL.md": "protocol.md",
    "docs/adr/README.md": "adr/index.md",
    "services/alerts/web/VENDORED.md": "vendored.md",
}
# What programs read is shown as a page, which gives the file as well.
_SHOWN: Final = {"docs/openapi.json": "api/http.md", "asyncapi.yaml": "api/subjects.md"}
# Other files of the project that a page leads to: they are given as they are.
_FILES: Final = PurePosixPath("files")
_CODE: Final = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)")
_WITHIN: Final = re.compile(r"^ {2,3}(?=\S)", re.MULTILINE)
_OUTSIDE: Final = re.compile(r"[a-z]+:")


class LeadsNowhere(Exception):
    """A page links to what is not there. The text names both."""


def pages(checkout: Path) -> list[PurePosixPath]:
    """Every page that the site shows, as a path below *checkout*."""
    found = [*(checkout / "docs").rglob("*.md"), *(checkout / "services").glob("*/README.md")]
    inside = [PurePosixPath(path.relative_to(checkout).as_posix()) for path in found]
    return sorted([*inside, *(PurePosixPath(name) for name in _PLACES if name.endswith(".md") and "docs/" not in name)])


def place(source: PurePosixPath) -> PurePosixPath:
    """Where *source*, a path below the checkout, stands below the site's folder of pages."""
    if known := _PLACES.get(str(source)):
        return PurePosixPath(known)
    if source.parts[0] == "docs":
        return source.relative_to("docs")
    if source.parts[0] == "services" and source.name == "README.md":
        return PurePosixPath("services", f"{source.parent.name}.md")
    return _FILES / source


def moved(text: str, source: PurePosixPath, is_there: Callable[[PurePosixPath], bool]) -> str:
    """The page *text* of *source* with every link as it is from its place on the site.

    *is_there* says whether a path below the checkout is a file. Raises LeadsNowhere. Code is left alone, and so is what
    leads outside or within the page.
    """

    def link(found: re.Match[str]) -> str:
        target, mark, heading = found[1].partition("#")
        if not target or _OUTSIDE.match(target):
            return found[0]
        aim = aimed(source, target)
        if not is_there(aim):
            raise LeadsNowhere(f"{source} leads to {found[1]}, which is no file of the project")
        shown = PurePosixPath(_SHOWN.get(str(aim), place(aim)))
        return f"]({_from(place(source), shown)}{mark}{heading}"

    return _outside_code(text, lambda part: _LINK.sub(link, part))


def indented(text: str) -> str:
    """The page *text* with what belongs to an item of a list as far in as MkDocs wants it: by four blanks."""
    return _outside_code(text, lambda part: _WITHIN.sub("    ", part))


def targets(text: str, source: PurePosixPath) -> list[PurePosixPath]:
    """The files below the checkout that the page *text* of *source* leads to."""
    links = [found.partition("#")[0] for found in _LINK.findall(_CODE.sub("", text))]
    return [aimed(source, target) for target in links if target and not _OUTSIDE.match(target)]


def aimed(source: PurePosixPath, target: str) -> PurePosixPath:
    """What *target* is, as the page *source* writes it, below the checkout."""
    return PurePosixPath(os.path.normpath(source.parent / target))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(text[end:])])


def _from(page: PurePosixPath, target: PurePosixPath) -> str:
    return PurePosixPath(os.path.relpath(target, page.parent)).as_posix()
