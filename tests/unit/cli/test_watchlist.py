"""`wardwatch watchlist`: what each command asks of the HTTP interface, prints, and ends with."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from uuid import UUID

import pytest

from services.chassis import hints
from services.chassis.errors import NoAnswer, Refusal, StartupError
from tests.fakes import eventually
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, OTHER, Desk, Problem

ROOT = Path(__file__).parents[3]
PERSON = (
    "--label", "Marlo Quint", "--category", "ban", "--basis", "decision 7", "--evidence", "file 7",
    "--instruction", "Call 8811.", "--source", "police", "--as", "ana",
)  # fmt: skip
PENDING = desk_server.entry(state="pending", put_forward_by="ana")
ALERT = {"site": "h1", "raised_at": desk_server.MOMENT}
DRAFT = desk_server.entry(state="draft", generation=None)


async def test_add_makes_a_draft_sends_its_photos_and_puts_it_forward(desk: Desk) -> None:
    desk.script(draft_entry=DRAFT, add_photo=desk_server.judged(), submit_entry=PENDING)
    photos = [desk.photo("a.jpg", b"one"), desk.photo("b.png", b"two")]

    done = await desk.run(
        "add", *photos, *PERSON, "--expires", "2027-01-31", "--sites", "h1, h2", "--taken", "2026-02-03",
        "--external-id", "A-17", "--note", "seen twice",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert f"entry {ENTRY} is pending" in done.stdout
    assert desk.server.names == ["draft_entry", "add_photo", "add_photo", "submit_entry"]
    content = desk.server.requests[0].json
    assert (content["last_day"], content["external_id"], content["identity_number"]) == ("2027-01-31", "A-17", None)
    assert content["scope"] == {"kind": "sites", "group": None, "sites": ["h1", "h2"]}
    sent = desk.server.of("add_photo")
    assert [(each.target["position"], each.target["name"], each.body) for each in sent] == [
        ("0", "a.jpg", b"one"),
        ("1", "b.png", b"two"),
    ]
    assert (sent[0].target["source"], sent[0].target["taken"]) == ("police", "2026-02-03")


async def test_an_identity_number_is_read_and_never_an_argument(desk: Desk) -> None:
    desk.script(draft_entry=DRAFT, add_photo=desk_server.judged(), submit_entry=PENDING)

    done = await desk.run("add", desk.photo(), *PERSON, "--identity", typed="110101199001011234\n")

    assert done.exit_code == 0, done.output
    assert desk.server.requests[0].json["identity_number"] == "110101199001011234"
    assert "1234" not in done.output


async def test_findings_are_shown_with_measure_limit_and_remedy(desk: Desk) -> None:
    rejected = desk_server.judged("rejected", "small_face")
    desk.script(draft_entry=DRAFT, add_photo=[rejected, desk_server.judged()], submit_entry=PENDING)

    done = await desk.run("add", desk.photo("small.jpg"), desk.photo("good.jpg"), *PERSON)
    plain = await desk.run("add", desk.photo("good.jpg"), *PERSON, "--json")

    assert (done.exit_code, plain.exit_code) == (0, 0)
    assert [(each["name"], each["verdict"]) for each in json.loads(plain.stdout)["judged"]] == [("good.jpg", "ready")]
    assert "small.jpg rejected small_face 41 112 ask for a larger photo" in desk_server.without_colour(done.stdout)


async def test_when_every_photo_is_rejected_nothing_is_kept(desk: Desk) -> None:
    desk.script(
        draft_entry=DRAFT,
        add_photo=desk_server.judged("rejected", "small_face"),
        discard_entry=desk_server.entry(state="erased"),
    )

    done = await desk.run("add", desk.photo(), *PERSON)

    assert done.exit_code == 1
    assert desk.server.names == ["draft_entry", "add_photo", "discard_entry"]
    assert "nothing is kept" in done.stdout


async def test_a_program_reads_why_nobody_was_put_forward(desk: Desk) -> None:
    warned = desk_server.entry(state="draft", photo_list=[desk_server.photo(warnings=["turned"])])
    desk.script(
        draft_entry=DRAFT,
        add_photo=[desk_server.judged("rejected", "small_face"), desk_server.judged("warning", "turned")],
        discard_entry=desk_server.entry(state="erased"),
        show_entry=warned,
    )
    rejected = await desk.run("add", desk.photo("small.jpg"), *PERSON, "--json")
    open_ = await desk.run("add", desk.photo(), *PERSON, "--json")

    assert (rejected.exit_code, open_.exit_code) == (1, 1)
    content = json.loads(rejected.stdout)
    assert [finding["code"] for finding in content["judged"][0]["findings"]] == ["small_face"]
    assert content["not_submitted"] == [
        "photo small.jpg: ask for a larger photo",
        "no photo can be used, so nothing is kept; put the person forward again with better photos",
    ]
    assert json.loads(open_.stdout)["not_submitted"] == ["photo 0 has warnings: turned"]


async def test_a_program_reads_why_a_file_was_refused(desk: Desk) -> None:
    desk.script(draft_entry=DRAFT, add_photo=Problem(422, "this is no picture"))

    done = await desk.run("add", desk.photo(), *PERSON, "--json")
    missing = await desk.run("add", "nowhere.jpg", *PERSON, "--json")

    assert (done.exit_code, missing.exit_code) == (1, 1)
    assert json.loads(done.stdout) == {"refused": "this is no picture"}
    assert "cannot be read" in json.loads(missing.stdout)["refused"]
    assert f"draft {ENTRY} is kept" in done.stderr


async def test_warnings_are_accepted_with_the_reason_that_was_given(desk: Desk) -> None:
    warned = desk_server.entry(state="draft", photo_list=[desk_server.photo(warnings=["turned", "dark"])])
    desk.script(
        draft_entry=DRAFT, add_photo=desk_server.judged("warning", "turned"), show_entry=warned, accept_warnings=warned,
        submit_entry=PENDING,
    )  # fmt: skip

    done = await desk.run("add", desk.photo(), *PERSON, "--accept-warnings", "only photo there is")

    assert done.exit_code == 0, done.output
    (accepted,) = desk.server.of("accept_warnings")
    assert accepted.json == {"codes": ["turned", "dark"], "reason": "only photo there is"}


async def test_warnings_that_nobody_accepts_leave_a_draft_and_say_how_to_go_on(desk: Desk) -> None:
    warned = desk_server.entry(state="draft", photo_list=[desk_server.photo(warnings=["turned"])])
    desk.script(draft_entry=DRAFT, add_photo=desk_server.judged("warning", "turned"), show_entry=warned)

    done = await desk.run("add", desk.photo(), *PERSON)

    assert done.exit_code == 1
    assert "photo 0 has warnings: turned" in done.stdout
    assert f"wardwatch watchlist submit {ENTRY} --as ana, with --accept-warnings REASON" in done.stdout


async def test_photos_of_two_people_leave_a_draft_and_say_what_to_do(desk: Desk) -> None:
    mixed = desk_server.entry(
        state="draft", photo_list=[desk_server.photo(), desk_server.photo(position=1, name="b.jpg", person=1)]
    )
    unlike = desk_server.judged("rejected", "unlike_others") | {"position": 1}
    desk.script(draft_entry=DRAFT, add_photo=[desk_server.judged(), unlike], show_entry=mixed)

    done = await desk.run("add", desk.photo(), desk.photo("b.jpg"), *PERSON, "--accept-warnings", "as they are")

    assert done.exit_code == 1
    assert desk.server.names == ["draft_entry", "add_photo", "add_photo", "show_entry"]
    assert "which is the right one cannot be told from the faces" in done.stdout
    assert f"wardwatch watchlist remove-photo {ENTRY} POSITION --reason" in done.stdout
    output = desk_server.without_colour(done.stdout)
    assert "a.jpg police not known 200 person 1" in output
    assert "b.jpg police not known 200 person 2" in output


async def test_the_same_person_is_told_what_becomes_of_both(desk: Desk) -> None:
    desk.script(
        decide_likeness=desk_server.entry(state="draft", replaces=[OTHER]),
        show_entry=desk_server.entry(replaces=[OTHER]),
        approve_entry=desk_server.entry(state="active"),
    )

    decided = await desk.run("decide", ENTRY, OTHER, "same-person", "--reason", "compared", "--as", "ana")
    approved = await desk.run("approve", ENTRY, "--as", "bea", "--no-wait")

    assert f"once {ENTRY} is approved, {OTHER} ends" in decided.stdout
    assert f"wardwatch watchlist take-photos {ENTRY} {OTHER}" in decided.stdout
    assert f"the same person as {OTHER}, which ends" in approved.stdout


async def test_undecided_likenesses_are_shown_and_how_to_decide(desk: Desk) -> None:
    alike = desk_server.entry(state="draft", likenesses=[desk_server.likeness()])
    desk.script(
        draft_entry=DRAFT, add_photo=desk_server.judged(), submit_entry=Problem(409, "it resembles others"),
        show_entry=alike,
    )  # fmt: skip

    done = await desk.run("add", desk.photo(), *PERSON)

    assert done.exit_code == 1
    assert f"{OTHER[:8]} Ada Other active alike open" in desk_server.without_colour(done.stdout)
    assert f"wardwatch watchlist decide {ENTRY} {OTHER} same-person --reason WHY --as ana" in done.stdout


async def test_whatever_ends_early_names_the_draft(desk: Desk) -> None:
    desk.script(draft_entry=DRAFT, add_photo=Problem(422, "the source is missing"))

    done = await desk.run("add", desk.photo(), *PERSON)

    assert isinstance(done.exception, Refusal)
    discard = hints.command("watchlist", "discard", ENTRY, by="ana")
    assert f"draft {ENTRY} is kept; throw it away with: {discard}" in done.stderr


async def test_ctrl_c_in_the_middle_names_the_draft(desk: Desk) -> None:
    desk.script(draft_entry=DRAFT)
    desk.server.hanging.add("add_photo")
    # env: a shell that runs the tests in the background makes its children deaf to Ctrl-C.
    command = await asyncio.create_subprocess_exec(
        "env", "--default-signal=INT", sys.executable, "-m", "cli", "watchlist", "add", desk.photo(), *PERSON,
        cwd=ROOT, env={**os.environ, "COLUMNS": "200"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    await eventually(lambda: bool(desk.server.of("add_photo")))
    command.send_signal(signal.SIGINT)
    _, errors = await command.communicate()

    assert f"draft {ENTRY} is kept" in errors.decode()
    assert "Traceback" not in errors.decode()
    assert command.returncode not in (0, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([*PERSON, "--sites", "h1", "--group", "east"], "either --sites or --group"),
        ([*PERSON, "--expires", "soon"], "'soon' is not a day"),
        ([*PERSON[2:], "--label", ""], "label"),
        ([*PERSON, "--sites", "h 1"], "sites"),
    ],
    ids=["both scopes", "no day", "no label", "no site"],
)
async def test_what_the_desk_would_not_take_is_refused_before_it_is_asked(
    desk: Desk, words: list[str], sentence: str
) -> None:
    done = await desk.run("add", desk.photo(), *words)

    assert isinstance(done.exception, StartupError)
    assert sentence in str(done.exception)
    assert desk.server.requests == []


async def test_photos_that_cannot_be_sent_are_refused_before_a_draft_is_made(desk: Desk) -> None:
    large = desk.folder / "large.jpg"
    with large.open("wb") as file:
        file.truncate(15 * 1024 * 1024 + 1)
    for photos in ([str(desk.folder / "none.jpg")], [str(large)], [desk.photo()] * 11):
        done = await desk.run("add", *photos, *PERSON)
        assert isinstance(done.exception, StartupError)

    assert desk.server.requests == []


async def test_list_reads_every_page(desk: Desk) -> None:
    second = desk_server.row(id=OTHER, label="Ada Other", state="active")
    desk.script(
        list_entries=[{"entries": [desk_server.row()], "next": "c2"}, {"entries": [second], "next": None}],
    )

    table = await desk.run("list", "--as", "ana", "--state", "active")
    assert desk.server.requests[0].target["state"] == "active"
    assert [request.target.get("cursor") for request in desk.server.requests] == [None, "c2"]
    assert "Marlo Quint" in table.stdout
    assert "Ada Other" in table.stdout


async def test_a_list_names_those_who_are_not_shown_and_how_to_see_them(desk: Desk) -> None:
    gone = {"entries": [desk_server.row(state="erased", label="")], "next": None}
    listed = {"entries": [desk_server.row()], "next": None, "counts": {"pending": 1, "revoked": 2, "erased": 640}}
    desk.script(list_entries=[listed, gone])

    usual = await desk.run("list", "--as", "ana")
    ended = await desk.run("list", "--as", "ana", "--state", "ended")

    assert "not shown: 2 revoked, 640 erased; see them with: " in usual.stdout
    assert "watchlist list --state ended --as ana" in usual.stdout
    assert desk.server.requests[1].target["state"] == "ended"
    assert "not shown" not in ended.stdout
    # Of whom was erased there is neither a name nor an end.
    assert "Marlo Quint" not in ended.stdout
    assert f"{desk_server.row()['expires_at']}"[:10] not in ended.stdout


async def test_a_deleted_report_is_said_to_be_so_and_no_file_is_written(desk: Desk) -> None:
    over = desk_server.batch(state="committed", report_until="2026-11-24T12:00:00Z")
    desk.script(show_import=over, list_items={"items": [], "next": None})

    done = await desk.run("imports", "report", OTHER, str(desk.folder / "report.csv"), "--as", "ana")

    assert done.exit_code == 1
    assert "no report: it is kept until a day after the end, 2026-11-24 12:00 UTC" in str(done.exception)
    assert not (desk.folder / "report.csv").exists()


async def test_the_list_of_imports_reads_every_page(desk: Desk) -> None:
    pages: list[desk_server.Script] = [
        {"batches": [desk_server.batch(state="open")], "next": "c2"},
        {"batches": [desk_server.batch(state="undone")], "next": None},
    ]
    desk.script(list_imports=pages * 2)

    table = await desk.run("imports", "list", "--as", "ana")
    plain = await desk.run("imports", "list", "--as", "ana", "--json")

    assert [request.target.get("cursor") for request in desk.server.requests] == [None, "c2"] * 2
    assert ("open" in table.stdout, "undone" in table.stdout) == (True, True)
    content = json.loads(plain.stdout)
    assert ([each["state"] for each in content["batches"]], content["next"]) == (["open", "undone"], None)


async def test_json_is_the_interfaces_own(desk: Desk) -> None:
    desk.script(
        list_entries={"entries": [desk_server.row()], "next": None},
        show_entry=desk_server.entry(),
        approve_entry=desk_server.entry(state="active"),
        show_liveness=desk_server.live(2, seconds=0.4),
        list_groups={"groups": []},
    )

    for words in (["list"], ["show", ENTRY], ["approve", ENTRY], ["groups"]):
        done = await desk.run(*words, "--as", "ana", "--json")
        assert done.exit_code == 0, done.output
        content = json.loads(done.stdout)
        assert {"list": "entries", "show": "likenesses", "approve": "liveness", "groups": "groups"}[words[0]] in content


async def test_show_and_history_tell_what_is_known(desk: Desk) -> None:
    change = {"revision": 1, "state": "draft", "account": "ana", "reason": "", "at": desk_server.MOMENT}
    desk.script(
        show_entry=desk_server.entry(likenesses=[desk_server.likeness("same_person")], identity_last_four="1234"),
        show_history={"changes": [{**change, "generation": None}]},
    )

    shown = desk_server.without_colour((await desk.run("show", ENTRY, "--as", "ana")).stdout)
    history = desk_server.without_colour((await desk.run("history", ENTRY, "--as", "ana")).stdout)

    for text in ("decision 7", "file 7", "number ending in 1234", "same person"):
        assert text in shown
    assert "2026-11-23 12:00:00 1 draft ana" in history


async def test_a_photo_is_saved_for_its_reader_alone_and_over_nothing(desk: Desk) -> None:
    desk.script(show_photo=b"\xff\xd8 a face")
    file = desk.folder / "face.jpg"

    done = await desk.run("photo", ENTRY, "0", str(file), "--as", "ana")
    again = await desk.run("photo", ENTRY, "0", str(file), "--as", "ana")

    assert done.exit_code == 0, done.output
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"\xff\xd8 a face", 0o600)
    assert isinstance(again.exception, StartupError)


@pytest.mark.parametrize(
    ("command", "operation", "content"),
    [
        (["approve", ENTRY, "--revision", "3"], "approve_entry", {"revision": 3}),
        (["suspend", ENTRY, "--reason", "mistaken"], "suspend_entry", {"reason": "mistaken"}),
        (["resume", ENTRY, "--reason", "looked at"], "resume_entry", {"reason": "looked at"}),
        (["revoke", ENTRY, "--reason", "withdrawn"], "revoke_entry", {"reason": "withdrawn"}),
        (["release", ENTRY, "0", "--reason", "looked at"], "release_photo", {"reason": "looked at"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_a_change_waits_until_every_matcher_has_it(
    desk: Desk, command: list[str], operation: str, content: dict[str, object] | None
) -> None:
    desk.script(
        **{operation: desk_server.entry(state="active")},
        show_liveness=[desk_server.live(0), desk_server.live(1), desk_server.live(2, seconds=0.42)],
    )

    done = await desk.run(*command, "--as", "bea")

    assert done.exit_code == 0, done.output
    assert "live on 2 of 2 matchers after 0.4 s" in done.stdout
    assert [request.target for request in desk.server.of("show_liveness")] == [{"generation": "7"}] * 3
    (request,) = desk.server.of(operation)
    assert (request.json if request.body else None) == content
    assert request.headers["Authorization"] == "Bearer token-of-bea"


async def test_what_is_approved_is_shown_first_and_named(desk: Desk) -> None:
    renewal = {"by": "otto", "expires_at": "2029-11-23T16:00:00Z", "last_day": "2029-11-23"}
    dated = desk_server.photo(taken_at="2026-11-20T00:00:00Z", taken_on="2026-11-20")
    desk.script(
        show_entry=[
            desk_server.entry(sites=["h1", "h2"], revision=4, label="Marlo\x1b[2J Quint"),
            desk_server.entry(state="active", renewal=renewal, revision=7, photo_list=[dated]),
        ],
        approve_entry=desk_server.entry(state="active"),
    )

    entry, later = [await desk.run("approve", ENTRY, "--as", "bea", "--no-wait") for _ in range(2)]

    assert entry.stdout.splitlines()[0] == (
        r"pending, revision 4: Marlo\x1b[2J Quint, ban, h1, h2, until 2028-11-23; photos: 1 (1 without a known day);"
        " by ana"
    )
    assert later.stdout.splitlines()[0] == (
        "active, revision 7: Marlo Quint, ban, everywhere, until 2028-11-23, otto asks for 2029-11-23;"
        " photos: 1; by ana"
    )
    assert [request.json for request in desk.server.of("approve_entry")] == [{"revision": 4}, {"revision": 7}]


async def test_an_import_is_shown_before_approval_unless_a_revision_is_named(desk: Desk) -> None:
    batch = desk_server.batch(
        revision=12, state="committed", people=3, ready=3, pending=3, committed_at=desk_server.MOMENT,
        undo_until=desk_server.MOMENT, generation=7,
    )  # fmt: skip
    desk.script(show_import=batch, approve_import={**batch, "pending": 0, "active": 3, "revision": 15})

    shown = await desk.run("imports", "approve", ENTRY, "--as", "bea", "--no-wait")
    named = await desk.run("imports", "approve", ENTRY, "--as", "bea", "--no-wait", "--revision", "11")

    assert shown.stdout.startswith("committed, revision 12: 3 people wait, ban, everywhere; by ana\n"), shown.output
    assert named.exit_code == 0
    assert [request.json for request in desk.server.of("approve_import")] == [{"revision": 12}, {"revision": 11}]
    assert len(desk.server.of("show_import")) == 1


async def test_a_matcher_that_lacks_a_data_key_is_waited_for_and_told(desk: Desk) -> None:
    locked, live = desk_server.live(2, seconds=0.42, locked=3), desk_server.live(2, seconds=0.42)
    desk.script(approve_entry=desk_server.entry(state="active"), show_liveness=[locked, live, locked])

    waited = await desk.run("approve", ENTRY, "--revision", "3", "--as", "bea")
    late = await desk.run("approve", ENTRY, "--revision", "3", "--as", "bea", "--within", "0")

    assert (waited.exit_code, late.exit_code) == (0, 2)
    assert "live on 2 of 2 matchers after 0.4 s\n" in waited.stdout
    line = "live on 2 of 2 matchers after 0.4 s; entries that cannot match, for their data key cannot be used: 3 on m1"
    assert line in late.stdout


async def test_a_change_that_is_not_live_everywhere_in_time_ends_with_2(desk: Desk) -> None:
    desk.script(approve_entry=desk_server.entry(state="active"), show_liveness=desk_server.live(1, silent=True))

    late = await desk.run("approve", ENTRY, "--revision", "3", "--as", "bea", "--within", "0")
    unwaited = await desk.run("approve", ENTRY, "--revision", "3", "--as", "bea", "--no-wait")

    assert late.exit_code == 2
    assert "live on 1 of 2 matchers; silent: m1 (not heard since 2026-11-23 12:00:00 UTC)" in late.stdout
    assert unwaited.exit_code == 0
    assert len(desk.server.of("show_liveness")) == 1


@pytest.mark.parametrize(
    ("command", "operation", "content"),
    [
        (["discard", ENTRY], "discard_entry", None),
        (
            ["renew", ENTRY, "--expires", "2027-01-31", "--reason", "still barred"],
            "renew_entry",
            {"last_day": "2027-01-31", "expires_at": None, "reason": "still barred"},
        ),
        (
            ["decide", ENTRY, OTHER, "different-people", "--reason", "compared"],
            "decide_likeness",
            {"decision": "different_people", "reason": "compared"},
        ),
        (["take-photos", ENTRY, OTHER], "take_photos", None),
        (["remove-photo", ENTRY, "1", "--reason", "his brother"], "remove_photo", {"reason": "his brother"}),
        (
            ["accept", ENTRY, "1", "turned", "dark", "--reason", "only photo"],
            "accept_warnings",
            {"codes": ["turned", "dark"], "reason": "only photo"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_concerns_no_matcher_is_not_waited_for(
    desk: Desk, command: list[str], operation: str, content: dict[str, object] | None
) -> None:
    desk.script(**{operation: DRAFT})

    done = await desk.run(*command, "--as", "ana")

    assert done.exit_code == 0, done.output
    (request,) = desk.server.requests
    assert (request.name, request.json if request.body else None) == (operation, content)


async def test_submit_accepts_what_is_open_and_shows_who_is_undecided(desk: Desk) -> None:
    open_ = desk_server.photo(warnings=["turned", "dark"], accepted_findings=["turned"])
    view = desk_server.entry(state="draft", photo_list=[open_], likenesses=[desk_server.likeness()])
    desk.script(show_entry=view, accept_warnings=view, submit_entry=[Problem(409, "it resembles others"), PENDING])

    first = await desk.run("submit", ENTRY, "--as", "ana", "--accept-warnings", "only photo there is")
    second = await desk.run("submit", ENTRY, "--as", "ana")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert desk.server.of("accept_warnings")[0].json["codes"] == ["dark"]
    assert "Ada Other" in first.stdout


async def test_another_refusal_of_a_submission_is_told_as_it_is(desk: Desk) -> None:
    desk.script(show_entry=DRAFT, submit_entry=Problem(409, "the entry is pending already"))

    done = await desk.run("submit", ENTRY, "--as", "ana")

    assert str(done.exception) == "the entry is pending already"


async def test_erase_waits_for_every_receipt_and_prints_them(desk: Desk) -> None:
    desk.script(erase_entry=desk_server.erasure(signed=0), show_erasure=desk_server.erasure(signed=2))

    done = await desk.run("erase", ENTRY, "--reason", "the decision was withdrawn", "--as", "ana")

    assert done.exit_code == 0, done.output
    plain = desk_server.without_colour(done.stdout)
    for text in (
        "key is destroyed",
        "is deleted from the stream; what disks keep of it is sealed under that key",
        "m0 2026-11-23 12:00:00 UTC 4",
        "m1 2026-11-23 12:00:00 UTC 4",
    ):
        assert text in plain


async def test_erase_ends_with_2_while_a_matcher_owes_its_receipt(desk: Desk) -> None:
    desk.script(erase_entry=desk_server.erasure(signed=1), show_erasure=desk_server.erasure(signed=1))

    late = await desk.run("erase", ENTRY, "--reason", "withdrawn", "--as", "ana", "--within", "0")
    unwaited = await desk.run("erase", ENTRY, "--reason", "withdrawn", "--as", "ana", "--no-wait", "--json")

    assert late.exit_code == 2
    assert "m1 owed; last heard 2026-11-23 12:00:00 UTC" in desk_server.without_colour(late.stdout)
    assert f"wardwatch watchlist receipts {ENTRY} --as ana" in late.stdout
    assert unwaited.exit_code == 0
    assert json.loads(unwaited.stdout)["complete"] is False


async def test_receipts_can_be_looked_at_later(desk: Desk) -> None:
    desk.script(show_erasure=desk_server.erasure(signed=2))

    done = await desk.run("receipts", ENTRY, "--as", "ana")

    assert "m1 2026-11-23 12:00:00 UTC 4" in desk_server.without_colour(done.stdout)


async def test_a_number_is_revealed_for_a_reason_and_an_incident(desk: Desk) -> None:
    desk.script(reveal_identity={"number": "110101199001011234"})

    done = await desk.run("reveal", ENTRY, "--reason", "police asked", "--incident", OTHER, "--as", "ana")

    assert done.stdout.strip() == "110101199001011234"
    assert desk.server.requests[0].json == {"reason": "police asked", "incident": OTHER}


async def test_the_beginning_of_an_alert_s_id_will_do_to_reveal(desk: Desk) -> None:
    first, other = {**ALERT, "id": OTHER}, {**ALERT, "id": str(UUID(int=7))}
    desk.script(
        list_incidents=[{"incidents": [other], "next": "more"}, {"incidents": [first], "next": None}],
        reveal_identity={"number": "110101199001011234"},
    )

    done = await desk.run("reveal", ENTRY, "--reason", "police asked", "--incident", OTHER[:6], "--as", "ana")

    assert done.stdout.strip() == "110101199001011234"
    assert desk.server.requests[-1].json == {"reason": "police asked", "incident": OTHER}


async def test_a_beginning_that_means_several_alerts_reveals_nothing(desk: Desk) -> None:
    desk.script(list_incidents={"incidents": [{**ALERT, "id": str(UUID(int=n))} for n in (7, 8)], "next": None})

    done = await desk.run("reveal", ENTRY, "--reason", "police asked", "--incident", "0000", "--as", "ana")

    assert "0000 can mean 2 alerts" in str(done.exception)
    assert desk.server.names == ["list_incidents"]


async def test_find_reads_the_number_from_its_input(desk: Desk) -> None:
    desk.script(find_identity=[{"entries": [desk_server.row()], "next": None}, {"entries": [], "next": None}])

    found = await desk.run("find", "--as", "ana", typed="1101 0119\n")
    nobody = await desk.run("find", "--as", "ana", typed="1101 0119\n")
    nothing = await desk.run("find", "--as", "ana", typed="\n")

    assert desk.server.requests[0].json == {"number": "1101 0119"}
    assert "Marlo Quint" in found.stdout
    assert "nobody is listed" in nobody.stdout
    assert isinstance(nothing.exception, StartupError)
    assert len(desk.server.requests) == 2


async def test_a_list_that_nobody_changed_is_not_called_unpublished(desk: Desk) -> None:
    desk.script(list_matchers=desk_server.unchanged(1), end_matcher=desk_server.unchanged(0))

    shown = await desk.run("matchers", "--as", "ana")
    ended = await desk.run("end-matcher", "m1", "--reason", "the machine burnt", "--as", "ana")

    for content in (shown.stdout, ended.stdout):
        assert content.splitlines()[-1] == "the list was not changed yet, so every matcher has it as it is"


async def test_groups_matchers_and_categories_are_listed(desk: Desk) -> None:
    east = {"name": "east", "sites": ["h1", "h2"], "changed_by": "ana", "changed_at": desk_server.MOMENT}
    desk.script(
        list_groups={"groups": [east]},
        set_group=east,
        list_matchers=desk_server.live(2, seconds=0.4),
        list_categories={"categories": [desk_server.GROUND]},
    )

    texts = [
        (await desk.run(*words, "--as", "ana")).stdout
        for words in (["groups"], ["group", "set", "east", "--sites", "h1,h2"], ["matchers"], ["categories"])
    ]

    for text, wanted in zip(texts, ("east: h1, h2 (ana", "group east: h1, h2", "m1", "ban: Barred; 731"), strict=True):
        assert wanted in text
    (set_,) = desk.server.of("set_group")
    assert (set_.target, set_.json) == ({"group": "east"}, {"sites": ["h1", "h2"]})


async def test_a_refusal_is_one_sentence_on_the_error_output_and_exit_code_1(desk: Desk) -> None:
    desk.script(approve_entry=Problem(409, "ana put it forward; another account approves it"))

    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "watchlist", "approve", ENTRY, "--revision", "3", "--as",
        "ana",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await ended.communicate()

    assert (ended.returncode, out) == (1, b"")
    assert errors.decode() == "wardwatch: ana put it forward; another account approves it\n"


async def test_nobody_there_is_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDWATCH_ALERTS_URL", "http://127.0.0.1:1")

    assert isinstance((await desk.run("groups", "--as", "ana")).exception, NoAnswer)


async def test_erase_ends_with_3_while_hospitals_alone_have_not_closed_it(desk: Desk) -> None:
    owed = desk_server.erasure(signed=2, hospitals=30, still_open=("h07 (city)", "h19 (city)"))
    desk.script(erase_entry=owed, show_erasure=owed)

    late = await desk.run("erase", ENTRY, "--reason", "withdrawn", "--as", "ana", "--within", "0")

    assert late.exit_code == 3
    plain = desk_server.without_colour(late.stdout)
    assert "28 of 30 hospitals closed it; it waits for h07 (city), h19 (city)" in plain
    assert "wardwatch federation status --as ana" in plain


async def test_what_waits_is_sent_back_and_said_in_other_words(desk: Desk) -> None:
    desk.script(return_entry=DRAFT, show_entry=DRAFT, rewrite_entry=DRAFT)

    back = await desk.run("send-back", ENTRY, "--reason", "no file number", "--as", "bea")
    said = await desk.run("rewrite", ENTRY, "--evidence", "file 8", "--note", "", "--everywhere", "--as", "ana")

    assert (back.exit_code, said.exit_code) == (0, 0), back.output + said.output
    assert f"entry {ENTRY} is a draft again" in back.stdout
    (request,) = desk.server.of("rewrite_entry")
    told = {name: value for name, value in request.json.items() if value is not None}
    assert told == {
        "revision": 3, "evidence": "file 8", "note": "", "scope": {"kind": "network", "group": None, "sites": []},
    }  # fmt: skip


async def test_a_later_end_that_is_sent_back_leaves_the_entry_as_it_stood(desk: Desk) -> None:
    desk.script(return_entry=desk_server.entry(state="active"))

    back = await desk.run("send-back", ENTRY, "--reason", "no reason for it", "--as", "bea")

    assert f"entry {ENTRY} stands until 2028-11-23, as before" in back.stdout


@pytest.mark.parametrize(
    ("words", "operation", "body"),
    [
        (["amend", ENTRY], "amend_entry", {"reason": "a new decision"}),
        (["merge", ENTRY, OTHER], "merge_entries", {"other": OTHER, "reason": "a new decision"}),
        (["part", ENTRY, OTHER], "part_entries", {"other": OTHER, "reason": "a new decision"}),
    ],
)
async def test_a_change_is_begun_and_says_how_it_goes_on(
    desk: Desk, words: list[str], operation: str, body: dict[str, str]
) -> None:
    desk.script(**{operation: DRAFT})

    done = await desk.run(*words, "--reason", "a new decision", "--as", "ana")

    (request,) = desk.server.of(operation)
    assert (request.json, done.exit_code) == (body, 0), done.output
    assert request.headers["Idempotency-Key"]
    assert f"watchlist submit {ENTRY}" in done.stdout


async def test_photos_are_added_to_the_free_places_of_a_draft(desk: Desk) -> None:
    desk.script(show_entry=DRAFT, add_photo=[desk_server.judged("rejected", "small_face"), desk_server.judged()])
    photos = [desk.photo("a.jpg", b"one"), desk.photo("b.png", b"two")]

    done = await desk.run("add-photo", ENTRY, *photos, "--source", "police", "--as", "ana")

    assert "1 of 2 photos are kept" in done.stdout
    assert done.exit_code == 1
    assert [each.target["position"] for each in desk.server.of("add_photo")] == ["1", "1"]


async def test_what_waits_for_one_is_counted_and_listed(desk: Desk) -> None:
    counts = {"approvals": 2, "renewals": 0, "returned": 1, "version": 9}
    desk.script(show_waiting=counts, search_entries={"entries": [desk_server.row()], "next": None})

    done = await desk.run("waiting", "--as", "ana")

    assert "to approve: 2, later ends: 0, sent back to you: 1" in done.stdout
    assert "Marlo Quint" in desk_server.without_colour(done.stdout)
    assert desk.server.of("search_entries")[0].json["waiting"] is True


async def test_endings_are_counted_by_month(desk: Desk) -> None:
    days = [("2026-12-01", 2, 1), ("2026-12-24", 1, 0), ("2027-01-05", 4, 0)]
    desk.script(show_endings={"days": [{"day": day, "entries": n, "asked": asked} for day, n, asked in days]})

    done = await desk.run("endings", "--as", "ana")

    assert done.stdout.splitlines() == [
        "2026-12  3 end, 1 of them with a later end that waits (1: 2, 24: 1)",
        "2027-01  4 end, 0 of them with a later end that waits (5: 4)",
    ]
