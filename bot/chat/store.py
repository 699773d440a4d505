"""What the chat services must not forget when they stop, in one SQLite file, ``chat.sqlite``.

- **Deliveries**: what arrived, by a key that is the same however often it is delivered. A delivery is stored
  before it is acknowledged, so that one of two things holds after a crash: the platform delivers it again, or
  we still have it.
- **Turns**: what was asked in a thread, as context for the next question there.
- **Answers**: the question, and where the quotes stand, for the buttons below an answer.
- **Feedback**: whether somebody said that an answer is right.

The file lies apart from the library, which is written by syncs alone and may be replaced by a backup.
"""

import hashlib
import logging
import time
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from index.database import Database, Schema

NAME = "chat.sqlite"

_log = logging.getLogger(__name__)

_DAY_SECONDS = 86_400.0
_KEEP_DONE_DAYS = 2
"""Slack repeats a delivery for some minutes, a replay is refused after five; this leaves ample room."""

_SCHEMA = """
CREATE TABLE deliveries (
    platform TEXT NOT NULL, key TEXT NOT NULL, arrived REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'done')), job TEXT,
    PRIMARY KEY (platform, key)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (state, arrived);
CREATE TABLE turns (
    conversation TEXT NOT NULL, position TEXT NOT NULL, searched TEXT NOT NULL, asked REAL NOT NULL,
    PRIMARY KEY (conversation, position)
) STRICT;
CREATE TABLE answers (
    id TEXT PRIMARY KEY, asked REAL NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL, context TEXT,
    collection TEXT, since TEXT, until TEXT, who TEXT
) STRICT;
CREATE INDEX answers_by_time ON answers (asked);
CREATE TABLE quotes (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE, mark TEXT NOT NULL, number INTEGER NOT NULL,
    document TEXT NOT NULL, version TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (answer, mark, number)
) STRICT;
CREATE TABLE feedback (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE, "right" INTEGER NOT NULL,
    given REAL NOT NULL, who TEXT
) STRICT;
CREATE INDEX feedback_by_answer ON feedback (answer)
"""

