"""What an import is made from: folders and zips as people have them, and as nobody should."""

import zipfile
from pathlib import Path

import pytest

from cli.watchlist.findable import MOST_FILE_BYTES, Unusable
from cli.watchlist.sources import File, opened
from services.chassis.errors import StartupError


def names(source: Path, *, people: Path | None = None, per_person: int | None = None) -> list[str]:
    with opened(source, people, per_person) as found:
        return [file.name for file in found.files]


def write_files(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())
    return folder


def zipped(path: Path, **inside: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return path


def only(source: Path) -> File:
    with opened(source, None, None) as found:
        (file,) = found.files
        return file


def test_photos_of_a_folder_keep_their_names(tmp_path: Path) -> None:
    write_files(tmp_path, "2__1.jpg", "1__1.png", "1__2.HEIC")

    assert names(tmp_path) == ["1__1.png", "1__2.HEIC", "2__1.jpg"]


def test_a_persons_own_folder_names_the_photos(tmp_path: Path) -> None:
    write_files(tmp_path, "Ana/a.jpg", "Ana/b.JPG", "Ana/c.jpg", "Li/x.png")

    assert names(tmp_path) == ["Ana__1.jpg", "Ana__2.jpg", "Ana__3.jpg", "Li__1.png"]
    assert names(tmp_path, per_person=2) == ["Ana__1.jpg", "Ana__2.jpg", "Li__1.png"]


def test_people_csv_lies_beside_the_photos_or_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, "in/1.jpg", "in/people.csv", "other.csv")

    with opened(tmp_path / "in", None, None) as found:
        assert found.people == b"in/people.csv"
        assert [file.name for file in found.files] == ["1.jpg"]
    with opened(tmp_path / "in", tmp_path / "other.csv", None) as found:
        assert found.people == b"other.csv"


def test_what_systems_leave_in_folders_is_not_sent_and_what_people_do_is(tmp_path: Path) -> None:
    write_files(tmp_path, "1.jpg", ".DS_Store", "Thumbs.db", "notes.txt")

    assert names(tmp_path) == ["1.jpg", "notes.txt"]


def test_a_zip_is_read_like_a_folder(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "a.zip", **{"1__1.jpg": b"one", "Ana/b.png": b"two", "__MACOSX/._1": b"", "people.csv": b"c"}
    )

    with opened(archive, None, None) as found:
        assert {file.name: file.read() for file in found.files} == {"1__1.jpg": b"one", "Ana__1.png": b"two"}
        assert found.people == b"c"


@pytest.mark.parametrize("size", [MOST_FILE_BYTES + 1, 10 * MOST_FILE_BYTES])
def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, size: int) -> None:
    archive = zipped(tmp_path / "a.zip", **{"1.jpg": bytes(size)})

    with opened(archive, None, None) as found, pytest.raises(Unusable) as unusable:
        found.files[0].read()

    assert unusable.value.code == "too_many_bytes"


def test_a_zip_that_lies_about_a_size_is_still_bounded(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", **{"1.jpg": bytes(MOST_FILE_BYTES + 1)})
    with opened(archive, None, None) as found:
        (file,) = found.files
        inside = file.read.__closure__
        assert inside is not None
        info = next(cell.cell_contents for cell in inside if isinstance(cell.cell_contents, zipfile.ZipInfo))
        info.file_size = 10

        with pytest.raises(Unusable):
            file.read()


def test_an_encrypted_file_is_said(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", **{"1.jpg": b"one"})
    content = bytearray(archive.read_bytes())
    for header in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(header) + (6 if header == b"PK\x03\x04" else 8)] |= 1
    archive.write_bytes(content)

    with opened(archive, None, None) as found, pytest.raises(Unusable) as unusable:
        found.files[0].read()

    assert unusable.value.code == "encrypted"


def test_a_damaged_file_in_a_zip_is_said(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", **{"1.jpg": bytes(range(256)) * 40})
    content = bytearray(archive.read_bytes())
    content[60] ^= 0xFF
    archive.write_bytes(content)

    with opened(archive, None, None) as found, pytest.raises(Unusable) as unusable:
        found.files[0].read()

    assert unusable.value.code == "damaged"


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    file = only(write_files(tmp_path, "1.jpg"))
    (tmp_path / "1.jpg").unlink()

    with pytest.raises(Unusable, match="cannot be read"):
        file.read()


@pytest.mark.parametrize("source", ["nothing.zip", "text.zip", "empty"])
def test_what_is_no_source_is_one_sentence(tmp_path: Path, source: str) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "empty").mkdir()

    with pytest.raises(StartupError), opened(tmp_path / source, None, None):
        pass
