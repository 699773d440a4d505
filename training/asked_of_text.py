"""Questions that a text's own sentences answer or nearly answer, made by pattern: to learn a field of which there are
texts and no questions.

A sentence with a plain main clause ("Legation Tirana was officially closed on September 16, 1939.") is asked for
what it tells (when), for what it does not (why, by whom), for its opposite (reopened), and about another subject than
its document's. Half of the questions are said in other words. No question of people is read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bot.reader_text import reader_text
from bot.training.example import Example
from index.types import Document, Passage
from training.edits import MONTH, YEAR

MOST_SUBJECT_WORDS, MOST_OBJECT_WORDS = 9, 8
IN_OTHER_WORDS = 0.5
WITH_SUBJECT = 0.7
"""How often a question names what the document is about, if that is another word."""

UNDER_TITLE = 0.85
"""How often the text stands below its title and headings: in the product it does, and more often so than elsewhere the
title alone says which country is spoken of."""

AFTER_ANOTHER = 0.7
"""How often it stands after the sentence before it, if there is one."""

_LEAD = (
    r"(?:(?:On|In|By|After|Following|Because of|Due to|As a result of|During|Until|Since) [^,;]{3,70}(?:, \d{4})?, )?"
)
_ADVERB = r"(?:officially |formally |then |also |first |temporarily |subsequently |later )?"
_PASSIVE = re.compile(
    rf"^(?P<lead>{_LEAD})(?P<subject>[^,;:()]{{3,90}}?) (?P<aux>was|were) {_ADVERB}(?P<verb>[a-z]+(?:ed|en|wn|sent))"
    r"(?P<rest>\b.*)$",
    re.DOTALL,
)
_VERBS: Mapping[str, str] = {
    past: plain
    for plain, past in (
        pair.split("/")
        for pair in """
    recognize/recognized establish/established announce/announced sign/signed declare/declared open/opened join/joined
    close/closed appoint/appointed sever/severed maintain/maintained receive/received issue/issued reopen/reopened
    resume/resumed conclude/concluded gain/gained deliver/delivered assume/assumed approve/approved move/moved
    reestablish/reestablished end/ended refuse/refused suspend/suspended cease/ceased grant/granted elevate/elevated
    return/returned raise/raised withdraw/withdrew recall/recalled expel/expelled evacuate/evacuated
    transfer/transferred
    relocate/relocated impose/imposed lift/lifted designate/designated terminate/terminated begin/began become/became
    send/sent upgrade/upgraded accept/accepted invade/invaded occupy/occupied present/presented negotiate/negotiated
    resign/resigned arrive/arrived leave/left ratify/ratified change/changed break/broke
    """.split()
    )
}
_ACTIVE = re.compile(
    rf"^(?P<lead>{_LEAD})(?P<subject>[^,;:()]{{3,90}}?) {_ADVERB}(?P<verb>{'|'.join(_VERBS)})\b(?P<rest>.*)$", re.DOTALL
)
_DUTY = re.compile(
    r"^(?:Not later than [^,]+, )?(?P<subject>The (?:[A-Z]\w+(?: of (?:the )?[A-Z]\w+)?)) (?P<modal>shall|may|must) "
    r"(?P<rest>(?!not\b|be\b|have\b|include\b)[a-z]+ .*)$",
    re.DOTALL,
)
_NOT_A_SUBJECT = re.compile(
    r"^(?:Although|Though|In|On|At|After|Since|Upon|Under|By|For|With|Until|During|Before|Because)\b|\b(?:it|its|they|them|he|she|his|her|this|these|those|there|which|who|that|what|when|where|while|if|but|and|had|has"
    r"|have|been|were|was|is|are|as|to|not|shall|may|must)\b",
    re.IGNORECASE,
)
_ENDS_OBJECT = re.compile(
    r"[,;:(]|\.$| (?:on|in|by|at|from|until|since|after|before|when|while|because|due|following|as|during|under|through"
    r"|with|for|and|where|which|who|but|to|that|not|within|upon|if|unless|so)\b"
)
_TIME = re.compile(rf"{YEAR.pattern}|{MONTH.pattern}|\b(?:not later than|within \d+|annually|each year|days? after)\b")
_NO_TIME = re.compile(
    r"\d|\b(?:day|days|year|years|month|week|annual\w*|century|when|while|after|before|until|since|during|time|later|once"
    r"|following|prior|upon|earlier|then|now|war)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|as a result|owing to|in response|in protest|in retaliation|on the grounds?|so that"
    r"|in order to|since the|following the|after the|amid)\b"
)
_ENDS = frozenset(
    "sever close end break suspend interrupt withdraw recall evacuate terminate expel cease leave".split()
)
_REASON_FOR_AN_END = re.compile(r"\b(?:when|after|following|as)\b")
"""Relations "were severed when" war was declared: what ends is told to end for a reason. What is opened when an envoy
presents his credentials is not."""
_GOES = frozenset("move return relocate transfer arrive".split())
WHY_ROUNDS = 3
"""Sentences that tell why are few, so each is asked so often, in other words."""
_NO_REASON = re.compile(
    r"\b(?:because|due|since|result\w*|owing|response|protest|retaliation|grounds?|so|order|after|following|amid|over|led"
    r"|prompt\w*|forc\w*|reason\w*|caus\w+|when|as|for|purpose\w*|to (?!the\b|[A-Z])[a-z]+|given|concern\w*|thus"
    r"|therefore|in light|based on|if|unless)\b",
)
_BY = re.compile(r"\bby (?:the |a |an )?(?:[A-Z]|[a-z]+ (?:of|[A-Z]))")
_AT = re.compile(rf"\b(?:in|at) (?!{MONTH.pattern})[A-Z]")
_OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "close": ("reopen", "open"), "open": ("close",), "reopen": ("close",), "sever": ("resume", "reestablish"),
    "break": ("restore",), "resume": ("suspend", "sever"), "suspend": ("resume",), "establish": ("end", "sever"),
    "reestablish": ("sever",), "impose": ("lift",), "lift": ("impose",), "appoint": ("dismiss", "recall"),
    "recognize": ("stop recognizing",), "withdraw": ("return",), "recall": ("send back",), "designate": ("delist",),
    "terminate": ("extend",), "begin": ("end",), "end": ("begin",), "elevate": ("downgrade",), "raise": ("lower",),
    "grant": ("revoke",), "join": ("leave",), "upgrade": ("downgrade",), "sign": ("denounce",), "expel": ("admit",),
}  # fmt: skip
_SAID_ELSE: Sequence[tuple[re.Pattern[str], tuple[str, ...]]] = tuple(
    (re.compile(rf"\b{words}\b"), others)
    for words, others in (
        ("[Tt]he United States", ("the US", "the U.S.", "America", "Washington", "the Americans")),
        ("U\\.S\\.|US", ("American",)),
        ("closed", ("shut", "shut down", "shuttered")),
        ("close", ("shut", "shut down", "wind up")),
        ("[Dd]iplomatic relations", ("relations", "diplomatic ties", "ties", "formal relations")),
        ("established", ("set up", "opened", "begun")),
        ("establish", ("set up", "start", "begin")),
        ("severed", ("broken off", "cut")),
        ("sever", ("break off", "cut")),
        ("reestablished", ("restored", "resumed")),
        ("reestablish", ("restore", "resume")),
        ("recognize", ("acknowledge", "give recognition to", "recognise")),
        ("recognized", ("recognised",)),
        ("appointed", ("named", "chosen")),
        ("signed", ("concluded", "agreed")),
        ("opened", ("set up", "started")),
        ("terminated", ("ended", "brought to an end")),
        ("suspended", ("halted", "put on hold")),
        ("withdraw", ("pull out", "take away")),
        ("recall", ("call back", "bring home")),
        ("expel", ("throw out", "kick out")),
        ("[Cc]onsulate [Gg]eneral", ("consulate",)),
        ("the Embassy", ("the embassy", "the mission")),
        ("the Legation", ("the legation", "the mission")),
        ("[Aa]mbassador", ("envoy",)),
        ("shall|must", ("has to", "is required to")),
        ("may", ("can", "is allowed to")),
    )
)
_LOWERED = frozenset("The A An All Diplomatic Relations Full Formal Official Consular Normal".split())


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence in its passage: ``subject`` is what its document is about, "" if its title does not say so shortly."""

    sentence: str
    text: str
    subject: str


