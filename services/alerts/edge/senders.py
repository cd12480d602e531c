"""Who sends a request: pure. What a header claims is believed only of a proxy that the operator named."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# One subscriber has a whole /64 and may use another address of it for each request.
_IPV6_PREFIX: Final = 64
# Longer chains of proxies are nobody's.
_LONGEST_CHAIN: Final = 32
UNKNOWN: Final = "unknown"


def trusted_networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDR networks, by comma. Raises ValueError for anything else."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Senders:
    """Tells senders apart; *trusted* are the proxies whose ``X-Forwarded-For`` is believed."""

    trusted: tuple[Network, ...] = ()

    def is_proxy(self, remote: str | None) -> bool:
        """Whether a connection from *remote* carries the requests of many."""
        address = _address(remote or "")
        return address is not None and self._trusts(address)

    def of_connection(self, remote: str | None) -> str:
        """Who opened a connection: an IPv4 address, or an IPv6 /64."""
        address = _address(remote or "")
        return UNKNOWN if address is None else _group(address)

    def of_request(self, remote: str | None, forwarded: Sequence[str]) -> str:
        """Who sent a request: the last that *forwarded* (the ``X-Forwarded-For`` lines) names and no proxy of ours is.

        It is read from the right: each proxy adds whom it heard, and what stands left of that anybody may have written.
        """
        address = _address(remote or "")
        if address is None:
            return UNKNOWN
        if not self._trusts(address):
            return _group(address)
        for hop in reversed(",".join(forwarded).split(",")[-_LONGEST_CHAIN:]):
            heard = _address(hop.strip())
            if heard is None:
                break
            address = heard
            if not self._trusts(address):
                break
        return _group(address)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def _address(text: str) -> Address | None:
    """The address, an IPv4 one that is written as IPv6 as what it is; None for anything else."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:  # some proxies add the port
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _group(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
