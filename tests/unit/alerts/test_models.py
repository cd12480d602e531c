"""Which request bodies the API accepts."""

import pytest
from pydantic import ValidationError

from services.alerts.edge.models import MatchingRequest


@pytest.mark.parametrize("reason", ["", "no", "x" * 501, "fire\x00alarm"])
def test_a_reason_that_the_record_cannot_hold_is_refused(reason: str) -> None:
    with pytest.raises(ValidationError):
        MatchingRequest(stopped=True, reason=reason)


def test_a_reason_in_any_language_is_taken() -> None:
    assert MatchingRequest(stopped=True, reason="火警演习\nwing B").reason == "火警演习\nwing B"
