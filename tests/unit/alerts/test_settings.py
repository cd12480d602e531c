"""Settings of alerts that contradict each other stop the start, in words."""

import pytest

from services.alerts.settings import Settings, evidence_policy
from services.chassis.errors import StartupError


def settings(**given: str) -> Settings:
    files = ("record_seed_file", "signing_key_file", "authors_file", "crops_key_file")
    required = {**dict.fromkeys(files, "a"), "database_url": "d"}
    return Settings.model_validate({**required, **given})


@pytest.mark.parametrize("evidence", ["60", "3600"])
def test_evidence_that_would_be_deleted_before_it_counts_is_refused(evidence: str) -> None:
    with pytest.raises(StartupError, match=r"EVIDENCE_SECONDS \(\d+\) must be less than PENDING_MINUTES \(1 minutes\)"):
        evidence_policy(settings(evidence_seconds=evidence, pending_minutes="1"))


def test_evidence_that_is_kept_long_enough_is_taken() -> None:
    assert evidence_policy(settings(evidence_seconds="59", pending_minutes="1")).evidence.total_seconds() == 59


def test_similarities_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(StartupError, match="needs no more similarity"):
        evidence_policy(settings(strong_similarity="0.5"))
