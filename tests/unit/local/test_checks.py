"""What is checked before anything starts: each failure one sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import checks
from local.ports import COUNT, FIRST, free_port
from services.chassis.errors import StartupError

CHECKOUT = Path(__file__).resolve().parents[3]


def test_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(StartupError, match=f"port {port} on 127.0.0.1 is in use by another program"):
            checks.check_port("127.0.0.1", port)


def test_free_port_passes() -> None:
    checks.check_port("127.0.0.1", free_port())


def test_no_outgoing_connection_is_given_a_free_port() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])

    assert first_outgoing >= FIRST + COUNT
    assert FIRST <= free_port() < FIRST + COUNT


def test_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"only \d+ MB are free on the disk of"):
        checks.check_disk(tmp_path, least_bytes=2**60)


def test_second_supervisor_of_a_home_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(StartupError, match=r"already running in .*\(process \d+\)")
    with checks.only_supervisor(tmp_path), refused, checks.only_supervisor(tmp_path):
        pytest.fail("two supervisors hold one home")


def test_home_of_another_account_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = (
        "import os, sys; from pathlib import Path\n"
        "from services.chassis.errors import StartupError\n"
        "from local import context\n"
        "from local import checks\n"
        "home = Path(sys.argv[1])\n"
        "checks.make_home(home)\n"
        "with checks.only_supervisor(home): pass\n"
        "home.chmod(0o500); (home / context.LOCK).chmod(0o400)\n"
        "if os.geteuid() == 0: home.chmod(0); os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "def supervise():\n"
        "    with checks.only_supervisor(home): pass\n"
        "for attempt in (supervise, lambda: checks.supervisor_of(home)):\n"
        "    try: attempt()\n"
        "    except StartupError as error: print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(home)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert done.stdout.count("who started Wardwatch there first; use that account") == 2, done.stderr


def test_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StartupError, match=r"the folder .*/file/home cannot be made: Not a directory"):
        checks.make_home(tmp_path / "file" / "home")


def test_home_is_free_again_afterwards(tmp_path: Path) -> None:
    with checks.only_supervisor(tmp_path):
        pass

    assert checks.supervisor_of(tmp_path) is None
    with checks.only_supervisor(tmp_path):
        pass
