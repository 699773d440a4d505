"""What a power cut may leave of the files of a program, from the record of all that it did to them.

The record is strace's, so that nothing is missed: SQLite, tantivy and Python all write through the kernel. What is not
flushed may be lost: POSIX promises the bytes of a file only after its fsync, and a name in a folder, new, changed or
gone, only after the fsync of that folder.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fsync,fdatasync,sync_file_range,"
    "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,lseek,fallocate,"
    "copy_file_range,sendfile,mmap,io_uring_setup"
)
SECTOR = 512

_LINE = re.compile(r"(?P<thread>\d+)\s+(?P<rest>.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>")

Tree = dict[str, bytes | None]
"""Files by their path, with their bytes; folders with None."""


class File:
    """Its bytes now, those that are on the disk for sure, and what was done since: (offset, bytes) or a length."""

    def __init__(self, content: bytes = b"") -> None:
        self.now, self.sure = bytearray(content), content
        self.since: list[tuple[int, bytes] | int] = []

    def do(self, change: tuple[int, bytes] | int) -> None:
        _apply(self.now, change)
        self.since.append(change)

    def flush(self) -> None:
        self.sure = bytes(self.now)
        self.since.clear()


class Folder:
    """Its names now, those that are on the disk for sure, and what was done since, each change as a whole."""

    def __init__(self) -> None:
        self.now: dict[str, File | Folder] = {}
        self.sure: dict[str, File | Folder] = {}
        self.since: list[dict[str, File | Folder | None]] = []

    def do(self, change: dict[str, "File | Folder | None"]) -> None:
        _rename(self.now, change)
        self.since.append(change)

    def flush(self) -> None:
        self.sure = dict(self.now)
        self.since.clear()


@dataclass(frozen=True)
class Cut:
    """How much of what was not flushed a power cut leaves."""

    bytes_of: Callable[[File], bytes]
    names_of: Callable[[Folder], dict[str, File | Folder]]


def _kept(file: File) -> bytes:
    return bytes(file.now)


def _lost(file: File) -> bytes:
    return file.sure


CUTS = {
    "all is kept": Cut(_kept, lambda folder: folder.now),
    "all is lost": Cut(_lost, lambda folder: folder.sure),
    "names are kept": Cut(_lost, lambda folder: folder.now),
    "bytes are kept": Cut(_kept, lambda folder: folder.sure),
}


def by_chance(random: Random) -> Cut:
    """Of the writes to a file any, or parts of them, in any order; of the changes to a folder the first few."""

    def bytes_of(file: File) -> bytes:
        content = bytearray(file.sure)
        for change in file.since:
            fate = random.random()
            if isinstance(change, int) or fate < 0.4:
                if fate < 0.7:
                    _apply(content, change)
            elif fate < 0.6:
                offset, written = change
                for start in range(0, len(written), SECTOR):
                    if random.random() < 0.5:
                        _apply(content, (offset + start, written[start : start + SECTOR]))
        return bytes(content)

    def names_of(folder: Folder) -> dict[str, File | Folder]:
        names = dict(folder.sure)
        for change in folder.since[: random.randint(0, len(folder.since))]:
            _rename(names, change)
        return names

    return Cut(bytes_of, names_of)


@dataclass
class Disk:
    """The folder ``root`` and all below it, as it was before the program began; ``play`` repeats what it did."""

    root: str
    folder: Folder = field(default_factory=Folder)
    positions: dict[str, int] = field(default_factory=dict)

    #: Calls that change files in ways that nothing here is prepared for.
    STRANGE: ClassVar[frozenset[str]] = frozenset(
        {"symlink", "symlinkat", "fallocate", "copy_file_range", "sendfile", "io_uring_setup"}
    )

    @classmethod
    def of(cls, root: Path) -> "Disk":
        disk = cls(str(root))
        _load(root, disk.folder)
        return disk

    def left_by(self, cut: Cut) -> Tree:
        tree: Tree = {}
        _walk(self.folder, "", cut, tree)
        return tree

    def play(self, call: "Call") -> None:
        name, paths = call.name, call.paths
        if name in self.STRANGE and any(self._inside(path) for path in paths):
            raise NotImplementedError(call)
        if name in {"open", "openat", "creat"}:
            self.positions[call.descriptor] = 0
            if self._inside(paths[0]) and ("O_CREAT" in call.flags or "O_TRUNC" in call.flags):
                self._open(paths[0], "O_TRUNC" in call.flags)
        elif name in {"write", "writev"}:
            start = self.positions.get(call.descriptor, 0)
            self.positions[call.descriptor] = start + call.result
            self._write(paths[0], start, call)
        elif name in {"pwrite64", "pwritev", "pwritev2"}:
            self._write(paths[0], call.number, call)
        elif name == "lseek":
            self.positions[call.descriptor] = call.result
        elif name in {"ftruncate", "truncate"} and self._inside(paths[0]):
            self._file(paths[0]).do(call.number)
        elif name in {"fsync", "fdatasync"} and self._inside(paths[0]):
            self._at(paths[0]).flush()
        elif name in {"mkdir", "mkdirat"} and self._inside(paths[0]):
            parent, last = self._parent(paths[0])
            parent.do({last: Folder()})
        elif name in {"unlink", "unlinkat", "rmdir"} and self._inside(paths[0]):
            parent, last = self._parent(paths[0])
            parent.do({last: None})
        elif name in {"link", "linkat"} and any(self._inside(path) for path in paths):
            parent, last = self._parent(paths[1])
            parent.do({last: self._file(paths[0])})
        elif name.startswith("rename") and self._inside(paths[0]):
            self._rename(*paths)
        elif name == "mmap" and "MAP_SHARED" in call.flags and "PROT_WRITE" in call.flags and self._inside(paths[0]):
            raise NotImplementedError(call)

    def _inside(self, path: str) -> bool:
        return path.startswith(self.root + "/") or path == self.root

    def _open(self, path: str, truncate: bool) -> None:
        parent, last = self._parent(path)
        if last not in parent.now:
            parent.do({last: File()})
        elif truncate:
            self._file(path).do(0)

    def _write(self, path: str, start: int, call: "Call") -> None:
        if self._inside(path) and not path.endswith(" (deleted)"):
            self._file(path).do((start, call.content[: call.result]))

    def _rename(self, old: str, new: str) -> None:
        parent, last = self._parent(old)
        other, name = self._parent(new)
        if parent is not other:
            raise NotImplementedError(f"{old} moves to another folder")
        parent.do({last: None, name: parent.now[last]})

    def _parent(self, path: str) -> tuple[Folder, str]:
        *above, last = path[len(self.root) + 1 :].split("/")
        folder = self.folder
        for name in above:
            within = folder.now[name]
            assert isinstance(within, Folder)
            folder = within
        return folder, last

    def _at(self, path: str) -> File | Folder:
        if path == self.root:
            return self.folder
        parent, last = self._parent(path)
        return parent.now[last]

    def _file(self, path: str) -> File:
        found = self._at(path)
        assert isinstance(found, File)
        return found


@dataclass(frozen=True)
class Call:
    """A call that succeeded. ``number`` is an offset or a length, ``content`` what was written."""

    name: str
    paths: tuple[str, ...]
    descriptor: str
    result: int
    content: bytes = b""
    number: int = 0
    flags: str = ""


def is_traceable() -> bool:
    """Whether there is a strace, and it may be used here."""
    strace, program = shutil.which("strace"), shutil.which("true")
    if strace is None or program is None:
        return False
    return subprocess.run([strace, "-o", os.devnull, program], check=False, capture_output=True).returncode == 0


def record(program: str, arguments: Sequence[str], log: Path, folder: Path) -> list[Call]:
    """Runs a Python program in ``folder`` and gives all that it did to files."""
    traced = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "100000000", "-e", "signal=none", "-o", str(log)]
    command = [*traced, "-e", f"trace={CALLS}", sys.executable, "-c", program, *arguments]
    finished = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return list(parse(log.read_text("ascii", errors="replace").splitlines()))


def parse(lines: Sequence[str]) -> Iterator[Call]:
    """The calls of strace's lines that succeeded, in the order in which they ended."""
    waiting: dict[str, str] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        thread, rest = found["thread"], found["rest"]
        if rest.endswith("<unfinished ...>"):
            waiting[thread] = rest.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.fullmatch(rest)
        if resumed is not None:
            rest = waiting.pop(thread) + resumed["rest"].lstrip()
        call = _CALL.match(rest)
        if call is not None and int(call["result"]) >= 0:
            yield _call(call["name"], call["arguments"], int(call["result"]))


