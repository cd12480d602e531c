#!/usr/bin/env python3
"""The transparency report of a month, counted from the audit and nothing else.

    python3 transparency.py audit.jsonl 2026-11 [--zone Asia/Shanghai] [--language zh-CN] [--json]

It needs Python 3.11 and what ``wardwatch audit export`` wrote to a file that ends with .jsonl, and no network, database
or other file of Wardwatch: whoever has the log can compute the report again and compare. It first recomputes the chain
of hashes and says when the log is not whole; then its exit status is 1. The report counts. It names nobody.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from statistics import median
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FORMAT = 1
# Looking at faces and numbers, by what is counted.
READINGS = {
    "photo.read": "enrolled_faces",
    "card.picture_read": "enrolled_faces",
    "incident.picture_read": "faces_of_alerts",
    "identity.revealed": "identity_numbers",
    "reading.unusual": "unusual",
}
CHANGES = {
    "entry.submitted": "submitted",
    "entry.approved": "approved",
    "entry.refused": "refused",
    "entry.renewed": "renewed",
    "entry.suspended": "suspended",
    "entry.resumed": "resumed",
    "entry.revoked": "revoked",
    "entry.expired": "expired",
    "entry.erased": "erased",
}
OUTCOMES = ("confirmed", "rejected", "unresolved", "ended")
NOTHING = bytes(32)


class Unreadable(Exception):
    """The file is no audit that was exported as .jsonl."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the report needs of an event."""

    sequence: int
    at: datetime
    action: str
    subject: str
    details: Mapping[str, object]


@dataclass(slots=True)
class Chain:
    """The chain of hashes, recomputed while the log is read."""

    events: int = 0
    sequence: int = 0
    last: bytes = NOTHING
    faults: list[str] = field(default_factory=list)

    def take(self, row: Mapping[str, object]) -> None:
        """Compare the next event with what stands before it."""
        sequence = row["sequence"]
        assert isinstance(sequence, int)  # _event has checked it
        if sequence != self.sequence + 1:
            self.faults.append(f"event {sequence}: {self.sequence + 1} should stand here")
        elif row["previous_sha256"] != self.last.hex():
            self.faults.append(f"event {sequence} does not follow the one before it")
        made = digest(row)
        if made.hex() != row["sha256"]:
            self.faults.append(f"event {sequence} does not give its hash: it was changed")
        self.events, self.sequence, self.last = self.events + 1, sequence, bytes.fromhex(str(row["sha256"]))


