"""What is said to ONVIF cameras and what they answer, as XML. Pure.

Sources: WS-Discovery (April 2005), ONVIF Core 5.12 (WS-UsernameToken), ONVIF Media 5.2 and 5.15. Cameras answer in any
prefixes and more than is asked, so answers are read by local names.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

MOST_BYTES: Final = 512 * 1024
_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
_DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
_SCHEMA: Final = "http://www.onvif.org/ver10/schema"
_SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_TOKEN: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"  # noqa: S105 - a name
_BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_SCOPES: Final = "onvif://www.onvif.org/"
_MOST_MATCHES: Final = 32


@dataclass(frozen=True, slots=True)
class Login:
    """An account of a camera."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Device:
    """A camera that answered: where its services are, and what it calls itself."""

    address: str
    name: str
    hardware: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One of a camera's streams; sizes and rate are 0 where it does not say them."""

    token: str
    name: str
    codec: str
    width_px: int
    height_px: int
    frames_per_second: int


class NotUnderstood(ValueError):
    """The answer is none that is known here; the text says what it is, for a person."""


def probe(message_id: str) -> bytes:
    """Ask every camera on the network to say where it is."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}" xmlns:w="{_ADDRESSING}" '
        f'xmlns:d="{_DISCOVERY}" xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f"<w:MessageID>{escape(message_id)}</w:MessageID>"
        "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
        f"<w:Action>{_DISCOVERY}/Probe</w:Action></e:Header>"
        "<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


def matches(content: bytes, message_id: str, sender: str) -> list[Device]:
    """The cameras of an answer to the probe *message_id* that came from the host *sender*.

    Where a camera says to be elsewhere it is looked for at *sender* all the same: a password's digest goes to nobody
    else. Raises NotUnderstood.
    """
    root = _parsed(content)
    if _text(root, "RelatesTo") != message_id:
        raise NotUnderstood("it answers another question")
    found = []
    for match in list(_all(root, "ProbeMatch"))[:_MOST_MATCHES]:
        addresses = [at(each, sender) for each in _text(match, "XAddrs").split()]
        scopes = _text(match, "Scopes").split()
        if usable := [each for each in addresses if each]:
            found.append(Device(usable[0], _scope(scopes, "name"), _scope(scopes, "hardware")))
    return found


def at(address: str, host: str) -> str:
    """The HTTP *address* at *host*, whatever host it names; empty when it is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{shown}:{port}" if port else shown, parts.path or "/", parts.query, ""))


def request(body: str, login: Login | None, *, nonce: bytes, now: datetime) -> bytes:
    """An envelope around *body*, in the name of *login*; *now* is by the camera's clock."""
    header = "" if login is None else _security(login, nonce, now)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}" xmlns:t="{_SCHEMA}">'
        f"<e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    ).encode()


CLOCK: Final = f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>'
CAPABILITIES: Final = f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>'
PROFILES: Final = f'<GetProfiles xmlns="{_MEDIA}"/>'


def stream_uri(token: str) -> str:
    """Ask where the stream of a profile is."""
    return (
        f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup><t:Stream>RTP-Unicast</t:Stream><t:Transport>'
        f"<t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup><ProfileToken>{escape(token)}</ProfileToken>"
        "</GetStreamUri>"
    )


def clock(content: bytes) -> datetime | None:
    """What time it is for the camera; None where it does not say. Raises NotUnderstood."""
    root = _parsed(content)
    told = next(_all(root, "UTCDateTime"), None)
    if told is None:
        return None
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    try:
        year, month, day, hour, minute, second = (int(_text(told, name)) for name in names)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def media_address(content: bytes, host: str) -> str:
    """Where the camera is asked for its streams. Raises NotUnderstood."""
    media = next(_all(_parsed(content), "Media"), None)
    found = "" if media is None else at(_text(media, "XAddr"), host)
    if not found:
        raise NotUnderstood("it does not say where its streams are asked for")
    return found


def profiles(content: bytes) -> Sequence[Profile]:
    """The camera's streams that show something. Raises NotUnderstood."""
    found = []
    for each in list(_all(_parsed(content), "Profiles"))[:_MOST_MATCHES]:
        encoder = next(_all(each, "VideoEncoderConfiguration"), None)
        if encoder is None or not each.get("token"):
            continue
        found.append(
            Profile(
                each.get("token", ""),
                _text(each, "Name"),
                _text(encoder, "Encoding").lower(),
                _number(encoder, "Width"),
                _number(encoder, "Height"),
                _number(encoder, "FrameRateLimit"),
            )
        )
    return found


def uri(content: bytes) -> str:
    """Where a stream is. Raises NotUnderstood."""
    found = _text(_parsed(content), "Uri")
    if not found.lower().startswith(("rtsp://", "rtsps://")) or not found.isprintable():
        raise NotUnderstood("it does not say where the stream is")
    return found


def is_refused(content: bytes) -> bool:
    """Whether an answer says that the account is not let in."""
    try:
        root = _parsed(content)
    except NotUnderstood:
        return False
    return any("NotAuthorized" in (each.text or "") for each in _all(root, "Value"))


def _security(login: Login, nonce: bytes, now: datetime) -> str:
    created = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = sha1(nonce + created.encode() + login.password.encode(), usedforsecurity=False).digest()
    return (
        f'<s:Security e:mustUnderstand="1" xmlns:s="{_SECURITY}" xmlns:u="{_UTILITY}"><s:UsernameToken>'
        f"<s:Username>{escape(login.user)}</s:Username>"
        f'<s:Password Type="{_TOKEN}">{b64encode(digest).decode()}</s:Password>'
        f'<s:Nonce EncodingType="{_BASE64}">{b64encode(nonce).decode()}</s:Nonce>'
        f"<u:Created>{created}</u:Created></s:UsernameToken></s:Security>"
    )


def _parsed(content: bytes) -> ElementTree.Element:
    """The root of an answer. A document type is none of SOAP's, and could make little text into much."""
    if len(content) > MOST_BYTES or re.search(rb"<!\s*(DOCTYPE|ENTITY)", content, re.IGNORECASE) or b"\0" in content:
        raise NotUnderstood("it is too large, or no SOAP")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - without a document type there is nothing to expand
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotUnderstood("it is no XML") from error


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (each for each in root.iter() if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name)


def _text(root: ElementTree.Element, name: str) -> str:
    found = next(_all(root, name), None)
    return "" if found is None or found.text is None else found.text.strip()


def _number(root: ElementTree.Element, name: str) -> int:
    text = _text(root, name)
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _scope(scopes: Sequence[str], kind: str) -> str:
    prefix = f"{_SCOPES}{kind}/"
    return next((unquote(each.removeprefix(prefix)) for each in scopes if each.startswith(prefix)), "")
