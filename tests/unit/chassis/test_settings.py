"""Settings: what is set is read, what is misspelt is named, secrets are never repeated."""

from pathlib import Path

import pytest
from pydantic import Field

from services.chassis.errors import StartupError
from services.chassis.settings import ServiceSettings, read_secret

PREFIX = "WARDWATCH_TEST_"


class Settings(ServiceSettings):
    model_path: Path
    min_score: float = Field(0.6, ge=0, le=1)


def test_only_variables_with_the_prefix_are_read() -> None:
    settings = Settings.from_env(
        {PREFIX + "MODEL_PATH": "/m", PREFIX + "MIN_SCORE": "0.7", "WARDWATCH_OTHER_X": "1"}, prefix=PREFIX
    )

    assert settings.model_path == Path("/m")
    assert settings.min_score == 0.7
    assert settings.http_port == 0


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(StartupError, match="WARDWATCH_TEST_MIN_SCOER; did you mean WARDWATCH_TEST_MIN_SCORE"):
        Settings.from_env({PREFIX + "MODEL_PATH": "/m", PREFIX + "MIN_SCOER": "0.7"}, prefix=PREFIX)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param({}, "WARDWATCH_TEST_MODEL_PATH: Field required", id="missing"),
        pytest.param({PREFIX + "MODEL_PATH": "/m", PREFIX + "MIN_SCORE": "2"}, "WARDWATCH_TEST_MIN_SCORE", id="range"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name(environ: dict[str, str], message: str) -> None:
    with pytest.raises(StartupError, match=message):
        Settings.from_env(environ, prefix=PREFIX)


def test_a_wrong_value_is_not_repeated_because_it_may_be_a_secret() -> None:
    with pytest.raises(StartupError) as caught:
        Settings.from_env({PREFIX + "MODEL_PATH": "/m", PREFIX + "MIN_SCORE": "hunter2"}, prefix=PREFIX)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://broker:4222", "nats://broker:4222"),
        ("nats://user:pass@broker:4222", "nats://user:***@broker:4222"),
        ("postgresql://role:a/b@c:d@/wardwatch?host=/run/s", "postgresql://role:***@/wardwatch?host=/run/s"),
        ("postgresql://role@/w?password=pass&host=/s", "postgresql://role@/w?password=***&host=/s"),
        ("nats://t0ken@broker:4222", "nats://***@broker:4222"),
    ],
)
def test_settings_are_shown_with_their_defaults_and_without_passwords(url: str, shown: str) -> None:
    settings = Settings.from_env({PREFIX + "MODEL_PATH": "/m", PREFIX + "NATS_URL": url}, prefix=PREFIX)

    assert settings.shown(prefix=PREFIX) == {
        PREFIX + "NATS_URL": shown,
        PREFIX + "HTTP_HOST": "127.0.0.1",
        PREFIX + "HTTP_PORT": 0,
        PREFIX + "LOG_LEVEL": "info",
        PREFIX + "MODEL_PATH": "/m",
        PREFIX + "MIN_SCORE": 0.6,
    }


def test_a_secret_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")

    assert read_secret(tmp_path / "password") == "s3cret"
    assert read_secret(None) is None


def test_a_missing_secret_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be read"):
        read_secret(tmp_path / "absent")
