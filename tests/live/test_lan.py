"""On the hospital's network the page is trusted by whoever has the machine's authority, and by nobody else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.installation import MODELS, environment

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

ALONE = ("unshare", "--net")


def may_have_a_network_of_its_own() -> bool:
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run([*ALONE, "ip", "link", "add", "a0", "type", "veth"], capture_output=True).returncode == 0


@pytest.mark.skipif(not may_have_a_network_of_its_own(), reason="no network of its own may be made here")
def test_a_phone_with_the_authority_reaches_the_address_in_the_qr_code(tmp_path: Path) -> None:
    shutil.copytree(MODELS, tmp_path / "models")

    done = subprocess.run(
        [*ALONE, sys.executable, "-m", "tests.live.lan_process", str(tmp_path)],
        cwd=CHECKOUT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "page": "https://192.168.77.1:8470/",
        "trusting": [200, True],
        "signed_in": [200, "admin"],
        "another": "ClientConnectorCertificateError",
        "authority": True,
        "plain": [307, "https://192.168.77.1:8470/"],
        "command_line": ["https://127.0.0.1:8470", "admin"],
    }
