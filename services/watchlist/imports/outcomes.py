"""What becomes of every photo, line and person of an import, and how many came to what. Pure.

This is the one place that counts: the page, the command line, the report and the commit all show what is counted here.
Each photo, each line of people.csv and each person comes to exactly one outcome, so the outcomes of a kind always sum
to all of that kind that were read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import OUTCOMES, Counts, ImportCounts, Outcome

# Of a row that is rejected: somebody is listed, or about to be, by another way.
LISTED: Final = frozenset({FindingCode.ALREADY_LISTED, FindingCode.IN_OPEN_IMPORT})
# Of a row that is rejected: only a person can say what is meant.
QUESTIONS: Final = frozenset(
    {
        FindingCode.NO_ROW, FindingCode.MISSING_PHOTO, FindingCode.BAD_NAME, FindingCode.SPELLED_DIFFERENTLY,
        FindingCode.UNLIKE_OTHERS, FindingCode.DUPLICATE_FILE, FindingCode.ROW_TWICE, FindingCode.UNCLEAR_DATE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """So many photos, or faulty lines of people.csv, of one verdict and with the same findings."""

    verdict: Verdict
    codes: frozenset[str]
    many: int = 1


@dataclass(frozen=True, slots=True)
class People:
    """So many people of whom the rows of an import say the same.

    ``stands``: there is an entry with a photo; ``spoiled``: a row of theirs keeps them from being put forward all the
    same. ``photoless``: a line speaks of them, and no photo can be used. ``warned``: a photo of theirs has a warning.
    """

    stands: bool
    spoiled: bool
    listed: bool
    asked: bool
    photoless: bool
    warned: bool
    many: int = 1


def of_row(verdict: Verdict, codes: Collection[str]) -> Outcome:
    """What a photo, a line, or a person as a whole comes to."""
    if verdict is Verdict.READY:
        return "ready"
    if verdict is Verdict.WARNING:
        return "warning"
    if not LISTED.isdisjoint(codes):
        return "listed"
    return "refused" if QUESTIONS.isdisjoint(codes) else "question"


def of_person(person: People) -> Outcome:
    """Whether somebody can be put forward, and what keeps them from it."""
    if person.stands and not person.spoiled:
        return "warning" if person.warned else "ready"
    if person.listed:
        return "listed"
    return "question" if person.asked or person.photoless else "refused"


def counted(*, photos: Iterable[Rows], faulty: Iterable[Rows], lines: int, people: Iterable[People]) -> ImportCounts:
    """All counts of an import; *lines* are all that people.csv has, *faulty* those of them that are in the report.

    A file that is refused as a whole is one faulty line.
    """
    wrong = _tallied((of_row(each.verdict, each.codes), each.many) for each in faulty)
    wrong["ready"] += max(0, lines - wrong.total())
    return ImportCounts(
        people=_counts(_tallied((of_person(each), each.many) for each in people)),
        photos=_counts(_tallied((of_row(each.verdict, each.codes), each.many) for each in photos)),
        lines=_counts(wrong),
    )


def left_out(counts: Counts) -> int:
    """How many cannot be put forward, or used."""
    return counts.question + counts.refused + counts.listed


def _tallied(found: Iterable[tuple[Outcome, int]]) -> Counter[Outcome]:
    tally: Counter[Outcome] = Counter()
    for outcome, many in found:
        tally[outcome] += many
    return tally


def _counts(tally: Mapping[Outcome, int]) -> Counts:
    many = {outcome: tally.get(outcome, 0) for outcome in OUTCOMES}
    return Counts(
        read=sum(many.values()), question=many["question"], refused=many["refused"], warning=many["warning"],
        listed=many["listed"], ready=many["ready"],
    )  # fmt: skip
