"""How many false alerts a budget leads to, of walks of strangers that nobody set its thresholds on.

Run: ``python -m benchmarks.budget DATA --models FOLDER [--cache FOLDER]``, as ``benchmarks.walks``.

One site with eight cameras: some see three pictures of different days of a person, some three frames of one view, three
have bad pictures. 15,000 people a day walk by. 2,830 people are too few to see one walk in a million, so a walk is
*composed*: of the walks of two people, mixed look by look with weights cos v and sin v, v from 30 to 45 degrees, as the
walk of somebody who is like both. Neither of the two is on the list. There are millions of such people; as they are
made of the vectors of real ones, what one and what thousands of them have in common is real.

What cameras count is drawn: four weeks of walks, of people of one half (by a digest of the name). The thresholds follow
by the watchlist service's own code. What they let through is then computed of people of the other half, exactly, over
all pairs of walks; then the halves change places. Lists are drawn from all people, one photo each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import people_asked_for
from benchmarks.walks import VISITORS_A_DAY
from cli.eval.composing import alike
from cli.eval.open_set import Matrix, Rows
from cli.eval.people import People, templates
from proto.wardwatch.v1.subjects import CameraId, Place, SiteId
from proto.wardwatch.v1.walk_counts import BINS
from services.watchlist.budget import days
from services.watchlist.budget.tail import Counted
from services.watchlist.budget.thresholds import Camera, Judged, SitePlan, planned

LISTED: Final = 2_100
BUDGETS: Final = (0.1, 1.0, 10.0)
FLOOR: Final = 0.55  # lower than any budget here asks for, and computed exactly from there on
_LOOKS: Final = 3
_SETS: Final = 4  # of three pictures of one person
_DEGREES: Final = (30.0, 35.0, 40.0, 45.0)
_DAYS: Final = 28
_BATCH: Final = 4_000
_LIST: Final = 7
# Of bad pictures: how far vectors are drawn to what all faces have in common, and by how much they are scattered.
_COMMON: Final = 0.25
_SCATTER: Final = 0.35
# What is let through is computed from this cosine on. Neither of two walks of which one mixed is so near to an entry
# can be less near than the second figure.
_MEASURED_FROM: Final = FLOOR
_NEAR: Final = _MEASURED_FROM / np.sqrt(2)
_FINE: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """``means`` (3, walks, d): of each walk the mean of its looks so far, of unit length; ``people`` whose it is."""

    means: Matrix
    people: Rows

    def of(self, wanted: NDArray[np.bool_]) -> "Walks":
        chosen = wanted[self.people]
        return Walks(self.means[:, chosen], self.people[chosen])


@dataclass(frozen=True, slots=True)
class Kind:
    """What a camera sees: ``views`` of different days or of one, and whether its pictures are ``bad``."""

    name: str
    share: float  # of the site's walks
    views: bool
    bad: bool = False


CAMERAS: Final = (
    Kind("entrance", 0.30, views=True),
    Kind("hall", 0.24, views=False),
    Kind("pharmacy", 0.16, views=True),
    Kind("lift", 0.10, views=False),
    Kind("back-door", 0.08, views=False, bad=True),
    Kind("car-park", 0.06, views=True, bad=True),
    Kind("ward", 0.04, views=False),
    Kind("stairs", 0.02, views=False, bad=True),
)


def several_views(people: People) -> Walks:
    """Up to four sets of three pictures of everybody who has three."""
    rng = np.random.default_rng(11)
    looks, whose = [], []
    for person, rows in enumerate(people.rows):
        if len(rows) < _LOOKS:
            continue
        for _ in range(min(_SETS, len(rows) - _LOOKS + 1)):
            looks.append(people.vectors[rng.permutation(rows)[:_LOOKS]])
            whose.append(person)
    return _walks(np.stack(looks, axis=1), whose)


def one_view(people: People) -> Walks:
    """Three frames of one picture."""
    found = alike(people, 0)
    return _walks(np.stack(found.looks, axis=1), found.people.tolist())


def spoiled(walks: Walks) -> Walks:
    """The same, by a camera whose pictures are bad: all faces are more alike, and each is less like itself."""
    rng = np.random.default_rng(13)
    common = _unit(walks.means[-1].mean(axis=0))
    scatter = _unit(rng.standard_normal(walks.means.shape).astype(np.float32))
    return replace(walks, means=_unit(walks.means + np.float32(_COMMON) * common + np.float32(_SCATTER) * scatter))


def _walks(looks: Matrix, people: Sequence[int]) -> Walks:
    """Of *looks* (3, walks, d)."""
    return Walks(_unit(np.cumsum(looks, axis=0)), np.array(people, np.intp))


def _unit(vectors: Matrix) -> Matrix:
    lengths: Matrix = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


@dataclass(frozen=True, eq=False)
class Crowd:
    """Walks of one half of the people at one camera, and how near each is to each entry of a list, look by look."""

    scores: Matrix  # (3, walks, entries), -1 with the own entry
    alike: Matrix  # (3, walks, walks)

    @classmethod
    def of(cls, walks: Walks, entries: Matrix, listed: Rows) -> "Crowd":
        scores = walks.means @ entries.T
        row_of = {int(person): column for column, person in enumerate(listed)}
        for walk, person in enumerate(walks.people.tolist()):
            if person in row_of:
                scores[:, walk, row_of[person]] = -1
        return cls(scores, walks.means @ walks.means.transpose(0, 2, 1))

    def counted(self, count: int, entries: int, rng: np.random.Generator) -> Counted:
        """What a camera counts of *count* composed walks that are compared with the first *entries* of the list."""
        found = np.zeros(BINS, np.int64)
        for start in range(0, count, _BATCH):
            drawn = min(_BATCH, count - start)
            one, other = rng.integers(0, self.scores.shape[1], (2, drawn))
            weight = np.deg2rad(rng.choice(_DEGREES, drawn)).astype(np.float32)
            best = np.full(drawn, -1, np.float32)
            for look in range(_LOOKS):
                length = self._length(look, one, other, weight)
                mixed = self.scores[look, one, :entries] * (np.cos(weight) / length)[:, None]
                mixed += self.scores[look, other, :entries] * (np.sin(weight) / length)[:, None]
                best = np.maximum(best, mixed.max(axis=1))
            found += np.bincount(np.clip((best * BINS).astype(int), 0, BINS - 1), minlength=BINS)
        return Counted(found, entries)

    def beyond(self, threshold: float) -> float:
        """The exact share of composed walks that are so near to anybody on the list.

        Summed over entries: that one walk is near to two is as seldom as the square of it.
        """
        if threshold < _MEASURED_FROM:
            raise ValueError(f"not computed below {_MEASURED_FROM}")
        return float(self.tail[round(threshold * _FINE) :].sum())

    @cached_property
    def tail(self) -> NDArray[np.float64]:
        """(10,000,), the share of composed walks whose cosine with some entry is so many ten-thousandths."""
        walks = self.scores.shape[1]
        found = np.zeros(_FINE, np.int64)
        everybody = np.arange(walks)
        for entry in range(self.scores.shape[2]):
            near = np.flatnonzero(self.scores[:, :, entry].max(axis=0) >= _NEAR)
            far = np.setdiff1d(everybody, near)
            for degrees in _DEGREES if len(near) else ():
                found += self._found(entry, near, everybody, degrees)
                found += self._found(entry, far, near, degrees)
        shares: NDArray[np.float64] = found / (walks**2 * len(_DEGREES))
        return shares

    def _found(self, entry: int, one: Rows, other: Rows, degrees: float) -> NDArray[np.int64]:
        weight = np.float32(np.deg2rad(degrees))
        best = np.zeros((len(one), len(other)), np.float32)
        for look in range(_LOOKS):
            mixed = np.cos(weight) * self.scores[look, one, entry][:, None]
            mixed = mixed + np.sin(weight) * self.scores[look, other, entry]
            best = np.maximum(best, mixed / self._length(look, one[:, None], other, weight))
        return np.bincount((best[best >= _MEASURED_FROM] * _FINE).astype(int), minlength=_FINE)[:_FINE]

    def _length(self, look: int, one: Rows, other: Rows, weight: Matrix | np.float32) -> Matrix:
        length: Matrix = np.sqrt(1 + np.sin(2 * weight) * self.alike[look, one, other])
        return length


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The crowds of each camera: of the people whose walks are counted, and of those who are measured."""

    counted: Sequence[Crowd]
    measured: Sequence[Crowd]

    def cameras(self, entries: int, number_of_days: int, seed: int) -> list[Camera]:
        rng = np.random.default_rng(seed)
        found = []
        for kind, crowd in zip(CAMERAS, self.counted, strict=True):
            weekly = 7 * VISITORS_A_DAY * kind.share
            walks = round(weekly / 7 * number_of_days)
            counts = (crowd.counted(walks, entries, rng),) if walks else ()
            found.append(Camera(Place(SiteId("h1"), CameraId(kind.name)), counts, weekly))
        return found

    def raised(self, plan: SitePlan) -> float:
        """False alerts a week of the people who are measured."""
        return sum(
            crowd.beyond(camera.strong_similarity) * 7 * VISITORS_A_DAY * kind.share
            for kind, crowd, camera in zip(CAMERAS, self.measured, plan.cameras, strict=True)
        )


