"""A real PostgreSQL server of Debian's package, on a free port of the loopback, that forgets all when it ends."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fakes.ports import free_port
from tests.fakes.waiting import wait_until

ABSENT = "no PostgreSQL server is installed here (apt-get install postgresql)"
USER, PASSWORD = "legation", "quetzal-Ωhorse"
"""A role without particular rights, which owns the databases; the password is not to be shown anywhere."""

START_SECONDS = 60
_ACCOUNT = "postgres"
_QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB"}


def programs() -> Path:
    """The folder of the newest server's programs. Skips the test where there is none."""
    found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if not found or shutil.which("setpriv") is None:
        pytest.skip(ABSENT)
    return max(found, key=lambda folder: int(folder.parent.name))


def address(port: int, database: str, password: str = PASSWORD) -> str:
    """With the password as an address writes it."""
    return f"postgresql://{USER}:{password.replace('Ω', '%CE%A9')}@127.0.0.1:{port}/{database}"


@dataclass(frozen=True, slots=True)
class _Account:
    """Whom the server runs as: it refuses to be root."""

    prefix: tuple[str, ...]
    number: int


class PostgresServer:
    """Starts at once. ``database`` makes a fresh one; ``stop`` and ``start`` keep what was committed."""

    def __init__(self) -> None:
        self._programs, self._account = programs(), _account()
        self._folder = Path(tempfile.mkdtemp(prefix="legation-postgres-"))
        os.chown(self._folder, self._account.number, -1)
        self.port = free_port()
        self._numbers = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._initialise()
            self.start()
            self.administer(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Returns when connections are taken."""
        chosen = [part for name, value in _QUICK.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [*self._account.prefix, "--pdeathsig", "INT", "--", self._programs / "postgres", "-D", self._data,
                 "-h", "127.0.0.1", "-p", str(self.port), "-k", "", *chosen],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        wait_until(threading.Condition(), self._takes_connections, START_SECONDS, self.log)

    def stop(self, *, crash: bool = False) -> None:
        """Ends all connections and then the server, or, with ``crash``, the server at once."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._server.wait(START_SECONDS)
            self._server = None

    def close(self) -> None:
        """Ends the server, and all that it had is gone."""
        self.stop(crash=True)
        shutil.rmtree(self._folder)

    def database(self) -> str:
        """The address of a database that is empty and nobody else has."""
        name = f"test_{next(self._numbers)}"
        self.administer(f"CREATE DATABASE {name} OWNER {USER}")
        return address(self.port, name)

    def drop(self, uri: str) -> None:
        """Whoever is connected is cut off."""
        self.administer(f"DROP DATABASE {uri.rpartition('/')[2]} WITH (FORCE)")

    def administer(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs a statement with all rights, outside of a transaction; the rows that it gives, if it gives any."""
        with self._administrator() as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def log(self) -> str:
        """The last that the server has written."""
        return (self._folder / "log").read_text(errors="replace")[-4000:]

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _initialise(self) -> None:
        subprocess.run(
            [*self._account.prefix, "--", self._programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--username=admin", "--no-instructions", "-D", self._data],
            check=True, capture_output=True, cwd=self._folder,
        )  # fmt: skip
        rules = (
            "host all admin 127.0.0.1/32 trust",
            "host all all 127.0.0.1/32 scram-sha-256",
        )
        (self._data / "pg_hba.conf").write_text("\n".join(rules) + "\n")

    def _administrator(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="admin", dbname="postgres", autocommit=True, connect_timeout=5
        )

    def _takes_connections(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, self.log()
        try:
            self._administrator().close()
        except psycopg.OperationalError:
            return False
        return True


def _account() -> _Account:
    """Ours, or, as root, the package's."""
    if os.geteuid() != 0:
        return _Account(("setpriv",), os.geteuid())
    try:
        number = pwd.getpwnam(_ACCOUNT).pw_uid
    except KeyError:
        pytest.skip(ABSENT)
    return _Account(("setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups"), number)
