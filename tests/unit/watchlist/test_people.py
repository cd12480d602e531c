"""people.csv: whatever the bytes, each line is a person or a fault."""

import codecs
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1 import lettering
from proto.wardwatch.v1.imports import COLUMNS, TEMPLATE
from services.watchlist.imports import records
from services.watchlist.imports.people import Fault, read_people

CATEGORIES = ("scalping", "violence")
HEADER = "external_id,label,list,instruction,expires_on,note"


def faults(text: str | bytes) -> list[Fault]:
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_people(content, CATEGORIES).faults)


def test_the_template_reads_without_a_fault() -> None:
    read = read_people(TEMPLATE.encode(), CATEGORIES)

    assert read.faults == ()
    assert [person.external_id for person in read.people] == ["0017"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"{HEADER}\n1,张伟,scalping,拨打8811,2028-06-30,\n".encode(), id="utf-8"),
        pytest.param(
            codecs.BOM_UTF8 + f"{HEADER}\n1,张伟,scalping,拨打8811,2028-06-30,\n".encode(), id="utf-8 with mark"
        ),
        pytest.param(f"{HEADER}\n1,张伟,scalping,拨打8811,2028-06-30,\n".encode("gb18030"), id="gb18030"),
        pytest.param(f"{HEADER}\r\n1,张伟,scalping,拨打8811,2028-06-30,\r\n".encode(), id="windows line ends"),
        pytest.param(f"{HEADER}\n1,张伟,scalping,拨打8811,2028-06-30,\n".replace(",", ";").encode(), id="semicolons"),
        pytest.param(f"{HEADER}\n1,张伟,scalping,拨打8811,2028-06-30,\n".replace(",", "\t").encode(), id="tabs"),
    ],
)
def test_what_offices_save_is_read(content: bytes) -> None:
    read = read_people(content, CATEGORIES)

    assert read.faults == ()
    (person,) = read.people
    assert (person.label, person.category, person.instruction) == ("张伟", "scalping", "拨打8811")


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        pytest.param("", "empty", 0, id="nothing"),
        pytest.param("\n\n  \n", "empty", 0, id="blank lines"),
        pytest.param("name,photo\na,b\n", "bad_header", 0, id="other columns"),
        pytest.param("external_id,label,label\n1,a,b\n", "bad_header", 0, id="column twice"),
        pytest.param(b"external_id,label\n1,\xff\xfe\xfa\x80\n", "wrong_encoding", 0, id="no text"),
        pytest.param("external_id,label\n1,Müller\n".encode("latin-1"), "wrong_encoding", 0, id="latin-1"),
        pytest.param("external_id,label\n1,山田さくら\n".encode("cp932"), "wrong_encoding", 0, id="shift-jis"),
        pytest.param(b"PK\x03\x04\x14\x00", "wrong_encoding", 0, id="workbook"),
        pytest.param(b"\xff\xfe\x00\xd8e\x00", "wrong_encoding", 0, id="no utf-16 but its mark"),
        pytest.param("external_id,label,shoe\n1,a,43\n", "unknown_column", 0, id="unknown column"),
        pytest.param(f"{HEADER}\n1,a,scalping\n", "bad_row", 2, id="half a line"),
        pytest.param(f"{HEADER}\n1,a,scalping,i,2028-06-30,n,x\n", "bad_row", 2, id="a field too many"),
        pytest.param(f'{HEADER}\n1,"a,scalping,i,2028-06-30,n\n', "bad_row", 2, id="unclosed quote"),
        pytest.param(f'{HEADER}\n1,"a"b,scalping,i,2028-06-30,n\n', "bad_row", 2, id="stray quote"),
        pytest.param(f"{HEADER}\n1,a\x00b,scalping,i,2028-06-30,n\n", "bad_row", 2, id="nul"),
        pytest.param(f"{HEADER}\n,a,scalping,i,2028-06-30,n\n", "no_external_id", 2, id="no id"),
        pytest.param(f"{HEADER}\na/b,a,scalping,i,2028-06-30,n\n", "bad_external_id", 2, id="slash in the id"),
        pytest.param(f"{HEADER}\n{'9' * 65},a,scalping,i,2028-06-30,n\n", "too_long", 2, id="long id"),
        pytest.param(f"{HEADER}\n1,{'x' * 201},scalping,i,2028-06-30,n\n", "too_long", 2, id="long label"),
        pytest.param(f"{HEADER}\n1,a,murder,i,2028-06-30,n\n", "unknown_category", 2, id="unknown category"),
        pytest.param(f"{HEADER}\n1,a,scalping,i,03/04/2028,n\n", "unclear_date", 2, id="two readings of a day"),
        pytest.param(f"{HEADER}\n1,a,scalping,i,soon,n\n", "bad_date", 2, id="no day"),
        pytest.param(f"{HEADER}\n1,a,scalping,i,2028-02-30,n\n", "bad_date", 2, id="no such day"),
        pytest.param(f"{HEADER}\n1,a,,,,\n1,b,,,,\n", "row_twice", 3, id="same id twice"),
        pytest.param(f"{HEADER}\n1,a,{'x' * 9999},,,\n", "too_long", 2, id="long category"),
        pytest.param(f"{HEADER}\n1,a,,,{'9' * 9999},\n", "too_long", 2, id="long day"),
        pytest.param(f"{HEADER}{',x' * 99}\n", "bad_header", 0, id="a hundred columns"),
        pytest.param(f"{HEADER}\n" + "1,a,,,,\n" * 10_001, "too_long", 0, id="too many lines"),
        pytest.param(f"{HEADER}\n1,a,,,,张伟".encode()[:-1], "bad_row", 2, id="cut within a character"),
        pytest.param(f"{HEADER}\n1,a,,,,张伟".encode("gb18030")[:-1], "bad_row", 2, id="cut within one of gb18030"),
    ],
)
def test_a_fault_is_a_row_with_code_line_and_remedy(content: str | bytes, code: str, line: int) -> None:
    (fault,) = faults(content)

    assert (fault.code, fault.line) == (code, line)
    assert 0 < len(fault.text) < 300


