"""Which hospitals this installation's broker lets in, which publishers it dials, and what each may do there: pure.

A link is a NATS leaf connection that a hospital opens to a publisher's broker. Neither side trusts the other's broker:
what a hospital may say and hear is decided at the publisher's, what a publisher's broker may ask is denied at the
hospital's. Kept as ``federation.json`` in the credentials folder (``access/store.py``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from proto.wardwatch.v1 import subjects
from services.chassis.federation_keys import FederationPublic

# Each has room of its own in the broker's store, which is reserved.
MOST_LINKS: Final = 20
# What a broker of a hospital copies: the list and its pictures, each through a consumer of the hospital's own.
_COPIED: Final = (("LIST", "to"), ("FACES", "faces"))


@dataclass(frozen=True, slots=True)
class HospitalRights:
    """A hospital that was admitted: the ``lists`` it may copy, and the public half of the key of its link."""

    lists: frozenset[str]
    link_key: str


@dataclass(frozen=True, slots=True)
class Hub:
    """Where hospitals reach this broker, and which may. Files are named as the broker sees them.

    ``listen`` is ``<address>:<port>``; a relative file is one of the credentials folder.
    """

    listen: str
    cert_file: str
    key_file: str
    hospitals: Mapping[str, HospitalRights] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A list that was joined: this installation is called ``hospital`` there, its publisher's broker ``hub_domain``.

    ``urls`` are ``tls://<host>:<port>``. ``ca_file`` holds the publisher's authority, as the broker sees it (relative:
    in the credentials folder); without one, the system's authorities are believed.
    """

    list: str
    hospital: str
    hub_domain: str
    urls: tuple[str, ...]
    ca_file: str = ""

    @property
    def authority_name(self) -> str:
        """The file in the credentials folder in which a publisher's authority is kept."""
        return f"link-{self.list}.ca.pem"


