"""JSON of how Wardwatch has run within the last hour, for whoever keeps it running."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from proto.wardwatch.v1.json_models import ResponseModel
from proto.wardwatch.v1.state import ReplicaView


class StageSteps(ResponseModel):
    """What a stage did, step by step. A second of a step counts alike; null where nothing was done, or nobody said."""

    stage: str
    replicas: list[int]
    received: list[float] = Field(description="A second: frames, faces or vectors that reached it.")
    done: list[float] = Field(description="A second: of which something became.")
    shed: list[float] = Field(description="A second: given up for want of time.")
    age_seconds: list[float | None] = Field(
        description="How old the frame of an item was when it was done; 95 of 100 were younger. What waits is in it."
    )
    busy: list[float] = Field(description="Of the time of one replica, in which it had something in hand.")


class StageLately(ResponseModel):
    """The same of the last five minutes. ``shed`` by reason, in items."""

    stage: str
    replicas: int
    received: float
    done: float
    shed: Mapping[str, int]
    age_seconds: float | None
    median_age_seconds: float | None
    busy: float
    machine: float | None = Field(description="Of all processors of its busiest machine, what is used.")


class ScaleHint(ResponseModel):
    """What to scale, as `wardwatch capacity` says it; words are the reader's."""

    code: Literal["nothing_seen", "machine_full", "stage_full", "nothing_full", "alone"]
    parameters: Mapping[str, str | int]


class DiskRunning(ResponseModel):
    """A disk that must not fill up; ``free_bytes`` is null where nobody can look at it."""

    name: str
    free_bytes: int | None
    hours_left: float | None = Field(description="At the pace of the last hour; null while it does not fill.")
    level: Literal["well", "low", "full", "unknown"]


class CertificateRunning(ResponseModel):
    """A certificate by its file's name; ``ends_at`` is null where it cannot be read."""

    file: str
    ends_at: datetime | None


class BackupRunning(ResponseModel):
    """The last backup, null where there is none, and how old it may be."""

    made_at: datetime | None
    most_hours: float


class PathRunning(ResponseModel):
    """Messages of the last hour by one way, of the account's sites. ``seconds``: 95 of 100 had left within."""

    path: str
    sent: int
    waiting: int
    failed: int
    seconds: float | None


class DeliveryRunning(ResponseModel):
    """How messages leave. ``silent``: nothing was heard of the delivery service."""

    silent: bool
    dead_letters: int
    paths: list[PathRunning]


class RunningView(ResponseModel):
    """How Wardwatch has run, as this process of alerts knows it: in memory alone, since it began.

    Another process knows since another time; ``process`` names the one that answers.
    """

    process: str
    since: datetime
    now: datetime
    step_seconds: int
    times: list[int] = Field(description="When each step began, in Unix seconds; oldest first.")
    stages: list[StageSteps]
    lately: list[StageLately]
    hints: list[ScaleHint]
    replicas: list[ReplicaView]
    disks: list[DiskRunning]
    certificates: list[CertificateRunning]
    backup: BackupRunning | None = Field(description="Null where no backup is looked for.")
    delivery: DeliveryRunning | None = Field(description="Null where nothing is delivered, or the record is away.")
    unpublished_seconds: float | None = Field(
        description="How long a change of the list has waited to be published; null where none waits."
    )
    record_away: bool
