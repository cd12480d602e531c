// Templates give components what they take: TypeScript does not look into templates.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../services/alerts/web", import.meta.url));
const texts = new Map(
  readdirSync(WEB, { recursive: true })
    .filter((path) => path.endsWith(".js"))
    .map((path) => [path, readFileSync(join(WEB, path), "utf8")]),
);

// Where the bracket that opens at `start` is closed.
function endOf(text, start, [opens, closes]) {
  for (let at = start, depth = 0; at < text.length; at += 1) {
    if (text[at] === opens) depth += 1;
    if (text[at] === closes && (depth -= 1) === 0) return at;
  }
  throw new Error(`nothing closes what opens at ${text.slice(start, start + 60)}`);
}

// Names of properties at the outer level of `{ a: string, b?: { c: number } }`, the optional ones with their mark.
function namesOf(type) {
  let flat = type;
  while (/[{(<\[][^{}()<>\[\]]*[})>\]]/.test(flat.slice(1, -1))) {
    flat = `{${flat.slice(1, -1).replaceAll("=>", "").replace(/[{(<\[][^{}()<>\[\]]*[})>\]]/g, "")}}`;
  }
  return [...flat.matchAll(/(\w+)(\??):/g)].map(([, name, mark]) => ({ name, isOptional: mark === "?" }));
}

// Every component: what it must and may be given.
const components = new Map();
for (const [path, text] of texts) {
  const found = text.match(/(?:^|\n)(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export function ([A-Z]\w*)\(([^)]*)/);
  if (found === null) continue;
  const [, doc = "", name, parameter] = found;
  const start = doc.indexOf("{{");
  const type = start === -1 ? "{}" : doc.slice(start + 1, endOf(doc, start + 1, "{}") + 1).replaceAll("\n *", "\n");
  const takesMore = /\.\.\.rest/.test(parameter);
  assert.ok(!components.has(name), `${path}: there are two components called ${name}`);
  components.set(name, { path, names: namesOf(type), takesMore, isBare: parameter.trim() === "" });
}

// Every use of a component in a template: the names of its attributes, and whether a spread may add more.
function usesOf(text) {
  return [...text.matchAll(/<\$\{([A-Z]\w*)\}/g)].map(({ 0: opening, 1: name, index }) => {
    let rest = text.slice(index + opening.length);
    const attributes = [];
    let isSpread = false;
    for (;;) {
      rest = rest.trimStart();
      const attribute = rest.match(/^(\.\.\.)?([\w-]*)(=)?/);
      if (rest.startsWith(">")) return { name, attributes: [...attributes, "children"], isSpread };
      if (rest.startsWith("/>")) return { name, attributes, isSpread };
      isSpread ||= attribute[1] !== undefined;
      if (attribute[2]) attributes.push(attribute[2]);
      rest = rest.slice(attribute[0].length);
      if (rest.startsWith("${")) rest = rest.slice(endOf(rest, 1, "{}") + 1);
      else if (rest.startsWith('"')) rest = rest.slice(rest.indexOf('"', 1) + 1);
      else assert.ok(!attribute[3] && attribute[0], `${name}: not understood: ${rest.slice(0, 40)}`);
    }
  });
}

const uses = [...texts].flatMap(([path, text]) => usesOf(text).map((use) => ({ path, ...use })));

test("every component that takes something says what", () => {
  for (const [name, { path, names, isBare }] of components) assert.equal(names.length === 0, isBare, `${path}: ${name}`);
  assert.ok(components.size > 60);
});

test("a component is given everything that it needs", () => {
  for (const { path, name, attributes, isSpread } of uses) {
    const needed = components.get(name).names.filter(({ isOptional }) => !isOptional).map((each) => each.name);
    assert.ok(isSpread || needed.every((each) => attributes.includes(each)), `${path}: ${name} needs ${needed}, has ${attributes}`);
  }
  assert.ok(uses.length > 150);
});

test("a component is given nothing that it does not take", () => {
  for (const { path, name, attributes } of uses) {
    const { names, takesMore } = components.get(name);
    const unknown = attributes.filter((each) => each !== "key" && !names.some((known) => known.name === each));
    assert.ok(takesMore || unknown.length === 0, `${path}: ${name} does not take ${unknown}`);
  }
});
