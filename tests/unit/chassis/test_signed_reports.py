"""A signed report opens with the right key and whole, and in no other way."""

import json
from base64 import urlsafe_b64encode
from typing import Final

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from services.chassis.signed_reports import NotGenuine, ReportSigner, fingerprint, pem, read_pem, verified

SIGNER: Final = ReportSigner(SigningKey(bytes(range(32))))
OTHER: Final = ReportSigner(SigningKey(bytes(32)))
CONTENT: Final = '{"label": "刘明 Quint"}'.encode()
PDF: Final = b"%PDF-1.4\n%wardwatch-signature of nothing\n%%EOF\n"
FILES: Final = {"json": (SIGNER.json(CONTENT), CONTENT), "pdf": (SIGNER.pdf(PDF), PDF)}


@pytest.mark.parametrize("kind", FILES)
def test_a_report_gives_back_what_was_signed(kind: str) -> None:
    file, content = FILES[kind]

    assert verified(file, SIGNER.public) == content
    with pytest.raises(NotGenuine, match="another key"):
        verified(file, OTHER.public)


@pytest.mark.parametrize("kind", FILES)
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_no_byte_of_a_report_can_be_changed(kind: str, place: int, change: int) -> None:
    file, content = FILES[kind]
    changed = bytearray(file)
    changed[place % len(file)] ^= change

    try:
        found = verified(bytes(changed), SIGNER.public)
    except NotGenuine:
        return
    # White space between the parts of a JSON file says nothing.
    assert found == content


@given(file=st.binary(max_size=200) | st.builds(lambda tail: b"%PDF-1.4" + tail, st.binary(max_size=100)))
def test_anything_else_is_no_report(file: bytes) -> None:
    with pytest.raises(NotGenuine):
        verified(file, SIGNER.public)


def test_what_was_signed_for_another_purpose_is_no_report() -> None:
    protected = urlsafe_b64encode(b'{"alg":"EdDSA","typ":"JWT"}').rstrip(b"=").decode()
    payload = urlsafe_b64encode(CONTENT).rstrip(b"=").decode()
    signature = SIGNER.key.sign(f"{protected}.{payload}".encode()).signature
    parts = {"payload": payload, "protected": protected, "signature": urlsafe_b64encode(signature).decode().rstrip("=")}

    with pytest.raises(NotGenuine, match="no report"):
        verified(json.dumps(parts).encode(), SIGNER.public)


def test_a_library_of_others_verifies_a_report_with_the_key_as_pem() -> None:
    parts = json.loads(SIGNER.json(CONTENT))
    compact = f"{parts['protected']}.{parts['payload']}.{parts['signature']}"

    read = jwt.PyJWS().decode_complete(compact, pem(SIGNER.public), algorithms=["EdDSA"])

    assert read["payload"] == CONTENT
    assert read["header"]["kid"] == fingerprint(SIGNER.public)


def test_a_key_comes_back_from_its_file() -> None:
    assert read_pem(pem(SIGNER.public)) == SIGNER.public
    for text in ("", pem(SIGNER.public)[:60], pem(SIGNER.public).replace("MCow", "MCox")):
        with pytest.raises(ValueError, match="PEM"):
            read_pem(text)
