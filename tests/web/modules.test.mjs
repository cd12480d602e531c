// How the modules of the pages lie upon each other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../services/alerts/web", import.meta.url));
// Each may import from those before it, and from itself; accounts, alerts and console do not know each other.
const LAYERS = [["shared"], ["state"], ["frame"], ["accounts", "alerts", "console"], ["."]];

const paths = readdirSync(WEB, { recursive: true })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".js"));
const texts = new Map(paths.map((path) => [path, readFileSync(join(WEB, path), "utf8")]));
const graph = new Map([...texts].map(([path, text]) => [path, importsOf(path, text)]));

function importsOf(path, text) {
  const named = [...text.matchAll(/^(?:import|export)\b[^;"]*?"(\.[^"]+)";|\bimport\("(\.[^"]+)"\)/gm)];
  // A type is no import: it is gone when the module runs.
  return named
    .filter(({ index }) => !/typeof $/.test(text.slice(0, index)))
    .map(([, fixed, late]) => posix.join(posix.dirname(path), fixed ?? late));
}

const folderOf = (path) => (path.includes("/") ? path.split("/")[0] : ".");
const rank = (path) => LAYERS.findIndex((layer) => layer.includes(folderOf(path)));

test("every import leads to a module", () => {
  for (const [path, imported] of graph) {
    for (const each of imported) assert.ok(graph.has(each), `${path} imports ${each}`);
  }
  assert.ok([...graph.values()].flat().length > 300);
});

test("no module imports itself by way of others", () => {
  const done = new Set();
  const walk = (path, way) => {
    assert.ok(!way.includes(path), [...way.slice(way.indexOf(path)), path].join(" -> "));
    if (done.has(path)) return;
    for (const each of graph.get(path)) walk(each, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
});

test("modules import only from their own layer and those below", () => {
  for (const [path, imported] of graph) {
    assert.notEqual(rank(path), -1, `${path} lies in no layer`);
    for (const each of imported) {
      const allowed = folderOf(path) === folderOf(each) || rank(each) < rank(path);
      assert.ok(allowed, `${path} imports ${each}`);
    }
  }
});

test("every module is reached from the page", () => {
  const reached = new Set();
  const walk = (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    graph.get(path).forEach(walk);
  };
  for (const path of ["arrival.js", "app.js", "sw.js"]) walk(path);
  assert.deepEqual([...graph.keys()].filter((path) => !reached.has(path)), []);
});

test("a file holds one component", () => {
  for (const [path, text] of texts) {
    const components = [...text.matchAll(/^(?:export )?(?:async )?function ([A-Z]\w*)/gm)].map(([, name]) => name);
    assert.ok(components.length <= 1, `${path}: ${components}`);
  }
});
