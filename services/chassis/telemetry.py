"""What a process says of itself: counters, and the three pages /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from proto.wardwatch.v1.metrics import CATALOGUE, SECONDS_BUCKETS, MetricName
from services.chassis.errors import StartupError

log = structlog.get_logger(__name__)

# Returns None when all is well, else the reason in words.
ReadyCheck = Callable[[], Awaitable[str | None]]
# Is told of an amount or a value, with its labels; returns at once.
Tap = Callable[[float, Mapping[str, str]], None]

_FACES_BUCKETS: Final = (1, 2, 4, 8, 16, 32)
_WATCH_SECONDS: Final = 0.25
_CHECK_TIMEOUT_SECONDS: Final = 3.0
# A connection by which no whole request arrived for so long is closed.
_IDLE_SECONDS: Final = 30.0


class Meters:
    """The process's metrics, created on first use from the catalogue."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[MetricName, Counter | Gauge | Histogram] = {}
        self._taps: dict[MetricName, Tap] = {}

    def tap(self, name: MetricName, tap: Tap) -> None:
        """Have *tap* told of whatever is counted or observed as *name* from now on."""
        self._taps[name] = tap

    def count(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        """Add *amount* to a counter."""
        metric = self._get(name)
        assert isinstance(metric, Counter)
        (metric.labels(**labels) if labels else metric).inc(amount)
        if (tap := self._taps.get(name)) is not None:
            tap(amount, labels)

    def set(self, name: MetricName, value: float, **labels: str) -> None:
        """Set a gauge."""
        metric = self._get(name)
        assert isinstance(metric, Gauge)
        (metric.labels(**labels) if labels else metric).set(value)

    def observe(self, name: MetricName, value: float, **labels: str) -> None:
        """Add an observation to a histogram."""
        metric = self._get(name)
        assert isinstance(metric, Histogram)
        (metric.labels(**labels) if labels else metric).observe(value)
        if (tap := self._taps.get(name)) is not None:
            tap(value, labels)

    def value(self, name: MetricName, **labels: str) -> float:
        """Read a counter or gauge (a histogram's count of observations); zero when it was never touched."""
        kind = CATALOGUE[name].kind
        sample = f"{name}_count" if kind == "histogram" else name
        return self.registry.get_sample_value(sample, labels) or 0.0

    def _get(self, name: MetricName) -> Counter | Gauge | Histogram:
        if name not in self._made:
            row = CATALOGUE[name]
            match row.kind:
                case "counter":
                    self._made[name] = Counter(name, row.text, row.labels, registry=self.registry)
                case "gauge":
                    self._made[name] = Gauge(name, row.text, row.labels, registry=self.registry)
                case "histogram":
                    buckets = SECONDS_BUCKETS if name.endswith("_seconds") else _FACES_BUCKETS
                    self._made[name] = Histogram(name, row.text, row.labels, buckets=buckets, registry=self.registry)
        return self._made[name]


def all_of(*checks: ReadyCheck) -> ReadyCheck:
    """One check of several: the reason of the first that does not pass."""

    async def check() -> str | None:
        for each in checks:
            if (reason := await each()) is not None:
                return reason
        return None

    return check


async def failing(checks: Mapping[str, ReadyCheck]) -> dict[str, str]:
    """Run every check; return the reasons of those that do not pass."""
    reasons: dict[str, str] = {}
    for name, check in checks.items():
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
                reason = await check()
        except TimeoutError:
            reason = f"no answer within {_CHECK_TIMEOUT_SECONDS:g} s"
        if reason is not None:
            reasons[name] = reason
    return reasons


@asynccontextmanager
async def serve(
    host: str,
    port: int,
    *,
    ready: Mapping[str, ReadyCheck],
    meters: Meters,
    warn: Mapping[str, ReadyCheck] | None = None,
    pages: Mapping[str, Callable[[], str]] | None = None,
) -> AsyncIterator[int]:
    """Answer the three pages until left; yields the port. Raises StartupError when it is taken.

    What *warn* says is told beside the readiness, and changes nothing of it. *pages* are further ones, of JSON.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        reasons = await failing(ready)
        if watch.done():
            reasons["watch"] = "readiness is no longer watched"
        body: dict[str, object] = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
        if warnings := await failing(warn or {}):
            body["warnings"] = warnings
        return web.json_response(body, status=503 if reasons else 200)

    async def metrics(_request: web.Request) -> web.Response:
        # In a thread: what a process is read from are files.
        page = await asyncio.to_thread(_page, meters.registry)
        return web.Response(body=page, content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    app.add_routes([web.get(path, _sending(text)) for path, text in (pages or {}).items()])
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=_IDLE_SECONDS)
    await runner.setup()
    watch = asyncio.create_task(_watch(ready, meters))
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartupError(f"telemetry cannot listen on {host}:{port}: {error.strerror}") from error
        bound = int(runner.addresses[0][1])
        log.info("telemetry is listening", host=host, port=bound)
        yield bound
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await runner.cleanup()


def _sending(text: Callable[[], str]) -> Handler:
    async def send(_request: web.Request) -> web.Response:
        return web.Response(text=text(), content_type="application/json")

    return send


def _page(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry) + generate_latest(_of_this_process())


@cache
def _of_this_process() -> CollectorRegistry:
    """Processor time, memory and open files of the process: `process_…`, named as everywhere else."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


async def _watch(ready: Mapping[str, ReadyCheck], meters: Meters) -> None:
    """Log each change of readiness once."""
    was: bool | None = None
    while True:
        reasons = await failing(ready)
        now = not reasons
        meters.set("wardwatch_ready", float(now))
        if now and not was:
            log.info("ready")
        if was and not now:
            log.warning("not ready", reason="; ".join(f"{name}: {reason}" for name, reason in reasons.items()))
        was = now
        await asyncio.sleep(_WATCH_SECONDS)
