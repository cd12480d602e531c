"""Known faults of the locked packages, where they can be looked up."""

from pathlib import Path

from tools import supply_chain
from tools.check import CHECKOUT


def test_without_a_network_nothing_is_looked_up(tmp_path: Path) -> None:
    program = tmp_path / "pip-audit"
    program.touch()

    assert supply_chain.why_not_audited(program, "http://127.0.0.1:1/") == "no network"


def test_a_mirror_that_knows_no_faults_is_no_answer(tmp_path: Path) -> None:
    program, mirror = tmp_path / "pip-audit", tmp_path / "pip.json"
    program.touch()
    mirror.write_text("{}", encoding="utf-8")

    assert supply_chain.why_not_audited(program, mirror.as_uri()) == "no network"


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert supply_chain.why_not_audited(tmp_path / "pip-audit") == "pip-audit is not installed"


def test_what_is_looked_up_is_what_runs() -> None:
    assert (CHECKOUT / supply_chain.LOCK).exists()
    assert supply_chain.LOCK in supply_chain.audit_argv(Path("/bin"))
    assert supply_chain.LOCK in supply_chain.bill_argv(Path("/bin"))
