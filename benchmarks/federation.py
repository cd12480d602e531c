"""One list and thirty hospitals on one machine: how soon a change is matched, a list is there, an erasure is closed.

Run: ``python -m benchmarks.federation [--hospitals 30] [--entries 2100] [--changes 20]``. The publisher has broker,
PostgreSQL, watchlist and federation service. So have the first ``--records`` hospitals, each with a matcher; a change
is there when a face that is shown again and again is sighted. The other hospitals have a broker of their own as well,
and the door's own code on a record in memory, a few in one process. The publisher's broker writes each message to the
disk. Every change is two rows that another account approves, written as the desk does. What is beyond an aim is an
error.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from access import store
from benchmarks.processor import backends, used
from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.listed import ListedEntry
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from proto.wardwatch.v1.subjects import Account, joined_user
from proto.wardwatch.v1.values import EntryState
from services.chassis.bus import Bus
from services.chassis.federation_keys import PRIVATE_FILE, FederationKeys
from services.chassis.telemetry import Meters
from services.federation.broker.copy import Copy
from services.federation.door.door import Door
from services.federation.door.ports import Counts, Erasure, HeadKept, Joined
from tests import servers
from tests.doors import FakeRecord, FakeWatchlist
from tests.fakes import eventually
from tests.federations import LIST, link_key
from tests.live.federated import Gate, Installation, Publisher, Subscriber, dial, publishing, subscribing
from tests.servers import Nats, running_nats
from tests.slow_line import Line, line

_PICTURE_BYTES: Final = 20_000
_SLOW: Final = 128_000 / 8
_LONGEST: Final = 900.0
# A process is one core at the most, which is little for the doors of all hospitals.
_DOOR_PROCESSES: Final = 3
_ASK_SECONDS: Final = 0.2
# Whether anything waits to be published. OR asks no further once something does: all holdings are many to look through.
_UNSAID: Final = """
    SELECT EXISTS (SELECT FROM federation.outbox)
        OR EXISTS (SELECT FROM federation.statement WHERE published_at IS NULL)
        OR EXISTS (SELECT FROM federation.shared_entry AS s WHERE NOT EXISTS
            (SELECT FROM federation.statement AS t WHERE t.entry_id = s.entry_id))
        OR EXISTS (SELECT FROM federation.holding AS h, federation.list AS l, federation.hospital AS o
            WHERE h.generation <> l.generation AND o.name = h.hospital AND o.removed_at IS NULL
            AND EXISTS (SELECT FROM federation.statement AS s WHERE s.entry_id = h.entry_id AND s.state <> 'erased'))
        AS waits
"""
_AIMS: Final = {"change": 2.0, "join": 30.0, "list": 90.0, "erasure": 60.0}


# -- hospitals whose record is in memory, in a process of their own


@dataclass
class _Record(FakeRecord):
    """Says each head that it agrees with."""

    async def keep_head(self, list_: str, head: HeadKept) -> None:
        before = self.kept
        await super().keep_head(list_, head)
        if head.agreed_number is not None and (before is None or before.agreed_number != head.agreed_number):
            _say(hospital=self.list_.hospital, agreed=head.agreed_number, entries=head.entries, at=time.time())

    async def counts(self, list_: str) -> Counts:
        self._check()
        assert list_ == self.list_.list_
        return Counts(0, len(self.open), 0, 0)


@dataclass
class _Watchlist(FakeWatchlist):
    """Says each entry that it takes, and owes nobody a receipt."""

    async def __call__(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        answer = await super().__call__(subject, payload, timeout_seconds=timeout_seconds)
        if subject == subjects.federation("receive"):
            said = ListedEntry.decode(self.asked.pop().statement[:-SIGNATURE_BYTES])
            if said.state is EntryState.ERASED:
                gone = Erasure(said.entry_id, None, said.number, 0, is_gone=True)
                self.record.open[said.entry_id] = gone
            name = self.record.list_.hospital
            _say(hospital=name, entry=said.entry_id, state=said.state.name, at=time.time())
        return answer


def _say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def _doors(publisher: str, domain: str) -> None:
    """A door for each line of the input: name, address, and folder of credentials."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with asyncio.TaskGroup() as tasks:
        while told := await reader.readline():
            name, url, folder = json.loads(told)
            tasks.create_task(_door(name, url, Path(folder), bytes.fromhex(publisher), domain))


