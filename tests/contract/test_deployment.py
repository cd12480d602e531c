"""The production files say the same as the code."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from access import database, grants, render, store, wrapping
from access.federation import MOST_LINKS
from deploy import health
from local import nats_server, plan
from local.waiting import wait_until
from proto.wardwatch.v1 import sources, subjects
from services.chassis.disk_watch import parse_disks

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.load((ROOT / "compose.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
MANUAL = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
SETUP = (ROOT / "deploy" / "setup.sh").read_text(encoding="utf-8")
NATS = (ROOT / "deploy" / "nats.conf").read_text(encoding="utf-8")
HEARS_PASSERS_BY = ("detector", "embedder", "embedder-second", "matcher")
PIPELINE = ("detector", "embedder", "matcher", "watchlist", "alerts", "drill", "delivery")


def services() -> Mapping[str, Mapping[str, object]]:
    found: Mapping[str, Mapping[str, object]] = COMPOSE["services"]
    return found


def addresses_of_the_broker(service: Mapping[str, object]) -> list[str]:
    environment = service.get("environment", {})
    assert isinstance(environment, Mapping)
    return [key for key in environment if key.endswith("_NATS_URL")]


def test_broker_takes_the_largest_frame_and_no_more() -> None:
    assert f"max_payload: {subjects.MAX_PAYLOAD_BYTES}\n" in NATS


def test_broker_notices_a_lost_connection_equally_soon_everywhere(tmp_path: Path) -> None:
    beside = nats_server.configuration_text(tmp_path, store.Credentials(tmp_path), -1)

    for line in ('ping_interval: "10s"\n', "ping_max: 2\n"):
        assert line in NATS
        assert line in beside


def test_broker_tidies_up_its_memory_equally_soon_everywhere() -> None:
    script = (ROOT / "deploy" / "nats.sh").read_text(encoding="utf-8")

    assert f"export GOMEMLIMIT={nats_server.MEMORY}\n" in script


def test_broker_has_room_for_the_limits_of_all_streams() -> None:
    room = re.search(r"max_file_store: (\d+)GB", NATS)

    assert room is not None
    # The smaller reading of a GB is enough. Room is reserved for a publisher, and for many lists that were joined.
    joined = MOST_LINKS * render.JOINED_BYTES
    reserved = sum(stream.max_bytes for stream in subjects.STREAMS) + render.PUBLISHED_BYTES + joined
    assert int(room[1]) * 1000**3 > reserved
    assert int(room[1]) * 1000**3 == nats_server.MAX_FILE_STORE


def test_broker_reads_links_and_domain_equally_everywhere(tmp_path: Path) -> None:
    beside = nats_server.configuration_text(tmp_path, store.Credentials(tmp_path), -1)

    for name in (store.DOMAIN, store.LINKS, store.ACCOUNTS):
        assert f'include "../../run/credentials/{name}"\n' in NATS
        assert f'include "{name}"\n' in beside
    assert "feature_flags { js_api_reply_v2: true }\n" in NATS
    assert "feature_flags { js_api_reply_v2: true }\n" in beside
    assert "server_name" not in NATS + beside  # it comes with the links


def test_no_other_broker_comes_in_or_is_dialled_unless_a_file_says_so() -> None:
    publisher, joined = (
        yaml.load((ROOT / f"compose.{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["services"]
        for name in ("federation", "joined")
    )

    assert "7422" not in (ROOT / "compose.yaml").read_text(encoding="utf-8") + NATS
    assert publisher.keys() == joined.keys() == {"nats"}
    assert [text.rpartition(":")[2] for text in publisher["nats"]["ports"]] == ["7422"]
    assert "outside" not in publisher["nats"]["networks"]
    assert joined["nats"] == {"networks": ["bus", "record", "outside"]}


def test_broker_writes_through_and_keeps_its_store_in_the_volume() -> None:
    assert "sync_interval: always" in NATS
    assert 'store_dir: "/var/lib/nats"' in NATS
    assert "jetstream:/var/lib/nats" in str(services()["nats"]["volumes"])


def started(folder: Path) -> list[str]:
    """deploy/nats.sh with its files in *folder*."""
    text = (ROOT / "deploy" / "nats.sh").read_text(encoding="utf-8")
    moved = {
        "/var/lib/nats": folder / "store",
        "/run/credentials": folder,
        "/tmp": folder,
        "/etc/nats": ROOT / "deploy",
    }
    paths = rf"(?<![\w/])({'|'.join(moved)})(?=[/ \n])"
    text = re.sub(paths, lambda found: str(moved[found[1]]), text)
    return ["/bin/sh", "-c", text, "nats.sh", "nats.conf"]


def path_of(folder: Path) -> dict[str, str]:
    """An environment in which programs of *folder* come first."""
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    path.chmod(0o700)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("free_kib", "ends"), [(40_000, True), (10_000, False)])
def test_broker_that_is_stuck_ends_once_there_is_room(tmp_path: Path, free_kib: int, *, ends: bool) -> None:
    (tmp_path / "jetstream.key").write_text("abc\n", encoding="ascii")
    looked = tmp_path / "looked"
    looked.touch()
    program(
        tmp_path / "nats-server",
        # Looked at a second time, it was not ended by the first.
        f"trap 'echo ended; exit 0' TERM\nwhile [ \"$(cat {looked} | wc -l)\" -lt 2 ]; do sleep 0.1; done",
    )
    program(tmp_path / "nc", 'cat > /dev/null; echo \'{"error": "stream write error: no space left on device"}\'')
    program(tmp_path / "df", f"printf 'head\\ndisk 9 9 {free_kib} 9%% /\\n'; echo yes >> {looked}")

    done = subprocess.run(started(tmp_path), env=path_of(tmp_path), capture_output=True, text=True, check=True)

    assert ("ended" in done.stdout) == ends
    assert ("started anew" in done.stdout) == ends


def test_broker_s_log_is_bounded_and_its_news_are_kept(tmp_path: Path) -> None:
    flood = "".join(f"[1] 2026/01/01 [ERR] 10.0.0.1 - cid:{number} - parser ERROR\n" for number in range(20_000))
    limit = ["awk", "-f", str(ROOT / "deploy" / "limit.awk")]

    done = subprocess.run(
        limit, input=f"{flood}[1] 2026/01/01 [INF] Reloaded\n", capture_output=True, text=True, check=True
    )

    assert len(done.stdout.splitlines()) < 1_000
    assert "[INF] Reloaded" in done.stdout
    assert "lines left out" in done.stdout


def test_the_room_on_the_disks_is_reported_as_it_is_read(tmp_path: Path) -> None:
    for name in ("broker", "database"):
        (tmp_path / "disks" / name).mkdir(parents=True)
    (tmp_path / "run").mkdir()
    text = (ROOT / "deploy" / "disks.sh").read_text(encoding="utf-8")
    script = text.replace("/run/disks", str(tmp_path / "run")).replace('"/disks', f'"{tmp_path}/disks')
    with subprocess.Popen(["/bin/sh", "-c", script]) as process:
        assert wait_until((tmp_path / "run" / "database").exists, 10)
        process.kill()

    free, total = map(int, (tmp_path / "run" / "database").read_text(encoding="ascii").split())
    assert 0 < free <= total


def test_broker_starts_with_all_blocks_but_the_one_it_was_killed_at(tmp_path: Path) -> None:
    blocks = tmp_path / "store" / "jetstream" / "RECORD" / "streams" / "SIGHTINGS" / "msgs"
    blocks.mkdir(parents=True)
    for name, content in {"5.blk": "messages", "6.blk": "", "6.key": "key", "7.blk": ""}.items():
        (blocks / name).write_text(content, encoding="ascii")
    (tmp_path / "jetstream.key").write_text("abc\n", encoding="ascii")
    server = tmp_path / "nats-server"
    server.write_text('#!/bin/sh\necho "$WARDWATCH_JETSTREAM_KEY $*"\n', encoding="ascii")
    server.chmod(0o700)

    done = subprocess.run(started(tmp_path), env=path_of(tmp_path), capture_output=True, text=True, check=True)

    assert done.stdout == f"abc --config {ROOT / 'deploy'}/nats.conf\n"
    assert sorted(path.name for path in blocks.iterdir()) == ["5.blk", "6.blk", "6.key"]


def test_only_the_page_publishes_a_port_and_nothing_has_a_fixed_name() -> None:
    assert {name for name, service in services().items() if "ports" in service} == {"alerts", "grafana"}
    assert services()["grafana"]["ports"] == ["127.0.0.1:${WARDWATCH_GRAFANA_PORT:-3000}:3000"]
    assert not [name for name, service in services().items() if "container_name" in service]


def test_every_container_is_read_only_and_without_rights() -> None:
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_container_has_bounds() -> None:
    for name, service in services().items():
        assert service["mem_limit"], name
        # Else it could have as much of the machine's swap, and what passers-by are seen by would be written to a disk.
        assert service["memswap_limit"] == service["mem_limit"], name
        assert service["cpus"], name
        assert service["pids_limit"], name
        assert COMPOSE["services"][name]["ulimits"]["nofile"]["hard"] >= 4096, name
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}, name


def test_the_later_stage_goes_first_when_the_processors_are_busy() -> None:
    stages = ("detector", "embedder", "matcher", "alerts")
    at = plan.Installation(Path("/nowhere"), "h1", "127.0.0.1", 1, "nats://x", dict.fromkeys(stages, Path("model")))
    shares = [int(str(services()[stage]["cpu_shares"])) for stage in stages]
    nice = [plan.program(stage, at, {}).nice for stage in stages]

    assert shares == sorted(shares)
    assert shares[0] < shares[1] < shares[2]
    assert nice == sorted(nice, reverse=True)
    assert nice[0] > nice[1] > nice[2] == 0


def test_the_disks_of_both_stores_are_watched_by_who_cannot_read_them() -> None:
    every = COMPOSE["services"]
    watched = every["disks"]

    assert watched["user"] == "65534:65534"
    assert watched["network_mode"] == "none"
    assert {"jetstream:/disks/broker:ro", "postgres:/disks/database:ro"} <= set(watched["volumes"])
    for name in ("watchlist", "alerts"):
        paths = parse_disks(every[name]["environment"][f"WARDWATCH_{name.upper()}_DISKS"])
        assert paths == {"broker": Path("/run/disks/broker"), "database": Path("/run/disks/database")}
        assert "disks:/run/disks:ro" in every[name]["volumes"]
        at = plan.Installation(Path("/nowhere"), "h1", "127.0.0.1", 1, "nats://x", {})
        beside = plan.program(name, at, {}).settings[f"WARDWATCH_{name.upper()}_DISKS"]
        assert parse_disks(beside).keys() == paths.keys()


def test_a_container_that_does_not_answer_is_ended(tmp_path: Path) -> None:
    counts = [health.failures(tmp_path / "n", alive=alive) for alive in (False, False, True, False)]
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60; exit 7"]) as parent:
        assert wait_until(lambda: has_child(parent.pid), 10)
        health.kill_children(parent.pid)

    assert counts == [1, 2, 0, 1]
    assert parent.returncode == 7
    assert not health.is_alive(1)


def has_child(parent: int) -> bool:
    return bool(Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii"))


def test_what_sees_passers_by_cannot_reach_the_outside() -> None:
    assert COMPOSE["networks"]["bus"] == {"internal": True}
    assert [services()[name]["networks"] for name in HEARS_PASSERS_BY] == [["bus"]] * 4


def test_what_sees_passers_by_reaches_neither_the_page_nor_the_database() -> None:
    assert COMPOSE["networks"]["record"] == COMPOSE["networks"]["database"] == {"internal": True}
    assert services()["alerts"]["networks"] == ["record", "database", "front"]
    assert services()["delivery"]["networks"] == ["record", "database", "outside"]
    assert [name for name, each in services().items() if "outside" in str(each.get("networks"))] == ["delivery"]
    assert services()["postgres"]["networks"] == ["database"]
    assert services()["nats"]["networks"] == ["bus", "record"]


def test_each_service_is_given_only_known_settings_and_its_own_secrets() -> None:
    for name in PIPELINE:
        environment = services()[name]["environment"]
        secrets = services()[name]["secrets"]
        assert isinstance(environment, Mapping)
        assert isinstance(secrets, list)
        own = {key: text for key, text in environment.items() if key != "GLIBC_TUNABLES"}
        assert {key.split("_")[1] for key in own} == {name.upper()}
        for value in environment.values():
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in secrets, name


@pytest.mark.parametrize("service", ["detector", "embedder", "matcher", "watchlist"])
def test_memory_is_as_forgetful_in_a_container_as_beside_one(service: str) -> None:
    at = plan.Installation(
        Path("/nowhere"), "h1", "127.0.0.1", 1, "nats://x", {role: Path("/m") for role in ("detector", "embedder")}
    )

    environment = services()[service]["environment"]

    assert isinstance(environment, Mapping)
    assert environment["GLIBC_TUNABLES"] == plan.FORGETFUL
    assert plan.program(service, at, {}).settings["GLIBC_TUNABLES"] == plan.FORGETFUL


def test_the_second_embedder_is_the_first_with_another_model() -> None:
    first, second = services()["embedder"], services()["embedder-second"]
    environment, other = first["environment"], second["environment"]
    assert isinstance(environment, Mapping)
    assert isinstance(other, Mapping)

    assert second["profiles"] == ["second-model"]
    # The same networks, credential and bounds; files of its own, which it may only read.
    apart = {"profiles", "scale", "volumes", "environment"}
    assert {key: each for key, each in second.items() if key not in apart} == {
        key: each for key, each in first.items() if key not in apart
    }
    assert (first.get("volumes"), second["volumes"]) == (None, ["./second-model:/second-model:ro"])
    assert set(other.items()) - set(environment.items()) == {
        ("WARDWATCH_EMBEDDER_MODEL_PATH", "/second-model/${WARDWATCH_SECOND_MODEL:-none.prepared.onnx}"),
        ("WARDWATCH_EMBEDDER_SECOND", "true"),
    }
    (grant,) = (each for each in grants.services() if each.user == grants.EMBEDDER)
    assert {subjects.PHOTO_EMBED.pattern, subjects.PHOTO_EMBED_SECOND.pattern} <= grant.subscribe


def test_the_manual_makes_a_second_recogniser_the_lists_own() -> None:
    told = yaml.safe_load(re.findall(r"```yaml\n( *services:\n *embedder:.*?)```", MANUAL, re.DOTALL)[0])["services"]

    assert told["embedder"]["volumes"] == services()["embedder-second"]["volumes"]
    named = {key for service in told.values() for key in service["environment"]}
    assert named == {
        "WARDWATCH_EMBEDDER_MODEL_PATH", "WARDWATCH_MATCHER_MODEL_SHA256", "WARDWATCH_MATCHER_DIMENSION",
        "WARDWATCH_WATCHLIST_MODEL_SHA256",
    }  # fmt: skip
    for key in named:
        _, service, setting = key.split("_", 2)
        readme = (ROOT / "services" / service.lower() / "README.md").read_text(encoding="utf-8")
        assert f"`{setting}`" in readme, key


def test_secrets_of_the_list_are_seen_by_those_who_open_it_only() -> None:
    def seeing(folder: str) -> set[str]:
        mounts = {name: service.get("volumes", []) for name, service in services().items()}
        assert all(isinstance(each, list) for each in mounts.values())
        return {
            name
            for name, each in mounts.items()
            if isinstance(each, list) and {str(mount).partition(":")[0] for mount in each} & {"./secrets", folder}
        }

    assert seeing("./secrets/keys") == {"setup", "cli", "matcher", "watchlist"}
    assert seeing("./secrets/identity") == {"setup", "cli", "watchlist"}
    assert services()["matcher"]["volumes"] == ["./secrets/keys:/run/keys:ro"]
    assert (
        "credentials init /secrets/nats --keys /secrets/keys --identity /secrets/identity --signing /secrets/signing\n"
        in SETUP
    )


def test_the_key_files_that_services_read_are_those_that_are_made() -> None:
    matcher, watchlist = (services()[name]["environment"] for name in ("matcher", "watchlist"))

    assert isinstance(matcher, Mapping)
    assert isinstance(watchlist, Mapping)
    assert matcher["WARDWATCH_MATCHER_WRAPPING_KEYS_FILE"] == f"/run/keys/{wrapping.WRAPPING_KEYS}"
    assert watchlist["WARDWATCH_WATCHLIST_WRAPPING_KEYS_FILE"] == f"/run/keys/{wrapping.WRAPPING_KEYS}"
    assert watchlist["WARDWATCH_WATCHLIST_IDENTITY_KEY_FILE"] == f"/run/identity/{store.IDENTITY_KEY}"


def test_every_database_role_has_a_password_that_migrate_is_given() -> None:
    wanted = {f"{role}.password" for role in database.ROLES}
    secrets = services()["migrate"]["secrets"]

    assert isinstance(secrets, list)
    assert wanted <= set(secrets)
    assert wanted <= COMPOSE["secrets"].keys()
    assert all(f" {role} " in SETUP or f" {role};" in SETUP for role in database.ROLES)


def test_who_makes_backups_is_given_nothing_that_opens_or_changes() -> None:
    backup = services()["backup"]

    assert backup["profiles"] == ["backup"]
    assert backup["secrets"] == ["backup.nk", "authors.json", "backup.maker.json", "wardwatch_backup.password"]
    assert backup["networks"] == ["record", "database"]
    seen = backup["volumes"]
    assert isinstance(seen, list)
    assert [str(each).partition(":")[0] for each in seen if str(each).startswith("./")] == ["./secrets/backup"]


def test_an_up_without_options_keeps_the_chosen_number_of_each() -> None:
    scales = {name: service["scale"] for name, service in services().items() if "scale" in service}

    # alerts publishes a fixed port, so there is one of it.
    scaled = ("detector", "embedder", "matcher", "watchlist")
    assert scales == {name: f"${{WARDWATCH_{name.upper()}S:-1}}" for name in scaled}
    assert not re.search(r"docker compose -f|up .*--scale", MANUAL)


def test_everyone_who_calls_the_broker_calls_it_by_tls_once_it_has_a_port() -> None:
    with_tls = yaml.load((ROOT / "compose.cameras.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["services"]

    callers = [(name, key) for name, each in services().items() for key in addresses_of_the_broker(each)]

    assert {name for name, _ in callers} == {
        "migrate", "cli", "federation", "cameras", "backup", "embedder-second", *PIPELINE,
    }  # fmt: skip
    for name, key in callers:
        assert with_tls.get(name, {}).get("environment", {}).get(key) == "tls://nats:4222", name
        assert with_tls[name]["environment"]["SSL_CERT_FILE"] == "/run/secrets/ca.crt", name
        assert with_tls[name]["secrets"] == ["ca.crt"], name


def test_the_manual_names_every_choice_that_the_files_offer() -> None:
    files = sorted(ROOT.glob("compose*.yaml"))

    offered = {name for path in files for name in re.findall(r"\$\{(\w+)", path.read_text("utf-8"))}

    assert offered
    assert {name for name in offered if f"`{name}`" not in MANUAL} == set()


def test_an_update_makes_secrets_known_before_services_use_them() -> None:
    row = re.search(r"^\| update \|.*$", MANUAL, re.MULTILINE)

    assert row is not None
    steps = [row[0].index(step) for step in ("docker compose run --rm setup", "HUP", "docker compose up -d")]
    assert steps == sorted(steps)


def test_cameras_are_read_from_the_folder_that_the_command_writes() -> None:
    cameras, cli = services()["cameras"], services()["cli"]
    environment, told = cameras["environment"], cli["environment"]
    assert isinstance(environment, Mapping)
    assert isinstance(told, Mapping)

    assert cameras["volumes"] == ["./secrets/sources:/run/sources:ro"]
    assert environment["WARDWATCH_CAMERA_SOURCES_FILE"] == f"/run/sources/{sources.FILE}"
    assert told["WARDWATCH_SOURCES_FILE"] == f"/secrets/sources/{sources.FILE}"
    assert " /secrets/sources " in SETUP


def test_who_reads_cameras_reaches_them_and_neither_page_nor_database() -> None:
    shares = {name for name, each in services().items() if "cameras" in str(each.get("networks"))}

    assert shares == {"cameras"}
    assert services()["cameras"]["networks"] == ["bus", "cameras"]
    assert "secrets" not in services()["cameras"]


def test_the_image_has_every_file_that_it_names() -> None:
    taken = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    named = re.findall(r"/opt/wardwatch/app/([\w./]+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))

    assert "deploy/health.py" in named
    for name in named:
        assert f"\n!{name}\n" in taken, name
        assert (ROOT / name).is_file()


def test_our_user_can_read_what_a_strict_umask_checked_out() -> None:
    built = (ROOT / "Dockerfile").read_text(encoding="utf-8").partition("# --- what runs")[0]

    # Last, so that nothing comes after it.
    assert built.rstrip().endswith("&& chmod -R a+rX /opt/wardwatch")
    assert "\nchmod -R a+rX deploy " in MANUAL


def test_inference_library_reports_to_nobody() -> None:
    program = "import services, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environ = {name: text for name, text in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, check=True)

    assert done.stdout == b"1\n"
    assert "ORT_DISABLE_TELEMETRY=1" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