def test_a_faulty_line_spoils_no_other() -> None:
    read = read_people(f'{HEADER}\n1,a,,,,\n2,"b,,,,\n3,c,,,,\n4,d\n5,e,,,,'.encode(), CATEGORIES)

    assert [person.external_id for person in read.people] == ["1", "3", "5"]
    assert [(fault.line, fault.code) for fault in read.faults] == [(3, "bad_row"), (5, "bad_row")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_half_a_file_spoils_its_last_line_alone_wherever_it_is_cut(encoding: str) -> None:
    whole = f"{HEADER}\n" + "".join(f"{number},张伟,,拨打八八一一,,高个子\n" for number in range(9))
    content = whole.encode(encoding)

    for end in range(len(content) // 2, len(content)):
        read = read_people(content[:end], CATEGORIES)
        assert read.encoding == encoding
        lines = content[:end].count(b"\n") - 1
        assert [person.external_id for person in read.people][:lines] == [f"{number}" for number in range(lines)]
        assert all(person.label == "张伟" for person in read.people)
        assert len(read.people) + len(read.faults) == lines + (content[end - 1 : end] != b"\n")


def test_the_name_of_a_column_that_is_not_known_is_told_in_short() -> None:
    (fault,) = faults(f"external_id,{'x' * 9999}\n1,a\n")

    assert (fault.code, len(fault.text) < 200) == ("unknown_column", True)


def test_a_day_is_the_day_that_was_typed() -> None:
    (person,) = read_people(f"{HEADER}\n1,a,,,2028-06-30,\n".encode(), CATEGORIES).people

    assert person.expires_on == date(2028, 6, 30)


@given(st.binary(max_size=400))
def test_no_bytes_raise_and_no_line_is_lost(tail: bytes) -> None:
    content = f"{','.join(COLUMNS)}\n".encode() + tail

    read = read_people(content, CATEGORIES)

    if read.encoding:
        found = records.records(records.lines(lettering.read(content).text)[1:], ",", len(COLUMNS))
        filled = {each.first for each in found if each.fields is None or any(field.strip() for field in each.fields)}
        lines = {person.line for person in read.people} | {fault.line for fault in read.faults if fault.line}
        assert lines == filled
    else:
        assert read.faults


@given(st.text(alphabet='12,"\n', max_size=60))
def test_every_line_is_in_one_record(text: str) -> None:
    lines = records.lines(text)

    covered = [number for each in records.records(lines, ",", 3) for number in range(each.first, each.last + 1)]

    assert len(covered) == len(set(covered))
    assert {line.number for line in lines if line.text.strip()} <= set(covered)


@pytest.mark.parametrize(
    "header",
    [
        "external_id,label,expires_on,note",
        "External ID, Label ,Expires On,NOTE",
        "\ufeffexternal-id,label,expires on,note",
        "编号,姓名,到期日,备注",
        "人员编号,名称,有效期至,备注",
        "external_id,label,expires_on,note,,",
        "sep=,\nexternal_id,label,expires_on,note",
        "\n\nexternal_id,label,expires_on,note\n",
    ],
)
def test_columns_are_known_by_what_people_call_them(header: str) -> None:
    read = read_people(f"{header}\n0017,张伟,2028年6月30日,高\n,,,\n".encode(), CATEGORIES)

    assert read.faults == ()
    (person,) = read.people
    assert (person.external_id, person.label, person.note) == ("0017", "张伟", "高")
    assert person.expires_on == date(2028, 6, 30)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gb18030", "big5"])
def test_what_a_spreadsheet_saves_as_text_is_read(encoding: str) -> None:
    read = read_people("external_id\tlabel\r\n1\t王偉\r\n2\t陳麗華\r\n".encode(encoding), CATEGORIES)

    assert [person.label for person in read.people] == ["王偉", "陳麗華"]
    assert [fault.code for fault in read.faults] == (["read_as"] if encoding == "big5" else [])


def test_rare_and_traditional_characters_of_gb18030_are_read() -> None:
    read = read_people("external_id,label\n1,王㛃\n2,李䶮\n3,𠮷田\n4,陳麗華\n".encode("gb18030"), CATEGORIES)

    assert [person.label for person in read.people] == ["王㛃", "李䶮", "𠮷田", "陳麗華"]


def test_a_cell_may_have_line_breaks() -> None:
    text = f'{HEADER}\n1,"Wei\nat gate 2",,"Call\n\n8811, then wait",,tall\n2,"b,,,,\n3,c,,,,\n'

    read = read_people(text.encode(), CATEGORIES)

    first, third = read.people
    assert (first.label, first.instruction, first.note) == ("Wei at gate 2", "Call\n\n8811, then wait", "tall")
    assert third.external_id == "3"
    assert [(fault.line, fault.code) for fault in read.faults] == [(6, "bad_row")]


def test_an_id_is_kept_without_what_cannot_be_seen() -> None:
    read = read_people("external_id,label\n \u202a0017\u202c\u3000,a\n".encode(), CATEGORIES)

    assert [person.external_id for person in read.people] == ["0017"]


@pytest.mark.parametrize("field", ['="0017"', '"=""0017"""', '" 0017 "'])
def test_zeros_that_a_spreadsheet_was_told_to_keep_are_kept(field: str) -> None:
    read = read_people(f"编号,姓名,说明\r\n{field},张伟,请报警\r\n\x1a".encode(), CATEGORIES)

    (person,) = read.people
    assert (person.external_id, person.instruction, read.faults) == ("0017", "请报警", ())


def test_two_lines_that_spell_an_id_differently_are_both_asked_about() -> None:
    read = read_people("external_id,label\nA17,Wei\n18,Li\n\uff4117,Bo\n".encode(), CATEGORIES)

    assert [person.external_id for person in read.people] == ["18"]
    assert sorted((fault.line, fault.code) for fault in read.faults) == [
        (2, "spelled_differently"), (4, "spelled_differently"),
    ]  # fmt: skip
