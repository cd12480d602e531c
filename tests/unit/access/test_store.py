"""The credentials folder."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from access import links, store
from access.federation import NO_LINKS, Federation, Hub, Link
from access.keys import new_user_key, read_user_key
from access.wrapping import WrappingSecrets
from proto.wardwatch.v1 import sealing, subjects
from proto.wardwatch.v1.subjects import Author, Place, camera_id, site_id
from services.chassis.errors import StartupError
from services.watchlist.keys.identity_keys import IdentityKeys


def place(camera: str, site: str = "h1") -> Place:
    return Place(site_id(site), camera_id(camera))


def _files(folder: Path) -> list[Path]:
    """Every file in *folder*, those of joined lists too."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_every_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path / "c")

    for path in _files(credentials.folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(credentials.folder.stat().st_mode) == 0o700


def test_the_key_of_the_broker_s_store_cannot_be_taken_for_a_number(tmp_path: Path) -> None:
    key = store.initialise(tmp_path).jetstream_key()

    assert key[0].isalpha()
    assert len(set(key)) > 8


def test_initialising_again_keeps_every_seed(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    store.add_camera(credentials, place("gate"))
    before = {path.name: path.read_bytes() for path in _files(tmp_path)}

    store.initialise(tmp_path)

    assert {path.name: path.read_bytes() for path in _files(tmp_path)} == before


def test_a_lost_seed_is_replaced(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    old = credentials.users()["detector"]
    credentials.seed_file("detector").unlink()

    store.initialise(tmp_path)

    seed = credentials.seed_file("detector").read_text()
    assert credentials.users()["detector"] == read_user_key(seed).public != old


def test_a_camera_s_seed_is_handed_out_and_not_kept(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)

    key = store.add_camera(credentials, place("gate"))

    assert key.public in credentials.accounts_file().read_text()
    assert all(key.seed not in path.read_text() for path in _files(tmp_path))


def test_cameras_that_would_share_an_inbox_are_refused(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    store.add_camera(credentials, place("b-c", site="a"))

    with pytest.raises(StartupError, match="share a private inbox"):
        store.add_camera(credentials, place("c", site="a-b"))


def test_a_withdrawn_camera_is_gone_from_the_configuration(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    key = store.add_camera(credentials, place("gate"))

    assert store.remove_camera(credentials, place("gate"))

    assert key.public not in credentials.accounts_file().read_text()
    assert not store.remove_camera(credentials, place("gate"))


def test_cameras_added_at_once_all_have_a_key(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    cameras = [place(f"gate-{number}") for number in range(24)]

    with ThreadPoolExecutor(8) as many:
        keys = list(many.map(lambda camera: store.add_camera(credentials, camera), cameras))

    users = credentials.users()
    assert [users.get(subjects.camera_user(camera)) for camera in cameras] == [key.public for key in keys]
    assert all(key.public in credentials.accounts_file().read_text() for key in keys)


def test_a_withdrawn_camera_s_kept_seed_is_gone(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    seed_file = credentials.seed_file(subjects.camera_user(place("gate")))
    store.write_secret(seed_file, store.add_camera(credentials, place("gate")).seed)

    store.remove_camera(credentials, place("gate"))

    assert not seed_file.exists()


LINK = Link("city", "h07", "ww-0123456789ab", ("tls://hub.example:7422",))
HUB = Hub("0.0.0.0:7422", "hub.crt", "hub.key")


def test_an_installation_that_shares_no_list_has_no_link(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)

    assert store.read_federation(credentials) == NO_LINKS
    assert "leafnodes" not in credentials.links_file().read_text()
    assert credentials.domain_file().read_text() == f"domain: {credentials.domain()}\n"


def test_a_link_brings_a_user_of_its_own_and_takes_it_along(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    seed = (tmp_path / "federation-link.nk").read_text()

    links.add_link(credentials, LINK, authority="a certificate")
    assert store.read_federation(credentials).links == (replace(LINK, ca_file="link-city.ca.pem"),)
    assert (tmp_path / "link-city.ca.pem").read_text() == "a certificate"
    assert credentials.users()["joined-city"] in credentials.accounts_file().read_text()
    assert credentials.seed_file("joined-city").exists()
    assert f"nkey: {seed}\n" in credentials.links_file().read_text()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in _files(tmp_path))

    links.remove_link(credentials, "city")
    assert "joined-city" not in credentials.users()
    assert not [path.name for path in _files(tmp_path) if "city" in path.name]
    assert seed not in credentials.links_file().read_text()


def test_who_listens_for_hospitals_can_close_links(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    assert not credentials.seed_file("system").exists()

    store.write_federation(credentials, Federation(HUB))

    assert credentials.seed_file("system").exists()
    assert credentials.users()["system"] in credentials.accounts_file().read_text().partition("  SYS {")[2]


def test_a_faulty_federation_changes_nothing(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    before = {path.name: path.read_bytes() for path in _files(tmp_path)}

    with pytest.raises(ValueError, match="tls:// addresses alone"):
        store.write_federation(credentials, Federation(None, (replace(LINK, urls=("nats://hub:7422",)),)))

    assert {path.name: path.read_bytes() for path in _files(tmp_path)} == before


def test_a_mistyped_seed_of_a_link_never_comes_to_the_broker(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    (tmp_path / "federation-link.nk").write_text("SUMISTYPED")

    with pytest.raises(StartupError, match=r"federation-link\.nk cannot be used"):
        links.add_link(credentials, LINK)

    assert "SUMISTYPED" not in credentials.links_file().read_text()


def test_users_and_links_survive_each_other_s_changes(tmp_path: Path) -> None:
    credentials = store.initialise(tmp_path)
    links.add_link(credentials, LINK)
    store.add_camera(credentials, place("gate"))
    store.write_federation(credentials, replace(store.read_federation(credentials), hub=HUB))
    before = credentials.users()

    store.initialise(tmp_path)

    assert credentials.users() == before
    assert {"joined-city", "camera.h1.gate", "system"} <= before.keys()
    assert store.read_federation(credentials) == Federation(HUB, (LINK,))


def test_a_folder_without_credentials_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="wardwatch credentials init"):
        store.Credentials(tmp_path).users()


def test_the_list_s_secrets_can_be_kept_apart_from_what_the_broker_reads(tmp_path: Path) -> None:
    store.initialise(tmp_path / "c", keys=tmp_path / "k", signing=tmp_path / "s")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "k").iterdir()}
    assert modes == {"wrapping.keys.json": 0o600, "identity.key": 0o600}
    assert not modes.keys() & {path.name for path in (tmp_path / "c").iterdir()}


def test_the_key_of_identity_numbers_moves_out_of_the_matchers_sight(tmp_path: Path) -> None:
    store.initialise(tmp_path / "c", keys=tmp_path / "k", signing=tmp_path / "s")
    former = (tmp_path / "k" / "identity.key").read_text()

    for _ in range(2):
        store.initialise(tmp_path / "c", keys=tmp_path / "k", identity=tmp_path / "i", signing=tmp_path / "s")

        assert [path.name for path in (tmp_path / "k").iterdir()] == ["wrapping.keys.json"]
        assert (tmp_path / "i" / "identity.key").read_text() == former


def test_keys_that_sign_are_made_once_and_kept_from_the_broker(tmp_path: Path) -> None:
    store.initialise(tmp_path / "c", keys=tmp_path / "k", signing=tmp_path / "s")
    made = {path.name: path.read_text() for path in (tmp_path / "s").iterdir()}
    store.initialise(tmp_path / "c", keys=tmp_path / "k", signing=tmp_path / "s")

    pairs = {f"{name}.{half}.json" for name in ("delivery", "federation") for half in ("keys", "public")}
    assert made.keys() == {*(f"{author}.signing.key" for author in Author), "authors.json", "crops.key", *pairs}
    assert {path.name: path.read_text() for path in (tmp_path / "s").iterdir()} == made
    assert not made.keys() & {path.name for path in (tmp_path / "c").iterdir()}


def test_a_key_that_signs_is_replaced_by_taking_it_away(tmp_path: Path) -> None:
    store.initialise(tmp_path)
    before = json.loads((tmp_path / "authors.json").read_text())
    (tmp_path / "alerts.signing.key").unlink()

    store.initialise(tmp_path)

    after = json.loads((tmp_path / "authors.json").read_text())
    assert {author for author in before if before[author] != after[author]} == {"alerts"}


def test_a_move_that_was_cut_off_is_brought_to_its_end(tmp_path: Path) -> None:
    store.initialise(tmp_path / "c", keys=tmp_path / "k", identity=tmp_path / "i")
    key = (tmp_path / "i" / "identity.key").read_text()
    store.write_secret(tmp_path / "k" / "identity.key", key)

    store.initialise(tmp_path / "c", keys=tmp_path / "k", identity=tmp_path / "i")

    assert not (tmp_path / "k" / "identity.key").exists()
    assert (tmp_path / "i" / "identity.key").read_text() == key


def test_of_two_keys_of_identity_numbers_neither_is_thrown_away(tmp_path: Path) -> None:
    store.initialise(tmp_path / "c", keys=tmp_path / "k", identity=tmp_path / "i")
    key = (tmp_path / "i" / "identity.key").read_text()
    store.write_secret(tmp_path / "k" / "identity.key", "ab" * 32)

    with pytest.raises(StartupError, match="different keys"):
        store.initialise(tmp_path / "c", keys=tmp_path / "k", identity=tmp_path / "i")

    assert (tmp_path / "k" / "identity.key").read_text() == "ab" * 32
    assert (tmp_path / "i" / "identity.key").read_text() == key


def test_the_matcher_reads_the_list_s_secrets_as_they_are_made(tmp_path: Path) -> None:
    store.initialise(tmp_path)

    written = WrappingSecrets.parse((tmp_path / "wrapping.keys.json").read_text())
    read = sealing.WrappingKeys.parse((tmp_path / "wrapping.keys.json").read_text())
    assert (read.current, {name: key.hex() for name, key in read.keys.items()}) == (written.current, written.keys)
    assert IdentityKeys.parse((tmp_path / "identity.key").read_text())


def test_a_rotated_file_keeps_the_former_secret_until_it_is_let_go() -> None:
    first = WrappingSecrets.first(bytes(32))

    rotated = first.with_new(bytes([1]) * 32)

    assert first.former == ()
    assert rotated.former == (first.current,)
    assert sealing.WrappingKeys.parse(rotated.text()).keys[first.current] == bytes(32)
    assert WrappingSecrets.parse(rotated.text()).without_former().keys == {rotated.current: (bytes([1]) * 32).hex()}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param('{"keys": {}}', id="no current one"),
        pytest.param('{"current": "a", "keys": {"b": "00"}}', id="current not among them"),
        pytest.param('{"current": "a", "keys": {"a": "00"}}', id="too short"),
        pytest.param('{"current": "a", "keys": {"a": "zz"}}', id="no digits"),
    ],
)
def test_a_broken_wrapping_file_is_refused_by_command_and_matcher_alike(text: str) -> None:
    for parse in (WrappingSecrets.parse, sealing.WrappingKeys.parse):
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the reader's own
            parse(text)


def test_a_key_does_not_show_its_seed() -> None:
    key = new_user_key()

    assert key.seed not in repr(key)
    assert json.dumps(key.public)


@pytest.mark.parametrize("text", ["", "SU", "SAAB", "SUBROKEN", "UABC"])
def test_what_is_no_user_s_seed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="seed"):
        read_user_key(text)
