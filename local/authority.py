"""A certificate authority of this machine's own, and the page's certificate: made, judged, never stored here (ADR 89).

The authority may sign for private addresses and for names below .local and .lan, and for nothing else: whoever gets
hold of its key can pretend to be no bank. Keys are EC P-256. Times are arguments.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.addresses import PRIVATE, Address

# Browsers take no longer ones: CA/Browser Forum, Baseline Requirements 6.3.2.
LONGEST: Final = timedelta(days=397)
AUTHORITY_LIVES: Final = timedelta(days=3650)
# A machine that runs on for half a year after a start still has a certificate that holds.
RENEWED_BEFORE: Final = timedelta(days=180)
# Installing a new authority on every phone is work: it is begun a year before the old one ends.
AUTHORITY_RENEWED_BEFORE: Final = LONGEST
# Clocks of phones go wrong.
_EARLIER: Final = timedelta(hours=1)
DOMAINS: Final = ("local", "lan")
_LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
PERMITTED: Final = (*PRIVATE, *_LOOPBACK)


class CannotSign(ValueError):
    """A name or an address is not one that this authority may sign for. The text names it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the page is reached by."""

    addresses: tuple[Address, ...]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return f"Pair({self.certificate.subject.rfc4514_string()})"

    @property
    def certificate_pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def key_pem(self) -> str:
        """The key, not enciphered."""
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain).decode("ascii")


def read_pair(certificate_pem: bytes, key_pem: bytes) -> Pair:
    """Read the first certificate of a chain, and its key. Raises ValueError unless they are, and of each other."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("this key is not the certificate's")
    return Pair(certificate, key)


def new_authority(machine: str, now: datetime) -> Pair:
    """A root for the page of *machine*, which signs for private addresses, .local and .lan alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Wardwatch {machine}")
    permitted = [*(x509.DNSName(domain) for domain in DOMAINS), *(x509.IPAddress(network) for network in PERMITTED)]
    certificate = (
        _begun(name, name, key, now, AUTHORITY_LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, key)


def new_certificate(authority: Pair, names: Names, now: datetime) -> Pair:
    """A certificate of the page for *names*, signed by *authority*; it holds at most 397 days. Raises CannotSign."""
    for address in names.addresses:
        if not any(address.version == network.version and address in network for network in PERMITTED):
            raise CannotSign(f"{address} is not a private address")
    for host in names.hosts:
        if host.rpartition(".")[2] not in DOMAINS:
            raise CannotSign(f"{host} does not end with .local or .lan")
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = [*(x509.IPAddress(each) for each in names.addresses), *(x509.DNSName(each) for each in names.hosts)]
    issuer = authority.certificate
    ends = min(LONGEST - 2 * _EARLIER, issuer.not_valid_after_utc - now)
    certificate = (
        _begun(_name("Wardwatch"), issuer.subject, key, now, ends)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_issued_by(issuer), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Pair(certificate, key)


def names_in(certificate: x509.Certificate) -> Names:
    """What *certificate* is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Names(())
    addresses = found.get_values_for_type(x509.IPAddress)
    single = tuple(each for each in addresses if isinstance(each, ipaddress.IPv4Address | ipaddress.IPv6Address))
    return Names(single, tuple(found.get_values_for_type(x509.DNSName)))


def why_renew_authority(authority: x509.Certificate, now: datetime) -> str | None:
    """Why another authority is needed; None while this one does."""
    if authority.not_valid_after_utc - now < AUTHORITY_RENEWED_BEFORE:
        return f"the authority ends on {authority.not_valid_after_utc:%Y-%m-%d}"
    return None


def why_renew(certificate: x509.Certificate, authority: x509.Certificate, wanted: Names, now: datetime) -> str | None:
    """Why the page needs another certificate; None while *certificate* does."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return "it is of another authority"
    if now < certificate.not_valid_before_utc:
        return "it is not valid yet by this machine's clock"
    if certificate.not_valid_after_utc - now < RENEWED_BEFORE:
        return f"it ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    has = names_in(certificate)
    missing: Sequence[object] = [each for each in wanted.addresses if each not in has.addresses]
    missing = [*missing, *(each for each in wanted.hosts if each not in has.hosts)]
    return f"it is not for {', '.join(map(str, missing))}" if missing else None


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of *certificate*, as phones and systems show it."""
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + lives)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _issued_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
