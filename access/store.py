"""The credentials folder: one seed file per service user, the public keys of everyone, and secrets of list and authors.

``users.json`` maps user names to public keys, ``federation.json`` says which other brokers there are links with: they
are what the server's configuration is made from. A camera's seed is not kept here: it is handed out once, by
``add_camera``.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from access import grants, render
from access.federation import NO_LINKS, Federation, domain_of
from access.keys import UserKey, new_user_key, read_user_key
from access.wrapping import SECRET_BYTES, WRAPPING_KEYS, WrappingSecrets
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Author, Place, camera_id, site_id
from services.chassis import delivery_keys, federation_keys, hints
from services.chassis.delivery_keys import DeliveryKeys
from services.chassis.errors import StartupError
from services.chassis.federation_keys import FederationKeys, FederationPublic
from services.chassis.settings import read_keys
from services.chassis.signing import AUTHORS_FILE, KEY_BYTES, Signer, key_file

USERS = "users.json"
ACCOUNTS = "accounts.conf"
FEDERATION = "federation.json"
JOINED = "joined"
LINKS = "federation.conf"
DOMAIN = "jetstream.conf"
JETSTREAM_KEY = "jetstream.key"
IDENTITY_KEY = "identity.key"
CROPS_KEY = "crops.key"
LINK_SEED = "federation-link.nk"
_POINT: Final = (Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A credentials folder that has been initialised."""

    folder: Path

    def seed_file(self, user: str) -> Path:
        """Where the seed of *user* is, or would be, kept."""
        # What lists were joined with lies apart: who works them sees no other seed.
        return (self.joined() if subjects.is_joined_user(user) else self.folder) / f"{user}.nk"

    def joined(self) -> Path:
        """Where the seeds of lists that were joined are kept."""
        return self.folder / JOINED

    def users(self) -> Mapping[str, str]:
        """Public keys by user name. Raises StartupError when the folder was never initialised."""
        try:
            text = (self.folder / USERS).read_text(encoding="utf-8")
        except OSError as error:
            raise StartupError(
                f"no credentials in {self.folder} ({error.strerror}); make them with: "
                f"{hints.command('credentials', 'init', self.folder.absolute())}"
            ) from error
        return {str(user): str(key) for user, key in json.loads(text).items()}

    def accounts_file(self) -> Path:
        """The server's accounts configuration, kept in step with the users."""
        return self.folder / ACCOUNTS

    def links_file(self) -> Path:
        """The server's links to other brokers, beside the accounts; it names the seeds of links."""
        return self.folder / LINKS

    def domain_file(self) -> Path:
        """What the server's ``jetstream`` block says of the domain."""
        return self.folder / DOMAIN

    def domain(self) -> str:
        """The JetStream domain of this installation's broker."""
        return domain_of(_link_key(self).public)

    def jetstream_key(self) -> str:
        """The key that JetStream's files are enciphered with."""
        return (self.folder / JETSTREAM_KEY).read_text(encoding="ascii").strip()


def initialise(
    folder: Path, *, keys: Path | None = None, identity: Path | None = None, signing: Path | None = None
) -> Credentials:
    """Make every service user that *folder* lacks and write the accounts configuration. Safe to repeat.

    The secrets that the list is sealed under are made beside them, or in the folder *keys* where the broker must not
    see them; the one of identity numbers in *identity*, where matchers must not see it either: from *keys*, its former
    place, it is moved. In *signing* are made the keys by which authors sign, and what readers know them by: the broker
    must not see the former either. The keys of deliveries and of federation lie there too.
    Raises StartupError when both places have one and the two differ.
    """
    for made in (folder, keys or folder, identity or keys or folder, signing or keys or folder):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.chmod(0o700)
    credentials = Credentials(folder)
    with alone(folder):
        users = dict(credentials.users()) if (folder / USERS).exists() else {}
        if not (folder / JETSTREAM_KEY).exists():
            # The server reads it as a value of its configuration, and up to 2.15.0 takes 5e4b… for a faulty number.
            write_secret(folder / JETSTREAM_KEY, f"k{secrets.token_hex(32)}")
        _make_list_secrets(keys or folder, identity or keys or folder)
        _make_signing_keys(signing or keys or folder)
        _make_delivery_keys(signing or keys or folder)
        _make_federation_keys(credentials, signing or keys or folder)
        _write_users(credentials, users)
    return credentials


