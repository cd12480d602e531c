"""What keeps alerts from working, in words: a closed list of sentences by the code of a reason.

The pages have a sentence for every code in each of their languages (services/alerts/web/shared/reasons/), which a test
compares with this list. Codes and parameters are what a program reads.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # The state itself.
    "starting": "it is not known yet: the alerts service has just started",
    "state_stale": "it is not known: nobody has looked for {seconds}",
    "source_unknown": "it is not known whether this is well: {source}",
    # What the alerts service itself needs.
    "broker_away": "the broker (NATS) cannot be reached",
    "broker_silent": "the broker (NATS) passes nothing on",
    "broker_stores_nothing": "the broker (NATS) stores nothing",
    "database_away": "the database (PostgreSQL) cannot be reached",
    "database_stores_nothing": "the database (PostgreSQL) stores nothing",
    "events_away": "new alerts are not heard from the database",
    "controls_unread": "it is not known at which sites matching is stopped",
    "sessions_unread": "it is not known who is signed in",
    "task_stuck": "a part of the alerts service stands still",
    "clock_disbelieved": "the clocks of database and broker differ",
    # Stages and their replicas.
    "matchers_unknown": "no matcher has said anything yet",
    "matchers_silent": "no matcher has said anything for {seconds}",
    "stage_unknown": "no {stage} is known",
    "stage_silent": "no {stage} lives: silent for {seconds}",
    "replica_silent": "of {expected} replicas of the {stage} {living} live",
    "cameras_undivided": "some cameras have no {stage}",
    # Matchers among each other.
    "list_behind": "matcher {matcher} is behind with the list",
    "threshold_differs": "matcher {matcher} compares with an old threshold",
    "stop_not_followed": "matcher {matcher} does not follow the stop at {site}",
    "still_stopped": "matcher {matcher} does not match at {site}, though matching was resumed",
    "entries_locked": "matcher {matcher} cannot open {count} entries of the list",
    "list_unpublished": "changes of the list have waited for {seconds} to reach the matchers",
    "matcher_clock": "the clock of matcher {matcher} is off by {seconds}",
    "matching_stopped": "matching is stopped at {site}",
    # How well people are recognised (safeguard S14).
    "accuracy_ends": "the report of accuracy of the recogniser {model} ends in {days}: install another one",
    "accuracy_ended": "no report of accuracy holds for the recogniser {model}: matching ends in {days}",
    "accuracy_missing": "no report of accuracy holds for the recogniser {model}: nobody is matched",
    # Lists that hospitals share.
    "shared_list_silent": "nothing is heard of the list {list} for {seconds}: later changes are not here",
    "shared_list_differs": "the list {list} has not been the same as its publisher's for {seconds}",
    "hospitals_silent": (
        "{count} hospitals have said nothing for {seconds} or longer, whether they have the list {list} is not known: "
        "{hospitals} and others"
    ),
    "hospital_silent": "{hospital} has said nothing for {seconds}: whether it has the list {list} is not known",
    # Cameras.
    "cameras_unread": "it is not known which cameras are expected",
    "no_camera": "no camera is known at {site}",
    "no_camera_sends": "no camera of {site} sends, since {seconds}",
    "none_of_cameras_sends": "none of {count} cameras at {site} sends, since {seconds}: {cameras} and others",
    "cameras_silent": "{count} cameras at {site} silent for {seconds} or longer: {cameras} and others",
    "camera_silent": "{camera} at {site} silent for {seconds}",
    "cameras_trouble": "each of {count} cameras at {site} does not see as it should: {trouble}; {cameras} and others",
    "camera_trouble": "{camera} at {site} does not see as it should: {trouble}",
    "cameras_unsearched": "pictures of {count} cameras at {site} come, and none is searched: {cameras} and others",
    "camera_unsearched": "pictures of {camera} at {site} come, and none is searched",
    "cameras_clock": "the clocks of {count} cameras at {site} are off by {seconds} or more: {cameras} and others",
    "camera_clock": "the clock of {camera} at {site} is off by {seconds}",
    # The line from each camera to a page.
    "line_never_drilled": "no drill has been heard of yet",
    "line_silent": "no drill has been heard of for {seconds}",
    "lines_unproven": "the lines of {count} cameras at {site} are not proven yet: {cameras} and others",
    "line_unproven": "the line of {camera} at {site} is not proven yet",
    "lines_broken": (
        "the lines of {count} cameras at {site} are not proven for {seconds} or longer; "
        "the last sign of drills: {stage}; {cameras} and others"
    ),
    "line_broken": "the line of {camera} at {site} is not proven for {seconds}; the last sign of a drill: {stage}",
    "line_unanswered": "drills of {site} are answered by none of {pages} open pages",
    # What runs out.
    "disk_full": "the disk of the {disk} is full",
    "disk_low": "the disk of the {disk} is nearly full",
    "disk_unknown": "it is not known how full the disk of the {disk} is",
    "certificate_expired": "the certificate {file} has expired",
    "certificate_ends": "the certificate {file} ends in {days}",
    "certificate_unreadable": "the certificate {file} cannot be read",
    "backup_missing": "no backup is known",
    "backup_old": "the last backup is {hours} old",
    # -- deliveries
    "delivery_unknown": "it is not known how deliveries to phones stand",
    "delivery_silent": "nothing is delivered to phones: the delivery service is silent for {seconds}",
    "delivery_late": "a message has waited for {seconds} to be delivered",
    "nobody_on_duty_rings": "nobody on duty at {site} has a phone that rings, and no page is open",
    "push_failing": "pushing to a phone fails since {seconds}",
    "push_service_away": "the push service {host} takes no messages since {seconds}",
    "channel_failing": "the channel {channel} takes no messages since {seconds}",
    "webhook_dead_letters": "{count} messages to other systems were never taken",
}


def names(code: str) -> frozenset[str]:
    """The parameters of the sentence *code*."""
    return frozenset(name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name)


def sentence(code: str, site: str | None, parameters: Mapping[str, str | int]) -> str:
    """The sentence in English; a code of a later version as it is."""
    if code not in SENTENCES:
        return " ".join([code, *(f"{name}={value}" for name, value in sorted(parameters.items()))])
    given = {"site": site or "", **parameters}
    return SENTENCES[code].format_map({name: _shown(name, given.get(name, "?")) for name in names(code)})


def duration(seconds: int) -> str:
    """A time as a person says it: 40 s, 5 min, 3 h, 2 d."""
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


_IN_SECONDS: Final = {"seconds": 1, "hours": 3600, "days": 86_400}


def _shown(name: str, value: str | int) -> str:
    if isinstance(value, int) and name in _IN_SECONDS:
        return duration(value * _IN_SECONDS[name])
    return str(value)