async def _door(name: str, url: str, folder: Path, publisher: bytes, domain: str) -> None:
    keys = FederationKeys.parse((folder / PRIVATE_FILE).read_text(encoding="utf-8"))
    joined = Joined(LIST, name, publisher, domain, 30, datetime.now(UTC), left=False, silent=False)
    record = _Record(joined)
    user = joined_user(LIST)
    async with Bus.connect(
        url, user=user, user_seed_file=folder / store.JOINED / f"{user}.nk", account=Account.FED, meters=Meters()
    ) as bus:
        door = Door(
            joined, Copy(bus, LIST, name, domain), record, _Watchlist(record), keys, Meters(),
            now=lambda: datetime.now(UTC), monotonic=time.monotonic,
        )  # fmt: skip
        await door.run(asyncio.Event())


@dataclass
class Light:
    """Hospitals in memory: what their doors have said so far."""

    processes: list[asyncio.subprocess.Process]
    agreed: dict[str, tuple[int, int, float]] = field(default_factory=dict)  # number, entries, when
    came: dict[tuple[str, str, str], float] = field(default_factory=dict)  # hospital, entry, state: when
    has_agreed: asyncio.Event = field(default_factory=asyncio.Event)
    has_come: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def running(cls, publisher: Publisher) -> AsyncIterator["Light"]:
        public = statements.public_bytes(publisher.keys.publisher).hex()
        light = cls([
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.federation", "--doors", public, publisher.broker.domain,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(_DOOR_PROCESSES)
        ])  # fmt: skip
        listening = [asyncio.create_task(light._listen(each)) for each in light.processes]
        try:
            yield light
        finally:
            for each in light.processes:
                each.kill()
                await each.wait()
            await asyncio.gather(*listening)

    def open(self, name: str, nats: Nats) -> None:
        """Let a hospital's door begin, in the process whose turn it is."""
        self.processes.append(process := self.processes.pop(0))
        assert process.stdin is not None
        process.stdin.write(json.dumps([name, nats.url, str(nats.credentials_dir)]).encode() + b"\n")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while told := await process.stdout.readline():
            if not told.startswith(b"{"):
                sys.stderr.buffer.write(told)  # what a door logs
                continue
            read = json.loads(told)
            if "agreed" in read:
                self.agreed[read["hospital"]] = (read["agreed"], read["entries"], read["at"])
                self.has_agreed.set()
            elif "entry" in read:
                self.came.setdefault((read["hospital"], read["entry"], read["state"]), read["at"])
                self.has_come.set()

    async def all_agree(self, names: Iterable[str], number: int, entries: int) -> float:
        """When the last of *names* had agreed with a head of *number* or a later one, of so many entries."""
        waiting = set(names)
        async with asyncio.timeout(_LONGEST):
            while True:
                self.has_agreed.clear()
                done = {n for n in waiting if (a := self.agreed.get(n)) and a[0] >= number and a[1] == entries}
                if done == waiting:
                    return max((self.agreed[name][2] for name in waiting), default=0.0)
                await self.has_agreed.wait()

    async def has(self, name: str, entry: UUID, state: EntryState) -> float:
        """When *name* had an entry in this state."""
        async with asyncio.timeout(_LONGEST):
            while (name, str(entry), state.name) not in self.came:
                self.has_come.clear()
                await self.has_come.wait()
        return self.came[name, str(entry), state.name]


