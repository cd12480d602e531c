"""Photos become upright JPEGs of a bearable size, and good JPEGs stay as they are."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from services.chassis.errors import StartupError
from services.cli.enrolment import read_photo

ORIENTATION = 0x0112
PLENTY = 7 * 1024 * 1024


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """Left half red, right half blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    return Image.fromarray(pixels)


def opened(content: bytes) -> Image.Image:
    photo = Image.open(BytesIO(content))
    assert photo.format == "JPEG"
    return photo.convert("RGB")


def test_an_upright_jpeg_stays_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    halves().save(path)

    assert read_photo(path, most_bytes=PLENTY) == path.read_bytes()


def test_a_turned_jpeg_is_set_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera lay on its side: turn by 90 degrees clockwise
    halves().save(path, exif=exif)

    photo = opened(read_photo(path, most_bytes=PLENTY))

    assert photo.size == (32, 64)
    red, _, blue = np.asarray(photo)[8, 16]
    assert red > 200 > blue


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_other_formats_become_jpegs_of_full_colour_resolution(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    halves().save(path)

    content = read_photo(path, most_bytes=PLENTY)

    with Image.open(BytesIO(content)) as photo:
        assert photo.format == "JPEG"
        assert JpegImagePlugin.get_sampling(photo) == 0  # Pillow's number for 4:4:4


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(path)

    assert opened(read_photo(path, most_bytes=PLENTY)).getpixel((4, 4)) == (255, 255, 255)


def test_a_photo_of_too_many_bytes_is_shrunk_until_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    noise = np.random.default_rng(1).integers(0, 256, (400, 600, 3), np.uint8)
    Image.fromarray(noise).save(path)

    content = read_photo(path, most_bytes=60_000)

    assert len(content) <= 60_000
    width, height = opened(content).size
    assert width / height == pytest.approx(1.5, abs=0.02)


def test_a_missing_file_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be read"):
        read_photo(tmp_path / "none.jpg", most_bytes=PLENTY)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"GIF89a" + bytes(64)], ids=["empty", "pdf", "gif"])
def test_what_is_no_photo_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)

    with pytest.raises(StartupError, match="give a JPEG, PNG or WebP file"):
        read_photo(path, most_bytes=PLENTY)


def test_half_a_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    halves(640, 480).save(path)
    path.write_bytes(path.read_bytes()[:-900])

    with pytest.raises(StartupError, match="the file is damaged"):
        read_photo(path, most_bytes=PLENTY)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (8000, 6000)).save(path)

    with pytest.raises(StartupError, match="8000 x 6000 pixels are more than 40 million"):
        read_photo(path, most_bytes=PLENTY)


def test_too_large_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(15 * 1024 * 1024 + 1))

    with pytest.raises(StartupError, match="make it smaller"):
        read_photo(path, most_bytes=PLENTY)
