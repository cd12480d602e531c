"""What each user of the broker may publish and hear: pure, and derived from the subject table.

Everything is an allow-list. A user that is not named here has no account and cannot connect.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from access.federation import Link, rights_of
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Place, Stream, camera_account, camera_user, inbox_prefix

DETECTOR: Final = "detector"
EMBEDDER: Final = "embedder"
DRILL: Final = "drill"
MATCHER_VIDEO: Final = "matcher-video"
MATCHER_RECORD: Final = "matcher-record"
WATCHLIST_VIDEO: Final = "watchlist-video"
WATCHLIST_RECORD: Final = "watchlist-record"
ALERTS: Final = "alerts"
OPERATOR: Final = "operator"
DELIVERY: Final = "delivery"
FEDERATION_RECORD: Final = "federation-record"
# For other systems of the hospital: hears of alerts, and nothing else.
HOSPITAL: Final = "hospital"
FEDERATION: Final = subjects.FEDERATION_USER
# Reads what only the broker holds, for backups.
BACKUP: Final = "backup"
# Of the broker's own account, where links are taken: closes those of hospitals that were put out.
SYSTEM: Final = "system"

# Everybody asks who it is, and refuses to work when the answer is wrong. Nobody checks where an answer of the broker
# goes, but it stays in the account: that of a camera reaches no other (docs/adr/0071).
_WHO_AM_I: Final = "$SYS.REQ.USER.INFO"
# In VIDEO it also asks whether anything could be stored, in RECORD whether a stream overlaps what must never be.
# In FED: which streams there are, and of what.
_WHAT_IS_STORED: Final = {
    Account.VIDEO: "$JS.API.INFO",
    Account.RECORD: "$JS.API.STREAM.NAMES",
    Account.FED: "$JS.API.STREAM.LIST",
}
# The durable consumers of alerts, by stream.
_ALERTS_DURABLES: Final = ((subjects.SIGHTINGS_STREAM, "alerts"), (subjects.CONTROL_STREAM, "alerts-audit"))


# A camera has one connection, and a second and third one while the broker has not noticed that the first is gone. It
# listens to its refusals and to its inbox.
CAMERA_CONNECTIONS: Final = 3
CAMERA_SUBSCRIPTIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Grant:
    """What one user may do. ``answers`` lets it reply to a request it was sent, and to nothing else.

    ``place`` is set for a camera, ``list`` for a list that was joined: each is alone in an account of its own.
    """

    user: str
    account: Account
    publish: frozenset[str]
    subscribe: frozenset[str]
    answers: bool = False
    place: Place | None = None
    list: str | None = None

    @property
    def account_name(self) -> str:
        """What the broker calls the user's account."""
        if self.list is not None:
            return subjects.joined_account(self.list)
        return self.account.value if self.place is None else camera_account(self.user)


def camera(place: Place) -> Grant:
    """A camera publishes its own frames and reads why its own frames were refused."""
    user = camera_user(place)
    publish = frozenset({_WHO_AM_I, _WHAT_IS_STORED[Account.VIDEO], subjects.frames(place)})
    subscribe = frozenset({f"{inbox_prefix(user)}.>", subjects.rejected(place)})
    return Grant(user, Account.CAMERA, publish, subscribe, place=place)


