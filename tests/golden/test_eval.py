"""`wardwatch eval` with the real models, on the two people whose pictures everybody may use."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.eval import evaluation, seeing
from cli.eval.evaluation import Asked
from cli.eval.seeing import ModelFiles
from proto.wardwatch.v1.model_card import prepared_path
from tests.golden.conftest import DETECTOR, EMBEDDER

PEOPLE = {"collins": "astronaut.png", "hopper": "grace_hopper.jpg"}
MARKS = """<annotation><filename>{name}.jpg</filename><object><name>without_mask</name><bndbox>
<xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox></object></annotation>"""


def silent(_: str) -> None:
    """Nobody watches."""


@pytest.fixture
def asked(models_dir: Path, tmp_path: Path) -> Asked:
    files = ModelFiles(prepared_path(models_dir / DETECTOR), prepared_path(models_dir / EMBEDDER))
    folder = tmp_path / "people"
    for person, file in PEOPLE.items():
        (folder / person).mkdir(parents=True)
        picture = cv2.imread(str(models_dir / file))
        assert picture is not None
        for number, scale in enumerate((0.8, 0.75, 0.7, 0.65)):
            smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(folder / person / f"{person}_{number:04}.jpg"), smaller)
    cv2.imwrite(str(folder / "collins" / "nobody.jpg"), np.full((200, 200, 3), 90, np.uint8))
    return Asked(folder, files, "0.1.0", date(2026, 11, 30), processes=1, cache=tmp_path / "home")


@pytest.mark.timeout(120)
def test_two_people_are_told_apart_and_looked_at_once(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluation.evaluate(asked, silent).file
    kept = tmp_path / "home" / "evaluation" / "vectors.sqlite"

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a picture was embedded again")

    monkeypatch.setattr(seeing.Eyes, "embedded", never)
    second = evaluation.evaluate(asked, silent).file

    report = first.report
    assert (report.data.pictures, report.data.faces, report.data.people) == (9, 8, 2)
    assert report.identification[0].rank_one.value == 1
    assert {each.shipped.missed.value for each in report.identification if each.shipped is not None} == {0.0}
    assert [model.role for model in report.models] == ["detector", "embedder"]
    assert report.floor is None
    assert second == first
    assert (kept.stat().st_mode & 0o077, kept.parent.stat().st_mode & 0o077) == (0, 0)


@pytest.mark.timeout(120)
def test_marked_faces_are_found_by_several_processes(asked: Asked, models_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "marked"
    folder.mkdir()
    picture = cv2.imread(str(models_dir / "astronaut.png"))
    assert picture is not None
    for name in ("one", "two"):
        cv2.imwrite(str(folder / f"{name}.jpg"), picture)
        # The second mark lies where nobody is.
        box = (180, 70, 270, 190) if name == "one" else (0, 0, 60, 60)
        (folder / f"{name}.xml").write_text(MARKS.format(*box, name=name))

    report = evaluation.evaluate(replace(asked, folder=folder, processes=2), silent).file.report

    everywhere = [each for each in report.detection if not each.label]
    assert [(each.lowest_px, each.faces, each.found.value) for each in everywhere] == [(48, 1, 0.0), (64, 1, 1.0)]
