"""Which JPEGs are read, in which position, and which are refused: irregular and turned ones, cut and damaged ones."""

import io
from base64 import b64decode
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageOps

from proto.wardwatch.v1.messages import RejectReason
from services.detector import entropy, opening
from services.detector.header import Limits, Refused
from services.detector.opening import opened
from services.detector.pixels import Picture
from tests import jpegs

LIMITS = Limits(max_bytes=8 * 1024 * 1024, max_pixels=40_000_000, min_side_px=32)
SCENE = jpegs.scene()

# 64 x 48, arithmetically coded by libjpeg-turbo 2.1.5: no other program here writes such.
ARITHMETIC = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC"
    "0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/yQARCAAw"
    "AEADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ANuvomldwdMcB5kYf/MZpGOFn3LfhSLWWWcogQfEOPPsAt8OP7pncqWmfU"
    "Ls2JbpoWpj28OvjvxqUh6h85aBShSl8fhemKQke3RlW/MuuBrIurrE9gyjdr6ld4EaCCD+GaG4/v4S62/ciZqIKNoCyXdkp/5z+8wUcFCT2JBp"
    "9O6kFmr17ulSphHBOUUoGvVFUTgyqpjt8sti0qNw/9k="
)


def read(content: bytes, rotation: int = 0) -> Picture:
    found = opened(content, LIMITS, rotation)
    assert not isinstance(found, Refused), found.detail
    return found


def refused(content: bytes) -> Refused:
    found = opened(content, LIMITS)
    assert isinstance(found, Refused)
    assert found.detail.endswith(".")
    return found


def pillows(content: bytes) -> Picture:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"), np.uint8)


@pytest.mark.parametrize("name", jpegs.WHOLE)
def test_an_irregular_jpeg_is_read_without_loss(name: str) -> None:
    make, spoil = jpegs.WHOLE[name]
    regular = make(SCENE)

    np.testing.assert_array_equal(read(spoil(regular)), read(regular))


@pytest.mark.parametrize("name", jpegs.SAMPLINGS)
@pytest.mark.parametrize("restart", [0, 3])
def test_any_sampling_is_read_as_another_reader_does(name: str, restart: int) -> None:
    content = jpegs.encoded(SCENE, jpegs.SAMPLINGS[name], restart=restart)

    difference = np.abs(read(content).astype(int) - pillows(content))

    assert difference.max() <= 3


@pytest.mark.parametrize("name", jpegs.SAMPLINGS)
def test_any_sampling_with_bytes_too_many_is_read_the_same(name: str) -> None:
    content = jpegs.encoded(SCENE, jpegs.SAMPLINGS[name], restart=3)

    np.testing.assert_array_equal(read(jpegs.strays(content, [b"\0\x10", b""])), read(content))


