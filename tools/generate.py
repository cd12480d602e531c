"""Generate the Python of the contract from its .proto file, into the tree or another folder."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCES = ("proto/wardwatch/v1/events.proto",)


def generate(into: Path) -> None:
    """Write ``*_pb2.py`` and ``*_pb2.pyi`` below *into*, at the paths they have in the tree."""
    argv = [sys.executable, "-m", "grpc_tools.protoc", f"-I{CHECKOUT}", f"--python_out={into}", f"--pyi_out={into}"]
    subprocess.run([*argv, *SOURCES], check=True, cwd=CHECKOUT)


def generated() -> list[Path]:
    """The files that :func:`generate` writes, relative to the checkout."""
    stems = [Path(source).with_suffix("") for source in SOURCES]
    return [stem.with_name(f"{stem.name}_pb2{suffix}") for stem in stems for suffix in (".py", ".pyi")]


if __name__ == "__main__":
    generate(CHECKOUT)
