"""Links between brokers: what they may carry, how they are kept, and what the server's configuration says of them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import grants, render
from access.federation import (
    NO_LINKS,
    Federation,
    HospitalRights,
    Hub,
    Link,
    by_link_key,
    denied_to_hubs,
    domain_of,
    kept_from_hubs,
    rights_of,
)
from access.keys import new_user_key
from proto.wardwatch.v1 import subjects

KEY = new_user_key()
DOMAIN = domain_of(KEY.public)
LINK = Link("city", "h07", "ww-0123456789ab", ("tls://hub.example:7422",), "link-city.ca.pem")
HUB = Hub("0.0.0.0:7422", "hub.crt", "hub.key", {"h07": HospitalRights(frozenset({"city"}), "UA")})

names = st.text("az09-", min_size=1, max_size=32)
rights = st.builds(HospitalRights, st.frozensets(names, max_size=3), st.just(KEY.public))
admitted = st.dictionaries(names, rights, max_size=3)
hubs = st.builds(Hub, st.just("0.0.0.0:7422"), st.just("a.crt"), st.just("a.key"), admitted)
link_lists = st.lists(names, unique=True, max_size=3).map(
    lambda lists: tuple(Link(each, "h07", DOMAIN, ("tls://a:1", "tls://b:1")) for each in lists)
)


def accounts(federation: Federation) -> str:
    everyone = [*grants.services(), *(grants.joined(link) for link in federation.links)]
    keys = {user: f"U-{user}" for user in [grants.SYSTEM, *(grant.user for grant in everyone)]}
    return render.accounts(everyone, keys, federation, link_key=KEY.public)


@given(st.builds(Federation, st.none() | hubs, link_lists))
def test_a_federation_is_read_as_it_was_written(federation: Federation) -> None:
    assert Federation.parse(federation.text()) == federation


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param('{"hub": {"listen": "a:1", "cert_file": "", "key_file": "", "hospitals": {}}}', id="no TLS"),
        pytest.param('{"links": [{"list": "city"}]}', id="a link to nowhere"),
        pytest.param(replace(Federation(None, (LINK,)), links=(replace(LINK, urls=()),)).text(), id="no address"),
        pytest.param(Federation(None, (replace(LINK, urls=("nats://a:1",)),)).text(), id="a link without TLS"),
        pytest.param(Federation(None, tuple(replace(LINK, list=f"l{n}") for n in range(21))).text(), id="too many"),
        pytest.param(Federation(None, (replace(LINK, list="a.b"),)).text(), id="a list with a dot"),
        pytest.param(Federation(None, (replace(LINK, hospital="*"),)).text(), id="a hospital that is everybody"),
        pytest.param(Federation(replace(HUB, hospitals={">": HUB.hospitals["h07"]})).text(), id="a hospital of all"),
    ],
)
def test_a_faulty_federation_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the reader's own
        Federation.parse(text)


def test_a_hospital_may_say_and_hear_its_own_and_nothing_else() -> None:
    may = rights_of("h07", frozenset({"city"}), DOMAIN)

    assert may.publish == {
        f"$JS.{DOMAIN}.API.CONSUMER.RESET.LIST_city.h07", f"$JS.{DOMAIN}.API.CONSUMER.RESET.FACES_city.h07",
        "$JS.FC.LIST_city.h07.*", "$JS.FC.*.*.LIST_city.h07.*", "$JS.FC.FACES_city.h07.*",
        "$JS.FC.*.*.FACES_city.h07.*", "fed.city.receipt.h07.*.*", "fed.city.hello.h07",
    }  # fmt: skip
    assert may.subscribe == {
        "fed.city.to.h07", "fed.city.faces.h07", f"$JSC.R.{DOMAIN}.*.LIST_city.h07.>",
        f"$JSC.R.{DOMAIN}.*.FACES_city.h07.>", "_INBOX.fed-h07.>",
    }  # fmt: skip


@given(names, names, names, names)
def test_no_two_hospitals_share_a_right(hospital: str, other: str, list_: str, other_list: str) -> None:
    one, two = rights_of(hospital, frozenset({list_}), DOMAIN), rights_of(other, frozenset({other_list}), DOMAIN)

    if hospital != other:
        assert not (one.publish | one.subscribe) & (two.publish | two.subscribe)


def test_an_installation_that_is_known_by_two_names_has_one_link() -> None:
    hub = replace(HUB, hospitals={**HUB.hospitals, "seven": HospitalRights(frozenset({"county"}), "UA")})

    found = by_link_key(hub, DOMAIN)

    assert found.keys() == {"UA"}
    assert {"fed.city.hello.h07", "fed.county.hello.seven"} <= found["UA"].publish
    assert accounts(Federation(hub)).count("nkey: UA,") == 1


def test_without_federation_nothing_listens_and_nobody_is_dialled() -> None:
    said = [line for line in render.links(NO_LINKS, KEY).splitlines() if not line.startswith("#")]

    assert said == [f"server_name: {DOMAIN}"]
    assert "LEAFNODE" not in accounts(NO_LINKS)
    assert "SYS" not in re.findall(r"^  (\S+) {", accounts(NO_LINKS), re.MULTILINE)
    # A broker of a former version, which has less room, may be told to take this up.
    assert "max_file" not in accounts(NO_LINKS)


def test_links_end_in_accounts_that_import_and_export_nothing() -> None:
    federation = Federation(HUB, (LINK,))
    text = accounts(federation)
    blocks = dict(re.findall(r'^  "?([\w-]+)"? \{\n(.*?)^  \}\n', text, re.MULTILINE | re.DOTALL))

    assert {name for name, block in blocks.items() if "LEAFNODE" in block} == {"FED"}
    assert re.findall(" account: .*", render.links(federation, KEY)) == [' account: "JOINED-city"']
    for name in ("FED", "JOINED-city", "SYS", "RECORD"):
        assert "imports" not in blocks[name]
        assert "exports" not in blocks[name]


def test_a_seed_of_somebody_else_opens_no_link() -> None:
    users = re.findall("{nkey: [^{]*", accounts(Federation(HUB, (LINK,))))

    assert users
    assert [user for user in users if '["STANDARD"]' not in user] == [
        '{nkey: UA, allowed_connection_types: ["LEAFNODE"], permissions: '
    ]


def test_a_publisher_s_broker_is_denied_what_is_ours() -> None:
    denied = denied_to_hubs("city", DOMAIN)

    assert denied == (f"$JS.{DOMAIN}.API.>", "$JS.API.>", "$SYS.>", "$SRV.>", "_INBOX.joined-city.>")
    assert {"$JS.EVENT.>", "_INBOX.>", f"$JS.{DOMAIN}.>"} <= set(kept_from_hubs(DOMAIN))
    text = render.links(Federation(None, (LINK,)), KEY)
    assert all(f'"{subject}"' in text for subject in (*denied, *kept_from_hubs(DOMAIN)))


def test_the_listener_keeps_hospitals_apart_and_takes_tls_alone() -> None:
    text = render.links(Federation(HUB), KEY)

    for line in ("no_advertise: true", "isolate_leafnode_interest: true", "min_version: 2.14.3", "system_account: SYS"):
        assert f"{line}\n" in text
    assert 'tls {cert_file: "hub.crt", key_file: "hub.key", timeout: 5}' in text
    assert "remotes" not in text
    assert f"jetstream: {{max_file: {render.PUBLISHED_BYTES}}}" in accounts(Federation(HUB))


def test_hospitals_and_links_come_and_go() -> None:
    rights = HospitalRights(frozenset({"city"}), "UB")
    both = Federation(HUB).with_hospital("h08", rights).with_link(LINK).with_link(replace(LINK, hospital="seven"))

    assert both.hub is not None
    assert both.hub.hospitals.keys() == {"h07", "h08"}
    assert [link.hospital for link in both.links] == ["seven"]
    assert both.without_hospital("h08").without_link("city") == Federation(HUB)
    with pytest.raises(ValueError, match="publishes to nobody"):
        NO_LINKS.with_hospital("h08", rights)


@pytest.mark.parametrize("user", ["detector", "alerts", "federation-record", "joined", "camera.h1.gate"])
def test_no_other_user_is_of_an_account_of_federation(user: str) -> None:
    with pytest.raises(ValueError, match="is no user of federation"):
        subjects.federation_account(user)
