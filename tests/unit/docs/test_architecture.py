"""``docs/architecture.md``: its table of subjects is the table that permissions and streams are made from."""

import re

from proto.wardwatch.v1 import subjects
from tests.checkout import CHECKOUT

PAGE = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z.*>]+)` \| (\w+) \| (\w+) \| ([^|]+?) \| ([^|]*?) ?\| [^|]+ \|$", re.MULTILINE)


def test_the_table_of_subjects_is_that_of_the_code() -> None:
    stream_of = {stream.subject.pattern: stream.name for stream in subjects.STREAMS}
    rows = [(*row[:4], row[4].partition(":")[0]) for row in ROW.findall(PAGE)]

    assert rows == [
        (each.pattern, each.account.value, each.delivery.value, each.message, stream_of.get(each.pattern, ""))
        for each in subjects.TABLE
    ]


def test_the_page_names_every_subject_that_no_stream_may_hold() -> None:
    sentence = re.search(r"No stream may overlap ([^:]+):", PAGE)

    assert sentence is not None
    assert {f"{name}.>" for name in re.findall(r"`(\w+)`", sentence[1])} == set(subjects.NEVER_STORED)


def test_every_service_has_its_line_in_the_table_of_processes() -> None:
    folders = {path.parent.name for path in (CHECKOUT / "services").glob("*/__main__.py")}

    assert set(re.findall(r"\]\(\.\./services/(\w+)/README\.md\)", PAGE)) == folders
