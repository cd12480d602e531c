"""The demonstration's pictures: a synthetic lobby through which cut-out portraits walk.

Both portraits are works of the United States government in the public domain and come with the models; everything else
is drawn here. The listed person is the NASA portrait; passers-by are the Navy portrait and two figures derived from it.
"""

import hashlib
import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from services.chassis import hints
from services.chassis.errors import StartupError

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
FPS: Final = 5
LISTED_FILE: Final = "astronaut.png"
PASSER_FILE: Final = "grace_hopper.jpg"

# Outlines of the two people in their portraits, in pixels of the picture, drawn by eye.
_LISTED_OUTLINE: Final = (
    (180, 30), (225, 14), (265, 24), (296, 60), (301, 95), (278, 135), (266, 182), (304, 225), (345, 268), (362, 350),
    (362, 512), (22, 512), (24, 380), (42, 250), (112, 208), (122, 160), (182, 148), (158, 110), (154, 70),
)  # fmt: skip
_PASSER_OUTLINE: Final = (
    (205, 28), (270, 20), (345, 60), (373, 95), (370, 132), (377, 190), (365, 250), (346, 300), (362, 332), (470, 378),
    (512, 430), (512, 600), (14, 600), (44, 385), (190, 332), (182, 290), (158, 250), (151, 200), (162, 152),
    (151, 105), (174, 70),
)  # fmt: skip
# Grows when the drawing changes, so that old pictures are not used again.
_VERSION: Final = "1"


class Film(StrEnum):
    """What a simulated camera may see."""

    LOBBY = "lobby"  # passers-by only
    ENTRANCE = "entrance"  # other passers-by only
    VISIT = "visit"  # the entrance while the listed person walks in


@dataclass(frozen=True, slots=True)
class Walk:
    """A figure that crosses the picture. ``begin`` and ``frames`` count frames; ``height_px`` is the figure's."""

    figure: Image.Image
    begin: int
    frames: int
    height_px: int
    leftwards: bool = False


def ensure(folder: Path, pictures: Path) -> dict[Film, Path]:
    """Draw the films that are missing below *folder*, one JPEG a frame; returns the folder of each.

    Raises StartupError when a portrait is missing from *pictures*.
    """
    listed, passer = pictures / LISTED_FILE, pictures / PASSER_FILE
    for path in (listed, passer):
        if not path.is_file():
            fetch = hints.command("models", "fetch", "--pictures")
            raise StartupError(f"the demonstration picture {path} is missing; run: {fetch}")
    mark = hashlib.sha256(f"{_VERSION} {listed.stat().st_size} {passer.stat().st_size}".encode()).hexdigest()[:12]
    films = {film: folder / f"{film.value}-{mark}" for film in Film}
    if not all(path.is_dir() for path in films.values()):
        # Read once: cutting out is the slow part.
        cast = _Cast.cut(listed, passer)
        for film, path in films.items():
            _film(path, cast.walks(film), _lobby(entrance=film is not Film.LOBBY))
    return films


def enrolment_photo(pictures: Path) -> Path:
    """The listed person's portrait as it is put forward: the whole picture, not the cut-out."""
    return pictures / LISTED_FILE


@dataclass(frozen=True, slots=True)
class _Cast:
    listed: Image.Image
    passer: Image.Image
    second: Image.Image
    third: Image.Image

    @classmethod
    def cut(cls, listed: Path, passer: Path) -> "_Cast":
        one = _cut_out(passer, _PASSER_OUTLINE)
        # Broader and mirrored; narrower and in dim light: different faces to a measure, and nobody's portrait.
        second = ImageOps.mirror(one.resize((round(one.width * 1.16), one.height), Image.Resampling.LANCZOS))
        third = _tinted(one.resize((round(one.width * 0.88), one.height), Image.Resampling.LANCZOS), 0.78)
        return cls(_cut_out(listed, _LISTED_OUTLINE), one, second, third)

    def walks(self, film: Film) -> list[Walk]:
        match film:
            case Film.LOBBY:
                return [Walk(self.second, 0, 22, 470), Walk(self.third, 14, 22, 430, leftwards=True)]
            case Film.ENTRANCE:
                return [Walk(self.passer, 0, 22, 480), Walk(self.third, 16, 20, 440, leftwards=True)]
            case Film.VISIT:
                return [Walk(self.listed, 0, 24, 560, leftwards=True), Walk(self.passer, 18, 22, 470)]


