"""What `wardwatch camera` prints."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from access import store
from cli import camera_settings
from cli.camera import PublisherReport, app
from local import plan
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.errors import StartupError
from services.detector.mounting import Mountings


def report(*lines: dict[str, object]) -> PublisherReport:
    sent: dict[str, object] = {"event": "frames were sent", "count": 25, "seconds": 4.8, "detail": "1280x720"}
    report = PublisherReport()
    for line in (sent, *lines):
        report.take(line)
    return report


def test_trial_that_went_well_says_what_is_known() -> None:
    verdict = report({"event": "a detector answers"}).verdict()

    assert verdict == "sent 25 frames, 5.0 fps, 1280x720, received by a detector, none rejected"


def test_silence_without_a_detector_is_not_called_success() -> None:
    verdict = report({"event": "no detector answers"}).verdict()

    assert verdict.endswith("but no detector answered: whether they are taken is not known")


def test_refusals_are_counted_by_reason() -> None:
    verdict = report(
        {"event": "frames were refused", "reason": "truncated", "count": 3},
        {"event": "frames were refused", "reason": "corrupt", "count": 1},
        {"event": "a detector answers"},
    ).verdict()

    assert verdict.endswith("1280x720, refused: 1 corrupt, 3 truncated")


def test_frames_given_up_are_mentioned() -> None:
    verdict = report({"event": "frames were given up", "count": 2}, {"event": "a detector answers"}).verdict()

    assert "2 given up for fresher ones" in verdict


def test_lateness_is_mentioned() -> None:
    late: dict[str, object] = {"event": "pictures are late", "seconds": 4.2, "count": 30}

    verdict = report(late, late | {"seconds": 9.0}, {"event": "a detector answers"}).verdict()

    assert "up to 9 s late" in verdict


def test_reason_of_a_failed_start_is_kept() -> None:
    assert report({"event": "cannot start", "reason": "there is no file"}).reason == "there is no file"


def test_single_frame_has_no_rate() -> None:
    single = PublisherReport()

    single.take({"event": "frames were sent", "count": 1, "seconds": 0.0, "detail": "64x48"})

    assert single.frames_per_second() == 0.0


def test_a_camera_added_as_the_refusal_says_has_a_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(tmp_path / "credentials"))
    monkeypatch.setenv("WARDWATCH_NATS_URL", "nats://nobody.invalid")
    store.initialise(tmp_path / "credentials")
    publish = ["publish", str(tmp_path / "film.mp4"), "--site", "h1", "--camera", "gate-2"]

    refused = CliRunner().invoke(app, publish)
    advice = str(refused.exception).partition("wardwatch camera ")[2]
    added = CliRunner().invoke(app, advice.split())

    assert isinstance(refused.exception, StartupError)
    assert added.exit_code == 0
    assert (tmp_path / "credentials" / "camera.h1.gate-2.nk").is_file()


def test_trial_says_from_which_width_on_faces_are_found() -> None:
    trial = report({"event": "faces are found", "limit": 64, "detail": "1280x720"})

    assert trial.reach() == "in frames of 1280x720 faces from 64 px wide on are found, nine of ten"
    assert report().reach() == ""


def test_trial_tells_a_hint_and_does_not_call_it_a_refusal() -> None:
    lying: dict[str, object] = {"event": "frames are taken, but", "reason": "faces_lie", "detail": "turn it"}
    trial = report(lying, {"event": "a detector answers"})

    assert trial.verdict().endswith("none rejected")
    assert trial.details == {"faces_lie": "turn it"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(tmp_path / "credentials"))
    store.initialise(tmp_path / "credentials")
    return tmp_path


def run(*words: str) -> str:
    result = CliRunner().invoke(app, [words[0], "--site", "h1", "--camera", "gate-2", *words[1:]])
    if result.exception is not None:
        raise result.exception
    return result.output


def degrees(home: Path) -> int | None:
    known = camera_settings.read(home / "cameras.json").get(Place(site_id("h1"), camera_id("gate-2")))
    return None if known is None else known.rotation


def test_a_rotation_is_set_with_the_camera_changed_later_and_goes_with_it(home: Path) -> None:
    run("add", "--rotation", "90")
    first = degrees(home)
    run("add")  # a new key, the same mounting
    readded = degrees(home)
    outputs = run("rotation", "180"), run("rotation")
    changed = degrees(home)
    run("remove")

    assert (first, readded, changed, degrees(home)) == (90, 90, 180, None)
    assert outputs == ("camera.h1.gate-2 rotation 180\n",) * 2


def test_detectors_of_this_machine_read_what_the_command_writes(home: Path) -> None:
    installation = plan.Installation(home, "h1", "127.0.0.1", 1, "nats://nobody.invalid", {"detector": home / "model"})
    settings = plan.program("detector", installation, {}).settings

    run("rotation", "270")

    mountings = Mountings(Path(settings["WARDWATCH_DETECTOR_CAMERAS_FILE"]))
    assert mountings.rotation(Place(site_id("h1"), camera_id("gate-2"))) == 270


@pytest.mark.parametrize("words", [("add", "--rotation", "45"), ("rotation", "left"), ("rotation", "360")])
def test_a_rotation_that_is_none_is_refused_and_nothing_is_changed(home: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(StartupError, match="0, 90, 180 or 270"):
        run(*words)

    assert degrees(home) is None
    assert not any(user.startswith("camera.") for user in store.Credentials(home / "credentials").users())


def test_settings_that_cannot_be_read_are_not_written_over(home: Path) -> None:
    (home / "cameras.json").write_text("not JSON")

    with pytest.raises(StartupError, match="cannot be read"):
        run("rotation", "90")

    assert (home / "cameras.json").read_text() == "not JSON"
