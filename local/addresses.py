"""The addresses by which the hospital's network reaches this machine."""

import fcntl
import ipaddress
import re
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

Address = IPv4Address | IPv6Address

_SIOCGIFADDR: Final = 0x8915  # <linux/sockios.h>
_IPV6_TABLE: Final = Path("/proc/net/if_inet6")
_UNIVERSAL_SCOPE: Final = "00"
# Nobody's (RFC 5737): the kernel says by which address it would go out, and sends nothing.
_OUTSIDE: Final = ("192.0.2.1", 9)
# Bridges to containers and virtual machines, which no phone is on.
_INNER: Final = ("docker", "br-", "virbr", "lxc", "cni", "podman")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Interface:
    """An address and the name of what carries it, such as ``eth0``."""

    name: str
    address: Address


def is_private(address: Address) -> bool:
    """Whether *address* is of a network of one's own (RFC 1918, RFC 4193): no way leads there from the Internet."""
    return any(address.version == network.version and address in network for network in PRIVATE)


PRIVATE: Final = tuple(
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def ranked(interfaces: Iterable[Interface], way_out: Address | None) -> list[Address]:
    """The private addresses of *interfaces*, the one that phones most likely reach first.

    That is the one by which the machine goes out; else IPv4 before IPv6, and the bridges of containers last.
    """
    private = {each.address: each for each in interfaces if is_private(each.address)}

    def place(address: Address) -> tuple[bool, bool, int, int]:
        return (
            address != way_out,
            private[address].name.startswith(_INNER),
            address.version,
            int(address),
        )

    return sorted(private, key=place)


def on_the_network() -> list[Address]:
    """The private addresses of this machine, the one for phones first."""
    return ranked([*_ipv4(), *_ipv6()], _way_out())


def names_of(host: str) -> list[str]:
    """The names below .local (mDNS) and .lan that a machine called *host* may be found by; none for an odd name."""
    label = host.partition(".")[0].lower()
    return [f"{label}.local", f"{label}.lan"] if _LABEL.fullmatch(label) and label != "localhost" else []


def parse_ipv6(table: str) -> list[Interface]:
    """The addresses of ``/proc/net/if_inet6`` that hold beyond their own wire."""
    rows = (line.split() for line in table.splitlines())
    return [
        Interface(row[5], IPv6Address(int(row[0], 16))) for row in rows if len(row) == 6 and row[3] == _UNIVERSAL_SCOPE
    ]


def _ipv4() -> list[Interface]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            with suppress(OSError):  # it has no address
                found.append(Interface(name, IPv4Address(fcntl.ioctl(asked, _SIOCGIFADDR, request)[20:24])))
    return found


def _ipv6() -> list[Interface]:
    try:
        return parse_ipv6(_IPV6_TABLE.read_text(encoding="ascii"))
    except OSError:  # a kernel without it
        return []


def _way_out() -> Address | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(_OUTSIDE)
        except OSError:
            return None
        return IPv4Address(asked.getsockname()[0])
