"""The machine of publishers and hospitals, for as long as a proof may take."""

import pytest
from hypothesis import HealthCheck, settings

from tests.unit.federation.test_lists_machine import Lists

pytestmark = pytest.mark.timeout(900)


class _Longer(Lists):
    """The same, in a class of its own: the settings stand on it."""


_Longer.TestCase.settings = settings(
    max_examples=3000, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
TestListsForLong = _Longer.TestCase
