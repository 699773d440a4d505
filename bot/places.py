"""Countries in a question: their names, people, capitals, former names and the codes that people use.

Names, official names, people and capitals come from the package countryinfo (``countries.json``, which
benchmarks/country_table.py writes); ``country_names.py`` adds what it lacks. Of other cities it is only known that a
word names one (``place_words.txt``, which benchmarks/place_words.py writes).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bot.country_names import AMBIGUOUS, COUNTRIES, FIELD, FIELD_WORDS, OTHER_NAMES, TERRITORIES
from bot.words import Edit, Token, folded_words, shouted, tokens

Kind = Literal["name", "people", "capital", "code", "former"]

_LEAST_FOR_TYPOS = 5
_WITH_ARTICLE = ("United", "Democratic", "Republic", "Soviet", "Holy", "Americans", "British")
_USUAL_WORDS = frozenset(
    "north northern south southern west east central islands island islander united states state republic democratic "
    "kingdom china coast free french british upper lower saint".split()
)
_OPENERS = frozenset(
    """a after and any are at before by can could did do does for from had has have how if in is list may must name of
    on or since so the to until was were what when where which who whom whose why will with would""".split()
)


@dataclass(frozen=True, slots=True)
class Country:
    """``others`` are further ways to name it, most usual first; ``now`` what a state that is gone became."""

    name: str
    people: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    now: tuple[str, ...] = ()

    def alternatives(self, kind: Kind) -> Iterator[str]:
        """Other ways to say a mention of this ``kind``. A few: each one more blurs the search."""
        if kind != "name":
            yield self.name
        if kind in {"name", "code", "former"}:
            yield from (*self.others, *self.former, *self.people[:1], *self.capitals[:1])
        yield from self.now


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a country. ``written`` is what a code or slang word is written out as; ``also`` are the
    common name of the country, or another spelling of the capital.
    """

    country: Country
    kind: Kind
    written: str | None = None
    also: tuple[str, ...] = ()

    def alternatives(self) -> Iterator[str]:
        """Other ways to say it."""
        yield from self.also
        yield from self.country.alternatives(self.kind)


@dataclass(frozen=True, slots=True)
class Mention:
    """``text[start:end]`` names a country, or one of several that share the name."""

    start: int
    end: int
    forms: tuple[Form, ...]

    @property
    def kind(self) -> Kind:
        return self.forms[0].kind

    @property
    def countries(self) -> tuple[Country, ...]:
        return tuple(form.country for form in self.forms)


@dataclass(frozen=True, slots=True)
class Places:
    """All forms by their folded words; no form at all marks a longer name that is no country's. ``longest`` says for
    a first word how many words the longest name has. ``single`` are the words of names by themselves, in small
    letters, for mending typos.
    """

    forms: Mapping[tuple[str, ...], tuple[Form, ...]]
    longest: Mapping[str, int]
    ambiguous: frozenset[str]
    single: tuple[str, ...]

    def mentions(self, text: str, *, of_the_field: bool = False) -> list[Mention]:
        """The countries named in a text, in order; of names that overlap, the longest. ``of_the_field``: it is
        known that the text is about the field, though its own words may not tell.
        """
        words = tokens(text)
        folded = tuple(word.folded for word in words)
        loud = shouted(text)
        of_the_field = of_the_field or any(is_of_field(word) for word in folded)
        found: list[Mention] = []
        place = 0
        while place < len(words):
            length = self._longest_at(folded, place)
            chosen = words[place : place + length]
            if length and self._is_meant(text, words, place, length, of_the_field, loud):
                forms = self.forms[tuple(word.folded for word in chosen)]
                if forms:
                    end = chosen[-1].end - (text[chosen[-1].end - 1] == "." and not chosen[-1].acronym)
                    found.append(Mention(chosen[0].start, end, forms))
            place += max(1, length)
        return found

    def _longest_at(self, folded: tuple[str, ...], place: int) -> int:
        """How many words from there make the longest name; 0 if none does."""
        for length in range(min(self.longest.get(folded[place], 0), len(folded) - place), 0, -1):
            if folded[place : place + length] in self.forms:
                return length
        return 0

    def _is_meant(
        self, text: str, words: Sequence[Token], place: int, length: int, of_the_field: bool, loud: bool
    ) -> bool:
        word = words[place]
        forms = self.forms[tuple(each.folded for each in words[place : place + length])]
        if forms and forms[0].kind == "code" and length == 1:
            return self._is_code(words, place, loud)
        if length > 1 or word.folded not in self.ambiguous:
            return True
        if not word.capital or loud:
            return of_the_field
        return not any(self._is_other_name(text, words, place, step) for step in (-1, 1))

    def _is_code(self, words: Sequence[Token], place: int, loud: bool) -> bool:
        """A pronoun is no country: "us" is one only after "the" or before a word of the field."""
        word = words[place]
        if word.folded != "us" or (word.acronym and (not loud or "." in word.raw)):
            return True
        after = words[place + 1].folded if place + 1 < len(words) else ""
        return (place > 0 and words[place - 1].folded == "the") or is_of_field(after)

    def _is_other_name(self, text: str, words: Sequence[Token], place: int, step: int) -> bool:
        """Whether the neighbour is a name that makes this one a person's: "Michael" or "Peterson"."""
        at = place + step
        if not 0 <= at < len(words):
            return False
        here, other = words[place], words[at]
        between = text[other.end : here.start] if step < 0 else text[here.end : other.start]
        if between != " " or not other.capital or other.acronym or other.folded in _OPENERS:
            return False
        return not is_of_field(other.folded) and (other.folded,) not in self.forms

    def written_out(self, text: str) -> list[Edit]:
        """What writes codes and slang out: "NK" becomes "North Korea"."""
        return [
            Edit(_without_article(text, mention.start, written), mention.end, written)
            for mention in self.mentions(text)
            if (written := mention.forms[0].written) is not None
        ]

    def is_word(self, word: str) -> bool:
        """Whether a folded word stands in the name of a place."""
        return word in self.single or (word,) in self.forms


