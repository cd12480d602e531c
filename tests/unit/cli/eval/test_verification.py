"""One to one: pairs of one person and of two, and the folds of a pairs file."""

import numpy as np
import pytest

from cli.eval import verification
from cli.eval.verification import Pair
from tests.unit.cli.eval.builders import faces, people


def test_every_pair_of_pictures_is_counted_once_for_each_of_its_people() -> None:
    found = verification.compared(people(5, 4))

    assert found.same.searches.tolist() == [6.0] * 5
    assert found.others.searches.tolist() == [64.0] * 5


def test_shares_are_those_of_the_pairs_themselves() -> None:
    some = people(6, 3, spread=0.4)
    owners = np.repeat(np.arange(6), 3)
    scores = some.vectors @ some.vectors.T
    same = owners[:, None] == owners[None]
    upper = np.triu(np.ones_like(same), 1)

    found = verification.compared(some)

    for threshold in (0.1, 0.3, 0.6):
        assert found.same.at(threshold) == pytest.approx((scores[same & upper] >= threshold).mean(), abs=0.03)
        assert found.others.at(threshold) == pytest.approx((scores[~same & upper] >= threshold).mean(), abs=0.01)


def test_people_who_are_told_apart_are_accepted_at_a_low_rate_of_others() -> None:
    threshold, accepted, interval = verification.compared(people(40, 4, spread=0.05)).at_rate(0.001)

    assert accepted == 1
    assert 0 < threshold < 1
    assert interval.low == 1


PAIRS = """2\t1
ana\t1\t2
ana\t1\tbea\t1
bea\t1\t2
bea\t2\tcai\t1
"""


def test_a_pairs_file_names_pictures_by_person_and_number() -> None:
    files = ["ana/ana_0001.jpg", "ana/ana_0002.jpg", "bea/bea_0001.jpg", "bea/bea_0002.jpg", "cai/cai_0001.jpg"]

    found = list(verification.parse_pairs(PAIRS, files))

    assert found == [
        Pair("ana/ana_0001.jpg", "ana/ana_0002.jpg", True, 0),
        Pair("ana/ana_0001.jpg", "bea/bea_0001.jpg", False, 0),
        Pair("bea/bea_0001.jpg", "bea/bea_0002.jpg", True, 1),
        Pair("bea/bea_0002.jpg", "cai/cai_0001.jpg", False, 1),
    ]


@pytest.mark.parametrize("line", ["ana 1", "ana 1 2 3 4", "ana one two"])
def test_a_line_that_is_no_pair_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"words|invalid"):
        list(verification.parse_pairs(f"1 1\n{line}\n", ["ana/ana_0001.jpg"]))


def test_each_fold_is_judged_by_the_threshold_of_the_others() -> None:
    some = faces(30, 2, spread=0.05)
    names = [each.replace("/", "/x_") for each in some.names]
    pairs = [Pair(names[2 * i], names[2 * i + 1], True, i % 10) for i in range(30)]
    pairs += [Pair(names[2 * i], names[(2 * i + 2) % 60], False, i % 10) for i in range(30)]
    pairs.append(Pair(names[0], "gone/x_1.jpg", False, 0))

    found = verification.folded(pairs, names, some.vectors)

    assert len(found.accuracies) == 10
    assert found.accuracy == 1
    assert found.missing == 1


def test_pairs_of_which_no_picture_is_there_are_refused() -> None:
    with pytest.raises(ValueError, match="no pair"):
        verification.folded([Pair("a/1.jpg", "b/1.jpg", False, 0)], [], np.zeros((0, 4), np.float32))
