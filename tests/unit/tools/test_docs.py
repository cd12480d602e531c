"""The documentation's site: where pages stand, what links become, the interfaces' pages, and what is a fault."""

from pathlib import Path, PurePosixPath

import pytest

from tools.docs import asyncapi, build, checked, layout, openapi

AT = PurePosixPath("docs/adr/0001-a.md")
KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}, "description": "Once."}
HTTP = {
    "openapi": "3.1.0",
    "paths": {
        "/api/v1/watchlist/entries/{entry}": {
            "put": {
                "operationId": "change_entry",
                "summary": "Change | an entry",
                "description": "For supervisors.",
                "parameters": [{"$ref": "#/components/parameters/key"}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Words"}}}},
                "responses": {"204": {"description": "Done"}, "409": {"description": "No"}},
            }
        }
    },
    "components": {
        "parameters": {"key": KEY},
        "schemas": {
            "Words": {
                "required": ["label"],
                "properties": {
                    "label": {"type": "string"},
                    "sites": {"type": "array", "items": {"type": "string"}},
                    "state": {"enum": ["draft", "active"]},
                    "end": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                },
            }
        },
    },
}
SUBJECTS = {
    "asyncapi": "3.0.0",
    "channels": {
        "frames": {
            "address": "frames.{site}",
            "title": "Pictures",
            "messages": {
                "Frame": {"$ref": "#/components/messages/Frame"},
                "Gone": {"$ref": "#/components/messages/Gone"},
            },
            "x-wardwatch": {"account": "VIDEO", "delivery": "perishable"},
        }
    },
    "operations": {"take": {"action": "receive", "summary": "Taken.", "channel": {"$ref": "#/channels/frames"}}},
    "components": {
        "messages": {
            "Frame": {"title": "One picture", "payload": {"type": "string"}},
            "Gone": {"payload": {"schemaFormat": "protobuf"}},
        }
    },
}


def moved(text: str, source: PurePosixPath = AT) -> str:
    return layout.moved(text, source, lambda aim: not aim.name.startswith("missing"))


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("[a](../figures.md#walks)", "[a](../figures.md#walks)"),
        ("[a](../../README.md)", "[a](../about.md)"),
        ("[a](../../services/camera/README.md#many)", "[a](../services/camera.md#many)"),
        ("[a](../../proto/wardwatch/v1/roles.py)", "[a](../files/proto/wardwatch/v1/roles.py)"),
        ("[a](#here) and [b](https://example.org/x.md)", "[a](#here) and [b](https://example.org/x.md)"),
        ("`[a](../missing.md)` in code", "`[a](../missing.md)` in code"),
        ("```\n[a](../missing.md)\n```\n[b](README.md)", "```\n[a](../missing.md)\n```\n[b](index.md)"),
        ("[a](../openapi.json) and [b](../../asyncapi.yaml)", "[a](../api/http.md) and [b](../api/subjects.md)"),
        ("![p](../images/x.webp)", "![p](../images/x.webp)"),
    ],
)
def test_a_link_leads_to_where_its_page_stands_on_the_site(written: str, becomes: str) -> None:
    assert moved(written) == becomes


def test_a_link_to_what_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(layout.LeadsNowhere, match=r"docs/adr/0001-a\.md leads to \.\./missing\.md#x"):
        moved("[a](../missing.md#x)")


def test_what_belongs_to_an_item_stands_four_blanks_in() -> None:
    text = "1. a\n   b\n\n   | c |\n* d\n  * e\n\n```\n  code\n```\n      deep\n"

    assert layout.indented(text) == "1. a\n    b\n\n    | c |\n* d\n    * e\n\n```\n  code\n```\n      deep\n"


def test_an_operation_is_told_with_all_it_takes_and_answers() -> None:
    page = openapi.operations_page(HTTP)

    assert "## Watchlist: entries\n\n### change_entry\n\n`PUT /api/v1/watchlist/entries/{entry}`" in page
    assert "| `Idempotency-Key` | header | string | Once.; may be left out |" in page
    assert "Takes [Words](types.md#words) as `application/json`." in page
    assert "Answers 204: nothing. Refuses with 409." in page


def test_a_type_is_a_table_of_its_fields() -> None:
    page = openapi.types_page(HTTP)

    assert "| `label` | string |  |" in page
    assert "| `sites` | list of string | may be left out |" in page
    assert "| `state` | `draft`, `active` | may be left out |" in page
    assert "| `end` | string (date) or null | may be left out |" in page


def test_a_subject_is_told_with_its_messages_and_who_acts() -> None:
    page = asyncapi.page(SUBJECTS)

    assert "| `frames.{site}` | VIDEO | perishable | Pictures |" in page
    assert "Carries [Frame](#frame), `Gone`." in page
    assert "* receive: Taken." in page
    assert "### Frame\n\nOne picture." in page
    assert "### Gone" not in page


def test_a_page_with_a_link_into_nothing_fails_the_build(tmp_path: Path) -> None:
    for page in layout.pages(tmp_path):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text("[a](docs/gone.md)", encoding="utf-8")

    with pytest.raises(build.NotBuilt, match=r"leads to docs/gone\.md"):
        build.build(tmp_path / "site", tmp_path)
    assert not (tmp_path / "site").exists()


def test_a_heading_that_is_gone_and_a_page_in_no_menu_fail_the_build(tmp_path: Path) -> None:
    written = build.CONFIGURATION.read_text(encoding="utf-8").partition("\nnav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(f"{written}\nnav:\n  - index.md\n", encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text("# A\n\n[b](#gone)\n", encoding="utf-8")
    (tmp_path / "pages" / "b.md").write_text("# B\n", encoding="utf-8")

    with pytest.raises(build.NotBuilt) as fault:
        build.make_html(tmp_path)

    assert "contains a link '#gone'" in str(fault.value)
    assert "b.md" in str(fault.value)


def site(folder: Path, **pages: str) -> Path:
    for name, text in pages.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="b.html#there">', None),
        ('<a href="b.html#gone">', "leads to b.html#gone"),
        ('<a href="c.html">', "leads to c.html"),
        ('<a href="../outside.html">', "leads to ../outside.html"),
        ('<a href="https://example.org">', None),
        ('<script src="https://example.org/x.js"></script>', "fetches https://example.org/x.js"),
        ('<link href="//fonts.example.org" rel="preconnect">', "fetches //fonts.example.org"),
        ('<img alt="" src="data:image/png;base64,AA">', None),
    ],
)
def test_what_leads_nowhere_or_is_fetched_from_elsewhere_is_a_fault(
    tmp_path: Path, page: str, fault: str | None
) -> None:
    built = site(tmp_path, a_html=page, b_html='<h2 id="there">', ok_css="a{background:url(x.png)}")

    assert checked.faults(built) == ([] if fault is None else [f"a.html {fault}"])


def test_a_style_that_fetches_from_elsewhere_is_a_fault(tmp_path: Path) -> None:
    built = site(tmp_path, a_css='@import "https://example.org/a.css"; b{src:url(https://example.org/f.woff)}')

    faults = checked.faults(built)

    assert faults == ["a.css fetches https://example.org/a.css", "a.css fetches https://example.org/f.woff"]
