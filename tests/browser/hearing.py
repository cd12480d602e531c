"""What a page sounds like: its samples are heard on their way to the loudspeaker, by the browser's own rules.

Chromium lets a page sound only after somebody touched it. Playwright's own questions to a page count as a touch, so
until the first real one a page is looked at through :class:`Onlooker`.
"""

from dataclasses import dataclass

from playwright.async_api import CDPSession, Page

from tests.fakes import eventually

# Everything that is connected to the loudspeaker is connected to a meter, too, which counts the sounds that
# half a second of silence parts.
METER = """(() => {
    const heard = (window.heard = { contexts: [], sounds: 0, silence: Infinity, vibrated: [] });
    const connect = AudioNode.prototype.connect;
    const meters = new Map();
    function meter(context) {
        if (meters.has(context)) return meters.get(context);
        const made = context.createScriptProcessor(1024, 1, 1);
        made.onaudioprocess = ({ inputBuffer }) => {
            const loudest = Math.max(...inputBuffer.getChannelData(0).map(Math.abs));
            if (loudest < 0.01) {
                heard.silence += inputBuffer.duration;
                return;
            }
            if (heard.silence > 0.5) heard.sounds += 1;
            heard.silence = 0;
        };
        connect.call(made, context.destination);
        meters.set(context, made);
        return made;
    }
    AudioNode.prototype.connect = function (target, ...rest) {
        if (target instanceof AudioDestinationNode) connect.call(this, meter(target.context));
        return connect.call(this, target, ...rest);
    };
    window.AudioContext = class extends window.AudioContext {
        constructor() {
            super();
            heard.contexts.push(this);
        }
    };
    const vibrate = navigator.vibrate.bind(navigator);
    navigator.vibrate = (pattern) => {
        const done = vibrate(pattern);
        heard.vibrated.push(done);
        return done;
    };
})()"""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Looks at a page without touching it."""

    session: CDPSession

    @classmethod
    async def at(cls, page: Page) -> "Onlooker":
        """Begin before the page is opened: it is to be heard from its first moment on."""
        await page.add_init_script(METER)
        return cls(await page.context.new_cdp_session(page))

    async def sees(self, expression: str) -> object:
        """The value of *expression* in the page, as JSON holds it."""
        answer = await self.session.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        return answer["result"].get("value")

    async def text(self, selector: str) -> str:
        """What a person reads at *selector*; nothing where there is no such place."""
        return str(await self.sees(f"document.querySelector({selector!r})?.innerText ?? ''"))


async def rang(page: Page, times: int) -> None:
    """Wait until a page that was touched has sounded so often at least, and is quiet for a moment.

    An alert rings on until somebody answers.
    """
    await eventually(lambda: _over(page, times), within_seconds=30)


async def _over(page: Page, times: int) -> bool:
    over: bool = await page.evaluate("times => heard.sounds >= times && heard.silence > 0.5", times)
    return over
