"""A report from made people: its figures, its pages in both languages, its file, and two of them compared."""

from datetime import date
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from cli.eval import comparing, document, files, measuring, rendering, suspects, verification
from cli.eval.comparing import ReportFile
from cli.eval.evaluation import Evaluated
from cli.eval.measuring import Searches
from cli.eval.people import Faces, anonymous, people_of
from cli.eval.words import SENTENCES, Language
from proto.wardwatch.v1.accuracy import AccuracyReport, ClipFigures, DataSet, MeasuredModel, Share
from services.chassis.errors import StartupError
from tests.unit.cli.eval import builders

OTHER = "0b" * 32
WEAK, STRONG = 0.26, 0.2


def searched(spread: float) -> tuple[Faces, Searches]:
    faces = builders.faces(60, 5, spread=spread)
    return faces, measuring.searches(people_of(faces), (30,))


@pytest.fixture(scope="module")
def report() -> AccuracyReport:
    faces, found = searched(WEAK)
    people = people_of(faces)
    comparisons = verification.compared(people)
    groups = {name: "old" if number % 2 else "young" for number, name in enumerate(people.names[:-5])}
    groups |= dict.fromkeys(people.names[-5:], "few")
    return AccuracyReport(
        measured_on=date(2026, 11, 30),
        software="0.1.0",
        models=[MeasuredModel(role="embedder", name="made|up", sha256=OTHER)],
        data=DataSet(name="<b>ours</b>", digest=OTHER, pictures=300, people=60, faces=300, refused=0, left_out=0),
        verification=measuring.verified(comparisons, None),
        identification=measuring.identification(found),
        groups=measuring.groups(found.main, people.names, groups),
        histogram=measuring.histogram(comparisons),
        clips=ClipFigures(films=1, frames=9, faces=3, walks=2, raised=Share(value=0, low=0, high=0.8), nearest=0.4),
        two_names=1,
        floor=measuring.floor(found.main),
    )


def test_every_share_lies_within_its_interval(report: AccuracyReport) -> None:
    shares = [
        share
        for each in report.identification
        for point in (*each.thresholds, each.shipped)
        if point is not None
        for share in (point.missed, point.taken)
    ]

    assert len(shares) > 20
    assert all(share.low <= share.value <= share.high for share in shares)


def test_sixty_people_bear_no_floor_and_no_rare_rate(report: AccuracyReport) -> None:
    first = report.identification[0]

    assert report.floor is None
    assert [point.rate for point in first.points if point.missed is not None] == [0.1]


def test_a_group_of_few_people_gets_no_figure(report: AccuracyReport) -> None:
    few, old, young = report.groups

    assert (few.group, few.people, few.missed, few.taken) == ("few", 5, None, None)
    assert old.missed is not None
    assert young.people == 28


@pytest.mark.parametrize("language", Language)
def test_the_page_says_all_of_it_and_runs_nothing(report: AccuracyReport, language: Language) -> None:
    page = rendering.html(document.document(report, language))

    assert SENTENCES[language]["limits"] in page
    assert "&lt;b&gt;ours&lt;/b&gt;" in page
    assert "<script" not in page
    assert "{" not in page.partition("</style>")[2]
    assert report.digest() in page


def test_a_name_with_marks_of_markdown_stays_a_name(report: AccuracyReport) -> None:
    text = rendering.markdown(document.document(report, Language.EN))

    assert r"made\|up" in text
    assert r"\<b\>ours" in text


def test_both_languages_say_the_same_with_the_same_values() -> None:
    english, chinese = SENTENCES[Language.EN], SENTENCES[Language.ZH_CN]

    assert english.keys() == chinese.keys()
    for key, words in english.items():
        names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (words, chinese[key])]
        assert names[0] == names[1], key


def test_pictures_stay_within_their_frame(report: AccuracyReport) -> None:
    drawings = list(document.document(report, Language.EN).drawings())

    assert [each.name for each in drawings] == ["det", "histogram"]
    assert all("polyline" in each.svg or "<rect x=" in each.svg for each in drawings)
    assert all("nan" not in each.svg for each in drawings)


def kept_file(report: AccuracyReport, spread: float) -> ReportFile:
    faces, found = searched(spread)
    names = [anonymous(name) for name in people_of(faces).names]
    return ReportFile(report=report, digest=report.digest(), scores=comparing.kept(found, names))


