"""What axe-core finds in a page, and English on a Chinese one: in both languages, colour schemes and widths."""

import asyncio
import re
from collections.abc import Collection
from typing import Final, Literal

from playwright.async_api import Page, ViewportSize

from tests.browser import pictures
from tools import node

# Everything that WCAG 2.2 AA asks for and a program can see, and what axe's authors count as good practice.
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN: Final = """async (tags) => {
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((each) => `${id}: ${each.html} ${each.failureSummary}`));
}"""
# As chosen in another window.
_SPEAK: Final = """(code) => {
    localStorage.setItem("wardwatch.language", code);
    dispatchEvent(new StorageEvent("storage", { key: "wardwatch.language" }));
}"""
# What is read or read out, by a language that the page does not speak: three English words in a row.
_TEXTS: Final = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { currentNode: node } = walker;
        // A command is typed in one language.
        if (["noscript", "code"].includes(node.parentElement.localName)) continue;
        if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
        else texts.push(...["aria-label", "alt", "title", "placeholder"].map((name) => node.getAttribute(name) ?? ""));
    }
    return texts;
}"""
_ENGLISH: Final = re.compile(r"\b[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
_Scheme = Literal["light", "dark"]
# Words do not depend on colours, nor colours on words: of each width, two of the four show every state in both of each.
_WAYS: Final[tuple[tuple[str, _Scheme, bool], ...]] = (
    ("en", "light", True), ("zh-CN", "dark", True), ("en", "dark", False), ("zh-CN", "light", False),
)  # fmt: skip
_PHONE: Final[ViewportSize] = {"width": 360, "height": 640}
_DESK: Final[ViewportSize] = {"width": 1280, "height": 800}


def _source() -> str:
    node.install()
    return (node.FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def speak(page: Page, language: str) -> None:
    """Show *page* in *language*, by its code."""
    await page.evaluate(_SPEAK, language)


async def violations(page: Page) -> list[str]:
    """What axe finds in *page* as it is."""
    if not await page.evaluate("typeof axe !== 'undefined'"):
        await page.evaluate(await asyncio.to_thread(_source))
    found: list[str] = await page.evaluate(_RUN, _TAGS)
    return found


async def is_clean(page: Page, *, said_by_people: Collection[str] = (), picture: str = "") -> None:
    """Fail where axe finds something, or a Chinese page has English that is not *said_by_people*.

    It is looked at as wide as it is, then as the other of phone and desk. The page is left in English, dark and as wide
    as it was. With *picture* it is photographed in its own width, under that name.
    """
    own = page.viewport_size or _PHONE
    other = _PHONE if own["width"] > _PHONE["width"] else _DESK
    for code, scheme, is_own in _WAYS:
        await page.set_viewport_size(own if is_own else other)
        await page.emulate_media(color_scheme=scheme)
        await speak(page, code)
        await page.locator(f"html[lang='{code}']").wait_for(state="attached")
        if picture and is_own:
            await pictures.take(page, f"{picture}-{code[:2]}-{scheme}")
        found = await violations(page)
        assert found == [], f"{code} {scheme} {'' if is_own else other['width']}: {found}"
        if code == "zh-CN":
            texts = [text for text in await page.evaluate(_TEXTS) if text not in said_by_people]
            english = [text for text in texts if _ENGLISH.search(text)]
            assert english == [], english
    await page.set_viewport_size(own)
    await speak(page, "en")
    await page.emulate_media(color_scheme="dark")