@dataclass(frozen=True, slots=True)
class _Clause:
    """``ask`` follows a question word; ``who`` is the question for who did it; ``plain`` the verb, ``told`` what the
    sentence says besides."""

    ask: str
    who: str
    plain: str
    verb: str
    told: str


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    label: int
    kind: str


def subject_of(title: str) -> str:
    """What comes last in a title, if that is a name of at most four words: "…, since 1776: Albania" is of Albania."""
    last = re.split(r": | [-–—] ", title)[-1].strip()
    words = last.split()
    return last if 0 < len(words) <= 4 and ": " in title and all(word[0].isupper() for word in words) else ""


def told_in(random: Random, document: Document, passages: Sequence[Passage]) -> Iterator[Told]:
    """The sentences of a document, as the product has them read."""
    subject = subject_of(document.title)
    for passage in passages:
        said = [" ".join(document.text[span.start : span.end].split()) for span in passage.sentences]
        for place, sentence in enumerate(said):
            titled = random.random() < UNDER_TITLE
            before = said[place - 1] if place and random.random() < AFTER_ANOTHER else ""
            titles = (document.title, *passage.headings) if titled else ()
            yield Told(sentence, reader_text(sentence, titles, before), subject if titled else "")


def asked_of(told: Sequence[Told], seed: int) -> list[Example]:
    """Pairs about the sentences, labelled; the same seed gives the same ones."""
    random = Random(seed)  # noqa: S311
    subjects = sorted({each.subject for each in told} - {""})
    return [example for each in told for example in _asked(random, each, subjects)]


