"""The page's own files, read once, and the headers that keep it to itself."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from services.alerts.edge.bundle import bundles

FOLDER: Final = Path(__file__).parent.parent / "web"

_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
# Filled in before they are sent: see authority.py and notice.py.
_MADE: Final = frozenset({"install", "notice"})
# Modules that the page names; what these import is in their bundles. The worker imports nothing.
_SCRIPTS: Final = ("/app.js", "/arrival.js")
_WORKER: Final = "/sw.js"
# Other types are compressed by themselves.
_COMPRESSED: Final = frozenset({"text/html", "text/javascript", "text/css", "image/svg+xml"})
_IMPORT_MAP: Final = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent; ``compressed`` (gzip) to a browser that takes it so, empty where that gains nothing."""

    content: bytes
    content_type: str
    etag: str
    compressed: bytes = b""

    @classmethod
    def of(cls, content: bytes, content_type: str) -> "File":
        """With the tag by which a browser asks whether it changed."""
        compressed = gzip.compress(content, mtime=0) if content_type in _COMPRESSED else b""
        return cls(content, content_type, hashlib.sha256(content).hexdigest()[:32], compressed)


@dataclass(frozen=True, slots=True)
class Pages:
    """Every file by its address, and the policy that fits them."""

    files: Mapping[str, File]
    security: Mapping[str, str]


def load(folder: Path = FOLDER, more: Mapping[str, File] = MappingProxyType({})) -> Pages:
    """Read the page's files; nothing is read from disk for a request, so no address can reach another file.

    *more* are files that are made, by their addresses.
    """
    files = dict(_read(folder))
    index = files.pop("/index.html")
    files["/"] = index
    return Pages({**files, **more}, _security(index.content))


@cache
def _read(folder: Path) -> Mapping[str, File]:
    found = {
        f"/{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.parent.name not in _MADE
    }
    sources = {address: path.read_text(encoding="utf-8") for address, path in found.items() if path.suffix == ".js"}
    files = {address: _file(path) for address, path in found.items() if address not in sources or address == _WORKER}
    for first in _SCRIPTS:
        files |= {at: File.of(text.encode(), _TYPES[".js"]) for at, text in bundles(sources, first).items()}
    return files


def _file(path: Path) -> File:
    return File.of(path.read_bytes(), _TYPES[path.suffix])


def _security(index: bytes) -> Mapping[str, str]:
    found = _IMPORT_MAP.search(index)
    assert found is not None, "index.html names its modules in an import map"
    digest = base64.b64encode(hashlib.sha256(found[1]).digest()).decode()
    policy = {
        "default-src": "'none'",
        # The import map is the only inline script; its digest admits it and nothing else.
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        # Faces and files to be judged are shown from memory (blob:), which only this origin's own scripts can fill.
        "img-src": "'self' blob:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        # The page registers its service worker by name; this policy lets that one address through and nothing else.
        "trusted-types": "wardwatch-worker",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