def read_federation(credentials: Credentials) -> Federation:
    """The links of this installation; none where there never were any. Raises StartupError when they cannot be read."""
    path = credentials.folder / FEDERATION
    return read_keys(path, Federation.parse, what="the federation") if path.exists() else NO_LINKS


def write_federation(credentials: Credentials, federation: Federation) -> None:
    """Put *federation* in place of what was there and write the configuration; the server must then be told to reload.

    A listener that comes, goes or moves needs a restart of the server. Raises ValueError where *federation* is faulty.
    """
    change_federation(credentials, lambda _: federation)


def change_federation(credentials: Credentials, change: Callable[[Federation], Federation]) -> Federation:
    """The same for what *change* makes of the present one, which nobody else changes meanwhile; returns that."""
    with alone(credentials.folder):
        # Read back, so that nothing is written down which could not be read.
        federation = Federation.parse(change(read_federation(credentials)).text())
        users = dict(credentials.users())
        write_secret(credentials.folder / FEDERATION, federation.text())
        _write_users(credentials, users)
        _forget_links(credentials, federation)
    return federation


def _forget_links(credentials: Credentials, federation: Federation) -> None:
    """Remove the seeds of those who worked lists that are no longer joined."""
    kept = {subjects.joined_user(link.list) for link in federation.links}
    for path in credentials.joined().glob("*.nk"):
        if path.stem not in kept:
            path.unlink()


def add_camera(credentials: Credentials, place: Place) -> UserKey:
    """Give the camera at *place* a new key and write the configuration; the server must then be told to reload.

    A camera that had a key loses it. Raises StartupError when its private inbox would be another camera's.
    """
    user, key = subjects.camera_user(place), new_user_key()
    inbox = subjects.inbox_prefix(user)
    with alone(credentials.folder):
        users = credentials.users()
        for other in users:
            if other != user and subjects.inbox_prefix(other) == inbox:
                raise StartupError(
                    f"{user} and {other} would share a private inbox; choose another name for the camera"
                )
        _write_users(credentials, {**users, user: key.public})
    return key


def remove_camera(credentials: Credentials, place: Place) -> bool:
    """Withdraw a camera's credential, and its seed if it was kept; returns whether it had one.

    The server must then be told to reload.
    """
    user = subjects.camera_user(place)
    with alone(credentials.folder):
        users = dict(credentials.users())
        had = users.pop(user, None) is not None
        _write_users(credentials, users)
        credentials.seed_file(user).unlink(missing_ok=True)
    return had


def write_secret(path: Path, text: str) -> None:
    """Put *text* in *path* so that only its owner can read it, at no moment otherwise, and never half of it."""
    replace(path, text, mode=0o600, keep_owner=True)


def as_the_folder(made: int | Path, folder: Path) -> None:
    """Give what root has *made* to whom *folder* belongs: an installation's own account must be able to read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


def replace(path: Path, text: str, *, mode: int, keep_owner: bool = False) -> None:
    """Put *text* in *path* in one step; with *keep_owner* it is its folder's, also when root does this."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
        if keep_owner:
            as_the_folder(file.fileno(), path.parent)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    # The new name is only certain once the folder is written: a power cut must not bring the old content back.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make_list_secrets(keys: Path, identity: Path) -> None:
    """Make what data keys are wrapped by, and what identity numbers are sealed by, where it is missing."""
    if not (keys / WRAPPING_KEYS).exists():
        write_secret(keys / WRAPPING_KEYS, WrappingSecrets.first(secrets.token_bytes(SECRET_BYTES)).text())
    made = identity / IDENTITY_KEY
    # Before matchers had a folder of their own it lay beside the wrapping keys.
    former = keys / IDENTITY_KEY
    moves = identity != keys and former.exists()
    if not made.exists():
        write_secret(made, former.read_text(encoding="ascii") if moves else secrets.token_hex(SECRET_BYTES))
    if moves:
        # Of two different keys one opens the numbers in the database, and only a person can say which.
        if former.read_bytes() != made.read_bytes():
            raise StartupError(
                f"{former} and {made} are different keys; keep the one that the database was sealed with"
            )
        former.unlink()


