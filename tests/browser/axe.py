"""What axe-core finds in a page, and English on a Chinese one: in both languages and colour schemes."""

import asyncio
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page

from tools import node

# Everything that WCAG 2.2 AA asks for and a program can see, and what axe's authors count as good practice.
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN: Final = """async (tags) => {
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((each) => `${id}: ${each.html} ${each.failureSummary}`));
}"""
_SPEAK: Final = "(code) => import('/shared/language.js').then((language) => language.speak(code))"
# What is read or read out, by a language that the page does not speak: three English words in a row.
_TEXTS: Final = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { currentNode: node } = walker;
        if (node.parentElement.localName === "noscript") continue;
        if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
        else texts.push(...["aria-label", "alt", "title", "placeholder"].map((name) => node.getAttribute(name) ?? ""));
    }
    return texts;
}"""
_ENGLISH: Final = re.compile(r"\b[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
_Scheme = Literal["light", "dark"]
# Words do not depend on colours, nor colours on words: two of the four show every state in both of each.
_WAYS: Final[tuple[tuple[str, _Scheme], ...]] = (("en", "light"), ("zh-CN", "dark"))


def _source() -> str:
    node.install()
    return (node.FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def is_clean(page: Page, *, said_by_people: Collection[str] = (), picture: Path | None = None) -> None:
    """Fail where axe finds something, or a Chinese page has English that is not *said_by_people*.

    The page is left in English and dark. With *picture* it is photographed in each way, under that name.
    """
    if not await page.evaluate("typeof axe !== 'undefined'"):
        await page.evaluate(await asyncio.to_thread(_source))
    for code, scheme in _WAYS:
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate(_SPEAK, code)
        await page.locator(f"html[lang='{code}']").wait_for(state="attached")
        if picture is not None:
            name = f"{picture.name}-{code[:2]}-{scheme}.png"
            await page.screenshot(path=picture.with_name(name))
        found = await page.evaluate(_RUN, _TAGS)
        assert found == [], f"{code} {scheme}: {found}"
        if code == "zh-CN":
            texts = [text for text in await page.evaluate(_TEXTS) if text not in said_by_people]
            english = [text for text in texts if _ENGLISH.search(text)]
            assert english == [], english
    await page.evaluate(_SPEAK, "en")
    await page.emulate_media(color_scheme="dark")
