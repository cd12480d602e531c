"""compose.yaml on a real engine: it starts from nothing, confines its containers, and comes back from kills.

Needs root, Docker with Compose, and the images that compose.yaml names; skips by name where one is missing. Runs as a
project of its own, on a port of its own, and leaves neither container nor volume behind.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
import yaml

from local.waiting import wait_until
from tests.checkout import CHECKOUT

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

OURS: Final = (
    "cameras", "detector", "embedder", "matcher", "drill", "watchlist", "alerts", "delivery", "federation", "disks",
)  # fmt: skip
RUNNING: Final = (*OURS, "nats", "postgres")
USERS: Final = {"postgres": 999, "disks": 65534}
PROBE: Final = """
import socket, sys
host, port = sys.argv[1:]
try:
    socket.create_connection((host, int(port)), 2).close()
    print("reached")
except OSError:
    print("not reached")
"""


def docker(*words: str, folder: Path | None = None, text: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program ``docker``."""
    program = shutil.which("docker") or "docker"
    return subprocess.run([program, *words], cwd=folder, input=text, capture_output=True, text=True, check=False)


@dataclass(frozen=True, slots=True)
class Project:
    """One project of Compose in a folder of its own."""

    folder: Path

    def compose(self, *words: str, text: str = "") -> str:
        """Run ``docker compose``; returns what it printed. Fails the test when it fails."""
        done = docker("compose", *words, folder=self.folder, text=text)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def name(self) -> str:
        found = re.search(r"^COMPOSE_PROJECT_NAME=(.*)$", (self.folder / ".env").read_text(encoding="utf-8"), re.M)
        assert found is not None
        return found[1]

    def cli(self, *words: str, typed: str = "") -> str:
        """Run ``wardwatch`` as docs/production.md says."""
        return self.compose("run", "--rm", "-T", "cli", *words, text=typed)

    def said_by_check(self) -> str:
        return docker("compose", "run", "--rm", "-T", "cli", "check", folder=self.folder).stdout

    def gateway(self, network: str) -> str:
        """This machine, as containers in the *network* reach it."""
        template = "{{range .IPAM.Config}}{{.Gateway}}{{end}}"
        return docker("network", "inspect", "--format", template, f"{self.name}_{network}").stdout.strip()

    def inside(self, service: str, *words: str, text: str = "") -> str:
        return self.compose("exec", "-T", service, *words, text=text).strip()

    def reaches(self, service: str, host: str, port: int) -> bool:
        return self.inside(service, "python", "-I", "-", host, str(port), text=PROBE) == "reached"

    def state(self, service: str, template: str) -> str:
        name = self.compose("ps", "--all", "--quiet", service).strip()
        return docker("inspect", "--format", template, name).stdout.strip()

    def send(self, service: str, sign: signal.Signals) -> None:
        """Send *sign* to the process that does the work; what the engine sends, it does not start again."""
        first = int(self.state(service, "{{.State.Pid}}"))
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        for process in map(int, children) if service in OURS else [first]:
            os.kill(process, sign)

    def came_back(self, service: str, before: str) -> bool:
        """Whether *service*, which had started at *before*, has started again and is well."""
        started, health = self.state(service, "{{.State.StartedAt}} {{.State.Health.Status}}").split()
        return started != before and health == "healthy"

    def is_healthy(self, service: str) -> bool:
        return self.state(service, "{{.State.Health.Status}}") == "healthy"

    def started_at(self, service: str) -> str:
        return self.state(service, "{{.State.StartedAt}}")


def need_an_engine() -> None:
    if os.geteuid() != 0:
        pytest.skip("the folder of secrets belongs to user 10001, which only root can give it to")
    if shutil.which("docker") is None:
        pytest.skip("there is no program named docker here")
    for words in (["info"], ["compose", "version"]):
        if docker(*words).returncode != 0:
            pytest.skip(f"`docker {' '.join(words)}` fails here")


def need_images(services: dict[str, dict[str, str]]) -> None:
    names = {service["image"] for service in services.values()}
    for name in sorted(names):
        if docker("image", "inspect", name).returncode != 0:
            pytest.skip(f"there is no image {name} here; docs/production.md says how it is made")


