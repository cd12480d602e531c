"""Uploaded files become upright JPEGs of a bearable size, and good JPEGs stay as they are."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from proto.wardwatch.v1.findings import FindingCode
from services.alerts.edge import photo_worker
from services.alerts.edge.unusable_photo import UnusablePhoto
from tests import jpegs

ORIENTATION = 0x0112


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """Left half red, right half blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    return Image.fromarray(pixels)


def written(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    photo = Image.open(BytesIO(content))
    assert photo.format == "JPEG"
    return photo.convert("RGB")


def refused(content: bytes) -> UnusablePhoto:
    with pytest.raises(UnusablePhoto) as refusal:
        photo_worker.upright(content)
    return refusal.value


def lying() -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera lay on its side: turn by 90 degrees clockwise
    return exif


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_stays_byte_for_byte(mode: str) -> None:
    content = written(halves().convert(mode), "JPEG", exif=lying())

    assert photo_worker.upright(content) == content


@pytest.mark.parametrize("name", jpegs.WHOLE)
def test_an_irregular_jpeg_is_left_to_the_detector(name: str) -> None:
    make, spoil = jpegs.WHOLE[name]
    content = spoil(make(jpegs.scene()))

    assert photo_worker.upright(content) == content


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_a_turned_jpeg_of_too_many_bytes_is_set_upright(mode: str) -> None:
    content = written(halves(640, 320).convert(mode), "JPEG", exif=lying(), quality=100)

    photo = opened(photo_worker.upright(content, most_bytes=len(content) - 1))

    assert photo.width < photo.height
    red, _, blue = np.asarray(photo)[photo.height // 4, photo.width // 2]
    assert red > 200 > blue


def test_a_turned_tiff_is_set_upright() -> None:
    photo = opened(photo_worker.upright(written(halves(), "TIFF", tiffinfo={ORIENTATION: 6})))

    assert photo.size == (32, 64)
    red, _, blue = np.asarray(photo)[8, 16]
    assert red > 200 > blue


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr", "LAB", "P", "RGBA"])
def test_a_tiff_of_any_colours_is_converted(mode: str) -> None:
    photo = opened(photo_worker.upright(written(halves().convert(mode), "TIFF")))

    left, right = np.asarray(photo, int)[16, 16], np.asarray(photo, int)[16, 48]
    assert abs(left - right).max() > 20
    if mode != "L":
        assert left[0] > 200 > left[2]


@pytest.mark.parametrize("form", ["BMP", "GIF", "AVIF", "JPEG2000", "MPO"])
def test_what_can_be_converted_is(form: str) -> None:
    red, _, blue = np.asarray(opened(photo_worker.upright(written(halves(), form))))[16, 8]

    assert red > 200 > blue


def test_the_first_picture_of_a_gif_is_taken() -> None:
    moving = written(halves(), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 32), "white")])

    red, _, blue = np.asarray(opened(photo_worker.upright(moving)))[16, 8]

    assert red > 200 > blue


@pytest.mark.parametrize("form", ["TIFF", "AVIF", "PNG", "WEBP"])
def test_several_pictures_in_one_file_are_a_question(form: str) -> None:
    content = written(halves(), form, save_all=True, append_images=[halves().rotate(180)])

    assert refused(content).code is FindingCode.ANIMATED


def test_colours_without_a_scale_are_refused_with_a_remedy() -> None:
    error = refused(written(halves().convert("F"), "TIFF"))

    assert error.code is FindingCode.UNSUPPORTED
    assert "save the picture anew" in error.text


def test_sixteen_bits_of_a_tiff_are_scaled_and_not_cut_off() -> None:
    half = Image.fromarray(np.full((8, 8), 32_768, np.uint16))

    grey = opened(photo_worker.upright(written(half, "TIFF"))).getpixel((4, 4))

    assert isinstance(grey, tuple)
    assert abs(grey[0] - 128) <= 1


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_formats_become_jpegs_of_full_colour_resolution(form: str) -> None:
    content = photo_worker.upright(written(halves(), form))

    with Image.open(BytesIO(content)) as photo:
        assert photo.format == "JPEG"
        assert JpegImagePlugin.get_sampling(photo) == 0  # Pillow's number for 4:4:4


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode)

    assert opened(photo_worker.upright(written(clear, "PNG"))).getpixel((4, 4)) == (255, 255, 255)


def test_a_palette_with_a_transparent_colour_becomes_white_there() -> None:
    drawn = Image.new("P", (8, 8), 0)
    drawn.putpalette([255, 0, 0, 0, 255, 0])

    assert opened(photo_worker.upright(written(drawn, "PNG", transparency=0))).getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off() -> None:
    half = Image.fromarray(np.full((8, 8), 32_768, np.uint16))

    grey = opened(photo_worker.upright(written(half, "PNG"))).getpixel((4, 4))

    assert isinstance(grey, tuple)
    assert abs(grey[0] - 128) <= 1


def test_a_photo_of_too_many_bytes_is_shrunk_until_it_fits() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 600, 3), np.uint8)

    content = photo_worker.upright(written(Image.fromarray(noise), "PNG"), most_bytes=60_000)

    assert len(content) <= 60_000
    width, height = opened(content).size
    assert width / height == pytest.approx(1.5, abs=0.02)


def test_a_jpeg_of_too_many_bytes_is_not_kept_as_it_is() -> None:
    content = written(halves(640, 480), "JPEG", quality=100)

    assert len(photo_worker.upright(content, most_bytes=len(content) - 1)) < len(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", FindingCode.EMPTY, id="nothing"),
        pytest.param(b"%PDF-1.7", FindingCode.NOT_AN_IMAGE, id="pdf"),
        pytest.param(b"<svg/>", FindingCode.NOT_AN_IMAGE, id="svg"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_remedy(content: bytes, code: FindingCode) -> None:
    error = refused(content)

    assert error.code is code
    assert ": send" in error.text


def test_half_a_file_is_refused_as_damaged() -> None:
    content = written(halves(640, 480), "PNG")

    assert refused(content[: len(content) // 2]).code is FindingCode.DAMAGED


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    error = refused(written(Image.new("1", (8000, 6000)), "PNG"))

    assert error.code is FindingCode.TOO_MANY_PIXELS
    assert error.text == "8000 x 6000 pixels are more than 40 million: make it smaller"


def test_an_answer_is_the_photo_or_the_reason() -> None:
    content = written(halves(), "JPEG")

    assert photo_worker.answer(content) == b"\x00" + content
    assert photo_worker.answer(b"") == b"\x01empty\nthe file is empty: send the original again"


def test_photo_after_photo_is_answered_until_there_are_no_more() -> None:
    content = written(halves(), "JPEG")
    source = BytesIO(b"".join(len(each).to_bytes(4) + each for each in (content, b"", content)))
    sink = BytesIO()
    grants: list[None] = []

    # The real limit would hold for the process that runs the tests, and end it some seconds later.
    photo_worker.serve(source, sink, lambda: grants.append(None))

    reply = sink.getvalue()
    lengths = []
    while reply:
        size = int.from_bytes(reply[:4])
        lengths.append(size)
        reply = reply[4 + size :]
    assert len(lengths) == len(grants) == 3
    assert lengths[0] == lengths[2] == len(content) + 1
