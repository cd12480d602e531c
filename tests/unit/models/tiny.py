"""A tiny network with the faults of the stock embedder: batch of one, weights as inputs, PReLU."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.catalogue import Folder, Kind, Row
from proto.wardwatch.v1.model_card import Preprocessing


def embedder(seed: int = 5) -> onnx.ModelProto:
    """112x112 in, four numbers out."""
    random = np.random.default_rng(seed)
    weights = {
        "kernel": random.normal(0, 0.02, (4, 3, 8, 8)),
        "slope": np.array([0.25, -0.5, 1.5, 0.0]).reshape(4, 1, 1),
    }
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    data = helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])
    inputs = [data, *(helper.make_tensor_value_info(t.name, TensorProto.FLOAT, t.dims) for t in tensors)]
    nodes = [
        helper.make_node("Conv", ["data", "kernel"], ["conv"], strides=[8, 8]),
        helper.make_node("PRelu", ["conv", "slope"], ["bent"]),
        helper.make_node("GlobalAveragePool", ["bent"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["vector"]),
    ]
    output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 4])
    graph = helper.make_graph(nodes, "tiny", inputs, [output], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)


def row(content: bytes, *, role: str = "embedder", evaluation_only: bool = False) -> Row:
    """A catalogue row for *content*."""
    digest = hashlib.sha256(content).hexdigest()
    preprocessing = Preprocessing("RGB", 0.0, 1.0)
    sources = (Folder("SOME_FOLDER"),)
    kind = Kind.OPTIONAL if evaluation_only else Kind.MODEL
    return Row(
        "tiny", kind, role, "tiny.onnx", len(content), digest, "none", preprocessing, sources, 4, evaluation_only
    )


def fetched(folder: Path) -> Row:
    """Put the tiny network into *folder* and return its row."""
    content = embedder().SerializeToString()
    (folder / "tiny.onnx").write_bytes(content)
    return row(content)
