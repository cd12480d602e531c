"""A report as a page: headings, sentences, tables and pictures, in one language. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.eval import curves_picture
from cli.eval.deciding import POLICY, SIGHTED
from cli.eval.words import SENTENCES, Language
from proto.wardwatch.v1.accuracy import AccuracyReport, Identification, RatePoint, Share, ThresholdPoint

SUSPECTS_FILE: Final = "look-at-these.csv"
_VISITORS: Final = 15_000
_DIGEST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as SVG, and what it shows."""

    title: str
    name: str
    svg: str


Part = str | Table | Drawing | tuple[str, ...]  # a tuple of sentences is a list of points


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report in one language."""

    language: Language
    title: str
    sections: tuple[Section, ...] = field(default=())

    def drawings(self) -> Iterator[Drawing]:
        """All pictures."""
        for section in self.sections:
            yield from (part for part in section.parts if isinstance(part, Drawing))


def document(report: AccuracyReport, language: Language) -> Document:
    """The whole report."""
    writer = _Writer(report, SENTENCES[language])
    return Document(language, writer.words["title"], tuple(writer.sections()))


@dataclass(frozen=True, slots=True)
class _Writer:
    report: AccuracyReport
    words: Mapping[str, str]

    def sections(self) -> Iterator[Section]:
        written: Mapping[str, Iterable[Part]] = {
            "in_short": self._short(),
            "walks": self._walks(),
            "pictures": self._pictures(),
            "groups": self._groups(),
            "verification": self._verification(),
            "detection": self._detection(),
            "clips": self._clips(),
            "limits": [self._limits()],
            "data": self._data(),
            "suspects": self._suspects(),
            "words": [self._glossary()],
        }
        for key, parts in written.items():
            if found := tuple(parts):
                yield Section(self.words[key], found)

    def _say(self, key: str, **values: object) -> str:
        return self.words[key].format_map(values)

    # -- sections --

    def _short(self) -> Iterator[Part]:
        yield self._say("measured_on", date=self.report.measured_on.isoformat(), software=self.report.software)
        sentences = [*self._short_walks(), *self._short_pictures(), self._say("short_human")]
        yield tuple(sentences)

    def _short_walks(self) -> Iterator[str]:
        for walk in self._of("unlike", "alike"):
            if walk.shipped is None or walk.photos != 1:
                continue
            key = "short_walks" if walk.kind == "unlike" else "short_alike"
            yield self._say(key, listed=f"{walk.listed:,}", **_hundredths(walk.shipped.missed, "missed", 100))
        worst = max(
            (walk.shipped.taken for walk in self._of("unlike", "alike") if walk.shipped is not None),
            key=lambda share: share.high,
            default=None,
        )
        if worst is not None:
            yield self._say("short_strangers", **_hundredths(worst, "told", 1000))

    def _short_pictures(self) -> Iterator[str]:
        first = next(self._of("pictures"), None)
        if first is None:
            return
        point = next((each for each in first.points if each.rate == 0.01), None)
        if point is None or point.missed is None:
            yield self._say("short_pictures_none")
        else:
            yield self._say("short_pictures", listed=f"{first.listed:,}", **_hundredths(point.missed, "missed", 100))

    def _walks(self) -> Iterator[Part]:
        walks = list(self._of("unlike", "alike"))
        if not walks:
            return
        yield self._say("walks_about", strong=f"{POLICY.strong:g}")
        head = ("views", "photos", "listed", "searches", "missed", "strangers", "alerts", "a_day")
        yield self._table(head, [self._walk_row(walk) for walk in walks])
        yield self._say("walks_rates")
        rows = [
            (self.words[f"views_{walk.kind}"], str(walk.photos), *self._point_cells(point))
            for walk in walks
            for point in _telling(walk.points)
        ]
        yield self._table(("views", "photos", "rate", "threshold", "missed", "held_out"), rows)

    def _walk_row(self, walk: Identification) -> tuple[str, ...]:
        assert walk.shipped is not None, "a walk is decided on"
        return (
            self.words[f"views_{walk.kind}"],
            str(walk.photos),
            f"{walk.listed:,}",
            f"{walk.searches:,}",
            shown(walk.shipped.missed),
            f"{walk.strangers:,}",
            shown(walk.shipped.taken),
            _count(walk.shipped.taken, _VISITORS),
        )

    def _pictures(self) -> Iterator[Part]:
        searches = list(self._of("pictures"))
        if not searches:
            return
        yield self._say("pictures_about", sighted=f"{SIGHTED:g}")
        head = ("listed", "photos", "pictures_searched", "rank_one", "rate", "threshold", "missed", "held_out")
        rows = [
            (
                f"{each.listed:,}",
                str(each.photos),
                f"{each.searches:,}",
                shown(each.rank_one),
                *self._point_cells(point),
            )
            for each in searches
            for point in _telling(each.points)
        ]
        yield self._table(head, rows)
        first = searches[0]
        yield self._say("pictures_at", listed=f"{first.listed:,}")
        yield self._thresholds(first.thresholds)
        yield from self._floor()
        yield from self._fixed()
        yield self._drawing("det", curves_picture.det(self._series(), self.words))

    def _floor(self) -> Iterator[Part]:
        floor = self.report.floor
        if floor is None:
            yield self._say("floor_none")
        else:
            yield self._say("floor", threshold=f"{floor.threshold:g}", taken=shown(floor.taken))

    def _fixed(self) -> Iterator[Part]:
        fixed = self.report.fixed_list
        if fixed is not None:
            sizes = {name: f"{getattr(fixed, name):,}" for name in ("listed", "searches", "strangers")}
            yield self._say("fixed_about", **sizes)
            yield self._thresholds(fixed.thresholds)

    def _thresholds(self, points: Sequence[ThresholdPoint]) -> Table:
        rows = [(f"{each.threshold:g}", shown(each.missed), shown(each.taken)) for each in points]
        return self._table(("threshold", "missed", "taken"), rows)

    def _verification(self) -> Iterator[Part]:
        found = self.report.verification
        if found is None:
            return
        yield self._say("verification_about", same=f"{found.same:,}", others=f"{found.others:,}")
        rows = [(_rate(each.rate), _threshold(each), self._accepted(each)) for each in found.points]
        yield self._table(("false_accepts", "threshold", "true_accepts"), rows)
        if found.accuracy is not None:
            yield self._say(
                "folds",
                accuracy=_percent(found.accuracy, 3),
                deviation=_percent(found.deviation or 0.0, 3),
                missing=found.pairs_missing,
            )
        if self.report.histogram is not None:
            yield self._drawing("histogram", curves_picture.histogram(self.report.histogram, self.words))

    def _accepted(self, point: RatePoint) -> str:
        if point.missed is None:
            return self.words["not_measurable"]
        missed = point.missed
        return shown(Share(value=1 - missed.value, low=1 - missed.high, high=1 - missed.low))

    def _groups(self) -> Iterator[Part]:
        if not self.report.groups:
            if self.report.identification:
                yield self._say("groups_none")
            return
        yield self._say("groups_about", sighted=f"{SIGHTED:g}")
        rows = [
            (each.group, f"{each.people:,}", f"{each.searches:,}", self._few(each.missed), self._few(each.taken))
            for each in self.report.groups
        ]
        yield self._table(("group", "data_people", "pictures_searched", "missed", "taken"), rows)

    def _few(self, share: Share | None) -> str:
        return self.words["too_few"] if share is None else shown(share)

    def _detection(self) -> Iterator[Part]:
        if not self.report.detection:
            return
        yield self._say("detection_about")
        rows = [
            (
                each.label or self.words["all_faces"],
                f"{each.lowest_px}-{each.below_px}" if each.below_px is not None else f"≥ {each.lowest_px}",
                f"{each.faces:,}",
                shown(each.found),
            )
            for each in self.report.detection
        ]
        yield self._table(("faces", "height", "faces", "found"), rows)

    def _clips(self) -> Iterator[Part]:
        clips = self.report.clips
        if clips is None:
            return
        counts = {name: f"{getattr(clips, name):,}" for name in ("films", "frames", "faces", "walks")}
        yield self._say("clips_about", **counts)
        if clips.raised is not None and clips.nearest is not None:
            yield self._say("clips_raised", raised=shown(clips.raised), nearest=f"{clips.nearest:.2f}")

    def _limits(self) -> tuple[str, ...]:
        keys = ("press", "people", "training", "masks", "frames", "crowd")
        return tuple(self._say(f"limit_{key}") for key in keys)

    def _data(self) -> Iterator[Part]:
        data = self.report.data
        rows = [
            (self.words["data_name"], data.name),
            (self.words["data_people"], f"{data.people:,}"),
            (self.words["data_pictures"], f"{data.pictures:,}"),
            (self.words["data_faces"], f"{data.faces:,}"),
            (self.words["data_refused"], f"{data.refused:,}"),
            (self.words["data_left_out"], f"{data.left_out:,}"),
            (self.words["data_digest"], data.digest),
            *((self.words[f"model_{each.role}"], f"{each.name} ({each.sha256})") for each in self.report.models),
        ]
        yield Table(("", ""), tuple(rows))
        yield self._say("digest", digest=self.report.digest())

    def _suspects(self) -> Iterator[Part]:
        if self.report.two_names or self.report.wrong_names:
            yield self._say(
                "suspects_about", two=self.report.two_names, wrong=self.report.wrong_names, file=SUSPECTS_FILE
            )

    def _glossary(self) -> tuple[str, ...]:
        keys = ("missed", "taken", "interval", "list", "held_out", "none", "extrapolated")
        return tuple(self._say(f"word_{key}") for key in keys)

    # -- pieces --

    def _of(self, *kinds: str) -> Iterator[Identification]:
        return (each for each in self.report.identification if each.kind in kinds)

    def _table(self, head: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
        return Table(tuple(self.words[key] for key in head), tuple(rows))

    def _drawing(self, key: str, svg: str) -> Drawing:
        return Drawing(self.words[key], key, svg)

    def _series(self) -> list[tuple[str, Sequence[tuple[float, float]]]]:
        one_photo = [each for each in self.report.identification if each.photos == 1]
        return [
            (
                self._say(f"series_{each.kind}", listed=f"{each.listed:,}"),
                list(zip(each.curve_taken, each.curve_missed, strict=True)),
            )
            for each in one_photo
        ]

    def _point_cells(self, point: RatePoint) -> tuple[str, str, str, str]:
        star = "*" if point.extrapolated else ""
        missed = self.words["not_measurable"] if point.missed is None else shown(point.missed) + star
        held_out = "" if point.held_out is None else shown(point.held_out)
        return _rate(point.rate), _threshold(point), missed, held_out


def shown(share: Share) -> str:
    """A share in percent with its interval: ``6.4 % (5.0-7.9)``."""
    digits = 1 if share.high >= 0.01 else 2 if share.high >= 0.001 else 3
    low, high = (f"{100 * each:.{digits}f}" for each in (share.low, share.high))
    return f"{_percent(share.value, digits)} ({low}-{high})"


def _telling(points: Sequence[RatePoint]) -> list[RatePoint]:
    """Those that are measured, and the first that is not: rarer rates are not either."""
    return [*(each for each in points if each.missed), *[each for each in points if not each.missed][:1]]


def _percent(value: float, digits: int) -> str:
    return f"{100 * value:.{digits}f} %"


def _rate(rate: float) -> str:
    return f"{100 * rate:g} %"


def _threshold(point: RatePoint) -> str:
    return "" if point.threshold is None else f"{point.threshold:.3f}"


def _count(share: Share, of: int) -> str:
    return f"{of * share.value:.3g} ({of * share.low:.3g}-{of * share.high:.3g})"


def _hundredths(share: Share, name: str, of: int) -> dict[str, str]:
    digits = 1 if of * share.high >= 1 else 2
    value, low, high = (f"{of * each:.{digits}f}" for each in (share.value, share.low, share.high))
    return {name: value, "low": low, "high": high}
