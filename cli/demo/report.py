"""The table of an alert's way from the camera to the page."""

from cli.demo.events import Alert
from local.screen import Screen

_STAGES = (
    ("received", "frame arrived at the detector"),
    ("detected", "face found and aligned"),
    ("embedded", "vector made"),
    ("matched", "compared, sighting stored by the broker"),
    ("recorded", "incident written to the database"),
)


def alert(screen: Screen, event: Alert) -> None:
    """Print where the alert came from and what each stage took."""
    screen.line(f"\n  ALERT  site {event.site}, camera {event.camera}, incident {event.incident}\n")
    screen.line(f"  {'stage':<44}{'took':>10}{'since capture':>16}")
    for words, took, since in rows(event):
        screen.line(f"  {words:<44}{took:>7.1f} ms{since:>13.1f} ms")
    screen.line()


def rows(event: Alert) -> list[tuple[str, float, float]]:
    """Words, own time and time since the frame's capture of each stage, in milliseconds."""
    found: list[tuple[str, float, float]] = []
    last = 0.0
    for key, words in _STAGES:
        if key in event.stages_ms:
            since = event.stages_ms[key]
            found.append((words, since - last, since))
            last = since
    if event.captured_at is not None:
        since = (event.received_at - event.captured_at).total_seconds() * 1000
        found.append(("heard by the guard's page (SSE client)", since - last, since))
    return found
