"""Challenges and states that cost nobody a row: known again, and good for one thing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.accounts.device_names import device_name
from services.alerts.accounts.tickets import LIFE, NotOurs, Purpose, Tickets

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
TICKETS = Tickets.of(b"a secret of all replicas")
TICKET = TICKETS.make(Purpose.SIGN_IN, "li", NOON, b"r" * 16)


def test_a_ticket_is_known_again_by_every_replica_with_the_secret() -> None:
    known = Tickets.of(b"a secret of all replicas").read(Purpose.SIGN_IN, "li", TICKET, NOON)

    assert (known.made_at, known.until) == (NOON, NOON + LIFE)


@pytest.mark.parametrize(
    ("purpose", "bearer", "at"),
    [
        (Purpose.PROVE, "li", NOON),
        (Purpose.SIGN_IN, "ana", NOON),
        (Purpose.SIGN_IN, "li", NOON + LIFE),
    ],
)
def test_a_ticket_is_for_one_purpose_one_bearer_and_a_while(purpose: Purpose, bearer: str, at: datetime) -> None:
    with pytest.raises(NotOurs):
        TICKETS.read(purpose, bearer, TICKET, at)


@given(st.integers(0, len(TICKET) - 1), st.integers(1, 255))
def test_a_ticket_of_which_one_byte_is_changed_is_nobodys(place: int, by: int) -> None:
    forged = bytearray(TICKET)
    forged[place] ^= by

    with pytest.raises(NotOurs):
        TICKETS.read(Purpose.SIGN_IN, "li", bytes(forged), NOON)


@given(st.binary(max_size=200))
def test_what_is_no_ticket_is_nobodys(content: bytes) -> None:
    with pytest.raises(NotOurs):
        TICKETS.read(Purpose.SIGN_IN, "li", content, NOON)


def test_another_secret_makes_other_tickets() -> None:
    with pytest.raises(NotOurs):
        Tickets.of(b"another").read(Purpose.SIGN_IN, "li", TICKET, NOON)


def test_what_belongs_to_a_ticket_is_unguessable_and_the_same_each_time() -> None:
    other = TICKETS.make(Purpose.SIGN_IN, "li", NOON + timedelta(seconds=1), b"r" * 16)
    secrets = {TICKETS.secret_of(ticket, what) for ticket in (TICKET, other) for what in ("nonce", "verifier")}

    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {43}
    assert TICKETS.secret_of(TICKET, "nonce") in secrets


def test_a_device_is_called_what_its_browser_says() -> None:
    phone = (
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537"
    )

    assert device_name(phone) == "Chrome, Android"
    assert (
        device_name("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604")
        == "Safari, iPhone"
    )
    assert device_name("curl/8") == ""
