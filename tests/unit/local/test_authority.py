"""The authority of a machine signs for private addresses and local names alone; certificates are renewed in time."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st

from local import authority, page_tls
from local.authority import CannotSign, Names, Pair
from local.page_tls import TlsFiles
from services.chassis.errors import StartupError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAMES = Names((ip_address("192.168.1.5"), ip_address("fd00::5")), ("ward.local",))
ROOT = authority.new_authority("ward", NOW)
PAGE = authority.new_certificate(ROOT, NAMES, NOW)


def verified(leaf: x509.Certificate, name: str, root: x509.Certificate = ROOT.certificate) -> None:
    """As a browser does it that trusts *root* alone. Raises VerificationError."""
    subject: x509.IPAddress | x509.DNSName
    try:
        subject = x509.IPAddress(ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    PolicyBuilder().store(Store([root])).time(NOW).build_server_verifier(subject).verify(leaf, [])


def signed_for(*alternatives: x509.GeneralName) -> x509.Certificate:
    """What a thief of the authority's key signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT.key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ROOT.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
        .add_extension(issued, critical=False)
        .sign(ROOT.key, hashes.SHA256())
    )


@pytest.mark.parametrize("name", ["192.168.1.5", "fd00::5", "ward.local"])
def test_the_page_is_trusted_by_what_it_is_reached_by(name: str) -> None:
    verified(PAGE.certificate, name)


def test_it_is_trusted_by_no_other_address_and_under_no_other_authority() -> None:
    other = authority.new_authority("ward", NOW)

    with pytest.raises(VerificationError):
        verified(PAGE.certificate, "192.168.1.6")
    with pytest.raises(VerificationError):
        verified(PAGE.certificate, "192.168.1.5", other.certificate)


@pytest.mark.parametrize(
    ("name", "alternative"),
    [
        ("bank.example", x509.DNSName("bank.example")),
        ("local.example", x509.DNSName("local.example")),
        ("notlan", x509.DNSName("notlan")),
        ("8.8.8.8", x509.IPAddress(ip_address("8.8.8.8"))),
        ("172.32.0.1", x509.IPAddress(ip_address("172.32.0.1"))),
        ("2001:db8::1", x509.IPAddress(ip_address("2001:db8::1"))),
    ],
)
def test_whoever_steals_the_key_can_pretend_to_be_nobody_outside(name: str, alternative: x509.GeneralName) -> None:
    with pytest.raises(VerificationError):
        verified(signed_for(alternative), name)


def test_the_thiefs_certificates_are_refused_for_their_names_alone() -> None:
    verified(signed_for(x509.IPAddress(ip_address("10.1.2.3"))), "10.1.2.3")
    verified(signed_for(x509.DNSName("desk.lan")), "desk.lan")


@pytest.mark.parametrize("names", [Names((ip_address("8.8.8.8"),)), Names((), ("hospital.example",))])
def test_what_it_may_not_sign_for_is_said_before(names: Names) -> None:
    with pytest.raises(CannotSign):
        authority.new_certificate(ROOT, names, NOW)


def test_keys_lives_and_uses_are_what_browsers_ask_for() -> None:
    for pair in (ROOT, PAGE):
        assert isinstance(pair.key.curve, ec.SECP256R1)
    assert PAGE.certificate.not_valid_after_utc - PAGE.certificate.not_valid_before_utc <= timedelta(days=397)
    basic = ROOT.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert ROOT.certificate.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert not PAGE.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert authority.names_in(PAGE.certificate) == NAMES


def test_keys_are_not_in_a_repr() -> None:
    assert repr(ROOT) == "Pair(CN=Wardwatch ward)"


# -- when it is renewed --


@given(st.timedeltas(timedelta(0), timedelta(days=420)))
def test_a_certificate_is_renewed_half_a_year_before_its_end(later: timedelta) -> None:
    why = authority.why_renew(PAGE.certificate, ROOT.certificate, NAMES, NOW + later)

    left = PAGE.certificate.not_valid_after_utc - (NOW + later)
    assert (why is not None) == (left < timedelta(days=180))


@given(st.timedeltas(timedelta(0), timedelta(days=3700)))
def test_an_authority_is_renewed_before_it_cuts_a_certificate_short(later: timedelta) -> None:
    if authority.why_renew_authority(ROOT.certificate, NOW + later) is None:
        page = authority.new_certificate(ROOT, NAMES, NOW + later)
        assert page.certificate.not_valid_after_utc < ROOT.certificate.not_valid_after_utc
        assert page.certificate.not_valid_after_utc - (NOW + later) > timedelta(days=390)


