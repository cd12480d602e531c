"""The files of secrets: what cannot be used is one clear line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.chassis.errors import StartupError
from services.watchlist.keys.key_files import read_identity_keys, read_wrapping_keys

Read = Callable[[Path], object]


@pytest.mark.parametrize("read", [read_wrapping_keys, read_identity_keys])
def test_a_missing_file_is_named(tmp_path: Path, read: Read) -> None:
    with pytest.raises(StartupError, match=r"secret file .*/gone cannot be read: No such file"):
        read(tmp_path / "gone")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(read_wrapping_keys, "", id="empty"),
        pytest.param(read_wrapping_keys, '{"current": "k1", "keys": {"k1": "secretsecret"}}', id="no digits"),
        pytest.param(read_wrapping_keys, '{"current": "k2", "keys": {"k1": "' + "ab" * 32 + '"}}', id="no current one"),
        pytest.param(read_identity_keys, "", id="no identity"),
        pytest.param(read_identity_keys, "secretsecret" * 6, id="identity without digits"),
    ],
)
def test_a_broken_file_is_one_line_that_gives_no_secret_away(tmp_path: Path, read: Read, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text)

    with pytest.raises(StartupError, match=r"/file cannot be used: .*; put it back from its backup") as caught:
        read(file)

    assert "\n" not in str(caught.value)
    assert "secretsecret" not in str(caught.value)
    assert "ab" * 8 not in str(caught.value)
