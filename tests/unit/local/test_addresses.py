"""Which addresses phones reach this machine by, and which of them a QR code carries."""

from ipaddress import ip_address

import pytest

from local import addresses
from local.addresses import Interface

WLAN = Interface("wlan0", ip_address("192.168.1.5"))
WIRE = Interface("eth0", ip_address("10.0.0.5"))
BRIDGE = Interface("docker0", ip_address("172.17.0.1"))
UNIQUE = Interface("eth0", ip_address("fd00::5"))
PUBLIC = Interface("eth1", ip_address("203.0.113.5"))
LOOPBACK = Interface("lo", ip_address("127.0.0.1"))


def test_the_address_by_which_the_machine_goes_out_is_first() -> None:
    found = addresses.ranked([WIRE, BRIDGE, WLAN], WLAN.address)

    assert found == [WLAN.address, WIRE.address, BRIDGE.address]


def test_without_a_way_out_containers_come_last_and_ipv6_behind_ipv4() -> None:
    assert addresses.ranked([UNIQUE, BRIDGE, WIRE], None) == [WIRE.address, UNIQUE.address, BRIDGE.address]


def test_what_the_internet_may_reach_and_what_nobody_reaches_is_left_out() -> None:
    assert addresses.ranked([PUBLIC, LOOPBACK, WIRE], PUBLIC.address) == [WIRE.address]


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("100.64.0.1", False),
        ("169.254.1.1", False),
        ("fe80::1", False),
    ],
)
def test_private_is_what_rfc_1918_and_4193_say(address: str, private: bool) -> None:
    assert addresses.is_private(ip_address(address)) == private


def test_ipv6_addresses_of_one_wire_alone_are_passed_over() -> None:
    table = (
        "fe80000000000000f01869fffeb7ac5d 02 40 20 80     eth0\nfd000000000000000000000000000005 02 40 00 80     eth0\n"
    )

    assert addresses.parse_ipv6(table) == [UNIQUE]


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("Ward-1.hospital.example", ["ward-1.local", "ward-1.lan"]),
        ("localhost", []),
        ("院区", []),
        ("-odd", []),
    ],
)
def test_a_machine_is_called_by_names_that_can_be_typed(host: str, names: list[str]) -> None:
    assert addresses.names_of(host) == names


def test_this_machine_says_private_addresses_only() -> None:
    assert all(addresses.is_private(each) for each in addresses.on_the_network())
