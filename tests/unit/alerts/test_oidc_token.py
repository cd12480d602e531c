"""ID tokens: what is wrong with one is said, and nothing that is wrong is taken."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.alerts.accounts.oidc_token import Expected, NotTaken, UnknownKey, identity, keys_of

NOON: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
ISSUER: Final = "https://sign-in.h1"
EXPECTED: Final = Expected(ISSUER, "wardwatch", "our nonce", "sub")
CLAIMS: Final[Mapping[str, object]] = {
    "iss": ISSUER,
    "aud": "wardwatch",
    "sub": "li.wei",
    "nonce": "our nonce",
    "iat": NOON.timestamp(),
    "exp": (NOON + timedelta(minutes=5)).timestamp(),
}


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def keys(kid: str = "k1") -> Mapping[str, jwt.PyJWK]:
    row = jwt.algorithms.RSAAlgorithm.to_jwk(key("theirs").public_key(), as_dict=True)
    return keys_of({"keys": [{**row, "kid": kid, "use": "sig", "alg": "RS256"}]})


def token(**over: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **over}.items() if value is not None}
    return jwt.encode(claims, key("theirs"), "RS256", headers={"kid": "k1"})


def refusal(sent: str, expected: Expected = EXPECTED) -> str:
    with pytest.raises(NotTaken) as refused:
        identity(sent, keys(), expected, NOON)
    return refused.value.reason


def test_a_right_token_names_somebody() -> None:
    assert identity(token(), keys(), EXPECTED, NOON) == "li.wei"
    mail = Expected(ISSUER, "wardwatch", "our nonce", "email")
    assert identity(token(email="li@h1", email_verified=True), keys(), mail, NOON) == "li@h1"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["wardwatch", "another"]}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"iss": "https://sign-in.h2"}, "issuer"),
        ({"exp": (NOON - timedelta(minutes=2)).timestamp()}, "out_of_time"),
        ({"iat": (NOON + timedelta(minutes=2)).timestamp()}, "out_of_time"),
        ({"exp": None}, "malformed"),
        ({"sub": None}, "malformed"),
        ({"exp": "soon"}, "malformed"),
        ({"sub": ""}, "no_claim"),
        ({"sub": "x" * 256}, "no_claim"),
    ],
)
def test_a_wrong_token_is_refused_with_its_reason(over: dict[str, object], reason: str) -> None:
    assert refusal(token(**over)) == reason


def test_a_token_without_a_signature_of_the_issuer_is_refused() -> None:
    unsigned = jwt.encode(dict(CLAIMS), "", "none", headers={"kid": "k1"})
    with_secret = jwt.encode(dict(CLAIMS), "s" * 32, "HS256", headers={"kid": "k1"})
    others = jwt.encode(dict(CLAIMS), key("others"), "RS256", headers={"kid": "k1"})
    curve = jwt.encode(dict(CLAIMS), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "k1"})

    assert [refusal(each) for each in (unsigned, with_secret, others, curve)] == [
        "unsigned",
        "unsigned",
        "signature",
        "signature",
    ]
    assert [refusal(each) for each in ("", "a.b.c", "é")] == ["malformed"] * 3


def test_a_token_of_a_key_that_is_not_known_asks_for_the_keys_anew() -> None:
    with pytest.raises(UnknownKey):
        identity(token(), keys("k2"), EXPECTED, NOON)


def test_who_proves_who_they_are_has_signed_in_since() -> None:
    proof = Expected(ISSUER, "wardwatch", "our nonce", "sub", proven_since=NOON)
    long_ago = int((NOON - timedelta(hours=1)).timestamp())

    assert identity(token(auth_time=int(NOON.timestamp())), keys(), proof, NOON) == "li.wei"
    assert refusal(token(auth_time=long_ago), proof) == "not_proven"
    assert refusal(token(), proof) == "not_proven"


def test_a_mail_address_counts_only_when_it_is_verified() -> None:
    mail = Expected(ISSUER, "wardwatch", "our nonce", "email")

    assert refusal(token(email="li@h1"), mail) == "unverified_mail"


def test_keys_that_are_no_use_here_are_left_out() -> None:
    assert keys_of({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"kty": "new"}, 7]}) == {}
    assert keys_of({"keys": "none"}) == {}
