"""What the chat services must not forget when they stop: in one SQLite file, ``chat.sqlite``, or in a PostgreSQL that
several processes share.

- **Deliveries**: what arrived, by a key that is the same however often it is delivered. A delivery is stored
  before it is acknowledged, so that one of two things holds after a crash: the platform delivers it again, or
  we still have it.
- **Turns**: what was asked in a thread, as context for the next question there.
- **Answers**: the question, and where the quotes stand, for the buttons below an answer.
- **Feedback**: whether somebody said that an answer is right.

It lies apart from the library, which is written by syncs alone and may be replaced by a backup.
"""

import hashlib
import logging
import secrets
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from bot.chat.schema import NAME, POSTGRES, POSTGRES_NOW, SCHEMA, SQLITE_NOW
from index.database import Database
from index.postgres import PostgresDatabase
from index.transactions import Statements, Transactions

__all__ = [
    "NAME",
    "SCHEMA",
    "AnswerRecord",
    "ChatStore",
    "Delivery",
    "JudgedAnswer",
    "QuotePlace",
    "Shared",
    "Unanswered",
]

_log = logging.getLogger(__name__)

_DAY_SECONDS = 86_400.0
_KEEP_DONE_DAYS = 2
"""Slack repeats a delivery for some minutes, a replay is refused after five; this leaves ample room."""

