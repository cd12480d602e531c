"""Decoding, shrinking, aligning and blurring real pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from services.detector import alignment, pixels
from services.detector.pixels import Complaint, Picture
from tests.unit.detector.jpegs import jpeg


def saved(mode: str, *, progressive: bool = False) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((80, 64)).convert(mode).save(out, "JPEG", progressive=progressive)
    return out.getvalue()


def stripes() -> Picture:
    """Black and white columns, one pixel wide: as much detail as there can be."""
    picture = np.zeros((100, 120, 3), np.uint8)
    picture[:, ::2] = 255
    return picture


@pytest.mark.parametrize(
    "content", [pytest.param(saved("L"), id="grey"), pytest.param(saved("RGB", progressive=True), id="progressive")]
)
def test_other_usual_jpegs_are_taken(content: bytes) -> None:
    decoded = pixels.decode(content)

    assert isinstance(decoded, np.ndarray)
    assert decoded.shape == (64, 80, 3)


def test_what_the_decoder_notices_is_a_complaint() -> None:
    whole = jpeg(640, 480)

    complaint = pixels.decode(whole[: len(whole) // 2] + b"\xff\xd9")

    assert isinstance(complaint, Complaint)
    assert complaint.words == "Corrupt JPEG data: premature end of data segment"


def test_a_picture_that_fits_is_not_touched() -> None:
    picture = stripes()

    assert pixels.fit(picture, 120) is picture
    assert pixels.padded(picture[:96, :96], 32).shape == (96, 96, 3)


def test_a_large_picture_is_shrunk_and_padded_with_black() -> None:
    small = pixels.padded(pixels.fit(np.full((300, 400, 3), 200, np.uint8), 100), 32)

    assert small.shape == (96, 128, 3)
    assert small[:75, :100].min() == 200
    assert small[75:].max() == small[:, 100:].max() == 0


def test_a_face_that_lies_on_the_template_is_cut_out_as_it_is() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (112, 112, 3), np.uint8)
    points = np.stack([alignment.TEMPLATE.real, alignment.TEMPLATE.imag], axis=1).astype(np.float32)

    np.testing.assert_array_equal(pixels.align(picture, points), picture)


def test_a_photos_face_is_cut_out_like_a_frames_until_it_is_very_large() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (400, 400, 3), np.uint8)
    points = 2 * np.stack([alignment.TEMPLATE.real, alignment.TEMPLATE.imag], axis=1).astype(np.float32)

    np.testing.assert_array_equal(pixels.align_photo(picture, points), pixels.align(picture, points))


def test_a_very_large_face_is_averaged_and_not_sampled() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (1200, 1200, 3), np.uint8)
    points = 10 * np.stack([alignment.TEMPLATE.real, alignment.TEMPLATE.imag], axis=1).astype(np.float32)

    assert pixels.align(noise, points).std() > 30
    assert pixels.align_photo(noise, points).std() < 15


def test_what_lies_beyond_a_turned_picture_is_its_edge() -> None:
    picture = np.full((40, 40, 3), 90, np.uint8)

    turned = pixels.turned(picture, np.array([[0.7, 0.7, 0], [-0.7, 0.7, 30]]), 64)

    assert turned.shape == (64, 64, 3)
    assert turned.min() == turned.max() == 90


def test_only_the_clear_area_keeps_its_detail() -> None:
    clear = np.zeros((100, 120), np.bool_)
    clear[40:60, 40:80] = True

    blurred = pixels.blur_outside(stripes(), clear)

    np.testing.assert_array_equal(blurred[40:60, 40:80], stripes()[40:60, 40:80])
    assert np.ptp(blurred[:40]) < 40
