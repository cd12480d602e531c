"""A prepared model computes what the original does, or does not get its name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from models import graph, prepare, trial
from models.prepared import prepared
from proto.wardwatch.v1.model_card import ModelCard, card_path, prepared_path
from services.chassis.errors import StartupError
from services.embedder.model import Embedder
from tests.unit.models import tiny

CPU = ["CPUExecutionProvider"]


def test_the_prepared_graph_has_a_free_batch_and_constant_weights() -> None:
    prepared = graph.embedder(tiny.embedder())

    assert [each.name for each in prepared.graph.input] == ["data"]
    assert prepared.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert all(node.op_type != "PRelu" for node in prepared.graph.node)


def test_a_prepared_model_agrees_with_the_original_and_names_it(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)

    card = prepare.prepare(row, tmp_path)

    assert card == prepared(row, tmp_path)
    assert card.original_sha256 == row.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.onnx", "tiny.prepared.json", "tiny.prepared.onnx"]


def test_a_model_that_computes_something_else_is_told_apart(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    changed = graph.embedder(tiny.embedder())
    kernel = next(each for each in changed.graph.initializer if each.name == "kernel")
    bent = numpy_helper.to_array(kernel).copy()
    bent[0] *= -1
    kernel.CopyFrom(numpy_helper.from_array(bent, "kernel"))
    onnx.save(changed, tmp_path / "changed.onnx")

    with pytest.raises(trial.Differs, match="cosine"):
        trial.compare("embedder", tmp_path / row.file, tmp_path / "changed.onnx")


def test_a_file_that_is_not_the_one_of_the_catalogue_is_not_prepared(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    (tmp_path / row.file).write_bytes(b"another")

    with pytest.raises(prepare.NotPrepared, match="not the file"):
        prepare.prepare(row, tmp_path)


def test_a_changed_prepared_file_counts_as_not_prepared(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    prepare.prepare(row, tmp_path)
    path = prepared_path(tmp_path / row.file)
    path.write_bytes(path.read_bytes() + b" ")

    assert prepared(row, tmp_path) is None


def test_fixed_inputs_are_the_same_every_time() -> None:
    first, second = (next(trial.pictures(1, 20, 30)) for _ in range(2))

    assert first.shape == (1, 3, 20, 30)
    np.testing.assert_array_equal(first, second)


def test_a_service_loads_a_prepared_file_and_names_the_original(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    prepare.prepare(row, tmp_path)

    with Embedder.load(prepared_path(tmp_path / row.file), threads=1, providers=CPU) as network:
        raw = network.embed_now([np.full((112, 112, 3), level, np.uint8) for level in (1, 2, 3)])

    assert (network.model.name, network.model.sha256) == ("tiny", row.sha256)
    assert raw.shape == (3, 4)


def spoil_card(path: Path) -> None:
    card_path(path).write_bytes(b"{}")


def spoil_recipe(path: Path) -> None:
    card_path(path).write_bytes(card_path(path).read_bytes().replace(b'"recipe": 1', b'"recipe": 0'))


def spoil_role(path: Path) -> None:
    card_path(path).write_bytes(card_path(path).read_bytes().replace(b'"embedder"', b'"detector"'))


def spoil_file(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def spoil_both(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [spoil_card, spoil_recipe, spoil_role, spoil_file, spoil_both])
def test_a_service_refuses_a_file_that_its_card_does_not_vouch_for(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    row = tiny.fetched(tmp_path)
    prepare.prepare(row, tmp_path)
    path = prepared_path(tmp_path / row.file)
    spoil(path)

    with pytest.raises(StartupError, match="model file"):
        Embedder.load(path, threads=1, providers=CPU)


def test_a_provider_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    prepare.prepare(row, tmp_path)

    with pytest.raises(StartupError, match="no provider MadeUpProvider"):
        Embedder.load(prepared_path(tmp_path / row.file), threads=1, providers=["MadeUpProvider", *CPU])


def test_a_card_survives_being_written_and_read(tmp_path: Path) -> None:
    card = prepare.prepare(tiny.fetched(tmp_path), tmp_path)

    assert ModelCard.decode(card.encode()) == card


def test_a_card_says_what_is_for_evaluation_alone(tmp_path: Path) -> None:
    tiny.fetched(tmp_path)
    row = tiny.row((tmp_path / "tiny.onnx").read_bytes(), evaluation_only=True)

    prepare.prepare(row, tmp_path)

    path = prepared_path(tmp_path / row.file)
    assert ModelCard.decode(card_path(path).read_bytes()).evaluation_only
    with Embedder.load(path, threads=1, providers=CPU) as network:
        assert network.evaluation_only


def test_a_card_of_before_there_were_any_is_for_every_use(tmp_path: Path) -> None:
    row = tiny.fetched(tmp_path)
    card = prepare.prepare(row, tmp_path)
    said = card.encode().replace(b',\n  "evaluation_only": false', b"")

    assert b"evaluation_only" not in said
    assert ModelCard.decode(said) == card
