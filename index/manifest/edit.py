"""Changes to the file, one ``[[source]]`` at a time: every byte outside of it stays as it is.

An edit that would leave something else in the file than what was meant is refused, and the file left alone.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import SettingsError
from index.manifest.catalogue import EXPLANATION, load_catalogue
from index.manifest.entry import FIELDS, SourceEntry, problems
from index.manifest.read import MARK, label, parse_entries, read_text, resolved, wrong
from index.manifest.write import alone, delete_file, replace_file

_HEADER = re.compile(r"""[ \t]*\[\[[ \t]*(source|"source"|'source')[ \t]*\]\]""")


def put_entry(path: Path, entry: SourceEntry) -> bool:
    """Writes a source into the manifest: in the place of the one with its name, else at the end.

    Only values that differ from those in the file are touched, and defaults are not written. Gives whether the
    file was changed. Raises SettingsError for an entry or a file that is not valid, which is then left as it is,
    and StorageError.
    """
    for field, problem in problems(entry):
        raise wrong(path, f"in {label(entry.name)}, {field} {problem}")
    wanted = resolved(path, entry)
    with alone(path):
        old = read_text(path)
        before = () if old is None else parse_entries(path, old)
        place = next((number for number, each in enumerate(before) if each.name == entry.name), None)
        if place is None:
            text = EXPLANATION + load_catalogue() if old is None else old
            new, expected = _appended(text, _lines(entry)), (*before, wanted)
        else:
            mark, pieces = _pieces(path, old or "", len(before))
            core, tail = pieces[place + 1]
            pieces[place + 1] = (_changed(core, before[place], entry, wanted), tail)
            new, expected = mark + _joined(pieces), (*before[:place], wanted, *before[place + 1 :])
        return _write(path, old, new, expected)


def remove_entries(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Takes sources out of the manifest and gives the names of those that were in it.

    A source's lines go, from ``[[source]]`` to its last value; comments above and below them stay. Raises
    SettingsError if the file is not valid, which is then left as it is, and StorageError.
    """
    if read_text(path) is None:
        return ()
    with alone(path):
        old = read_text(path) or ""
        before = parse_entries(path, old)
        gone = tuple(each.name for each in before if each.name in names)
        if not gone:
            return ()
        mark, pieces = _pieces(path, old, len(before))
        kept: list[tuple[str, str]] = [pieces[0]]
        for each, (core, tail) in zip(before, pieces[1:], strict=True):
            if each.name not in names:
                kept.append((core, tail))
                continue
            head, above = kept[-1]
            kept[-1] = (head, _without_gap(above, tail))
        _write(path, old, mark + _joined(kept), tuple(each for each in before if each.name not in names))
        return gone


def delete_unused(path: Path) -> None:
    """Deletes the manifest, if all that stands in it is what every new one begins with. Raises StorageError."""
    with alone(path):
        if read_text(path) == EXPLANATION + load_catalogue():
            delete_file(path)


def _write(path: Path, old: str | None, new: str, expected: tuple[SourceEntry, ...]) -> bool:
    if new == old:
        return False
    if parse_entries(path, new) != expected:
        raise SettingsError(f"The manifest {path} cannot be edited by a program; edit it by hand.")
    replace_file(path, new.encode())
    return True


def _pieces(path: Path, text: str, count: int) -> tuple[str, list[tuple[str, str]]]:
    """A byte order mark, if there is one, and the rest of the text as (core, tail) for each source, in order.

    A core goes from ``[[source]]`` to the line of its last value, a tail from there to the next source: comments
    and empty lines. The first core is empty, its tail what stands above all sources.
    """
    mark = MARK if text.startswith(MARK) else ""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix(MARK))
    # A line within a text of several lines may look like a header: what stands above it is then not TOML.
    starts = [
        number
        for number, line in enumerate(lines)
        if _HEADER.match(line) and _loaded("".join(lines[:number])) is not None
    ]
    if len(starts) != count:
        raise SettingsError(
            f"The manifest {path} cannot be edited by a program: not every source is written as [[source]]; "
            "edit it by hand."
        )
    ends = [*starts[1:], len(lines)]
    above = "".join(lines[: starts[0]] if starts else lines)
    return mark, [("", above), *(_split_tail(lines[start:end]) for start, end in zip(starts, ends, strict=True))]


def _split_tail(block: list[str]) -> tuple[str, str]:
    """The core is the shortest beginning that means the same as the whole."""
    whole = _loaded("".join(block))
    end = next(end for end in range(1, len(block) + 1) if _loaded("".join(block[:end])) == whole)
    return "".join(block[:end]), "".join(block[end:])


def _loaded(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None


def _joined(pieces: Sequence[tuple[str, str]]) -> str:
    return "".join(core + tail for core, tail in pieces)


def _changed(core: str, old: SourceEntry, new: SourceEntry, wanted: SourceEntry) -> str:
    """The lines of a source with the values of ``new`` where what they mean, ``wanted``, is not the ``old``."""
    import tomlkit

    document = tomlkit.parse(core if core.endswith("\n") else core + "\n")
    table: Any = document["source"][0]
    written = dict(_written(new))
    changed = [name for name in FIELDS if getattr(old, name) != getattr(wanted, name)]
    for name in changed:
        if name in written:
            table[name] = written[name]
        elif name in table:
            table.remove(name)
    return _with_ends_of(core, tomlkit.dumps(document)) if changed else core


def _written(entry: SourceEntry) -> Iterator[tuple[str, str | bool | list[str]]]:
    """The fields that are not at their defaults, in order."""
    plain = SourceEntry(entry.name, "")
    for name in FIELDS:
        value = getattr(entry, name)
        if name in {"name", "location"} or value != getattr(plain, name):
            yield name, list(value) if isinstance(value, tuple) else value


def _lines(entry: SourceEntry) -> str:
    import tomlkit

    values = (f"{name} = {tomlkit.item(value).as_string()}\n" for name, value in _written(entry))
    return "[[source]]\n" + "".join(values)


def _appended(text: str, lines: str) -> str:
    """With ``lines`` at the end, an empty line above them."""
    end = "" if text.endswith("\n") or not text.removeprefix(MARK) else "\n"
    gap = "" if (text + end).removeprefix(MARK) in {"", "\n"} or (text + end).endswith(("\n\n", "\n\r\n")) else "\n"
    return text + _with_ends_of(text, end + gap + lines)


def _with_ends_of(text: str, lines: str) -> str:
    """``lines`` with the line ends of ``text``."""
    plain = lines.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in text else plain


def _without_gap(above: str, below: str) -> str:
    """Both joined, without the empty line that parted what stood between them from what stood above."""
    if re.match(r"\r?\n|$", below) is None:
        return above + below
    if not above:
        return re.sub(r"\A\r?\n", "", below)
    return re.sub(r"(\A|\n)\r?\n\Z", r"\1", above) + below
