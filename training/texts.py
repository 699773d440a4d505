"""The documents of a folder as passages, to ask their own sentences (training.asked_of_text)."""

from collections.abc import Callable, Iterator
from pathlib import Path

from index.errors import ReadError
from index.readers import read, readable
from index.split import split
from index.types import Document, Passage

PASSAGE_TOKENS = 200


def read_texts(folder: Path, count_tokens: Callable[[str], int]) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
    """All documents below ``folder`` that can be read, in order of their paths, split as for the index."""
    for file in sorted(each for each in folder.rglob("*") if each.is_file() and readable(each.name)):
        path = file.relative_to(folder).as_posix()
        try:
            found = read(file.read_bytes(), file.name).readings
        except ReadError as error:
            print(f"{path} is left out: {error.user_message}")
            continue
        for reading in found:
            document = Document(
                id=f"texts/{path}{reading.member}", source="texts", collection="texts", path=path, media_type="",
                title=reading.title or file.stem, publisher=reading.publisher, published=reading.published,
                url=reading.url, language=reading.language, text=reading.text, headings=reading.headings,
                blocks=reading.blocks,
            )  # fmt: skip
            yield document, split(document, count_tokens, PASSAGE_TOKENS)
