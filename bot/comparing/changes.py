"""What has changed: between two editions of a sanctions list, or in what a source holds."""

import re
from dataclasses import replace
from datetime import date

from bot.compared import Amendment, Changes, Comparison, Stretch
from bot.comparing.rewording import lines_of, rewordings
from index.editions import EditionRecord, newest
from index.errors import EmptyLibraryError, NotFoundError
from index.library import Library
from index.sentences import sentences
from index.types import Document, Edition

MOST_CHARACTERS = 300
"""Of an entry that came or went, as many whole lines are shown as fit."""

_DETAILS = ("title", "publisher", "published", "url", "language", "collection")


def find_changes(library: Library, name: str, since: date | None) -> Changes:
    """What has changed in the source ``name``, or on the list with that short name.

    Of a list the current edition is compared with the newest of ``since`` or before, in the same collection and
    whichever source it was read from; of other documents what answers now with what answered at the end of ``since``
    in UTC. Without ``since`` it is the edition before, or what there was before the source changed last.

    Raises EmptyLibraryError before the first sync; NotFoundError for an unknown name, or if nothing as early as
    ``since`` is held.
    """
    if library.current() is None:
        raise EmptyLibraryError("No documents were indexed yet; run: legation add PATH")
    collections = {source.name: source.collection for source in library.sources()}
    editions = library.editions.all()
    shorts = sorted({each.edition.list for each in editions})
    if name not in collections and name not in shorts:
        lists = f", nor a list; the lists held are {', '.join(shorts)}" if shorts else ""
        raise NotFoundError(f"There is no source called {name}{lists}; legation sources lists the sources.")
    groups = sorted({_group(each) for each in editions if name in (each.source, each.edition.list)})
    found = [_list_changes(library, [each for each in editions if _group(each) == group], since) for group in groups]
    if name in collections and (not groups or library.history.last_change(name) is not None):
        found.append(_source_changes(library, name, collections[name], since))
    if since is not None and all(each.since is None for each in found):
        raise NotFoundError(" ".join(each.nothing or "" for each in found))
    return Changes(name, tuple(found))


def _group(record: EditionRecord) -> tuple[str, str]:
    return record.edition.list, record.collection


def _list_changes(library: Library, editions: list[EditionRecord], since: date | None) -> Comparison:
    """``editions`` are all of one list in one collection, oldest first."""
    title, collection = editions[-1].edition.name, editions[-1].collection
    nothing = Comparison("list", title, collection)
    lying = library.editions.lying_there()
    current = next(iter(newest([each for each in editions if (each.source, each.path, each.id) in lying])), None)
    if current is None:
        last = editions[-1]
        gone = f"The {title} no longer lies in any source; the last edition was of {_day(last.edition)}."
        return replace(nothing, since=last.date, nothing=gone)
    nothing = replace(nothing, subject=current.edition.name, after=current.edition)
    if since is not None and current.date <= since.isoformat():
        newer = f"No edition of the {title} newer than {since} is held; the current one is of {_day(current.edition)}."
        return replace(nothing, since=current.date, nothing=newer)
    earlier = editions[: editions.index(current)]
    if since is not None:
        earlier = [each for each in earlier if each.date <= since.isoformat()]
    if not earlier and since is not None:
        early = f"No edition of the {title} as early as {since} is held; the oldest is of {_day(editions[0].edition)}."
        return replace(nothing, nothing=early)
    if not earlier:
        held = f"Only one edition of the {title} is held"
        if len(editions) > 1:
            held = f"No older edition of the {title} is held than the current one"
        held = f"{held}, that of {_day(current.edition)}"
        return replace(nothing, nothing=f"{held}: there is nothing to compare it with.")
    before = earlier[-1]
    return _compared(
        replace(
            nothing,
            against=f"edition of {_day(before.edition)} against edition of {_day(current.edition)}",
            before=before.edition,
            since=before.date,
        ),
        _entries(library, before),
        _entries(library, current),
    )


def _source_changes(library: Library, name: str, collection: str, since: date | None) -> Comparison:
    nothing = Comparison("documents", name, collection)
    now = {key for key, member in library.members().items() if member.source == name}
    if since is None:
        change = library.history.last_change(name)
        if change is None:
            return replace(nothing, nothing=f"The source {name} has held no documents so far.")
        day = change.created_at[:10]
        before = library.history.held_before(change.id, name)
        if not before:
            return replace(nothing, nothing=f"{name} held nothing before {day}: there is nothing to compare it with.")
        against = f"before its last change, on {day}, against now"
    else:
        then = library.history.generation_at(since)
        if then is None:
            first = library.history.first_day()
            early = f"Nothing was indexed yet at the end of {since}; the first index is of {first}."
            return replace(nothing, nothing=early)
        day = since.isoformat()
        before = library.history.held_before(then.id + 1, name)
        against = f"the end of {day} against now"
    changed = library.history.changes(before, now)
    kept = {key for id_, key in changed.after.items() if changed.before.get(id_) == key}
    return _compared(
        replace(nothing, against=against, since=day),
        _documents(library, before - kept),
        _documents(library, now - kept),
    )


def _compared(about: Comparison, before: dict[str, Document], after: dict[str, Document]) -> Comparison:
    """``before`` and ``after`` by what tells a document from the others in both states."""
    amended = [_amendment(before[name], after[name]) for name in _sorted(before.keys() & after.keys())]
    return replace(
        about,
        added=tuple(_beginning(after[name]) for name in _sorted(after.keys() - before.keys())),
        amended=tuple(each for each in amended if each is not None),
        removed=tuple(_beginning(before[name]) for name in _sorted(before.keys() - after.keys())),
    )


def _amendment(before: Document, after: Document) -> Amendment | None:
    """None if a reader finds the same in both; of an entry the text alone counts, all else is read from it."""
    is_entry = after.entry is not None
    details = () if is_entry else tuple(n for n in _DETAILS if getattr(before, n) != getattr(after, n))
    if before.text == after.text and not details:
        return None
    return Amendment(before, after, rewordings(before, after), details)


def _entries(library: Library, record: EditionRecord) -> dict[str, Document]:
    documents = library.documents(record.document_keys).values()
    return {each.entry.reference: replace(each, edition=record.edition) for each in documents if each.entry is not None}


def _documents(library: Library, keys: set[int]) -> dict[str, Document]:
    return {each.id: each for each in library.documents(keys).values() if each.entry is None}


def _beginning(document: Document) -> Stretch:
    """The first lines of an entry, or the first sentence of a document."""
    lines = lines_of(document)
    if document.entry is None:
        first = sentences(document.text, (document.blocks or (lines[0],))[0])
        return Stretch(document, first[0].start, first[0].end)
    fitting = [line for line in lines if line.end - lines[0].start <= MOST_CHARACTERS] or lines[:1]
    return Stretch(document, lines[0].start, fitting[-1].end)


def _sorted(names: set[str]) -> list[str]:
    """By the numbers in them where they have some: "QDi.9" before "QDi.10"."""
    return sorted(names, key=lambda name: [(int(p), p) if p.isdecimal() else (-1, p) for p in re.split(r"(\d+)", name)])


def _day(edition: Edition) -> str:
    """The list's own date, or the day on which it was read, as such."""
    return edition.date or "" if edition.dated else f"{edition.date} (when it was read; it gives no date of its own)"
