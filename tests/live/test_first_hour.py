"""What the pages tell a newcomer to type works as it is printed, in a clean shell, against a real installation."""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from cli.__main__ import app
from local.ports import free_port
from local.waiting import wait_until
from tests.checkout import CHECKOUT
from tests.installation import MODELS
from tests.live import fresh_checkout
from tests.live.fresh_checkout import Checkout
from tests.live.printed import in_blocks, in_sentences, pages

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

_UP_WITHIN_SECONDS: Final = 120.0
_DONE_WITHIN_SECONDS: Final = 120.0

# A command of a page, and what must be on its output. What stays (`make up`) says it while it runs.
RUN: Final = {
    # -- docs/start.md, README.md --
    "make up SITE=h1": "Wardwatch runs at site h1",
    'export PATH="$PWD/.venv/bin:$PATH"': "",
    "wardwatch account add li.wei --role supervisor": "one-time code  ....-....-....",
    "wardwatch login CODE": r"signed in as (li\.wei|wang\.fang) \(supervisor\)|signed in as admin \(administrator\)",
    "wardwatch account add wang.fang --role supervisor": "one-time code  ....-....-....",
    'wardwatch watchlist add face.jpg --label "..." --category scalping --basis "decision 2026/17" --evidence '
    '"file 17" --instruction "Do not confront. Call 8811." --source "police notice" --as li.wei': "entry .* is pending",
    "wardwatch watchlist approve ID --as wang.fang": "is active until[^$]*live on 1 of 1 matchers",
    'wardwatch watchlist import PHOTOS/ people.csv --category scalping --basis "..." --evidence "..." --instruction '
    '"..." --source "police list" --as li.wei': "drafts: 1; wait for approval: 0; match: 0",
    "wardwatch watchlist imports commit IMPORT --as li.wei": "1 people wait for an approval",
    "wardwatch watchlist imports approve IMPORT --as wang.fang": "the import is committed; 1 people match",
    'wardwatch watchlist erase ID --reason "..." --as li.wei': "is erased, by li.wei[^$]*its key is destroyed",
    "wardwatch watchlist reviews --as li.wei": "there is nothing to look at",
    'wardwatch watchlist threshold ask 0.52 --reason "..." --as li.wei': r"threshold 2 \(0.52\) waits",
    "wardwatch watchlist threshold show --as li.wei": r"0\.5",
    "wardwatch watchlist reviewers show --as li.wei": r"2 different people must agree",
    "wardwatch watchlist export list.csv --as li.wei": "entries in list.csv",
    "wardwatch tls init": "made a new authority[^$]*good for",
    "wardwatch tls show": "SHA-256  .*[^$]*iPhone[^$]*Android[^$]*HarmonyOS[^$]*Windows[^$]*Mac",
    "wardwatch account reset-administrator": "admin is let in anew[^$]*one-time code",
    "wardwatch account code admin": "one-time code  ....-....-....",
    "wardwatch keys rotate --as admin": r"\d data keys were wrapped anew",
    "wardwatch backup init key.json": "backups are sealed to",
    "wardwatch backup create --to backups --secrets": "all of it read back",
    "wardwatch upgrade --check": "0 will be",
    "wardwatch camera add --site h1 --camera gate-2 --keep": r"publish  frames\.h1\.gate-2",
    "wardwatch camera publish rtsp://… --site h1 --camera gate-2 --fps 5": "sent 1 frames",
    "wardwatch account sign-out li.wei": "li.wei is signed out, 1 session ended",
    'wardwatch matching stop --site h1 --reason "..."': "matching at h1 is stopped",
    "wardwatch audit verify": "the audit is whole",
    # -- models/README.md --
    "wardwatch models fetch --pictures": "",
    "wardwatch models list": "detector",
    "wardwatch models verify": "embedder",
    "wardwatch models prepare": "",
    # -- docs/production.md, proto/PROTOCOL.md --
    "wardwatch camera add --site h1 --camera gate-2": r"seed     SU",
    "wardwatch camera publish rtsp://10.0.0.5/stream1 --site h1 --camera gate-2 --fps 5 --seed-file gate-2.nk": (
        "sent 1 frames"
    ),
    "wardwatch camera test rtsp://10.0.0.5/stream1 --site h1 --camera gate-2 --seed-file gate-2.nk": "none rejected",
    "wardwatch camera add --site h1 --camera gate-4 --source rtsp://10.0.0.5/stream1 --fps 5": "gate-4 is read from ",
    "wardwatch camera discover": "",
    "wardwatch camera list": r"h1\.gate-4\n",
    "wardwatch camera test --site h1 --camera gate-4": "none rejected",
    "wardwatch camera rotate --site h1 --camera gate-4": "has a new credential, and its publisher has it",
    "wardwatch camera rename --site h1 --camera gate-4 --to gate-5 --as admin": r"is camera\.h1\.gate-5 from now on",
    "wardwatch camera revoke --site h1 --camera gate-5": r"camera\.h1\.gate-5 is withdrawn",
    "wardwatch camera remove --site h1 --camera gate-2": r"camera\.h1\.gate-2 is withdrawn",
    "wardwatch camera forget --site h1 --camera gate-2": r"camera\.h1\.gate-2 is not expected any more",
    "wardwatch bench --cameras 2 --rate 2 --seconds 5": r"sent \d+ frames in [^$]*at the load's site: 0",
    "wardwatch camera add --site bench --camera bench-1 --keep": r"publish  frames\.bench\.bench-1",
    "wardwatch camera rotation --site h1 --camera gate-2 90": "rotation 90",
    'wardwatch camera describe --site h1 --camera gate-2 --name "Gate 2" --building "Main building" '
    '--floor "Ground floor" --as admin': "gate-2 at h1 is: Gate 2, Main building, Ground floor",
    "wardwatch zone add entrance --site h1 --cameras gate-2 --as admin": "zone entrance of h1 is set: gate-2",
    "wardwatch tls init --to /secrets/tls --authority /secrets/authority --name 192.168.1.5 --name ward.lan": (
        r"good for       192\.168\.1\.5, ward\.lan"
    ),
    "wardwatch tls show --to /secrets/tls": "SHA-256",
    "wardwatch account code li.wei": "one-time code  ....-....-....",
    "wardwatch account list": "li.wei",
    "wardwatch account sites li.wei h1": "li.wei",
    "wardwatch account identity li.wei VALUE": "li.wei",
    'wardwatch account disable li.wei --reason "..."': "li.wei is disabled",
    "wardwatch matching --help": "Stop and resume matching",
    "wardwatch audit verify --require-anchors": "the audit is whole",
    "wardwatch --version": r"^\d+\.\d+\.\d+$",
    "wardwatch audit head": r"\d+ [0-9a-f]{64}",
    "wardwatch audit verify --since-file /secrets/home/FILE": "the audit is whole",
    "wardwatch audit show --entry ID": "entry.erased",
    'wardwatch audit export november.jsonl --reason "report of November"': "november.jsonl",
    "wardwatch audit report 2026-11 --from november.jsonl --language zh-CN": "2026-11",
    "wardwatch backup init /secrets/home/backup.key.json": "backups are sealed to",
    "wardwatch keys verify --as ADMINISTRATOR": "0 cannot be opened",
}
# Long, or about the tests themselves: what they would do is looked at, `make -n`.
LOOKED_AT: Final = {
    "make up SITE=h1 LISTEN=lan": "--listen lan",
    "make demo": "-m cli demo",
    "make demo ONCE=1": "--once",
    "make demo-federation": "federation demo",
    "make test": "-m tools.suite",
    "make test-fast": "-m tools.suite",
    "make test-attack": "tests/attack",
    "make check": "-m tools.check",
    "make docs": "-m tools.docs",
    "make screenshots": "-m tools.screenshots",
    "make fmt": "ruff format",
    "make bench": "-m benchmarks",
    "make proto": "-m tools.generate",
    "make lock": "tools/lock.py",
    "make down": "-m cli down",
}
# Not run here, and why; a line that begins like this.
NOT_RUN: Final = {
    "wardwatch channel add ": "asks for an address that is not there; tests/live/test_delivery.py sets channels up",
    "wardwatch camera discover --at ": "asks a camera that is not there; tests/unit/cli/test_onvif.py has one",
    "wardwatch backup create --secrets": "folders of the containers; the same with --to is run",
    "wardwatch backup verify FILE --key KEY": "tests/live/test_backup.py does, with the key of a backup",
    "wardwatch backup unpack /k/": "takes an empty installation; tests/live/test_backup.py has one",
    "wardwatch restore ": "takes an empty installation; tests/live/test_backup.py has one",
    "wardwatch keys restore /k/": "the broker's store is there; tests/live/test_keys.py loses one",
    "wardwatch federation ": "takes two installations; tests/live/test_federation.py runs them",
    "wardwatch models roll ": "takes a second recogniser; tests/live/test_model_roll.py has one",
    "wardwatch models fetch --also ": "fetches a recogniser that is not of ours from another project's site",
    "wardwatch incident ": "takes an alert that was confirmed; tests/unit/cli/test_incident.py has one",
    "wardwatch audit verify --": "takes an audit that others keep heads of; tests/contract/test_audit_command.py does",
    "wardwatch audit report --publish": "takes a month that is over; tests/contract/test_audit_command.py has one",
    "wardwatch eval ": "takes pictures of people who agreed; tests/golden/test_eval.py evaluates some",
    "wardwatch capacity": "minutes; tests/live/test_bench.py runs it in short",
    "wardwatch bench --": "another load of the same kind; tests/live/test_bench.py runs them",
    "docker ": "there is no Docker where tests run; what goes to our own command line there is run without it",
    "sudo ": "the secrets folder of the containers",
    "chmod -R a+rX deploy": "files that the containers read",
    "echo WARDWATCH_DETECTORS=3 >> .env": "a setting of Compose",
    "echo COMPOSE_PROFILES=backup >> .env": "a setting of Compose",
    "echo WARDWATCH_BACKUP_FILE=/run/backup/backed-up >> .env": "a setting of Compose",
    "nats ": "another project's program",
    "pip install ": "another project's package",
    "python -m ": "a module of ours: that there is one is looked at",
    "wardwatch COMMAND --help": "stands for every command",
}
# What a page leaves to whoever types; CODE, ID and IMPORT are what was printed last.
TYPED: Final = {
    "rtsp://…": "face.jpg",
    "rtsp://10.0.0.5/stream1": "face.jpg",
    "/secrets/home/FILE": "head.txt",
    "/secrets/tls": "tls-of-containers",
    "/secrets/authority": "authority-of-containers",
    "/secrets/home/": "",
    "ADMINISTRATOR": "admin",
}
PRINTED: Final = {
    "CODE": re.compile(r"one-time code  (\S+)"),
    "ID": re.compile(r"^entry (\S{36}) is", re.MULTILINE),
    "IMPORT": re.compile(r"^import (\S{36}):", re.MULTILINE),
}


