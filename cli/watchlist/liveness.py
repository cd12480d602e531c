"""Waiting until a change of the list is live: every matcher works by it."""

import asyncio
from typing import Final

from cli.desk_client import DeskClient
from proto.wardwatch.v1.imports import Liveness

_FIRST_LOOK_SECONDS: Final = 0.05
_LONGEST_LOOK_SECONDS: Final = 1.0
# A data key may come moments after the entry that it opens. One that is missing for good, of whichever entry, is said
# and not waited for: a revocation is live without it.
_KEY_SECONDS: Final = 3.0


async def live(desk: DeskClient, generation: int | None, *, within_seconds: float) -> Liveness | None:
    """Where the change *generation* is live, as soon as it is so everywhere, else after *within_seconds*.

    None when nothing was changed that a matcher could know of.
    """
    if generation is None:
        return None
    clock = asyncio.get_running_loop().time
    last, pause = clock() + within_seconds, _FIRST_LOOK_SECONDS
    applied = False
    while True:
        seen = await desk.read(Liveness, "show_liveness", target={"generation": str(generation)})
        if everywhere(seen) and not applied:
            applied, last = True, min(last, clock() + _KEY_SECONDS)
        if (everywhere(seen) and not locked(seen)) or clock() + pause > last:
            return seen
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_LOOK_SECONDS)


def everywhere(seen: Liveness) -> bool:
    """Whether every matcher has the change."""
    return seen.seconds is not None


def locked(seen: Liveness) -> list[str]:
    """Matchers on which some entry cannot match yet, and how many."""
    return [f"{m.locked:,} on {m.name}" for m in seen.matchers if m.locked]


def newest(seen: Liveness) -> str:
    """Where the newest change of the list is live, for a person."""
    if seen.committed_at is None:
        return "the list was not changed yet, so every matcher has it as it is"
    return f"change {seen.generation}: {sentence(seen)}"


def sentence(seen: Liveness) -> str:
    """Where a change is live, for a person."""
    if waiting := locked(seen):
        return f"{_sentence(seen)}; entries that cannot match, for their data key cannot be used: {', '.join(waiting)}"
    return _sentence(seen)


def _sentence(seen: Liveness) -> str:
    where = f"live on {seen.live} of {len(seen.matchers)} matchers"
    if seen.seconds is not None:
        return f"{where} after {seen.seconds:.1f} s"
    if seen.published_at is None:
        return f"{where}: not yet published to them"
    silent = [f"{m.name} (not heard since {m.seen_at:%Y-%m-%d %H:%M:%S} UTC)" for m in seen.matchers if m.silent]
    return f"{where}; silent: {', '.join(silent)}" if silent else f"{where} so far"
