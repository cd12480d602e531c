"""Names in folders and zips as systems write them, and files that are none: a row each, and the rest goes on."""

import os
import socket
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from cli.watchlist import names
from cli.watchlist.findable import Unusable
from cli.watchlist.sources import Source, opened
from services.chassis.errors import StartupError


def read_all(source: Source) -> dict[str, str]:
    """By the shown name of each file: the name it is sent under, or the code why it is not sent."""
    found: dict[str, str] = {}
    texts: list[str] = []
    for file in source.files:
        try:
            file.read()
        except Unusable as error:
            found[file.shown] = error.code
            texts.append(error.text)
        else:
            found[file.shown] = file.name
    assert all(0 < len(text) < 200 for text in texts)
    return found


def of(path: Path) -> dict[str, str]:
    with opened(path, None, None) as source:
        return read_all(source)


def zipped(path: Path, *raw_names: bytes, flags: int = 0, content: bytes = b"photo") -> Path:
    """A zip with names of any bytes, which no well-behaved writer would write."""
    stand_ins = [f"{n:04}".ljust(len(name), "x")[: len(name)] for n, name in enumerate(raw_names)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for stand_in in stand_ins:
            archive.writestr(stand_in, content)
    raw = path.read_bytes()
    for stand_in, name in zip(stand_ins, raw_names, strict=True):
        raw = raw.replace(stand_in.encode(), name)
    if flags:
        for header, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            raw = raw.replace(header, b"\0\0\0\0" + header)  # found again below, by the mark before it
            parts = raw.split(b"\0\0\0\0" + header)
            raw = parts[0] + b"".join(
                header + part[: place - 4] + struct.pack("<H", flags) + part[place - 2 :] for part in parts[1:]
            )
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "big5", "cp437"])
def test_names_in_a_zip_without_a_word_about_their_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    both = {"big5": ("張偉", "陳麗華"), "cp437": ("Müller", "José")}.get(encoding, ("张伟", "李娜娜"))
    archive = zipped(tmp_path / "a.zip", *(f"{name}.jpg".encode(encoding) for name in both))

    with opened(archive, None, None) as source:
        assert {file.name for file in source.files} == {f"{name}.jpg" for name in both}
        assert list(source.notes) == ([] if encoding == "utf-8" else [f"names in the zip are read as {encoding}"])


def test_the_name_in_unicode_beside_another_counts(tmp_path: Path) -> None:
    name, raw = "张伟.jpg", "张伟.jpg".encode("gb18030")
    inside = zipfile.ZipInfo("x" * len(raw))
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    inside.extra = struct.pack("<HH", 0x7075, len(field)) + field
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(inside, b"photo")
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes().replace(b"x" * len(raw), raw))

    assert of(tmp_path / "a.zip") == {name: name}


def test_backslashes_and_a_folder_around_everything_make_no_person(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", b"w\\1001.jpg", b"w\\1002.jpg", b"w\\people.csv", b"w\\sub\\")

    with opened(archive, None, None) as source:
        assert [file.name for file in source.files] == ["1001.jpg", "1002.jpg"]
        assert source.people == b"photo"


def test_a_zip_of_one_folder_is_as_many_people_as_it_has_photos(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("1001.jpg", "1002.jpg", "people.csv"):
            archive.writestr(f"watchlist/{name}", name)
        archive.writestr("__MACOSX/watchlist/._1001.jpg", b"")

    with opened(tmp_path / "a.zip", None, None) as source:
        assert [file.name for file in source.files] == ["1001.jpg", "1002.jpg"]
        assert source.people == b"people.csv"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"\xff\xfe\xfa.jpg", "\\xff\\xfe\\xfa.jpg"),
        (b"a\x1b[2Jb.jpg", "a\\x1b[2Jb.jpg"),
        (b"a\nb.jpg", "a\\nb.jpg"),
        (b"a\x7fb.jpg", "a\\x7fb.jpg"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_one_name_that_is_no_text_is_one_row(tmp_path: Path, kind: str, name: bytes, shown: str) -> None:
    if kind == "zip":
        source = zipped(tmp_path / "a.zip", name, b"0017__1.jpg")
    else:
        source = tmp_path / "in"
        source.mkdir()
        for each in (name, b"0017__1.jpg"):
            Path(os.fsdecode(os.fsencode(source) + b"/" + each)).write_bytes(b"photo")

    assert of(source) == {"0017__1.jpg": "0017__1.jpg", shown: "bad_name"}


def test_names_of_a_folder_that_was_unpacked_raw_are_read(tmp_path: Path) -> None:
    for name in ("张伟", "李娜娜"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + f"{name}.jpg".encode("gb18030"))).write_bytes(b"photo")

    assert set(of(tmp_path).values()) == {"张伟.jpg", "李娜娜.jpg"}


def test_a_name_that_is_said_to_be_utf8_and_is_not_is_one_row(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", b"\xff\xfe\xfa.jpg", b"0017__1.jpg", flags=0x800)

    assert of(archive) == {"0017__1.jpg": "0017__1.jpg", "\\xff\\xfe\\xfa.jpg": "bad_name"}


def test_a_name_that_is_empty_or_begins_with_nul_is_one_row(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", b"\0aaa.jpg", b"0017__1.jpg")

    assert sorted(of(archive).values()) == ["0017__1.jpg", "bad_name"]


@pytest.mark.parametrize("name", [b"/abs/1.jpg", b"../1.jpg", b"a/../../1.jpg", b"C:\\x\\1.jpg", b"a//1.jpg"])
def test_a_path_that_leads_out_of_a_zip_is_one_row(tmp_path: Path, name: bytes) -> None:
    archive = zipped(tmp_path / "a.zip", name, b"0017__1.jpg")

    assert sorted(of(archive).values()) == ["0017__1.jpg", "bad_name"]


def test_of_two_files_under_one_name_in_a_zip_the_second_is_a_row(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", b"0017__1.jpg", b"0018__1.jpg")
    archive.write_bytes(archive.read_bytes().replace(b"0018", b"0017"))

    with opened(archive, None, None) as source:
        assert len(source.files) == 2
        assert read_all(source) == {"0017__1.jpg": "name_twice"}


def test_an_archive_in_the_import_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "0017__1.jpg").write_bytes(b"photo")
    (tmp_path / "more.zip").write_bytes(b"PK")

    assert of(tmp_path) == {"0017__1.jpg": "0017__1.jpg", "more.zip": "inner_archive"}


def test_what_is_no_file_is_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "kept.jpg").write_bytes(b"photo")
    (folder / "0017__1.jpg").symlink_to(tmp_path / "kept.jpg")
    (folder / "broken.jpg").symlink_to(tmp_path / "nothing")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "link").symlink_to(tmp_path)
    (folder / "0018.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.jpg"))

    refused = {"broken.jpg", "loop.jpg", "link", "0018.jpg", "pipe.jpg", "socket.jpg"}
    assert of(folder) == {"0017__1.jpg": "0017__1.jpg"} | dict.fromkeys(refused, "unreadable")


