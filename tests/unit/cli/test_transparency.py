"""The transparency report of a month, counted from a log that is written here by hand."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cli.audit import transparency

ZONE = "Asia/Shanghai"
Row = dict[str, object]


def log(*events: tuple[str, str, str, Mapping[str, object]]) -> list[str]:
    """An exported audit of (moment, action, subject, details), chained."""
    rows: list[str] = []
    previous = bytes(32)
    for number, (at, action, subject, details) in enumerate(events, 1):
        row: Row = {
            "sequence": number,
            "at": f"{at}.000000Z",
            "actor_id": None,
            "actor_name": "wardwatch",
            "through": "wardwatch_import",
            "action": action,
            "subject_kind": "entry",
            "subject": subject,
            "reason": "因为",
            "details": json.dumps(details),
            "previous_sha256": previous.hex(),
        }
        previous = transparency.digest(row)
        rows.append(json.dumps(row | {"sha256": previous.hex()}) + "\n")
    return rows


NOVEMBER = log(
    ("2026-10-02T08:00:00", "entry.submitted", "a", {"state": "pending", "category": "scalping"}),
    ("2026-10-02T09:00:00", "entry.approved", "a", {"state": "active", "category": "scalping"}),
    ("2026-10-20T09:00:00", "matching.stopped", "h1", {}),
    # The first second of November at the hospital, and the last of October.
    ("2026-10-31T15:59:59", "incident.raised", "i0", {"site": "h1"}),
    ("2026-10-31T16:00:00", "matching.resumed", "h1", {}),
    ("2026-10-31T16:00:00", "incident.raised", "i1", {"site": "h1"}),
    ("2026-10-31T16:00:10", "incident.decided", "i0", {"outcome": "confirmed"}),
    ("2026-10-31T16:00:30", "incident.decided", "i1", {"outcome": "confirmed"}),
    ("2026-11-02T00:00:00", "incident.corrected", "i1", {"verdict": "not_same"}),
    ("2026-11-02T00:00:00", "incident.decided", "i1", {"outcome": "rejected"}),
    ("2026-11-03T00:00:00", "incident.raised", "i2", {"site": "h2"}),
    ("2026-11-03T00:01:00", "incident.decided", "i2", {"outcome": "confirmed"}),
    ("2026-11-04T00:00:00", "entry.submitted", "b", {"state": "pending", "category": "violence"}),
    ("2026-11-04T01:00:00", "entry.approved", "b", {"state": "active", "category": "violence"}),
    ("2026-11-05T00:00:00", "matching.stopped", "h2", {}),
    ("2026-11-05T06:00:00", "matching.resumed", "h2", {}),
    ("2026-11-06T00:00:00", "erasure.ordered", "a", {}),
    ("2026-11-06T00:00:00", "entry.erased", "a", {"state": "erased"}),
    ("2026-11-06T00:00:40", "erasure.receipt", "a", {"replica": "m1"}),
    ("2026-11-07T00:00:00", "incident.picture_read", "i2", {}),
    ("2026-11-08T00:00:00", "identity.revealed", "b", {}),
    ("2026-11-29T00:00:00", "incident.raised", "i3", {"site": "h1"}),
    # December: what became of November's alert counts for November.
    ("2026-12-01T00:00:00", "incident.decided", "i3", {"outcome": "unresolved"}),
    ("2026-12-01T00:00:00", "entry.revoked", "b", {"state": "revoked"}),
)


def computed(lines: list[str], month: str = "2026-11") -> Mapping[str, object]:
    return transparency.compute(lines, month, ZONE)


def part(report: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = report[name]
    assert isinstance(found, Mapping)
    return found


def test_a_month_is_that_of_the_hospital_and_counts_what_became_of_it() -> None:
    alerts = part(computed(NOVEMBER), "alerts")

    assert {name: alerts[name] for name in ("raised", "confirmed", "rejected", "unresolved", "undecided")} == {
        "raised": 3,
        "confirmed": 1,
        "rejected": 1,
        "unresolved": 1,
        "undecided": 0,
    }
    assert alerts["by_site"] == {"h1": 2, "h2": 1}
    assert alerts["rejected_share_of_judged"] == 0.5
    assert part(computed(NOVEMBER, "2026-10"), "alerts")["raised"] == 1


def test_the_list_is_as_it_stood_at_the_months_end() -> None:
    november, december = (part(computed(NOVEMBER, month), "list") for month in ("2026-11", "2026-12"))

    assert (november["matching_at_the_end"], november["by_category"]) == (1, {"violence": 1})
    assert (november["approved"], november["erased"], november["revoked"]) == (1, 1, 0)
    assert (december["matching_at_the_end"], december["revoked"]) == (0, 1)


def test_stops_count_only_the_hours_within_the_month() -> None:
    assert part(computed(NOVEMBER), "stops") == {"pressed": 1, "hours_by_site": {"h2": 6.0}}
    assert part(computed(NOVEMBER, "2026-10"), "stops")["hours_by_site"] == {"h1": 271.0}


def test_who_looked_and_what_was_erased_is_counted_without_names() -> None:
    report = computed(NOVEMBER)

    assert part(report, "readings") == {
        "enrolled_faces": 0,
        "faces_of_alerts": 1,
        "identity_numbers": 1,
        "unusual": 0,
    }
    assert part(report, "erasures") == {"ordered": 1, "last_receipt_median_seconds": 40.0, "without_a_receipt": 0}
    assert "wardwatch" not in json.dumps(report)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda rows: rows.pop(3), "event 5: 4 should stand here"),
        (lambda rows: rows.insert(2, rows[2]), "event 3: 4 should stand here"),
        (lambda rows: rows.__setitem__(4, rows[4].replace("matching.resumed", "account.added")), "it was changed"),
    ],
)
def test_a_log_that_was_touched_is_not_whole(spoil: Callable[[list[str]], object], fault: str) -> None:
    rows = list(NOVEMBER)
    spoil(rows)

    report = computed(rows)

    assert not transparency.is_whole(report)
    assert fault in str(part(report, "log")["faults"])
    assert "NOT WHOLE" in transparency.markdown(report, "en")


@pytest.mark.parametrize("language", sorted(transparency.WORDS))
def test_each_language_says_every_count(language: str) -> None:
    keys = {name: [key for key, _ in rows] for name, rows in transparency.WORDS.items()}

    assert keys[language] == keys["en"]
    assert "{" not in transparency.markdown(computed(NOVEMBER), language)


@pytest.mark.parametrize("content", ["", "no json\n", "[1]\n", '{"sequence": 1}\n'])
def test_a_file_that_is_no_audit_is_refused_in_words(content: str) -> None:
    with pytest.raises(transparency.Unreadable):
        computed(content.splitlines(keepends=True))


@pytest.mark.parametrize(("month", "zone"), [("11-2026", ZONE), ("2026-13", ZONE), ("2026-11", "Moon/Crater")])
def test_a_month_or_zone_that_is_none_is_refused(month: str, zone: str) -> None:
    with pytest.raises(transparency.Unreadable):
        transparency.compute(NOVEMBER, month, zone)


def test_the_script_runs_alone_without_anything_of_wardwatch(tmp_path: Path) -> None:
    script = tmp_path / "transparency.py"
    script.write_bytes(Path(transparency.__file__).read_bytes())
    (tmp_path / "audit.jsonl").write_text("".join(NOVEMBER), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(tmp_path / "audit.jsonl"), "2026-11", "--json"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )

    assert json.loads(done.stdout) == computed(NOVEMBER)
