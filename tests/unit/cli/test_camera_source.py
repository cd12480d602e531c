"""Where `wardwatch camera publish` takes its source from, and that no password of a camera is shown."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import camera
from cli.camera import PublisherReport
from services.chassis.errors import StartupError

SECRET = "rtsp://admin:s3cret@10.0.0.5/ch1"
CAMERA = ("--site", "h1", "--camera", "gate-2")


class Service:
    """Stands in for the camera service and remembers its settings."""

    def __init__(self) -> None:
        self.settings: Mapping[str, str] = {}

    def run(self, settings: Mapping[str, str], *, show_events: bool) -> PublisherReport:
        self.settings = settings
        return PublisherReport(detector=True)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    (tmp_path / "camera.h1.gate-2.nk").touch()
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(tmp_path))
    stand_in = Service()
    monkeypatch.setattr(camera, "_run", stand_in.run)
    return stand_in


def run(command: str, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(camera.app, [command, *words, *CAMERA], input=typed)


@pytest.mark.parametrize("command", ["publish", "test"])
def test_a_file_with_the_source_is_handed_on_unread(service: Service, tmp_path: Path, command: str) -> None:
    file = tmp_path / "gate-2.source"
    file.write_text(SECRET)

    done = run(command, "--source-file", str(file))

    assert done.exit_code == 0, done.output
    assert service.settings["SOURCE_FILE"] == str(file)
    assert "SOURCE" not in service.settings
    assert "s3cret" not in done.output


@pytest.mark.parametrize("words", [("-",), ("--source-file", "-")])
def test_the_source_is_read_from_the_standard_input_when_that_is_said(service: Service, words: tuple[str, ...]) -> None:
    done = run("publish", *words, typed=f"{SECRET}\n")

    assert done.exit_code == 0, done.output
    assert service.settings["SOURCE"] == SECRET
    assert "SOURCE_FILE" not in service.settings
    assert done.stderr == ""


@pytest.mark.parametrize(
    "address",
    [
        SECRET,
        "http://10.0.0.5/mjpeg?user=admin&password=s3cret",
        "rtsp://10.0.0.5/user=admin&password=s3cret&channel=1",
        "rtsp://10.0.0.5/live?token=s3cret",
        "RTSP://admin:s3/cret@10.0.0.5/live",
    ],
)
def test_a_password_in_the_argument_is_warned_of_once_and_not_repeated(service: Service, address: str) -> None:
    done = run("publish", address)

    assert service.settings["SOURCE"] == address
    assert done.stderr.count("--source-file") == 1
    assert "s3cret" not in done.output


def test_an_address_without_a_password_is_warned_of_in_no_way(service: Service) -> None:
    done = run("publish", "rtsp://10.0.0.5/ch1")

    assert service.settings["SOURCE"] == "rtsp://10.0.0.5/ch1"
    assert done.stderr == ""


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("words", [(), ("rtsp://10.0.0.5/ch1", "--source-file", os.devnull), ("-",)])
def test_no_source_or_two_are_one_sentence(words: tuple[str, ...]) -> None:
    done = run("publish", *words)

    assert isinstance(done.exception, StartupError)
    assert "source" in str(done.exception)


@pytest.mark.parametrize("command", ["publish", "test"])
def test_the_help_says_where_a_password_belongs(command: str) -> None:
    text = " ".join(CliRunner().invoke(camera.app, [command, "--help"], env={"COLUMNS": "400"}).stdout.split())

    assert "--source-file" in text
    assert "an address with a password belongs" in text


def test_what_a_file_holds_is_not_shown_when_it_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "camera.h1.gate-2.nk").touch()
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(tmp_path))
    (tmp_path / "gate-2.source").write_text("rtsp:/admin:s3cret@10.0.0.5/ch1\n")

    done = run("publish", "--source-file", str(tmp_path / "gate-2.source"))

    assert str(done.exception) == "there is no file or folder of that name"
    assert "s3cret" not in done.output
