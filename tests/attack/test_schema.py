"""No request that can be made of the OpenAPI document is answered otherwise than it says."""

from pathlib import Path

import pytest

from proto.wardwatch.v1.roles import Role
from tests.attack import schema_run
from tests.live.conftest import hospital
from tests.live.hospital import Hospital

__all__ = ["hospital"]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("role", [role.value for role in Role])
async def test_every_answer_is_one_of_the_document(hospital: Hospital, tmp_path: Path, role: str) -> None:
    # It goes on with new requests until the time is over; to ask everything once takes a minute or two.
    found = await schema_run.faults(hospital, tmp_path, role, examples=5, within_seconds=400)

    assert not found, found
