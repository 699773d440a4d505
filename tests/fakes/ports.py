"""Ports for servers that tests stop and start again."""

import os
import socket
from contextlib import suppress
from random import Random

_PORTS = iter(Random(os.getpid()).sample(range(20_000, 32_000), 12_000))


def free_port() -> int:
    """One of the loopback that nobody is given by chance while its server is stopped, as those are that the system
    chooses.
    """
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")
