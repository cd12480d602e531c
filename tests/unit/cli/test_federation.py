"""What the command line says of lists that hospitals share, and what people hand over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.federation import handing, renewing, repairing, standing
from cli.federation.standing import BEHIND, DIFFERS, Standing
from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1 import statements
from services.chassis.errors import StartupError
from services.chassis.federation_keys import FederationKeys

NOW = datetime(2026, 11, 29, 14, 2, 34, tzinfo=UTC)


def hello(*, ago: float = 4, same: bool = True, behind: bool = False) -> views.HelloView:
    return views.HelloView(
        heard_at=NOW - timedelta(seconds=ago), number=4711, number_since=NOW, same=same, behind=behind, entries=2098,
        locked=0, suspended=1, matchers=2, matchers_current=2, owed=0, publisher="",
    )  # fmt: skip


def published(said: views.HelloView | None, *, owed: int = 0, state: views.HospitalState = "admitted") -> Standing:
    hospital = views.HospitalView(
        hospital="h07", title="Hospital 7", state=state, asked_by="li", fingerprint="", link_key="",
        invitation_expires_at=NOW, admitted_at=NOW, removed_at=None, removed_reason="", keys=2098, owed=owed,
        hello=said, renewal=None,
    )  # fmt: skip
    of = views.PublishedList(
        list="city", title="City list", silent_days=30, made_by="li", made_at=NOW, entries=2098, hospitals=1, waits=0
    )
    sharing = views.SharingView(
        published=of, number=4711, unpublished=0, hospitals=[hospital], waiting=[], erasures=[], repair=None
    )
    return Standing(published=[sharing], joined=[])


def joined(**over: object) -> views.SubscriptionView:
    said = {
        "list": "city", "title": "City list", "hospital": "h07", "fingerprint": "", "addresses": (), "sites": ("h1",),
        "silent_days": 30, "asked_by": "li", "asked_at": NOW, "joined_by": "zhao", "joined_at": NOW, "answered": True,
        "suspended_by": None, "suspended_at": None, "suspended_reason": "", "silent_since": None, "left_by": None,
        "left_at": None, "left_reason": "", "number": 4711, "agreed_at": NOW - timedelta(seconds=4),
        "heard_at": NOW - timedelta(seconds=4), "listed": 2098, "entries": 2098, "differing": 0, "differs_since": None,
        "locked": 0, "suspended_here": 0, "unclosed": 0, "own_key": "", "renewal": None, "repair": None,
    }  # fmt: skip
    return views.SubscriptionView.model_validate(said | over)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (published(hello()), 0),
        (published(hello(same=False, behind=True)), 0),
        (published(hello(same=False)), DIFFERS),
        (published(hello(ago=61)), BEHIND),
        (published(hello(ago=61, same=False)), DIFFERS),
        (published(None), BEHIND),
        (published(None, state="invited"), 0),
        (published(hello(), owed=1), BEHIND),
        (Standing(published=[], joined=[joined()]), 0),
        (Standing(published=[], joined=[joined(heard_at=NOW - timedelta(seconds=61))]), BEHIND),
        (Standing(published=[], joined=[joined(differing=3)]), DIFFERS),
        (Standing(published=[], joined=[joined(joined_at=None, heard_at=None)]), 0),
    ],
)
def test_the_exit_code_says_whether_lists_are_in_step(found: Standing, code: int) -> None:
    assert standing.code_of(found, NOW) == code


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({}, "2098 people, the same as the publisher's 4 s ago, no. 4711"),
        (
            {"heard_at": NOW - timedelta(minutes=5)},
            "silent for 5 min: later changes are not here, everybody listed goes",
        ),
        ({"differing": 3}, "3 entries differ, being fetched again"),
        ({"joined_at": None}, "asked for by li; another account has to approve it"),
        ({"left_at": NOW, "unclosed": 2}, "left; 2 erasures are to be closed"),
        ({"suspended_at": NOW, "suspended_by": "zhao", "suspended_reason": "a court"}, "suspended by zhao: a court"),
        ({"heard_at": None}, "nothing was heard of it yet"),
    ],
)
def test_a_joined_list_is_told_in_words(over: dict[str, object], sentence: str) -> None:
    assert standing.sentence(joined(**over), NOW).startswith(sentence)


def test_what_is_handed_over_is_read_back_and_its_end_is_read_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, signed = tmp_path / "city-h07.invitation", bytes(range(200))

    handing.write(path, signed)
    handing.tell("the invitation", path, signed)

    assert handing.read(path) == signed
    spoken = capsys.readouterr().out.strip().rpartition(": ")[2]
    assert len(spoken.split()) == 4
    assert statements.is_read_out(signed, spoken)
    assert not statements.is_read_out(signed + b"!", spoken)


def test_a_file_that_is_no_invitation_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 no invitation")

    with pytest.raises(StartupError, match="is no invitation and no answer"):
        handing.read(path)
    with pytest.raises(StartupError, match="cannot be read: No such file"):
        handing.read(tmp_path / "none")


def test_a_publishers_rotation_waits_for_who_does_not_believe_it_yet() -> None:
    keys = FederationKeys.new().with_next_publisher()
    assert keys.next_publisher is not None
    made = statements.key_id(statements.public_bytes(keys.next_publisher))
    believes = hello().model_copy(update={"publisher": made})

    assert renewing.not_believing(keys, published(hello()).published) == ["Hospital 7 (city)"]
    assert renewing.not_believing(keys, published(None).published) == ["Hospital 7 (city)"]
    assert renewing.not_believing(keys, published(None, state="removed").published) == []
    assert renewing.not_believing(keys, published(believes).published) == []


def test_a_hospitals_rotation_waits_for_what_its_former_key_opens() -> None:
    keys = FederationKeys.new().with_next_hospital()

    assert renewing.not_sealing(keys, [joined(own_key=keys.current)]) == ["City list"]
    assert renewing.not_sealing(keys, [joined(left_at=NOW)]) == []
    assert renewing.not_sealing(keys, [joined(own_key=keys.next_sealing)]) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"missing": 3, "differing": 1, "agrees": True}, "before, 3 were missing and 1 differed; made anew, all of it"),
        ({"missing": 0, "differing": 0, "agrees": True}, "before, nothing was missing or differed"),
        ({"missing": 1, "differing": 0, "agrees": False}, "still does not agree"),
    ],
)
def test_a_repair_says_what_it_found_and_did(found: dict[str, int], words: str) -> None:
    done = views.RepairView.model_validate({"asked_by": "li", "asked_at": NOW, "done_at": NOW, "entries": 9, **found})

    assert words in repairing.sentence("the copy", done)
