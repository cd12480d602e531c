"""`wardwatch capacity`: how many cameras this machine carries, and what to scale first, in words."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from cli import output
from cli.bench import capacity, run
from cli.bench.capacity import Search
from cli.bench.command import Asked, Beside, From, Ground, Rate, Seeds, SizeText, pictures, prepared, until_told, write
from cli.bench.measures import Measured
from cli.bench.names import MOST, SITE
from cli.bench.run import Order
from local import context
from proto.wardwatch.v1.subjects import site_id
from services.chassis.errors import StartupError

_WARM_UP_SECONDS: Final = 2.0
# The one that is told lasts longer than those that search for it.
_PROOF: Final = 2

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Found:
    """``carried`` is the most that was carried, ``proof`` the load at what is told to plan with, which shed nothing.

    ``highest`` is the largest load that was carried, ``limit`` the smallest that was not, if there was one.
    """

    carried: int
    planned: int
    proof: Measured
    highest: Measured
    limit: Measured | None


@app.command("capacity")
def capacity_command(
    rate: Rate = 5.0,
    source: From = None,
    size: SizeText = "",
    step_seconds: Annotated[float, typer.Option(min=2, max=600, help="How long each load lasts.")] = 8.0,
    up_to: Annotated[int, typer.Option(min=1, max=MOST, help="Try no more cameras than these.")] = MOST,
    as_file: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON to this file.")] = None,
    beside_real_cameras: Beside = False,
    seeds: Seeds = None,
) -> None:
    """Try loads of more and fewer cameras and say how many this system carries, and what to scale first."""
    here = context.load()
    order = Order(pictures(here, source, size, rate), 1, rate, step_seconds)
    asked = Asked(site_id(SITE), beside_real_cameras, seeds)

    async def work() -> Found:
        async with prepared(here, asked) as ground:
            return await searched(ground, order, up_to)

    found = until_told(work())
    for line in _told(found, up_to):
        output.line(line)
    document = {
        "carried": found.carried,
        "planned": found.planned,
        "proof": found.proof.document(),
        "highest": found.highest.document(),
        "limit": found.limit.document() if found.limit else None,
    }
    write(as_file, json.dumps(document, indent=2) + "\n")


async def searched(ground: Ground, order: Order, up_to: int) -> Found:
    """Find the most cameras that are carried, and prove what is told. Raises StartupError when one is too many."""
    search = Search(up_to)
    await _step(ground, replace(order, seconds=_WARM_UP_SECONDS))
    highest: Measured | None = None
    limit: Measured | None = None
    while (cameras := search.next()) is not None:
        measured = await _step(ground, replace(order, cameras=cameras))
        why = capacity.complaint(measured)
        search.note(cameras, carried=not why, used=capacity.usage(measured).most)
        output.line(f"{cameras} cameras: {why or 'carried'}", err=True)
        if why:
            limit = measured
        else:
            highest = measured
    planned = capacity.planned(search.carried)
    while planned and highest is not None:
        proof = await _step(ground, replace(order, cameras=planned, seconds=_PROOF * order.seconds))
        why = capacity.complaint(proof, strictly=True)
        output.line(f"{planned} cameras, to be sure: {why or 'carried'}", err=True)
        if not why:
            return Found(search.carried, planned, proof, highest, limit)
        planned = min(planned - 1, capacity.planned(planned))
    raise StartupError(f"not even one camera of {order.rate:g} frames a second is carried here; try a smaller --rate")


async def _step(ground: Ground, order: Order) -> Measured:
    measured = await run.loaded(ground.stages, ground.cameras, order, ward=ground.ward)
    if measured.ended_early:
        raise StartupError(f"ended early: {measured.ended_early}")
    return measured


def _told(found: Found, up_to: int) -> list[str]:
    load, proof = found.highest.load, found.proof
    frames = max(proof.stage("detector").done, 1)
    most = f"at least {up_to}" if found.carried >= up_to else str(found.carried)
    return [
        f"This system carries {most} cameras of {load.rate:g} frames a second at {load.size}, with "
        f"{proof.faces_found / frames:.1f} faces a frame as in these pictures. Plan with {found.planned}.",
        f"  {found.planned} cameras for {proof.load.seconds:.0f} s: {proof.load.frames} frames, nothing was shed; "
        f"searched {proof.stage('detector').since_capture.p99_ms or 0:g} ms after their capture (p99).",
        f"What to scale: {capacity.advice(found.limit or found.highest)}.",
        f"What it rests on, {load.cameras} cameras for {load.seconds:.0f} s:",
        *(f"  {line}" for line in capacity.evidence(found.highest)),
    ]
