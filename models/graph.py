"""Rewrite a network's graph so that onnxruntime runs it fast and for any batch. Pure: a model in, a new model out."""

import copy
from collections.abc import Iterator

import onnx
from onnx import helper, numpy_helper

BATCH = "batch"


def embedder(original: onnx.ModelProto) -> onnx.ModelProto:
    """Return *original* with a free batch, constant weights and PReLU in plain arithmetic.

    Weights that are listed as inputs may be overridden by a caller, so a runtime folds nothing into them; PReLU has no
    blocked-layout kernel in onnxruntime, so each one costs two conversions of the whole activation.
    """
    model = copy.deepcopy(original)
    weights = {each.name for each in model.graph.initializer}
    data = [each for each in model.graph.input if each.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(data)
    for each in (*model.graph.input, *model.graph.output):
        each.type.tensor_type.shape.dim[0].dim_param = BATCH

    # Shapes inferred for one face would contradict the free batch.
    del model.graph.value_info[:]
    nodes = list(_without_prelu(model.graph))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused_weights(model.graph)
    onnx.checker.check_model(model, full_check=True)
    return model


def detector(original: onnx.ModelProto) -> onnx.ModelProto:
    """Return *original* for pictures of any size whose sides are multiples of its coarsest stride.

    The batch stays one: cameras differ in size, and a larger batch does not make this network faster per picture.
    """
    model = copy.deepcopy(original)
    height, width = model.graph.input[0].type.tensor_type.shape.dim[2:]
    height.dim_param, width.dim_param = "height", "width"
    for each in model.graph.output:
        # (1, cells, values): cells follow from the size of the picture.
        each.type.tensor_type.shape.dim[1].dim_param = f"cells_{each.name.rsplit('_', 1)[1]}"

    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def _without_prelu(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Yield the nodes with PReLU(x) written as a*x + (1-a)*relu(x); adds the (1-a) weights to *graph*."""
    slopes = {each.name: each for each in graph.initializer}
    for node in list(graph.node):
        if node.op_type != "PRelu" or node.input[1] not in slopes:
            yield node
            continue

        source, slope = node.input
        rest = f"{slope}/rest"
        tensor = numpy_helper.to_array(slopes[slope])
        if rest not in {each.name for each in graph.initializer}:
            graph.initializer.append(numpy_helper.from_array((1 - tensor).astype(tensor.dtype), rest))

        out = node.output[0]
        yield helper.make_node("Relu", [source], [f"{out}/relu"])
        yield helper.make_node("Mul", [f"{out}/relu", rest], [f"{out}/positive"])
        yield helper.make_node("Mul", [source, slope], [f"{out}/linear"])
        yield helper.make_node("Add", [f"{out}/linear", f"{out}/positive"], [out])


def _drop_unused_weights(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
