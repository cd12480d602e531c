"""The file of sources as the publisher sees it."""

from pathlib import Path

from access import store
from proto.wardwatch.v1 import sources
from proto.wardwatch.v1.sources import CameraSource, CameraSources
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.camera.source_file import SourceFile

GATE, LOBBY = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "lobby"))
ROW = CameraSource("usb:0")


def write(path: Path, **rows: CameraSource) -> None:
    store.write_secret(path, sources.encode({Place(site_id("h1"), camera_id(name)): row for name, row in rows.items()}))


def test_without_a_file_there_are_no_cameras(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "sources.json")

    assert file.read() == CameraSources()
    assert file.fault == ""


def test_what_is_written_in_place_of_it_is_read(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "sources.json")
    write(file.path, gate=ROW)
    first = file.read()
    write(file.path, lobby=ROW)

    assert first.cameras == {GATE: ROW}
    assert file.read().cameras == {LOBBY: ROW}


def test_one_that_cannot_be_used_changes_nothing_and_is_told(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "sources.json")
    write(file.path, gate=ROW)
    file.read()
    file.path.write_text('{"h1.gate": {"source": "rtsp://admin:s3cret@10.0.0.5/')

    assert file.read().cameras == {GATE: ROW}
    assert file.fault == f"{file.path} cannot be used: it is not JSON"
    write(file.path, lobby=ROW)
    assert file.read().cameras == {LOBBY: ROW}
    assert file.fault == ""


def test_a_file_that_goes_away_ends_its_cameras(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "sources.json")
    write(file.path, gate=ROW)
    file.read()
    file.path.unlink()

    assert file.read() == CameraSources()
