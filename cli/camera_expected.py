"""Telling the alerts service that a camera is missed when it is silent, or no more."""

import getpass
from typing import Final

from cli.broker import connected
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraExpected
from proto.wardwatch.v1.subjects import Place
from services.chassis.errors import NoAnswer, StartupError

_ANSWER_SECONDS: Final = 3.0


async def tell(here: Context, place: Place, *, expected: bool) -> bool:
    """Say it to every alerts process; returns whether they know such a camera. Raises StartupError, or NoAnswer."""
    said = CameraExpected(place, expected, getpass.getuser()).encode()
    async with connected(here) as bus:
        answers = await bus.ask_all(subjects.EXPECTED.pattern, said, within_seconds=_ANSWER_SECONDS, expected=1)
    if not answers:
        raise NoAnswer("no alerts service answers", nobody_listens=True)
    if answers[0] not in (b"noted", b"unknown"):
        raise StartupError(f"it is not noted: {answers[0].decode(errors='replace')}")
    return answers[0] == b"noted"
