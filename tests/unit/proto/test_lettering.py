"""Bytes of spreadsheets and of file names: read where what they say is clear, refused where it is not."""

import random

import pytest

from proto.wardwatch.v1.lettering import read, read_names

HEAD = "external_id,label\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("1,张伟\n", "gb18030", id="everyday"),
        pytest.param("1,李\n", "gb18030", id="one character"),
        pytest.param("1,王㛃\n2,李䶮\n3,𠮷田\n", "gb18030", id="rare characters"),
        pytest.param("1,禤淼\n2,璟喆\n3,翟懿\n", "gb18030", id="second level"),
        pytest.param("1,張偉\n2,陳麗華\n", "gb18030", id="traditional characters in GB18030"),
        pytest.param("1,張偉\n", "gb18030", id="one traditional name in GB18030"),
        pytest.param("1,張偉\n2,陳麗華\n", "big5", id="Big5"),
        pytest.param("1,張偉,請聯繫保安、不要單獨接觸\n", "big5", id="a sentence in Big5"),
        pytest.param("1,张伟\n2,Müller\n", "utf-8", id="UTF-8"),
    ],
)
def test_text_is_read_as_it_was_saved(text: str, encoding: str) -> None:
    found = read(f"{HEAD}{text}".encode(encoding))

    assert (found.encoding, found.text) == (encoding, f"{HEAD}{text}")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_with_and_without_its_mark(encoding: str) -> None:
    text = "external_id\tlabel\r\n0017\t张伟\r\n"

    assert read(text.encode(encoding)).text == text
    assert read(b"\xfe\xff" + text.encode("utf-16-be")).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("1,山田太郎,警備員に連絡してください\n", "cp932"),
        ("1;José Peña\n2;Françoise Lefèvre\n3;Jürgen Weiß\n", "cp1252"),
        ("1,Müller\n", "cp1252"),
        ("1,Иванов Пётр\n", "cp1251"),
        ("1,Иванов Пётр\n", "koi8-r"),
    ],
)
def test_another_encoding_is_not_read_and_named(text: str, encoding: str) -> None:
    found = read(f"{HEAD}{text}".encode(encoding))

    assert (found.encoding, found.guess) == ("", encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("1,Person Übel\n", "cp1252"),
        ("1,Łukasz Wiśniewski\n2,Žáček\n", "cp1250"),
        ("1,김철수,경비원에게 연락하십시오. 혼자 접근하지 마십시오\n2,박영희,경찰에 신고하십시오\n", "cp949"),
    ],
)
def test_where_nothing_is_clear_nothing_is_read(text: str, encoding: str) -> None:
    assert read(f"{HEAD}{text}".encode(encoding)).encoding == ""


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_a_list_of_everyday_names_is_never_read_wrongly(encoding: str) -> None:
    leads = range(0xB0, 0xD7) if encoding == "gb18030" else range(0xA4, 0xC6)
    trails = [*range(0xA1, 0xFF)] if encoding == "gb18030" else [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    draw = random.Random(5)  # noqa: S311 - the same names each time
    refused = 0
    for _ in range(300):
        names = (bytes(byte for _ in range(3) for byte in (draw.choice(leads), draw.choice(trails))) for _ in range(8))
        content = HEAD.encode() + b"\n".join(b"%d,%s" % (number, name) for number, name in enumerate(names))
        found = read(content)
        refused += found.encoding == ""
        assert found.encoding in {"", encoding}
    assert refused < 15


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "cp932", "cp437"])
def test_names_of_a_zip_are_read_as_systems_write_them(encoding: str) -> None:
    names = {
        "utf-8": ["张伟.jpg", "Zoë.jpg"],
        "gb18030": ["张伟.jpg", "李娜.jpg"],
        "big5": ["張偉.jpg", "陳麗華.jpg"],
        "cp932": ["山田さくら.jpg"],
        "cp437": ["Müller.jpg", "José.jpg"],
    }[encoding]

    found = read_names([name.encode(encoding) for name in names])

    assert (found.encoding, found.text.split("\n")) == (encoding, names)


def test_names_that_are_nothing_are_not_read() -> None:
    assert read_names([b"\xff\xfe\xfa\x80.jpg"]).encoding == ""
