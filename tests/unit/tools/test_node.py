"""What npm says, in one sentence."""

import json
import re

import pytest

from tools import node


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("npm error code ECONNREFUSED\nnpm error syscall connect", "the npm registry cannot be reached"),
        ("npm error code EAI_AGAIN", "the npm registry cannot be reached"),
        ("npm error code EINTEGRITY", "its hash differs"),
        ("npm error code ENOSPC", "is full"),
        ("npm warn old\nnpm error code EUSAGE\nnpm error not in sync", "code EUSAGE not in sync"),
        ("", "it gave no reason"),
    ],
)
def test_why_npm_installed_nothing_is_one_sentence(output: str, words: str) -> None:
    sentence = node.reason(output)

    assert words in sentence
    assert "\n" not in sentence


def test_the_lock_names_no_registry_and_holds_a_hash_of_every_package() -> None:
    lock = (node.FOLDER / "package-lock.json").read_text(encoding="utf-8")

    assert '"resolved"' not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_the_types_are_those_of_the_packages_that_are_served() -> None:
    vendored = (node.CHECKOUT / "services/alerts/web/VENDORED.md").read_text(encoding="utf-8")
    served = dict(re.findall(r"^\| `[^`]+` \| (\S+) (\S+) \|", vendored, re.MULTILINE))
    wanted = json.loads((node.FOLDER / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    assert served.items() <= wanted.items()
    assert len(served) == 5