def sites(people: People, kinds: Sequence[Kind]) -> tuple[Site, Site]:
    """A site whose cameras are *kinds*, counted on the first half of the people, and one counted on the second."""
    rng = np.random.default_rng(_LIST)
    listed = rng.permutation(len(people.names))[:LISTED]
    entries = np.concatenate(templates(people, 1, "mean"))[listed]
    half = people.half()
    views, frames = several_views(people), one_view(people)
    made: dict[tuple[bool, bool], list[Crowd]] = {}
    for kind in kinds:
        if (kind.views, kind.bad) not in made:
            walks = views if kind.views else frames
            walks = spoiled(walks) if kind.bad else walks
            made[kind.views, kind.bad] = [Crowd.of(walks.of(which), entries, listed) for which in (half, ~half)]
    crowds = [made[kind.views, kind.bad] for kind in kinds]
    first, second = [each[0] for each in crowds], [each[1] for each in crowds]
    return Site(first, second), Site(second, first)


def report(people: People) -> None:
    """Print what the module says."""
    usual = sites(people, CAMERAS)
    _report("four weeks counted", usual, number_of_days=_DAYS)
    _report("one week counted", usual, number_of_days=7)
    _report("nothing counted yet", usual, number_of_days=0)
    _report_longer(usual)
    one = [replace(kind, views=False) for kind in CAMERAS]
    _report("frames of one view at every camera", sites(people, one), number_of_days=_DAYS)
    _report_worse(people, usual)