def _asked(random: Random, told: Told, subjects: Sequence[str]) -> Iterator[Example]:
    clause = _clause(told.sentence)
    if clause is None:
        return
    where = ""
    if told.subject and told.subject not in clause.ask and random.random() < WITH_SUBJECT:
        where = f" with {told.subject}" if "relations" in clause.ask else f" in {told.subject}"
    for asked in (
        *_timed(random, clause, told, where),
        *_reasoned(random, clause, told, where),
        *_done_by(random, clause, told, where),
        *_turned(random, clause, told, where),
        *_elsewhere(random, clause, told, where, subjects),
    ):
        question = _in_other_words(random, asked.question) if random.random() < IN_OTHER_WORDS else asked.question
        place = -1 if asked.label else 0
        yield Example(_ended(random, question), told.text, asked.label, place, place, f"text: {asked.kind}")


def _timed(random: Random, clause: _Clause, told: Told, where: str) -> Iterator[_Asked]:
    if _TIME.search(clause.told):
        yield _Asked(_when(random, clause.ask, where), 1, "tells when")
    elif not _NO_TIME.search(told.sentence):
        yield _Asked(_when(random, clause.ask, where), 0, "tells not when")
    if _AT.search(clause.told) and random.random() < 0.5:
        yield _Asked(f"Where {clause.ask}", 1, "tells where")


def _reasoned(random: Random, clause: _Clause, told: Told, where: str) -> Iterator[_Asked]:
    if _tells_why(clause):
        for _ in range(WHY_ROUNDS):
            yield _Asked(_why(random, clause.ask, where), 1, "tells why")
    elif not _NO_REASON.search(told.sentence):
        yield _Asked(_why(random, clause.ask, where), 0, "tells not why")


def _done_by(random: Random, clause: _Clause, told: Told, where: str) -> Iterator[_Asked]:
    if clause.who:
        if random.random() < 0.5:
            yield _Asked(clause.who + where, 1, "tells who")
    elif _BY.search(clause.told):
        yield _Asked(f"By whom {clause.ask}{where}", 1, "tells who")
    elif " by " not in told.sentence and random.random() < 0.6:
        yield _Asked(f"By whom {clause.ask}{where}", 0, "tells not who")


def _turned(random: Random, clause: _Clause, told: Told, where: str) -> Iterator[_Asked]:
    """The opposite, asked for what the sentence tells."""
    other = next(iter(_OPPOSITES.get(clause.plain, ())), "")
    if not other or (" " in other and clause.verb != clause.plain) or other[:5] in told.sentence:
        return
    ask = re.sub(rf"\b(?:{clause.plain}|{clause.verb})\b", _like(clause, other), clause.ask)
    if ask != clause.ask and (_TIME.search(clause.told) or _tells_why(clause)):
        yield _Asked(_told_of(random, clause, ask, where), 0, "opposite")


