"""Longer names that hold the name of a country in a question and mean another: "Equatorial Guinea". Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from bot.country_names import OTHER_NAMES
from bot.places import Country, Places, load_places
from bot.types import Understanding
from bot.words import folded_words

Words = tuple[str, ...]


def with_namesakes(understanding: Understanding) -> Understanding:
    """The same, its query with the namesakes of the countries that its text names."""
    query = understanding.query
    return replace(understanding, query=replace(query, namesakes=namesakes(query.text, load_places())))


def namesakes(text: str, places: Places) -> tuple[str, ...]:
    """The longer names of other countries, or of none, that hold a name of one in the text, alphabetically.

    A state that became the one in the text is no other: "East Germany" for "Germany".
    """
    asked = dict.fromkeys(country for mention in places.mentions(text) for country in mention.countries)
    if not asked:
        return ()
    ours = {_key(name) for country in asked for name in _names(country)}
    known = {country.name for country in asked}
    others = {
        name
        for own in ours
        for name, key, country in _longer_names().get(own[0], ())
        if (country is None or known.isdisjoint((country.name, *country.now)))
        and _holds(key, own)
        and not any(_holds(each, key) for each in ours)
    }
    return tuple(sorted(others))


def _names(country: Country) -> tuple[str, ...]:
    return (country.name, *country.people, *country.former, *country.others)


def _key(name: str) -> Words:
    return tuple(folded_words(name))


def _holds(longer: Words, words: Words) -> bool:
    return any(longer[place : place + len(words)] == words for place in range(len(longer) - len(words) + 1))


@cache
def _longer_names() -> Mapping[str, Sequence[tuple[str, Words, Country | None]]]:
    """Every name of several words, with its words and its country, by each of its words."""
    held: dict[str, dict[tuple[str, Words, Country | None], None]] = defaultdict(dict)
    for name, country in _all_names():
        key = _key(name)
        for word in key if len(key) > 1 else ():
            held[word][name, key, country] = None
    return {word: tuple(names) for word, names in held.items()}


def _all_names() -> Iterator[tuple[str, Country | None]]:
    for forms in load_places().forms.values():
        for country in (form.country for form in forms):
            # Official names and the like are left out: "Republic of China" is how China itself was called.
            yield from ((name, country) for name in (country.name, *country.people, *country.former))
    yield from ((" ".join(name.split()), None) for name in OTHER_NAMES.split(";"))