@dataclass
class Federation:
    """Everything that runs, and what was measured."""

    publisher: Publisher
    light: Light
    records: list[Subscriber]
    memory: dict[str, Nats]
    slow: Line
    entries: int = 0
    figures: dict[str, dict[str, object]] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [*(each.name for each in self.records), *self.memory]

    def local(self, entry: UUID) -> UUID:
        public = statements.public_bytes(self.publisher.keys.publisher)
        return statements.local_entry_id(public, LIST, str(entry))

    async def number(self) -> int:
        """The list's last number."""
        rows = await self.publisher.fetch("SELECT number FROM federation.list WHERE name = $1", LIST)
        return int(rows[0]["number"])

    async def is_said(self) -> None:
        """Return when everything that the record has was published, to everybody who should have it."""

        async def said() -> bool:
            rows = await self.publisher.fetch(_UNSAID)
            return not rows[0]["waits"]

        await _until(said)

    async def all_have_it(self, names: Iterable[str] | None = None) -> dict[str, float]:
        """When all had what the record says now: those in memory, and those with a record."""
        wanted = set(self.names if names is None else names)
        await self.is_said()
        said_at, number = time.time(), await self.number()
        in_memory = await self.light.all_agree(wanted & set(self.memory), number, self.entries)
        for each in self.records:
            if each.name in wanted:
                await _until(partial(each.agrees, self.publisher))
        return {"said": said_at, "in memory": in_memory, "records": time.time()}

    async def new_person(self) -> tuple[UUID, int]:
        """An active entry that is shared with nobody yet."""
        (entry,) = await self.publisher.lists(1)
        return entry, self.publisher.numbers[entry]

    async def change(self, hospitals: Iterable[str]) -> dict[str, float]:
        """Two people share somebody; seconds until they are matched, or with the record, at each of *hospitals*."""
        entry, person = await self.new_person()
        began = time.time()
        await self.publisher.share([entry])
        self.entries += 1

        async def there(name: str) -> float:
            if name in self.gates:
                return await self.gates[name].sees(self.local(entry), person) - began
            return await self.light.has(name, entry, EntryState.ACTIVE) - began

        names = list(hospitals)
        return dict(zip(names, await asyncio.gather(*map(there, names)), strict=True))

    def note(self, what: str, **figures: object) -> None:
        """Keep and print what was measured."""
        self.figures[what] = figures | {"load": round(os.getloadavg()[0], 1)}
        words = ", ".join(
            f"{k.replace('_', ' ')} {v:.2f} s" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()
        )
        print(f"{what}: {words}; load {os.getloadavg()[0]:.1f}", flush=True)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask a few times a second: to ask costs a processor that is measured."""

    async def asked() -> bool:
        if not (holds := await condition()):
            await asyncio.sleep(_ASK_SECONDS)
        return holds

    await eventually(asked, within_seconds=_LONGEST)


# -- what is measured


def _processor_seconds(of: Installation) -> float:
    """What broker, services and database of an installation have used so far."""
    services = [each.process.pid for each in of.services]
    database = backends(urlsplit(of.at.database.superuser).path.strip("/"))
    return sum(map(used, [of.nats.pid, *services, *database]))


async def whole_list(fed: Federation, entries: int) -> None:
    """Everybody is listed at once."""
    made = await fed.publisher.lists(entries)
    sides = {"processor of publisher": fed.publisher, "processor of a hospital": fed.records[0]}
    before = {what: _processor_seconds(of) for what, of in sides.items()}
    began = time.time()
    await fed.publisher.share(made)
    fed.entries += entries
    had = await fed.all_have_it()
    spent = {what: _processor_seconds(of) - before[what] for what, of in sides.items()}
    fed.note("list", **{k: v - began for k, v in had.items()}, **spent)


async def changes(fed: Federation, count: int) -> None:
    """One person after the other."""
    took: list[float] = []
    for _ in range(count):
        took += (await fed.change(fed.gates)).values()
        await asyncio.sleep(0.5)
    fed.note("change", median=statistics.median(took), worst=max(took), changes=count, gates=len(fed.gates))


async def erasures(fed: Federation) -> None:
    """Somebody is erased: at all doors, and closed by every hospital, those with matchers last."""
    await fed.all_have_it()
    rows = await fed.publisher.fetch(
        "SELECT entry_id FROM federation.statement WHERE state = 'active' ORDER BY entry_id LIMIT 1"
    )
    entry: UUID = rows[0]["entry_id"]
    for gate in fed.gates.values():
        await gate.sees(fed.local(entry), fed.publisher.numbers[entry])
    began = time.time()
    await fed.publisher.erase(entry)
    fed.entries -= 1
    at_doors = max([await fed.light.has(name, entry, EntryState.ERASED) for name in fed.memory], default=began)

    async def in_records() -> bool:
        return {await each.standing(fed.publisher, entry) for each in fed.records} <= {"erased"}

    await _until(in_records)
    in_all_records = time.time()
    closed: dict[str, float] = {}
    while len(closed) < len(fed.names):
        owed = await fed.publisher.owed(entry)
        closed |= {name: time.time() for name in fed.names if name not in owed and name not in closed}
        await asyncio.sleep(0.1)
        if time.time() - began > _LONGEST:
            raise SystemExit(f"owed for ever: {owed}")
    with_matchers = max([closed[each.name] for each in fed.records], default=began)
    in_memory = max([closed[name] for name in fed.memory], default=began)
    released = [await _released(each, fed.local(entry), began) for each in fed.records]
    fed.note(
        "erasure", at_doors=at_doors - began, in_records=in_all_records - began, in_memory_closed=in_memory - began,
        matchers_signed=max(released, default=0.0), all_closed=max(with_matchers, in_memory) - began,
    )  # fmt: skip


async def _released(at: Subscriber, entry: UUID, began: float) -> float:
    """When the last matcher there had let go."""
    rows = await at.fetch(
        "SELECT extract(epoch FROM max(released_at))::float AS at FROM watchlist.receipt WHERE entry_id = $1", entry
    )
    return float(rows[0]["at"]) - began


async def away(fed: Federation, count: int) -> None:
    """A hospital's broker is gone while people come and go."""
    hospital = fed.records[0]
    await asyncio.to_thread(hospital.nats.stop)
    made = await fed.publisher.lists(count)
    await fed.publisher.share(made)
    fed.entries += count
    await fed.is_said()
    await asyncio.to_thread(hospital.nats.restart)
    began = time.time()
    had = await fed.all_have_it()
    fed.note("away", back_after=had["records"] - began, changes=count)


