"""The sentences of a report in each language, by the same keys."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cli.eval.words import en, zh


class Language(StrEnum):
    """In which a report is written."""

    EN = "en"
    ZH_CN = "zh-CN"


SENTENCES: Final[Mapping[Language, Mapping[str, str]]] = {Language.EN: en.SENTENCES, Language.ZH_CN: zh.SENTENCES}
