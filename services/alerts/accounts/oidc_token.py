"""ID tokens of the hospital's own sign-in, checked as OpenID Connect Core 3.1.3.7 says. Pure; alone uses ``jwt``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import jwt

# Signatures whose key only the issuer has. Never "none", and no HMAC: its key would be the client's secret.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
# Two clocks of one hospital are as far apart at most.
LEEWAY: Final = timedelta(seconds=60)
_LONGEST_IDENTITY: Final = 255
_REQUIRED: Final = ("iss", "aud", "sub", "exp", "iat")


class NotTaken(Exception):
    """Why a token is refused: a code that the pages have words for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(Exception):
    """No key of the issuer has signed it, as far as its keys are known here."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. ``claim`` names the account; ``proven_since`` is when the person must have signed in."""

    issuer: str
    client_id: str
    nonce: str
    claim: str
    proven_since: datetime | None = None


def keys_of(document: Mapping[str, object]) -> Mapping[str, jwt.PyJWK]:
    """The issuer's keys by their ids, from its JWKS; those that are no use here are left out."""
    rows = document.get("keys")
    found: dict[str, jwt.PyJWK] = {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("use", "sig") != "sig" or row.get("kty") == "oct":
            continue
        try:
            found[str(row.get("kid", ""))] = jwt.PyJWK.from_dict(row)
        except jwt.PyJWTError:
            continue
    return found


def identity(token: str, keys: Mapping[str, jwt.PyJWK], expected: Expected, now: datetime) -> str:
    """Whom *token* names. Raises NotTaken, or UnknownKey when other keys may be needed."""
    key = _key(token, keys)
    claims = _claims(token, key, expected, now)
    if claims.get("nonce") != expected.nonce:
        raise NotTaken("nonce")
    _check_audience(claims, expected.client_id)
    if expected.proven_since is not None:
        signed_in_at = claims.get("auth_time")
        if not isinstance(signed_in_at, int) or signed_in_at < (expected.proven_since - LEEWAY).timestamp():
            raise NotTaken("not_proven")
    named = claims.get(expected.claim)
    if expected.claim == "email" and claims.get("email_verified") is not True:
        raise NotTaken("unverified_mail")
    if not isinstance(named, str) or not 0 < len(named) <= _LONGEST_IDENTITY or "\0" in named:
        raise NotTaken("no_claim")
    return named


def _key(token: str, keys: Mapping[str, jwt.PyJWK]) -> jwt.PyJWK:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotTaken("malformed") from error
    if header.get("alg") not in ALGORITHMS:
        raise NotTaken("unsigned")
    named = header.get("kid")
    if named is None and len(keys) == 1:
        return next(iter(keys.values()))
    if str(named) not in keys:
        raise UnknownKey
    return keys[str(named)]


def _claims(token: str, key: jwt.PyJWK, expected: Expected, now: datetime) -> dict[str, object]:
    # Times are checked below, by the clock that was handed in.
    options: jwt.types.Options = {
        "require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_sub": True,
    }  # fmt: skip
    try:
        claims: dict[str, object] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=expected.client_id,
            issuer=expected.issuer,
            options=options,
        )
    except jwt.InvalidAudienceError as error:
        raise NotTaken("audience") from error
    except jwt.InvalidIssuerError as error:
        raise NotTaken("issuer") from error
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError) as error:
        raise NotTaken("signature") from error
    except jwt.PyJWTError as error:
        raise NotTaken("malformed") from error
    ends, made = claims["exp"], claims["iat"]
    if not isinstance(ends, int | float) or not isinstance(made, int | float):
        raise NotTaken("malformed")
    if ends <= (now - LEEWAY).timestamp() or made > (now + LEEWAY).timestamp():
        raise NotTaken("out_of_time")
    return claims


def _check_audience(claims: Mapping[str, object], client_id: str) -> None:
    """Of several audiences the one that it was made for says so."""
    audience, party = claims.get("aud"), claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, client_id):
        raise NotTaken("audience")