@dataclass(slots=True)
class Month:
    """What was counted: of the month from *begin* to *end*, and of the list at its end."""

    begin: datetime
    end: datetime
    states: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    raised: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    decided: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    corrected: int = 0
    readings: Counter[str] = field(default_factory=Counter)
    stops: dict[str, datetime] = field(default_factory=dict)
    stopped: dict[str, timedelta] = field(default_factory=dict)
    stop_count: int = 0
    thresholds: int = 0
    erasures: dict[str, datetime] = field(default_factory=dict)
    receipts: dict[str, datetime] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Count an event; those after the month only for what became of its alerts and erasures."""
        if event.at < self.end:
            self._follow_list(event)
            self._follow_stops(event)
        if event.action == "incident.raised" and self._is_of_it(event):
            self.raised[event.subject] = (event.at, str(event.details.get("site", "")))
        if event.action in ("incident.decided", "incident.reopened") and event.subject in self.raised:
            self.decided[event.subject] = (event.at, str(event.details.get("outcome") or ""))
        if event.action == "erasure.ordered" and self._is_of_it(event):
            self.erasures[event.subject] = event.at
        if event.action == "erasure.receipt" and event.subject in self.erasures:
            self.receipts[event.subject] = event.at
        if self._is_of_it(event):
            self.corrected += event.action == "incident.corrected"
            self.thresholds += event.action == "threshold.approved"
            if event.action in READINGS:
                self.readings[READINGS[event.action]] += 1
            if event.action in CHANGES:
                self.changes[CHANGES[event.action]] += 1

    def report(self) -> dict[str, object]:
        """The counts."""
        active = Counter(self.categories.get(entry, "") for entry, state in self.states.items() if state == "active")
        outcomes = Counter(self.decided[each][1] for each in self.raised if each in self.decided)
        told = {name: outcomes[name] for name in OUTCOMES}
        judged = told["confirmed"] + told["rejected"]
        waits = [
            (self.decided[each][0] - at).total_seconds()
            for each, (at, _) in self.raised.items()
            if each in self.decided and self.decided[each][1] in ("confirmed", "rejected")
        ]
        closing = [
            (self.receipts[each] - at).total_seconds() for each, at in self.erasures.items() if each in self.receipts
        ]
        for site, since in self.stops.items():
            self._add_stop(site, since, self.end)
        return {
            "list": {
                "matching_at_the_end": sum(active.values()),
                "by_category": dict(sorted(active.items())),
                "suspended_at_the_end": sum(state == "suspended" for state in self.states.values()),
                **{name: self.changes[name] for name in CHANGES.values()},
            },
            "alerts": {
                "raised": len(self.raised),
                "by_site": dict(sorted(Counter(site for _, site in self.raised.values()).items())),
                **told,
                "undecided": len(self.raised) - sum(told.values()),
                "corrected_verdicts": self.corrected,
                "rejected_share_of_judged": round(told["rejected"] / judged, 4) if judged else None,
                "median_seconds_to_a_decision": round(median(waits), 1) if waits else None,
            },
            "readings": {name: self.readings[name] for name in sorted(set(READINGS.values()))},
            "stops": {
                "pressed": self.stop_count,
                "hours_by_site": {
                    site: round(time.total_seconds() / 3600, 2) for site, time in sorted(self.stopped.items()) if time
                },
            },
            "thresholds_changed": self.thresholds,
            "erasures": {
                "ordered": len(self.erasures),
                "last_receipt_median_seconds": round(median(closing), 1) if closing else None,
                "without_a_receipt": len(self.erasures) - len(closing),
            },
        }

    def _is_of_it(self, event: Event) -> bool:
        return self.begin <= event.at < self.end

    def _follow_list(self, event: Event) -> None:
        if event.action.startswith("entry.") and isinstance(event.details.get("state"), str):
            self.states[event.subject] = str(event.details["state"])
        if isinstance(event.details.get("category"), str) and event.action.startswith("entry."):
            self.categories[event.subject] = str(event.details["category"])

    def _follow_stops(self, event: Event) -> None:
        if event.action == "matching.stopped":
            self.stops.setdefault(event.subject, event.at)
            self.stop_count += self._is_of_it(event)
        elif event.action == "matching.resumed" and event.subject in self.stops:
            self._add_stop(event.subject, self.stops.pop(event.subject), event.at)

    def _add_stop(self, site: str, since: datetime, until: datetime) -> None:
        inside = min(until, self.end) - max(since, self.begin)
        self.stopped[site] = self.stopped.get(site, timedelta()) + max(inside, timedelta())


def digest(row: Mapping[str, object]) -> bytes:
    """The hash an exported event must have: SHA-256 of the hash before it and of each column with its length."""
    at = datetime.fromisoformat(str(row["at"])).astimezone(UTC)
    microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    names = ("actor_id", "actor_name", "through", "action", "subject_kind", "subject", "reason", "details")
    made = sha256(bytes.fromhex(str(row["previous_sha256"])) + b"17:wardwatch audit 1")
    for value in (row["sequence"], microseconds, *(row[name] for name in names)):
        content = b"" if value is None else str(value).encode()
        made.update(b"-" if value is None else b"%d:%b" % (len(content), content))
    return made.digest()


def month_of(text: str, zone: ZoneInfo) -> Month:
    """The month *text*, ``2026-11``, in the hospital's time zone. Raises Unreadable."""
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=zone)
    except ValueError:
        raise Unreadable(f"{text} is no month such as 2026-11") from None
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Month(first.astimezone(UTC), after.astimezone(UTC))


