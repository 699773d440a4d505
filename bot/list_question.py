"""Questions about who stands on a sanctions list: what name, which lists, what time. Plain rules, no language model."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from rapidfuzz.distance import OSA

from bot.dates import find_periods
from bot.list_patterns import (
    ABOUT,
    ABOUT_NAME,
    AGAINST,
    BORN,
    CHANGE_WORDS,
    CHANGES,
    CHECKED,
    CLOSING,
    CODE,
    COMMON,
    DESCRIBES,
    ENDING,
    FIRST_TIME,
    FROM,
    HOLDER,
    KINDS,
    LISTED_AS,
    LONG_WORD,
    MEMBER_WORDS,
    MEMBERS,
    MOST_BESIDE_QUOTED,
    MOST_CODES,
    MOST_WORDS,
    NO_NAME,
    NOT_BARE,
    OF_ENTRIES,
    OF_MEMBERS,
    OFTEN_MISSPELT,
    OPENING,
    PARTICLES,
    PRONOUN,
    QUESTIONS,
    QUITE_LONG,
    QUOTED,
    SMALL,
    STRONG,
    TIME_BEHIND,
    TRIM,
    TURNED,
    WHICH_LISTS,
    WHO,
    WHO_LISTED,
    WORD,
)
from bot.list_words import CALLED, lists_named, regimes_named, without_lists
from bot.places import Places
from bot.small_talk import without_opening
from bot.types import Period

Kind = Literal["named", "members", "changes"]
Change = Literal["delisted", "listed"]
Certainty = Literal["certain", "likely", "perhaps"]


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """``named``: whether, when or why ``name`` is listed, and where; ``members``: who is on a list, under a programme;
    ``changes``: who was delisted or listed from one edition to another, as ``changes`` says.

    ``lists`` are the short names of the lists that the question names, empty for all. ``programmes`` are UN regimes,
    or words that may be the code of a programme; ``entries`` is the kind of entries that is asked for. ``period`` is
    the time it asks about. ``births`` and ``countries`` tell people of one name apart. ``certain``: the words ask of
    lists and of nothing else. ``likely``: they do if the name is that of an entry. ``perhaps``: it is only a text that
    may be a name. ``leans``: the question before was needed.
    """

    kind: Kind
    name: str = ""
    lists: frozenset[str] = frozenset()
    programmes: tuple[str, ...] = ()
    period: Period | None = None
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    certainty: Certainty = "certain"
    entries: Literal["person", "entity", "vessel", "aircraft"] | None = None
    leans: bool = False
    changes: tuple[Change, ...] = ()


LONGEST = 400
"""Characters of a question about a name; what is longer asks of something else."""


def list_question(text: str, places: Places, today: date) -> ListQuestion | None:
    """What a question asks of sanctions lists, or None if it asks of something else."""
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return None
    return _changes(plain, today) or _members(plain, today) or _named(plain, places, today)


def bare_name(text: str, places: Places) -> ListQuestion | None:
    """A text that may be nothing but a name, to be looked up."""
    plain = QUOTED.sub(r" \1 ", text if len(text) <= LONGEST else "")
    plain = " ".join(plain.split()).strip(" ?!.,\"“”'")
    if not 1 <= len(plain.split()) <= MOST_WORDS or NOT_BARE.search(plain) or NO_NAME.search(plain):
        return None
    name, births = _birth(plain)
    if not name or _is_no_name(name, plain, places):
        return None
    return ListQuestion("named", name, births=births, certainty="perhaps")


def follow_up(text: str, context: str, places: Places, today: date) -> ListQuestion | None:
    """What a question asks that leans on the one before, ``context``: of the same name or programme at another time or
    on another list ("and in 2020?", "and by OFAC?"), or with a pronoun in the name's stead ("when was he listed?").
    """
    plain = _plain(ABOUT.sub("", _plain(text)))
    before = (
        (list_question(context, places, today) or bare_name(context, places))
        if plain and len(plain) <= LONGEST
        else None
    )
    if before is None:
        return None
    if not _left(plain, today):
        lists, period = lists_named(plain), _period(plain, today)
        if not lists and period is None:
            return None
        return replace(before, lists=lists or before.lists, period=period or before.period, leans=True)
    named = PRONOUN.sub(HOLDER, plain, count=1)
    found = next((found for each in QUESTIONS if (found := each.match(named)) and found["name"] == HOLDER), None)
    if found is None or before.kind != "named":
        return None
    outside = _outside(found)
    return replace(before, lists=lists_named(outside), period=_period(outside, today), leans=True)


def wording(asked: ListQuestion) -> str:
    """A question that asks the same in full, for the next one to lean on."""
    lists = " and ".join(CALLED.get(short, short) for short in sorted(asked.lists))
    time = _time(asked.period) if asked.period is not None else ""
    if asked.kind == "changes":
        how = " or ".join(asked.changes)
        kind = WHO.get(asked.entries or "", "who is").removesuffix(" are").removesuffix(" is")
        under = "".join(f" under {each}" for each in asked.programmes)
        return f"{kind} was newly {how}{f' on the {lists} list' if lists else ''}{under}{time}?"
    if asked.kind == "members":
        who = WHO.get(asked.entries or "", "who is")
        under = "".join(f" under {each}" for each in asked.programmes)
        return f"{who} {f'on the {lists} list' if lists else 'listed'}{under}{time}?"
    about = "".join(f" (born {birth})" for birth in asked.births[:1])
    about += "".join(f" ({country})" for country in asked.countries[:1])
    return f"is {asked.name}{about} sanctioned{f' by {lists}' if lists else ''}{time}?"


def _time(period: Period) -> str:
    if period.first == period.last:
        return f" on {period.last}"
    if period.first == date.min and period.last < date.max:
        return f" before {period.last + timedelta(days=1)}"
    return f" between {period.first} and {period.last}"


def _plain(text: str) -> str:
    """The words on one line, without openings and politeness, misspelt words of the field mended."""
    if len(text) > 4 * LONGEST:
        return ""
    plain = without_opening(" ".join(text.replace(HOLDER, " ").split())).strip(" ?!")
    while opening := OPENING.match(plain):
        plain = plain[opening.end() :]
    while closing := CLOSING.search(plain):
        plain = plain[: closing.start()].rstrip(" ?!,;–-")
    if turned := TURNED.match(plain):
        plain = f"{turned['asks']} {turned['name']} {turned['rest']}"
    return LONG_WORD.sub(_mended, plain)


def _mended(found: re.Match[str]) -> str:
    word, small = found[0], found[0].lower()
    if small in OFTEN_MISSPELT:
        return word
    most = 1 if len(small) < QUITE_LONG else 2
    near = [(OSA.distance(small, each), each) for each in OFTEN_MISSPELT if each[0] == small[0]]
    distance, best = min(near, default=(most + 1, word))
    return best if distance <= most else word


def _named(plain: str, places: Places, today: date) -> ListQuestion | None:
    plain, births = _birth(plain)
    if first := FIRST_TIME.match(plain):
        plain = f"{plain[first.end() :]} {first[0].rstrip(', ')}"
    quoted = QUOTED.search(plain)
    if quoted is not None:
        plain = f"{plain[: quoted.start()]}{HOLDER}{plain[quoted.end() :]}"
    for number, each in enumerate(QUESTIONS):
        found = each.match(plain)
        if found is None:
            continue
        said = found["name"]
        holds = quoted is not None and HOLDER in said and len(said.split()) <= MOST_BESIDE_QUOTED
        name, countries = (quoted[1].strip(), ()) if quoted and holds else _name(said, places)
        if not name or (number == ABOUT_NAME and set(name.casefold().split()) <= SMALL):
            continue
        if not holds and (NO_NAME.search(name) or _is_no_name(name, plain, places)):
            continue
        name, time = _without_time(name, today)
        outside = f"{_outside(found)} {time}"
        proper = holds or _is_proper(name, plain)
        described = _is_place(name, places) if proper else DESCRIBES.search(name) is not None
        certainty = _certainty(number, outside, proper, today)
        certainty = "likely" if described and certainty == "certain" else certainty
        return ListQuestion(
            "named", name, lists_named(outside), (), _period(outside, today), births, countries, certainty
        )
    return None


def _outside(found: re.Match[str]) -> str:
    return f"{found.string[: found.start('name')]} {found.string[found.end('name') :]}"


def _without_time(name: str, today: date) -> tuple[str, str]:
    """The name, and the time that stands behind it: "Ocean Maritime in 2018"."""
    found = TIME_BEHIND.search(name)
    if found is None or found.start() == 0 or not find_periods(found[0], today):
        return name, ""
    return name[: found.start()].rstrip(" ,"), found[0]


def _name(said: str, places: Places) -> tuple[str, tuple[str, ...]]:
    """The name without what stands around it, and the country that stands behind it."""
    trimmed = TRIM.match(said)
    name = said[trimmed.end() if trimmed else 0 :].strip(" ,\"“”'")
    found = FROM.search(name)
    mentions = places.mentions(found[found.lastgroup or 0].strip()) if found is not None else []
    if found is None or found.start() == 0 or len(mentions) != 1:
        return name, ()
    return name[: found.start()].strip(" ,"), tuple(country.name for country in mentions[0].countries)


def _certainty(number: int, outside: str, proper: bool, today: date) -> Certainty:
    """How sure it is that the words around a name ask of lists; ``proper``: the name is written as one."""
    strong = STRONG.search(outside) is not None or bool(lists_named(outside))
    left = _left(outside, today)
    if not strong and LISTED_AS.search(outside):
        return "likely"
    if number == ABOUT_NAME:
        return "perhaps"
    if number in OF_ENTRIES:
        return "certain" if proper and lists_named(outside) else "likely"
    if number == WHO_LISTED or number in ENDING:
        return "certain" if proper and lists_named(outside) else "likely"
    if number == CHECKED:
        return "certain" if strong or (proper and left <= {"screen", "check", "verify"}) else "likely"
    if number == AGAINST and not strong:
        return "likely"
    if number == AGAINST or number in WHICH_LISTS:
        return "certain" if proper else "likely"
    return "certain" if (strong and proper) or ((strong or proper) and not left) else "likely"


def _left(text: str, today: date) -> set[str]:
    """The words, in small letters, that are neither of lists nor of time."""
    for dated in reversed(find_periods(text, today)):
        text = f"{text[: dated.start]} {text[dated.end :]}"
    words = {word.casefold() for word in WORD.findall(without_lists(regimes_named(text)[1]))}
    return words - SMALL


def _period(text: str, today: date) -> Period | None:
    """The first time that is named; a resolution's number is none."""
    return next((each.period for each in find_periods(regimes_named(text)[1], today)), None)


