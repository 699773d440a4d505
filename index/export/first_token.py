"""A graph whose last layer computes what is looked at alone: the state of the first token.

A classifier looks at the last state of the first token and at no other. That needs the keys and values of all tokens,
but of the questions of attention, and of all that comes after it, the first token's alone: two twelfths of the layer's
products are left, which takes a seventh off a model with six layers. Each row of a product is computed by itself, so
the numbers stay the same but for rounding.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from index.export.one_text import HEADS, HEADS_TURNED, attentions, fixed_and_known, lengths_to_try, outputs_at, taken

_TOLERANCE = 1e-4
"""Of the numbers that come out, by their size and at all."""

_STATE = "first_token.state"


def for_first_token(path: Path, max_tokens: int) -> bool:
    """Rewrites the classifier's graph at ``path``, which has its weights in it and is one of ``for_one_text``. Returns
    whether it did: a graph that would give others, or in which the last layer is not to be found, is left as it was.
    """
    onnx = import_module("onnx")
    model = onnx.load(str(path))
    lengths = lengths_to_try(max_tokens)
    try:
        before = outputs_at(model, lengths)
        if not _keep_first_token(model.graph):
            return False
        after = outputs_at(model, lengths)
    except Exception as error:  # onnxruntime raises bare Exception subclasses
        print(f"The graph cannot be looked at: {error}", file=sys.stderr)
        return False
    for old, new in zip(before, after, strict=True):
        if any(not np.allclose(new[name], old[name], rtol=_TOLERANCE, atol=_TOLERANCE) for name in old):
            return False
    onnx.save(model, str(path))
    return True


def _keep_first_token(graph: Any) -> bool:
    """Gives the questions of the last attention, and what its result is added to, the first token alone."""
    found = list(attentions(graph, HEADS, HEADS_TURNED))
    if not found:
        return False
    (questions, _), (keys, _), _ = found[-1].split
    asked, known = (list(_way_back(graph, each.input[0])) for each in (questions, keys))
    state = next((name for name in asked if name in known), None)
    added = None if state is None else _added_to(graph, found[-1].join[1], state)
    if state is None or added is None or asked.index(state) == 0:
        return False
    first = next(node for node in graph.node if asked[asked.index(state) - 1] in node.output)
    for node in (first, added):
        node.input[list(node.input).index(state)] = _STATE
    _slice(graph, state)
    return True


def _way_back(graph: Any, name: str) -> Iterator[str]:
    """A value, and those that it was made of, as long as each was made of one other and of what is always the same."""
    makers = {each: node for node in graph.node for each in node.output}
    fixed, _ = fixed_and_known(graph)
    inputs = [name]
    while len(inputs) == 1:
        yield inputs[0]
        maker = makers.get(inputs[0])
        inputs = [each for each in taken(maker) if each not in fixed] if maker is not None else []


def _added_to(graph: Any, node: Any, state: str) -> Any:
    """The sum into which what ``node`` makes goes, alone, together with ``state``; None if there is none."""
    uses = Counter(name for each in graph.node for name in taken(each))
    takers = {name: each for each in graph.node for name in taken(each)}
    while uses[node.output[0]] == 1:
        node = takers[node.output[0]]
        if state in node.input:
            return node if node.op_type == "Add" else None
    return None


def _slice(graph: Any, state: str) -> None:
    onnx = import_module("onnx")
    names = [f"{_STATE}.{part}" for part in ("from", "to", "axis")]
    for name, value in zip(names, (0, 1, 1), strict=True):
        graph.initializer.append(onnx.numpy_helper.from_array(np.array([value], dtype=np.int64), name))
    place = next(place for place, node in enumerate(graph.node) if state in node.output)
    graph.node.insert(place + 1, onnx.helper.make_node("Slice", [state, *names], [_STATE], name=_STATE))