def test_a_new_address_or_name_renews_it_and_says_which() -> None:
    moved = Names((*NAMES.addresses, ip_address("10.0.0.9")), (*NAMES.hosts, "ward.lan"))

    assert authority.why_renew(PAGE.certificate, ROOT.certificate, NAMES, NOW) is None
    assert authority.why_renew(PAGE.certificate, ROOT.certificate, Names(NAMES.addresses[:1]), NOW) is None
    assert authority.why_renew(PAGE.certificate, ROOT.certificate, moved, NOW) == "it is not for 10.0.0.9, ward.lan"


def test_one_of_another_authority_or_of_the_future_is_renewed() -> None:
    other = authority.new_authority("ward", NOW)

    assert authority.why_renew(PAGE.certificate, other.certificate, NAMES, NOW) == "it is of another authority"
    early = authority.why_renew(PAGE.certificate, ROOT.certificate, NAMES, NOW - timedelta(days=2))
    assert early == "it is not valid yet by this machine's clock"


# -- its files --


def test_files_are_made_once_and_the_secret_ones_are_their_owners(tmp_path: Path) -> None:
    files = TlsFiles.of(tmp_path)

    first, again = page_tls.ensure(files, NAMES, "ward", NOW), page_tls.ensure(files, NAMES, "ward", NOW)

    assert list(first.news) == ["a new authority", "a certificate of the page"]
    assert list(again.news) == []
    assert again.certificate == first.certificate
    assert {path.stat().st_mode & 0o777 for path in (files.key, files.authority_key)} == {0o600}
    assert files.root not in files.key.parents
    chain = x509.load_pem_x509_certificates(files.certificate.read_bytes())
    assert chain == [first.certificate, first.authority]


def test_another_address_renews_the_certificate_and_keeps_the_authority(tmp_path: Path) -> None:
    files = TlsFiles.of(tmp_path)
    first = page_tls.ensure(files, NAMES, "ward", NOW)

    moved = page_tls.ensure(files, Names((ip_address("10.0.0.9"),)), "ward", NOW)

    assert list(moved.news) == ["a new certificate of the page, because it is not for 10.0.0.9"]
    assert moved.authority == first.authority
    verified(moved.certificate, "10.0.0.9", first.authority)


def test_an_authority_near_its_end_is_replaced_and_phones_are_spoken_of(tmp_path: Path) -> None:
    files = TlsFiles.of(tmp_path)
    page_tls.ensure(files, NAMES, "ward", NOW)

    late = page_tls.ensure(files, NAMES, "ward", NOW + timedelta(days=3300))

    assert "install it on every phone" in late.news[0]
    assert len(late.news) == 2


def test_a_key_kept_elsewhere_is_asked_for_only_when_something_is_signed(tmp_path: Path) -> None:
    files = TlsFiles.of(tmp_path)
    page_tls.ensure(files, NAMES, "ward", NOW)
    files.authority_key.unlink()

    assert list(page_tls.ensure(files, NAMES, "ward", NOW).news) == []
    with pytest.raises(StartupError, match="put it back, or remove both"):
        page_tls.ensure(files, Names((ip_address("10.0.0.9"),)), "ward", NOW)


def test_a_chain_without_its_key_is_made_again(tmp_path: Path) -> None:
    files = TlsFiles.of(tmp_path)
    page_tls.ensure(files, NAMES, "ward", NOW)
    files.key.write_text(authority.new_authority("x", NOW).key_pem)

    assert list(page_tls.ensure(files, NAMES, "ward", NOW).news) == ["a certificate of the page"]
    authority.read_pair(files.certificate.read_bytes(), files.key.read_bytes())


def test_what_it_may_not_sign_for_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"hospital\.example does not end with \.local or \.lan: the authority"):
        page_tls.ensure(TlsFiles.of(tmp_path), Names((), ("hospital.example",)), "ward", NOW)


def test_a_pair_must_belong_together() -> None:
    with pytest.raises(ValueError, match="not the certificate's"):
        authority.read_pair(PAGE.certificate.public_bytes(serialization.Encoding.PEM), ROOT.key_pem.encode())
    assert isinstance(authority.read_pair(PAGE.certificate_pem.encode(), PAGE.key_pem.encode()), Pair)
