"""Rules and dashboard ask for what services count, and fire when they should.

What Prometheus itself says of them needs Debian's ``promtool`` (package ``prometheus``); the rest is tested everywhere.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from proto.wardwatch.v1.metrics import CATALOGUE

MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"
RULES = yaml.load((MONITORING / "rules.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
TRIED = yaml.load((MONITORING / "rules.test.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
DASHBOARD = json.loads((MONITORING / "grafana" / "dashboards" / "wardwatch.json").read_text(encoding="utf-8"))
CONFIGURATION = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
COMPOSE = yaml.load((MONITORING.parents[1] / "compose.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
# What Prometheus adds to all it is told.
ADDED = {"job", "instance", "le"}
SELECTOR = re.compile(r"(?P<name>wardwatch_\w+)(?:\{(?P<labels>[^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def rules() -> Iterator[dict[str, object]]:
    for group in RULES["groups"]:
        yield from group["rules"]


def expressions() -> Iterator[str]:
    yield from (str(rule["expr"]) for rule in rules())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def metric_of(name: str) -> str:
    """The metric whose series *name* is: a histogram has several."""
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    return stem if stem in CATALOGUE and CATALOGUE[stem].kind == "histogram" else name


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_a_query_asks_for_what_services_count(expression: str) -> None:
    names = {metric_of(found["name"]) for found in SELECTOR.finditer(expression)}
    labels = {
        label.partition("=")[0].rstrip("!~").strip()
        for found in SELECTOR.finditer(expression)
        for label in (found["labels"] or "").split(", ")
        if label
    }
    labels |= {label.strip() for found in GROUPED.finditer(expression) for label in found[1].split(",")}
    known = {str(name): set(row.labels) for name, row in CATALOGUE.items()}

    assert names <= known.keys()
    assert names or expression == "up == 0"
    assert labels <= ADDED.union(*(known[name] for name in names))


def test_every_rule_says_what_and_how_bad_and_is_tried_both_ways() -> None:
    tried = [test for each in TRIED["tests"] for test in each["alert_rule_test"]]
    fires = {test["alertname"] for test in tried if test.get("exp_alerts")}
    quiet = {test["alertname"] for test in tried if not test.get("exp_alerts")}

    for rule in rules():
        assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
        assert isinstance(rule["annotations"], dict)
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["alert"] in fires & quiet


def test_every_service_of_ours_is_asked() -> None:
    ours = {name for name, service in COMPOSE["services"].items() if "services." in str(service.get("command", ""))}

    assert {job["job_name"] for job in yaml.safe_load(CONFIGURATION)["scrape_configs"]} == ours
    for name in ours:
        assert set(COMPOSE["services"][name]["networks"]) & set(COMPOSE["services"]["prometheus"]["networks"])


def test_who_watches_is_given_no_secret_and_no_database() -> None:
    for name in ("prometheus", "grafana"):
        service = COMPOSE["services"][name]

        assert service["profiles"] == ["monitoring"]
        assert "secrets" not in service
        assert "database" not in service["networks"]
    assert not set(COMPOSE["services"]["grafana"]["networks"]) & {"bus", "record"}


def test_prometheus_reads_rules_and_configuration(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: Debian's package prometheus has it")
    here = tmp_path / "prometheus.yml"
    here.write_text(CONFIGURATION.replace("/etc/prometheus", str(MONITORING)), encoding="utf-8")

    for command in (["test", "rules", "rules.test.yml"], ["check", "config", str(here)]):
        done = subprocess.run([promtool, *command], cwd=MONITORING, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr
