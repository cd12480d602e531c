"""Sends an import: opened once, continued after an interruption, its files sent concurrently."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID, uuid4

from cli.desk_client import DeskClient
from cli.watchlist.findable import Unusable
from cli.watchlist.paging import pages
from cli.watchlist.sources import File, Source
from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, ItemPage, ItemView, Known, KnownRequest, Outcome, PurposeRequest
from services.chassis.errors import NoAnswer, Refusal, StartupError, first_of_many

T = TypeVar("T")

_LOOK_UP: Final = 500
# Seconds between attempts, and how many, while the server is busy or restarts.
_REST_SECONDS: Final = 1.0
_ATTEMPTS: Final = 120
# Refusals of one file, not of the import.
_OF_ONE_FILE: Final = {413: FindingCode.TOO_MANY_BYTES, 422: FindingCode.BAD_NAME}


def of(batch: UUID | str) -> dict[str, str]:
    """The path parameters of an operation on *batch*."""
    return {"import": str(batch)}


@dataclass(frozen=True, slots=True)
class Memory:
    """Remembers in the installation's folder which import a source began, so that the same command continues it."""

    folder: Path

    def recall(self, account: str, source: Path, purpose: PurposeRequest) -> UUID | None:
        """The import that the same command began, or None."""
        try:
            return UUID(json.loads(self._file(account, source, purpose).read_text(encoding="utf-8"))["batch"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, account: str, source: Path, purpose: PurposeRequest, batch: UUID | str) -> None:
        """Remember it. Raises StartupError when the file cannot be written."""
        path = self._file(account, source, purpose)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(json.dumps({"batch": str(batch)}), encoding="utf-8")
        except OSError as error:
            raise StartupError(f"{path}: cannot be written ({error.strerror})") from error

    def _file(self, account: str, source: Path, purpose: PurposeRequest) -> Path:
        key = json.dumps([account, str(source.resolve()), purpose.model_dump(mode="json")], sort_keys=True)
        return self.folder / "imports" / f"{sha256(key.encode()).hexdigest()[:32]}.json"


@dataclass(slots=True)
class Progress:
    """How far the sending is. ``known`` were judged before, ``local`` could not even be sent."""

    total: int
    sent: int = 0
    known: int = 0
    local: list[ItemView] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # digests
    waits_for: str = ""  # what the last request waits for, in words; empty: nothing

    @property
    def done(self) -> int:
        """Files that need nothing more."""
        return self.sent + self.known + len(self.local)


async def begun(desk: DeskClient, memory: Memory, account: str, source: Path, purpose: PurposeRequest) -> BatchView:
    """The import that the same command began earlier if it is still open, else a new one."""
    former = await asyncio.to_thread(memory.recall, account, source, purpose)
    if former is not None:
        try:
            view = await desk.read(BatchView, "show_import", target=of(former))
        except Refusal as refusal:
            if refusal.code != 404:
                raise
        else:
            if view.state == "open":
                return view
    view = await desk.read(BatchView, "open_import", body=purpose, idempotency_key=str(uuid4()))
    await asyncio.to_thread(memory.keep, account, source, purpose, view.id)
    return view


async def sent(desk: DeskClient, batch: UUID | str, source: Source, progress: Progress, at_once: int) -> None:
    """Send people.csv and every file that the import has not judged yet, *at_once* at a time."""
    if source.people is not None:
        people = source.people
        await retried(lambda: desk.read(BatchView, "import_people", target=of(batch), attachment=people), progress)
    slots = asyncio.Semaphore(at_once)
    with first_of_many():
        async with asyncio.TaskGroup() as tasks:
            for some in _pieces(source.files):
                known = await _known(desk, batch, some, progress)
                for file in some:
                    if file.name in known:
                        progress.known += 1
                        continue
                    await slots.acquire()
                    task = tasks.create_task(_send(desk, batch, file, progress))
                    task.add_done_callback(lambda _: slots.release())


async def report(desk: DeskClient, batch: UUID | str) -> list[ItemView]:
    """The whole report, worst first."""
    return [item async for page in pages(desk, ItemPage, "list_items", of(batch)) for item in page.items]


def _pieces(files: Sequence[File]) -> Iterator[Sequence[File]]:
    for start in range(0, len(files), _LOOK_UP):
        yield files[start : start + _LOOK_UP]


async def _known(desk: DeskClient, batch: UUID | str, files: Sequence[File], progress: Progress) -> set[str]:
    """Names of those that were judged before. Of files with one content only the first: the others need their rows."""
    digests = await asyncio.to_thread(_digests, files)
    firsts = {digest: name for name, digest in reversed(digests.items()) if digest not in progress.seen}
    progress.seen.update(firsts)
    if not firsts:
        return set()
    body = KnownRequest(sha256=sorted(firsts))
    known = await retried(lambda: desk.read(Known, "known_photos", target=of(batch), body=body), progress)
    return {firsts[digest] for digest in known.sha256}


def _digests(files: Sequence[File]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        try:
            found[file.name] = sha256(file.read()).hexdigest()
        except Unusable:
            continue
    return found


async def _send(desk: DeskClient, batch: UUID | str, file: File, progress: Progress) -> None:
    try:
        content = await asyncio.to_thread(file.read)
    except Unusable as error:
        progress.local.append(_unsent(file, FindingCode(error.code), error.text))
        return
    target = {**of(batch), "file": file.name}
    try:
        await retried(lambda: desk.read(ItemView, "import_photo", target=target, attachment=content), progress)
    except Refusal as refusal:
        if refusal.code not in _OF_ONE_FILE:
            raise
        progress.local.append(_unsent(file, _OF_ONE_FILE[refusal.code], str(refusal)))
    else:
        progress.sent += 1


async def retried(call: Callable[[], Awaitable[T]], progress: Progress | None = None) -> T:
    """Await *call*, again while the server is busy or away; only for idempotent requests.

    *progress* is told what it waits for.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            answer = await call()
        except (Refusal, NoAnswer) as error:
            if not _is_for_now(error):
                raise
            if progress is not None:
                progress.waits_for = str(error)
        else:
            if progress is not None:
                progress.waits_for = ""
            return answer
        await asyncio.sleep(_REST_SECONDS)
    return await call()


def _unsent(file: File, code: FindingCode, text: str) -> ItemView:
    """The report's row of a file that the server has not."""
    finding = Finding(code=code, severity="rejected", text=text)
    outcome: Outcome = "question" if code is FindingCode.BAD_NAME else "refused"
    return ItemView(
        name=file.shown, external_id=None, entry=None, file_sha256=None, verdict=Verdict.REJECTED, outcome=outcome,
        findings=[finding],
    )  # fmt: skip


def _is_for_now(error: Refusal | NoAnswer) -> bool:
    """Whether a retry may succeed: the server is busy or restarts."""
    return isinstance(error, NoAnswer) or error.code == 503
