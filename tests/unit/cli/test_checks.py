"""What is checked before anything starts: each failure one sentence."""

import socket
from pathlib import Path

import pytest

from services.chassis.errors import StartupError
from services.cli.local import checks


def test_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartupError, match=f"port {port} on 127.0.0.1 is in use by another program"):
            checks.check_port("127.0.0.1", port)


def test_free_port_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    checks.check_port("127.0.0.1", port)


def test_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"only \d+ MB are free on the disk of"):
        checks.check_disk(tmp_path, least_bytes=2**60)


def test_second_supervisor_of_a_home_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(StartupError, match=r"already running in .*\(process \d+\)")
    with checks.only_supervisor(tmp_path), refused, checks.only_supervisor(tmp_path):
        pytest.fail("two supervisors hold one home")


def test_home_is_free_again_afterwards(tmp_path: Path) -> None:
    with checks.only_supervisor(tmp_path):
        pass

    assert checks.supervisor_of(tmp_path) is None
    with checks.only_supervisor(tmp_path):
        pass
