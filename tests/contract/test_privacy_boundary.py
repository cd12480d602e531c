"""No process that hears passers-by can reach a database, and none that reaches it can hear them (docs/adr/0001).

Held over what decides it: the grants of the broker, the credentials, networks and secrets of ``compose.yaml``, what one
machine's programs are told, and what each program can import.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from access import database, grants
from local import plan
from proto.wardwatch.v1 import subjects
from tests.checkout import CHECKOUT

COMPOSE: Final = yaml.load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
SERVICES: Final[Mapping[str, Mapping[str, object]]] = COMPOSE["services"]
# Run by people, and end: who holds the folder of all secrets holds everything (docs/adr/0001).
BY_HAND: Final = {"setup", "cli"}
PASSERS_BY: Final = (subjects.FRAMES, subjects.FACES, subjects.VECTORS)
INSTALLATION: Final = plan.Installation(
    Path("/nowhere"), "h1", "127.0.0.1", 1, "nats://x", {"detector": Path("d"), "embedder": Path("e")}
)


def hearers() -> set[str]:
    """Broker users who may subscribe to messages about passers-by."""
    roots = {subject.pattern.partition(".")[0] for subject in PASSERS_BY}
    found = {
        grant.user
        for grant in grants.services()
        if any(subject.partition(".")[0] in {*roots, "*", ">"} for subject in grant.subscribe)
    }
    assert found, "nobody hears frames"
    return found


def listed(service: str, key: str) -> list[str]:
    found = SERVICES[service].get(key, [])
    assert isinstance(found, list)
    return [str(each) for each in found]


def test_who_hears_passers_by_is_three_services() -> None:
    assert hearers() == {grants.DETECTOR, grants.EMBEDDER, grants.MATCHER_VIDEO}


def test_a_container_that_hears_them_reaches_no_database() -> None:
    seeds = {f"{user}.nk" for user in hearers()}
    hearing = {name for name in SERVICES if seeds & set(listed(name, "secrets"))}
    reaching = {
        name
        for name in SERVICES
        if "database" in listed(name, "networks") or any(each.endswith(".password") for each in listed(name, "secrets"))
    }

    assert hearing == {"detector", "embedder", "embedder-second", "matcher"}
    assert reaching - BY_HAND == {"postgres", "migrate", "watchlist", "alerts", "delivery", "federation", "backup"}
    assert hearing & reaching == set()


def test_no_container_but_the_broker_is_given_a_seed_by_a_folder() -> None:
    folders = {"./secrets", "./secrets/nats"}
    sees = {name for name in SERVICES if any(each.partition(":")[0] in folders for each in listed(name, "volumes"))}

    assert sees - BY_HAND == {"nats"}


@pytest.mark.parametrize("service", [*plan.SERVICES, plan.FEDERATION])
def test_a_program_of_one_machine_has_one_or_the_other(service: str) -> None:
    settings = plan.program(service, INSTALLATION, {}).settings
    seeds = {Path(text).stem for text in settings.values() if text.endswith(".nk")}
    database_settings = [name for name in settings if "DATABASE" in name]

    assert seeds
    assert not (seeds & hearers() and database_settings)
    assert bool(database_settings) == (service in {"watchlist", "alerts", "delivery", "federation"})


def test_who_hears_them_cannot_even_speak_to_a_database() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = project["dependencies"]

    for service in ("camera", "detector", "embedder", "matcher"):
        needs = [*always, *project["optional-dependencies"][service]]
        assert not [each for each in needs if each.startswith(("asyncpg", "psycopg"))], service


def test_every_role_of_the_database_is_anothers() -> None:
    roles = {f"{role}.password" for role in database.ROLES}
    holders = {name for name in SERVICES if roles & set(listed(name, "secrets"))}

    assert holders == {"migrate", "watchlist", "alerts", "delivery", "federation", "backup"}
