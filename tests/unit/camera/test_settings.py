"""The publisher's settings as they are shown."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://admin:s3/cret@10.0.0.5/live", "rtsp://\N{HORIZONTAL ELLIPSIS}"),
        ("rtsp://10.0.0.5/user=admin&pwd=s3cret", "rtsp://10.0.0.5"),
        ("", ""),
    ],
)
def test_settings_are_shown_without_the_password_of_the_source(source: str, shown: str) -> None:
    values = {"VIDEO_SEED_FILE": "/seed", "SITE": "h1", "CAMERA": "gate", "SOURCE": source}
    environ = {name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")}
    environ |= {f"WARDWATCH_CAMERA_{name}": text for name, text in values.items()}

    done = subprocess.run(
        [sys.executable, "-m", "services.chassis.effective", "camera"],
        env=environ, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout)["WARDWATCH_CAMERA_SOURCE"] == shown
    assert "cret" not in done.stdout + done.stderr
