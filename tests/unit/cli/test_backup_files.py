"""Files of backups: whole or not at all, read back, checked in words, let go of; and when the next one is due."""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from typer.testing import CliRunner

from cli.__main__ import main
from cli.backup import (
    checking,
    choosing,
    commands,
    container,
    files,
    key_files,
    ledger,
    schedule,
    secret_files,
    streams,
)
from cli.backup.choosing import Chosen
from cli.backup.container import Faulty, Opener
from cli.backup.content import Begin, Content, End, Frame, Piece, frames
from cli.backup.files import Part
from cli.backup.key_files import MakerKeys, OpenerKeys, Opening
from cli.backup.ledger import Ended
from proto.wardwatch.v1 import subjects
from services.chassis.errors import StartupError

NOW = datetime(2026, 11, 30, 1, 2, 3, 456_000, tzinfo=UTC)


@pytest.fixture
def opens(tmp_path: Path) -> OpenerKeys:
    return key_files.make(tmp_path / "maker.json", tmp_path / "private.json")


@pytest.fixture
def keys(tmp_path: Path, opens: OpenerKeys) -> MakerKeys:
    assert opens.maker
    return key_files.read_maker(tmp_path / "maker.json")


def write(path: Path, keys: MakerKeys, *every: Frame, part: Part = Part.RECORD, passphrase: str = "") -> Path:
    with files.writing(path, {"part": part.value, "made_at": NOW.isoformat(), "version": "1"}, keys, passphrase) as out:
        for frame in every or (Begin("table a.b", {}), Piece(b"1\n2\n"), End({"rows": 2})):
            out.add(frame)
    return path


def test_a_part_is_its_owner_s_alone_and_opens_to_its_end(tmp_path: Path, keys: MakerKeys, opens: OpenerKeys) -> None:
    path = write(tmp_path / "to" / "a.wwbackup", keys)

    whole = checking.check(path, opens.opening())

    assert (whole.part, whole.sections, whole.rows, whole.maker) == (Part.RECORD, 1, 2, keys.public)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["a.wwbackup"]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def does_not_read_back(file: BinaryIO, *_: object) -> None:
    raise OSError(errno.EIO, "what was written does not read back")