def is_of_field(word: str) -> bool:
    """Whether a folded word makes a question one of the field."""
    return word.startswith(FIELD) or word in FIELD_WORDS


def is_place(word: str) -> bool:
    """Whether a folded word of the English list names a city or a country, and nothing else: "houston"."""
    return word in _place_words()


@cache
def _place_words() -> frozenset[str]:
    """Read with the first question."""
    return frozenset((Path(__file__).parent / "place_words.txt").read_text("ascii").splitlines())


def _without_article(text: str, start: int, written: str) -> int:
    """Where a name begins with its article, which "the DPRK" has and "North Korea" has not."""
    keeps = written.startswith(_WITH_ARTICLE) or text[max(0, start - 4) : start].lower() != "the "
    return start if keeps else start - 4


@cache
def load_places() -> Places:
    """All places; read once, when the first question is understood."""
    records: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "countries.json").read_bytes())
    names = {
        code: COUNTRIES.get(code, {}).get("name") or _plain(records[code]["name"])
        for code in sorted(COUNTRIES.keys() | records)
    }
    forms: dict[tuple[str, ...], tuple[Form, ...]] = {_key(name): () for name in OTHER_NAMES.split(";")}
    single: set[str] = set()
    for code, common in names.items():
        table, record = COUNTRIES.get(code, {}), records.get(code, {})
        people, capitals = ((), ()) if code in TERRITORIES else (record.get("people", ()), record.get("capitals", ()))
        country = Country(
            name=common,
            people=tuple(table.get("people", people)),
            capitals=tuple(table.get("capitals", capitals)),
            former=tuple(table.get("former", ())),
            others=tuple(table.get("also", table.get("codes", ()))),
            now=tuple(names[each] for each in table.get("now", ())),
        )
        for name in (country.name, *country.capitals, *country.people, *country.former):
            single.update(_key(name))
        for words, form in _forms(country, table, record, split=code not in TERRITORIES):
            _take(forms, words, form)
    single = {word for word in single if len(word) >= _LEAST_FOR_TYPOS and word not in _USUAL_WORDS}
    longest: dict[str, int] = {}
    for key in forms:
        longest[key[0]] = max(len(key), longest.get(key[0], 0))
    return Places(
        forms=forms,
        longest=longest,
        ambiguous=AMBIGUOUS,
        single=tuple(sorted(single)),
    )


def _forms(
    country: Country, table: Mapping[str, Any], record: Mapping[str, Any], *, split: bool
) -> Iterator[tuple[str, Form]]:
    """Every way to name a country, the strongest first: a name that is also a capital is the name."""
    official = (*record.get("official", ()), *table.get("official", ()))
    for name in (country.name, record.get("name", ""), *official, *table.get("other", ())):
        yield _plain(name), Form(country, "name", also=_common(country.name, _plain(name)))
    if split and " and " in country.name:
        for part in country.name.split(" and "):
            yield part, Form(country, "name")
    for code in table.get("codes", ()):
        yield code, Form(country, "code", country.name)
    for code in table.get("kept", ()):
        yield code, Form(country, "code")
    for name in country.former:
        yield name, Form(country, "former")
    for people in country.people:
        yield people, Form(country, "people")
        yield _plural(people), Form(country, "people")
    for slang, written in table.get("slang", {}).items():
        yield slang, Form(country, "people", written)
    spelt: Mapping[str, str] = table.get("spelt", {})
    for other, usual in (*spelt.items(), *table.get("seldom", {}).items()):
        yield other, Form(country, "capital", also=(usual,))
    for capital in country.capitals:
        others = [other for other, usual in spelt.items() if usual == capital]
        yield capital, Form(country, "capital", also=tuple(others[:1]))


def _common(common: str, name: str) -> tuple[str, ...]:
    """The common name beside another one, where neither holds the other: "Holland" is the Netherlands."""
    words, others = set(_key(common)), set(_key(name))
    return () if words <= others or others <= words else (common,)


def _take(forms: dict[tuple[str, ...], tuple[Form, ...]], words: str, form: Form) -> None:
    for key in _spellings(_key(words)):
        there = forms.get(key, ())
        if all(each.country is not form.country and each.kind == form.kind for each in there):
            forms[key] = (*there, form)


def _spellings(key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A name with "and" may be written with "&", and Saint as "St."."""
    if not key:
        return
    yield key
    if "and" in key[1:]:
        yield tuple(word for word in key if word != "and")
    if key[0] == "saint":
        yield from _spellings(("st", *key[1:]))


def _key(name: str) -> tuple[str, ...]:
    return tuple(folded_words(name))


def _plain(name: str) -> str:
    return name.removeprefix("The ").removeprefix("the ")


def _plural(people: str) -> str:
    return people if people.endswith(("s", "sh", "ch", "se", "men", "ss")) else f"{people}s"
