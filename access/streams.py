"""Make the streams of the subject table, or bring them up to it."""

from pathlib import Path

from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Stream
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters


async def ensure(nats_url: str, operator_seed_file: Path) -> list[str]:
    """Make or update every stream as the operator; returns the names of those that were made. Safe to repeat."""
    made: list[str] = []
    async with Bus.connect(
        nats_url, user=grants.OPERATOR, user_seed_file=operator_seed_file, account=Account.RECORD, meters=Meters()
    ) as bus:
        for stream in subjects.STREAMS:
            try:
                if await _ensure(bus, stream):
                    made.append(stream.name)
            except (NatsError, APIError, TimeoutError) as error:
                raise StartupError(f"stream {stream.name} cannot be made: {error}") from error
    return made


def retention_of(stream: Stream) -> RetentionPolicy:
    """When the broker deletes a message of *stream* before its time: once it is read, or never."""
    return RetentionPolicy.WORK_QUEUE if stream.forget_once_read else RetentionPolicy.LIMITS


def configuration(stream: Stream) -> StreamConfig:
    """How the broker keeps *stream*: on file; when it is full the oldest goes, unless it holds what nobody may lose."""
    return StreamConfig(
        name=stream.name,
        subjects=[stream.subject.pattern],
        retention=retention_of(stream),
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW if stream.refuse_when_full else DiscardPolicy.OLD,
        max_msgs_per_subject=stream.max_messages_per_subject,
        max_age=stream.max_age.total_seconds() if stream.max_age else 0,
        max_bytes=stream.max_bytes,
        duplicate_window=stream.duplicate_window.total_seconds(),
        deny_delete=stream.append_only,
        deny_purge=stream.append_only,
        num_replicas=1,
    )


async def _ensure(bus: Bus, stream: Stream) -> bool:
    wanted, retention = configuration(stream), retention_of(stream).value
    try:
        held = (await bus.stream.stream_info(stream.name)).config
    except NotFoundError:
        await bus.stream.add_stream(wanted)
        return True
    # The broker cannot turn a stream into a work queue, nor back; and no credential of ours may delete one.
    if held.retention != retention:
        raise StartupError(
            f"stream {stream.name} was made with retention {held.retention}, which the broker cannot change to"
            f" {retention}: let alerts read what it holds, stop nats-server, remove the folder"
            f" jetstream/{Account.RECORD}/streams/{stream.name} of its store, start it and run this again"
        )
    await bus.stream.update_stream(wanted)
    return False
