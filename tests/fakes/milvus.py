"""Milvus Lite as a server of its own: a real engine, which a test may stop and start again."""

from pathlib import Path
from typing import Any

from index.milvus.engine import Engine
from tests.fakes.ports import free_port


class MilvusServer:
    """Serves the data in ``folder`` on a free port, in threads of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._data: Any = None
        self._port = free_port()
        self.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def engine(self) -> Engine:
        return Engine(self.uri)

    def start(self) -> None:
        """On the port that it had before, if it was stopped."""
        from milvus_lite.adapter.grpc.server import start_server_in_thread

        self._server, self._data, _ = start_server_in_thread(str(self._folder), port=self._port)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(None).wait()
            self._data.close()
            self._server = None