@dataclass
class Newcomer:
    """Types what the pages print, and reads what comes of it."""

    checkout: Checkout
    read: dict[str, str] = field(default_factory=dict)

    def types(self, line: str) -> None:
        """Run *line*; fails unless it ends well and says what its row of the table expects."""
        if line.startswith("export PATH="):
            # A shell of its own would forget it.
            self.checkout.path = line.removeprefix("export PATH=").strip('"').replace("$PWD", str(self.checkout.folder))
            self.checkout.path = self.checkout.path.replace("$PATH", fresh_checkout.path(self.checkout.folder))
            return
        typed = line
        for word, text in {**TYPED, **self.read}.items():
            typed = re.sub(rf"(?<![\w-]){re.escape(word)}(?![A-Z])", text, typed)
        done = self.checkout.shell(typed, within_seconds=_DONE_WITHIN_SECONDS)
        assert done.returncode == 0, f"$ {typed}\n{done.stdout}{done.stderr}"
        assert re.search(RUN[line], done.stdout), f"$ {typed}\n{done.stdout}{done.stderr}"
        self.read |= {word: found[1] for word, pattern in PRINTED.items() if (found := pattern.search(done.stdout))}
        self.keep(done.stdout)

    def keep(self, text: str) -> None:
        """What a person puts into a file because a page says so: a camera's seed, the audit's head."""
        if seed := re.search(r"^seed     (SU\S+)", text, re.MULTILINE):
            (self.checkout.folder / "gate-2.nk").write_text(seed[1])
        if head := re.search(r"^\d+ [0-9a-f]{64}$", text, re.MULTILINE):
            (self.checkout.folder / "head.txt").write_text(head[0])


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """A checkout in a folder with a blank in its name, with a photo and a list to import, on which nothing was run."""
    folder = tmp_path / "my wardwatch"
    folder.mkdir()
    checkout = fresh_checkout.create(folder)
    shutil.copy(MODELS / "grace_hopper.jpg", folder / "face.jpg")
    (folder / "PHOTOS").mkdir()
    (folder / "PHOTOS" / "0017__1.jpg").write_bytes((MODELS / "astronaut.png").read_bytes())
    (folder / "people.csv").write_text("external_id,label\n0017,Person one\n", encoding="utf-8")
    yield Newcomer(checkout)
    shutil.rmtree(folder)


