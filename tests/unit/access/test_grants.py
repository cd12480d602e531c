"""Who may publish and subscribe to what: properties of the allow-lists."""

import re

import pytest

from access import grants, render
from access.federation import Link
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Place, camera_id, site_id

PLACE = Place(site_id("h1"), camera_id("gate"))
LINK = Link("city", "h07", "ww-0123456789ab", ("tls://hub:7422",))
JOINED = grants.joined(LINK)
EVERYONE = (*grants.services(), grants.camera(PLACE), JOINED)


@pytest.mark.parametrize("grant", EVERYONE, ids=lambda grant: grant.user)
def test_everyone_hears_only_its_own_inbox(grant: grants.Grant) -> None:
    inboxes = {subject for subject in grant.subscribe if subject.startswith("_INBOX")}

    own = {f"{subjects.inbox_prefix(grant.user)}.>"}
    assert inboxes == (own if grant is not JOINED else own | {"_INBOX.fed-h07.>"})


@pytest.mark.parametrize("grant", EVERYONE, ids=lambda grant: grant.user)
def test_nobody_may_say_or_hear_everything(grant: grants.Grant) -> None:
    assert not {">", "*", "$JS.API.>", "$JS.>", "$SYS.>", "_INBOX.>"} & (grant.publish | grant.subscribe)


@pytest.mark.parametrize("grant", EVERYONE, ids=lambda grant: grant.user)
def test_a_grant_stays_in_its_account(grant: grants.Grant) -> None:
    others = [s.pattern for s in subjects.TABLE if s.account is not grant.account]

    assert not (grant.publish | grant.subscribe) & set(others)


def test_every_subject_has_someone_who_publishes_it() -> None:
    # Cameras, one by one; the broker itself; whoever asks whether it stores, each its own; and stages, each its own.
    others = {subjects.FRAMES.pattern, subjects.SHARED_FRAMES.pattern, subjects.PROBE.pattern}
    published = {subject for grant in EVERYONE for subject in grant.publish} | others
    for stage in ("detector", "embedder", "matcher"):
        own = {f"replicas.{stage}.*", f"pings.{stage}.*"}
        assert own <= published
        published |= {subjects.REPLICAS.pattern, subjects.PINGS.pattern}
    assert {"services.watchlist.*", "services.alerts.*", "services.federation.*"} <= published
    published.add(subjects.SERVICES.pattern)
    # Each hospital its own.
    assert {"fed.city.receipt.h07.*.*", "fed.city.hello.h07"} <= published
    # At an entrance that nobody else knows.
    assert "fed.*.in.>" in published
    published |= {s.pattern for s in subjects.TABLE if s.account is Account.FED}

    assert {s.pattern for s in subjects.TABLE} <= published


def test_a_camera_has_exactly_its_own_subjects() -> None:
    camera = grants.camera(PLACE)

    assert camera.publish == {"frames.h1.gate", "$SYS.REQ.USER.INFO", "$JS.API.INFO"}
    assert camera.subscribe == {"rejected.h1.gate", "_INBOX.camera-h1-gate.>"}
    assert not camera.answers


def test_nobody_in_video_may_use_jetstream_and_nobody_may_delete_a_stream() -> None:
    for grant in EVERYONE:
        api = {subject for subject in grant.publish if subject.startswith("$JS.")}
        if grant.account is Account.FED:
            continue  # its streams are copies, which are made anew
        assert grant.account is Account.RECORD or api <= {"$JS.API.INFO"}
        assert not any(verb in subject for subject in api for verb in ("DELETE.SIGHTINGS", "STREAM.DELETE", "PURGE"))


def test_who_works_a_joined_list_touches_its_own_copies_alone() -> None:
    copies = {"LIST_city", "FACES_city"}
    api = {tuple(s.split(".")) for s in JOINED.publish if s.startswith("$JS.")}

    assert JOINED.account_name == "JOINED-city"
    assert {tokens[:2] for tokens in api} == {("$JS", "API"), ("$JS", LINK.hub_domain)}
    named = {tokens for tokens in api if tokens[:4] != ("$JS", "API", "STREAM", "LIST")}
    assert all(copies & set(tokens) for tokens in named)
    assert {tokens[2:] for tokens in named if tokens[1] == LINK.hub_domain} == {
        ("API", "CONSUMER", "RESET", copy, "h07") for copy in copies
    }


def test_nobody_of_federation_speaks_or_hears_of_anything_else() -> None:
    for grant in EVERYONE:
        federated = {s for s in grant.publish | grant.subscribe if s.startswith("fed.")}
        assert not federated or grant.account is Account.FED
        if grant.account is Account.FED:
            rest = grant.publish | grant.subscribe - federated
            assert all(s.startswith(("fed.", "$JS.", "_INBOX.", "$SYS.REQ.USER.INFO")) for s in rest)


def test_jetstream_is_for_the_record_and_for_federation_alone() -> None:
    text = render.accounts(EVERYONE, {grant.user: "U" + grant.user for grant in EVERYONE})

    video, _, rest = text.partition("RECORD {")
    record, _, camera = rest.partition('"camera-h1-gate" {')
    record, _, federation = record.partition("FED {")
    assert "jetstream" not in video + camera
    assert "jetstream: enabled" in record
    assert re.findall("jetstream: .*", federation) == [
        "jetstream: enabled",
        "jetstream: {max_file: 1073741824}",
    ]
    assert "limits: {max_connections: 3, max_subscriptions: 4}" in camera


def test_only_frames_of_a_camera_reach_services_each_with_its_share() -> None:
    text = render.accounts(EVERYONE, {grant.user: "U" + grant.user for grant in EVERYONE})

    video = text.partition("RECORD {")[0]
    shared = subjects.shared_frames(PLACE)
    assert re.findall("stream: .*", video) == [
        f'stream: {{account: "camera-h1-gate", subject: "frames.h1.gate"}}, to: "{shared}"}}',
        'stream: "rejected.h1.gate", accounts: ["camera-h1-gate"]}',
    ]
    assert subjects.place_of(shared) == PLACE
