"""The process that reads one source and writes records to its standard output; it may hang and be killed.

Its order comes as one line of JSON on standard input (not as arguments: an address may hold a password), and it ends
when standard input closes, so that it never outlives the publisher.
"""

import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from pydantic import BaseModel, ConfigDict, Field

from services.camera import core, jpeg, live, records, video
from services.camera.core import Frame, RateLimit, Source, SourceKind
from services.camera.records import Ended, Failed, Opened, Record, Skipped, Status
from services.camera.waiting import Limits

# A film that cannot be decoded at its own speed is played slower instead of ever later.
_MOST_BEHIND_SECONDS = 0.5
# So long a network camera's pictures are counted before it is said how many there are.
_COUNTED_SECONDS = 1.0


class Order(BaseModel):
    """What to read and how; see the settings of the same names in README.md."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: SourceKind
    address: str = Field(repr=False)
    fps: float
    loop: bool
    jpeg_quality: int
    max_width_px: int
    silence_seconds: float
    connect_seconds: float
    first_picture_seconds: float
    most_late_seconds: float
    transport: str

    @property
    def source(self) -> Source:
        """The source ordered."""
        return Source(self.kind, self.address)

    @property
    def limits(self) -> Limits:
        """How long a live source may take."""
        return Limits(self.connect_seconds, self.first_picture_seconds, self.silence_seconds)


def read(order: Order) -> Iterator[Record]:
    """Yield a record for every picture that is due, one for the end or the fault, and now and then the status."""
    match order.kind:
        case SourceKind.NETWORK:
            one_pass = _network
        case SourceKind.VIDEO:
            one_pass = _film
        case SourceKind.DEVICE:
            one_pass = _device
        case SourceKind.PICTURES:
            one_pass = _folder
    try:
        yield from one_pass(order)
        while order.loop and not order.kind.live:
            yield from (record for record in one_pass(order) if not isinstance(record, Opened))
    except video.SourceFault as fault:
        yield Failed(str(fault))
    else:
        # A camera has no end: one that hangs up politely is lost all the same.
        yield Failed(f"{order.source.shown} hung up") if order.kind.live else Ended()


def _network(order: Order) -> Iterator[Record]:
    if not order.address.startswith("http"):
        yield from _live(order)
        return
    # HTTP and TLS of Python take a while to import; only such a camera needs them.
    from services.camera.snapshots import Snapshots

    snapshots = Snapshots(order.source, min(order.connect_seconds, order.silence_seconds))
    yield from _snapshots(order, snapshots.take) if snapshots.are_given() else _live(order)


def _snapshots(order: Order, take: Callable[[], bytes]) -> Iterator[Record]:
    was_told = False
    while True:
        started = time.monotonic()
        body = take()
        width, height = jpeg.size_px(body)
        if not was_told:
            yield Opened(f"JPEG on request, {width} x {height}, the first after {time.monotonic() - started:.1f} s")
        was_told = True
        yield _checked(body, width, height, _now_us(), name="a picture")
        time.sleep(max(0.0, started + 1.0 / order.fps - time.monotonic()))


def _live(order: Order) -> Iterator[Record]:
    rate_limit, look = RateLimit(order.fps), Look(time.monotonic())
    given = live.pictures(
        order.source, order.limits, transport=order.transport, most_late_seconds=order.most_late_seconds
    )
    for item in given:
        if isinstance(item, Status):
            if found := look.found(time.monotonic()):
                yield Opened(found)
            yield item
            continue
        look.note(item, time.monotonic())
        if rate_limit.take(time.monotonic()):
            yield _encoded(order, video.picture(item.frame, order.max_width_px), _wall_us(item.captured))


def _film(order: Order) -> Iterator[Record]:
    rate_limit = RateLimit(order.fps)
    start: float | None = None
    decoded = 0
    for shot in video.shots(order.source):
        decoded += 1
        if decoded == 1:
            size = f"{shot.frame.width} x {shot.frame.height}"
            yield Opened(f"{shot.codec}, {size}, {shot.frames_per_second:.4g} pictures a second")
        if not rate_limit.take(shot.at_seconds):
            continue
        start = _keep_time(start, shot.at_seconds)
        yield _encoded(order, video.picture(shot.frame, order.max_width_px), _now_us())
    if decoded == 0:
        raise video.SourceFault(f"{order.source.shown} holds no picture that can be read")
    # The last picture has its tick too; without it a looped film of one picture would not be paced at all.
    time.sleep(1.0 / order.fps)


class Look:
    """What a network camera gives, for a person: said once, when there was a second to count its pictures in."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._first_at = 0.0
        self._last_at = 0.0
        self._first: live.Shot | None = None
        self._pictures = 0
        self._told = False

    def note(self, shot: live.Shot, now: float) -> None:
        """Take note of a picture, decoded *now*."""
        if self._first is None:
            self._first, self._first_at = shot, now
        self._last_at = now
        self._pictures += 1

    def found(self, now: float) -> str:
        """What there is to say, and nothing before and after that."""
        shot = self._first
        if self._told or shot is None or self._pictures < 2 or now - self._first_at < _COUNTED_SECONDS:
            return ""
        rate = (self._pictures - 1) / max(self._last_at - self._first_at, 1e-3)
        waited, self._told = self._first_at - self._began, True
        size = f"{shot.frame.width} x {shot.frame.height}"
        return f"{shot.codec}, {size}, {rate:.2g} pictures a second, the first after {waited:.1f} s"


