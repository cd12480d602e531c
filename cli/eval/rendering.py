"""A document as Markdown and as one HTML page that needs nothing else. Pure."""

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from cli.eval.document import Document, Drawing, Part, Table

_WIDTH: Final = 120  # of a line of Markdown
_WHOLE: Final = 24  # characters of a cell that are not broken
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.55 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 0 auto; padding: 1.5rem;
  max-width: 60rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; } td.whole { white-space: nowrap; }
figure { margin: 1.2rem 0; } svg { max-width: 100%; height: auto; border-radius: 6px; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } tr, figure { break-inside: avoid; } }
"""


def html(document: Document) -> str:
    """One page, with its pictures in it, that fetches nothing and runs nothing."""
    body = "\n".join(_html_lines(document))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{document.language.value}"><head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _html_lines(document: Document) -> Iterator[str]:
    yield f"<h1>{escape(document.title)}</h1>"
    for section in document.sections:
        yield f"<h2>{escape(section.title)}</h2>"
        yield from (_html_part(part) for part in section.parts)


def _html_part(part: Part) -> str:
    match part:
        case str():
            return f"<p>{escape(part)}</p>"
        case Table():
            return _html_table(part)
        case Drawing():
            return f"<figure>{part.svg}<figcaption>{escape(part.title)}</figcaption></figure>"
        case tuple():
            return "<ul>" + "".join(f"<li>{escape(point)}</li>" for point in part) + "</ul>"


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = ("".join(_html_cell(cell) for cell in row) for row in table.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if any(table.head) else ""
    return f'<div class="table"><table>{top}<tbody>{body}</tbody></table></div>'


def _html_cell(cell: str) -> str:
    # A share and its interval stay together; a digest may break.
    kept = ' class="whole"' if len(cell) <= _WHOLE else ""
    return f"<td{kept}>{escape(cell)}</td>"


def markdown(document: Document) -> str:
    """The same; pictures are files that lie beside it."""
    return "\n".join(_markdown_lines(document)) + "\n"


def _markdown_lines(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    for section in document.sections:
        yield from ("", f"## {section.title}")
        for part in section.parts:
            yield ""
            yield from _markdown_part(part)


def _markdown_part(part: Part) -> Iterator[str]:
    match part:
        case str():
            yield from wrap(_plain(part), _WIDTH, break_long_words=False, break_on_hyphens=False)
        case Table():
            yield _row(part.head)
            yield _row(("---",) * len(part.head))
            yield from (_row(row) for row in part.rows)
        case Drawing():
            yield f"![{_plain(part.title)}]({part.name}.svg)"
        case tuple():
            for point in part:
                lines = wrap(_plain(point), _WIDTH, break_long_words=False, break_on_hyphens=False)
                yield from (f"{'  ' if number else '* '}{line}" for number, line in enumerate(lines))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(words: str) -> str:
    """*words* of which nothing is a mark: names of data and groups are people's own."""
    marked = "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in words)
    return " ".join(marked.split())
