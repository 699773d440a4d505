"""How PostgreSQL is connected to: addresses, and limits of time and number. psycopg is imported when it is
needed; it comes with the extra ``postgres``.
"""

from typing import TYPE_CHECKING, Any

from index.errors import SettingsError

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from index.postgres_statements import Connection

CONNECT_SECONDS = 5
"""Of one attempt to connect; libpq takes whole seconds, 2 at least."""

APPLICATION_NAME = "legation"

MOST_CONNECTIONS = 10
"""Of one process to one database."""

INSTALL = "PostgreSQL needs psycopg: pip install 'legation[postgres]'."
NO_ADDRESS = "The address of the PostgreSQL database is not one: postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
NO_PORT = (
    "The port in the address of the PostgreSQL database is no number from 1 to 65535. "
    "(In a user or a password, / is written as %2F.)"
)

_KEEPALIVE = {
    # A server that is gone without a word is noticed in some 20 seconds.
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 20_000,
}  # fmt: skip


def connection_options() -> dict[str, Any]:
    """How every connection is opened. Statements are not prepared: behind a pooler of connections, they would go to
    another one than they were prepared on.
    """
    return {
        "autocommit": True,
        "prepare_threshold": None,
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": APPLICATION_NAME,
        **_KEEPALIVE,
    }


def connection_pool(uri: str, seconds: float) -> "ConnectionPool[Connection]":
    """Not opened yet; ``seconds`` is how long a connection is waited for. Raises SettingsError, which does not show the
    address.
    """
    try:
        import psycopg
        from psycopg_pool import ConnectionPool
    except ImportError as error:
        raise SettingsError(INSTALL) from error
    try:
        parts = psycopg.conninfo.conninfo_to_dict(uri)
    except psycopg.Error:
        raise SettingsError(NO_ADDRESS) from None  # its words repeat the address, with the password
    # Of two, libpq would take a part of the password for the host, and repeat it.
    if not uri.startswith(("postgresql://", "postgres://")) or uri.count("@") > 1:
        raise SettingsError(NO_ADDRESS)
    # Empty for the usual one, and one of each host if there are several.
    if not all(_is_port(port) for port in str(parts.get("port", "")).split(",") if port):
        raise SettingsError(NO_PORT)
    return ConnectionPool(
        uri,
        kwargs=connection_options(),
        min_size=0,
        max_size=MOST_CONNECTIONS,
        check=ConnectionPool.check_connection,
        timeout=seconds,
        reconnect_timeout=seconds,
        num_workers=1,
        open=False,
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65535
