"""What `wardwatch camera` writes for the publisher, and that it stays whole."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from access import store
from cli import camera_settings, camera_sources
from cli.camera import app
from cli.camera_list import Known
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.published import Phase, PublishedCamera
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.state import CameraView
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.errors import StartupError

SECRET = "rtsp://admin:s3cret@10.0.0.5/ch1"
GATE, YARD = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "yard"))


class Home:
    """An installation that does not run."""

    def __init__(self, folder: Path) -> None:
        self.sources = folder / "sources" / "sources.json"
        self.cameras = folder / "cameras.json"
        self.credentials = store.initialise(folder / "credentials")

    def run(self, command: str, *words: str, camera: str = "gate", typed: str = "") -> Result:
        result = CliRunner().invoke(app, [command, "--site", "h1", "--camera", camera, *words], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def seed(self, place: Place) -> str:
        return camera_sources.seed_file(self.sources, place).read_text(encoding="ascii")

    def public(self, name: str) -> str | None:
        return self.credentials.users().get(f"camera.h1.{name}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(tmp_path / "credentials"))
    return Home(tmp_path)


def test_a_camera_with_a_source_is_read_and_its_seed_is_not_shown(home: Home) -> None:
    done = home.run("add", "--source-file", "-", "--fps", "2", "--rotation", "90", typed=f"{SECRET}\n")

    assert camera_sources.read(home.sources) == {GATE: CameraSource(SECRET, fps=2.0)}
    assert done.stdout == "camera.h1.gate is read from rtsp://10.0.0.5, 2 frames a second\n"
    assert home.seed(GATE).startswith("SU")
    assert home.seed(GATE) not in done.output
    assert "s3cret" not in done.output
    assert oct(home.sources.stat().st_mode)[-3:] == "600"
    assert oct(home.sources.parent.stat().st_mode)[-3:] == "700"
    assert camera_settings.read(home.cameras) == {GATE: CameraSettings(90)}


@pytest.mark.parametrize("source", ["ftp://admin:s3cret@10.0.0.5/a", "rtsp://admin:s3/cret", "rtsp://"])
def test_a_source_that_makes_no_sense_changes_nothing(home: Home, source: str) -> None:
    with pytest.raises(StartupError, match="the camera is not added") as refused:
        home.run("add", "--source", source)

    assert "s3cret" not in str(refused.value)
    assert not home.sources.exists()
    assert home.public("gate") is None


def test_a_new_credential_goes_to_the_publisher_and_the_former_one_ends(home: Home) -> None:
    home.run("add", "--source", "usb:0")
    before = home.seed(GATE), home.public("gate")
    done = home.run("rotate")

    assert (home.seed(GATE), home.public("gate")) != before
    assert home.seed(GATE) not in done.output
    assert camera_sources.read(home.sources) == {GATE: CameraSource("usb:0")}


def test_a_new_credential_of_a_camera_that_speaks_nats_is_shown(home: Home) -> None:
    home.run("add")
    shown = json.loads(home.run("rotate", "--json").stdout)

    assert shown["seed"].startswith("SU")
    assert shown["publish"] == "frames.h1.gate"


def test_a_camera_that_nobody_knows_gets_no_new_credential(home: Home) -> None:
    with pytest.raises(StartupError, match="camera add --site h1 --camera gate"):
        home.run("rotate")


def test_what_is_revoked_keeps_its_source_and_comes_back(home: Home) -> None:
    home.run("add", "--source", "usb:0")
    home.run("revoke")
    withdrawn = home.public("gate"), camera_sources.seed_file(home.sources, GATE).exists()
    home.run("rotate")

    assert withdrawn == (None, False)
    assert home.public("gate") is not None
    assert home.seed(GATE).startswith("SU")


def test_a_camera_s_new_name_has_all_that_the_former_one_had(home: Home) -> None:
    home.run("add", "--source", "usb:0", "--rotation", "180")
    done = home.run("rename", "--to", "yard")

    assert camera_sources.read(home.sources) == {YARD: CameraSource("usb:0")}
    assert camera_settings.read(home.cameras) == {YARD: CameraSettings(180)}
    assert home.public("gate") is None
    assert home.public("yard") is not None
    assert home.seed(YARD).startswith("SU")
    assert not camera_sources.seed_file(home.sources, GATE).exists()
    assert done.stdout == "camera.h1.gate is camera.h1.yard from now on; what was seen stays under the former name\n"


def test_a_name_that_is_taken_is_not_given_again(home: Home) -> None:
    home.run("add", "--source", "usb:0")
    home.run("add", camera="yard")
    before = home.public("yard")

    with pytest.raises(StartupError, match=r"camera\.h1\.yard is there already"):
        home.run("rename", "--to", "yard")
    assert home.public("yard") == before


def test_a_camera_that_is_removed_is_read_no_more(home: Home) -> None:
    home.run("add", "--source", "usb:0")
    home.run("add", "--source", "usb:1", camera="yard")
    home.run("remove")

    assert camera_sources.read(home.sources) == {YARD: CameraSource("usb:1")}
    assert not camera_sources.seed_file(home.sources, GATE).exists()


@pytest.mark.parametrize("content", ["not JSON", '{"h1.gate": {"fps": 5}}'])
def test_a_file_that_cannot_be_read_is_not_written_over(home: Home, content: str) -> None:
    home.sources.parent.mkdir()
    home.sources.write_text(content, encoding="ascii")

    with pytest.raises(StartupError, match=r"sources\.json"):
        home.run("add", "--source", "usb:0", camera="yard")
    assert home.sources.read_text(encoding="ascii") == content


HEARD = CameraView(
    site="h1", camera="gate", expected=True, silent_seconds=1, frames_per_second=4.5, width_px=1280, height_px=720,
    refused={"too_small": 3}, clock_offset_seconds=-90.0,
)  # fmt: skip


def sending(**more: object) -> PublishedCamera:
    return PublishedCamera.model_validate({"camera": "h1.gate", "phase": Phase.SENDING, **more})


@pytest.mark.parametrize(
    ("known", "lines"),
    [
        (Known(GATE, True), ["no picture ever came"]),
        (
            Known(
                GATE, has_credential=True, source=CameraSource(SECRET), published=sending(least_face_px=48), heard=HEARD
            ),
            [
                "last picture 1 s ago, 4.5 a second, 1280 x 720, clock -90.0 s",
                "read from rtsp://10.0.0.5, 5 frames a second: it is sent",
                "refused: 3 too_small",
                "faces from 48 px wide on are found",
            ],
        ),
        (
            Known(GATE, source=CameraSource("usb:0"), published=sending(phase=Phase.WAITING, trouble="it is absent")),
            [
                "no picture ever came",
                "read from usb:0, 5 frames a second: it is absent",
                "no credential: it cannot send until it gets one",
            ],
        ),
        (
            Known(
                GATE, has_credential=True, heard=HEARD.model_copy(update={"frames_per_second": None, "expected": False})
            ),
            ["silent for 1 s; not expected", "refused: 3 too_small"],
        ),
    ],
)
def test_what_is_known_of_a_camera_is_said_in_words(known: Known, lines: list[str]) -> None:
    assert known.lines() == ["h1.gate", *(f"  {line}" for line in lines)]


def test_the_list_where_nothing_runs_is_that_of_the_files(home: Home) -> None:
    home.run("add", "--source", "usb:0")
    home.run("add", camera="yard")

    done = CliRunner().invoke(app, ["list", "--json"])
    assert done.exception is None, done
    found = json.loads(done.stdout)

    assert [(each["camera"], each["credential"], each["source"]) for each in found] == [
        ("gate", True, "usb:0"),
        ("yard", True, None),
    ]
