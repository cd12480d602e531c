"""What ``.ci/run`` says of tests that fail once, twice, or never got to run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]

STEADY = "def test_steady(): pass\n"
FAULTY = "def test_faulty(): assert False\n"
UNSTEADY = """
from pathlib import Path
def test_unsteady():
    marker = Path(__file__).with_name("ran-before")
    ran_before = marker.exists()
    marker.touch()
    assert ran_before
"""


def suite(folder: Path, tests: str, *options: str) -> tuple[int, str]:
    """Run the suite that consists of *tests*; returns the exit code and the output."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
    (folder / "test_it.py").write_text(tests, encoding="ascii")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "tools.suite", *options],
        cwd=folder,
        # To load every plugin that is installed takes longer than all the rest.
        env={**environment, "PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_green_suite_passes(tmp_path: Path) -> None:
    code, output = suite(tmp_path, STEADY, "--rerun")

    assert code == 0
    assert "once more" not in output


def test_what_passes_alone_is_named_unsteady(tmp_path: Path) -> None:
    code, output = suite(tmp_path, STEADY + UNSTEADY, "--rerun")

    assert code == 0
    assert "unsteady: test_it.py::test_unsteady\n" in output
    assert "failed twice" not in output


def test_what_fails_twice_fails_the_run(tmp_path: Path) -> None:
    code, output = suite(tmp_path, UNSTEADY + FAULTY, "--rerun")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "unsteady: test_it.py::test_unsteady\n" in output
    assert "failed twice: test_it.py::test_faulty\n" in output


def test_without_the_option_nothing_runs_again(tmp_path: Path) -> None:
    code, output = suite(tmp_path, UNSTEADY)

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "unsteady:" not in output


@pytest.mark.parametrize("tests", ["import nothing_of_that_name\n", ""], ids=["not importable", "empty"])
def test_a_suite_that_did_not_run_is_not_run_again(tmp_path: Path, tests: str) -> None:
    code, output = suite(tmp_path, tests, "--rerun")

    assert code not in (0, pytest.ExitCode.TESTS_FAILED)
    assert "once more" not in output