def _members(plain: str, today: date) -> ListQuestion | None:
    if not MEMBERS.match(plain) or not OF_MEMBERS.search(plain):
        return None
    regimes, rest = regimes_named(plain)
    lists, period = lists_named(rest), _period(rest, today)
    left = _left(rest, today) - MEMBER_WORDS
    codes = tuple(code for found in CODE.finditer(rest) if (code := found[1] or found[2]).casefold() in left)
    if left - {code.casefold() for code in codes} or len(codes) > MOST_CODES or not (lists or regimes or codes):
        return None
    kinds = {KINDS[word] for word in re.findall(r"\w+", plain.casefold()) if word in KINDS}
    entries = kinds.pop() if len(kinds) == 1 else None
    return ListQuestion("members", "", lists, (*regimes, *dict.fromkeys(codes)), period, entries=entries)


def _changes(plain: str, today: date) -> ListQuestion | None:
    found = CHANGES.match(plain)
    if found is None:
        return None
    regimes, rest = regimes_named(plain)
    lists, period = lists_named(rest), _period(rest, today)
    if _left(rest, today) - MEMBER_WORDS - CHANGE_WORDS or not (lists or re.search(r"\b(?:de-?)?list", rest, re.I)):
        return None
    changes: tuple[Change, ...] = (
        ("delisted",) if found["gone"] else ("listed",) if found["new"] else ("delisted", "listed")
    )
    kinds = {KINDS[word] for word in re.findall(r"\w+", plain.casefold()) if word in KINDS}
    entries = kinds.pop() if len(kinds) == 1 else None
    return ListQuestion("changes", "", lists, regimes, period, entries=entries, changes=changes)


