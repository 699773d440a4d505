"""The tables of the chat services, as SQLite and as PostgreSQL know them: the same names, and types that match.

``owners`` are the processes that serve one PostgreSQL together, each until its lease ends unless it renews it. What a
delivery's owner leaves when it is deleted has no owner, so that another may take it. SQLite's file has one process a
platform, which a file lock sees to, and no owners. Moments are seconds since 1970, by the clock of the database.
"""

from index.postgres_schema import PostgresSchema
from index.sqlite_schema import Schema

NAME = "chat.sqlite"

SQLITE_NOW = "((julianday('now') - 2440587.5) * 86400.0)"
"""Now, to the millisecond."""

POSTGRES_NOW = "extract(epoch FROM clock_timestamp())::float8"

_UPGRADED_BY = "legation slack or legation discord"

_OWNERS = "CREATE TABLE owners (id TEXT PRIMARY KEY, until REAL NOT NULL) STRICT"
_ONE_OPINION = "CREATE UNIQUE INDEX feedback_by_person ON feedback (answer, who) WHERE who IS NOT NULL"

_SQLITE = f"""
{_OWNERS};
CREATE TABLE deliveries (
    platform TEXT NOT NULL, key TEXT NOT NULL, arrived REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'done')), job TEXT,
    owner TEXT REFERENCES owners (id) ON DELETE SET NULL,
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
CREATE INDEX feedback_by_answer ON feedback (answer);
{_ONE_OPINION}
"""

# Texts are compared as SQLite compares them, by their bytes. "rowid" is what SQLite calls the order of coming in.
_POSTGRES = f"""
CREATE TABLE owners (id TEXT PRIMARY KEY, until DOUBLE PRECISION NOT NULL);
CREATE TABLE deliveries (
    platform TEXT NOT NULL, key TEXT NOT NULL, arrived DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'done')), job TEXT,
    owner TEXT REFERENCES owners (id) ON DELETE SET NULL,
    rowid BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (platform, key)
);
CREATE INDEX deliveries_open ON deliveries (state, arrived);
CREATE INDEX deliveries_by_owner ON deliveries (owner) WHERE owner IS NOT NULL;
CREATE TABLE turns (
    conversation TEXT NOT NULL, position TEXT COLLATE "C" NOT NULL, searched TEXT NOT NULL,
    asked DOUBLE PRECISION NOT NULL, PRIMARY KEY (conversation, position)
);
CREATE TABLE answers (
    id TEXT COLLATE "C" PRIMARY KEY, asked DOUBLE PRECISION NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL,
    context TEXT, collection TEXT, since TEXT, until TEXT, who TEXT
);
CREATE INDEX answers_by_time ON answers (asked);
CREATE TABLE quotes (
    answer TEXT COLLATE "C" NOT NULL REFERENCES answers (id) ON DELETE CASCADE, mark TEXT NOT NULL,
    number BIGINT NOT NULL, document TEXT NOT NULL, version TEXT NOT NULL, "start" BIGINT NOT NULL,
    "end" BIGINT NOT NULL, PRIMARY KEY (answer, mark, number)
);
CREATE TABLE feedback (
    answer TEXT COLLATE "C" NOT NULL REFERENCES answers (id) ON DELETE CASCADE, "right" BIGINT NOT NULL,
    given DOUBLE PRECISION NOT NULL, who TEXT
);
CREATE INDEX feedback_by_answer ON feedback (answer);
{_ONE_OPINION}
"""

SCHEMA = Schema(
    name="chat state",
    application_id=0x4C454743,  # "LEGC"
    version=2,
    statements=_SQLITE,
    mend="move chat.sqlite away to begin anew; the library is not concerned",
    upgrades={
        # Version 1 was for one process.
        1: f"{_OWNERS};ALTER TABLE deliveries ADD COLUMN owner TEXT REFERENCES owners (id) ON DELETE SET NULL;"
        f"{_ONE_OPINION}",
    },
    views={
        1: {
            "owners": "SELECT NULL AS id, NULL AS until WHERE FALSE",
            "deliveries": "SELECT rowid, *, NULL AS owner FROM main.deliveries",
        },
    },
    upgraded_by=_UPGRADED_BY,
    kept="what was stored before is kept",
    private=True,
    cache_kib=2048,  # what is written at once is small, and a service has many connections for months
)

POSTGRES = PostgresSchema(
    name="chat state",
    namespace="legation_chat",
    migrations=(_POSTGRES,),
    kept="what was stored before is kept",
    upgraded_by=_UPGRADED_BY,
    tables=("deliveries", "turns", "answers", "quotes", "feedback"),
    apart=("owner",),
)
