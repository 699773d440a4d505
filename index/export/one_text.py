"""A graph that reads one text at a time, without what only padding and batches need.

Alone, a text is never padded: its attention mask is all ones, and what is added to the scores of attention for it is
all zeros. Nor has attention an axis for the batch: without it onnxruntime multiplies the heads where they lie, and
transposes only what comes out. Every number stays the same to the last bit. That is looked at: a graph that would give
others is left as it was.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_TOKENS = 1024
"""Models that read longer texts are left as they are: only at full length it shows whether each token sees all."""

_MASK = "attention_mask"
_SHORT = (2, 3, 17)
_IDS = 100
"""No vocabulary has fewer."""

_HEADS, _HEADS_TURNED = [0, 2, 1, 3], [0, 2, 3, 1]
"""How axes are ordered anew: from (batch, tokens, heads, width) to heads first, and with the tokens last."""
HEADS, HEADS_TURNED = [1, 0, 2], [1, 2, 0]
"""The same where there is no axis for the batch any more."""

Values = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Attention:
    """Nodes: a Reshape and a Transpose each that split questions, keys and values into heads, and what joins these."""

    split: tuple[tuple[Any, Any], ...]
    join: tuple[Any, Any]


def for_one_text(path: Path, max_tokens: int) -> bool:
    """Rewrites the encoder's graph at ``path``, which has its weights in it. Returns whether it did."""
    onnx = import_module("onnx")
    model = onnx.load(str(path))
    if max_tokens > MOST_TOKENS:
        return False
    lengths = lengths_to_try(max_tokens)
    try:
        before = outputs_at(model, lengths)
        _leave_out_masks(model, lengths)
        _leave_out_batches(model)
        after = outputs_at(model, lengths)
    except Exception as error:  # onnxruntime raises bare Exception subclasses, as for more tokens than there are places
        print(f"The graph cannot be looked at: {error}", file=sys.stderr)
        return False
    if any(old[name].tobytes() != new[name].tobytes() for old, new in zip(before, after, strict=True) for name in old):
        return False
    onnx.save(model, str(path))
    return True


def lengths_to_try(max_tokens: int) -> list[int]:
    """Numbers of tokens, the longest last."""
    return [*(length for length in _SHORT if length < max_tokens), max_tokens]


def outputs_at(model: Any, lengths: Sequence[int], names: Sequence[str] | None = None) -> list[Values]:
    """The outputs for texts of so many tokens, or the values called ``names``."""
    onnx, onnxruntime = import_module("onnx"), import_module("onnxruntime")
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    if names is not None:
        del asked.graph.output[:]
        asked.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    _drop_unused(asked.graph)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(asked.SerializeToString(), options, providers=["CPUExecutionProvider"])
    wanted = [each.name for each in session.get_outputs()]
    found: list[Values] = []
    for length in lengths:
        feed: Values = {
            "input_ids": np.arange(length)[None] % _IDS,
            _MASK: np.ones((1, length), dtype=np.int64),
            "token_type_ids": np.zeros((1, length), dtype=np.int64),
            "sentences": np.tri(3, length, dtype=np.float32),
        }
        given = {each.name: feed[each.name] for each in session.get_inputs()}
        found.append(dict(zip(wanted, session.run(wanted, given), strict=True)))
    return found


def _leave_out_masks(model: Any, lengths: Sequence[int]) -> None:
    """Leaves out sums with what follows from the mask and from lengths alone, if that is zero at all ``lengths``."""
    fixed, known = fixed_and_known(model.graph)
    sums = {}
    for node in model.graph.node:
        for mask, other in ((0, 1), (1, 0)):
            if node.op_type == "Add" and node.input[mask] in known and node.input[other] not in known | fixed:
                sums[node.output[0]] = (node.input[mask], node.input[other])
    masks = sorted({mask for mask, _ in sums.values()})
    found = outputs_at(model, lengths, masks) if masks else []
    for total, (mask, other) in sums.items():
        if not any(values[mask].any() for values in found):
            for node in model.graph.node:
                for place, name in enumerate(node.input):
                    if name == total:
                        node.input[place] = other
    _drop_unused(model.graph)