@dataclass(frozen=True, slots=True)
class Federation:
    """Both sides of an installation; with neither, its broker has no link and takes none."""

    hub: Hub | None = None
    links: tuple[Link, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Federation":
        """Read ``federation.json``. Raises ValueError in words."""
        try:
            read = json.loads(text)
            hub, links = read.get("hub"), read.get("links", [])
            if len(links) > MOST_LINKS:
                raise ValueError(f"the broker has room for {MOST_LINKS} lists that are joined")
            return cls(None if hub is None else _hub(hub), tuple(_link(each) for each in links))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it is not the file of a federation: {error}") from error

    def text(self) -> str:
        """What ``federation.json`` holds."""
        written: dict[str, object] = {"links": [_link_written(each) for each in self.links]}
        if self.hub is not None:
            written["hub"] = _hub_written(self.hub)
        return json.dumps(written, indent=2, sort_keys=True) + "\n"

    def with_link(self, link: Link) -> "Federation":
        """The same with *link*, in place of a former one of this list."""
        others = tuple(each for each in self.links if each.list != link.list)
        return replace(self, links=tuple(sorted((*others, link), key=lambda each: each.list)))

    def without_link(self, name: str) -> "Federation":
        """The same without the link of the list *name*."""
        return replace(self, links=tuple(each for each in self.links if each.list != name))

    def with_hospital(self, hospital: str, rights: HospitalRights) -> "Federation":
        """The same with *hospital* admitted. Raises ValueError where nothing listens for hospitals."""
        hub = self._listening()
        return replace(self, hub=replace(hub, hospitals={**hub.hospitals, hospital: rights}))

    def without_hospital(self, hospital: str) -> "Federation":
        """The same without *hospital*. Raises ValueError where nothing listens for hospitals."""
        hub = self._listening()
        return replace(self, hub=replace(hub, hospitals={h: r for h, r in hub.hospitals.items() if h != hospital}))

    def _listening(self) -> Hub:
        if self.hub is None:
            raise ValueError("this installation publishes to nobody: its broker has no listener for hospitals")
        return self.hub


@dataclass(frozen=True, slots=True)
class LinkRights:
    """What may cross a link: ``publish`` from the hospital to the publisher's broker, ``subscribe`` the other way."""

    publish: frozenset[str]
    subscribe: frozenset[str]


def by_link_key(hub: Hub, domain: str) -> Mapping[str, LinkRights]:
    """What may cross each link, by its key: an installation that is known by two names has one link."""
    rights: dict[str, LinkRights] = {}
    for hospital, admitted in sorted(hub.hospitals.items()):
        may, former = rights_of(hospital, admitted.lists, domain), rights.get(admitted.link_key)
        if former is not None:
            may = LinkRights(former.publish | may.publish, former.subscribe | may.subscribe)
        rights[admitted.link_key] = may
    return rights


NO_LINKS: Final = Federation()


def domain_of(link_key: str) -> str:
    """The JetStream domain of the installation whose link has the public key *link_key*: unique by itself."""
    return FederationPublic(link_key).domain


def rights_of(hospital: str, lists: frozenset[str], domain: str) -> LinkRights:
    """What *hospital* may do over its link to the broker called *domain*: an allow-list, all of it its own."""
    publish, subscribe = set[str](), {f"{subjects.link_inbox(hospital)}.>"}
    for name in lists:
        publish |= {f"fed.{name}.receipt.{hospital}.*.*", f"fed.{name}.hello.{hospital}"}
        for kind, delivered in _COPIED:
            stream = f"{kind}_{name}"
            # It begins its own consumer anew, and tells it how far its copy is on disk: by both forms of the subject.
            publish.add(f"$JS.{domain}.API.CONSUMER.RESET.{stream}.{hospital}")
            publish |= {f"$JS.FC.{stream}.{hospital}.*", f"$JS.FC.*.*.{stream}.{hospital}.*"}
            subscribe |= {f"fed.{name}.{delivered}.{hospital}", f"$JSC.R.{domain}.*.{stream}.{hospital}.>"}
    return LinkRights(frozenset(publish), frozenset(subscribe))


def denied_to_hubs(name: str, domain: str) -> tuple[str, ...]:
    """What the broker called *domain* takes from no publisher's broker over the link of the list *name*.

    Without these a hub in evil hands reads, empties and deletes the copy, lists connections, and answers in the place
    of this broker.
    """
    own = f"{subjects.inbox_prefix(subjects.joined_user(name))}.>"
    return (f"$JS.{domain}.API.>", "$JS.API.>", "$SYS.>", "$SRV.>", own)


def kept_from_hubs(domain: str) -> tuple[str, ...]:
    """What the broker called *domain* tells no publisher's broker, whatever that asks for.

    Else it would hear what happens to the copy, the answers to whoever works it, and from which address that is.
    """
    return ("$JS.EVENT.>", f"$JS.{domain}.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>", "$SYS.>", "$SRV.>")


def _hub(read: Mapping[str, object]) -> Hub:
    hospitals = read["hospitals"]
    if not isinstance(hospitals, dict):
        raise TypeError("hospitals")
    rights = {
        _name(each): HospitalRights(_names(row["lists"]), str(row["link_key"])) for each, row in hospitals.items()
    }
    hub = Hub(str(read["listen"]), str(read["cert_file"]), str(read["key_file"]), rights)
    if not hub.cert_file or not hub.key_file:
        raise ValueError("what listens for hospitals needs a certificate and its key")
    return hub


def _link(read: Mapping[str, object]) -> Link:
    urls = read["urls"]
    if not isinstance(urls, list) or not urls:
        raise TypeError("urls")
    if not all(str(url).startswith("tls://") for url in urls):
        raise ValueError("a link goes to tls:// addresses alone")
    return Link(
        _name(read["list"]),
        _name(read["hospital"]),
        str(read["hub_domain"]),
        tuple(str(url) for url in urls),
        str(read.get("ca_file", "")),
    )


def _hub_written(hub: Hub) -> dict[str, object]:
    hospitals = {h: {"lists": sorted(r.lists), "link_key": r.link_key} for h, r in hub.hospitals.items()}
    return {"listen": hub.listen, "cert_file": hub.cert_file, "key_file": hub.key_file, "hospitals": hospitals}


def _link_written(link: Link) -> dict[str, object]:
    return {
        "list": link.list,
        "hospital": link.hospital,
        "hub_domain": link.hub_domain,
        "urls": list(link.urls),
        "ca_file": link.ca_file,
    }


def _names(read: object) -> frozenset[str]:
    if not isinstance(read, list):
        raise TypeError("lists")
    return frozenset(_name(each) for each in read)


def _name(read: object) -> str:
    return subjects.list_name(str(read))
