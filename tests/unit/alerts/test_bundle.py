"""The page's modules in a few files, run by node."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.alerts.edge import bundle, pages
from tools import node

PAGE = {f"/{path.relative_to(pages.FOLDER).as_posix()}": path for path in pages.FOLDER.rglob("*.js")}


def ran(bundles: Mapping[str, str], folder: Path, then: str) -> object:
    """What *then* returns, run where ``first`` is the bundle /first.js, and ``come`` fetches another."""
    for address, text in bundles.items():
        path = folder / address[1:]
        path.parent.mkdir(exist_ok=True)
        path.write_text(re.sub(r'"(?=/\w)', f'"{folder.as_uri()}', text), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "run.js").write_text(
        f'import * as first from "./first.js";\nconsole.log(JSON.stringify(await (async () => {{ {then} }})()));\n',
        encoding="utf-8",
    )
    done = subprocess.run([node.NODE, folder / "run.js"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: object = json.loads(done.stdout)
    return found


def test_every_form_of_import_and_export_gives_what_it_names(tmp_path: Path) -> None:
    sources = dict[str, str]()
    sources["/first.js"] = """
// The first of them.
import path from "node:path";
import { sep as between } from "node:path";
import * as all from "./parts/all.js";
import {
  one,
  two as second,
} from "./parts/some.js";

export const values = [one, second(), all.one, all.Kind.name, all.renamed, path.basename("/a/b"), between];
export function later() {
  return import("./late/late.js").then((module) => module.told());
}
"""
    sources["/parts/all.js"] = """
export * from "./some.js";
export { Kind, three as renamed } from "./more.js";
"""
    sources["/parts/some.js"] = """
/**
 * @returns {number} a "text" that no comment of a line is: // nothing
 */
export function two() {
  return "// two";
}
export const one = /** @type {number} */ (1);
"""
    sources["/parts/more.js"] = "export class Kind {}\nexport const three = 3;\nexport async function waits() {}\n"
    sources["/late/late.js"] = """
import { one } from "../parts/some.js";
const slow = await new Promise((over) => setTimeout(over, 1, "slow"));
export const told = () => [one, slow];
"""
    found = ran(bundle.bundles(sources, "/first.js"), tmp_path, "return [first.values, await first.later()];")

    assert found == [[1, "// two", 1, "Kind", 3, "b", "/"], [1, "slow"]]


def test_a_module_runs_once_whoever_needs_it(tmp_path: Path) -> None:
    counted = "globalThis.runs = (globalThis.runs ?? 0) + 1;\nexport const runs = () => globalThis.runs;\n"
    late = 'import { runs } from "./{0}.js";\nexport const told = () => runs();\n'
    sources = {
        "/first.js": 'export const both = [\n  () =>\n    import("./a.js"),\n  () =>\n    import("./b.js"),\n];\n',
        "/a.js": late.replace("{0}", "shared"),
        "/b.js": late.replace("{0}", "shared"),
        "/shared.js": counted,
    }
    bundles = bundle.bundles(sources, "/first.js")
    then = "const [a, b] = await Promise.all(first.both.map((each) => each())); return [a.told(), b.told()];"

    assert set(bundles) == {"/first.js", "/a.js", "/b.js"}
    assert ran(bundles, tmp_path, then) == [1, 1]


@pytest.mark.parametrize(
    "source",
    [
        "export default 1;\n",
        "const a = 1;\nexport { a };\n",
        "export let a = 1;\n",
        "export const { a } = {};\n",
        'import "./other.js";\n',
        'import a, { b } from "./other.js";\n',
        'import { a } from "./other.js"\n',
    ],
)
def test_a_form_that_is_not_known_is_refused_and_named(source: str) -> None:
    with pytest.raises(bundle.NotKnown, match=r"^/first\.js: (import|export) "):
        bundle.bundles({"/first.js": source, "/other.js": "export const a = 1;\n"}, "/first.js")


def test_modules_that_import_each_other_are_refused() -> None:
    sources = {
        "/first.js": 'import { b } from "./other.js";\nexport const a = 1;\n',
        "/other.js": 'import { a } from "./first.js";\nexport const b = 1;\n',
    }

    with pytest.raises(bundle.NotKnown, match=r"^/first\.js imports itself"):
        bundle.bundles(sources, "/first.js")


def test_each_module_of_the_page_is_in_one_bundle() -> None:
    sources = {address: path.read_text(encoding="utf-8") for address, path in PAGE.items()}
    bundles = bundle.bundles(sources, "/app.js")
    held = [line[3:] for text in bundles.values() for line in text.splitlines() if line.startswith("// /")]

    assert len(held) == len(set(held)) > 300
    assert set(bundles) == {
        "/app.js", "/accounts/accounts.js", "/console/console.js", "/console/audit/audit.js",
        "/console/running/running.js",
    }  # fmt: skip
    # Whoever looks at alerts alone waits for nothing of those who keep the list.
    assert "// /console/" not in bundles["/app.js"]
    assert "// /accounts/" not in bundles["/app.js"]


def test_the_page_serves_no_module_that_a_bundle_holds() -> None:
    served = {address for address in pages.load().files if address.endswith(".js")}

    assert served < set(PAGE)
    assert len(served) < 10
    assert "/shared/html.js" not in served
