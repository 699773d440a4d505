"""The one place that calls pymilvus, and where its errors become ours."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from index.errors import GenerationError, SettingsError, StorageError
from index.milvus.schema import Column
from index.milvus.tls import check_authorities, is_open, why_no_connection

_log = logging.getLogger(__name__)

MOST_ROWS = 16_384
"""Rows that the engine gives at most in one answer."""

_CONNECT_SECONDS = 10.0
_SECONDS = 60.0
_LONG_SECONDS = 900.0
_UNEXPECTED, _NOT_CONNECTED, _NO_SUCH_TABLE, _NOT_LOADED = 1, 2, 100, 101
_REFUSED = ("auth", "permission", "privilege")
_NO_RIGHTS = ("StatusCode.UNAUTHENTICATED", "StatusCode.PERMISSION_DENIED")
_NO_ANSWER = "does not answer; see that it runs and that LEGATION_STORE__URI means it, then try again."
_NOT_OPENED = (
    "cannot be opened: Milvus Lite is for one process at a time; end the one that has it open, see that "
    "LEGATION_STORE__URI means it, then try again."
)

Row = dict[str, Any]
Result = TypeVar("Result")


class Engine:
    """Milvus at ``uri``: an address (http or https), or a file that ends in .db, for Milvus Lite in this process.

    With https, its certificate must be signed by one of the public authorities that gRPC comes with, or, if
    ``authorities`` is given, by one in that file (PEM). It is connected to when first needed. Safe to share between
    threads. Every method raises StorageError if it cannot be reached or fails, and GenerationError if a table is not
    there; SettingsError without pymilvus, and if ``authorities`` cannot be read.
    """

    def __init__(self, uri: str, token: str = "", authorities: Path | None = None) -> None:
        self._uri, self._token, self._authorities = uri, token, authorities
        self._client: Any = None
        self._connecting = threading.Lock()
        parts = urlsplit(uri)
        port = parts.port or (443 if parts.scheme == "https" else 19530)
        self.place = f"Milvus at {parts.hostname}:{port}" if parts.hostname else PurePath(uri).name
        self.shows_token = bool(token) and is_open(uri)

    def version(self) -> str:
        """What the engine says it is."""
        return str(self._call(lambda client: client.get_server_version(timeout=_SECONDS)))

    def tables(self, prefix: str) -> tuple[str, ...]:
        """The names of the tables that begin with ``prefix``."""
        names = self._call(lambda client: client.list_collections(timeout=_SECONDS))
        return tuple(sorted(name for name in names if name.startswith(f"{prefix}_")))

    def make(self, table: str, columns: Sequence[Column]) -> None:
        """Makes a table, unless it is there. The first column is its key."""
        self._call(partial(_make, table=table, columns=columns))

    def drop(self, table: str) -> None:
        """Nothing happens if it is not there."""
        self._call(lambda client: client.drop_collection(table, timeout=_LONG_SECONDS))

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Writes rows, over those with the same keys."""
        if rows:
            self._call(lambda client: client.upsert(table, list(rows), timeout=_LONG_SECONDS))

    def delete(self, table: str, where: str) -> None:
        self._loaded(table, lambda client: client.delete(table, filter=where, timeout=_LONG_SECONDS))

    def flush(self, table: str) -> None:
        """Makes what was written into files of the engine's store, with indexes."""
        self._call(lambda client: client.flush(table, timeout=_LONG_SECONDS))

    def count(self, table: str, where: str) -> int:
        rows = self._query(table, where, ["count(*)"], {}, fresh=True)
        return int(rows[0]["count(*)"])

    def rows(
        self, table: str, where: str, columns: Sequence[str], *, limit: int = MOST_ROWS, fresh: bool = True
    ) -> list[Row]:
        """At most ``limit`` rows that pass the filter ``where``, in no order. ``fresh``: all that was ever written
        counts; otherwise what was written until a few seconds ago, which the engine answers sooner.
        """
        return self._query(table, where, list(columns), {"limit": limit}, fresh=fresh)

    def nearest(
        self,
        table: str,
        column: str,
        vector: Any,
        where: str,
        limit: int,
        columns: Sequence[str],
        *,
        fresh: bool,
        parameters: Mapping[str, float],
    ) -> list[tuple[float, Row]]:
        """At most ``limit`` rows with their inner products with ``vector``, the highest first."""
        found = self._loaded(
            table,
            lambda client: client.search(
                table,
                data=[vector],
                anns_field=column,
                filter=where,
                limit=limit,
                output_fields=list(columns),
                search_params={"metric_type": "IP", "params": dict(parameters)},
                consistency_level=_consistency(fresh),
                timeout=_SECONDS,
            ),
        )
        return [(float(hit["distance"]), dict(hit["entity"])) for hit in found[0]]

    def _query(self, table: str, where: str, columns: list[str], limit: Mapping[str, int], *, fresh: bool) -> list[Row]:
        found = self._loaded(
            table,
            lambda client: client.query(
                table,
                filter=where,
                output_fields=columns,
                consistency_level=_consistency(fresh),
                timeout=_LONG_SECONDS,
                **limit,
            ),
        )
        return [dict(row) for row in found]

    def _loaded(self, table: str, what: Callable[[Any], Result]) -> Result:
        """What the engine gives from a table; one that is not ready to be read is made so first."""
        return self._call(partial(_load_and_try, table=table, what=what))

    def _call(self, what: Callable[[Any], Result]) -> Result:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it writes every failure on standard error before it raises it
        try:
            import grpc
            from pymilvus import MilvusException
        except ImportError as error:
            raise SettingsError("The store is Milvus, which needs: pip install 'legation[milvus]'") from error
        try:
            return what(self._connected())
        except MilvusException as error:
            raise self._translated(error, error.code, str(error.message)) from error
        except (grpc.RpcError, OSError) as error:
            raise self._translated(error) from error
        except ValueError as error:  # grpc's word for a channel that was closed, when a server went away
            raise self._translated(error) from error

    def _connected(self) -> Any:
        with self._connecting:
            if self._client is None:
                from pymilvus import MilvusClient

                # They tell every failure with a traceback before they raise it; ours are told once.
                for name in ("pymilvus", "milvus_lite"):
                    logging.getLogger(name).setLevel(logging.CRITICAL)
                given: dict[str, str] = {}
                if self._authorities is not None:
                    check_authorities(self._authorities)
                    given["server_pem_path"] = str(self._authorities)
                if self.shows_token:
                    _log.warning("%s is sent the token without encryption; use https:// in store.uri", self.place)
                self._client = MilvusClient(
                    uri=self._uri, token=self._token, timeout=_CONNECT_SECONDS, dedicated=True, **given
                )
            return self._client

    def _disconnect(self) -> None:
        """A connection that failed is given up: pymilvus would go on trying it, when the engine answers again."""
        with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _translated(
        self, error: BaseException, code: object = None, message: str = ""
    ) -> GenerationError | StorageError:
        if code == _NO_SUCH_TABLE:
            return GenerationError(f"The index is not in {self.place}; run: legation sync")
        words = "\n".join(_words(error))
        answered = isinstance(code, int) and code != _NOT_CONNECTED  # which names the host, whatever it is called
        refused = answered and any(word in message.lower() for word in _REFUSED)
        if refused or any(word in words for word in _NO_RIGHTS):
            return StorageError(f"{self.place} refuses the token; set LEGATION_STORE__TOKEN.")
        if answered and code != _UNEXPECTED:
            return StorageError(f"{self.place} failed with its error {code}; its log says why.")
        self._disconnect()
        no_answer = _NO_ANSWER if "://" in self._uri else _NOT_OPENED
        return StorageError(f"{self.place} {why_no_connection(words, self._uri) or no_answer}")


