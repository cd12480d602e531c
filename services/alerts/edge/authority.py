"""The authority that the page's certificate is of, as phones install it: certificate, Apple's profile, and how."""

import base64
import hashlib
import plistlib
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.alerts.edge.pages import FOLDER, File
from services.chassis.errors import StartupError

CERTIFICATE: Final = "/ca.crt"
PROFILE: Final = "/ca.mobileconfig"
EXPLAINED: Final = "/install"
LANGUAGES: Final = ("en", "zh")
_STYLE: Final = "/install/install.css"
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Authority:
    """A root that a certificate chain ends with. ``name`` is its common name."""

    der: bytes
    name: str

    @property
    def fingerprint(self) -> str:
        """SHA-256, as phones and systems show it."""
        digest = hashlib.sha256(self.der).hexdigest().upper()
        return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))

    def files(self, folder: Path = FOLDER / "install") -> Mapping[str, File]:
        """Everything a phone needs to install it, by address. Nothing of it is secret."""
        found = {
            CERTIFICATE: File.of(ssl.DER_cert_to_PEM_cert(self.der).encode("ascii"), "application/x-x509-ca-cert"),
            PROFILE: File.of(self._profile(), "application/x-apple-aspen-config"),
            _STYLE: File.of((folder / "install.css").read_bytes(), "text/css"),
        }
        for language in LANGUAGES:
            page = (folder / f"{language}.html").read_text(encoding="utf-8")
            filled = page.replace("FINGERPRINT", self.fingerprint)
            found[f"{EXPLAINED}/{language}"] = File.of(filled.encode(), "text/html")
        return found

    def _profile(self) -> bytes:
        """A configuration profile (Apple's Configuration Profile Reference), the same one for the same certificate."""
        unique = uuid5(NAMESPACE_URL, f"wardwatch:{self.fingerprint}")
        payload = {
            "PayloadType": "com.apple.security.root",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"wardwatch.authority.{unique}",
            "PayloadUUID": str(uuid5(unique, "certificate")).upper(),
            "PayloadDisplayName": self.name,
            "PayloadCertificateFileName": "wardwatch.cer",
            "PayloadContent": self.der,
        }
        return plistlib.dumps(
            {
                "PayloadType": "Configuration",
                "PayloadVersion": 1,
                "PayloadIdentifier": f"wardwatch.{unique}",
                "PayloadUUID": str(unique).upper(),
                "PayloadDisplayName": self.name,
                "PayloadContent": [payload],
            }
        )


def of_chain(certificate: Path) -> Authority | None:
    """The self-signed authority among the certificates in the file *certificate*; None where it holds none.

    Raises StartupError when the file cannot be read.
    """
    try:
        blocks = _PEM.findall(certificate.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise StartupError(f"certificate {certificate} cannot be read: {error}") from error
    for block in reversed(blocks):
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            trusted.load_verify_locations(cadata=block)
        except ssl.SSLError as error:
            raise StartupError(f"certificate {certificate} cannot be read: {error}") from error
        for known in trusted.get_ca_certs():  # none that may sign for nobody
            if known["subject"] == known["issuer"]:
                der = base64.b64decode("".join(block.splitlines()[1:-1]))
                return Authority(der, _common_name(known["subject"]))
    return None


def files_of(certificate: Path | None) -> Mapping[str, File]:
    """What is offered to phones where the chain *certificate* ends with an authority; nothing elsewhere."""
    known = None if certificate is None else of_chain(certificate)
    return {} if known is None else known.files()


def language_of(accepted: str) -> str:
    """The language of the page for a browser that sends *accepted*."""
    return "zh" if accepted.strip().lower().startswith("zh") else "en"


def _common_name(subject: object) -> str:
    names = re.search(r"'commonName', '([^']*)'", repr(subject))
    return names[1] if names else "Wardwatch"
