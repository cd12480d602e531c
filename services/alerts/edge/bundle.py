"""The page's modules in a few files: a phone that asks for a hundred small ones waits for each of their round trips.

What comes at once is one file, and so is each part that ``import("...")`` fetches later. In them a module is a function
that runs once and returns what it exports, behind those that it imports. Only statements that import and export are
rewritten, and comments left out; a form of such statements that is not known here raises.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_IMPORT: Final = re.compile(
    r'^import (?:\* as (?P<all>\w+)|\{(?P<names>[^}]*)\}|(?P<default>\w+)) from "(?P<of>[^"]+)";$', re.MULTILINE
)
_EXPORT: Final = re.compile(r"^export (?=(?:(?:async )?function\*?|const|class) (?P<name>\w+))", re.MULTILINE)
_PASSED_ON: Final = re.compile(r'^export (?:\*|\{(?P<names>[^}]*)\}) from "(?P<of>[^"]+)";$', re.MULTILINE)
# Not where a comment names a type.
_LATER: Final = re.compile(r'(?<!typeof )(?<![{<])\bimport\("(?P<of>\.[^"]+)"\)')
_LEFT: Final = re.compile(r"^(?:import|export)\b[^\n]*", re.MULTILINE)
_AWAITS: Final = re.compile(r"^(?:(?:export )?const [^=\n]+ = )?await ", re.MULTILINE)
# Of whole lines: what looks like a comment within a line may be part of a text.
_COMMENT: Final = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/[ \t]*)\n", re.MULTILINE | re.DOTALL)


class NotKnown(ValueError):
    """A module imports or exports in a form that is not known here."""


@dataclass(frozen=True, slots=True)
class _Module:
    """A source without comments, what it is called in bundles, and the addresses of what it imports."""

    address: str
    source: str
    name: str
    needs: tuple[str, ...]
    later: tuple[str, ...]


def bundles(sources: Mapping[str, str], first: str) -> dict[str, str]:
    """The bundle that begins with *first*, and each that begins with a module imported later, by these addresses.

    *sources* are the page's own modules by their addresses, ``/folder/name.js``; any other is left to the import map.
    Raises NotKnown.
    """
    modules = _reached(sources, first)
    homes = _homes(modules, first)
    entries = [first, *dict.fromkeys(each for module in modules.values() for each in module.later)]
    return {entry: _bundle(entry, modules, homes) for entry in entries}


def _reached(sources: Mapping[str, str], first: str) -> dict[str, _Module]:
    """All that *first* imports, at once or later; each module behind those that it imports at once."""
    modules: dict[str, _Module] = {}
    begun: set[str] = set()

    def reach(address: str) -> None:
        if address in begun:
            if address not in modules:
                raise NotKnown(f"{address} imports itself by way of others")
            return
        begun.add(address)
        source = _COMMENT.sub("", sources[address])
        needs = tuple(dict.fromkeys(_address(address, of) for of in _named(source) if _is_own(of)))
        later = tuple(dict.fromkeys(_address(address, each["of"]) for each in _LATER.finditer(source)))
        for each in needs:
            reach(each)
        modules[address] = _Module(address, source, f"${len(modules)}", needs, later)
        for each in later:
            reach(each)

    reach(first)
    return modules


def _named(source: str) -> list[str]:
    return [each["of"] for pattern in (_IMPORT, _PASSED_ON) for each in pattern.finditer(source)]


def _is_own(named: str) -> bool:
    return named.startswith(".")


def _address(of: str, named: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(of), named))


def _homes(modules: Mapping[str, _Module], first: str) -> dict[str, str]:
    """Which bundle each module is in: the last of those that have come whenever it is needed."""
    ways = {first: [first]}  # to each bundle: those that have come before it, and itself
    homes: dict[str, str] = {}
    entries = [first]
    for entry in entries:
        for address in _at_once(modules, entry):
            way = ways[homes.get(address, entry)]
            homes[address] = [each for each, other in zip(way, ways[entry], strict=False) if each == other][-1]
            for later in modules[address].later:
                if later not in ways:
                    ways[later] = [*ways[entry], later]
                    entries.append(later)
    return homes


def _at_once(modules: Mapping[str, _Module], entry: str) -> list[str]:
    found = [entry]
    seen = {entry}
    for address in found:
        more = [each for each in modules[address].needs if each not in seen]
        found += more
        seen.update(more)
    return found


def _bundle(entry: str, modules: Mapping[str, _Module], homes: Mapping[str, str]) -> str:
    mine = [module for module in modules.values() if homes[module.address] == entry]
    outside = dict.fromkeys(of for module in mine for of in _named(module.source) if not _is_own(of))
    needs = dict.fromkeys([*(each for module in mine for each in module.needs), entry])
    needed_elsewhere = {each for module in modules.values() if homes[module.address] != entry for each in module.needs}
    lines = [f'import * as {_outside(of)} from "{of}";' for of in outside]
    lines += [f'import {{ {modules[each].name} }} from "{homes[each]}";' for each in needs if homes[each] != entry]
    lines += [_as_function(module, modules) for module in mine]
    lines += [f"export {{ {module.name} }};" for module in mine if module.address in needed_elsewhere]
    lines += [f"export const {{ {', '.join(_exported(modules[entry]))} }} = {modules[entry].name};", ""]
    return "\n".join(lines)


def _exported(module: _Module) -> list[str]:
    return [each["name"] for each in _EXPORT.finditer(module.source)]


def _outside(named: str) -> str:
    return "$" + re.sub(r"\W", "_", named)


def _as_function(module: _Module, modules: Mapping[str, _Module]) -> str:
    def name(of: str) -> str:
        return modules[_address(module.address, of)].name if _is_own(of) else _outside(of)

    def imported(found: re.Match[str]) -> str:
        if found["names"] is not None:
            return f"const {{{found['names'].replace(' as ', ': ')}}} = {name(found['of'])};"
        return (
            f"const {found['all'] or found['default']} = {name(found['of'])}{'.default' if found['default'] else ''};"
        )

    def later(found: re.Match[str]) -> str:
        return f'import("{_address(module.address, found["of"])}")'

    def passed_on(found: re.Match[str]) -> str:
        if found["names"] is None:
            return f"...{name(found['of'])}"
        pairs = [each.split(" as ") for each in re.findall(r"\w+(?: as \w+)?", found["names"])]
        return ", ".join(f"{pair[-1]}: {name(found['of'])}.{pair[0]}" for pair in pairs)

    returned = [*(passed_on(each) for each in _PASSED_ON.finditer(module.source)), *_exported(module)]
    body = _IMPORT.sub(imported, _LATER.sub(later, _EXPORT.sub("", _PASSED_ON.sub("", module.source)))).strip()
    if left := _LEFT.search(body):
        raise NotKnown(f"{module.address}: {left[0]}")
    function = "await (async () => {" if _AWAITS.search(body) else "(() => {"
    return "\n".join(
        [
            f"// {module.address}",
            f"const {module.name} = {function}",
            body,
            f"return {{ {', '.join(returned)} }};",
            "})();",
        ]
    )
