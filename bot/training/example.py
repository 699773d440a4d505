"""What the reader learns from: a question, a text as the reader reads it, and whether that answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Example:
    """``label`` is 1 if ``text`` answers ``question``. ``start`` and ``end`` are the place of the answering words in
    ``text``, both -1 where they are unknown and both 0 where there are none. ``kind`` says how the pair was made.
    """

    question: str
    text: str
    label: int
    start: int
    end: int
    kind: str

    def __post_init__(self) -> None:
        if self.label == 0 and (self.start, self.end) != (0, 0):
            raise ValueError("A text that does not answer holds no answering words.")
        if self.start > 0 and not self.text[self.start : self.end].strip():
            raise ValueError("The answering words are not in the text.")


def write_examples(examples: Sequence[Example], path: Path) -> None:
    """One JSON object a line."""
    lines = (json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in examples)
    path.write_text("".join(lines), encoding="utf-8")


def read_examples(path: Path) -> list[Example]:
    """What ``write_examples`` wrote."""
    # Not splitlines, which would also break a line at a separator within a text.
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Example(**json.loads(line)) for line in lines if line]