def test_a_file_that_becomes_another_is_a_row(tmp_path: Path) -> None:
    photo = tmp_path / "0017__1.jpg"
    photo.write_bytes(b"photo")
    with opened(tmp_path, None, None) as source:
        photo.unlink()
        os.mkfifo(photo)
        assert read_all(source) == {"0017__1.jpg": "unreadable"}
        photo.unlink()
        photo.mkdir()
        assert read_all(source) == {"0017__1.jpg": "unreadable"}


def test_a_name_longer_than_the_desk_takes_is_a_row(tmp_path: Path) -> None:
    person = "x" * 250
    for name in (f"{person}/photo.jpeg", "Ana/1.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"photo")

    assert sorted(of(tmp_path).values()) == ["Ana__1.jpg", "bad_name"]


@pytest.mark.parametrize("length", [10, 60, 200])
def test_a_zip_that_is_cut_short_is_one_sentence(tmp_path: Path, length: int) -> None:
    archive = zipped(tmp_path / "a.zip", b"0017__1.jpg", b"0018__1.jpg")
    archive.write_bytes(archive.read_bytes()[:length])

    with pytest.raises(StartupError, match="cut short"), opened(archive, None, None):
        pass


def test_a_zip_whose_bytes_were_changed_raises_nothing_else(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", b"0017__1.jpg", b"0018__1.jpg").read_bytes()
    read = 0
    for place in range(len(whole)):
        (tmp_path / "b.zip").write_bytes(whole[:place] + bytes((whole[place] ^ 0xFF,)) + whole[place + 1 :])
        with suppress(StartupError):
            of(tmp_path / "b.zip")
            read += 1
    assert read > len(whole) / 2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_is_a_row_however_it_is_packed(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("0017__1.jpg", bytes(range(256)) * 40)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(content)

    assert of(tmp_path / "a.zip") == {"0017__1.jpg": "damaged"}


def test_a_way_to_pack_that_nobody_knows_is_a_row(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.zip", b"0017__1.jpg").read_bytes())
    for header, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(header) + place] = 99
    (tmp_path / "a.zip").write_bytes(content)

    assert of(tmp_path / "a.zip") == {"0017__1.jpg": "damaged"}


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_a_people_csv_that_is_no_file_is_one_sentence_about_it(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.jpg").write_bytes(b"photo")
    if kind == "pipe":
        os.mkfifo(tmp_path / "table.csv")
    elif kind == "folder":
        (tmp_path / "table.csv").mkdir()

    with pytest.raises(StartupError, match=r"table\.csv"), opened(tmp_path / "in", tmp_path / "table.csv", None):
        pass


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")

    with pytest.raises(StartupError), opened(tmp_path / "a.zip", None, None):
        pass


def test_a_name_is_shown_with_escapes_for_what_cannot_be_seen() -> None:
    assert names.shown("张 a\u202eb\x1b\udcff.jpg") == "张 a\\u202eb\\x1b\\xff.jpg"
