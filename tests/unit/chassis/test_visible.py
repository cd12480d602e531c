"""Text from people is shown as text: on a terminal, in a log, in JSON that is looked at."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.visible import is_seen, visible, visible_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J\x1b[31mred", r"\x1b[2J\x1b[31mred", id="escape sequence"),
        pytest.param("\x9b31m", r"\x9b31m", id="escape sequence of one sign"),
        pytest.param("\x1b]8;;http://x\x07link", r"\x1b]8;;http://x\x07link", id="link"),
        pytest.param("a\nb\rc\td", r"a\nb\rc\td", id="line breaks"),
        pytest.param("a\u2028b\x85c", r"a\u2028b\x85c", id="rare line breaks"),
        pytest.param("photo\u202egpj.exe", r"photo\u202egpj.exe", id="writing turned round"),
        pytest.param("\u2067a\u2069", r"\u2067a\u2069", id="isolates"),
        pytest.param("li\u200bwei\ufeff", r"li\u200bwei\ufeff", id="without width"),
        pytest.param("a\u3164b", r"a\u3164b", id="blank letter"),
        pytest.param("\U000e0041", r"\U000e0041", id="tag"),
        pytest.param("\udcff", r"\udcff", id="a byte that is no UTF-8"),
        pytest.param("\x7f\x08", r"\x7f\x08", id="delete and backspace"),
        pytest.param("张伟　Müller ñ 🙂 [red]:key:", "张伟　Müller ñ 🙂 [red]:key:", id="names as they are"),
        pytest.param("עברית", "עברית", id="written from the right"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_every_sign_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(codec=None)))
def test_what_is_shown_is_one_line_without_a_sign_that_acts(text: str) -> None:
    shown = visible(text)

    assert len(f"{shown}x".splitlines()) == 1
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in shown)
    assert visible(shown) == shown
    shown.encode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values, st.sampled_from([None, 1]))
def test_json_keeps_its_values(value: object, indent: int | None) -> None:
    shown = visible_json(json.dumps(value, ensure_ascii=False, indent=indent))

    assert json.loads(shown) == value
    assert all(is_seen(sign) or sign == "\n" for sign in shown)
