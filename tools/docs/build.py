"""Building the site: the pages are laid out in a folder of their own, and MkDocs makes HTML of them, strictly."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

import yaml

from tools import node
from tools.docs import asyncapi, layout, openapi

CHECKOUT: Final = Path(__file__).resolve().parents[2]
# Not checked in: it follows from the pages.
SITE: Final = CHECKOUT / "build" / "docs"
_HERE: Final = Path(__file__).parent
CONFIGURATION: Final = _HERE / "mkdocs.yml"
_DECISIONS: Final = "          - DECISIONS\n"
_PROTO: Final = PurePosixPath("proto/wardwatch/v1/events.proto")
_MERMAID: Final = "```mermaid"
# Here, and not from where the theme would fetch it.
_DRAWS: Final = "assets/mermaid.js"


class NotBuilt(Exception):
    """The text says what is wrong, for who wrote the pages."""


def build(site: Path, checkout: Path = CHECKOUT) -> None:
    """Make the pages of *checkout* the site *site*, in place of what is there. Raises NotBuilt."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        try:
            node.install()
            lay_out(checkout, work / "pages")
        except (node.NotInstalled, layout.LeadsNowhere) as error:
            raise NotBuilt(str(error)) from error
        decisions = sorted(path.name for path in (checkout / "docs" / "adr").glob("0*.md"))
        lines = "".join(f"          - adr/{name}\n" for name in decisions)
        text = CONFIGURATION.read_text(encoding="utf-8").replace(_DECISIONS, lines)
        (work / "mkdocs.yml").write_text(text, encoding="utf-8")
        make_html(work)
        shutil.rmtree(site, ignore_errors=True)
        site.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(work / "site", site)


def make_html(work: Path) -> None:
    """Have MkDocs make ``site`` of ``pages`` by ``mkdocs.yml``, all in *work*. Raises NotBuilt, at a warning too."""
    argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", "mkdocs.yml"]
    # Not quiet: then it would count no warning. Its authors announce each time what comes after it (docs/adr/0107).
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(argv, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotBuilt((done.stdout + done.stderr).strip())


def lay_out(checkout: Path, into: Path) -> None:
    """Write all pages, and every file that they show or lead to, below *into*. Raises LeadsNowhere."""
    files = {PurePosixPath("docs/openapi.json"), PurePosixPath("asyncapi.yaml"), _PROTO}
    for source in layout.pages(checkout):
        text = (checkout / source).read_text(encoding="utf-8")
        files |= {aim for aim in layout.targets(text, source) if aim.suffix != ".md"}
        page = layout.indented(layout.moved(text, source, lambda aim: (checkout / aim).is_file()))
        _write(into / layout.place(source), _drawing(page, layout.place(source)))
    for file in files:
        if (checkout / file).is_file():
            _copy(checkout / file, into / layout.place(file))
    _write_interfaces(checkout, into)
    shutil.copytree(_HERE / "theme" / "assets", into / "assets", dirs_exist_ok=True)
    _copy(checkout / "services" / "alerts" / "web" / "icon.svg", into / "assets" / "icon.svg")
    _copy(node.FOLDER / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js", into / _DRAWS)


def _write_interfaces(checkout: Path, into: Path) -> None:
    http = json.loads((checkout / "docs" / "openapi.json").read_text(encoding="utf-8"))
    subjects = yaml.safe_load((checkout / "asyncapi.yaml").read_text(encoding="utf-8"))
    _write(into / "api" / "http.md", openapi.operations_page(http))
    _write(into / "api" / "types.md", openapi.types_page(http))
    _write(into / "api" / "subjects.md", asyncapi.page(subjects))


def _drawing(page: str, place: PurePosixPath) -> str:
    """The *page* with what draws its diagrams, if it has any."""
    if _MERMAID not in page:
        return page
    return f'{page}\n<script src="{os.path.relpath(_DRAWS, place.parent)}"></script>\n'


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, to)
