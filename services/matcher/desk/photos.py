"""Judging an enrolment photo: its verdict with findings, and the face to keep unless it is rejected."""

from dataclasses import dataclass, field

from proto.wardwatch.v1.entries import Finding, Measures, Verdict
from proto.wardwatch.v1.values import Model, Quality, Vector


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The cut-out face of a photo, what was measured of it, and its vector."""

    picture: bytes = field(repr=False)  # JPEG
    quality: Quality
    model: Model
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was found of a photo; no ``face`` exactly when it is rejected."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    measures: Measures | None
    face: Face | None


def unusable(code: str, detail: str) -> Judged:
    """The judgement on a file that is no usable photo."""
    return Judged(Verdict.REJECTED, (Finding(code=code, severity="rejected", text=detail),), None, None)