@pytest.mark.parametrize(
    ("broken", "how", "words"),
    [
        ("fsync", full, "there is no room for the backup in"),
        ("_read_back", does_not_read_back, "does not read back"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_and_the_former_one(
    tmp_path: Path,
    keys: MakerKeys,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    how: Callable[..., None],
    words: str,
) -> None:
    path = write(tmp_path / "to" / "a.wwbackup", keys)
    former = path.read_bytes()
    monkeypatch.setattr(os if broken == "fsync" else files, broken, how)

    with pytest.raises(StartupError, match=words):
        write(path, keys)

    assert [each.name for each in path.parent.iterdir()] == ["a.wwbackup"]
    assert path.read_bytes() == former


def test_what_the_disk_gives_back_otherwise_is_noticed_at_once(
    tmp_path: Path, keys: MakerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def rot(handle: int) -> None:
        fsync(handle)
        os.pwrite(handle, b"\0", os.fstat(handle).st_size - 1)

    monkeypatch.setattr(os, "fsync", rot)

    with pytest.raises(StartupError, match="does not read back"):
        write(tmp_path / "a.wwbackup", keys)


def test_reasons_are_said_in_words(tmp_path: Path, keys: MakerKeys, opens: OpenerKeys) -> None:
    path = write(tmp_path / "a.wwbackup", keys)
    other = key_files.make(tmp_path / "other.json", tmp_path / "other-private.json")
    whole = path.read_bytes()

    for opening, words in (
        (Opening(Opener(other.private), opens.maker), "the key that was given does not open it; it is for: "),
        (other.opening(), "it is signed by "),
        (Opening(Opener(passphrase="guess")), "the key that was given does not open it"),
    ):
        with pytest.raises(StartupError, match=words):
            checking.check(path, opening)
    path.write_bytes(whole[:-20])
    with pytest.raises(StartupError, match="cannot be used: it was cut off"):
        checking.check(path, opens.opening())
    with pytest.raises(StartupError, match="cannot be read: No such file"):
        checking.check(tmp_path / "none", opens.opening())


def test_a_passphrase_opens_what_it_was_given_for(tmp_path: Path, keys: MakerKeys) -> None:
    path = write(tmp_path / "a.wwbackup", keys, passphrase="correct horse")

    assert checking.check(path, Opening(Opener(passphrase="correct horse"))).rows == 2


def test_a_second_key_opens_what_is_made_from_then_on(tmp_path: Path, keys: MakerKeys, opens: OpenerKeys) -> None:
    second = key_files.make(tmp_path / "maker.json", tmp_path / "second.json")
    path = write(tmp_path / "a.wwbackup", key_files.read_maker(tmp_path / "maker.json"))

    for opening in (opens.opening(), second.opening(), key_files.read_opener(tmp_path / "second.json").opening()):
        assert checking.check(path, opening).rows == 2
    assert keys.public == second.maker


def test_a_key_is_never_written_over(tmp_path: Path, opens: OpenerKeys) -> None:
    with pytest.raises(StartupError, match="cannot be written: File exists"):
        key_files.make(tmp_path / "maker.json", tmp_path / "private.json")

    assert key_files.read_opener(tmp_path / "private.json").maker == opens.maker


def test_the_maker_s_file_opens_nothing(tmp_path: Path, opens: OpenerKeys) -> None:
    private = opens.private.private_bytes_raw()

    assert private.hex() not in (tmp_path / "maker.json").read_text()
    with pytest.raises(StartupError, match="is not a file of the kind"):
        key_files.read_opener(tmp_path / "maker.json")


def test_sets_sort_as_they_were_begun_and_only_ours_are_let_go_of(tmp_path: Path, keys: MakerKeys) -> None:
    names = [files.new_set(NOW + timedelta(milliseconds=step)) for step in range(4)]
    for name in names:
        write(files.file_of(tmp_path, name, Part.RECORD), keys)
        write(files.file_of(tmp_path, name, Part.KEYS), keys)
    (tmp_path / "notes.txt").write_text("ours")

    gone = files.let_go(tmp_path, Part.RECORD, keep=2)

    assert [path.name.partition(".")[0] for path in gone] == names[:2]
    assert [each.set_name for each in files.stored(tmp_path) if each.part is Part.RECORD] == names[2:]
    assert [each.set_name for each in files.stored(tmp_path) if each.part is Part.KEYS] == names
    assert files.stored(tmp_path)[-1].made_at == NOW + timedelta(milliseconds=3)
    assert (tmp_path / "notes.txt").exists()


def test_a_folder_gives_its_newest_files_and_a_file_goes_before_it(tmp_path: Path, keys: MakerKeys) -> None:
    old, new = (files.new_set(NOW + timedelta(hours=step)) for step in range(2))
    made = {
        (name, part): write(files.file_of(folder, name, part), keys, part=part)
        for name in (old, new)
        for folder, part in ((tmp_path, Part.RECORD), (tmp_path / "keys", Part.KEYS))
    }
    secrets = write(files.file_of(tmp_path / "secrets", old, Part.SECRETS), keys, part=Part.SECRETS)
    written = ledger.write(tmp_path, Ended(), keys)

    assert choosing.choose([tmp_path]) == Chosen(made[new, Part.RECORD], made[new, Part.KEYS], secrets, written)
    assert choosing.choose([made[old, Part.RECORD], tmp_path]).record == made[old, Part.RECORD]


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path, keys: MakerKeys, opens: OpenerKeys) -> None:
    ended = Ended(frozenset(), frozenset(), frozenset({"ana"}), frozenset({"ab" * 32}))

    path = ledger.write(tmp_path, ended, keys)

    assert ledger.read_file(path, opens.opening())[0] == ended


def test_secrets_come_back_with_their_rights_into_an_empty_place_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, mode in (("credentials/a.nk", 0o600), ("credentials/joined/b.nk", 0o400), ("tls/page.crt", 0o644)):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        path.chmod(mode)
    (home / "logs").mkdir()
    (home / "logs" / "a.log").write_text("no secret")
    found = secret_files.found(home, on_one_machine=True)

    assert secret_files.put_back(tmp_path / "new", secret_files.frames(home, found)) == 3

    back = {p.relative_to(tmp_path / "new").as_posix(): p for p in (tmp_path / "new").rglob("*") if p.is_file()}
    assert {name: path.stat().st_mode & 0o777 for name, path in back.items()} == {
        "credentials/a.nk": 0o600,
        "credentials/joined/b.nk": 0o400,
        "tls/page.crt": 0o644,
    }
    assert back["tls/page.crt"].read_text() == "tls/page.crt"
    with pytest.raises(StartupError, match="into an empty place alone"):
        secret_files.put_back(tmp_path / "new", secret_files.frames(home, found))


@pytest.mark.parametrize("name", ["file ../outside", "file /etc/passwd", "table a.b", "file "])
def test_no_secret_is_written_outside_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Faulty, match="it holds no secret"):
        secret_files.put_back(tmp_path / "new", iter([Begin(name, {}), Piece(b"x"), End({})]))


def test_frames_come_out_as_they_went_in_whatever_the_chunks_are() -> None:
    every: list[Frame] = [
        Begin("a", {"columns": ["x"]}),
        Piece(b"1" * 100_000),
        Piece(b""),
        End({"rows": 1}),
        Begin("b", {}),
        End({}),
    ]
    out: list[bytes] = []
    content = Content(out.append)
    for frame in every:
        content.add(frame)
    content.finish()
    packed = b"".join(out)

    for size in (1, 7, len(packed)):
        assert list(frames(packed[start : start + size] for start in range(0, len(packed), size))) == every
    with pytest.raises(Faulty, match="ends in between"):
        list(frames([packed[:-5]]))


def test_of_every_stream_it_is_said_whether_it_is_in_a_backup() -> None:
    assert streams.KEPT.keys() | streams.NOT_KEPT.keys() == {stream.name for stream in subjects.STREAMS}
    assert not streams.KEPT.keys() & streams.NOT_KEPT.keys()


@pytest.mark.parametrize(("age_hours", "seconds"), [(None, 0), (25, 0), (23, 3600), (0, 24 * 3600), (-2, 0)])
def test_a_backup_is_due_when_the_last_is_too_old_or_of_the_future(age_hours: float | None, seconds: float) -> None:
    newest = None if age_hours is None else NOW - timedelta(hours=age_hours)

    assert schedule.due_in(newest, NOW, timedelta(hours=24)) == seconds


def test_a_header_that_asks_for_endless_work_is_refused(tmp_path: Path, keys: MakerKeys) -> None:
    path = write(tmp_path / "a.wwbackup", keys, passphrase="correct horse")
    header = files.header_of(path)
    (greedy,) = [dict(each) for each in header.recipients if each["kind"] == "argon2id"]
    greedy["memory_kib"] = 2**31

    with pytest.raises(Faulty, match="does not open it"):
        container.file_key(
            container.Header(header.facts, header.maker, [greedy], header.raw), Opener(passphrase="correct horse")
        )


def test_the_commands_say_what_there_is_and_whether_it_is_whole(
    tmp_path: Path, keys: MakerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(files.file_of(tmp_path / "to", files.new_set(NOW), Part.RECORD), keys)

    listed = CliRunner().invoke(commands.app, ["list", "--to", str(tmp_path / "to")])
    checked = CliRunner().invoke(commands.app, ["verify", str(path), "--key", str(tmp_path / "private.json")])
    monkeypatch.setattr("sys.argv", ["wardwatch", "backup", "verify", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()

    assert listed.stdout.startswith("2026-11-30 01:02:03 UTC  record")
    assert f"{path}: whole; record of {NOW.isoformat()}, made by 1, 2 rows" in checked.stdout
    assert ended.value.code == 1