def compute(lines: Iterable[str], month: str, zone: str) -> dict[str, object]:
    """The report of *month* and what was found of the log. Raises Unreadable."""
    try:
        counted = month_of(month, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise Unreadable(f"{zone} is no time zone such as Asia/Shanghai") from None
    chain = Chain()
    for row in _rows(lines):
        event = _event(row)
        chain.take(row)
        counted.take(event)
    if not chain.events:
        raise Unreadable("there is no event in the file")
    return {
        "format": FORMAT,
        "month": month,
        "time_zone": zone,
        "log": {
            "events": chain.events,
            "last": chain.sequence,
            "sha256": chain.last.hex(),
            "is_whole": not chain.faults,
            "faults": chain.faults[:20],
        },
        **counted.report(),
    }


def _rows(lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            raise Unreadable(
                f"line {number} is not JSON: was the log exported to a file that ends with .jsonl?"
            ) from None
        if not isinstance(row, dict):
            raise Unreadable(f"line {number} is no event")
        yield row


def _event(row: Mapping[str, object]) -> Event:
    try:
        sequence, details = row["sequence"], json.loads(str(row["details"]))
        at = datetime.fromisoformat(str(row["at"])).astimezone(UTC)
        bytes.fromhex(str(row["sha256"]) + str(row["previous_sha256"]))
        if not isinstance(sequence, int) or not isinstance(details, dict):
            raise ValueError
        return Event(sequence, at, str(row["action"]), str(row["subject"]), details)
    except (KeyError, ValueError):
        raise Unreadable(f"this is no event of an audit: {str(dict(row))[:200]}") from None


# What stands in the report, in its order: a heading, or a path into the counts with words for it.
WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("#", "Transparency report for {month}"),
        ("log", "Counted from {events} events of the audit, the last of them no. {last}, SHA-256 {sha256}."),
        ("whole", "The log is whole: every hash was recomputed."),
        ("broken", "THE LOG IS NOT WHOLE: {count} faults, first: {fault}"),
        ("##", "The list"),
        ("list.matching_at_the_end", "people who could raise an alert at the end of the month"),
        ("list.by_category", "of these, by ground"),
        ("list.suspended_at_the_end", "suspended at the end of the month"),
        ("list.submitted", "put forward"),
        ("list.approved", "approved by a second person"),
        ("list.refused", "refused"),
        ("list.renewed", "given a later end by two people"),
        ("list.suspended", "suspended"),
        ("list.resumed", "resumed"),
        ("list.revoked", "taken off before their time"),
        ("list.expired", "ended by time"),
        ("list.erased", "erased"),
        ("##", "Alerts"),
        ("alerts.raised", "raised"),
        ("alerts.by_site", "of these, by site"),
        ("alerts.confirmed", "confirmed: the listed person"),
        ("alerts.rejected", "rejected: somebody else"),
        ("alerts.unresolved", "nobody could tell in time"),
        ("alerts.ended", "ended because the entry did"),
        ("alerts.undecided", "not decided when the log was exported"),
        ("alerts.corrected_verdicts", "verdicts corrected afterwards"),
        ("alerts.rejected_share_of_judged", "share of the judged that was somebody else"),
        ("alerts.median_seconds_to_a_decision", "seconds until people had decided, median"),
        ("##", "Who looked"),
        ("readings.faces_of_alerts", "times a face of an alert was shown to an account"),
        ("readings.enrolled_faces", "times an enrolled face was shown"),
        ("readings.identity_numbers", "identity numbers read in full"),
        ("readings.unusual", "accounts that looked at very many faces within a day"),
        ("##", "Control"),
        ("stops.pressed", "times matching was stopped at a site"),
        ("stops.hours_by_site", "hours without matching, by site"),
        ("thresholds_changed", "thresholds changed by two people"),
        ("erasures.ordered", "erasures ordered"),
        ("erasures.last_receipt_median_seconds", "seconds until the last receipt of an erasure, median"),
        ("erasures.without_a_receipt", "erasures without any receipt"),
    ),
    "zh-CN": (
        ("#", "{month} 透明度报告"),
        ("log", "由审计日志的 {events} 条记录统计而成，末条编号 {last}，SHA-256 {sha256}。"),
        ("whole", "日志完整：每个哈希均已重新计算。"),
        ("broken", "日志不完整：共 {count} 处问题，第一处：{fault}"),
        ("##", "名单"),
        ("list.matching_at_the_end", "月末可触发告警的人数"),
        ("list.by_category", "其中按事由"),
        ("list.suspended_at_the_end", "月末暂停中"),
        ("list.submitted", "提交"),
        ("list.approved", "经第二人批准"),
        ("list.refused", "被驳回"),
        ("list.renewed", "经两人延长期限"),
        ("list.suspended", "暂停"),
        ("list.resumed", "恢复"),
        ("list.revoked", "提前移出"),
        ("list.expired", "到期结束"),
        ("list.erased", "彻底删除"),
        ("##", "告警"),
        ("alerts.raised", "发出"),
        ("alerts.by_site", "其中按院区"),
        ("alerts.confirmed", "确认为名单人员"),
        ("alerts.rejected", "判定为他人"),
        ("alerts.unresolved", "限时内无法判定"),
        ("alerts.ended", "因名单条目终止而结束"),
        ("alerts.undecided", "导出日志时尚未判定"),
        ("alerts.corrected_verdicts", "事后更正的判定"),
        ("alerts.rejected_share_of_judged", "已判定中属于他人的比例"),
        ("alerts.median_seconds_to_a_decision", "人工作出判定所用秒数（中位数）"),
        ("##", "查看记录"),
        ("readings.faces_of_alerts", "向账号显示告警人脸的次数"),
        ("readings.enrolled_faces", "显示登记人脸的次数"),
        ("readings.identity_numbers", "完整查看身份证号的次数"),
        ("readings.unusual", "一天内查看人脸异常多的账号"),
        ("##", "控制"),
        ("stops.pressed", "院区停止比对的次数"),
        ("stops.hours_by_site", "各院区停止比对的小时数"),
        ("thresholds_changed", "经两人更改阈值的次数"),
        ("erasures.ordered", "下达的删除"),
        ("erasures.last_receipt_median_seconds", "删除收到最后回执所用秒数（中位数）"),
        ("erasures.without_a_receipt", "没有任何回执的删除"),
    ),
}


