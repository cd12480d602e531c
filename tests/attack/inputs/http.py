"""Hostile HTTP without end: requests that are none, and bodies that no operation expects."""

import json
from collections.abc import Mapping
from random import Random
from typing import Final

_PATHS: Final = (
    "/", "/api/v1/me", "/api/v1/incidents", "/api/v1/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/%00",
    "/api/v1/incidents/%ff%fe", "//evil.example/", "/\\..\\..\\x", "/api/v1/watchlist/entries?cursor=" + "A" * 4000,
    "/" + "a" * 9000, "*", "http://evil.example/", "/api/v1/session#x", "/api/v1/sites/h1/matching;a=b",
    "/page.js%0d%0aX: y", "/api/v1/events", "/api/v1/openapi.json", "/?" + "&".join(f"a{n}=b" for n in range(2000)),
)  # fmt: skip
_METHODS: Final = (
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "get",
    "G\0T",
    "A" * 300,
    "",
)
_VERSIONS: Final = (
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/9.9",
    "HTTP/1.1 HTTP/1.1",
    "",
    "http/1.1",
    "PRI * HTTP/2.0",
)
_HEADERS: Final = (
    "Host: wardwatch", "Host: a\r\nHost: b", "Content-Length: -1",
    "Content-Length: 99999999999999999999", "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked\r\nContent-Length: 3", "Content-Encoding: gzip", "Content-Encoding: br",
    "Expect: 100-continue", "Expect: the-worst", "Upgrade: websocket\r\nConnection: Upgrade", "Connection: close",
    "Range: bytes=0-0,1-1,2-2", "X-Forwarded-For: " + "1.2.3.4, " * 500, "Cookie: " + "a=b; " * 1200,
    "Authorization: Bearer " + "x" * 7000, "Authorization: Basic AAAA", "Last-Event-ID: 99999999999999999999999",
    "Last-Event-ID: -1", "Last-Event-ID: \u0662", "Idempotency-Key: " + "k" * 3000, " folded", "No-Colon", ": no name",
    "Bad\0Name: x", "Accept-Encoding: " + "gzip;q=0.5," * 300, "Content-Type: multipart/form-data; boundary=",
    "Content-Type: application/json; charset=\u202e", "If-None-Match: *", "Sec-Fetch-Site: cross-site", "Origin: null",
)  # fmt: skip
_CHUNKS: Final = (
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"-1\r\nx\r\n",
    b"ffffffffffffffff\r\n",
    b"zz\r\n",
    b"5;" + b"x" * 9000 + b"\r\n",
    b"3\r\nabcdef",
)


def raw(rng: Random) -> bytes:
    """The next hostile beginning of a connection."""
    if rng.random() < 0.15:
        return rng.choice(
            (
                rng.randbytes(400),
                b"\x16\x03\x01\x02\x00\x01\x00",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"\r\n" * 3000,
                b"GET / ",
            )
        )
    if rng.random() < 0.5:
        # One thing is wrong, or two: a parser comes far before it sees it.
        words = f"{rng.choice(('GET', 'POST', 'PUT'))} {rng.choice(_PATHS)} HTTP/1.1"
        head, end = [words, "Host: wardwatch", *rng.choices(_HEADERS, k=rng.choice((0, 1, 2)))], "\r\n"
    else:
        words = " ".join((rng.choice(_METHODS), rng.choice(_PATHS), rng.choice(_VERSIONS)))
        head = [words, *rng.choices(_HEADERS, k=rng.choice((1, 2, 4, 40, 300)))]
        end = rng.choice(("\r\n", "\r\n", "\n", "\r"))
    content = end.join(head).encode("utf-8", "surrogateescape") + (end * 2).encode()
    content += rng.choice((b"", b"", b"{}", *_CHUNKS, rng.randbytes(100)))
    return content[: rng.randrange(len(content))] if rng.random() < 0.1 else content


_TEXTS: Final = (
    "",
    " ", "x", "\u0000", "\u202eabc", "\ud800", "a" * 10_000, "=cmd|' /C calc'!A0", "<script>alert(1)</script>",
    "../../x", "'; drop table watchlist.entry; --", "2026-02-30", "9999-12-31", "1e400", "NaN", "\r\nSet-Cookie: a=b",
    "%s%n{0}${x}", "\u00e9" * 300, "e\u0301" * 300, "\ufeff", "\U0001f469\u200d\U0001f4bb" * 50,
)  # fmt: skip
_NUMBERS: Final = (0, -1, 1, 10**30, -(10**30), 1.5, 1e308, 2**63, True, None)


def _value(rng: Random, depth: int = 0) -> object:
    match rng.randrange(6 if depth < 3 else 4):
        case 0:
            return rng.choice(_NUMBERS)
        case 4:
            return [_value(rng, depth + 1) for _ in range(rng.choice((0, 1, 3)))] * rng.choice((1, 1, 200))
        case 5:
            return {rng.choice(_TEXTS)[:40]: _value(rng, depth + 1) for _ in range(rng.choice((0, 1, 4)))}
        case _:
            return rng.choice(_TEXTS)


def body(properties: Mapping[str, object], rng: Random) -> bytes:
    """The next hostile JSON for an operation that takes an object with *properties*."""
    match rng.randrange(8):
        case 0:
            return rng.choice(
                (b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"{}{}", b"NaN", b"1" * 5000, b'{"a":' * 20_000)
            )
        case 1:
            return b"[" * rng.choice((10, 1000, 100_000))
        case 2:
            return b'{"a": "' + b"\\u0000" * 20_000 + b'"}'
    known = {name: _value(rng) for name in properties if rng.random() < 0.8}
    if rng.random() < 0.3:
        known[rng.choice(_TEXTS)[:60]] = _value(rng)
    return json.dumps(known).encode("utf-8", "surrogatepass")


def parameter(name: str, rng: Random) -> str:
    """The next hostile part of a path or a query, written for an address."""
    good = {
        "site": "x9",
        "position": "0",
        "which": "camera",
        "state": "living",
        "limit": "10",
        "generation": "1",
        "number": "7",
    }
    if rng.random() < 0.4:
        return good.get(name, "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
    return rng.choice(
        (
            "%00",
            "..",
            "%2e%2e%2f",
            "x" * 600,
            "-1",
            "9" * 40,
            "%ff",
            "a%0d%0ab",
            "*",
            "%F0%9F%98%80",
            "null",
            "%252e",
            "1e9",
        )
    )
