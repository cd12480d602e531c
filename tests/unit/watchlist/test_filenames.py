"""Names of an import's photos."""

import pytest

from services.watchlist.imports.filenames import PhotoName, parse


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0017__1.jpg", PhotoName("0017", 1)),
        ("0017__12.HEIC", PhotoName("0017", 12)),
        ("0017.png", PhotoName("0017", 1)),
        ("张伟__2.webp", PhotoName("张伟", 2)),
        ("a_b__3.jpeg", PhotoName("a_b", 3)),
        ("a__b__3.jpeg", PhotoName("a__b", 3)),
        ("Jose\u0301.jpg", PhotoName("José", 1)),
        (" 0017\u200b .jpg", PhotoName("0017", 1)),
        ("\U00031350.jpg", PhotoName("\U00031350", 1)),
    ],
)
def test_a_name_says_whose_photo_it_is(name: str, expected: PhotoName) -> None:
    assert parse(name) == expected


@pytest.mark.parametrize(
    "name", ["", ".jpg", "__1.jpg", "a.txt", "a", "a/b__1.jpg", "a\\b.jpg", " .jpg", f"{'x' * 65}.jpg"]
)
def test_any_other_name_says_nothing(name: str) -> None:
    assert parse(name) is None