def test_the_file_is_read_as_it_was_written(report: AccuracyReport, tmp_path: Path) -> None:
    written = list(files.written(Evaluated(kept_file(report, WEAK)), tmp_path, Language.EN))

    assert [path.name for path in written] == ["report.json", "report.html", "report.md", "det.svg", "histogram.svg"]
    assert files.read(tmp_path / "report.json").report == report
    assert "person0" not in (tmp_path / "report.json").read_text()


def test_a_figure_that_was_changed_in_the_file_is_noticed(report: AccuracyReport, tmp_path: Path) -> None:
    list(files.written(Evaluated(kept_file(report, WEAK)), tmp_path, Language.EN))
    path = tmp_path / "report.json"
    path.write_text(path.read_text().replace('"two_names": 1', '"two_names": 0'))

    with pytest.raises(StartupError, match="was changed"):
        files.read(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"report": {}}'])
def test_what_is_no_report_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(content)

    with pytest.raises(StartupError, match="no report"):
        files.read(tmp_path / "report.json")


def test_a_report_compared_with_itself_differs_in_nothing(report: AccuracyReport) -> None:
    mine = kept_file(report, WEAK)

    found = comparing.differences(mine, mine, 30)

    assert found
    assert all(each.more.value == 0 and not each.is_real for each in found)


def test_what_is_kept_gives_the_figures_of_the_report(report: AccuracyReport) -> None:
    mine = kept_file(report, WEAK)

    pictures = next(each for each in comparing.differences(mine, mine, 30) if each.kind == "pictures")

    point = next(each for each in report.identification[0].points if each.rate == pictures.rate)
    assert point.missed is not None
    assert pictures.first == pytest.approx(point.missed.value, abs=0.01)


def test_a_better_recogniser_is_told_from_a_worse_one(report: AccuracyReport) -> None:
    found = comparing.differences(kept_file(report, 0.32), kept_file(report, STRONG), 30)

    pictures = next(each for each in found if each.kind == "pictures")
    assert pictures.more.value < 0
    assert pictures.is_real


def test_reports_of_other_people_cannot_be_compared(report: AccuracyReport) -> None:
    empty = ReportFile(report=report, digest=report.digest())

    with pytest.raises(ValueError, match="no scores of the same people"):
        comparing.differences(empty, kept_file(report, WEAK), 30)


def test_one_person_under_two_names_and_a_wrong_picture_are_suspects() -> None:
    faces = builders.faces(20, 5, spread=0.05)
    vectors = faces.vectors.copy()
    vectors[5:10] = vectors[:5]
    # A picture of whom the third person is least like.
    other = int(np.argmin(vectors[::5] @ vectors[11]))
    vectors[10] = vectors[5 * other + 4]
    mixed = Faces(faces.names, vectors, faces.measures, faces.pictures)
    people = people_of(mixed)

    (twice,) = suspects.two_names(people)
    (wrong,) = suspects.wrong_names(people, mixed)

    assert (twice.first, twice.second) == ("person000", "person001")
    assert (wrong.picture, wrong.other) == ("person002/0.jpg", f"person{other:03}")


def test_whoever_is_left_out_is_nowhere() -> None:
    people = people_of(builders.faces(4, 2), {"person001", "person002/1.jpg"})

    assert people.names == ["person000", "person002", "person003"]
    assert [len(rows) for rows in people.rows] == [2, 1, 2]


def test_faces_that_the_gate_refuses_are_not_compared() -> None:
    faces = builders.faces(2, 2)
    faces.measures[0] = (47, 0, 200)
    faces.measures[3] = (80, -71, 200)

    assert measuring.gated(faces).names == ["person000/1.jpg", "person001/0.jpg"]


def test_the_fixed_list_needs_listed_people_and_strangers() -> None:
    faces = builders.faces(30, 2, spread=0.05)
    mixed = people_of(faces.chosen([row for row in range(60) if row < 40 or row % 2]))

    found = measuring.fixed_list(mixed)

    assert measuring.fixed_list(people_of(faces)) is None
    assert found is not None
    assert (found.listed, found.searches, found.strangers) == (20, 20, 10)
    assert found.rank_one.value == 1
    assert np.isclose(found.rank_one.low, 0.8316, atol=1e-3)  # of 20 of 20
