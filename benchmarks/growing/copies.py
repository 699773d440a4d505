"""Copies of real documents that are no longer the same: words exchanged, vectors moved.

One word in ten, in small letters, is exchanged for another of the same length from all documents, and one in 500 for
a made-up one, so that the words grow in number as those of real documents do. As no length changes, passages and
sentences stand where they stood. Their vectors are not encoded anew: to each a random one is added, so
that the cosine of the two is ``LIKENESS``. What is searched is therefore as large and as varied as so many passages
are, but it says nothing of how well real ones would be found.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from index.library import FileRecord, Library
from index.library_rows import GenerationRecord
from index.types import Document, Passage, Source, Vectors

SOURCE = "copies"
LIKENESS = 0.8
EXCHANGED, MADE_UP = 0.1, 0.002
BATCH = 64

_WORD = re.compile(r"\b[a-z]{4,12}\b")
_LETTERS = "aaabcdeeeefghiiiklmnnooopqrrssttuvwy"


@dataclass(frozen=True, slots=True)
class Original:
    """A real document with its passages, and the vectors of these and of the sentences in each."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: Vectors
    sentences: tuple[Vectors, ...]


def read_originals(library: Library, record: GenerationRecord) -> list[Original]:
    """What the current generation of ``library`` holds, in the order of the documents."""
    originals = []
    for key in sorted(library.members()):
        rows = library.passage_rows([key], record.splitting)
        stored = library.passages([row.id for row in rows])
        sentences = library.vectors.of_sentences([row.id for row in rows], record.fingerprint, record.dimension)
        if stored:
            vectors = library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension)
            passages = tuple(each.passage for each in stored)
            originals.append(Original(stored[0].document, passages, vectors, tuple(sentences)))
    return originals


def grow(library: Library, originals: Sequence[Original], record: GenerationRecord, passages: int) -> None:
    """Adds copies until there are ``passages`` in ``library``, those there already counted; nothing is published.

    What was committed stays: begun again, it goes on with the next copy.
    """
    library.put_source(Source(SOURCE, "/copies", SOURCE))
    held = library.files(SOURCE)
    words = words_by_length(originals)
    waiting = _missing(originals, held, passages)
    while True:
        with library.batch():
            written = 0
            for copy, original in waiting:
                _put(library, record, copy, original, words)
                written += 1
                if written == BATCH:
                    break
        if written < BATCH:
            return


def copied_keys(library: Library) -> list[int]:
    """The keys of all copies that were ever committed."""
    return sorted(key for file in library.files(SOURCE).values() for key in file.document_keys)


def words_by_length(originals: Sequence[Original]) -> dict[int, list[str]]:
    """The words in small letters of all the documents, sorted, by their length."""
    found: dict[int, set[str]] = defaultdict(set)
    for original in originals:
        for word in _WORD.findall(original.document.text):
            found[len(word)].add(word)
    return {length: sorted(words) for length, words in found.items()}


def exchanged(text: str, random: Random, words: Mapping[int, Sequence[str]]) -> str:
    """The text with some words exchanged, as long as before."""

    def other(found: re.Match[str]) -> str:
        drawn = random.random()
        if drawn < MADE_UP:
            return "".join(random.choices(_LETTERS, k=len(found[0])))
        return random.choice(words[len(found[0])]) if drawn < EXCHANGED else found[0]

    return _WORD.sub(other, text)


def moved(vectors: Vectors, generator: np.random.Generator) -> Vectors:
    """The vectors, of length 1, each turned by the same angle into a random direction."""
    noise = generator.standard_normal(vectors.shape, dtype=np.float32)
    noise -= np.sum(noise * vectors, axis=1, keepdims=True) * vectors
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(LIKENESS * vectors + (1 - LIKENESS**2) ** 0.5 * noise, dtype=np.float32)


def _missing(
    originals: Sequence[Original], held: Mapping[str, FileRecord], passages: int
) -> Iterator[tuple[int, Original]]:
    count, copy = 0, 0
    while True:
        for original in originals:
            if count >= passages:
                return
            count += len(original.passages)
            if _path(copy, original) not in held:
                yield copy, original
        copy += 1


def _path(copy: int, original: Original) -> str:
    return f"{copy:06d}/{original.document.path}"


def _put(
    library: Library, record: GenerationRecord, copy: int, original: Original, words: Mapping[int, Sequence[str]]
) -> None:
    path = _path(copy, original)
    random, generator = Random(path), np.random.default_rng(list(path.encode()))
    document = replace(
        original.document, id=f"{SOURCE}/{path}", source=SOURCE, collection=SOURCE, path=path,
        text=exchanged(original.document.text, random, words), entry=None, edition=None,
    )  # fmt: skip
    digests = [hashlib.sha256(f"{path} {number}".encode()).digest() for number in range(len(original.passages))]
    vectors = moved(original.vectors, generator)
    sentences = [moved(each, generator) for each in original.sentences]
    key = library.put_document(document)
    library.put_passages(key, record.splitting, original.passages, digests)
    library.vectors.put(record.fingerprint, digests, vectors, sentences)
    library.put_file(SOURCE, path, FileRecord(document.version, SOURCE, (key,)))