@pytest.mark.parametrize("name", jpegs.SAMPLINGS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("ended", [True, False])
def test_a_picture_that_was_cut_is_refused_whatever_its_sampling(name: str, share: float, ended: bool) -> None:
    content = jpegs.encoded(SCENE, jpegs.SAMPLINGS[name])
    data = content.index(b"\xff\xda") + 14
    cut = content[: data + int(share * (len(content) - data))]

    assert refused(cut + (b"\xff\xd9" if ended else b"")).reason is RejectReason.TRUNCATED


def test_the_first_missing_byte_is_missed() -> None:
    content = jpegs.saved(SCENE)

    assert isinstance(opened(content[:-2], LIMITS), np.ndarray)
    assert refused(content[:-4]).reason is RejectReason.TRUNCATED


@pytest.mark.parametrize("restart", [0, 2])
def test_bytes_too_many_do_not_hide_that_data_are_missing(restart: int) -> None:
    content = jpegs.strays(jpegs.encoded(SCENE, restart=restart), [b"\0\x10"])
    cut = content[: len(content) * 2 // 3]

    assert refused(cut).reason in (RejectReason.TRUNCATED, RejectReason.CORRUPT)
    assert refused(cut + b"\0\x10\xff\xd9").reason in (RejectReason.TRUNCATED, RejectReason.CORRUPT)


def test_a_missing_interval_is_not_passed_over() -> None:
    content = jpegs.encoded(SCENE, restart=2)
    first, second = content.index(b"\xff\xd2"), content.index(b"\xff\xd3")

    assert refused(content[:first] + content[second:]).reason in (RejectReason.TRUNCATED, RejectReason.CORRUPT)


@pytest.mark.parametrize("form", ["sequential", "unusual", "with strays"])
def test_damaged_data_are_not_taken_for_bytes_too_many(form: str) -> None:
    factors = jpegs.SAMPLINGS["4:1:0" if form == "unusual" else "4:2:0"]
    content = jpegs.encoded(jpegs.scene(256, 192), factors)
    if form == "with strays":
        content = jpegs.strays(content, [b"\0\x10"])
    whole = read(content)
    random = np.random.default_rng(3)
    data = content.index(b"\xff\xda") + 14
    wrong = 0
    for _ in range(60):
        spoiled = bytearray(content)
        at = int(random.integers(data, len(content) - 8))
        spoiled[at : at + 4] = random.integers(0, 255, 4).astype(np.uint8).tobytes()
        found = opened(bytes(spoiled), LIMITS)
        # Other values in a few blocks are what no reader can notice; a picture that goes on displaced is lost.
        wrong += not isinstance(found, Refused) and bool(
            (np.abs(found.astype(int) - whole).mean(axis=2) > 40).mean() > 0.2
        )

    assert wrong <= 3


def test_progressive_data_that_end_between_two_scans_are_missed() -> None:
    content = jpegs.saved(SCENE, progressive=True)
    last = content.rindex(b"\xff\xc4")

    assert refused(content[:last]).reason is RejectReason.TRUNCATED
    assert refused(content[: last - 9] + b"\xff\xd9").reason is RejectReason.TRUNCATED


def test_printers_colours_are_read() -> None:
    buffer = io.BytesIO()
    Image.fromarray(SCENE).convert("CMYK").save(buffer, "JPEG", quality=95)
    plain, ycck = buffer.getvalue(), bytearray(buffer.getvalue())
    ycck[ycck.index(b"Adobe") + 11] = 2

    for content in (plain, bytes(ycck)):
        assert np.abs(read(content).astype(int) - pillows(content)).mean() < 2


def test_arithmetic_coding_is_read_when_its_end_is_there() -> None:
    np.testing.assert_allclose(read(ARITHMETIC), pillows(ARITHMETIC), atol=3)
    # The decoder makes up what is missing and says nothing of it.
    assert refused(ARITHMETIC[:-2]).reason is RejectReason.TRUNCATED


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("stated", range(1, 9))
def test_every_exif_orientation_is_obeyed(stated: int, order: str) -> None:
    content = jpegs.after_start(jpegs.saved(SCENE), jpegs.exif(stated, order))

    np.testing.assert_array_equal(read(content), pillows(content))


LYING = jpegs.exif(6)
XMP = jpegs.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0")
USUAL = jpegs.saved(SCENE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(jpegs.before(USUAL, 0xDB, LYING), id="behind JFIF"),
        pytest.param(jpegs.before(USUAL, 0xDA, LYING), id="right before the scan"),
        pytest.param(jpegs.before(USUAL, 0xC4, b"junk" + LYING), id="behind bytes too many"),
        pytest.param(jpegs.after_start(USUAL, XMP + LYING), id="behind XMP"),
        pytest.param(jpegs.after_start(USUAL, jpegs.exif(6, before=40)), id="behind other fields"),
        pytest.param(jpegs.after_start(USUAL, jpegs.exif(6, kind=4)), id="as a long number"),
        pytest.param(jpegs.after_start(USUAL, jpegs.exif(6, "<", kind=1)), id="as a byte"),
        pytest.param(jpegs.after_start(USUAL, jpegs.exif(0) + LYING), id="the first that says one"),
        pytest.param(jpegs.after_start(jpegs.saved(SCENE, progressive=True), LYING), id="progressive"),
        pytest.param(jpegs.after_start(jpegs.encoded(SCENE, jpegs.SAMPLINGS["4:1:0"]), LYING), id="unusual sampling"),
    ],
)
def test_the_orientation_is_found_wherever_it_stands(content: bytes) -> None:
    assert read(content).shape == (96, 80, 3)


def malformed() -> list[bytes]:
    good = jpegs.exif(6)
    return [
        jpegs.exif(0),
        jpegs.exif(9),
        jpegs.exif(255),
        jpegs.exif(6, kind=2),
        jpegs.segment(0xE1, b"Exif\0\0"),
        jpegs.segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
        jpegs.segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)),
        jpegs.segment(0xE1, b"Exif\0\0XX" + good[12:]),
        *(jpegs.segment(0xE1, good[4:end]) for end in range(5, 22)),
    ]


@pytest.mark.parametrize("number", range(len(malformed())))
def test_exif_that_makes_no_sense_turns_nothing_and_refuses_nothing(number: int) -> None:
    content = jpegs.after_start(jpegs.saved(SCENE), malformed()[number])

    np.testing.assert_array_equal(read(content), read(jpegs.saved(SCENE)))


