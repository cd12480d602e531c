"""What sets the environment up: it recovers from half an environment and says what is missing."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap

CHECKOUT = Path(__file__).resolve().parents[3]


def test_environment_without_pip_is_not_usable(tmp_path: Path) -> None:
    # As Debian leaves it without python3-venv.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)

    assert not bootstrap.usable(tmp_path / "venv")
    assert not bootstrap.usable(tmp_path / "nothing")


@pytest.mark.timeout(60)
def test_half_an_environment_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "an interpreter that an upgrade removed")

    bootstrap.make_venv(venv)

    assert bootstrap.usable(venv)


def test_link_to_nowhere_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / "venv"
    venv.symlink_to(tmp_path / "gone")
    run = bootstrap.run
    # pip, which takes most of the time, is looked at above.
    monkeypatch.setattr(bootstrap, "run", lambda argv, failed: run([*argv, "--without-pip"], failed))

    bootstrap.make_venv(venv)

    assert not venv.is_symlink()
    assert (venv / "bin" / "python").exists()


def test_failure_with_many_words_ends_in_one_sentence() -> None:
    # More than a pipe holds, as the log of a failed compilation is.
    program = "import sys; sys.stderr.write('many words\\n' * 50_000); sys.exit('ERROR: the last one')"

    with pytest.raises(bootstrap.CannotGoOn, match="it failed: the last one"):
        bootstrap.run([sys.executable, "-c", program], "it failed")


def test_missing_headers_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(bootstrap.CannotGoOn, match="apt-get install python3-dev"):
        bootstrap.check_headers(tmp_path)

    (tmp_path / "Python.h").touch()
    bootstrap.check_headers(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Collecting numpy==2.3.5 (from -r /r/runtime.lock (line 1))\n", "fetching numpy==2.3.5"),
        ("Processing /wheels/numpy-2.3.5-cp311.whl (from -r lock)\n", "fetching numpy-2.3.5-cp311.whl"),
        ("  Building wheel for hnswlib (pyproject.toml): started\n", "building hnswlib"),
        ("  Building wheel for hnswlib (pyproject.toml): finished with status 'done'\n", ""),
        ("Building wheels for collected packages: hnswlib\n", ""),
        ("Installing collected packages: a, b, c\n", "installing 3 packages"),
        ("Successfully installed a-1 b-2 c-3\n", ""),
    ],
)
def test_progress_is_told_in_plain_words(line: str, words: str) -> None:
    assert bootstrap.progress(line) == words


def test_command_runs_from_any_folder_and_a_checkout_with_a_space(tmp_path: Path) -> None:
    odd = tmp_path / "it's a folder"
    odd.mkdir()
    (odd / "checkout").symlink_to(CHECKOUT)
    (odd / "venv").symlink_to(sys.prefix)
    command = odd / "wardwatch"
    command.write_text(bootstrap.command(odd / "venv" / "bin" / "python", odd / "checkout"))
    command.chmod(0o755)
    # A folder of the caller's that bears the name of ours.
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "__init__.py").touch()
    (tmp_path / "seed.nk").touch()

    done = subprocess.run(
        [command, "camera", "publish", "no-such.jpg", "--site", "h1", "--camera", "gate", "--seed-file", "seed.nk"],
        cwd=tmp_path,
        env={**os.environ, "WARDWATCH_HOME": str(tmp_path), "WARDWATCH_NATS_URL": "nats://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )

    # The service started: what it says is about the source, not about its own modules.
    assert done.returncode == 1
    assert "there is no file or folder 'no-such.jpg'" in done.stderr


def test_an_installation_that_is_stopped_says_so_without_a_traceback(tmp_path: Path) -> None:
    tools, lock = tmp_path / "tools" / "bootstrap.py", tmp_path / "requirements" / "runtime.lock"
    for path in (tools, lock):
        path.parent.mkdir()
    shutil.copy(bootstrap.__file__, tools)
    lock.touch()
    with subprocess.Popen(
        # env: a shell that runs the tests in the background makes its children deaf to Ctrl-C.
        ["/usr/bin/env", "--default-signal=INT", sys.executable, str(tools), "runtime"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as making:
        assert making.stdout is not None
        assert any("virtual environment" in line for line in making.stdout)

        # As a terminal does: every process of the group gets it.
        os.killpg(making.pid, signal.SIGINT)

        _, output = making.communicate()
    assert (making.returncode, output.strip()) == (130, "stopped; the next start goes on")


def test_what_is_there_for_development_is_enough_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    bootstrap.write_command()
    assert not bootstrap.is_made("runtime")

    bootstrap.stamp("dev").write_text(bootstrap.wanted("dev"), encoding="ascii")

    assert bootstrap.is_made("runtime")
    bootstrap.stamp("dev").write_text("of an earlier lock", encoding="ascii")
    assert not bootstrap.is_made("runtime")


def test_a_command_of_an_earlier_version_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / "bin" / "wardwatch").write_text("an earlier one")
    bootstrap.stamp("dev").write_text(bootstrap.wanted("dev"), encoding="ascii")

    bootstrap.make("runtime")

    written = tmp_path / "bin" / "wardwatch"
    assert written.read_text() == bootstrap.command(tmp_path / "bin" / "python", bootstrap.CHECKOUT)
    assert os.access(written, os.X_OK)
