"""Keys that an operator renews: announced by the former ones, in both forms in the file, and read while it runs."""

from pathlib import Path

import pytest

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import KeyRenewal
from services.chassis.federation_keys import FederationKeys
from services.federation.keys_file import KeysFile


def test_next_keys_are_signed_by_the_present_ones_and_take_their_place() -> None:
    begun = FederationKeys.new()
    announced = FederationKeys.parse(begun.with_next_publisher().with_next_hospital().text())
    publisher, signing = (statements.public_bytes(each) for each in (begun.publisher, begun.signing))
    of_publisher = KeyRenewal.decode(
        statements.verified(publisher, statements.PUBLISHER_RENEWAL, announced.announced)
    )  # fmt: skip
    of_hospital = KeyRenewal.decode(statements.verified(signing, statements.HOSPITAL_RENEWAL, announced.renewal))
    assert announced.sealing.keys() == {begun.current, announced.next_sealing}

    ended = FederationKeys.parse(announced.publisher_renewed().hospital_renewed().text())

    assert statements.public_bytes(ended.publisher) == of_publisher.signing_key
    assert statements.public_bytes(ended.signing) == of_hospital.signing_key
    assert {name: statements.public_bytes(key) for name, key in ended.sealing.items()} == {
        ended.current: of_hospital.sealing_key
    }
    # What is late still hears of the publisher's key; nothing private of before is left.
    assert (ended.announced, ended.former_publisher) == (announced.announced, publisher)
    assert begun.publisher.private_bytes_raw().hex() not in ended.text()
    assert begun.sealing[begun.current].private_bytes_raw().hex() not in ended.text()


@pytest.mark.parametrize("faulty", ["next_sealing", "next_signing"])
def test_half_of_next_keys_is_refused(faulty: str) -> None:
    text = FederationKeys.new().with_next_hospital().text()
    lines = [line for line in text.splitlines() if f'"{faulty}"' not in line]

    with pytest.raises(ValueError, match="among the sealing keys"):
        FederationKeys.parse("\n".join(lines))


async def test_a_changed_file_is_read_and_one_that_is_broken_is_not(tmp_path: Path) -> None:
    path, keys = tmp_path / "keys.json", FederationKeys.new()
    path.write_text(keys.text())
    path.chmod(0o600)
    file = KeysFile(path)
    first = file.present()

    await file.look()
    assert file.present() is first
    path.write_text("{")
    await file.look()
    assert file.present() is first
    path.write_text(keys.with_next_publisher().text())
    await file.look()
    assert file.present().next_publisher is not None
