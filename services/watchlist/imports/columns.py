"""The first line of people.csv: which column says what, by its own name or by one that people give it. Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.imports import COLUMNS
from services.watchlist.imports.records import DELIMITERS, NotARecord, split

KEY: Final = "external_id"
_MOST: Final = 50
# As the template in Chinese would have them, and as lists out there do. A heading that may mean two is not here.
_ALSO: Final = {
    "external_id": "externalid id 编号 人员编号 外部编号 贵院编号 編號 人員編號",
    "label": "name 名称 姓名 称呼 標籤 名稱 稱呼",
    "list": "category ground 名单 类别 依据类别 名單 類別",
    "instruction": "处置说明 说明 处置 处置方式 指示 處置說明 處置",
    "expires_on": "expires expiry expirydate lastday validuntil 到期日 到期日期 有效期至 截止日期 最后一天 最後一天",
    "note": "notes remark remarks 备注 備註",
    "identity_number": "identitynumber idnumber 身份证号 身份证号码 证件号 证件号码 身份證號 證件號碼",
    "taken_on": "takenon taken 拍摄日期 拍摄日 拍攝日期",
    "source": "photosource 来源 照片来源 來源 照片來源",
}  # fmt: skip
_MEANT: Final = {also: column for column, others in _ALSO.items() for also in others.split()} | {
    column.replace("_", ""): column for column in COLUMNS
}


class BadHeader(ValueError):
    """The first line does not name the columns; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Header:
    """``names`` has one to a column: the product's own, or as it was written where it is not known; empty: none."""

    delimiter: str
    names: tuple[str, ...]


def header(line: str) -> Header:
    """Read by the delimiter that shows most columns that are known. Raises BadHeader."""
    best = max((_read(line, delimiter) for delimiter in DELIMITERS), key=_known)
    if KEY not in best.names:
        raise BadHeader(f"the first line must name the columns, {KEY} among them; download the template")
    if len(best.names) > _MOST:
        raise BadHeader(f"the first line names {len(best.names):,} columns; download the template")
    if twice := {name for name in best.names if name in COLUMNS and best.names.count(name) > 1}:
        raise BadHeader(f"column {min(twice)} stands twice in the first line")
    return best


def unknown(names: Sequence[str]) -> list[str]:
    """Columns that are passed over."""
    return [name for name in names if name and name not in COLUMNS]


def _read(line: str, delimiter: str) -> Header:
    try:
        names = split(line, delimiter)
    except NotARecord:
        return Header(delimiter, ())
    meant = [_meant(name) for name in names]
    while meant and not meant[-1]:
        meant.pop()  # a spreadsheet's empty columns
    return Header(delimiter, tuple(meant))


def _known(read: Header) -> int:
    return len({name for name in read.names if name in COLUMNS})


def _meant(name: str) -> str:
    written = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    bare = "".join(sign for sign in written.casefold() if sign.isalnum())
    return _MEANT.get(bare, written.strip().lower())
