"""What of a camera's address may be shown: its scheme and host, and nothing that could hold a password."""

import re
from typing import Final

CAMERA_SCHEMES: Final = frozenset({"rtsp", "rtsps", "http", "https"})
HIDDEN: Final = "…"

_HOST: Final = re.compile(
    r"(?:.*@)?(?P<host>(?:\[[0-9A-Fa-f:.]+(?:%[\w.%~-]+)?\]|[A-Za-z0-9._-]+)(?::\d{1,5})?)", re.DOTALL
)
# Where the host ends; some programs take a backslash for a slash.
_HOST_ENDS: Final = re.compile(r"[/?#\\]")
# A path with one of these may be a mistyped address: of user:password@host, or of user=…&password=…
_ADDRESS_MARKS: Final = frozenset("@?&=#%:;\\")
_FILE_NAME: Final = re.compile(r"[\w .-]+\.\w{1,5}")


def names_host(address: str) -> bool:
    """Whether a host stands where a program that follows the rules of URLs looks for it."""
    return _HOST.fullmatch(_authority(address)) is not None


def host_of(address: str) -> str | None:
    """``host:port`` of ``scheme://…``, or None when it is not certain where the password ends and the host begins."""
    authority = _authority(address)
    found = _HOST.fullmatch(authority)
    # An @ further on may be the real one, after a password with a slash in it.
    if found is None or "@" in address.partition("://")[2][len(authority) :]:
        return None
    return found["host"]


def _authority(address: str) -> str:
    return _HOST_ENDS.split(address.partition("://")[2], maxsplit=1)[0]


def shown(source: str) -> str:
    """*source* as people and logs may see it: an address by scheme and host, a plain path whole, else ``…``."""
    text = source.strip()
    scheme, mark, _rest = text.partition("://")
    if mark:
        known = scheme.lower() in CAMERA_SCHEMES
        return f"{scheme.lower()}://{host_of(text) or HIDDEN}" if known else HIDDEN
    usb = text.startswith("usb:") and text[4:].isdecimal()
    return text if usb or _is_plain_path(text) else HIDDEN


def may_hold_password(source: str) -> bool:
    """Whether *source* has a place where addresses carry a password: before an @, or as a parameter."""
    return shown(source) != source.strip() and bool((_ADDRESS_MARKS - {":"}) & set(source))


def _is_plain_path(text: str) -> bool:
    if _ADDRESS_MARKS & set(text) or text.startswith("//") or not text.isprintable():
        return False
    return text.startswith(("/", "./", "../")) or _FILE_NAME.fullmatch(text) is not None
