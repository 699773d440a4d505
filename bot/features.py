"""What speaks for a sentence as the answer to a question: named numbers, for ranking and for explaining. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from bot.types import Asked, Understanding
from index.generation import days
from index.search import SentenceHit
from index.types import Query
from index.vocabulary import fold

_MONTH = (
    r"(?:jan|febr|sept?|octo|novem|decem)[a-z]*\.?|march|april|june|july|aug(?:ust)?\.?"
    r"|may(?= \d)|(?<=\d )may|(?<=in )may"
)
_YEAR = re.compile(r"(?<![\d,.$£€])(1[4-9]\d\d|20\d\d)(?![\d%]|,\d)")
_DATE = re.compile(rf"\b(?:{_MONTH})\b|{_YEAR.pattern}|\bcentur(?:y|ies)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?"
    r"|dozens?|half|third|quarter|percent|several|many|few|once|twice|annual|monthly|weekly|daily)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|on account of|as a result|following|after|when|in the wake|so that|since|therefore"
    r"|thus|in (?:response|retaliation|protest|order)|caus(?:e|ed|es|ing)|led to|given|amid|outbreak|grounds"
    r"|prompt\w+|to (?:protest|avoid|prevent|ensure|protect)|reasons?|citing|accus\w+|alleg\w+|concerns?|for fear)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|at|to|from|near|of|into|outside|via) (?:the )?(?:city of |town of )?[A-Z][\w’'-]+")
_PERSON = re.compile(
    r"\b(?:[A-Z][\w’'-]+|[A-Z]\.) (?:[A-Z][\w’'-]+|[A-Z]\.)|\b(?:President|Secretary|Minister|Ambassador|King|Queen"
    r"|Emperor|General|Consul|Envoy|Director|Commissioner|Chargé|Congress|Government|Department)\b"
)
_DUTY = re.compile(
    r"\b(?:shall|must|may|not|prohibit\w*|requir\w+|authoriz\w+|authoris\w+|permit\w*|unless|except\w*|exempt\w*"
    r"|licen[cs]e\w*|entitled|subject to|apply|applies|waive\w*)\b"
)
_LIST = re.compile(r",.*(?:,|;| and )|\(\w{1,3}\)")
_OFFERS: Mapping[Asked, re.Pattern[str]] = {
    "date": _DATE,
    "number": _NUMBER,
    "reason": _REASON,
    "place": _PLACE,
    "person": _PERSON,
    "duty": _DUTY,
    "list": _LIST,
}
_NOT_ASKED = {f"offers_{asked}": 0.0 for asked in _OFFERS}
_BY_WORDING = frozenset[Asked](("reason", "duty", "list"))

_NAME = re.compile(r"\b(?:[^\W\d_][\w’'-]*|[0-9][\w,.]*\w|[0-9])")
_WORD = re.compile(r"\w+")


class Features:
    """The features of sentences as answers to one question."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        self._names = tuple(_names(understanding.query))
        self._namesakes = _any_of(understanding.query.namesakes)
        self._said = understanding.query.text.casefold()
        self._plain = cache(_plain)  # of titles and headings, which stand above many sentences
        self._asked = [(f"offers_{asked}", asked, _OFFERS[asked]) for asked in _OFFERS if asked in understanding.asked]

    def of(self, sentence: SentenceHit) -> dict[str, float]:
        """The features of a sentence.

        Always the same names in the same order. Each is in [-1, 1]; 0 where it has nothing to say.
        """
        stored = sentence.hit.stored
        document, spans = stored.document, stored.passage.sentences
        text = document.text[sentence.span.start : sentence.span.end]
        above = "\n".join((document.title, *stored.passage.headings))
        place = spans.index(sentence.span)
        beside = document.text[spans[max(0, place - 1)].start : spans[min(len(spans) - 1, place + 1)].end]
        values = {
            "sentence_dense": sentence.dense,
            "words": sentence.coverage,
            "words_sentence": sentence.own,
            "words_near": sentence.near,
            "words_passage": sentence.passage,
            "names_missing": self._missing(above, beside),
            "period": _period(self._understanding, text, document.published),
        }
        values |= _NOT_ASKED
        for name, asked, offered in self._asked:
            values[name] = self._offers(asked, offered, text)
        return values

    def _offers(self, asked: Asked, offered: re.Pattern[str], text: str) -> float:
        """1 if the sentence offers what is asked for, -1 if not. What the question itself says is no answer."""
        fresh = (asked in _BY_WORDING or found[0].casefold() not in self._said for found in offered.finditer(text))
        return 1.0 if any(fresh) else -1.0

    def _missing(self, above: str, beside: str) -> float:
        """The share of the question's names that the two texts do not say in any way; "Equatorial Guinea" does
        not say "Guinea".
        """
        if not self._names:
            return 0.0
        said = f" {self._plain(above)} {_plain(beside)} "
        if self._namesakes is not None:
            said = self._namesakes.sub("", said)
        return sum(not any(f" {way} " in said for way in ways) for ways in self._names) / len(self._names)


def _names(query: Query) -> Iterator[tuple[str, ...]]:
    """The names and numbers of a question, each in all ways to say it, plain."""
    left = query.text
    for alternatives in query.alternatives:
        if any(word[:1].isupper() for word in (alternatives.words, *alternatives.others)):
            yield tuple(_plain(way) for way in (alternatives.words, *alternatives.others))
            left = left.replace(alternatives.words, " ")
    first = query.text.lstrip()
    for found in _NAME.finditer(left):
        named = found[0][0].isupper() and not first.startswith(found[0])
        if named or found[0][0].isdecimal():
            yield (_plain(found[0]),)


def _any_of(names: Sequence[str]) -> re.Pattern[str] | None:
    """What finds the names in plain text, of names that begin alike the longest."""
    plain = sorted((_plain(name) for name in names), key=len, reverse=True)
    return re.compile(rf" (?:{'|'.join(map(re.escape, plain))})(?= )") if plain else None


def _plain(text: str) -> str:
    """Small letters, words apart by one space, "U.S." as "us"."""
    return " ".join(_WORD.findall(fold(text.replace(".", ""))))


def _period(understanding: Understanding, text: str, published: str | None) -> float:
    """1 if the sentence names a year that was asked for, or names none and its document is of such a date;
    -1 if it names other years only.
    """
    if not understanding.periods:
        return 0.0

    def within(first: int, last: int) -> bool:
        return any(p.first.toordinal() <= last and first <= p.last.toordinal() for p in understanding.periods)

    years = [days(found[1]) for found in _YEAR.finditer(text)]
    if years:
        return 1.0 if any(within(*year) for year in years) else -1.0
    return 0.5 if published is not None and within(*days(published)) else 0.0