@pytest.mark.long
def test_every_command_of_the_pages_works_as_it_is_printed(newcomer: Newcomer) -> None:
    checkout, port = newcomer.checkout, str(free_port())
    lines = [each.line for each in in_blocks("docs/start.md") if each.line not in LOOKED_AT]
    lines += [line for line in RUN if line not in lines]
    begin = lines.pop(0)

    # A removed vector need not lie in memory for half a minute here.
    with fresh_checkout.running(checkout, begin, PORT=port, WARDWATCH_MATCHER_PURGE_SECONDS="0.5") as up:
        log = checkout.folder / "up.log"
        wait_until(lambda: "Ctrl-C stops" in log.read_text() or up.poll() is not None, _UP_WITHIN_SECONDS)
        assert re.search(RUN[begin], log.read_text()), log.read_text()

        for line in lines:
            newcomer.types(line)

        elsewhere = checkout.shell("wardwatch account list", within_seconds=60, folder=Path("/"))
        assert "wang.fang" in elsewhere.stdout, elsewhere.stderr
        other = checkout.shell("wardwatch account list", within_seconds=60, WARDWATCH_HOME="/nowhere/at/all")
        assert other.returncode == 1
        assert "no Wardwatch is running in /nowhere/at/all; one runs in" in other.stderr

        down = checkout.shell("make down", within_seconds=60)
        assert down.stdout == "stopped\n", down.stderr
        up.wait(60)
    over = checkout.shell("wardwatch account list", within_seconds=60)
    assert over.returncode == 1
    assert f"no Wardwatch is running in {checkout.home}; start it there with: wardwatch up" in over.stderr


