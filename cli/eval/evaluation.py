"""Reads what is to be evaluated on, lets all processors look at it, and makes the report of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from cli.eval import comparing, deciding, detection, measuring, sources, suspects, trials, verification, workers
from cli.eval.cache import Cache
from cli.eval.clips import Walked
from cli.eval.comparing import ReportFile
from cli.eval.deciding import Rule
from cli.eval.detection import MarkedFace
from cli.eval.open_set import Matrix
from cli.eval.people import Faces, People, anonymous, people_of, templates
from cli.eval.seeing import FRAMES, MEASURES, ModelFiles
from cli.eval.sources import Picture
from cli.eval.suspects import TwoNames, WrongName
from cli.eval.workers import Runs, Wanted
from proto.wardwatch.v1.accuracy import AccuracyReport, ClipFigures, DataSet, MeasuredModel
from services.chassis.errors import StartupError

T = TypeVar("T")

# Frames of somebody who stands still are made of so many pictures of a person, behind the one that is enrolled.
_STANDING: Final = 3
_LEAST_PEOPLE: Final = 2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is evaluated, and how. ``listed`` are sizes of lists; ``people`` is the list that films are held against."""

    folder: Path
    models: ModelFiles
    software: str
    today: date
    processes: int
    cache: Path | None = None
    name: str = ""
    listed: tuple[int, ...] = ()
    pairs: Path | None = None
    groups: Path | None = None
    left_out: Path | None = None
    people: Path | None = None
    names: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The report's file, and whom a person should look at, by name."""

    file: ReportFile
    two_names: list[TwoNames] = field(default_factory=list)
    wrong_names: list[WrongName] = field(default_factory=list)


def evaluate(asked: Asked, say: Say) -> Evaluated:
    """Do it all. Raises StartupError."""
    kind = sources.kind_of(asked.folder)
    with workers.running(asked.models, asked.processes) as runs:
        if kind == "marks":
            return _file(_of_marks(asked, runs, say))
        if kind == "clips":
            return _file(_of_clips(asked, runs, say))
        return _of_people(asked, runs, say)


def _file(report: AccuracyReport) -> Evaluated:
    return Evaluated(ReportFile(report=report, digest=report.digest()))


# -- people --


def _of_people(asked: Asked, runs: Runs, say: Say) -> Evaluated:
    pictures = sources.people(asked.folder)
    left_out = sources.left_out(asked.left_out) if asked.left_out else frozenset[str]()
    faces = faces_of(pictures, asked, runs, say, left_out)
    gated = measuring.gated(faces)
    people = people_of(gated, left_out)
    if len(people) < _LEAST_PEOPLE:
        raise StartupError(
            f"{asked.folder} shows the faces of {len(people)} people; at least {_LEAST_PEOPLE} are needed"
        )
    say("comparing")
    try:
        found = measuring.searches(people, trials.sizes(len(people), asked.listed))
    except ValueError as error:
        raise StartupError(str(error)) from error
    report = _report(asked, people, faces, gated, found, left_out, pictures)
    names = people.names if asked.names else [anonymous(name) for name in people.names]
    file = ReportFile(report=report, digest=report.digest(), scores=comparing.kept(found, names))
    return Evaluated(file, suspects.two_names(people), suspects.wrong_names(people, gated))


def _report(
    asked: Asked,
    people: People,
    faces: Faces,
    gated: Faces,
    found: measuring.Searches,
    left_out: frozenset[str],
    pictures: Sequence[Picture],
) -> AccuracyReport:
    comparisons = verification.compared(people)
    group_of = sources.groups(asked.groups) if asked.groups else {}
    return AccuracyReport(
        measured_on=asked.today,
        software=asked.software,
        models=_models(asked.models),
        data=DataSet(
            name=asked.name or asked.folder.resolve().name,
            digest=sources.digest_of((each.name, each.digest) for each in pictures),
            pictures=len(pictures),
            people=len(people),
            faces=len(faces.names),
            refused=len(faces.names) - len(gated.names),
            left_out=len(left_out),
        ),
        verification=measuring.verified(comparisons, _folds(asked, pictures, faces)),
        identification=measuring.identification(found),
        fixed_list=measuring.fixed_list(people),
        groups=measuring.groups(found.main, people.names, group_of) if group_of else [],
        histogram=measuring.histogram(comparisons),
        two_names=len(suspects.two_names(people)),
        wrong_names=len(suspects.wrong_names(people, gated)),
        floor=measuring.floor(found.main),
    )


def _folds(asked: Asked, pictures: Sequence[Picture], faces: Faces) -> verification.Folds | None:
    if asked.pairs is None:
        return None
    try:
        pairs = list(verification.parse_pairs(sources.text(asked.pairs), [each.name for each in pictures]))
        return verification.folded(pairs, faces.names, faces.vectors)
    except ValueError as error:
        raise StartupError(f"{asked.pairs}: {error}") from error


