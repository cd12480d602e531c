"""Keys that are renewed: made and announced here, accepted by two accounts on the other side, then used alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from access import store
from cli import output
from cli.federation import standing
from cli.federation.arguments import List
from cli.watchlist.desk_requests import As, validated, with_desk
from local import context
from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1 import statements
from services.chassis import hints
from services.chassis.errors import StartupError
from services.chassis.federation_keys import FederationKeys
from services.chassis.settings import read_keys

# Exit code: somebody has not accepted the announced keys yet.
WAITS: Final = 2

OneHospital = Annotated[
    str, typer.Argument(help="A hospital, at its publisher; without it: the publisher's key.", metavar="[HOSPITAL]")
]


def rotate(
    name: As,
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait any longer: who has not accepted is left behind.")
    ] = False,
) -> None:
    """Renew this installation's keys. The first call announces, a later one ends it. Exit code 2: some have to accept.

    What is signed by the present key is believed alone; after a theft remove and invite anew instead.
    """
    file = context.load().federation_keys_file
    keys = read_keys(file, FederationKeys.parse, what="the keys of federation")
    found = standing.asked(name)
    waits = False
    if any(sharing.hospitals for sharing in found.published):
        keys, missing = _publisher(file, keys, not_believing(keys, found.published), now)
        waits |= missing
    if any(each.joined_at and not each.left_at for each in found.joined):
        keys, missing = _hospital(file, keys, not_sealing(keys, found.joined), now)
        waits |= missing
    raise typer.Exit(code=WAITS if waits else 0)


def accept(name_of_list: List, name: As, hospital: OneHospital = "") -> None:
    """Accept announced keys, signed by the former one; they count once two accounts have accepted the same."""
    found = standing.asked(name, name_of_list)
    if hospital:
        of = next((h for each in found.published for h in each.hospitals if h.hospital == hospital), None)
        renewal, title = (None, hospital) if of is None else (of.renewal, of.title)
    else:
        joined = next(iter(found.joined), None)
        renewal, title = (None, name_of_list) if joined is None else (joined.renewal, joined.title)
    if renewal is None or renewal.accepted_by is not None:
        raise StartupError(f"{title} has announced no keys that wait to be accepted")
    output.line(f"next keys of {title}, signed by the former one: {renewal.fingerprint}")
    body = validated(views.RenewalRequest, fingerprint=renewal.fingerprint)
    if hospital:
        target = {"list": name_of_list, "hospital": hospital}
        done = with_desk(
            name, lambda desk: desk.read(views.HospitalView, "accept_hospital_keys", target=target, body=body)
        ).renewal
    else:
        target = {"list": name_of_list}
        done = with_desk(
            name, lambda desk: desk.read(views.SubscriptionView, "accept_publisher_key", target=target, body=body)
        ).renewal
    if done is not None and done.accepted_by is None:
        again = hints.command("federation", "accept", name_of_list, *([hospital] if hospital else []), by=hints.ANOTHER)
        output.line(f"another account accepts them with: {again}")
    else:
        output.line(f"the next keys of {title} are believed")


def not_believing(keys: FederationKeys, published: Sequence[views.SharingView]) -> list[str]:
    """Hospitals, by their titles, that do not believe the announced key of this publisher."""
    if keys.next_publisher is None:
        return []
    made = statements.key_id(statements.public_bytes(keys.next_publisher))
    return [
        f"{each.title} ({sharing.published.list})"
        for sharing in published
        for each in sharing.hospitals
        if each.state == "admitted" and (each.hello is None or each.hello.publisher != made)
    ]


def not_sealing(keys: FederationKeys, joined: Sequence[views.SubscriptionView]) -> list[str]:
    """Lists, by their titles, of which not everything is sealed to the announced key of this hospital."""
    return [each.title for each in joined if each.joined_at and not each.left_at and each.own_key != keys.next_sealing]


def _publisher(file: Path, keys: FederationKeys, missing: Sequence[str], now: bool) -> tuple[FederationKeys, bool]:
    if keys.next_publisher is None:
        kept = _write(file, keys.with_next_publisher())
        output.line("another key of this publisher is announced; at each hospital two accounts accept it with:")
        output.line(hints.command("federation", "accept", "LIST", by="NAME"))
        return kept, True
    return _ended(file, keys, missing, now, "the publisher's key", FederationKeys.publisher_renewed)


def _hospital(file: Path, keys: FederationKeys, missing: Sequence[str], now: bool) -> tuple[FederationKeys, bool]:
    if keys.next_signing is None:
        kept = _write(file, keys.with_next_hospital())
        output.line("other keys of this hospital are announced; at each publisher two accounts accept them with:")
        output.line(hints.command("federation", "accept", "LIST", "HOSPITAL", by="NAME"))
        return kept, True
    return _ended(file, keys, missing, now, "the hospital's keys", FederationKeys.hospital_renewed)


def _ended(
    file: Path,
    keys: FederationKeys,
    missing: Sequence[str],
    now: bool,
    what: str,
    ended: Callable[[FederationKeys], FederationKeys],
) -> tuple[FederationKeys, bool]:
    if missing and not now:
        output.line(f"{what}: announced, and not accepted yet by {', '.join(missing)}")
        return keys, True
    kept = _write(file, ended(keys))
    output.line(f"{what}: renewed, and the former one is gone from {file}")
    if missing:
        output.line(f"left behind, to be invited anew unless they accept: {', '.join(missing)}")
    output.line(f"put a copy of {file} in a safe place, and destroy the copies of the former one")
    return kept, False


def _write(file: Path, keys: FederationKeys) -> FederationKeys:
    store.write_secret(file, keys.text())
    return keys
