"""What has changed, for a terminal or a pipe, and as JSON. Every text is a slice of a document."""

from collections.abc import Iterator

from rich.text import Text

from bot.compared import Amendment, Changes, Comparison, Rewording, Stretch
from bot.render.layout import INDENT, Look, make_look, printed, wrapped
from bot.render.machine import document_to_dict, edition_to_dict
from bot.render.visible import visible, visible_line
from index.types import Document

_WORDS = {"list": ("listed", "amended", "delisted"), "documents": ("added", "changed", "withdrawn")}


def render_changes(changes: Changes, width: int, colour: bool) -> str:
    """What came, changed and went, with quotes, below one line that counts them; ``width`` is in columns."""
    look = make_look(width, colour)
    lines: list[Text] = []
    for comparison in changes.comparisons:
        lines += [*([Text()] if lines else []), *_comparison(comparison, look)]
    return printed(lines, look, colour)


def changes_to_dict(changes: Changes) -> dict[str, object]:
    """The same in strings, numbers, lists and dictionaries, its keys always in the same order."""
    return {"name": changes.name, "comparisons": [_comparison_to_dict(each) for each in changes.comparisons]}


def _comparison(comparison: Comparison, look: Look) -> Iterator[Text]:
    if comparison.nothing is not None:
        yield from wrapped(Text(visible_line(comparison.nothing)), look)
        return
    came, changed, went = _WORDS[comparison.kind]
    heading = f"{comparison.subject} [{comparison.collection}]: {comparison.against}"
    yield from wrapped(Text(visible_line(heading), look.strong), look)
    counts = ((comparison.added, came), (comparison.amended, changed), (comparison.removed, went))
    yield from wrapped(Text(", ".join(f"{len(found)} {word}" for found, word in counts) + "."), look)
    for stretch in comparison.added:
        yield from _whole(came, stretch, look)
    for amendment in comparison.amended:
        yield from _amended(changed, amendment, look)
    for stretch in comparison.removed:
        yield from _whole(went, stretch, look)


def _whole(word: str, stretch: Stretch, look: Look) -> Iterator[Text]:
    yield from _title(word, stretch.document, look)
    yield from _quoted("", stretch, look)
    yield _version("", stretch.document, look)


def _amended(word: str, amendment: Amendment, look: Look) -> Iterator[Text]:
    yield from _title(word, amendment.after, look)
    for rewording in amendment.rewordings:
        yield from _reworded(rewording, look)
    for name in amendment.details:
        old, new = (visible_line(getattr(each, name) or "none") for each in (amendment.before, amendment.after))
        yield from wrapped(Text(f"{name}: was {old}, now {new}"), look, INDENT, INDENT * 2)
    if not amendment.rewordings and not amendment.details:
        yield Text(f"{INDENT}Only white space differs.")
    yield _version("was: ", amendment.before, look)
    yield _version("now: ", amendment.after, look)


def _reworded(rewording: Rewording, look: Look) -> Iterator[Text]:
    if rewording.old is not None:
        yield from _quoted("was: " if rewording.new is not None else "out: ", rewording.old, look)
    if rewording.new is not None:
        yield from _quoted("now: " if rewording.old is not None else "in:  ", rewording.new, look)


def _title(word: str, document: Document, look: Look) -> Iterator[Text]:
    """The reference of an entry, or the title; behind a word that says what became of it."""
    reference = f"{visible_line(document.entry.reference)} · " if document.entry is not None else ""
    yield Text()
    yield from wrapped(Text(f"{word}: {reference}{visible_line(document.title)}", look.strong), look, "", INDENT)


def _quoted(label: str, stretch: Stretch, look: Look) -> Iterator[Text]:
    """The text in quotation marks, indented further than any line that is ours, and its place."""
    margin = f"{INDENT}{label}“"
    body = Text(f"{visible(stretch.text)}”").append(f" @ {stretch.start}:{stretch.end}", look.faint)
    yield from wrapped(body, look, margin, " " * len(margin))


def _version(label: str, document: Document, look: Look) -> Text:
    return Text(f"{INDENT}{label}{visible_line(document.id)} version {document.version}", look.faint)


def _comparison_to_dict(comparison: Comparison) -> dict[str, object]:
    return {
        "kind": comparison.kind,
        "subject": comparison.subject,
        "collection": comparison.collection,
        "since": comparison.since,
        "before": edition_to_dict(comparison.before),
        "after": edition_to_dict(comparison.after),
        "nothing": comparison.nothing,
        "added": [_beginning(each) for each in comparison.added],
        "amended": [
            {
                "reference": _reference(each.after),
                "before": document_to_dict(each.before),
                "after": document_to_dict(each.after),
                "rewordings": [{"old": _stretch(pair.old), "new": _stretch(pair.new)} for pair in each.rewordings],
                "details": list(each.details),
            }
            for each in comparison.amended
        ],
        "removed": [_beginning(each) for each in comparison.removed],
    }


def _beginning(stretch: Stretch) -> dict[str, object]:
    document = stretch.document
    told = {"text": stretch.text, "start": stretch.start, "end": stretch.end}
    return {"reference": _reference(document), **told, "document": document_to_dict(document)}


def _stretch(stretch: Stretch | None) -> dict[str, object] | None:
    return None if stretch is None else {"text": stretch.text, "start": stretch.start, "end": stretch.end}


def _reference(document: Document) -> str | None:
    return document.entry.reference if document.entry is not None else None