def _call(name: str, arguments: str, result: int) -> Call:
    descriptors = [(number, _decoded(path).decode()) for number, path in _DESCRIPTOR.findall(arguments)]
    texts = [_decoded(text) for text in _TEXT.findall(arguments)]
    flags = _DESCRIPTOR.sub("", _TEXT.sub("", arguments))
    numbers = [int(number) for number in re.findall(r"(?<![\w=])\d+(?![\w])", flags)]
    if name in {"open", "openat", "creat"}:
        return Call(name, tuple(_joined(descriptors, texts)), str(result), result, flags=flags)
    if name in {"write", "writev", "pwrite64", "pwritev", "pwritev2"}:
        (number, path), content = descriptors[0], b"".join(texts)
        return Call(name, (path,), number, result, content, numbers[-1])
    if descriptors and descriptors[0][0] != "AT_FDCWD" and not texts:  # by the descriptor alone
        (number, path) = descriptors[0]
        return Call(name, (path,), number, result, number=numbers[-1] if numbers else 0, flags=flags)
    return Call(name, tuple(_joined(descriptors, texts)) or ("",), "", result, number=numbers[-1] if numbers else 0)


def _joined(descriptors: Sequence[tuple[str, str]], texts: Sequence[bytes]) -> Iterator[str]:
    """Paths, those that are relative within the folders that are named before them."""
    for place, text in enumerate(texts):
        path = text.decode()
        above = descriptors[min(place, len(descriptors) - 1)][1] if descriptors else ""
        yield path if path.startswith("/") else f"{above}/{path}"


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def write_tree(tree: Tree, place: Path) -> None:
    """Makes the files of a tree in the folder ``place``."""
    place.mkdir()
    for path, content in tree.items():  # folders come before what is in them
        if content is None:
            (place / path).mkdir()
        else:
            (place / path).write_bytes(content)


def _load(place: Path, folder: Folder) -> None:
    for path in place.iterdir():
        if path.is_dir():
            within = Folder()
            _load(path, within)
            folder.now[path.name] = within
        else:
            folder.now[path.name] = File(path.read_bytes())
    folder.sure = dict(folder.now)


def _walk(folder: Folder, above: str, cut: Cut, tree: Tree) -> None:
    for name, node in sorted(cut.names_of(folder).items()):
        if isinstance(node, Folder):
            tree[above + name] = None
            _walk(node, f"{above}{name}/", cut, tree)
        else:
            tree[above + name] = cut.bytes_of(node)


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        content.extend(bytes(change - len(content)))
        return
    offset, written = change
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(written)] = written


def _rename(names: dict[str, File | Folder], change: dict[str, File | Folder | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node