async def join(fed: Federation, newcomer: Subscriber) -> None:
    """A hospital with record and matcher joins, while the list changes every two seconds."""
    meanwhile: list[float] = []
    over = asyncio.Event()

    async def go_on() -> None:
        while not over.is_set():
            meanwhile.extend((await fed.change(list(fed.gates)[:1])).values())
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 2)

    await newcomer.watchlist()
    await newcomer.matcher()
    await newcomer.federation()  # runs before: it signs the answer by which the publisher knows the hospital
    began = time.time()
    await newcomer.join(fed.publisher, fed.publisher.broker.port)
    going_on = asyncio.create_task(go_on())

    async def has_begun() -> bool:
        rows = await newcomer.fetch("SELECT agreed_number FROM federation.head")
        return bool(rows) and rows[0]["agreed_number"] is not None

    await _until(has_begun)
    agreed = time.time()
    over.set()
    await going_on
    fed.records.append(newcomer)
    fed.gates[newcomer.name] = Gate(newcomer)
    rows = await newcomer.fetch("SELECT count(*) AS n FROM watchlist.entry WHERE state = 'active'")
    fed.note(
        "join", agreed=agreed - began, entries=int(rows[0]["n"]), change_meanwhile=max(meanwhile, default=0.0),
        changes=len(meanwhile),
    )  # fmt: skip


async def keys_anew(fed: Federation) -> None:
    """A hospital is put out."""
    name = next(iter(fed.memory))
    await fed.all_have_it()
    began = time.time()
    await fed.publisher.put_out(name)
    del fed.memory[name]
    had = await fed.all_have_it()
    fed.note("keys anew", **{k: v - began for k, v in had.items()})


