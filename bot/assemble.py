"""Settings to a working product: the one place where the parts meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.answer import Answerer, Judgement
from bot.chat.access import Access
from bot.chat.desk import Desk
from bot.chat.gaps import find_gaps
from bot.chat.store import NAME as CHAT_STORE
from bot.chat.store import ChatStore
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.settings import Settings
from bot.types import Gap
from index.errors import GenerationError, LibraryError, ModelMismatchError, NotFoundError, UsageError
from index.export import load_encoder, load_reranker
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.types import Document, Encoder, Reranker, Source

if TYPE_CHECKING:  # index.sync brings the readers along, which an answer does not need
    from index.sync import SyncReport
    from index.types import Progress

BRIEFS = "briefs"
"""Name of the source, and of the collection, of the documents that ship with the product."""


def shipped_sources() -> Path:
    """The folder of the shipped documents: in the installed package, or in the checkout."""
    package = Path(bot.__file__).parent
    installed = package / "sources"
    return installed if installed.is_dir() else package.parent / "docs" / "sources"


def briefs_source() -> Source:
    """The shipped documents as a source."""
    return Source(BRIEFS, str(shipped_sources()), BRIEFS)


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source, with how many documents the current index has of it, and their newest date."""

    name: str
    collection: str
    location: str
    documents: int
    newest: str | None


