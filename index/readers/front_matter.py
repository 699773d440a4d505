"""The YAML front matter of a Markdown file: from a first line ``---`` to the next such line."""

from collections.abc import Iterator

import yaml

from index.errors import ReadError

LIMIT = 65_536
"""Characters that front matter may take."""

DEPTH = 20
"""Lists and mappings in front matter may stand in each other this deep."""

_FIELDS = frozenset({"title", "publisher", "published", "url", "language"})


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields that Legation knows, as they are written, and the text below the front matter.

    Values stay strings: read as YAML 1.1 does, the language ``no`` would be False and the date
    ``2009-05`` a string beside the number 2009. Values that are not scalars are ignored. A line
    ``---`` before a blank line is a thematic break and no front matter. Raises ReadError, with the
    line, for front matter that is not closed, is no YAML mapping, has aliases, or is too long.
    """
    first, _, rest = text.partition("\n")
    if first.rstrip() != "---" or not rest.partition("\n")[0].strip():
        return {}, text
    length = 0
    for line in rest[:LIMIT].split("\n"):
        if line.rstrip() in {"---", "..."}:
            return _fields(rest[:length]), rest[length:].partition("\n")[2]
        length += len(line) + 1
    raise ReadError(f"The front matter that begins on line 1 is not closed by a line '---' within {LIMIT} characters.")


def _fields(source: str) -> dict[str, str]:
    # Composing gives the nodes as they are written: no Python object is constructed from a tag.
    try:
        _refuse_bombs(source)
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ReadError(f"The front matter is not valid YAML{_place(error, source)}.") from error
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise ReadError("The front matter is not a YAML mapping: line 2 should be like 'title: A title'.")
    return dict(_scalars(node))


def _refuse_bombs(source: str) -> None:
    """Aliases can grow without bound, and deep nesting takes PyYAML quadratic time."""
    depth = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise ReadError(
                f"The front matter has *{event.anchor}, a YAML alias, which is not accepted; "
                "text that begins with * needs quotation marks."
            )
        if depth > DEPTH:
            raise ReadError(f"The front matter nests values more than {DEPTH} deep.")


def _scalars(mapping: yaml.MappingNode) -> Iterator[tuple[str, str]]:
    for key, value in mapping.value:
        known = isinstance(key, yaml.ScalarNode) and key.value in _FIELDS
        if known and isinstance(value, yaml.ScalarNode) and value.tag != "tag:yaml.org,2002:null":
            yield key.value, value.value


def _place(error: Exception, source: str) -> str:
    """Where the error is, in lines of the file, of which the front matter's first is the second."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f", line {error.problem_mark.line + 2}: {error.problem}"
    if isinstance(error, yaml.reader.ReaderError):
        return f", line {source.count(chr(10), 0, error.position) + 2}: {error.reason}"
    return f": {error}"
