"""What the catalogue may say."""

from importlib import resources

import pytest

from models import catalogue
from models.catalogue import Folder, Https, Kind, Wheel

ROW = """
[[file]]
name = "n"
kind = "model"
role = "embedder"
file = "n.onnx"
bytes = 10
sha256 = "{digest}"
licence = "MIT"
dimension = 512
preprocessing = {{ channels = "RGB", mean = 127.5, scale = 0.0078125 }}
sources = [ {{ kind = "folder", environment = "A" }}, {{ kind = "https", address = "https://example.org/n.onnx" }} ]
""".format(digest="ab" * 32)


def test_the_catalogue_of_the_project_is_read() -> None:
    rows = catalogue.parse(resources.files("models").joinpath("models.toml").read_text())

    assert [row.role for row in rows if row.kind is Kind.MODEL] == ["detector", "embedder"]
    assert {type(source) for row in rows for source in row.sources} == {Folder, Wheel, Https}
    assert all(row.sources[0] == Folder("WARDWATCH_MODELS_DIR") for row in rows)
    assert {row.role for row in rows if row.kind is Kind.OPTIONAL} == {"embedder"}
    assert all(row.licence and row.dimension for row in rows if row.kind is Kind.OPTIONAL)


def test_what_is_for_evaluation_alone_is_optional() -> None:
    (row,) = catalogue.parse(
        ROW.replace('kind = "model"', 'kind = "optional"').replace(
            "dimension = 512", "dimension = 512\nevaluation_only = true"
        )
    )

    assert row.evaluation_only


def test_a_stronger_model_is_a_row() -> None:
    (row,) = catalogue.parse(ROW)

    assert row.preprocessing is not None
    assert (row.preprocessing.mean, row.preprocessing.scale, row.dimension) == (127.5, 0.0078125, 512)
    assert row.sources == (Folder("A"), Https("https://example.org/n.onnx"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"n.onnx"', '"../n.onnx"', id="file outside the folder"),
        pytest.param("ab" * 32, "ab", id="digest too short"),
        pytest.param("bytes = 10", "bytes = 0", id="no size"),
        pytest.param("https://", "http://", id="address without TLS"),
        pytest.param('"RGB"', '"GRB"', id="unknown channel order"),
        pytest.param("scale = 0.0078125", "scale = 0", id="scale of zero"),
        pytest.param("scale = 0.0078125", "scale = 1, more = 2", id="unknown preprocessing"),
        pytest.param('kind = "folder"', 'kind = "drawer"', id="unknown source"),
        pytest.param('kind = "model"', 'kind = "film"', id="unknown kind"),
        pytest.param('licence = "MIT"', "", id="no licence"),
        pytest.param("[[file]]", "[[flie]]", id="misspelt table"),
        pytest.param("dimension = 512", "", id="recogniser without a dimension"),
        pytest.param('role = "embedder"', 'role = "detector"', id="detector with a dimension"),
        pytest.param("dimension = 512", "dimension = 512\nevaluation_only = true", id="evaluation alone, and needed"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match=r"row|preprocessing|catalogue|not a valid"):
        catalogue.parse(ROW.replace(old, new))
