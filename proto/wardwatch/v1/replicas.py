"""What the replicas of a stage say to each other, so that each camera has one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.metrics import SECONDS_BUCKETS
from proto.wardwatch.v1.subjects import SHARES, TOKEN, SiteId, site_id
from proto.wardwatch.v1.values import parse, whole

# Reasons for which one stage gives items up, and processors of one machine: more are invented.
_MOST_REASONS: Final = 32
_MOST_PROCESSORS: Final = 1 << 16


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
class StageLoad:
    """What a replica of a stage that sees has counted since it began: counts and durations, nothing of any face.

    ``received``, ``done`` and ``shed`` by reason, for want of time; ``work_us`` that something was in hand; ``delays``:
    items by how old their frame was when they were done, below each bound of ``SECONDS_BUCKETS`` and the rest.
    ``machine_permille`` of all ``processors`` were used lately, by whoever it is; none where the kernel does not say.
    """

    received: int = 0
    done: int = 0
    shed: Mapping[str, int] = field(default_factory=dict)
    work_us: int = 0
    delays: tuple[int, ...] = (0,) * (len(SECONDS_BUCKETS) + 1)
    machine_permille: int = 0
    processors: int = 0

    def written(self) -> pb.StageLoad:
        """As the part of a message that it is."""
        return pb.StageLoad(
            received=self.received,
            done=self.done,
            shed=[pb.ShedCount(reason=reason, count=count) for reason, count in sorted(self.shed.items())],
            work_us=self.work_us,
            delays=self.delays,
            machine_permille=self.machine_permille,
            processors=self.processors,
        )

    @classmethod
    def read(cls, m: pb.StageLoad) -> Self:
        """From the part of a message. Raises ValueError for figures that cannot be."""
        if len(m.delays) != len(SECONDS_BUCKETS) + 1 or len(m.shed) > _MOST_REASONS:
            raise ValueError("a stage's load has other parts")
        if m.machine_permille > 1000 or m.processors > _MOST_PROCESSORS:
            raise ValueError("a machine's figures cannot be")
        return cls(
            whole(m.received, "received"),
            whole(m.done, "done"),
            {_word(each.reason, "reason"): whole(each.count, "shed") for each in m.shed},
            whole(m.work_us, "work_us"),
            tuple(whole(each, "delays") for each in m.delays),
            m.machine_permille,
            m.processors,
        )


@dataclass(frozen=True, slots=True)
class ReplicaBeat:
    """A heartbeat. ``held`` are shares by number, each with the queue group in which the replica listens.

    Of alerts alone: its open ``pages`` by site, and ``answers`` that are another replica's. ``load``: of stages that
    see, in some of their heartbeats.
    """

    replica: str
    sequence: int
    leaving: bool
    held: Mapping[int, str]
    pages: Mapping[SiteId, Pages] = field(default_factory=dict)
    answers: tuple[DrillAnswer, ...] = ()
    load: StageLoad | None = None

    def encode(self) -> bytes:
        held = [pb.HeldShare(share=share, group=group) for share, group in sorted(self.held.items())]
        return pb.ReplicaBeat(
            replica=self.replica,
            sequence=self.sequence,
            leaving=self.leaving,
            held=held,
            pages=[pb.SitePages(site=site, open=p.open, ringing=p.ringing) for site, p in sorted(self.pages.items())],
            answers=[pb.DrillAnswer(drill_id=each.drill, session=each.session) for each in self.answers],
            load=None if self.load is None else self.load.written(),
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
        load = StageLoad.read(m.load) if m.HasField("load") else None
        return cls(_word(m.replica, "replica"), whole(m.sequence, "sequence"), m.leaving, held, pages, answers, load)


@dataclass(frozen=True, slots=True)
class StageReplica:
    """A replica as a matcher knows it: how long ago its last heartbeat came, its shares, and the last load it told."""

    stage: str
    replica: str
    silent_ms: int
    shares: int
    leaving: bool = False
    load: StageLoad | None = None


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
                    load=None if each.load is None else each.load.written(),
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
                    StageLoad.read(each.load) if each.HasField("load") else None,
                )
                for each in m.replicas
            )
        )


def _word(text: str, name: str) -> str:
    """Return *text*; raises ValueError unless it is one token, as it becomes part of subjects and of subscriptions."""
    if not TOKEN.fullmatch(text):
        raise ValueError(f"a {name} is 1 to 64 of A-Z a-z 0-9 _ -")
    return text
