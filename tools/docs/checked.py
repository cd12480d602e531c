"""What is wrong with a site that was built: a link into nothing, or something that would be fetched from elsewhere."""

import html
import re
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

_LINK: Final = re.compile(r'\shref="([^"]*)"')
_ID: Final = re.compile(r'\s(?:id|name)="([^"]*)"')
# What a browser fetches by itself, of a page and of a style.
_TAG: Final = re.compile(r"<(?:link|script|img|source|iframe|video|audio|embed|object|use)\s[^>]*>")
_SOURCE: Final = re.compile(r'\s(?:href|src|srcset|data)="([^"]*)"')
_STYLE: Final = re.compile(r"""(?:url\(|@import\s+)["']?([^"')\s;]+)""")
_ELSEWHERE: Final = re.compile(r"(?:[a-z]+:)?//|[a-z]+:", re.IGNORECASE)
_INLINE: Final = ("data:", "#")


def faults(site: Path) -> list[str]:
    """A line for each fault of the site in the folder *site*, in the order of its pages."""
    found = []
    for page in sorted(site.rglob("*.html")):
        text, name = page.read_text(encoding="utf-8"), page.relative_to(site)
        found += [f"{name} fetches {each}" for each in _fetched(text)]
        found += [
            f"{name} leads to {link}" for link in sorted(set(_LINK.findall(text))) if not _leads(page, link, site)
        ]
    for style in sorted(site.rglob("*.css")):
        sources = [each for each in _STYLE.findall(style.read_text(encoding="utf-8")) if _is_elsewhere(each)]
        found += [f"{style.relative_to(site)} fetches {each}" for each in sources]
    return found


def _fetched(page: str) -> list[str]:
    sources = [each for tag in _TAG.findall(page) if 'rel="canonical"' not in tag for each in _SOURCE.findall(tag)]
    return [each for each in sources if _is_elsewhere(each)]


def _is_elsewhere(address: str) -> bool:
    return _ELSEWHERE.match(address) is not None and not address.startswith(_INLINE)


def _leads(page: Path, link: str, site: Path) -> bool:
    """Whether *link* leads somewhere; what leads outside is not asked for."""
    address = html.unescape(link)
    if _ELSEWHERE.match(address):
        return True
    path, _, heading = address.partition("#")
    target = (page.parent / unquote(path.partition("?")[0])).resolve() if path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        # The page for what is not found names addresses from the root.
        return page.name == "404.html"
    return not heading or target.suffix != ".html" or unquote(heading) in _ids(target)


@cache
def _ids(page: Path) -> frozenset[str]:
    return frozenset(html.unescape(each) for each in _ID.findall(page.read_text(encoding="utf-8")))