def _film(path: Path, walks: Sequence[Walk], lobby: Image.Image) -> None:
    """Write one loop of a film in a folder that appears whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for number in range(max(walk.begin + walk.frames for walk in walks)):
        frame = lobby.copy()
        for walk in walks:
            _paste(frame, walk, number)
        frame.save(unfinished / f"{number:04d}.jpg", "JPEG", quality=88)
    shutil.rmtree(path, ignore_errors=True)
    unfinished.rename(path)


def _paste(frame: Image.Image, walk: Walk, number: int) -> None:
    """Draw the figure where its walk has it in frame *number*; nothing before and after."""
    step = number - walk.begin
    if not 0 <= step < walk.frames:
        return
    scale = walk.height_px / walk.figure.height
    figure = walk.figure.resize((round(walk.figure.width * scale), walk.height_px), Image.Resampling.LANCZOS)
    way = (step + 0.5) / walk.frames
    across = 1 - way if walk.leftwards else way
    left = round(across * (WIDTH_PX + figure.width)) - figure.width
    # Two steps a second, each lifting the head a little.
    bob = round(6 * math.sin(2 * math.pi * 2 * step / FPS))
    frame.paste(figure, (left, HEIGHT_PX - walk.height_px + 8 + bob), figure)


def _cut_out(path: Path, outline: Sequence[tuple[int, int]]) -> Image.Image:
    """The person inside *outline* with a soft edge."""
    with Image.open(path) as picture:
        person = picture.convert("RGB")
    mask = Image.new("L", person.size, 0)
    ImageDraw.Draw(mask).polygon(list(outline), fill=255)
    person.putalpha(mask.filter(ImageFilter.GaussianBlur(2)))
    return person.crop(mask.getbbox())


def _tinted(figure: Image.Image, brightness: float) -> Image.Image:
    alpha = figure.getchannel("A")
    dim = ImageEnhance.Color(ImageEnhance.Brightness(figure.convert("RGB")).enhance(brightness)).enhance(0.6)
    dim.putalpha(alpha)
    return dim


def _lobby(*, entrance: bool) -> Image.Image:
    """An empty room: wall, floor, a door or a desk, lamps."""
    wall, floor, wood = ((206, 212, 214), (150, 146, 138), (120, 96, 72)) if entrance else (
        (214, 208, 198), (132, 138, 142), (92, 104, 116)
    )  # fmt: skip
    room = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), wall)
    pen = ImageDraw.Draw(room)
    pen.rectangle((0, 520, WIDTH_PX, HEIGHT_PX), fill=floor)
    for left in range(-200, WIDTH_PX, 160):
        pen.line((left + 260, 520, left, HEIGHT_PX), fill=(floor[0] - 14, floor[1] - 14, floor[2] - 14), width=2)
    if entrance:
        pen.rectangle((470, 120, 810, 520), fill=(176, 198, 208), outline=wood, width=10)
        pen.line((640, 120, 640, 520), fill=wood, width=8)
    else:
        pen.rectangle((90, 390, 520, 540), fill=wood)
        pen.rectangle((80, 372, 530, 396), fill=(wood[0] + 40, wood[1] + 40, wood[2] + 40))
        pen.rectangle((860, 150, 1130, 330), fill=(186, 202, 190), outline=(110, 110, 110), width=6)
    for left in (200, 600, 1000):
        pen.ellipse((left, 18, left + 120, 46), fill=(250, 248, 236))
    return room.filter(ImageFilter.GaussianBlur(1.2))