def _elsewhere(random: Random, clause: _Clause, told: Told, where: str, subjects: Sequence[str]) -> Iterator[_Asked]:
    """The same, asked about what another document is about."""
    others = [
        each
        for each in random.sample(subjects, min(4, len(subjects)))
        if each != told.subject and each not in told.text
    ]
    if not told.subject or not others or not (_TIME.search(clause.told) or _tells_why(clause)) or random.random() < 0.2:
        return
    ask = clause.ask.replace(told.subject, others[0])
    if not where and ask == clause.ask:
        where = f" in {others[0]}"
    yield _Asked(_told_of(random, clause, ask, where.replace(told.subject, others[0])), 0, "other subject")


def _tells_why(clause: _Clause) -> bool:
    return bool(_REASON.search(clause.told) or (clause.plain in _ENDS and _REASON_FOR_AN_END.search(clause.told)))


def _told_of(random: Random, clause: _Clause, ask: str, where: str) -> str:
    return (_when if _TIME.search(clause.told) else _why)(random, ask, where)


def _when(random: Random, ask: str, where: str) -> str:
    return f"{random.choice(('When', 'When', 'In what year', 'On what date'))} {ask}{where}"


def _why(random: Random, ask: str, where: str) -> str:
    return f"{random.choice(('Why', 'Why', 'For what reason'))} {ask}{where}"


def _clause(sentence: str) -> _Clause | None:
    duty = _DUTY.match(sentence)
    if duty is not None:
        what = _object(" " + duty["rest"])
        if len(what.split()) < 2:
            return None
        return _Clause(
            f"{duty['modal']} {_lower(duty['subject'])}{what}", f"Who {duty['modal']}{what}", "", "", duty["rest"]
        )  # fmt: skip
    for pattern in (_PASSIVE, _ACTIVE):
        found = pattern.match(sentence)
        if found is None:
            continue
        subject = found["subject"]
        if len(subject.split()) > MOST_SUBJECT_WORDS or _NOT_A_SUBJECT.search(subject) or subject[-1] in "–-":
            continue
        told = f"{found['lead']}{found['rest']}"
        if pattern is _PASSIVE:
            return _Clause(
                f"{found['aux']} {_lower(subject)} {found['verb']}", "", _plain(found["verb"]), found["verb"], told
            )
        plain, what = _VERBS[found["verb"]], _object(found["rest"])
        if re.match(r" (?:by|to|of|pursuant|under)\b", found["rest"]) and plain not in _GOES:
            continue  # "powers granted to the President": not the verb of the clause
        who = f"Who {found['verb']}{what}" if what else ""
        return _Clause(f"did {_lower(subject)} {plain}{what}", who, plain, plain, told)
    return None


def _object(rest: str) -> str:
    """What follows the verb at once; "" if that is long."""
    end = _ENDS_OBJECT.search(rest)
    what = rest[: end.start()] if end else rest
    return what.rstrip() if len(what.split()) <= MOST_OBJECT_WORDS else ""


def _plain(participle: str) -> str:
    known = {**_VERBS, **{"withdrawn": "withdraw", "broken": "break"}}
    return known.get(participle, participle)


def _like(clause: _Clause, other: str) -> str:
    """The opposite in the form of the verb that it takes the place of."""
    if clause.verb == clause.plain:
        return other
    past = {plain: done for done, plain in _VERBS.items()}
    irregular = {
        "withdraw": "withdrawn",
        "break": "broken",
        "begin": "begun",
        "dismiss": "dismissed",
        "send back": "sent back",
    }
    return irregular.get(other) or past.get(other) or (other + "d" if other.endswith("e") else other + "ed")


def _lower(subject: str) -> str:
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}".strip() if first in _LOWERED else subject


def _in_other_words(random: Random, question: str) -> str:
    for pattern, others in _SAID_ELSE:
        if random.random() < 0.6:
            question = pattern.sub(random.choice(others), question, count=1)
    question = re.sub(r"\bthe the\b", "the", question)
    return question.lower() if random.random() < 0.3 else question


def _ended(random: Random, question: str) -> str:
    return question + ("?" if random.random() < 0.85 else "")
