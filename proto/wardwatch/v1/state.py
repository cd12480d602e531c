"""Whether alerts work, as JSON: what the page, `wardwatch status` and `wardwatch check` read."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from proto.wardwatch.v1.json_models import RequestModel, ResponseModel


class Working(StrEnum):
    """Whether alerts are working, from well to not at all."""

    YES = "yes"
    DEGRADED = "degraded"
    NO = "no"


class ReasonView(ResponseModel):
    """One thing that keeps alerts from working: at ``site``, or everywhere where that is null."""

    code: str = Field(description="As in proto/wardwatch/v1/reasons.py.")
    working: Working
    site: str | None
    parameters: Mapping[str, str | int]
    text: str = Field(description="The same in English.")


class SiteView(ResponseModel):
    """Whether alerts work at a site."""

    site: str
    working: Working


class CameraView(ResponseModel):
    """A camera as it was heard of last; one that is not ``expected`` is not missed when it is silent.

    Figures are of the last ten to twenty seconds before it was heard last, null where it was not heard of since the
    service started.
    """

    site: str
    camera: str
    expected: bool
    silent_seconds: int
    frames_per_second: float | None
    width_px: int | None
    height_px: int | None
    refused: Mapping[str, int] = Field(description="Frames refused, by the reasons of proto/PROTOCOL.md.")
    clock_offset_seconds: float | None = Field(description="The camera's clock less ours.")


class ReplicaView(ResponseModel):
    """A living replica of a stage, and how many of the 64 shares of the cameras it has."""

    stage: str
    replica: str
    silent_seconds: float
    shares: int


class StateView(ResponseModel):
    """Whether alerts work, and what keeps them from it, worst first."""

    working: Working
    at: datetime
    reasons: list[ReasonView]
    sites: list[SiteView]
    cameras: list[CameraView] = Field(description="Of the account's sites; not told to auditors.")
    replicas: list[ReplicaView]


class CameraRequest(RequestModel):
    """Whether a camera is missed when it is silent. One that sends again later is expected again."""

    expected: bool