def joined(link: Link) -> Grant:
    """Who works a list that was joined: follows and mends its own copy, and says to the publisher what it owes it.

    What it asks of the publisher's broker is answered to an inbox that no other hospital may hear.
    """
    name, hospital = link.list, link.hospital
    copies = (f"LIST_{name}", f"FACES_{name}")
    over_the_link = rights_of(hospital, frozenset({name}), link.hub_domain).publish
    publish = {subject for subject in over_the_link if not subject.startswith("$JS.FC.")}
    for stream in copies:
        publish |= {f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "INFO", "DELETE", "PURGE", "MSG.GET")}
        publish |= {f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*"}
    grant = _fed(subjects.joined_user(name), publish=publish, subscribe=[f"{subjects.link_inbox(hospital)}.>"])
    return replace(grant, list=name)


def services() -> tuple[Grant, ...]:
    """The users that every installation has."""
    embed = [subjects.PHOTO_EMBED.pattern, subjects.PHOTO_EMBED_SECOND.pattern]
    photo = [subjects.PHOTO_DETECT.pattern, *embed]
    desk = [subjects.DESK.pattern]
    return (
        _video(
            DETECTOR,
            publish=[
                subjects.FACES.pattern,
                subjects.REJECTED.pattern,
                subjects.TROUBLES.pattern,
                subjects.STEPS.pattern,
                *_replicas("detector"),
            ],
            subscribe=[
                subjects.SHARED_FRAMES.pattern,
                subjects.PHOTO_DETECT.pattern,
                *_replicas("detector"),
            ],
            answers=True,
        ),
        _video(
            EMBEDDER,
            publish=[subjects.VECTORS.pattern, subjects.STEPS.pattern, *_replicas("embedder"), *_replicas("embedder2")],
            subscribe=[subjects.FACES.pattern, *embed, *_replicas("embedder"), *_replicas("embedder2")],
            answers=True,
        ),
        # Sends frames as if it were each camera, and hears no frame, no face and no vector.
        _video(
            DRILL,
            publish=[
                subjects.SHARED_FRAMES.pattern,
                subjects.DRILL_TEMPLATE.pattern,
                subjects.STEPS.pattern,
                *photo,
            ],
            subscribe=[subjects.STEPS.pattern],
        ),
        # Hears every passer-by, so it is told the list and changes nothing of it.
        _video(
            MATCHER_VIDEO,
            publish=[subjects.STEPS.pattern, subjects.SHIELDS.pattern, *_replicas("matcher")],
            # The heartbeats of every stage: who is silent is said in RECORD (docs/adr/0085).
            subscribe=[
                subjects.VECTORS.pattern,
                subjects.TROUBLES.pattern,
                subjects.REPLICAS.pattern,
                subjects.STEPS.pattern,
                subjects.DRILL_TEMPLATE.pattern,
                subjects.SHIELDS.pattern,
                *_replicas("matcher"),
            ],
        ),
        _record(
            MATCHER_RECORD,
            publish=[
                subjects.SIGHTINGS.pattern,
                subjects.MATCHERS.pattern,
                subjects.CAMERAS.pattern,
                subjects.DRILLS.pattern,
                subjects.STAGES.pattern,
                subjects.RECEIPTS.pattern,
                subjects.COUNTS.pattern,
                subjects.probe(MATCHER_RECORD),
                *_follow(subjects.WATCHLIST_STREAM),
                *_follow(subjects.CONTROL_STREAM),
                *_follow(subjects.KEYRING_STREAM),
                *_follow(subjects.POLICY_STREAM),
            ],
            subscribe=[
                subjects.ROLL.pattern,
                subjects.HALT.pattern,
                subjects.ALIKE.pattern,
                subjects.JUDGED.pattern,
            ],
            answers=True,
        ),
        # Changes the list, so it hears no passer-by: in VIDEO it may ask about a photo and listens to nothing.
        _video(WATCHLIST_VIDEO, publish=photo, subscribe=[]),
        _record(
            WATCHLIST_RECORD,
            publish=[
                subjects.WATCHLIST.pattern,
                subjects.KEYS.pattern,
                subjects.POISON.pattern,
                subjects.POLICY.pattern,
                subjects.ROLL.pattern,
                subjects.ALIKE.pattern,
                subjects.SERVICES.pattern.replace("*", "watchlist", 1),
                subjects.probe(WATCHLIST_RECORD),
                *_follow(subjects.WATCHLIST_STREAM),
                *_follow(subjects.KEYRING_STREAM),
                *_write_over(subjects.WATCHLIST_STREAM),
                *_write_over(subjects.KEYRING_STREAM),
                _read_last(subjects.POLICY_STREAM),
                *_consume(subjects.RECEIPTS_STREAM, subjects.RECEIPTS_DURABLE),
                *_consume(subjects.COUNTS_STREAM, subjects.COUNTS_DURABLE),
            ],
            subscribe=[*desk, subjects.MATCHERS.pattern, subjects.FEDERATION.pattern],
            answers=True,
        ),
        _record(
            ALERTS,
            publish=[
                subjects.POISON.pattern,
                *desk,
                subjects.CONTROL.pattern,  # the stop button
                subjects.HALT.pattern,
                subjects.JUDGED.pattern,
                subjects.AUDIT.pattern,
                subjects.SERVICES.pattern.replace("*", "alerts", 1),
                subjects.probe(ALERTS),
                *_follow(subjects.CONTROL_STREAM),
                # The keys of alerts' faces are its own, and nobody else's.
                subjects.CROPS.pattern,
                *_write_over(subjects.CROPS_STREAM),
                # Whether their last word is still the one that was published.
                _read_last(subjects.CONTROL_STREAM),
                _read_last(subjects.AUDIT_STREAM),
                *(s for row in _ALERTS_DURABLES for s in _consume(*row)),
            ],
            # No passer-by is in these: codes, counts and times, signed by whoever says them.
            subscribe=[
                subjects.CAMERAS.pattern,
                subjects.DRILLS.pattern,
                subjects.STAGES.pattern,
                subjects.MATCHERS.pattern,
                subjects.SERVICES.pattern,
                subjects.EXPECTED.pattern,
            ],
            answers=True,
        ),
        # Speaks to the outside, so it hears nothing here: what it tells comes from the database.
        _record(DELIVERY, publish=[subjects.ALERTS.pattern], subscribe=[]),
        # Speaks to other installations in an account of its own; here it asks the watchlist service, and hears nothing.
        _record(
            FEDERATION_RECORD,
            publish=[
                subjects.FEDERATION.pattern,
                subjects.SERVICES.pattern.replace("*", "federation", 1),
            ],
            subscribe=[],
        ),
        # Wrapped keys, which open nothing by themselves, and the audit's heads. It hears nothing and says nothing.
        _record(
            BACKUP,
            publish=[
                *_follow(subjects.KEYRING_STREAM),
                *_follow(subjects.CROPS_STREAM),
                *_follow(subjects.AUDIT_STREAM),
            ],
            subscribe=[],
        ),
        _record(HOSPITAL, publish=_follow(subjects.ALERTS_STREAM), subscribe=[subjects.ALERTS.pattern]),
        # Publishes lists to other hospitals; reaches neither half of what is kept and seen here.
        _fed(
            FEDERATION,
            publish=[
                # Where its streams take statements, each at an entrance that nobody else knows.
                "fed.*.in.>",
                *(f"$JS.API.STREAM.{verb}.*" for verb in ("CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "MSG.GET")),
                "$JS.API.CONSUMER.CREATE.*",
                "$JS.API.CONSUMER.MSG.NEXT.*.*",
                *("$JS.API.CONSUMER.DURABLE.CREATE.*.*", "$JS.API.CONSUMER.DELETE.*.*", "$JS.API.CONSUMER.LIST.*"),
            ],
            subscribe=[],
        ),
        _record(
            OPERATOR,
            publish=[
                *desk,
                subjects.CONTROL.pattern,
                subjects.HALT.pattern,
                subjects.EXPECTED.pattern,
                subjects.KEYS.pattern,  # a keyring that is put back from its backup
                *_follow(subjects.KEYRING_STREAM),
                *_follow(subjects.AUDIT_STREAM),
                *(s for t in subjects.STREAMS for s in _set_up(t)),
            ],
            subscribe=[],
        ),
    )


def _video(user: str, *, publish: Iterable[str], subscribe: Iterable[str], answers: bool = False) -> Grant:
    return _service(user, Account.VIDEO, publish, subscribe, answers=answers)


def _record(user: str, *, publish: Iterable[str], subscribe: Iterable[str], answers: bool = False) -> Grant:
    return _service(user, Account.RECORD, publish, subscribe, answers=answers)


def _fed(user: str, *, publish: Iterable[str], subscribe: Iterable[str]) -> Grant:
    return _service(user, Account.FED, publish, subscribe, answers=False)


def _service(user: str, account: Account, publish: Iterable[str], subscribe: Iterable[str], *, answers: bool) -> Grant:
    own = f"{inbox_prefix(user)}.>"
    asks = frozenset({_WHO_AM_I, _WHAT_IS_STORED[account], *publish})
    return Grant(user, account, asks, frozenset({own, *subscribe}), answers)


def _replicas(stage: str) -> tuple[str, ...]:
    """What the replicas of a stage say to each other, and to the broker about each other."""
    return tuple(s.pattern.replace("*", stage, 1) for s in (subjects.REPLICAS, subjects.PINGS))


def _follow(stream: Stream) -> tuple[str, ...]:
    """Replay and follow *stream* with consumers of the moment."""
    name = stream.name
    return (
        f"$JS.API.STREAM.INFO.{name}",
        f"$JS.API.CONSUMER.CREATE.{name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{name}.*",
    )


def _consume(stream: Stream, durable: str) -> tuple[str, ...]:
    """Work off *stream* through the one consumer named *durable*."""
    name = stream.name
    return (
        f"$JS.API.CONSUMER.DURABLE.CREATE.{name}.{durable}",
        f"$JS.API.CONSUMER.MSG.NEXT.{name}.{durable}",
        f"$JS.ACK.{name}.{durable}.>",
    )


def _read_last(stream: Stream) -> str:
    """Read the last message of a subject of *stream*."""
    return f"$JS.API.STREAM.MSG.GET.{stream.name}"


def _write_over(stream: Stream) -> tuple[str, ...]:
    """Read as above, and delete a message the broker's secure way (docs/adr/0043)."""
    return (_read_last(stream), f"$JS.API.STREAM.MSG.DELETE.{stream.name}")


def _set_up(stream: Stream) -> tuple[str, ...]:
    """Create *stream*, bring it up to date and read its last message of a subject."""
    verbs = ("STREAM.CREATE", "STREAM.UPDATE", "STREAM.INFO", "STREAM.MSG.GET")
    return tuple(f"$JS.API.{verb}.{stream.name}" for verb in verbs)
