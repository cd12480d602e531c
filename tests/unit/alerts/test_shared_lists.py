"""What the one state says of lists that hospitals share."""

import pytest

from services.alerts.state.lists import Standing, reasons
from services.alerts.state.reasons import Working


def joined(*, silent: float = 3, differs: float | None = None) -> Standing:
    return Standing(joined=True, list="city", name="City list", silent=silent, differs=differs)


def published(*, silent: float) -> Standing:
    return Standing(joined=False, list="city", name="Hospital 7", silent=silent, differs=None)


@pytest.mark.parametrize("standing", [joined(), joined(silent=59), joined(differs=119), published(silent=59)])
def test_a_list_that_is_in_step_is_no_reason(standing: Standing) -> None:
    assert reasons([standing]) == []


@pytest.mark.parametrize(
    ("standing", "code", "parameters"),
    [
        (joined(silent=61.5), "shared_list_silent", {"list": "city", "seconds": 61}),
        (joined(silent=61.5, differs=500), "shared_list_silent", {"list": "city", "seconds": 61}),
        (joined(differs=121), "shared_list_differs", {"list": "city", "seconds": 121}),
        (published(silent=90), "hospital_silent", {"list": "city", "hospital": "Hospital 7", "seconds": 90}),
    ],
)
def test_a_list_that_is_not_in_step_is_named(standing: Standing, code: str, parameters: dict[str, object]) -> None:
    (reason,) = reasons([standing])

    assert (reason.code, reason.parameters, reason.working) == (code, parameters, Working.DEGRADED)
