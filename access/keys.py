"""Make the key pair of a broker user. The only file that imports nkeys."""

import os
from dataclasses import dataclass

import nkeys


@dataclass(frozen=True, slots=True)
class UserKey:
    """``seed`` is the secret the user keeps; ``public`` is what the server knows."""

    seed: str
    public: str

    def __repr__(self) -> str:
        return f"UserKey({self.public})"


def new_user_key() -> UserKey:
    """A new key pair from the system's randomness."""
    return _from_seed(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))


def read_user_key(seed: str) -> UserKey:
    """The key pair of a stored *seed*. Raises ValueError when it is not the seed of a user."""
    if not seed.startswith("SU"):
        raise ValueError("a user's seed starts with SU")
    try:
        return _from_seed(seed.encode("ascii"))
    except nkeys.NkeysError as error:
        raise ValueError("not a seed") from error


def _from_seed(seed: bytes) -> UserKey:
    pair = nkeys.from_seed(bytearray(seed))
    return UserKey(seed.decode("ascii"), pair.public_key.decode("ascii"))