@contextmanager
def receiving(address: str) -> Iterator[tuple[str, list[str]]]:
    """A server of the hospital's own that takes everything; its address, and the paths of what it has taken."""
    received: list[str] = []

    class Taking(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.append(self.path)
            self.do_HEAD()

        def log_message(self, *_words: object) -> None:
            """Nothing is said."""

    with ThreadingHTTPServer((address, 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{address}:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


def own_choices(folder: Path) -> None:
    (folder / ".env").write_text(
        f"COMPOSE_PROJECT_NAME=try-{uuid.uuid4().hex[:8]}\nWARDWATCH_PORT=0\n"
        "COMPOSE_PROFILES=federation\nWARDWATCH_DRILL_PERIOD_SECONDS=20\n",
        encoding="utf-8",
    )
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if 0 < most < 65536:  # An engine without rights of its own can give no more than it has.
        limit = {"soft": min(most, 4096), "hard": most}
        smaller = {"services": {name: {"ulimits": {"nofile": limit}} for name in ("nats", "alerts")}}
        (folder / "compose.override.yaml").write_text(yaml.safe_dump(smaller), encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    need_an_engine()
    folder = Path(tempfile.mkdtemp(prefix="ww-compose-"))
    try:
        shutil.copy(CHECKOUT / "compose.yaml", folder)
        shutil.copytree(CHECKOUT / "deploy", folder / "deploy")
        folder.chmod(0o755)
        (folder / "secrets").mkdir(mode=0o700)
        os.chown(folder / "secrets", 10001, 10001)
        own_choices(folder)
        made = Project(folder)
        need_images(json.loads(made.compose("config", "--format", "json"))["services"])
        try:
            made.compose("run", "--rm", "-T", "setup")
            # Not --wait: on a busy machine one may be ended by its own check and started again.
            made.compose("up", "--detach")
            assert wait_until(lambda: all(map(made.is_healthy, RUNNING)), 400), made.compose("ps")
            yield made
        finally:
            made.compose("down", "--volumes", "--timeout", "5")
    finally:
        shutil.rmtree(folder)


def test_all_are_well_after_the_first_start_and_say_so(project: Project) -> None:
    assert {name: project.state(name, "{{.State.Health.Status}}") for name in RUNNING} == dict.fromkeys(
        RUNNING, "healthy"
    )
    said = project.cli("status")
    ready = {line.removesuffix(": ready") for line in said.splitlines() if line.endswith(": ready")}
    # The container reads many cameras, its program is called as everywhere; what looks at disks is no program of ours.
    assert ready == {*OURS, "camera"} - {"cameras", "disks"}
    assert "NOT READY" not in said


def test_a_cameras_line_is_drilled_and_a_message_leaves_the_house(project: Project) -> None:
    project.cli("camera", "add", "--site", "h1", "--camera", "gate", "--keep")
    project.inside("nats", "sh", "-c", "kill -HUP 1")
    face = "/opt/wardwatch/app/services/drill/face.jpg"
    publish = ("camera", "publish", face, "--site", "h1", "--camera", "gate", "--fps", "2", "--loop")
    project.compose("run", "--rm", "--detach", "-T", "--name", f"{project.name}-gate", "cli", *publish)
    try:
        # Of all that could be wrong only this is: nobody has a page open.
        assert wait_until(lambda: "WARNING - nobody on duty at h1" in project.said_by_check(), 180), project.cli(
            "status"
        )
        (code,) = re.findall(r"one-time code  (\S+)", project.cli("account", "add", "boss", "--role", "administrator"))
        project.cli("login", code)
        with receiving(project.gateway("outside")) as (url, received):
            project.cli("channel", "add", "hook", "--medium", "webhook", "--as", "boss", typed=f"{url}/in\n")
            assert "the test was taken" in project.cli("channel", "test", "hook", "--as", "boss")
            assert received == ["/in"]
        project.cli("channel", "remove", "hook", "--as", "boss")
    finally:
        docker("rm", "--force", f"{project.name}-gate")


@pytest.mark.parametrize("service", RUNNING)
def test_a_container_is_nobody_and_can_become_nobody_else(project: Project, service: str) -> None:
    status = dict(
        line.partition(":")[::2]
        for line in project.inside(service, "cat", "/proc/1/status").splitlines()
        if ":" in line
    )

    user = str(USERS.get(service, 10001))
    assert status["Uid"].split() == [user] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    written = project.inside(service, "sh", "-c", "touch /written 2>/dev/null && echo yes || echo no")
    assert written == "no"


@pytest.mark.parametrize("service", ["detector", "embedder", "matcher"])
def test_who_hears_passers_by_reaches_the_broker_and_no_more(project: Project, service: str) -> None:
    addresses = {
        "postgres": project.state("postgres", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"),
        "alerts": project.state("alerts", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"),
    }

    assert project.reaches(service, "nats", 4222)
    assert not project.reaches(service, addresses["postgres"], 5432)
    assert not [address for address in addresses["alerts"].split() if project.reaches(service, address, 8443)]


def test_what_is_killed_comes_back_and_nothing_stored_is_lost(project: Project) -> None:
    project.cli("account", "add", "li.wei", "--role", "supervisor")

    for service in RUNNING:
        before = project.started_at(service)
        project.send(service, signal.SIGKILL)
        assert wait_until(partial(project.came_back, service, before), 120), service

    assert re.search(r"\bli\.wei\b", project.cli("account", "list"))
    assert "the audit is whole" in project.cli("audit", "verify", "--require-anchors")


def test_a_frozen_process_is_ended_by_its_own_health_check(project: Project) -> None:
    before = project.started_at("detector")

    project.send("detector", signal.SIGSTOP)

    assert wait_until(lambda: project.came_back("detector", before), 300)
