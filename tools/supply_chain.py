"""What Wardwatch is made of, and which of it has a known fault: the locked packages, by their own tools."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from tools import generate

LOCK: Final = "requirements/runtime.lock"
# Not checked in: it follows from the lock.
BILL_OF_MATERIALS: Final = Path("build") / "sbom.cdx.json"
# Where pip-audit asks. A mirror has files only, or not the versions that are locked.
_ADVISORIES: Final = "https://pypi.org/pypi/{name}/{version}/json"
_SECONDS: Final = 5.0


def why_not_audited(program: Path, address: str = _ADVISORIES) -> str | None:
    """Why known faults cannot be looked up now, or None when they can."""
    if not program.exists():
        return f"{program.name} is not installed"
    try:
        with urllib.request.urlopen(_of_a_locked_package(address), timeout=_SECONDS) as reply:  # noqa: S310 - above
            known = "vulnerabilities" in json.load(reply)
    except (urllib.error.URLError, TimeoutError, OSError, ValueError):
        known = False
    return None if known else "no network"


def _of_a_locked_package(address: str) -> str:
    first = (generate.CHECKOUT / LOCK).read_text(encoding="utf-8").split(maxsplit=1)[0]
    name, _, version = first.partition("==")
    return address.format(name=name, version=version)


def audit_argv(folder: Path) -> list[str]:
    """Look every locked package up; fails when one has a known fault."""
    options = ["--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    return [str(folder / "pip-audit"), "--requirement", LOCK, *options]


def bill_argv(folder: Path) -> list[str]:
    """Write the bill of materials, in CycloneDX's form."""
    return [str(folder / "cyclonedx-py"), "requirements", LOCK, "--of", "JSON", "-o", str(BILL_OF_MATERIALS)]