async def slow_line(fed: Federation, name: str, count: int) -> None:
    """A hospital has 128 kbit/s: one person after the other, then fifty at once."""
    await fed.all_have_it()
    fed.slow.bytes_per_second = _SLOW
    took: list[float] = []
    for _ in range(count):
        took += (await fed.change([name])).values()
    before = fed.slow.passed[1]
    made = await fed.publisher.lists(50)
    began = time.time()
    await fed.publisher.share(made)
    fed.entries += 50
    await fed.is_said()
    known = await fed.light.all_agree([name], await fed.number(), fed.entries)
    matched = max([await fed.light.has(name, entry, EntryState.ACTIVE) for entry in made])
    carried = fed.slow.passed[1] - before
    fed.note(
        "128 kbit/s", median=statistics.median(took), worst=max(took), fifty_known=known - began,
        fifty_matched=matched - began, bytes_of_fifty=carried,
    )  # fmt: skip
    fed.slow.bytes_per_second = 0.0


# -- all of it


async def _measure(hospitals: int, entries: int, count: int, records: int) -> dict[str, dict[str, object]]:
    names = [f"h{n:02}" for n in range(1, hospitals + 1)]
    cluster = await asyncio.to_thread(servers.Cluster)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, cluster.stop)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        publisher = await stack.enter_async_context(publishing(cluster, home, picture_bytes=_PICTURE_BYTES))
        slow = await stack.enter_async_context(line(publisher.broker.port))
        light = await stack.enter_async_context(Light.running(publisher))
        fed = Federation(publisher, light, [], {}, slow)
        await publisher.watchlist()
        for name in names[: records - 1]:
            hospital = await stack.enter_async_context(subscribing(cluster, home, name))
            await hospital.watchlist()
            await hospital.matcher()
            await hospital.join(publisher, publisher.broker.port)
            await hospital.federation()
            fed.records.append(hospital)
            fed.gates[name] = Gate(hospital)
        newcomer = await stack.enter_async_context(subscribing(cluster, home, names[records - 1]))
        for name in names[records:]:
            nats = stack.enter_context(running_nats())
            port = slow.port if name == names[-1] else publisher.broker.port
            await asyncio.to_thread(dial, publisher.broker, nats, name, port)
            keys = FederationKeys.parse((nats.credentials_dir / PRIVATE_FILE).read_text(encoding="utf-8"))
            await publisher.admit(name, keys, link_key(nats).public)
            fed.memory[name] = nats
        await publisher.federation()
        for name, nats in fed.memory.items():
            light.open(name, nats)
        print(f"{len(fed.records)} records, {len(fed.memory)} in memory, and one to join", flush=True)
        await fed.all_have_it()
        await whole_list(fed, entries)
        await changes(fed, count)
        await join(fed, newcomer)
        await erasures(fed)
        await away(fed, count)
        await slow_line(fed, names[-1], count)
        await keys_anew(fed)
        return fed.figures


def main() -> None:
    """Measure all, print the figures as JSON too, and hold them against the aims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hospitals", type=int, default=30)
    parser.add_argument("--entries", type=int, default=2_100)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--records", type=int, default=3)
    parser.add_argument("--doors", nargs=2, metavar=("PUBLISHER", "DOMAIN"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.doors:
        asyncio.run(_doors(*arguments.doors))
        return
    figures = asyncio.run(_measure(arguments.hospitals, arguments.entries, arguments.changes, arguments.records))
    print(json.dumps(figures, indent=1))
    beyond = [f"{what} {took:.1f} s" for what, took in _held(figures).items() if took > _AIMS[what]]
    if beyond:
        raise SystemExit(f"beyond what is aimed at: {', '.join(beyond)}")


def _held(figures: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """What the aims are about, in seconds."""
    of = {"change": "worst", "join": "agreed", "list": "records", "erasure": "all_closed"}
    return {what: float(str(figures[what][which])) for what, which in of.items() if what in figures}


if __name__ == "__main__":
    main()
