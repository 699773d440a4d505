"""The generations of a library in Milvus, under one prefix."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime

from index.errors import GenerationError
from index.library_rows import GenerationRecord
from index.milvus import build
from index.milvus.engine import Engine
from index.milvus.files import DAMAGED, Files
from index.milvus.manifest import Manifest, decoded
from index.milvus.schema import NEVER, VectorIndex, holding, tables
from index.milvus.search import LISTS, NAMES, MilvusIndex, united, words_name
from index.passage_index import Content, PassageIndex, Places
from index.vocabulary import MOST_WORDS

MANIFEST = "manifest.json"


class MilvusStore:
    """A ``PassageStore``. Two libraries in one engine need two prefixes: letters, digits and low lines.

    ``vectors`` says how the nearest are found: ``flat`` compares all, ``hnsw`` is quicker and may miss some.
    """

    def __init__(self, engine: Engine, prefix: str, vectors: VectorIndex = "flat") -> None:
        self._engine, self._prefix, self._vectors = engine, prefix, vectors
        self._files = Files(engine, prefix)

    def build(
        self,
        record: GenerationRecord,
        places: Places,
        content: Content,
        step: Callable[[str], None],
        lists: bytes,
        names: bytes,
        before: GenerationRecord | None,
    ) -> GenerationRecord:
        """Writes what ``before`` does not hold already. Raises StorageError."""
        self._files.make()
        where = tables(self._prefix, record.fingerprint, record.dimension, self._vectors)
        previous = self._previous(before, where.passages)
        try:
            build.begin(self._engine, where, previous, record.dimension, self._vectors)
            written, blocks = build.write(self._engine, where, record.id, previous, places, content)
        except GenerationError:  # what was there is damaged
            previous = None
            build.begin(self._engine, where, previous, record.dimension, self._vectors)
            written, blocks = build.write(self._engine, where, record.id, previous, places, content)
        step("generation-written")
        held = dict(previous.files) if previous else {}
        files = {LISTS: self._files.put(lists), NAMES: self._files.put(names)}
        for number in range(len(written.collections)):
            name = words_name(number)
            words = [self._files.get(held[name])] if name in held else []
            if number in written.words and not (words and words[0].count(b"\n") >= MOST_WORDS):
                words.append(written.words[number].content())
            files[name] = self._files.put(united(words))
        manifest = Manifest(
            record.id,
            where.passages,
            where.terms,
            len(places.ids),
            self._engine.count(where.terms, holding(record.id)),
            written.manifest_collections(),
            blocks,
            files,
        )
        digest = self._files.put(manifest.encoded())
        name = f"{record.id:06d}-{digest[:8]}"
        self._files.put_name(name, digest)
        step("generation-renamed")
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return replace(record, name=name, created_at=created, count=manifest.count, files={MANIFEST: digest})

    def open(self, record: GenerationRecord) -> PassageIndex:
        """Compares what the engine holds with the record. Raises GenerationError and StorageError."""
        manifest = self._verified(record)
        return MilvusIndex(self._engine, self._files, record, manifest)

    def remove_others(self, keep: Collection[str]) -> None:
        """The rows, files and tables that only other generations hold. Raises StorageError."""
        if not self._engine.tables(self._prefix):
            return
        self._files.make()
        names = self._files.names()
        for name in names.keys() - set(keep):
            self._files.remove_name(name)
        kept = {name: digest for name, digest in names.items() if name in keep}
        try:
            manifests = [decoded(self._files.get(digest)) for digest in kept.values()]
        except GenerationError:
            return  # which rows it holds is not known: the next build makes all anew
        used: dict[str, list[int]] = {}
        for manifest in manifests:
            for table in (manifest.passages, manifest.terms):
                used.setdefault(table, []).append(manifest.generation)
        for table in self._engine.tables(f"{self._prefix}_passages") + self._engine.tables(f"{self._prefix}_terms"):
            if table in used:
                for where in _held_by_none(sorted(used[table])):
                    self._engine.delete(table, where)
            else:
                self._engine.drop(table)
        self._files.remove_others({*kept.values(), *(digest for each in manifests for digest in each.files.values())})

    def _previous(self, before: GenerationRecord | None, table: str) -> Manifest | None:
        """The manifest of the generation that answers, if its rows are in ``table`` and whole."""
        if before is None:
            return None
        try:
            manifest = self._verified(before)
            for digest in manifest.files.values():
                self._files.get(digest)
        except GenerationError:
            return None
        return manifest if manifest.passages == table else None

    def _verified(self, record: GenerationRecord) -> Manifest:
        if MANIFEST not in record.files:
            raise GenerationError(f"The index was not built in {self._engine.place} yet; run: legation sync")
        if not self._files.has_name(record.name, fresh=True):
            raise GenerationError(f"The index is not in {self._engine.place}; run: legation sync")
        manifest = decoded(self._files.get(record.files[MANIFEST]))
        for table, count in ((manifest.passages, record.count), (manifest.terms, manifest.term_rows)):
            if self._engine.count(table, holding(manifest.generation)) != count:
                raise GenerationError(DAMAGED)
        if manifest.count != record.count:
            raise GenerationError(DAMAGED)
        return manifest


def _held_by_none(generations: list[int]) -> list[str]:
    """Filters for the rows that none of these generations, in ascending order, holds."""
    between = [
        f"added > {earlier} and ended <= {later}"
        for earlier, later in zip([-1, *generations], [*generations, NEVER], strict=True)
    ]
    # After the last one, a row is left over whether it ended or not.
    return [*between[:-1], f"added > {generations[-1]}"]
