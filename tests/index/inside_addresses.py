"""Addresses inside the network in every spelling, a trap for whoever connects to them, and a note of who does."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address

CONNECTIONS: list[list[tuple[str, int]]] = []
"""What is connected to while a list lies here: addresses and ports."""


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and CONNECTIONS and isinstance(arguments[1], tuple):
        address, port = arguments[1][:2]
        CONNECTIONS[-1].append((address, port))
        if address not in ("127.0.0.1", "::1"):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "not from a test")


sys.addaudithook(_note)


@contextmanager
def connections() -> Iterator[list[tuple[str, int]]]:
    """What this process connects to, as the interpreter sees it."""
    CONNECTIONS.append([])
    try:
        yield CONNECTIONS[-1]
    finally:
        CONNECTIONS.pop()


@contextmanager
def trap() -> Iterator[tuple[int, list[socket.socket]]]:
    """A port of 127.0.0.1, and of ::1 where there is one, that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as four:
        listening = [four]
        port: int = four.getsockname()[1]
        try:
            listening.append(socket.create_server(("::1", port), family=socket.AF_INET6, backlog=64))
        except OSError as error:
            assert error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        try:
            yield port, listening
        finally:
            for each in listening[1:]:
                each.close()


def caught(listening: list[socket.socket]) -> int:
    """How many connections wait at a trap."""
    count = 0
    for each in listening:
        each.setblocking(False)
        while True:
            try:
                connection, _ = each.accept()
            except BlockingIOError:
                break
            connection.close()
            count += 1
    return count


def four_spellings(address: str) -> list[str]:
    """Ways to write an IPv4 address that some parser or other understands."""
    number = int(IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    a, b, c, d = parts
    wide = address.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    circled = "".join(chr(0x245F + int(sign)) if sign in "123456789" else sign for sign in address)
    bold = address.translate({ord("0") + digit: 0x1D7CE + digit for digit in range(10)})
    mapped = str(IPv6Address((0xFFFF << 32) | number))
    return [
        address, str(number), hex(number), hex(number).upper().replace("X", "x"), oct(number).replace("o", ""),
        ".".join(hex(part) for part in parts), ".".join(f"0{part:o}" for part in parts),
        ".".join(f"{part:03d}" for part in parts), f"{a}.{(b << 16) | (c << 8) | d}", f"{a}.{b}.{(c << 8) | d}",
        f"0x{a:x}.{b}.{c}.{d}", f"0{a:o}.{b}.{c}.0x{d:x}", f"0x{a:x}.{(b << 16) | (c << 8) | d}",
        f"{address}.", f"{address}..", wide, circled, bold, address.replace(".", "。"), address.replace(".", "．"),
        address.replace(".", "｡"), address.replace(".", "%2e"), "".join(f"%{ord(sign):02x}" for sign in address),
        f"[::ffff:{address}]", f"[{mapped}]", f"[0:0:0:0:0:ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[::{address}]", f"[::ffff:0:{address}]", f"[64:ff9b::{address}]", f"[64:ff9b:1::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]",
        f"[2001:0:{number >> 16:x}:{number & 0xFFFF:x}::]",
        f"[2001:0:808:808:0:0:{number >> 16 ^ 0xFFFF:x}:{number & 0xFFFF ^ 0xFFFF:x}]",
        f"[fe80::5efe:{address}]", f"[2a00:1450::5efe:{address}]", f"[2a00:1450::200:5efe:{address}]",
        f"good.example@{address}", f"8.8.8.8 &@{address}", f"8.8.8.8\\@{address}", f"{address}\\.example",
        f"{address}\t", f"{address}\x00.example", f"{address}%00.example", f"{address}%0a", f"{address}#.example",
    ]  # fmt: skip


SIX = [
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::0001]", "[::1%25lo]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00:ec2::254]",
    "[fc00::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[2001:2::1]", "[2001:10::1]", "[3fff::1]",
    "[5f00::1]", "[fd20:ce::254]",
]  # fmt: skip
NAMES = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loc\u00adalhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ℓocalhost",
    "inside.test",
]
INSIDE_FOUR = ("127.0.0.1", "169.254.169.254", "10.1.2.3", "168.63.129.16")
SPELLINGS = [
    *(each for address in INSIDE_FOUR for each in four_spellings(address)),
    *("0", "0x0", "00", "127.255.255.254", "100.100.100.200", "192.0.0.192", "192.168.0.1", "172.31.255.255"),
    *("198.18.0.1", "192.88.99.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "203.0.113.7", "198.51.100.7"),
    *SIX,
    *NAMES,
]  # fmt: skip
