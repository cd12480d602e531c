"""`wardwatch control`: pairs with their consent, and what they say of reviewers."""

from pathlib import Path
from uuid import UUID

from cli import control_pairs
from services.chassis.errors import StartupError
from tests.unit.cli.desk_server import MOMENT, Desk

PAIR: dict[str, object] = {
    "id": str(UUID(int=1)), "same": False, "source": "consent", "grounds": "form 17", "complete": True,
    "added_by": "ana", "added_at": MOMENT,
}  # fmt: skip


async def test_a_pair_is_added_with_its_consent_and_both_faces(desk: Desk, tmp_path: Path) -> None:
    one, other = tmp_path / "one.jpg", tmp_path / "other.jpg"
    one.write_bytes(b"one face")
    other.write_bytes(b"another face")
    desk.script(add_control_pair=PAIR, set_control_picture={})

    done = await desk.run(
        "add", str(one), str(other), "--different", "--consent", "form 17", "--as", "ana", app=control_pairs.app
    )

    assert done.exit_code == 0, done.output
    added, *pictures = desk.server.requests
    assert added.json == {"same": False, "source": "consent", "grounds": "form 17"}
    assert [(each.target["which"], each.body) for each in pictures] == [
        ("watchlist", b"one face"), ("camera", b"another face"),
    ]  # fmt: skip


async def test_without_a_consent_nothing_is_sent(desk: Desk, tmp_path: Path) -> None:
    face = tmp_path / "face.jpg"
    face.write_bytes(b"a face")

    done = await desk.run("add", str(face), str(face), "--same", "--as", "ana", app=control_pairs.app)

    assert isinstance(done.exception, StartupError)
    assert desk.server.requests == []


async def test_pairs_are_listed_removed_and_turned_off(desk: Desk) -> None:
    desk.script(list_control_pairs={"on": True, "pairs": [PAIR]}, remove_control_pair={}, use_control_pairs={})

    shown = await desk.run("list", "--as", "ana", app=control_pairs.app)
    removed = await desk.run("remove", str(UUID(int=1)), "--as", "ana", app=control_pairs.app)
    turned = await desk.run("off", "--as", "ana", app=control_pairs.app)

    assert "two people, consent: form 17, by ana" in shown.stdout
    assert "is removed" in removed.stdout
    assert "turned off" in turned.stdout
    assert desk.server.of("use_control_pairs")[0].json == {"on": False}


async def test_results_say_how_sure_they_are(desk: Desk) -> None:
    share = {"count": 1, "of": 10, "low": 0.0179, "high": 0.4041}
    none = {"count": 0, "of": 0, "low": 0.0, "high": 1.0}
    reviewer = {"reviewer": "rio", "shown": 12, "wrong_same": share, "wrong_not_same": none, "cannot_tell": none}
    desk.script(show_reviewing={"reviewers": [reviewer]})

    done = await desk.run("results", "--as", "ana", app=control_pairs.app)

    assert "rio: 12 shown; two people taken for one 1 of 10 (2 to 40 %)" in done.stdout
