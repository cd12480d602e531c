"""Which ways out fail, from what the other sides answer, and who is asked how often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from proto.wardwatch.v1.delivery import Path
from services.delivery.failing import Way, host_of
from services.delivery.outcome import Gone, Refused, Result, Taken, Unsure
from services.delivery.ways import WatchWays, judged
from services.delivery.ways_store import Known

PUSH, NTFY, HOOK = Way(Path.PUSH, "push.lan"), Way(Path.NTFY, "ward"), Way(Path.WEBHOOK, "hook")
CHAT = Way(Path.CHAT, "group")
URLS: Mapping[Way, str | None] = {
    PUSH: "https://push.lan/",
    NTFY: "http://ntfy.lan/",
    HOOK: "http://ntfy.lan/",
    CHAT: None,
}


@pytest.mark.parametrize("answer", [Taken(), Gone(), Refused("http_405"), Unsure("http_503")])
def test_any_answer_says_that_somebody_is_there(answer: Result) -> None:
    known = Known(URLS, {NTFY: "timeout"})

    assert judged(known, {"http://ntfy.lan/": answer}) == ([], [NTFY])


def test_who_does_not_answer_fails_once_for_each_of_his_ways() -> None:
    answers: Mapping[str, Result] = {"http://ntfy.lan/": Unsure("timeout"), "https://push.lan/": Taken()}

    failed, over = judged(Known(URLS, {}), answers)
    assert (failed, over) == ([(NTFY, "timeout"), (HOOK, "timeout")], [])
    assert judged(Known(URLS, dict(failed)), answers) == ([], [])


def test_what_was_refused_is_not_over_because_somebody_answers() -> None:
    known = Known(URLS, {HOOK: "http_500", CHAT: "not_taken"})

    assert judged(known, {"http://ntfy.lan/": Taken()}) == ([], [])


def test_a_way_that_is_gone_fails_no_more() -> None:
    assert judged(Known({}, {HOOK: "http_500"}), {}) == ([], [HOOK])


@dataclass
class Kept:
    """The record, and another side that answers as the test says; at a time that the test says."""

    known: Known
    answer: Result = field(default_factory=Taken)
    now: float = 1000.0
    asked: list[str] = field(default_factory=list)

    async def read(self) -> Known:
        return self.known

    async def note(self, failed: Iterable[tuple[Way, str]], over: Iterable[Way]) -> None:
        left = {way: why for way, why in self.known.failing.items() if way not in set(over)}
        self.known = Known(self.known.ways, {**left, **dict(failed)})

    async def ask(self, url: str) -> Result:
        self.asked.append(url)
        return self.answer


async def test_push_services_are_asked_less_often_while_they_answer() -> None:
    kept = Kept(Known(URLS, {}))
    watch = WatchWays(kept, kept.ask, lambda: kept.now)
    for _ in range(11):
        await watch.look()
        kept.now += 3
    assert (kept.asked.count("https://push.lan/"), kept.asked.count("http://ntfy.lan/")) == (2, 11)

    kept.answer = Unsure("unreachable")
    kept.now += 30
    for _ in range(3):
        await watch.look()
        kept.now += 3

    assert kept.asked.count("https://push.lan/") == 5
    assert kept.known.failing == {PUSH: "unreachable", NTFY: "unreachable", HOOK: "unreachable"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://push.lan/a/b?c", "push.lan"),
        ("https://user:secret@hook.lan:8443/x", "hook.lan:8443"),
        ("no address", ""),
        ("http://[::1", ""),
    ],
)
def test_of_an_address_only_the_host_is_asked(url: str, host: str) -> None:
    assert host_of(url) == host
