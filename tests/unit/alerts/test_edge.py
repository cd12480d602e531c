"""What leaves the system: the document, the words before a verdict, and the page's own files."""

import hashlib
import json
import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1 import desk, roles
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.values import Journey
from services.alerts.accounts.holder import Holder
from services.alerts.edge import openapi, pages, views
from services.alerts.edge.hub import Event
from services.alerts.edge.watchlist import MOST_FILE_BYTES
from services.alerts.incidents.review import Case, Outcome, Review, Verdict
from tests.unit.alerts.builders import NOON, incident

SNAPSHOT = Path(__file__).parents[3] / "docs" / "openapi.json"
LABEL = "Marlo Quint"
LI, ANA = UUID(int=1), UUID(int=2)


def holder(account: UUID = LI, role: Role = Role.GUARD) -> Holder:
    return Holder(account, "li", role, NOON)


def test_the_document_equals_its_snapshot() -> None:
    assert openapi.document() == json.loads(SNAPSHOT.read_text()), (
        "the API changed: python -m services.alerts.edge.openapi > docs/openapi.json"
    )


@pytest.mark.parametrize("role", Role)
def test_before_the_verdict_there_is_no_name_strength_or_verdict(role: Role) -> None:
    case = Case(2, (Review(ANA, Verdict.NOT_SAME),))

    shown = views.incident(incident(case), holder(role=role), LABEL)

    assert shown.disclosed is None
    assert shown.instruction == "Call 8811."
    for word in ("Marlo", "strong", "not_same", "similarity", "score"):
        assert word not in shown.model_dump_json()


def test_after_the_verdict_or_the_decision_label_and_verdicts_are_shown() -> None:
    reviewed = Case(2, (Review(LI, Verdict.SAME), Review(ANA, Verdict.NOT_SAME)))
    decided = Case(1, (Review(ANA, Verdict.SAME),), Outcome.CONFIRMED)

    for case in (reviewed, decided):
        shown = views.incident(incident(case), holder(), LABEL)
        assert shown.disclosed is not None
        assert shown.disclosed.label == LABEL


def test_scores_are_only_in_the_details() -> None:
    with_scores = [name for name, schema in _schemas().items() if re.search(r"(?<!min_)similarity", json.dumps(schema))]

    assert with_scores == ["MeasurementView"]


def test_the_document_holds_every_desk_operation_with_an_address() -> None:
    paths = _tree(openapi.document(), "paths")

    for row in desk.OPERATIONS:
        if row.path is None:
            assert row.name not in json.dumps(paths)
            continue
        operation = _tree(paths, row.path, row.method)
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        named = {str(p["name"]) for p in parameters if "name" in p}
        assert operation["operationId"] == row.name
        assert named == {*row.query, *re.findall(r"\{(\w+)\}", row.path)}
        assert {str(row.status), "401", "403", "422", "429", "503"} <= set(_tree(operation, "responses"))


def test_the_document_says_of_every_operation_which_roles_may_call_it() -> None:
    paths = _tree(openapi.document(), "paths")

    operation = {str(row["operationId"]): row for path in paths for row in map(_tree, _tree(paths, path).values())}
    assert {name: row["x-roles"] for name, row in operation.items() if "x-roles" in row} == {
        name: sorted(allowed) for name, allowed in roles.ALLOWED.items() if name in operation
    }
    assert {name for name, row in operation.items() if row.get("security") == []} == roles.PUBLIC


def test_every_refusal_that_the_edge_itself_gives_is_documented() -> None:
    paths = _tree(openapi.document(), "paths")

    for path in paths:
        for method, operation in _tree(paths, path).items():
            answers = set(_tree(operation, "responses"))
            # Sent by another site's page; too large, too slow, or broken off.
            assert method == "get" or "403" in answers, path
            assert "requestBody" not in _tree(operation) or {"400", "408", "413", "422"} <= answers, path
            assert "/watchlist/" not in path or "502" in answers, path


def test_what_is_sent_as_a_file_is_documented_as_bytes_with_a_limit() -> None:
    paths = _tree(openapi.document(), "paths")

    for row in desk.OPERATIONS:
        if row.upload is not None:
            assert row.path is not None
            operation = _tree(paths, row.path, row.method)
            assert _tree(operation, "requestBody", "content") == {row.upload: {}}
            assert f"{MOST_FILE_BYTES[row.upload]:,}" in str(_tree(operation, "requestBody")["description"])
            assert "413" in _tree(operation, "responses")


def test_no_answer_of_the_watchlist_holds_a_score_or_a_vector() -> None:
    for row in desk.OPERATIONS:
        if row.response is not None:
            schema = json.dumps(row.response.model_json_schema(mode="serialization"))
            # The threshold is a setting that people agree on, not a measure of anybody.
            assert not re.search(r'"\w*((?<!min_)similarity|score|cosine|vector|embedding|feature)\w*":', schema), (
                row.name
            )


def test_an_event_says_how_long_each_stage_took() -> None:
    journey = Journey(*(1_000_000 + ms * 1000 for ms in (0, 4, 19, 31, 34)))
    event = Event(7, "raised", uuid4(), "h1", "gate", NOON, NOON, False, None, journey, 1_041_000)

    stages = views.event(event).stages

    assert stages is not None
    assert (stages.received_ms, stages.matched_ms, stages.recorded_ms) == (4, 34, 41)


def test_a_frame_from_the_future_says_nothing_of_how_long_it_took() -> None:
    journey = Journey(*(8 * 3600 * 1_000_000 + ms * 1000 for ms in (0, 4, 19, 31, 34)))
    event = Event(7, "raised", uuid4(), "h1", "gate", NOON, NOON, False, None, journey, 1_041_000)

    assert views.event(event).stages is None


def test_a_cursor_comes_back_as_it_was_and_anything_else_is_refused() -> None:
    assert views.read_cursor(views.cursor(4711)) == 4711
    for wrong in ("", "x", "eA", "////", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"):
        with pytest.raises(ValueError):  # noqa: PT011  (several kinds of wrong)
            views.read_cursor(wrong)


def test_the_policy_allows_the_pages_own_scripts_and_nothing_inline() -> None:
    policy = pages.load().security["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


def test_the_page_never_adds_markup_as_text() -> None:
    for name, file in pages.load().files.items():
        if name.endswith(".js"):
            assert not re.search(rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write", file.content), name


def test_vendored_files_are_the_published_ones() -> None:
    stated = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", (pages.FOLDER / "VENDORED.md").read_text(), re.MULTILINE))
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path.name
        for path in (pages.FOLDER / "vendor").iterdir()
        if not path.name.startswith("LICENSE-")
    }

    assert found == stated


def test_every_finding_has_its_title_in_both_languages() -> None:
    text = (pages.FOLDER / "console" / "words" / "findings.js").read_text()

    assert set(re.findall(r"^  (\w+): finding\(\"[^\"]+\", \"[^\"]+\"", text, re.MULTILINE)) == set(FindingCode)


def _schemas() -> dict[str, object]:
    return _tree(openapi.document(), "components", "schemas")


def _tree(node: object, *steps: str) -> dict[str, object]:
    """What is below *node* after *steps*."""
    for step in steps:
        assert isinstance(node, dict)
        node = node[step]
    assert isinstance(node, dict)
    return node
