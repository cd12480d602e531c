"""What the replicas of a stage say to each other, so that each camera has one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import SHARES, TOKEN, SiteId, site_id
from proto.wardwatch.v1.values import parse, whole


@dataclass(frozen=True, slots=True)
class Pages:
    """How many sessions that would ring for a site have an open page, and how many of these answer drills."""

    open: int
    ringing: int

    def __add__(self, other: "Pages") -> "Pages":
        return Pages(self.open + other.open, self.ringing + other.ringing)


@dataclass(frozen=True, slots=True)
class DrillAnswer:
    """A page of ``session``, by the SHA-256 of its token, has heard of ``drill``."""

    drill: str
    session: str


@dataclass(frozen=True, slots=True)
class ReplicaBeat:
    """A heartbeat. ``held`` are shares by number, each with the queue group in which the replica listens.

    Of alerts alone: its open ``pages`` by site, and ``answers`` that are another replica's.
    """

    replica: str
    sequence: int
    leaving: bool
    held: Mapping[int, str]
    pages: Mapping[SiteId, Pages] = field(default_factory=dict)
    answers: tuple[DrillAnswer, ...] = ()

    def encode(self) -> bytes:
        held = [pb.HeldShare(share=share, group=group) for share, group in sorted(self.held.items())]
        return pb.ReplicaBeat(
            replica=self.replica,
            sequence=self.sequence,
            leaving=self.leaving,
            held=held,
            pages=[pb.SitePages(site=site, open=p.open, ringing=p.ringing) for site, p in sorted(self.pages.items())],
            answers=[pb.DrillAnswer(drill_id=each.drill, session=each.session) for each in self.answers],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ReplicaBeat(), payload)
        if any(each.share >= SHARES for each in m.held):
            raise ValueError(f"a share is one of 0 to {SHARES - 1}")
        held = {each.share: _word(each.group, "group") for each in m.held}
        pages = {site_id(each.site): Pages(each.open, min(each.ringing, each.open)) for each in m.pages}
        answers = tuple(
            DrillAnswer(_word(each.drill_id, "drill"), _word(each.session, "session")) for each in m.answers
        )
        return cls(_word(m.replica, "replica"), whole(m.sequence, "sequence"), m.leaving, held, pages, answers)


@dataclass(frozen=True, slots=True)
class StageReplica:
    """A replica as a matcher knows it: how long ago its last heartbeat came, and how many shares it has."""

    stage: str
    replica: str
    silent_ms: int
    shares: int
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class StageReport:
    """The replicas of the stages that see, as one matcher knows them."""

    replicas: tuple[StageReplica, ...]

    def encode(self) -> bytes:
        return pb.StageReport(
            replicas=[
                pb.StageReplica(
                    stage=each.stage,
                    replica=each.replica,
                    silent_ms=each.silent_ms,
                    shares=each.shares,
                    leaving=each.leaving,
                )
                for each in self.replicas
            ]
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.StageReport(), payload)
        if any(each.shares > SHARES or each.silent_ms >= 1 << 31 for each in m.replicas):
            raise ValueError("a replica's figures cannot be")
        return cls(
            tuple(
                StageReplica(
                    _word(each.stage, "stage"),
                    _word(each.replica, "replica"),
                    each.silent_ms,
                    each.shares,
                    each.leaving,
                )
                for each in m.replicas
            )
        )


def _word(text: str, name: str) -> str:
    """Return *text*; raises ValueError unless it is one token, as it becomes part of subjects and of subscriptions."""
    if not TOKEN.fullmatch(text):
        raise ValueError(f"a {name} is 1 to 64 of A-Z a-z 0-9 _ -")
    return text