def markdown(report: Mapping[str, object], language: str) -> str:
    """The report for people, in English or Chinese."""
    log = report["log"]
    assert isinstance(log, Mapping)
    out: list[str] = []
    for key, words in WORDS[language]:
        if key in ("#", "##"):
            text = words.format(month=report["month"])
            out += ["", f"{key} {text}", ""] if key == "##" else [f"{key} {text}", ""]
        elif key == "log":
            out += [words.format(**log)]
        elif key in ("whole", "broken"):
            if (key == "whole") is log["is_whole"]:
                out += [words.format(count=len(log["faults"]), fault=(log["faults"] or [""])[0])]
        else:
            out += [f"* {words}: {_written(_at(report, key))}"]
    return "\n".join(out) + "\n"


def is_whole(report: Mapping[str, object]) -> bool:
    """Whether the log that it was counted from is."""
    return _at(report, "log.is_whole") is True


def _at(report: Mapping[str, object], path: str) -> object:
    found: object = report
    for name in path.split("."):
        assert isinstance(found, Mapping)
        found = found[name]
    return found


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return "none" if value is None else str(value)


def main() -> int:
    """Print the report; 1 if the log is not whole, 2 if it cannot be read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", help="the audit as it was exported, a file that ends with .jsonl")
    parser.add_argument("month", help="such as 2026-11")
    parser.add_argument("--zone", default="Asia/Shanghai", help="the hospital's time zone")
    parser.add_argument("--language", choices=sorted(WORDS), default="en")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        with open(options.file, encoding="utf-8") as lines:  # noqa: PTH123 - one file, nothing of pathlib
            report = compute(lines, options.month, options.zone)
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        print(f"transparency: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report, ensure_ascii=False, indent=2) if options.json else markdown(report, options.language))
    return 0 if is_whole(report) else 1


if __name__ == "__main__":
    sys.exit(main())
