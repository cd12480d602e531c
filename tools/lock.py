"""Write requirements/runtime.lock and dev.lock from pyproject.toml: every version, every hash, no address."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
RUNTIME = ("detector", "embedder", "matcher", "watchlist", "alerts", "delivery", "camera", "cli", "local")
COMMON = (
    "--python-version", "3.11", "--universal", "--generate-hashes", "--no-annotate", "--no-header", "--quiet",
)  # fmt: skip


def main() -> int:
    """Resolve with uv in a throw-away environment, so that resolving needs nothing of the project's own."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        compile_: list[str | Path] = [Path(folder) / "bin" / "uv", "pip", "compile", "pyproject.toml", *COMMON]
        extras = [word for extra in RUNTIME for word in ("--extra", extra)]
        subprocess.run([*compile_, *extras, "-o", "requirements/runtime.lock"], cwd=CHECKOUT, check=True)
        # The second is held to the first: what is tested is what runs.
        bound = ["-c", "requirements/runtime.lock", "--all-extras"]
        subprocess.run([*compile_, *bound, "-o", "requirements/dev.lock"], cwd=CHECKOUT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