@pytest.mark.parametrize("stated", [1, 2, 6, 8])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_cameras_rotation_comes_after_the_exif_orientation(stated: int, rotation: int) -> None:
    content = jpegs.after_start(jpegs.saved(SCENE), jpegs.exif(stated))

    np.testing.assert_array_equal(read(content, rotation), np.rot90(read(content), -rotation // 90))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_limits_hold_for_the_turned_picture_too(orientation: int) -> None:
    low = jpegs.after_start(jpegs.saved(jpegs.scene(96, 31)), jpegs.exif(orientation))
    large = jpegs.after_start(jpegs.saved(SCENE), jpegs.exif(orientation))

    assert refused(low).reason is RejectReason.TOO_SMALL
    few = opened(large, Limits(10**6, 96 * 80 - 1, 32))
    assert isinstance(few, Refused)
    assert few.reason is RejectReason.TOO_MANY_PIXELS


def test_more_data_than_can_be_followed_in_time_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = jpegs.strays(jpegs.encoded(SCENE, restart=1), [b"\0\x10"])
    monkeypatch.setattr(entropy, "MAX_INTERVALS", 20)

    found = refused(content)

    assert found.reason is RejectReason.UNSUPPORTED
    assert "20 restart intervals" in found.detail


def test_large_data_are_followed_only_up_to_a_limit() -> None:
    content = jpegs.saved(SCENE)
    padded = content[:-2] + b"\x55" * entropy.MAX_BYTES + content[-2:]

    assert refused(padded).reason is RejectReason.UNSUPPORTED


def spoiled(content: bytes, random: np.random.Generator) -> bytes:
    """*content* with a few bytes replaced, removed, doubled or moved."""
    body = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at = int(random.integers(2, len(body)))
        size = int(random.integers(1, 40))
        match int(random.integers(0, 5)):
            case 0:
                body[at : at + size] = random.integers(0, 256, size).astype(np.uint8).tobytes()
            case 1:
                del body[at : at + size]
            case 2:
                body[at:at] = body[at : at + size]
            case 3:
                body[at:at] = bytes((0xFF, int(random.integers(0xC0, 0x100))))
            case _:
                body[at - 1] ^= 1 << int(random.integers(0, 8))
    return bytes(body)


@pytest.mark.parametrize("seed", range(8))
def test_damage_of_any_kind_is_answered(seed: int) -> None:
    random = np.random.default_rng(seed)
    sources = [
        jpegs.saved(SCENE),
        jpegs.saved(SCENE, progressive=True, restart_marker_blocks=2),
        jpegs.encoded(SCENE, jpegs.SAMPLINGS["4:1:0"], restart=2),
        jpegs.encoded(SCENE, scans=jpegs.EACH),
        jpegs.strays(jpegs.saved(SCENE, restart_marker_blocks=1), [b"\0\x10"]),
        jpegs.after_start(jpegs.saved(SCENE), jpegs.exif(5)),
        ARITHMETIC,
    ]
    small = Limits(max_bytes=10**6, max_pixels=2_000_000, min_side_px=8)

    for source, _ in product(sources, range(25)):
        found = opened(spoiled(source, random), small)

        assert isinstance(found, Refused) or (found.ndim == 3 and found.shape[0] * found.shape[1] <= small.max_pixels)


def test_a_progressive_jpeg_is_decoded_anew_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    content = jpegs.saved(SCENE, progressive=True)
    monkeypatch.setattr(opening, "_MOST_VISITS", 10)

    assert refused(content[:-2] + b"abc" + content[-2:]).reason is RejectReason.UNSUPPORTED


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
@pytest.mark.parametrize("degrees", [0, 90])
def test_a_shrunk_picture_is_the_whole_one_made_smaller(factor: int, orientation: int, degrees: int) -> None:
    content = jpegs.after_start(jpegs.encoded(SCENE), jpegs.exif(orientation))
    jpeg, whole = opening.examined(content, LIMITS, degrees), read(content, degrees)
    assert not isinstance(jpeg, Refused)

    small = jpeg.picture(factor)

    assert isinstance(small, np.ndarray)
    height, width = whole.shape[:2]
    assert (jpeg.size.width, jpeg.size.height) == (width, height)
    assert small.shape[:2] == (-(-height // factor), -(-width // factor))
    np.testing.assert_allclose(small.mean(axis=(0, 1)), whole.mean(axis=(0, 1)), atol=3)
    np.testing.assert_array_equal(jpeg.picture(), whole)


@pytest.mark.parametrize("name", jpegs.WHOLE)
def test_an_irregular_jpeg_is_shrunk_as_it_is_read(name: str) -> None:
    make, spoil = jpegs.WHOLE[name]
    jpeg = opening.examined(spoil(make(SCENE)), LIMITS)
    assert not isinstance(jpeg, Refused)

    small, whole = jpeg.picture(2), jpeg.picture()

    assert isinstance(small, np.ndarray)
    assert isinstance(whole, np.ndarray)
    assert small.shape[:2] == (-(-whole.shape[0] // 2), -(-whole.shape[1] // 2))
    assert np.abs(small.mean(axis=(0, 1)) - whole.mean(axis=(0, 1))).max() < 4


@pytest.mark.parametrize("name", jpegs.SAMPLINGS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_what_is_lost_is_noticed_in_a_shrunk_picture_too(name: str, share: float) -> None:
    content = jpegs.encoded(SCENE, jpegs.SAMPLINGS[name])
    data = content.index(b"\xff\xda") + 14
    cut = opening.examined(content[: data + int(share * (len(content) - data))] + b"\xff\xd9", LIMITS)

    assert isinstance(cut, Refused) or (isinstance(cut.picture(4), Refused) and isinstance(cut.picture(2), Refused))