def _make_signing_keys(folder: Path) -> None:
    """Make the signing key of each author that has none, and write down what readers know all of them by.

    And the secret that keys of alerts' faces are wrapped by, which the broker must not see either.

    Where a key was taken away a new one is made: what the former signed is then believed no longer.
    """
    if not (folder / CROPS_KEY).exists():
        write_secret(folder / CROPS_KEY, secrets.token_hex(SECRET_BYTES))
    public: dict[str, str] = {}
    for author in Author:
        path = folder / key_file(author)
        if not path.exists():
            write_secret(path, secrets.token_hex(KEY_BYTES))
        signer = read_keys(path, partial(Signer.parse, author), what=f"the signing key of {author}")
        public[author] = signer.public
    text = json.dumps(public, indent=2) + "\n"
    known = folder / AUTHORS_FILE
    if not known.exists() or known.read_text(encoding="ascii") != text:
        replace(known, text, mode=0o600, keep_owner=True)


def _make_delivery_keys(folder: Path) -> None:
    """Make the keys of the delivery service where they are missing, and write down their public half."""
    path = folder / delivery_keys.PRIVATE_FILE
    if not path.exists():
        write_secret(path, DeliveryKeys.new().text())
    keys = read_keys(path, DeliveryKeys.parse, what="the keys of deliveries")
    point = ec.derive_private_key(keys.vapid, ec.SECP256R1()).public_key().public_bytes(*_POINT)
    text, known = delivery_keys.public_text(point, keys.sealing_public()), folder / delivery_keys.PUBLIC_FILE
    if not known.exists() or known.read_text(encoding="ascii") != text:
        replace(known, text, mode=0o600, keep_owner=True)


def _make_federation_keys(credentials: Credentials, folder: Path) -> None:
    """Make the keys of federation where they are missing: of lists and hospitals, and of the broker's link."""
    path = folder / federation_keys.PRIVATE_FILE
    if not path.exists():
        write_secret(path, FederationKeys.new().text())
    public = FederationPublic(_link_key(credentials).public)
    known = folder / federation_keys.PUBLIC_FILE
    if not known.exists() or known.read_text(encoding="ascii") != public.text():
        replace(known, public.text(), mode=0o600, keep_owner=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold *folder*: the users are read, changed and written whole, so two changes at once would lose one."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StartupError(f"credentials in {folder} cannot be changed: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_users(credentials: Credentials, users: Mapping[str, str]) -> None:
    """Write down *users*, with a key for each that has none and the installation needs, and what the server reads."""
    federation = read_federation(credentials)
    needed = [*grants.services(), *(grants.joined(link) for link in federation.links)]
    known = {grant.user: grant for grant in needed}
    wanted = {*known, *([] if federation.hub is None else [grants.SYSTEM])}
    held = {user: key for user, key in users.items() if user in wanted or _is_camera(user)}
    if not credentials.joined().exists():
        credentials.joined().mkdir(mode=0o700)
        as_the_folder(credentials.joined(), credentials.folder)
    for user in wanted:
        if user not in held or not credentials.seed_file(user).exists():
            made = new_user_key()
            write_secret(credentials.seed_file(user), made.seed)
            held[user] = made.public
    given = [
        grants.camera(_camera(user)) if _is_camera(user) else known[user]
        for user in sorted(held)
        if user != grants.SYSTEM
    ]
    link = _link_key(credentials)
    write_secret(credentials.folder / USERS, json.dumps(held, indent=2, sort_keys=True))
    write_secret(credentials.accounts_file(), render.accounts(given, held, federation, link_key=link.public))
    write_secret(credentials.links_file(), render.links(federation, link))
    write_secret(credentials.domain_file(), render.domain(link.public))


def _link_key(credentials: Credentials) -> UserKey:
    """The key of this installation's links, made when there is none."""
    seed = credentials.folder / LINK_SEED
    if not seed.exists():
        write_secret(seed, new_user_key().seed)
    # The server would print a mistyped one in its log.
    return read_keys(seed, read_user_key, what="the seed of the link to other hospitals")


def _is_camera(user: str) -> bool:
    return user.startswith("camera.")


def _camera(user: str) -> Place:
    _, site, camera = user.split(".")
    return Place(site_id(site), camera_id(camera))