def faces_of(
    pictures: Sequence[Picture], asked: Asked, runs: Runs, say: Say, left_out: frozenset[str] = frozenset()
) -> Faces:
    """The face of each picture, from the cache where it is there. Raises StartupError."""
    standing = _standing(pictures, left_out)
    with Cache(asked.cache, "/".join(each.sha256 for each in _models(asked.models))) as cache:
        known = {
            digest: rows
            for digest, rows in cache.read(each.digest for each in pictures).items()
            if rows is None or len(rows) > FRAMES or digest not in standing
        }
        missing = [
            Wanted(each.name, each.path, each.digest, each.digest in standing)
            for each in pictures
            if each.digest not in known
        ]
        batches = workers.batches(missing)
        for made in counted(runs(workers.embed, batches), len(batches), "pictures looked at", say):
            cache.write(made)
            known |= made
    return _joined(pictures, known, standing)


def _standing(pictures: Iterable[Picture], left_out: frozenset[str]) -> frozenset[str]:
    """The digests of those pictures that frames of somebody who stands still are made of."""
    of: dict[str, list[Picture]] = defaultdict(list)
    for each in pictures:
        if each.name not in left_out:
            of[each.name.split("/")[0]].append(each)
    chosen = (some[1 : 1 + _STANDING] or some for some in of.values())
    return frozenset(each.digest for some in chosen for each in some)


def _joined(pictures: Sequence[Picture], known: dict[str, Matrix | None], standing: frozenset[str]) -> Faces:
    shown = [(each, rows) for each in pictures if (rows := known[each.digest]) is not None]
    if not shown:
        raise StartupError("no picture shows a face")
    first = np.stack([rows[0] for _, rows in shown])
    alike = {each.name: rows[1:, MEASURES:] for each, rows in shown if each.digest in standing and len(rows) > FRAMES}
    names = [each.name for each, _ in shown]
    return Faces(names, first[:, MEASURES:], first[:, :MEASURES], len(pictures), alike)


# -- marked pictures --


def _of_marks(asked: Asked, runs: Runs, say: Say) -> AccuracyReport:
    marks = sources.marks(asked.folder)
    by_path = {each.path: each.marked for each in marks}
    faces: list[MarkedFace] = []
    for path, boxes in counted(runs(workers.find_marked, list(by_path)), len(by_path), "pictures searched", say):
        faces += detection.matched(by_path[path], boxes)
    if not faces:
        raise StartupError(f"no face is marked in {asked.folder}")
    data = DataSet(
        name=asked.name or asked.folder.resolve().name,
        digest=sources.digest_of(sources.digests(by_path, asked.folder)),
        pictures=len(marks),
        people=0,
        faces=len(faces),
        refused=0,
        left_out=0,
    )
    return AccuracyReport(
        measured_on=asked.today,
        software=asked.software,
        models=_models(asked.models),
        data=data,
        detection=measuring.found_faces(faces),
    )


# -- films --


def _of_clips(asked: Asked, runs: Runs, say: Say) -> AccuracyReport:
    if asked.people is None:
        raise StartupError("films need --people: a folder of people who are not in them, to be held against")
    films = sources.films(asked.folder)
    listed = people_of(faces_of(sources.people(asked.people), asked, runs, say))
    seen = list(counted(runs(workers.walk, films), len(films), "films watched", say))
    return AccuracyReport(
        measured_on=asked.today,
        software=asked.software,
        models=_models(asked.models),
        data=DataSet(
            name=asked.name or asked.folder.resolve().name,
            digest=sources.digest_of(sources.digests(films, asked.folder)),
            pictures=sum(each.frames for each in seen),
            people=len(listed),
            faces=sum(each.faces for each in seen),
            refused=0,
            left_out=0,
        ),
        clips=_clip_figures(seen, np.concatenate(templates(listed, 1)), Rule()),
    )


def _clip_figures(seen: Sequence[Walked], entries: Matrix, rule: Rule) -> ClipFigures:
    scores = [deciding.means(looks) @ entries.T for each in seen for looks in each.walks]
    raised = sum(any(rule.raises(each[:, near]) for near in np.flatnonzero(each.max(axis=0) > 0)) for each in scores)
    return ClipFigures(
        films=len(seen),
        frames=sum(each.frames for each in seen),
        faces=sum(each.faces for each in seen),
        walks=len(scores),
        raised=measuring.counted(raised, len(scores)) if scores else None,
        nearest=max((float(each.max()) for each in scores), default=None),
    )


def _models(files: ModelFiles) -> list[MeasuredModel]:
    detector, embedder = files.cards()
    return [
        MeasuredModel(role="detector", name=detector.name, sha256=detector.original_sha256),
        MeasuredModel(role="embedder", name=embedder.name, sha256=embedder.original_sha256),
    ]


def counted(results: Iterable[T], total: int, what: str, say: Say) -> Iterator[T]:
    """The same *results*, and a word after each on how far it is and how long it will take."""
    began = time.monotonic()
    for number, result in enumerate(results, 1):
        left = (time.monotonic() - began) / number * (total - number)
        say(f"{what}: {100 * number // total} %, {left:.0f} s left")
        yield result
