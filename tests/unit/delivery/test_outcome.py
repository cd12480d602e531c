"""What follows from an answer: another try, none, or a dead letter; and the signature of webhooks."""

from datetime import timedelta
from uuid import UUID

import pytest

from proto.wardwatch.v1.delivery import Path
from services.delivery import webhooks
from services.delivery.outcome import Gone, Refused, Taken, Unsure, of_status, retry_after


@pytest.mark.parametrize(
    ("status", "header", "result"),
    [
        (201, None, Taken()),
        (302, None, Refused("http_302")),
        (400, None, Refused("http_400")),
        (404, None, Gone()),
        (410, None, Gone()),
        (413, None, Refused("http_413")),
        (429, "17", Unsure("http_429", timedelta(seconds=17))),
        (429, "Wed, 21 Oct 2099 07:28:00 GMT", Unsure("http_429")),
        (503, "-1", Unsure("http_503")),
        (500, None, Unsure("http_500")),
    ],
)
def test_a_status_says_what_came_of_it(status: int, header: str | None, result: object) -> None:
    assert of_status(status, header) == result


def test_what_rings_is_tried_for_minutes_and_what_is_owed_for_a_day() -> None:
    def waits(path: Path) -> list[timedelta]:
        made: list[timedelta] = []
        while (wait := retry_after(path, len(made) + 1, Unsure("unreachable"))) is not None:
            made.append(wait)
        return made

    assert sum(waits(Path.PUSH), timedelta()) == timedelta(minutes=5)
    assert timedelta(hours=24) < sum(waits(Path.WEBHOOK), timedelta()) < timedelta(hours=48)
    assert retry_after(Path.NATS, 10_000, Unsure("not_stored")) == timedelta(hours=14)


def test_a_receiver_s_wish_is_kept_within_reason() -> None:
    hour = Unsure("http_429", timedelta(hours=1))

    assert retry_after(Path.WEBHOOK, 1, hour) == timedelta(hours=1)
    assert retry_after(Path.PUSH, 1, hour) == timedelta(minutes=1)


def test_a_webhook_is_signed_as_the_standard_s_libraries_check_it() -> None:
    # Signed by the standard's own library for Python, 1.1.0, with the secret and the body of its example.
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'

    made = webhooks.headers(UUID(int=1), secret, body, now_seconds=1_614_265_330)

    assert made == {
        "webhook-id": "msg_00000000000000000000000000000001",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,NyW9oZPSHg5mmO2Gb2gaur+Lsb+byJZMKU/F0Cn6ZkA=",
    }


def test_what_is_no_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="no secret"):
        webhooks.headers(UUID(int=1), "whsec_!", b"", now_seconds=1)
