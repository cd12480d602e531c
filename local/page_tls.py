"""The files of the page's certificate and of the authority that signed it, the authority's key apart from both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from access.store import as_the_folder, replace, write_secret
from local import authority
from local.authority import Names, Pair
from services.chassis.errors import StartupError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where they lie: ``page`` holds what the page's process reads, ``root`` what only the making of certificates does.

    The chain in ``page.crt`` ends with the authority, so that the page can offer it to phones.
    """

    page: Path
    root: Path

    @classmethod
    def of(cls, home: Path) -> "TlsFiles":
        """Those of an installation on one machine."""
        return cls(home / "tls", home / "authority")

    @property
    def certificate(self) -> Path:
        """The page's certificate, then the authority's."""
        return self.page / "page.crt"

    @property
    def key(self) -> Path:
        """The key of the page's certificate."""
        return self.page / "page.key"

    @property
    def authority(self) -> Path:
        """The authority's certificate, which phones and programs trust."""
        return self.page / "page-ca.crt"

    @property
    def authority_key(self) -> Path:
        """The authority's key."""
        return self.root / "authority.key"


@dataclass(frozen=True, slots=True)
class Made:
    """How the files are now, and in words what was made anew."""

    authority: x509.Certificate
    certificate: x509.Certificate
    news: Sequence[str] = ()


def ensure(files: TlsFiles, names: Names, machine: str, now: datetime) -> Made:
    """Make what is missing, and what has to be renewed. Raises StartupError when that cannot be."""
    try:
        return _ensure(files, names, machine, now)
    except authority.CannotSign as error:
        raise StartupError(
            f"{error}: the authority of this machine signs for no other, so that it can harm nobody"
        ) from (error)
    except OSError as error:
        raise StartupError(f"{error.filename or files.page}: {error.strerror}") from error


def read(files: TlsFiles) -> Made | None:
    """The certificates as they are; None where there are none. Raises StartupError when they cannot be read."""
    try:
        chain = x509.load_pem_x509_certificates(files.certificate.read_bytes())
        root = x509.load_pem_x509_certificate(files.authority.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StartupError(f"the certificates in {files.page} cannot be read: {error}") from error
    return Made(root, chain[0])


def _ensure(files: TlsFiles, names: Names, machine: str, now: datetime) -> Made:
    news: list[str] = []
    for folder in (files.page, files.root):
        if not folder.is_dir():
            folder.mkdir(parents=True, mode=0o700)
            as_the_folder(folder, folder.parent)
    root = _authority(files)
    page = _page(files)
    if root is None or (why := authority.why_renew_authority(root, now)):
        news.append("a new authority" if root is None else f"a new authority, because {why}: install it on every phone")
        signs = authority.new_authority(machine, now)
        root = signs.certificate
        write_secret(files.authority_key, signs.key_pem)
        _publish(files.authority, signs.certificate_pem)
    why = None if page is None else authority.why_renew(page.certificate, root, names, now)
    if page is None or why:
        news.append("a certificate of the page" if page is None else f"a new certificate of the page, because {why}")
        signs = _signing(files)
        page = authority.new_certificate(signs, names, now)
        # The key first: a chain without its key, after a power cut between the two, is seen and made again.
        write_secret(files.key, page.key_pem)
        _publish(files.certificate, page.certificate_pem + signs.certificate_pem)
    return Made(root, page.certificate, news)


def _authority(files: TlsFiles) -> x509.Certificate | None:
    """The authority's certificate; its key may be kept elsewhere while nothing has to be signed."""
    try:
        return x509.load_pem_x509_certificate(files.authority.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StartupError(f"{files.authority} is no certificate: {error}") from error


def _signing(files: TlsFiles) -> Pair:
    """The authority with its key. Another one would have to be installed on every phone, so it is not made unasked."""
    try:
        return authority.read_pair(files.authority.read_bytes(), files.authority_key.read_bytes())
    except (FileNotFoundError, ValueError) as error:
        raise StartupError(
            f"{files.authority_key} is not the key of the authority in {files.authority}: put it back, or remove both"
            " to begin with a new authority, which every phone must then install"
        ) from error


def _page(files: TlsFiles) -> Pair | None:
    """The page's certificate and key; None where they are missing, or not of each other."""
    try:
        return authority.read_pair(files.certificate.read_bytes(), files.key.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _publish(path: Path, text: str) -> None:
    replace(path, text, mode=0o644, keep_owner=True)
