// Lets node read the pages' modules as a browser does: "web/…" is the served folder, and packages are those of the
// import map in index.html. What the modules need of a browser is in browser.mjs.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const WEB = new URL("../../services/alerts/web/", import.meta.url);
const page = readFileSync(new URL("index.html", WEB), "utf8");
const { imports } = JSON.parse(page.match(/<script type="importmap">(.*?)<\/script>/s)[1]);

registerHooks({
  resolve(specifier, context, next) {
    const path = specifier in imports ? imports[specifier].slice(1) : specifier.match(/^web\/(.*)$/)?.[1];
    const found = path === undefined ? next(specifier, context) : { url: new URL(path, WEB).href, shortCircuit: true };
    return found.url.startsWith(WEB.href) ? { ...found, format: "module" } : found;
  },
});

await import("./browser.mjs");