@pytest.mark.parametrize("line", LOOKED_AT)
def test_what_make_would_do_is_known(line: str, tmp_path: Path) -> None:
    done = Checkout(CHECKOUT).shell(f"{line} -n", within_seconds=60)

    assert done.returncode == 0, done.stderr
    assert LOOKED_AT[line] in done.stdout


@pytest.mark.parametrize("page", pages())
def test_no_page_prints_a_command_that_nobody_tries(page: str) -> None:
    for each in [*in_blocks(page), *in_sentences(page)]:
        line = each.here.replace("ADMINISTRATOR", TYPED["ADMINISTRATOR"])
        known = {each.here, line} & {*RUN, *LOOKED_AT} or any(each.here.startswith(start) for start in NOT_RUN)
        assert known or _is_a_name(each.here), f"{page}: {each.line}"
        if module := re.match(r"python -m (\S+)", each.line):
            assert importlib.util.find_spec(module[1]), f"{page}: {each.line}"


def test_every_row_is_printed_on_some_page() -> None:
    printed = {each.here for page in pages() for each in [*in_blocks(page), *in_sentences(page)]}

    assert {*RUN, *LOOKED_AT} - printed == set()


def test_the_page_of_the_command_line_lists_every_command() -> None:
    page = (CHECKOUT / "cli" / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([a-z- ]+)` \|", page, re.MULTILINE)) == set(_commands())


def _is_a_name(line: str) -> bool:
    """Whether *line* only names a command, or a group of them, without the words that it takes."""
    return any(f"{name} ".startswith(line.removeprefix("wardwatch ") + " ") for name in _commands())


@cache
def _commands() -> tuple[str, ...]:
    """Every command of ours by its words."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return tuple(_below(root, ""))


def _below(group: TyperCommand | TyperGroup, words: str) -> Iterator[str]:
    if not isinstance(group, TyperGroup):
        yield words
        return
    context = group.make_context(None, [], resilient_parsing=True)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert isinstance(found, TyperCommand | TyperGroup)
        yield from _below(found, f"{words} {name}".strip())
