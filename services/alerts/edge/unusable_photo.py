"""The error for an uploaded file that is no usable photo; shared by the worker and its caller."""

from typing import Final

from proto.wardwatch.v1.findings import FindingCode

MOST_FILE_BYTES: Final = 15 * 1024 * 1024


class UnusablePhoto(Exception):
    """The file holds no photo that can be judged: a code, and a sentence with its remedy."""

    def __init__(self, code: FindingCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
