"""A report is checked offline, by the command and by what the manual says to type for openssl."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner

from cli.incident.commands import app
from services.alerts.reports.pdf import pdf
from services.chassis.signed_reports import ReportSigner, pem
from tests.checkout import CHECKOUT
from tests.unit.alerts.test_reports import made

SIGNER: Final = ReportSigner(SigningKey(bytes(range(32))))
MANUAL: Final = (CHECKOUT / "docs" / "incident-reports.md").read_text(encoding="utf-8")
COMMANDS: Final = dict(zip(("json", "pdf"), re.findall(r"```sh\n(.*?)```", MANUAL, re.DOTALL), strict=False))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report in both forms, and the key."""
    report = made()
    (tmp_path / "report.json").write_bytes(SIGNER.json(report.model_dump_json(indent=2).encode()))
    (tmp_path / "report.pdf").write_bytes(SIGNER.pdf(pdf(report, "zh-CN")))
    (tmp_path / "hospital.pem").write_text(pem(SIGNER.public))
    return tmp_path


def spoil(file: Path) -> None:
    """Change one byte that is not white space."""
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("kind", ["json", "pdf"])
def test_openssl_verifies_a_report_as_the_manual_says(folder: Path, kind: str) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")

    def typed() -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", COMMANDS[kind]], cwd=folder, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    assert "Verified Successfully" in typed()
    spoil(folder / f"report.{kind}")
    assert "Verified Successfully" not in typed()


def test_the_command_says_whether_a_report_is_genuine_and_what_it_says(folder: Path) -> None:
    def verify(name: str, *more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["verify", str(folder / name), "--key", str(folder / "hospital.pem"), *more])
        return done.exit_code, done.output + str(done.exception or "")

    code, said = verify("report.json", "--content", str(folder / "content.json"))
    assert code == 0
    assert "is as it was signed" in said
    assert "刘明 Quint" in said
    assert "same person" in said
    assert (folder / "content.json").read_bytes() == made().model_dump_json(indent=2).encode()
    assert verify("report.pdf")[0] == 0
    for name in ("report.json", "report.pdf"):
        spoil(folder / name)
        code, said = verify(name)
        assert code != 0
        assert "is NOT genuine" in said