def fixed_and_known(graph: Any) -> tuple[set[str], set[str]]:
    """The values that are always the same, and those that follow from the mask and from lengths alone."""
    fixed, known = {each.name for each in graph.initializer}, {_MASK}
    for node in graph.node:
        if node.op_type == "Shape":
            known.update(node.output)
        elif fixed.issuperset(taken(node)):
            fixed.update(node.output)
        elif (fixed | known).issuperset(taken(node)):
            known.update(node.output)
    return fixed, known


def _leave_out_batches(model: Any) -> None:
    every = list(attentions(model.graph, _HEADS, _HEADS_TURNED))
    asked = [each.split[0][0].output[0] for each in every]
    (found,) = outputs_at(model, _SHORT[:1], asked) if asked else ({},)
    numpy_helper = import_module("onnx").numpy_helper
    for name, attention in zip(asked, every, strict=True):
        _, _, heads, width = found[name].shape
        split, join = f"{name}.split", f"{name}.join"
        model.graph.initializer.append(numpy_helper.from_array(np.array([-1, heads, width]), split))
        model.graph.initializer.append(numpy_helper.from_array(np.array([1, -1, heads * width]), join))
        for reshape, transpose in attention.split:
            reshape.input[1] = split
            transpose.attribute[0].ints[:] = [axis - 1 for axis in transpose.attribute[0].ints[1:]]
        transpose, reshape = attention.join
        transpose.attribute[0].ints[:] = [1, 0, 2]
        reshape.input[1] = join
    del model.graph.value_info[:]  # the ranks that the exporter noted
    _drop_unused(model.graph)


def attentions(graph: Any, heads: Sequence[int], turned: Sequence[int]) -> Iterator[Attention]:
    """Those whose scores go straight from one product through the softmax into the other, and nowhere else, and whose
    axes are ordered so.
    """
    makers: dict[str, Any] = {name: node for node in graph.node for name in node.output}
    takers: dict[str, Any] = {name: node for node in graph.node for name in taken(node)}
    uses = Counter(name for node in graph.node for name in taken(node))
    fixed, _ = fixed_and_known(graph)

    def alone(node: Any, operator: str) -> bool:
        """Whether it is such a node, and only one takes what it makes."""
        return node is not None and node.op_type == operator and uses[node.output[0]] == 1

    def parts(name: str, axes: Sequence[int]) -> tuple[Any, Any] | None:
        transpose: Any = makers.get(name)
        reshape: Any = makers.get(transpose.input[0]) if alone(transpose, "Transpose") else None
        return (reshape, transpose) if alone(reshape, "Reshape") and transpose.attribute[0].ints == axes else None

    for softmax in graph.node:
        scores: Any = (
            makers.get(softmax.input[0]) if alone(softmax, "Softmax") and softmax.attribute[0].i == -1 else None
        )
        if (alone(scores, "Mul") or alone(scores, "Div")) and scores.input[1] in fixed:
            scores = makers.get(scores.input[0])
        mixed: Any = takers.get(softmax.output[0])
        if not alone(scores, "MatMul") or not alone(mixed, "MatMul"):
            continue
        split = [
            parts(scores.input[0], heads),
            parts(scores.input[1], turned),
            parts(mixed.input[1], heads),
        ]
        found = tuple(each for each in split if each is not None)
        join = takers[mixed.output[0]]
        joined: Any = takers.get(join.output[0])
        if len(found) < len(split) or not alone(join, "Transpose") or join.attribute[0].ints != heads:
            continue
        if joined.op_type == "Reshape":
            yield Attention(found, (join, joined))


def taken(node: Any) -> list[str]:
    """The values that a node takes, or the branches within it."""
    graphs = (each.g for each in node.attribute if each.HasField("g"))
    return [*node.input, *(name for graph in graphs for inner in graph.node for name in taken(inner))]


def _drop_unused(graph: Any) -> None:
    """Leaves out the nodes that no output follows from."""
    used = {each.name for each in graph.output}
    kept: list[Any] = []
    for node in reversed(graph.node):
        if used.intersection(node.output):
            used.update(taken(node))
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
