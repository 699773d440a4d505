"""Settings to a working product: the one place where the parts meet."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.answer import Answerer, Judgement
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.reader import OFF, how_to_mend, open_reader
from bot.settings import Settings
from bot.types import Gap
from index.errors import (
    EmptyLibraryError,
    GenerationError,
    LibraryError,
    ModelError,
    ModelMismatchError,
    NotFoundError,
    StorageError,
    UsageError,
)
from index.export import load_encoder, load_reranker
from index.home import LOST, Home, in_the_place_of
from index.library import Library
from index.local_store import LocalStore
from index.passage_index import PassageStore
from index.restore import finish_restore, is_restore_unfinished
from index.search import Searcher
from index.transactions import SharedDatabase
from index.types import Document, Encoder, Reader, Reranker, Source

if TYPE_CHECKING:  # chats, and the readers that index.sync brings along, are more than an answer needs
    from bot.chat.access import Access
    from bot.chat.desk import Desk
    from bot.chat.store import ChatStore
    from index.milvus.engine import Engine
    from index.parsing.process import ParsingLimits
    from index.sync import Limits, SyncReport
    from index.types import Progress

NO_LIBRARY = "There is no library in {home}; correct LEGATION_HOME, or --home, or run: legation add PATH"

BRIEFS = "briefs"
"""Name of the source, and of the collection, of the documents that ship with the product."""


NOT_HERE = (
    "The index {name} of the library that several machines share is not in {home}: they need one home on a shared "
    "disk; if it is lost, legation sync builds it again."
)


def shipped_sources() -> Path:
    """The folder of the shipped documents: in the installed package, or in the checkout."""
    package = Path(bot.__file__).parent
    installed = package / "sources"
    return installed if installed.is_dir() else package.parent / "docs" / "sources"


def briefs_source() -> Source:
    """The shipped documents as a source."""
    return Source(BRIEFS, str(shipped_sources()), BRIEFS)


def passage_store(settings: Settings) -> PassageStore:
    """Where the index is kept. Raises StorageError if it is to be in Milvus and the home folder cannot be written."""
    home, chosen = Home(settings.home.expanduser().absolute()), settings.store
    if chosen.uri is None:
        return LocalStore(home.generations)
    from index.milvus.prefix import own_prefix
    from index.milvus.store import MilvusStore

    return MilvusStore(milvus_engine(settings), chosen.prefix or own_prefix(home.path), chosen.vectors)


def milvus_engine(settings: Settings) -> "Engine":
    """The Milvus that ``store.uri`` names."""
    from index.milvus.engine import Engine

    uri, token, ca = settings.store.uri or "", settings.store.token, settings.store.ca
    return Engine(uri, token.get_secret_value().strip() if token else "", ca.expanduser().absolute() if ca else None)


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
        """Opened, or made if it never was. Raises LibraryError if it was and is gone."""
        if finish_restore(self.home):
            self.notice("A restore that was cut short has been finished.")
        if self.open_shared is not None:
            return Library(self.open_shared())
        if self.home.lost:
            raise LibraryError(LOST)
        return Library(self.home.library)

    @property
    def open_shared(self) -> Callable[[], SharedDatabase] | None:
        """Opens the database that has the library, if that is not a file in the home."""
        address = self.settings.library.shared
        if address is None:
            return None
        from index.postgres_library import PostgresLibrary

        return lambda: PostgresLibrary(address)

    @property
    def has_library(self) -> bool:
        """Whether there is one already; one in a database is made there as soon as it is looked at."""
        if self.settings.library.shared is not None:
            return True
        return self.home.library.exists() and self.home.library.stat().st_size > 0

    @property
    def is_new(self) -> bool:
        """Whether there never was a library here, as far as one can see without making one."""
        home = self.home
        there = self.has_library or home.lost or is_restore_unfinished(home)
        return not there and in_the_place_of(home.path) is None

    def check_library(self) -> None:
        """Raises EmptyLibraryError if there never was a library here: who only reads must not make one."""
        if self.is_new:
            raise EmptyLibraryError(NO_LIBRARY.format(home=self.home.path))

    @property
    def has_chats(self) -> bool:
        """Whether anything was kept of chats; opened, a file that is not there would be made."""
        from bot.chat.schema import NAME

        file = self.home.path / NAME
        return self.settings.chat.shared is not None or (file.exists() and file.stat().st_size > 0)

    @cached_property
    def encoder(self) -> Encoder:
        cache = self.settings.model_cache or self.home.models
        return load_encoder(self.settings.model, self.settings.precision, cache)

    @cached_property
    def answerer(self) -> Answerer:
        settings = self.settings
        with ThreadPoolExecutor(1, thread_name_prefix="open") as pool:
            reader = pool.submit(lambda: self.reader)
            searcher = self.searcher()  # opens the other model meanwhile
        judgement = Judgement(
            ranking=shipped_ranking(),
            glossary=load_glossary(settings.glossary),
            most_quotes=settings.quotes,
            refuse_below=settings.refuse_below,
            reader=reader.result(),
            reranker=self.reranker,
            read=settings.rerank_sentences,
        )
        return Answerer(searcher, judgement)

    @cached_property
    def store(self) -> PassageStore:
        return passage_store(self.settings)

    def searcher(self) -> Searcher:
        return Searcher(self.home, self.library, self.encoder, self.store)

    @cached_property
    def reader(self) -> Reader | None:
        """The shipped reader, or the user's own of its kind, if the settings mean one."""
        wanted = self.settings.reranker
        try:
            return None if wanted in OFF else open_reader(wanted, shipped_ranking().reader)
        except ModelError as error:
            raise ModelError(f"{error.user_message.removesuffix('.')}; {how_to_mend(wanted)}.") from error

    @cached_property
    def reranker(self) -> Reranker | None:
        """Any other model that the settings mean."""
        wanted = self.settings.reranker
        if wanted in OFF or self.reader is not None:
            return None
        return load_reranker(wanted, self.settings.precision, self.settings.model_cache or self.home.models)

    @cached_property
    def chat_store(self) -> "ChatStore":
        from bot.chat.store import NAME, ChatStore, Shared

        chat = self.settings.chat
        if chat.shared is None:
            return ChatStore(self.home.path / NAME)
        return ChatStore(Shared(chat.shared, chat.lease_seconds))

    def close(self) -> None:
        """Ends the connections to files and servers that were opened."""
        if "chat_store" in self.__dict__:
            self.chat_store.close()
        if "library" in self.__dict__:
            self.library.close()

    def desk(self, access: "Access", quotes: int) -> "Desk":
        """Answers with at most ``quotes`` quotes a message, to whom ``access`` lets through."""
        from bot.chat.desk import Desk

        who = self.settings.chat.record_who
        return Desk(self.answerer, self.library, self.chat_store, access, quotes, who)

    def gaps(self, since: date | None = None, newest: int | None = None) -> tuple[Gap, ...]:
        """What was asked in chats, from a day on, and not answered; of the ``newest`` questions only."""
        from bot.chat.gaps import find_gaps

        if not self.has_chats:
            return ()
        unanswered = self.chat_store.unanswered(since, newest)
        return find_gaps(unanswered, self.encoder.encode_query) if unanswered else ()

    def sync(
        self,
        add: Sequence[Source] = (),
        only: Sequence[str] | None = None,
        remove: Sequence[str] = (),
        *,
        verify: bool = False,
    ) -> "SyncReport":
        """Brings sources of the library up to date; see ``index.sync.sync``."""
        from index.parsing.supervisor import ParsingProcess

        with ParsingProcess(self._parsing_limits()) as parser:

            def tell(progress: "Progress") -> None:
                if progress.stage not in ("read", "split"):  # all is read: the memory is for what encodes
                    parser.close()
                self.tell(progress)

            if add:  # there is something to read: the process starts while this one opens the model
                parser.begin()
            from index.sync import sync

            return sync(
                self.home, self.library, self.encoder, self._limits(), parser=parser,
                store=self.store, add=add, only=only, remove=remove, verify=verify, tell=tell,
            )  # fmt: skip

    def delete_library(self, sources: Sequence[str]) -> bool:
        """Deletes the library and its index, as if it had never been begun, if no document was ever read into it and it
        has no other sources; whether it did. What keeps two writers apart, and exported models, stay.

        Raises BusyError and StorageError. A process that has it open is told so before it writes anything.
        """
        home = self.home
        with self.library.alone(home.lock):
            if self.library.has_documents or {each.name for each in self.library.sources()} - set(sources):
                return False
            self.library.close()
            self.store.remove_others(())
            try:
                home.delete_library()
            except OSError as error:
                raise StorageError(f"The library cannot be deleted: {error.strerror or error}.") from error
            del self.__dict__["library"]
        return True

    def _parsing_limits(self) -> "ParsingLimits":
        from index.parsing.process import ParsingLimits

        chosen = self.settings.sources
        return ParsingLimits(chosen.parse_megabytes, chosen.parse_seconds, chosen.parse_seconds)

    def _limits(self) -> "Limits":
        from index.sync import Limits
        from index.web.rules import DownloadRules

        chosen, most_bytes = self.settings.sources, self.settings.file_megabytes * 1_000_000
        return Limits(
            most_bytes,
            self.settings.passage_tokens,
            self._parsing_limits(),
            DownloadRules(
                most_bytes=most_bytes,
                most_inflated=most_bytes,
                seconds_in_all=chosen.download_seconds,
                seconds_between_requests=chosen.pause_seconds,
                attempts=chosen.attempts,
                allowed_hosts=frozenset(chosen.inside_hosts),
                user_agent=chosen.user_agent,
            ),
            timedelta(minutes=chosen.second_look_minutes),
            None if chosen.keep_days is None else timedelta(days=chosen.keep_days),
        )

    def prepare(self) -> None:
        """Makes the library ready to answer: built from the shipped documents if it is new, finished
        if its first sync was cut short, its index built again if that is missing, damaged, of another version of
        Legation, or in another store.

        Raises ModelMismatchError if the index was built with another model, and GenerationError if that of a library
        on several machines is not on this one.
        """
        record = self.library.current()
        if record is None or (record.count == 0 and not self.library.sources()):
            self.notice(f"Nothing is indexed yet in {self.home.path}; building the index once.")
            self.sync(add=() if self.library.sources() else (briefs_source(),))
            return
        if record.model != self.settings.model:
            raise ModelMismatchError(
                f"The index was built with the model {record.model} and the settings name "
                f"{self.settings.model}; set LEGATION_MODEL back, or run legation sync to encode the documents again."
            )
        try:
            self.answerer.open()
        except GenerationError as error:
            # Who builds an index anew lets the others look for that one: they would do the same.
            files = self.open_shared is not None and self.settings.store.uri is None
            if files and not (self.home.generations / record.name).exists():
                raise GenerationError(NOT_HERE.format(name=record.name, home=self.home.path)) from error
            reason = error.user_message.removesuffix("; run: legation sync")
            self.notice(f"{reason}; building the index from the library.")
            self.sync(only=())

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
