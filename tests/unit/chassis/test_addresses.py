"""What of a camera's address is shown."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.chassis import addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://10.0.0.5/live", "rtsp://10.0.0.5"),
        ("rtsp://admin:s3cret@10.0.0.5:554/ch1", "rtsp://10.0.0.5:554"),
        ("RTSP://admin:s3cret@gate-2.example:554/ch1", "rtsp://gate-2.example:554"),
        ("rtsp://admin:s3@cret@10.0.0.5/ch1", "rtsp://10.0.0.5"),
        ("rtsp://admin:s3%2Fcret@[fe80::1]:554/ch1", "rtsp://[fe80::1]:554"),
        ("rtsp://admin:s3 cret@[fe80::1%25eth0]/ch1", "rtsp://[fe80::1%25eth0]"),
        ("rtsp://10.0.0.5/user=admin&password=s3cret&channel=1", "rtsp://10.0.0.5"),
        ("http://10.0.0.5/cgi-bin/mjpg?usr=admin&pwd=s3cret", "http://10.0.0.5"),
        ("rtsp://10.0.0.5/live?token=s3cret#s3cret", "rtsp://10.0.0.5"),
        ("rtsp://admin:s3/cret@10.0.0.5/ch1", "rtsp://…"),
        ("rtsp://admin:12/s3cret@10.0.0.5/ch1", "rtsp://…"),
        ("rtsp://admin:s3#cret@10.0.0.5/ch1", "rtsp://…"),
        ("rtsp://admin:s3?cret@10.0.0.5/ch1", "rtsp://…"),
        ("rtsp://admin:s3\\cret@10.0.0.5/ch1", "rtsp://…"),
        ("s3cret://10.0.0.5/ch1", "…"),
        ("admin:s3://cret@10.0.0.5/ch1", "…"),
        ("admin:s3cret@10.0.0.5/ch1", "…"),
        ("rtsp:/admin:s3cret@10.0.0.5/ch1", "…"),
        ("//admin/s3cret", "…"),
        ("10.0.0.5/live/s3cret", "…"),
        ("/films/gate 2.mp4", "/films/gate 2.mp4"),
        ("gate-2.mp4", "gate-2.mp4"),
        ("usb:0", "usb:0"),
    ],
)
def test_scheme_and_host_are_shown_and_nothing_that_may_be_secret(address: str, shown: str) -> None:
    assert addresses.shown(address) == shown


# No part of these is in a host, a scheme or a name of ours.
SECRETS = st.text(st.sampled_from("XYZ/#?@%:&=;\\ $'\"é\n\t[]"), min_size=1, max_size=12).map(lambda t: f"Q{t}Q")
FORMS = st.sampled_from(
    [
        "{scheme}://{user}:{secret}@{host}/ch1",
        "{scheme}://{secret}@{host}/ch1",
        "{scheme}://{secret}:{secret}@{host}",
        "{scheme}:/{user}:{secret}@{host}/ch1",
        "{scheme}:{user}:{secret}@{host}/ch1",
        "{scheme}//{user}:{secret}@{host}/ch1",
        "{scheme}:\\\\{user}:{secret}@{host}/ch1",
        "{user}:{secret}@{host}/ch1",
        "//{user}:{secret}@{host}/ch1",
        " {scheme}://{user}:{secret}@{host}/ch1 ",
        "{scheme}://{host}/user={user}&password={secret}&channel=1",
        "{scheme}://{host}/cgi-bin/mjpg?usr={user}&pwd={secret}",
        "{scheme}://{host}/ch1?token={secret}",
        "{scheme}://{host}/{secret}/ch1",
        "{host}/ch1?token={secret}",
        "{host}/{secret}",
    ]
)


@st.composite
def secret_addresses(draw: st.DrawFn) -> tuple[str, str]:
    secret = draw(SECRETS)
    written = draw(st.sampled_from([secret, quote(secret, safe="")]))
    address = draw(FORMS).format(
        scheme=draw(st.sampled_from(["rtsp", "RTSP", "rtsps", "http", "https", "ftp"])),
        user=draw(st.sampled_from(["admin", "", "a@b"])),
        secret=written,
        host=draw(st.sampled_from(["10.0.0.5", "10.0.0.5:554", "[fe80::1]:554", "gate-2"])),
    )
    return secret, address


@given(secret_addresses())
def test_no_form_of_address_shows_its_secret(pair: tuple[str, str]) -> None:
    secret, address = pair

    shown = addresses.shown(address)

    assert "Q" not in shown
    assert secret not in shown


@given(secret_addresses())
@example(("Q://Q", "10.0.0.5/ch1?token=Q://Q"))
def test_an_address_with_a_password_is_known_to_hold_one(pair: tuple[str, str]) -> None:
    _, address = pair
    marked = "@" in address or "=" in address

    assert addresses.may_hold_password(address) or not marked
