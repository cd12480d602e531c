"""Generate the Python of the contract from its .proto file, and the types of the pages from the HTTP interface."""

import subprocess
import sys
from pathlib import Path

from tools import api_types

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCES = ("proto/wardwatch/v1/events.proto",)


def generate(into: Path) -> None:
    """Write what is generated below *into*, at the paths it has in the tree."""
    argv = [sys.executable, "-m", "grpc_tools.protoc", f"-I{CHECKOUT}", f"--python_out={into}", f"--pyi_out={into}"]
    subprocess.run([*argv, *SOURCES], check=True, cwd=CHECKOUT)
    api_types.generate(into)


def generated() -> list[Path]:
    """The files that :func:`generate` writes, relative to the checkout."""
    stems = [Path(source).with_suffix("") for source in SOURCES]
    python = [stem.with_name(f"{stem.name}_pb2{suffix}") for stem in stems for suffix in (".py", ".pyi")]
    return [*python, api_types.OUTPUT]


if __name__ == "__main__":
    generate(CHECKOUT)