SCHEMA = Schema(
    name="chat state",
    application_id=0x4C454743,  # "LEGC"
    version=1,
    statements=_SCHEMA,
    mend="move chat.sqlite away to begin anew; the library is not concerned",
    upgrades={},
    kept="what was stored before is kept",
    private=True,
    cache_kib=2048,  # what is written at once is small, and a service has many connections for months
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a stopped process left undone. ``state`` is "sending" if its reply may have been sent."""

    state: Literal["accepted", "sending"]
    job: str


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """Where a quote stood when it was sent: ``text[start:end]`` of that version of the document. ``mark`` tells it from
    the others, ``number`` is how it was shown: to two people, different quotes may have had the same one.
    """

    mark: str
    number: int
    document: str
    version: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer that was given: what was asked, and where the quotes that were shown so far stand."""

    id: str
    kind: str
    question: str
    context: str | None = None
    collection: str | None = None
    since: date | None = None
    until: date | None = None
    who: str | None = None
    quotes: tuple[QuotePlace, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer that everybody who said something of it called ``right``, or that everybody called wrong."""

    answer: AnswerRecord
    right: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was not answered, or whose answer somebody marked as wrong. ``asked`` is a day, ISO 8601."""

    question: str
    asked: str
    marked_wrong: bool


class ChatStore:
    """Opens (and makes, if need be) the file; begins it anew if it is deleted meanwhile. Safe to share between threads.

    Every method may raise LibraryError, StorageError or BusyError.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA, _tell_of_loss)

    def close(self) -> None:
        self._database.close()

    # Deliveries

    def accept(self, platform: str, key: str, job: str | None) -> bool:
        """Whether the delivery is new; then it is stored, to be finished. Without a ``job`` it is done at once."""
        state = "done" if job is None else "accepted"
        with self._database.writing() as connection:
            values = (platform, _hashed(key), time.time(), state, job)
            cursor = connection.execute("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, ?)", values)
            return cursor.rowcount == 1

    def start_sending(self, platform: str, key: str) -> None:
        """From now on the reply may have been sent."""
        self._move(platform, key, "state = 'sending'")

    def reopen(self, platform: str, key: str) -> None:
        """The reply was not sent after all."""
        self._move(platform, key, "state = 'accepted'")

    def finish(self, platform: str, key: str) -> None:
        """The reply was sent; what it replied to is forgotten."""
        self._move(platform, key, "state = 'done', job = NULL")

    def release(self, platform: str, key: str) -> None:
        """As if it had never arrived."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM deliveries WHERE platform = ? AND key = ?", (platform, _hashed(key)))

    def unfinished(self, platform: str) -> list[Delivery]:
        """What was accepted and not finished, the oldest first."""
        query = "SELECT state, job FROM deliveries WHERE platform = ? AND state != 'done' ORDER BY arrived, rowid"
        with self._database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(query, (platform,))]

    def _move(self, platform: str, key: str, change: str) -> None:
        with self._database.writing() as connection:
            where = "WHERE platform = ? AND key = ?"
            connection.execute(f"UPDATE deliveries SET {change} {where}", (platform, _hashed(key)))

    # Threads

    # Of conversations only a hash is kept: their names tell who took part.

    def remember_turn(self, conversation: str, position: str, searched: str) -> None:
        """``position`` orders the turns of a conversation, as text."""
        with self._database.writing() as connection:
            values = (_hashed(conversation), position, searched, time.time())
            connection.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)", values)

    def turn_before(self, conversation: str, position: str) -> str | None:
        """What was searched for in the last turn before ``position``."""
        query = (
            "SELECT searched FROM turns WHERE conversation = ? AND position < ? AND searched != '' "
            "ORDER BY position DESC LIMIT 1"
        )
        with self._database.reading() as connection:
            row = connection.execute(query, (_hashed(conversation), position)).fetchone()
            return None if row is None else str(row[0])

    def knows_conversation(self, conversation: str) -> bool:
        query = "SELECT 1 FROM turns WHERE conversation = ? LIMIT 1"
        with self._database.reading() as connection:
            return connection.execute(query, (_hashed(conversation),)).fetchone() is not None

    # Answers

    def put_answer(self, record: AnswerRecord) -> None:
        """Stores an answer, or adds to it the quotes that were shown since."""
        since, until = (None if day is None else day.isoformat() for day in (record.since, record.until))
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (record.id, time.time(), record.kind, record.question, record.context, record.collection,
                 since, until, record.who),
            )  # fmt: skip
            connection.executemany(
                "INSERT OR IGNORE INTO quotes VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(record.id, *astuple(each)) for each in record.quotes],
            )

    def answer(self, name: str) -> AnswerRecord | None:
        """The answer with this id, None if it was never given or is forgotten."""
        columns = "id, kind, question, context, collection, since, until, who"
        places = 'SELECT mark, number, document, version, "start", "end" FROM quotes WHERE answer = ? ORDER BY number'
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {columns} FROM answers WHERE id = ?", (name,)).fetchone()
            if row is None:
                return None
            quotes = tuple(QuotePlace(*place) for place in connection.execute(places, (name,)))
        found, kind, question, context, collection, *days, who = row
        since, until = (None if day is None else date.fromisoformat(day) for day in days)
        return AnswerRecord(found, kind, question, context, collection, since, until, who, quotes)

    # Feedback

    def put_feedback(self, name: str, right: bool, who: str | None) -> bool:
        """Stores what somebody thinks of an answer; False if there is no such answer. With ``who``, a later
        opinion replaces an earlier one.
        """
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM answers WHERE id = ?", (name,)).fetchone() is None:
                return False
            if who is not None:
                connection.execute("DELETE FROM feedback WHERE answer = ? AND who = ?", (name, who))
            connection.execute("INSERT INTO feedback VALUES (?, ?, ?, ?)", (name, right, time.time(), who))
            return True

    def unanswered(self, since: date | None = None, most: int | None = None) -> list[Unanswered]:
        """What was asked and not answered, or answered wrongly as somebody said, the newest first, at most ``most``."""
        query = (
            "SELECT question, asked, kind != 'not-found' FROM answers WHERE asked >= ? AND (kind = 'not-found' "
            'OR EXISTS (SELECT 1 FROM feedback WHERE answer = id AND "right" = 0)) ORDER BY asked DESC, id LIMIT ?'
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (_start(since), -1 if most is None else most)).fetchall()
        return [
            Unanswered(question, datetime.fromtimestamp(asked, UTC).date().isoformat(), bool(wrong))
            for question, asked, wrong in rows
        ]

    def judged(self, since: date | None = None) -> list[JudgedAnswer]:
        """The answers with quotes of which everybody thought the same, the oldest first."""
        query = (
            "SELECT id, max(\"right\") FROM answers JOIN feedback ON answer = id WHERE kind = 'answer' AND asked >= ? "
            'GROUP BY id HAVING min("right") = max("right") ORDER BY asked, id'
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (_start(since),)).fetchall()
        records = ((self.answer(name), right) for name, right in rows)
        return [JudgedAnswer(record, bool(right)) for record, right in records if record is not None]

    def feedback(self) -> tuple[int, int]:
        """How many opinions there are: (right, wrong)."""
        query = 'SELECT coalesce(sum("right"), 0), coalesce(sum("right" = 0), 0) FROM feedback'
        with self._database.reading() as connection:
            right, wrong = connection.execute(query).fetchone()
            return int(right), int(wrong)

    # Forgetting

    def forget(self, keep_days: int) -> None:
        """Deletes what is older than ``keep_days``, and deliveries that were finished days ago."""
        now = time.time()
        before = now - keep_days * _DAY_SECONDS
        done = now - min(keep_days, _KEEP_DONE_DAYS) * _DAY_SECONDS
        with self._database.writing() as connection:
            connection.execute("DELETE FROM answers WHERE asked < ?", (before,))
            connection.execute("DELETE FROM turns WHERE asked < ?", (before,))
            connection.execute("DELETE FROM deliveries WHERE arrived < ? AND state = 'done'", (done,))
            connection.execute("DELETE FROM deliveries WHERE arrived < ?", (before,))


def _tell_of_loss() -> None:
    _log.warning(
        "%s was deleted, moved or replaced while it was open. Another one is used from now on; what was stored before "
        "is not in it: questions under way, threads, the buttons of earlier answers.", NAME
    )  # fmt: skip


def _start(since: date | None) -> float:
    """The first moment of the day (UTC); without one, of all time."""
    return 0.0 if since is None else datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