def _report(name: str, both: tuple[Site, Site], *, number_of_days: int) -> None:
    for half, site in zip(("first", "second"), both, strict=True):
        cameras = site.cameras(LISTED, number_of_days, seed=17)
        walks = sum(camera.walks for camera in cameras)
        print(f"\n{name}, by the {half} half: {walks:,} walks counted")
        _print_budgets(site, cameras, judged=number_of_days > 0)


def _report_longer(both: tuple[Site, Site]) -> None:
    """Half of the list is counted; then it is twice as long: before, and after some days of counting it so."""
    for half, site in zip(("first", "second"), both, strict=True):
        former = site.cameras(LISTED // 2, _DAYS, seed=17)
        for number_of_days in (0, 1, 7):
            cameras = _since(former, site.cameras(LISTED, number_of_days, seed=19))
            print(f"\nthe list is twice as long since {number_of_days} days, by the {half} half")
            _print_budgets(site, cameras, judged=False)


def _since(former: Sequence[Camera], newer: Sequence[Camera]) -> list[Camera]:
    """Day by day, as the record has it: the days since, and the weeks before as one."""
    return [
        replace(old, counted=days.alike([new.counted, old.counted]) if new.counted else old.counted)
        for old, new in zip(former, newer, strict=True)
    ]


def _print_budgets(site: Site, cameras: Sequence[Camera], *, judged: bool) -> None:
    for budget in BUDGETS:
        plan = planned(budget, cameras, LISTED, Judged(), FLOOR)
        raised = site.raised(plan)
        _print(budget, plan, raised)
        verdicts, weeks = Judged(), 0
        for _ in range(2 if judged else 0):  # eight weeks of verdicts each, as many as are to be expected
            expected = sum(each.expected.alerts for each in plan.cameras) / verdicts.correction
            weeks += 8
            verdicts = Judged(verdicts.rejected + round(8 * raised), verdicts.expected + 8 * expected)
            plan = planned(budget, cameras, LISTED, verdicts, FLOOR)
            raised = site.raised(plan)
            print(f"    after {weeks} weeks of verdicts ({verdicts.rejected} rejected): {raised:.2f} a week")


def _print(budget: float, plan: SitePlan, raised: float) -> None:
    asked = ", ".join(f"{camera.strong_similarity:.3f}" for camera in plan.cameras)
    expected, met = plan.expected, "" if plan.met else " (cannot be met)"
    print(
        f"  {budget:g} a week{met}: {raised:.2f} raised, {raised / budget:.2f} of it;"
        f" expected {expected.alerts:.2f} ({expected.low:.2f} to {expected.high:.2f});"
        f" missed {plan.missed.several_views:.3f}, of one view {plan.missed.one_view:.3f}; at {asked}",
        flush=True,
    )


def _report_worse(people: People, usual: tuple[Site, Site]) -> None:
    """The entrance and the hall get bad pictures; before, after a day and after a week of counting them so."""
    changed = [replace(kind, bad=kind.bad or kind.name in ("entrance", "hall")) for kind in CAMERAS]
    for half, before, after in zip(("first", "second"), usual, sites(people, changed), strict=True):
        former = before.cameras(LISTED, _DAYS, seed=17)
        for number_of_days in (0, 1, 7):
            cameras = _since(former, after.cameras(LISTED, number_of_days, seed=19))
            print(f"\nthe entrance and the hall have got worse, {number_of_days} days ago, by the {half} half")
            for budget in BUDGETS:
                plan = planned(budget, cameras, LISTED, Judged(), FLOOR)
                _print(budget, plan, after.raised(plan))


def main() -> None:
    """Measure and print."""
    report(people_asked_for(__doc__))


if __name__ == "__main__":
    main()
