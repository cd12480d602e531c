"""Processes that run tests beside each other, forked after the collection."""

from pathlib import Path

import pytest

from tests.unit.tools.test_suite import suite

SHARED = """
import os, warnings
import pytest

@pytest.fixture(scope="module")
def shared():
    yield os.getpid()
    print("taken down")

@pytest.mark.parametrize("number", range(20))
def test_together(shared, number, tmp_path):
    assert os.getpid() == shared

def test_faulty(shared):
    print("said before")
    warnings.warn("take care")
    assert False
"""
DEADLY = """
import os

def test_before(): pass

def test_deadly(): os._exit(3)

def test_behind(): pass
"""


def test_a_module_stays_together_and_a_failure_is_shown_whole(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(SHARED, encoding="ascii")

    code, output = suite(tmp_path, SHARED, "--workers", "2")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "2 failed, 40 passed, 2 warnings" in output
    for words in ("said before", "taken down", "take care", "test_other.py::test_faulty", "test_it.py::test_faulty"):
        assert words in output


def test_a_test_that_ends_its_process_fails_and_the_others_run(tmp_path: Path) -> None:
    code, output = suite(tmp_path, DEADLY, "--workers", "1")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "FAILED test_it.py::test_deadly - the process that ran it ended with 3" in output
    assert "1 failed, 2 passed" in output


def test_no_more_than_asked_for_fails(tmp_path: Path) -> None:
    faulty = "import pytest\n@pytest.mark.parametrize('number', range(50))\ndef test_faulty(number): assert False\n"

    code, output = suite(tmp_path, faulty, "--workers", "1", "--maxfail", "1")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "stopping after 1 failures" in output
    assert " 1 failed in " in output
