"""Whom a request is counted against: what a header claims is believed of named proxies only."""

import pytest

from services.alerts.edge.senders import UNKNOWN, Senders, trusted_networks

PROXIES = Senders(trusted_networks("10.0.0.0/8, 2001:db8:1::/48"))


@pytest.mark.parametrize(
    ("remote", "forwarded", "sender"),
    [
        pytest.param("192.0.2.7", [], "192.0.2.7", id="nothing is claimed"),
        pytest.param("192.0.2.7", ["10.9.9.9, 198.51.100.1"], "192.0.2.7", id="a stranger claims"),
        pytest.param("10.0.0.1", ["198.51.100.1"], "198.51.100.1", id="a proxy tells"),
        pytest.param("10.0.0.1", ["1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1", id="two proxies tell"),
        pytest.param("10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1", id="in two lines"),
        pytest.param("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1", id="nonsense is nobody"),
        pytest.param("10.0.0.1", ["10.0.0.5"], "10.0.0.5", id="a proxy itself"),
        pytest.param("10.0.0.1", [], "10.0.0.1", id="a proxy says nothing"),
        pytest.param("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1", id="with a port"),
        pytest.param("2001:db8:1::5", ["[2001:db8:2:3:4::5]:99"], "2001:db8:2:3::/64", id="IPv6 with a port"),
        pytest.param("2001:db8:9:9::1", [], "2001:db8:9:9::/64", id="one subscriber has a /64"),
        pytest.param("::ffff:192.0.2.7", [], "192.0.2.7", id="IPv4 in IPv6"),
        pytest.param("::ffff:10.0.0.1", ["192.0.2.7"], "192.0.2.7", id="a proxy in IPv6"),
        pytest.param("fe80::1%eth0", [], "fe80::/64", id="with a zone"),
        pytest.param(None, ["198.51.100.1"], UNKNOWN, id="a socket without an address"),
    ],
)
def test_the_sender_is_whom_the_last_trusted_proxy_heard(remote: str | None, forwarded: list[str], sender: str) -> None:
    assert PROXIES.of_request(remote, forwarded) == sender


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert Senders().of_request("10.0.0.1", ["198.51.100.1"]) == "10.0.0.1"
    assert not Senders().is_proxy("10.0.0.1")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "proxy", "10.0.0.1/8"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        trusted_networks(text)


def test_a_long_chain_costs_no_more_than_a_short_one() -> None:
    assert PROXIES.of_request("10.0.0.1", [", ".join(["10.0.0.2"] * 5000)]) == "10.0.0.2"
