"""The state as each alerts service of an installation tells it to whoever runs the machine."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from pydantic import ValidationError

from proto.wardwatch.v1.state import StateView, Working

# A frozen service must show within ten seconds, whoever asks.
_SECONDS: Final = 5.0
_ORDER: Final = (Working.YES, Working.DEGRADED, Working.NO)


@dataclass(frozen=True, slots=True)
class Told:
    """What an alerts service tells; None: it does not answer."""

    service: str
    state: StateView | None


async def states(urls: Mapping[str, str]) -> list[Told]:
    """Ask every alerts service among *urls*, which are by name."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        asked = [_one(http, name, url) for name, url in urls.items() if name.partition("-")[0] == "alerts"]
        return list(await asyncio.gather(*asked))


def worst(told: Sequence[Told]) -> StateView | None:
    """The worst that any of them tells; None when none answers."""
    known = [each.state for each in told if each.state is not None]
    return max(known, key=lambda state: _ORDER.index(state.working), default=None)


async def _one(http: aiohttp.ClientSession, name: str, url: str) -> Told:
    if not url:
        return Told(name, None)
    try:
        async with http.get(f"{url}/state") as reply:
            return Told(name, StateView.model_validate_json(await reply.text()))
    except (aiohttp.ClientError, TimeoutError, ValidationError):
        return Told(name, None)