_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shared:
    """A PostgreSQL for several processes. What one of them was answering is another's when it has not been heard of for
    ``lease_seconds``.
    """

    uri: str = field(repr=False)
    lease_seconds: float = 30.0


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
    """Opens (and makes, if need be) the file, and begins it anew if it is deleted meanwhile; or the shared database.
    Safe to share between threads.

    Every method may raise LibraryError, StorageError or BusyError; with a shared database also UncertainError, if it is
    not known whether something was stored, and UsageError for a text with a character that PostgreSQL does not store.
    All that is stored may be stored again.
    """

    def __init__(self, place: Path | Shared) -> None:
        self._database: Transactions
        if isinstance(place, Shared):
            self._now, self._lease_seconds, self._owner = POSTGRES_NOW, place.lease_seconds, secrets.token_hex(16)
            self._postgres = PostgresDatabase(place.uri, POSTGRES)
            self._database = self._postgres
        else:
            self._now, self._lease_seconds, self._owner = SQLITE_NOW, 0.0, ""
            self._database = Database(place, SCHEMA, _tell_of_loss)

    @property
    def lease_seconds(self) -> float:
        """0 if the store is for one process; otherwise it is to be renewed well within that time."""
        return self._lease_seconds

    @property
    def older(self) -> int | None:
        """The version of the schema, if it is an older one: it is read as it is, and upgraded by who writes."""
        return self._database.older

    def server(self) -> str:
        """What a shared store lies in, such as "PostgreSQL 15.18"; without one, the name of the file."""
        return f"PostgreSQL {self._postgres.server()}" if self._owner else NAME

    def close(self) -> None:
        self._database.close()

    def together(self) -> AbstractContextManager[object]:
        """What is stored within is stored as one, or not at all: the disk is waited for once."""
        return self._database.writing()

    # Processes

    def renew(self) -> None:
        """We are still there: for ``lease_seconds`` more, nobody takes what we are answering."""
        with self._database.writing() as statements:
            self._renew(statements)

    def leave(self) -> None:
        """What we have not finished is for the others, at once."""
        with self._database.writing() as statements:
            statements.execute("DELETE FROM owners WHERE id = ?", (self._owner,))

    def _renew(self, statements: Statements) -> None:
        statements.execute(
            f"INSERT INTO owners (id, until) VALUES (?, {self._now} + ?) "
            "ON CONFLICT (id) DO UPDATE SET until = excluded.until",
            (self._owner, self._lease_seconds),
        )

    # Deliveries

    def accept(self, platform: str, key: str, job: str | None) -> bool:
        """Whether the delivery is new, to whichever process it came; then it is stored, to be finished by us. Without a
        ``job`` it is done at once.
        """
        state = "done" if job is None else "accepted"
        owner = self._owner if job is not None else ""
        with self._database.writing() as statements:
            if owner:
                self._renew(statements)
            rows = statements.execute(
                "INSERT INTO deliveries (platform, key, arrived, state, job, owner) "
                f"VALUES (?, ?, {self._now}, ?, ?, ?) ON CONFLICT (platform, key) DO NOTHING",
                (platform, _hashed(key), state, job, owner or None),
            )
            return rows.rowcount == 1

    def start_sending(self, platform: str, key: str) -> bool:
        """From now on the reply may have been sent. False if the delivery is not ours to finish, or is finished: it was
        never stored, or another process has taken it.
        """
        return self._move(platform, key, "state = 'sending'", "AND state != 'done' AND coalesce(owner, '') = ?")

    def reopen(self, platform: str, key: str) -> None:
        """The reply was not sent after all."""
        self._move(platform, key, "state = 'accepted'", "AND state != 'done' AND coalesce(owner, '') = ?")

    def finish(self, platform: str, key: str) -> None:
        """The reply was sent; what it replied to is forgotten."""
        self._move(platform, key, "state = 'done', job = NULL, owner = NULL")

    def release(self, platform: str, key: str) -> None:
        """As if it had never arrived."""
        with self._database.writing() as statements:
            statements.execute("DELETE FROM deliveries WHERE platform = ? AND key = ?", (platform, _hashed(key)))

    def unfinished(self, platform: str) -> list[Delivery]:
        """What is ours to finish, the oldest first: all that was accepted and not finished; in a shared store, what we
        accepted, and from now on what processes did that are gone. It renews our lease.
        """
        ours = "platform = ? AND state != 'done' AND coalesce(owner, '') = ?"
        query = f"SELECT state, job FROM deliveries WHERE {ours} ORDER BY arrived, rowid"
        values = (platform, self._owner)
        if not self._owner:
            with self._database.reading() as statements:
                return [Delivery(*row) for row in statements.execute(query, values)]
        with self._database.writing() as statements:
            self._renew(statements)
            # Of whoever is deleted, nothing has an owner any more; and two who take it wait for each other's rows.
            statements.execute(f"DELETE FROM owners WHERE until < {self._now}")
            statements.execute(
                "UPDATE deliveries SET owner = ? WHERE owner IS NULL AND platform = ? AND state != 'done'",
                (self._owner, platform),
            )
            return [Delivery(*row) for row in statements.execute(query, values)]

    def _move(self, platform: str, key: str, change: str, condition: str = "") -> bool:
        values = (platform, _hashed(key), *([self._owner] if condition else []))
        with self._database.writing() as statements:
            where = f"WHERE platform = ? AND key = ? {condition}"
            return statements.execute(f"UPDATE deliveries SET {change} {where}", values).rowcount == 1

    # Threads

    # Of conversations only a hash is kept: their names tell who took part.

    def remember_turn(self, conversation: str, position: str, searched: str) -> None:
        """``position`` orders the turns of a conversation, as text."""
        with self._database.writing() as statements:
            statements.execute(
                f"INSERT INTO turns (conversation, position, searched, asked) VALUES (?, ?, ?, {self._now}) "
                "ON CONFLICT (conversation, position) "
                "DO UPDATE SET searched = excluded.searched, asked = excluded.asked",
                (_hashed(conversation), position, searched),
            )

    def turn_before(self, conversation: str, position: str) -> str | None:
        """What was searched for in the last turn before ``position``."""
        query = (
            "SELECT searched FROM turns WHERE conversation = ? AND position < ? AND searched != '' "
            "ORDER BY position DESC LIMIT 1"
        )
        with self._database.reading() as statements:
            row = statements.execute(query, (_hashed(conversation), position)).fetchone()
            return None if row is None else str(row[0])

    def knows_conversation(self, conversation: str) -> bool:
        query = "SELECT 1 FROM turns WHERE conversation = ? LIMIT 1"
        with self._database.reading() as statements:
            return statements.execute(query, (_hashed(conversation),)).fetchone() is not None

    # Answers

    def put_answer(self, record: AnswerRecord) -> None:
        """Stores an answer, or adds to it the quotes that were shown since."""
        since, until = (None if day is None else day.isoformat() for day in (record.since, record.until))
        with self._database.writing() as statements:
            statements.execute(
                "INSERT INTO answers (id, asked, kind, question, context, collection, since, until, who) "
                f"VALUES (?, {self._now}, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (record.id, record.kind, record.question, record.context, record.collection, since, until, record.who),
            )
            statements.executemany(
                'INSERT INTO quotes (answer, mark, number, document, version, "start", "end") '
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (answer, mark, number) DO NOTHING",
                sorted((record.id, *astuple(each)) for each in record.quotes),  # whoever waits, waits in one order
            )

    def answer(self, name: str) -> AnswerRecord | None:
        """The answer with this id, None if it was never given or is forgotten."""
        columns = "id, kind, question, context, collection, since, until, who"
        places = 'SELECT mark, number, document, version, "start", "end" FROM quotes WHERE answer = ? ORDER BY number'
        with self._database.reading() as statements:
            row = statements.execute(f"SELECT {columns} FROM answers WHERE id = ?", (name,)).fetchone()
            if row is None:
                return None
            quotes = tuple(QuotePlace(*place) for place in statements.execute(places, (name,)))
        found, kind, question, context, collection, *days, who = row
        since, until = (None if day is None else date.fromisoformat(day) for day in days)
        return AnswerRecord(found, kind, question, context, collection, since, until, who, quotes)

    # Feedback

    def put_feedback(self, name: str, right: bool, who: str | None) -> bool:
        """Stores what somebody thinks of an answer; False if there is no such answer. With ``who``, a later
        opinion replaces an earlier one.
        """
        with self._database.writing() as statements:
            rows = statements.execute(
                'INSERT INTO feedback (answer, "right", given, who) '
                f"SELECT id, ?, {self._now}, ? FROM answers WHERE id = ? ON CONFLICT (answer, who) "
                'WHERE who IS NOT NULL DO UPDATE SET "right" = excluded."right", given = excluded.given',
                (int(right), who, name),
            )
            return rows.rowcount == 1

    def unanswered(self, since: date | None = None, most: int | None = None) -> list[Unanswered]:
        """What was asked and not answered, or answered wrongly as somebody said, the newest first, at most ``most``."""
        query = (
            "SELECT question, asked, kind != 'not-found' FROM answers WHERE asked >= ? AND (kind = 'not-found' "
            'OR EXISTS (SELECT 1 FROM feedback WHERE answer = id AND "right" = 0)) ORDER BY asked DESC, id LIMIT ?'
        )
        with self._database.reading() as statements:
            rows = statements.execute(query, (_start(since), _ALL if most is None else most)).fetchall()
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
        with self._database.reading() as statements:
            rows = statements.execute(query, (_start(since),)).fetchall()
        records = ((self.answer(name), right) for name, right in rows)
        return [JudgedAnswer(record, bool(right)) for record, right in records if record is not None]

    def feedback(self) -> tuple[int, int]:
        """How many opinions there are: (right, wrong)."""
        query = 'SELECT coalesce(sum("right"), 0), coalesce(sum(1 - "right"), 0) FROM feedback'
        with self._database.reading() as statements:
            right, wrong = statements.execute(query).fetchone()
            return int(right), int(wrong)

    # Forgetting

    def forget(self, keep_days: int) -> None:
        """Deletes what is older than ``keep_days``, and deliveries that were finished days ago."""
        old = f"< {self._now} - ?"
        before, done = keep_days * _DAY_SECONDS, min(keep_days, _KEEP_DONE_DAYS) * _DAY_SECONDS
        with self._database.writing() as statements:
            statements.execute(f"DELETE FROM answers WHERE asked {old}", (before,))
            statements.execute(f"DELETE FROM turns WHERE asked {old}", (before,))
            statements.execute(f"DELETE FROM deliveries WHERE arrived {old} AND state = 'done'", (done,))
            statements.execute(f"DELETE FROM deliveries WHERE arrived {old}", (before,))


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