def _keep_time(start: float | None, at: float) -> float:
    """Wait until the film's second *at*; return the (possibly moved) moment of its second zero."""
    now = time.monotonic()
    if start is None or now - (start + at) > _MOST_BEHIND_SECONDS:
        return now - at
    time.sleep(max(0.0, start + at - now))
    return start


def _device(order: Order) -> Iterator[Record]:
    # OpenCV takes 0.2 s to import; only a USB camera needs it.
    from services.camera import device

    rate_limit = RateLimit(order.fps)
    for picture, taken in device.pictures(order.address, order.max_width_px):
        if rate_limit.take(time.monotonic()):
            yield _encoded(order, picture, _wall_us(taken))


def _folder(order: Order) -> Iterator[Record]:
    paths = _listed(order.source)
    sent = 0
    reason = ""
    for path in paths:
        started = time.monotonic()
        record = _from_file(order, path)
        sent += isinstance(record, Frame)
        reason = record.reason if isinstance(record, Skipped) else reason
        yield record
        time.sleep(max(0.0, started + 1.0 / order.fps - time.monotonic()))
    if sent == 0:
        raise video.SourceFault(f"{order.source.shown} holds no picture that can be sent: {reason}")


def _listed(source: Source) -> list[Path]:
    root = Path(source.address)
    try:
        listed = [root] if root.is_file() else sorted(root.iterdir())
    except OSError as error:
        raise video.SourceFault(f"{source.shown} cannot be read: {error.strerror}") from error
    paths = [p for p in listed if p.suffix.lower() in core.PICTURE_SUFFIXES and p.is_file()]
    if not paths:
        raise video.SourceFault(f"{source.shown} holds no pictures ({', '.join(sorted(core.PICTURE_SUFFIXES))})")
    return paths


def _from_file(order: Order, path: Path) -> Record:
    if path.suffix.lower() not in core.JPEG_SUFFIXES:
        try:
            shot = next(video.shots(Source(SourceKind.PICTURES, str(path))))
        except (video.SourceFault, StopIteration):
            return Skipped(f"{path.name} is not a picture that can be read")
        return _encoded(order, video.picture(shot.frame, order.max_width_px), _now_us())
    try:
        with path.open("rb") as file:
            body = file.read(core.MAX_JPEG_BYTES + 1)
    except OSError as error:
        return Skipped(f"{path.name} cannot be read: {error.strerror}")
    return _checked(body, *jpeg.size_px(body), _now_us(), name=path.name)


def _encoded(order: Order, picture: jpeg.Picture, captured_us: int) -> Record:
    height, width = picture.shape[:2]
    return _checked(jpeg.encode(picture, order.jpeg_quality), width, height, captured_us, name="a picture")


def _checked(body: bytes, width_px: int, height_px: int, captured_us: int, *, name: str) -> Record:
    if len(body) > core.MAX_JPEG_BYTES:
        return Skipped(f"{name} is larger than {core.MAX_JPEG_BYTES} bytes: lower the quality or the width")
    return Frame(captured_us, width_px, height_px, body)


def _now_us() -> int:
    return time.time_ns() // 1000


def _wall_us(monotonic: float) -> int:
    return _now_us() - round((time.monotonic() - monotonic) * 1e6)


def say_fault(kind: type[BaseException], _value: BaseException | None, trace: TracebackType | None) -> None:
    """Tell an unexpected fault by its kind and place; its own words may repeat the address."""
    sys.stderr.write("".join(traceback.format_tb(trace)) + f"{kind.__name__}\n")


def _end_with_parent(lifeline: int) -> None:
    while os.read(lifeline, 1024):
        pass
    # The main thread may be stuck inside FFmpeg, where no exception reaches it.
    os._exit(0)


def write_all(descriptor: int, record: bytes) -> None:
    """Write *record* whole; Python's own buffer loses its place when a signal that stops the process cuts a write."""
    rest = memoryview(record)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def main(descriptor: int) -> None:
    """Read the order from standard input and write every record to *descriptor*; the first says that this runs."""
    sys.excepthook = say_fault
    order = Order.model_validate_json(sys.stdin.buffer.readline())
    _watch(sys.stdin.fileno())
    _write_records(order, descriptor)


def forked(order: str, output: Connection, lifeline: Connection, most_bytes: int) -> None:
    """The same in a fork of a process that reads nothing itself, with *most_bytes* of memory, until *lifeline* ends."""
    os.setsid()  # Ctrl-C reaches the publisher alone
    _watch(lifeline.fileno())  # before the limit: where a thread finds no memory to begin, its starter waits for ever
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    # Where memory runs out all the same, one camera goes and not the publisher of all.
    Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    with _Telling():
        _write_records(Order.model_validate_json(order), output.fileno())


def _watch(lifeline: int) -> None:
    threading.excepthook = lambda fault: say_fault(fault.exc_type, fault.exc_value, fault.exc_traceback)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _write_records(order: Order, descriptor: int) -> None:
    write_all(descriptor, records.encode(Status()))
    for record in read(order):
        write_all(descriptor, records.encode(record))


class _Telling:
    """Tells a fault that leaves it as :func:`say_fault` does, and ends the process: nobody above may tell it whole."""

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            say_fault(kind, value, trace)
            os._exit(1)


if __name__ == "__main__":
    main(sys.stdout.fileno())
