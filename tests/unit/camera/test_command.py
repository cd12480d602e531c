"""What `wardwatch camera` says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.chassis.errors import StartupError
from services.cli.access import store
from services.cli.camera import Heard, app


def heard(*lines: dict[str, object]) -> Heard:
    sent: dict[str, object] = {"event": "frames were sent", "count": 25, "seconds": 4.8, "detail": "1280x720"}
    made = Heard()
    for line in (sent, *lines):
        made.take(line)
    return made


def test_trial_that_went_well_says_what_is_known() -> None:
    verdict = heard({"event": "a detector answers"}).verdict()

    assert verdict == "sent 25 frames, 5.0 fps, 1280x720, received by a detector, none rejected"


def test_silence_without_a_detector_is_not_called_success() -> None:
    verdict = heard({"event": "no detector answers"}).verdict()

    assert verdict.endswith("but no detector answered: whether they are taken is not known")


def test_refusals_are_counted_by_reason() -> None:
    verdict = heard(
        {"event": "frames were refused", "reason": "truncated", "count": 3},
        {"event": "frames were refused", "reason": "corrupt", "count": 1},
        {"event": "a detector answers"},
    ).verdict()

    assert verdict.endswith("1280x720, refused: 1 corrupt, 3 truncated")


def test_frames_given_up_are_mentioned() -> None:
    verdict = heard({"event": "frames were given up", "count": 2}, {"event": "a detector answers"}).verdict()

    assert "2 given up for fresher ones" in verdict


def test_lateness_is_mentioned() -> None:
    late: dict[str, object] = {"event": "pictures are late", "seconds": 4.2, "count": 30}

    verdict = heard(late, late | {"seconds": 9.0}, {"event": "a detector answers"}).verdict()

    assert "up to 9 s late" in verdict


def test_reason_of_a_failed_start_is_kept() -> None:
    assert heard({"event": "cannot start", "reason": "there is no file"}).reason == "there is no file"


def test_single_frame_has_no_rate() -> None:
    single = Heard()

    single.take({"event": "frames were sent", "count": 1, "seconds": 0.0, "detail": "64x48"})

    assert single.frames_per_second() == 0.0


def test_a_camera_that_was_added_as_the_refusal_says_has_a_seed_to_publish_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