def _is_proper(name: str, text: str) -> bool:
    """Whether a name is written as one: with capitals, or in a script that has none."""
    letters = [letter for letter in name if letter.isalpha()]
    if any(letter > "\u024f" for letter in letters):
        return True
    if text.isupper():
        return False
    words = [word for word in re.findall(r"\w[\w'’.]*", name) if not PARTICLES.match(word)]
    return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)


def _is_no_name(name: str, text: str, places: Places) -> bool:
    """A country is under sanctions, not on a list of names; "Iranian banks" neither; "Syrian Gas Company" may be."""
    if _is_common(name):
        return True
    beside = set(re.findall(r"\w+", _without_places(name, places).casefold())) - {"the", "of", "and"}
    return _is_place(name, places) and not (beside and (text.isupper() or _is_proper(name, text)))


def _without_places(name: str, places: Places) -> str:
    for each in reversed(places.mentions(name)):
        name = f"{name[: each.start]} {name[each.end :]}"
    return name


def _is_common(name: str) -> bool:
    """Whether all words are such as stand in no name: "Iranian banks" has one that may."""
    return all(word in COMMON for word in re.findall(r"\w+", name.casefold()))


def _is_place(name: str, places: Places) -> bool:
    """Whether a country is named and nothing else, or what is said of one: "North Korean ships"."""
    left = _without_places(name, places)
    return left != name and _is_common(left)


def _birth(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without a date of birth that stands in it, and that date in ISO 8601."""
    found = BORN.search(text)
    if found is None:
        return text, ()
    given = re.search(r"\d{4}(?:-\d\d(?:-\d\d)?)?", found["born"])
    day = _period(found["born"], date.max)
    iso = day.first.isoformat() if day is not None and day.first == day.last else given[0] if given else ""
    rest = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
    return rest.strip(" ,("), (iso,) if iso else ()
