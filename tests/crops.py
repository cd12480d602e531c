"""Crops whose keys are kept in memory. Passes the contract in ``tests/contract/test_crops.py``."""

import secrets
from dataclasses import dataclass, field

from proto.wardwatch.v1.sealing import DataKey, NotOpened, seal, unseal


@dataclass
class MemoryCrops:
    """Keys by sighting."""

    keys: dict[str, DataKey] = field(default_factory=dict)

    async def seal(self, sighting_id: str, picture: bytes) -> bytes:
        key = self.keys.setdefault(sighting_id, DataKey(secrets.token_bytes(32)))
        return seal(key, picture, about=sighting_id, nonce=secrets.token_bytes(12))

    async def open(self, sighting_id: str, sealed: bytes) -> bytes | None:
        try:
            return unseal(self.keys[sighting_id], sealed, about=sighting_id)
        except (KeyError, NotOpened):
            return None

    async def destroy(self, sighting_id: str) -> None:
        self.keys.pop(sighting_id, None)


# Shared by those tests of one process that look at no key.
CROPS = MemoryCrops()
