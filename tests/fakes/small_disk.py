"""A disk of a chosen size, which can be full, grow or become read-only: a tmpfs that only one process sees."""

import ctypes
import os
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 1, 32, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def mount_disk(place: Path, kilobytes: int) -> None:
    """Mounts it at ``place``, for this process alone, which has no threads. Raises OSError where none may do so."""
    user, group = os.getuid(), os.getgid()
    _called(_libc.unshare(CLONE_NEWNS if user == 0 else CLONE_NEWNS | CLONE_NEWUSER))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _mount(b"none", Path("/"), None, MS_REC | MS_PRIVATE, None)
    _mount(b"tmpfs", place, b"tmpfs", 0, _size(kilobytes))


def resize_disk(place: Path, kilobytes: int) -> None:
    _mount(b"tmpfs", place, None, MS_REMOUNT, _size(kilobytes))


def close_disk(place: Path, kilobytes: int) -> None:
    """From now on it can only be read. Raises OSError while a file is open for writing."""
    _mount(b"tmpfs", place, None, MS_REMOUNT | MS_RDONLY, _size(kilobytes))


def _size(kilobytes: int) -> bytes:
    return f"size={kilobytes}k".encode()


def _mount(source: bytes, place: Path, kind: bytes | None, flags: int, options: bytes | None) -> None:
    _called(_libc.mount(source, bytes(place), kind, ctypes.c_ulong(flags), options))


def _called(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
