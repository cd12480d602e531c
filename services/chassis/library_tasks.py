"""The tasks that nats-py makes for a connection: they end unseen, one by a cancellation within what it calls."""

import asyncio
from typing import Final

from nats.aio.client import Client

_OF_THE_CONNECTION: Final = {
    "_reading_task": "nothing is read from the broker any more",
    "_flusher_task": "nothing is written to the broker any more",
    "_ping_interval_task": "nobody looks any more whether the broker answers",
}


def ended(client: Client) -> str:
    """What is no longer done although the connection stands, or nothing."""
    if not client.is_connected or client.is_draining:
        return ""
    for name, reason in _OF_THE_CONNECTION.items():
        if _is_over(getattr(client, name, None)):
            return reason
    for subscription in client._subs.values():
        # One for a number of messages ends by itself.
        if subscription._max_msgs == 0 and _is_over(getattr(subscription, "_wait_for_msgs_task", None)):
            return f"messages of {subscription.subject} are not taken any more"
    return ""


def _is_over(task: object) -> bool:
    return isinstance(task, asyncio.Task) and task.done()