def _words(error: BaseException | None) -> Iterator[str]:
    """Of an error and of those behind it; pymilvus says of some that they are their own cause."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield str(error)
        error = error.__cause__ or error.__context__


def _consistency(fresh: bool) -> str:
    return "Strong" if fresh else "Bounded"


def _load_and_try(client: Any, table: str, what: Callable[[Any], Result]) -> Result:
    from pymilvus import MilvusException

    try:
        return what(client)
    except MilvusException as error:
        if error.code != _NOT_LOADED:
            raise
    client.load_collection(table, timeout=_LONG_SECONDS)
    return what(client)


def _make(client: Any, table: str, columns: Sequence[Column]) -> None:
    from pymilvus import DataType

    if not client.has_collection(table, timeout=_SECONDS):
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        for column in columns:
            kind, primary = getattr(DataType, column.kind), column is columns[0]
            if column.kind == "VARCHAR":
                schema.add_field(column.name, kind, is_primary=primary, max_length=column.size)
            elif column.kind == "FLOAT_VECTOR":
                schema.add_field(column.name, kind, dim=column.size)
            else:
                schema.add_field(column.name, kind, is_primary=primary)
        client.create_collection(table, schema=schema, timeout=_LONG_SECONDS)
    there = set(client.list_indexes(table, timeout=_SECONDS))
    indexes = client.prepare_index_params()
    for column in columns:
        index = column.index
        if index is not None and column.name not in there:
            metric = {"metric_type": index.metric} if index.metric else {}
            indexes.add_index(
                column.name, index_type=index.kind, index_name=column.name, params=dict(index.parameters), **metric
            )
    if len(indexes):
        # Nothing is in it yet, so nothing need be waited for; pymilvus would wait half a second for each.
        client.create_index(table, indexes, timeout=_LONG_SECONDS, sync=False)
    client.load_collection(table, timeout=_LONG_SECONDS)