@dataclass(frozen=True)
class Legation:
    """The parts, made when first needed. ``tell`` hears how long work goes on, ``notice`` one sentence
    about anything that was mended on the way.
    """

    settings: Settings
    tell: "Callable[[Progress], None]" = lambda progress: None
    notice: Callable[[str], None] = lambda sentence: None

    @cached_property
    def home(self) -> Home:
        return Home(self.settings.home.expanduser().absolute())

    @cached_property
    def library(self) -> Library:
        """Opened, or made if it never was. Raises LibraryError if it was and is gone: in its place a new one
        would answer from other documents, and the next sync would delete what is left of the old one.
        """
        generations = self.home.generations
        fresh = not self.home.library.exists() or self.home.library.stat().st_size == 0
        if fresh and generations.is_dir() and any(folder.name[:1].isdigit() for folder in generations.iterdir()):
            raise LibraryError(
                "library.sqlite is missing or empty, but was here before; restore it from a backup, or remove the "
                "folder generations beside it to begin anew."
            )
        return Library(self.home.library)

    @cached_property
    def encoder(self) -> Encoder:
        cache = self.settings.model_cache or self.home.models
        return load_encoder(self.settings.model, self.settings.precision, cache)

    @cached_property
    def answerer(self) -> Answerer:
        settings = self.settings
        judgement = Judgement(
            ranking=shipped_ranking(),
            glossary=load_glossary(settings.glossary),
            most_quotes=settings.quotes,
            refuse_below=settings.refuse_below,
            reranker=self.reranker,
            reranked=settings.rerank_sentences,
        )
        return Answerer(Searcher(self.home, self.library, self.encoder), judgement)

    @cached_property
    def reranker(self) -> Reranker | None:
        if self.settings.reranker is None:
            return None
        cache = self.settings.model_cache or self.home.models
        return load_reranker(self.settings.reranker, self.settings.precision, cache)

    @cached_property
    def chat_store(self) -> ChatStore:
        return ChatStore(self.home.path / CHAT_STORE)

    def desk(self, access: Access, quotes: int) -> Desk:
        """Answers with at most ``quotes`` quotes a message, to whom ``access`` lets through."""
        who = self.settings.chat.record_who
        return Desk(self.answerer, self.library, self.chat_store, access, quotes, who)

    def gaps(self, since: date | None = None, newest: int | None = None) -> tuple[Gap, ...]:
        """What was asked in chats, from a day on, and not answered; of the ``newest`` questions only."""
        return find_gaps(self.chat_store.unanswered(since, newest), self.encoder.encode_query)

    def sync(
        self, add: Sequence[Source] = (), only: Sequence[str] | None = None, remove: Sequence[str] = ()
    ) -> "SyncReport":
        """Brings sources up to date; see ``index.sync.sync``."""
        from index.sync import Limits, sync

        limits = Limits(self.settings.file_megabytes * 1_000_000, self.settings.passage_tokens)
        return sync(self.home, self.library, self.encoder, limits, add=add, only=only, remove=remove, tell=self.tell)

    def prepare(self) -> None:
        """Makes the library ready to answer: built from the shipped documents if it is new, finished
        if its first sync was cut short, its index rebuilt if that is missing or damaged.

        Raises ModelMismatchError if the index was built with another model.
        """
        record = self.library.current()
        if record is None or (record.count == 0 and not self.library.sources()):
            self.notice("Nothing is indexed yet; building the index once.")
            self.sync(add=() if self.library.sources() else (briefs_source(),))
            return
        if record.model != self.settings.model:
            raise ModelMismatchError(
                f"The index was built with the model {record.model} and the settings name "
                f"{self.settings.model}; set LEGATION_MODEL back, or run legation sync to encode the documents again."
            )
        try:
            self.answerer.open()
        except GenerationError:
            self.notice("The index files are missing or damaged; rebuilding them from the library.")
            self.sync(only=())

    def add(
        self, paths: Sequence[Path], collection: str | None, name: str | None
    ) -> "tuple[SyncReport, tuple[str, ...]]":
        """Adds files and folders as sources, and indexes them. Returns also the names of those in
        which nothing could be read: they are not kept as sources.

        Raises UsageError if a path does not exist.
        """
        for given in (name, collection):
            if given is not None and (not given or given != visible_name(given) or "/" in given):
                raise UsageError("A name has no slash, no control character, and no white space at its ends.")
        known = {source.location: source for source in self.library.sources()}
        new: list[Source] = []
        for path in paths:
            place = _existing(path)
            before = known.get(str(place)) if name is None else None
            chosen = before.name if before else self._source_name(str(place), name or _plain_name(place), new)
            new.append(Source(chosen, str(place), collection or (before.collection if before else chosen)))
        names = [source.name for source in new]
        report = self.sync(add=new, only=names)
        empty = tuple(name for name in names if not self.library.files(name))
        if empty:
            self.sync(only=(), remove=empty)
        return report, empty

    def _source_name(self, location: str, wanted: str, new: Sequence[Source]) -> str:
        """``wanted``, or ``wanted-2`` and so on if another place has that name already."""
        known = {source.name: source.location for source in (*self.library.sources(), *new)}
        names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
        return next(name for name in names if known.get(name, location) == location)

    def list_sources(self) -> list[ListedSource]:
        """The sources with what the current index holds of them."""
        counted = {name: (documents, newest) for name, _, documents, newest in self.library.counts()}
        return [
            ListedSource(source.name, source.collection, source.location, *counted.get(source.name, (0, None)))
            for source in self.library.sources()
        ]

    def check_collections(self, collections: Sequence[str]) -> None:
        """Raises NotFoundError for a collection that the current index has no document of."""
        known = sorted({collection for _, collection, _, _ in self.library.counts()})
        for collection in collections:
            if collection not in known:
                raise NotFoundError(f"There is no collection called {collection}; there are: {', '.join(known)}.")

    def find_document(self, name: str, version: str | None = None) -> Document:
        """The one document that ``name`` means. Raises NotFoundError for none, UsageError for several."""
        found = self.library.find_documents(name, version)
        if not found:
            which = f" in version {version}" if version else ""
            raise NotFoundError(f"There is no document called {name}{which}.")
        if len(found) > 1:
            ids = ", ".join(document.id for document in found[:5])
            raise UsageError(f"{len(found)} documents are called {name}, among them {ids}; name one by its id.")
        return found[0]


def visible_name(name: str) -> str:
    """The name without what cannot be typed or seen: control characters, outer and doubled white space."""
    return " ".join("".join(letter for letter in name if letter.isprintable()).split())


def _existing(path: Path) -> Path:
    try:
        path.stat()
        return path.resolve()
    except FileNotFoundError as error:
        raise UsageError(f"There is no file or folder called {path}.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error


def _plain_name(path: Path) -> str:
    """A source's name from its place: the file's or folder's own, without white space or slashes."""
    stem = path.stem if path.is_file() else path.name
    return "-".join(visible_name(stem).split()) or "documents"
