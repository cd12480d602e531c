"""What the look-alike shield holds back: the same visitor, whom it is for, and the listed person, whom it may not.

Run: ``python -m benchmarks.shield DATA --models FOLDER [--cache FOLDER]``, as ``benchmarks.walks``, from whose walks
and entries everything here is made.

*The visitor comes again*: two walks of one person, of different pictures; the first one's mean after its last look is
on the shield, and the second is held while its mean so far is at least so alike. *The listed person walks in*: every
walk of an entry's own person that is a sighting (0.50 after some look), while a walk of somebody else is on the shield
that scored LIKENESS with the entry. Real look-alikes of an alert's strength are too few in the data to count, so it is
shown how it goes with the nearest ones there are. A walk is held if it is never sighted but while the shield covers it;
the shield's margin above what was judged is left out here, which favours nobody but the shield.
Intervals are 95 %, by drawing people anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.lfw import people_asked_for
from benchmarks.walks import KINDS
from cli.eval.composing import pairs
from cli.eval.deciding import means
from cli.eval.intervals import of_redrawn, redrawn
from cli.eval.open_set import Curve, Matrix
from cli.eval.people import People, templates

SIGHTED: Final = 0.50
LIKENESS: Final = (0.35, 0.40, 0.45, 0.50)
THRESHOLDS: Final = (0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70)

Held = list[tuple[int, bool]]  # of each walk, whose it is and whether it is held


def visitors(people: People, kind: str) -> Iterator[tuple[int, Matrix]]:
    """Of each two walks of a person, (looks,) how alike the second is to the first after each look."""
    walks = KINDS[kind][1](people, 0)
    for first, second in pairs(walks):
        for one, other in ((first, second), (second, first)):
            yield int(walks.people[one]), means(walks.looks[other]) @ means(walks.looks[one])[-1]


def listed(people: People, kind: str, photos: int, likeness: float) -> Iterator[tuple[int, Matrix, Matrix]]:
    """Whose, and (looks,) similarity to the entry and to the visitor, of listed people's walks that are sightings."""
    once, _ = KINDS[kind]
    entries = np.concatenate(templates(people, photos, "mean"))
    strangers, known = once(people, 0), once(people, photos)
    own: dict[int, list[Matrix]] = defaultdict(list)
    for looks, person in zip(known.looks, known.people, strict=True):
        own[int(person)].append(means(looks))
    for looks, person in zip(strangers.looks, strangers.people, strict=True):
        walk = means(looks)
        scores = (walk @ entries.T).max(axis=0)
        scores[person] = -1
        for entry in np.flatnonzero(scores >= likeness):
            for mine in own[int(entry)]:
                similarity = mine @ entries[entry]
                if similarity.max() >= SIGHTED:
                    yield int(entry), similarity, mine @ walk[-1]


def report(people: People) -> None:
    """Print what the module says."""
    for kind in KINDS:
        again = list(visitors(people, kind))
        print(f"\n{kind} frames, the visitor comes again:")
        for same_visitor in THRESHOLDS:
            first = _share([(person, bool(alike[0] >= same_visitor)) for person, alike in again])
            last = _share([(person, bool(alike[-1] >= same_visitor)) for person, alike in again])
            print(f"  from {same_visitor:.2f}: held at the first look {first}, at the last {last}", flush=True)
        for photos in (1, 3):
            for likeness in LIKENESS:
                _report_listed(
                    f"{kind} frames, {photos} photo(s)", list(listed(people, kind, photos, likeness)), likeness
                )


def _report_listed(title: str, found: Sequence[tuple[int, Matrix, Matrix]], likeness: float) -> None:
    if not found:
        return
    print(f"\n{title}, the listed person beside a shielded walk of {likeness:.2f} or more:")
    print(
        f"  likeness to that walk: 50 and 99 %, most {np.quantile([float(a.max()) for *_, a in found], (0.5, 0.99, 1))}"
    )
    for same_visitor in THRESHOLDS:
        held: Held = [
            (entry, not bool((similarity[alike < np.maximum(same_visitor, similarity)] >= SIGHTED).any()))
            for entry, similarity, alike in found
        ]
        looks: Held = [
            (entry, bool(a >= max(same_visitor, s)))
            for entry, similarity, alike in found
            for s, a in zip(similarity, alike, strict=True)
            if s >= SIGHTED
        ]
        print(f"  from {same_visitor:.2f}: walks held {_share(held)}, looks {_share(looks)}", flush=True)


def _share(rows: Held) -> str:
    people, numbers = np.unique([person for person, _ in rows], return_inverse=True)
    total, count = np.bincount(numbers, [is_held for _, is_held in rows]), np.bincount(numbers)
    curve = Curve(total.astype(np.float32)[:, None], count.astype(np.float64))
    found = of_redrawn(curve.shares(redrawn(len(people), 11))[:, 0])
    return f"{total.sum() / count.sum():.4f} ({found.low:.4f}-{found.high:.4f}) of {len(rows)}"


def main() -> None:
    """Measure and print."""
    report(people_asked_for(__doc__))


if __name__ == "__main__":
    main()
