"""`make check`: everything that a machine can say about the code, all of it even when the first part fails."""

import filecmp
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools import generate, node, supply_chain

CHECKOUT = generate.CHECKOUT
BIN = Path(sys.executable).parent
TYPED = ("access", "benchmarks", "cli", "deploy", "local", "models", "proto", "services", "tests", "tools")
AT_ONCE = 2


def main() -> int:
    """Run all checks, two at once, the longest first; returns 1 when any failed."""
    parts = {
        "types": [str(BIN / "mypy"), "--strict", *TYPED],
        "format": [str(BIN / "ruff"), "format", "--check", "."],
        "lint": [str(BIN / "ruff"), "check", "."],
        "import contracts": [str(BIN / "lint-imports")],
        "contract style": [str(BIN / "buf"), "lint", "proto"],
        "web tests": node.tests_argv(),
        "documentation": [sys.executable, "-m", "tools.docs"],
        "interface": [str(BIN / "openapi-spec-validator"), "docs/openapi.json"],
    }
    checks: dict[str, Callable[[], bool]] = {
        **{name: partial(passes, name, argv) for name, argv in parts.items()},
        "web types": web_types_pass,
        "generated code": same_as_generated,
        "known faults": is_without_known_faults,
        "bill of materials": has_bill_of_materials,
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        passed = pool.map(_call, checks.values())
        failed = [name for name, good in zip(checks, passed, strict=True) if not good]
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def _call(check: Callable[[], bool]) -> bool:
    return check()


def passes(name: str, argv: list[str]) -> bool:
    """Run one check and say how long it took; its output is shown when it fails."""
    began = time.perf_counter()
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    good = done.returncode == 0
    said = f"  {name:<18} {'passed' if good else 'FAILED'}  {time.perf_counter() - began:5.1f} s"
    print(said if good else f"{said}\n{done.stdout}{done.stderr}", flush=True)
    return good


def web_types_pass() -> bool:
    """Whether the types of the pages' JavaScript are right; what checks them is installed first, once."""
    try:
        node.install()
    except node.NotInstalled as why:
        print(f"  {'web types':<18} FAILED, nothing was checked: {why}", flush=True)
        return False
    return passes("web types", node.types_argv())


def is_without_known_faults() -> bool:
    """Whether no locked package has a known fault, where that can be looked up."""
    if why := supply_chain.why_not_audited(BIN / "pip-audit"):
        print(f"  {'known faults':<18} skipped: {why}", flush=True)
        return True
    return passes("known faults", supply_chain.audit_argv(BIN))


def has_bill_of_materials() -> bool:
    """Whether what the image is made of could be written down."""
    if not (BIN / "cyclonedx-py").exists():
        print(f"  {'bill of materials':<18} skipped: cyclonedx-py is not installed", flush=True)
        return True
    (CHECKOUT / supply_chain.BILL_OF_MATERIALS).parent.mkdir(exist_ok=True)
    return passes("bill of materials", supply_chain.bill_argv(BIN))


def same_as_generated() -> bool:
    """Whether the checked-in code is what the .proto files and the HTTP interface generate."""
    with tempfile.TemporaryDirectory() as folder:
        generate.generate(Path(folder))
        stale = [
            str(path)
            for path in generate.generated()
            if not filecmp.cmp(Path(folder) / path, CHECKOUT / path, shallow=False)
        ]
    verdict = f"FAILED, run make proto: {', '.join(stale)}" if stale else "passed"
    print(f"  {'generated code':<18} {verdict}", flush=True)
    return not stale


if __name__ == "__main__":
    sys.exit(main())
