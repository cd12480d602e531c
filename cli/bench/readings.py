"""What the processes say of themselves at a moment, and what changed between two moments. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from cli.bench.histograms import Histogram

Series = tuple[str, frozenset[tuple[str, str]]]  # a sample's name and its labels
Page = Mapping[Series, float]

CPU: Final = "process_cpu_seconds_total"
MEMORY: Final = "process_resident_memory_bytes"
_REPLICA: Final = re.compile(r"-\d+$")


@dataclass(frozen=True, slots=True)
class Reading:
    """The pages by process (``detector``, ``detector-2``); ``at_seconds`` never goes back."""

    at_seconds: float
    pages: Mapping[str, Page]

    def total(self, service: str, name: str, **labels: str) -> float:
        """A sample summed over the replicas of *service* and over the labels that are not given."""
        return sum(_total(page, name, labels) for _, page in _of(self.pages, service))

    def by_label(self, service: str, name: str, label: str) -> dict[str, float]:
        """The same by the values of *label*."""
        found: dict[str, float] = defaultdict(float)
        for _, page in _of(self.pages, service):
            for (sample, labels), value in page.items():
                if sample == name:
                    found[dict(labels).get(label, "")] += value
        return dict(found)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened between two readings."""

    before: Reading
    after: Reading

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.after.at_seconds - self.before.at_seconds

    @property
    def restarted(self) -> list[str]:
        """Processes that began anew meanwhile: what they counted before is lost."""
        return [name for name, page in self.after.pages.items() if _began_anew(self.before.pages.get(name, {}), page)]

    def has(self, service: str, name: str) -> bool:
        """Whether any replica of *service* tells *name* at all."""
        return any(sample == name for _, page in _of(self.after.pages, service) for sample, _labels in page)

    def total(self, service: str, name: str, **labels: str) -> float:
        """How much a counter grew, summed over replicas and over the labels that are not given."""
        return sum(_total(page, name, labels) for page in self._grown(service))

    def by_label(self, service: str, name: str, label: str) -> dict[str, int]:
        """How much a counter grew by the values of *label*, without those that did not."""
        found: dict[str, float] = defaultdict(float)
        for page in self._grown(service):
            for (sample, labels), value in page.items():
                if sample == name:
                    found[dict(labels).get(label, "")] += value
        return {value: round(count) for value, count in sorted(found.items()) if round(count)}

    def histogram(self, service: str, name: str, **labels: str) -> Histogram:
        """What a histogram in seconds took in."""
        buckets: dict[float, float] = defaultdict(float)
        for page in self._grown(service):
            for (sample, given), value in page.items():
                if sample == f"{name}_bucket" and labels.items() <= dict(given).items():
                    buckets[float(dict(given)["le"])] += value
        return Histogram(tuple(sorted(buckets.items())), self.total(service, f"{name}_sum", **labels))

    def _grown(self, service: str) -> Iterator[Page]:
        """For each replica how much each of its samples grew; all of it when the replica is new or began anew."""
        for process, page in _of(self.after.pages, service):
            former = self.before.pages.get(process, {})
            base = {} if _began_anew(former, page) else former
            yield {series: value - base.get(series, 0.0) for series, value in page.items()}


def parse(text: str) -> Page:
    """Read a page of /metrics. Raises ValueError for anything else."""
    return {
        (sample.name, frozenset(sample.labels.items())): float(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def service_of(process: str) -> str:
    """``detector-2`` is a replica of ``detector``."""
    return _REPLICA.sub("", process)


def _of(pages: Mapping[str, Page], service: str) -> Iterable[tuple[str, Page]]:
    return ((process, page) for process, page in pages.items() if service_of(process) == service)


def _total(page: Page, name: str, labels: Mapping[str, str]) -> float:
    return sum(
        value for (sample, given), value in page.items() if sample == name and labels.items() <= dict(given).items()
    )


def _began_anew(before: Page, after: Page) -> bool:
    none: frozenset[tuple[str, str]] = frozenset()
    return after.get((CPU, none), 0.0) < before.get((CPU, none), 0.0)
