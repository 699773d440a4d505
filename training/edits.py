"""Questions and sentences changed so that one no longer answers the other, and harmless changes of the same look.

Everything is drawn from a ``random.Random``, so that the same seed gives the same examples. Each function returns
None where it finds nothing to change.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

YEAR = re.compile(r"(?<![\w,.$£€])(?:1[0-9]\d\d|20\d\d)(?![\w%]|[,.]\d)")
NUMBER = re.compile(r"(?<![\w,.$£€-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,-]|\.\d)")
_NAME = re.compile(r"(?<![.\w’'-])(?:[A-Z][\w’'-]+)(?: (?:of |the |de |von |van )?[A-Z][\w’'-]+)*")
_FUNCTION_WORDS = frozenset(
    """a an and as at but by did do does during for from had has have he her his how i if in is it its many most much of
    on or our she some that the their there these they this those though through to under until was we were what when
    where which while who whom whose why with within you your after although another because before between both each
    either following however since such according along among later earlier soon
    one two three several other others all any none not no""".split()
)
_MONTHS = ("January February March April May June July August September October November December").split()
MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")

_PAIRS = """
    first/last before/after largest/smallest largest/oldest highest/lowest most/least more/fewer
    increase/decrease increased/decreased north/south northern/southern east/west eastern/western won/lost
    began/ended start/end started/ended opened/closed open/close created/destroyed founded/dissolved
    built/demolished better/worse older/younger longest/shortest bought/sold allowed/forbade allow/forbid
    supported/opposed support/oppose accepted/rejected accept/reject gained/lost early/late earliest/latest
    maximum/minimum above/below positive/negative internal/external public/private male/female rich/poor
    arrived/left joined/left entered/left appointed/dismissed recognized/denied included/excluded
    include/exclude raised/lowered strong/weak new/old established/abolished severed/restored imposed/lifted
    suspended/resumed reopened/shut born/killed married/divorced attacked/defended enemy/ally caused/prevented
    cause/prevent similar/different majority/minority hot/cold hard/soft import/export winner/loser
    parents/children mother/father husband/wife
"""
OPPOSITES: Mapping[str, str] = {
    word: other for pair in _PAIRS.split() for word, other in (pair.split("/"), pair.split("/")[::-1])
}
NEGATED_LESS = 0.75

_LEADING = re.compile(
    r"(?:,? ?\b(?:in|on|at|by|to|of|from|for|with|near|into|since|until|during|because of|because|due to|as|after"
    r"|about|around|over|under|between|against|through|than)\b)?(?: (?:the|a|an|approximately|some|early|late))? ?$"
)


class Pool:
    """Names, years, numbers and months to swap in: of the same article first, else of anywhere."""

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        self._names = {key: sorted({n for text in held for n in names(text)}) for key, held in texts.items()}
        self._all = sorted({name for held in self._names.values() for name in held})

    def other_name(self, random: Random, article: str, name: str, absent_from: str) -> str | None:
        """Another name of as many words, none of whose words stands in ``absent_from``."""
        for candidates in (self._names.get(article, []), self._all):
            for candidate in random.sample(candidates, min(30, len(candidates))):
                words = {word for word in candidate.casefold().split() if word not in _FUNCTION_WORDS}
                if abs(len(candidate.split()) - len(name.split())) <= (len(name.split()) > 1) and not (
                    words & set(re.findall(r"\w+", absent_from.casefold()))
                ):
                    return candidate
        return None


def names(text: str) -> list[str]:
    """Runs of capitalised words. One at the start of the text, or of a function word, is no name."""
    found = []
    for match in _NAME.finditer(text):
        name = match[0]
        first, _, rest = name.partition(" ")
        if first.casefold() in _FUNCTION_WORDS:
            name = rest
        elif match.start() == 0 and not rest:
            continue
        if len(name) > 2 and name not in _MONTHS and name[0].isupper():
            found.append(name)
    return found


def changed_question(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    """The question with one name, year, number, month or word changed, so that what answered it no longer does.

    What is put in for a name, a year or a number does not stand in ``paragraph``, and what is taken out does:
    otherwise the change might not matter.
    """
    kinds = [_another_name, _another_year, _another_number, _another_month, _opposite, _negated]
    weights = [5, 5, 3, 3, 4, 1]
    while kinds:
        chosen = random.choices(range(len(kinds)), weights)[0]
        changed = kinds[chosen](random, pool, article, question, paragraph)
        if changed is not None and changed != question:
            return changed
        del kinds[chosen], weights[chosen]
    return None


def without_answer(random: Random, sentence: str, answer: str) -> str | None:
    """The sentence without its answer, and without the word that led to it ("in 1989", "by the king").

    The answer does not stand in what is returned. None if little would be left, or the answer stands twice.
    """
    if sentence.count(answer) != 1 or len(answer) > 0.5 * len(sentence):
        return None
    start = sentence.index(answer)
    before, after = sentence[:start], sentence[start + len(answer) :]
    if (before and before[-1].isalnum()) or (after and after[0].isalnum()):
        return None
    before = _LEADING.sub("", before)
    left = re.sub(r"\s+", " ", f"{before} {after}").strip()
    left = re.sub(r" (?=[,.;:!?)])", "", left)
    left = re.sub(r"\(\s*\)|,(?=[,.;])", "", left).strip(" ,;")
    if len(left.split()) < 5 or answer.casefold() in left.casefold():
        return None
    return left[0].upper() + left[1:] if sentence[0].isupper() else left


def swapped_answer(random: Random, pool: Pool, article: str, sentence: str, answer: str) -> str | None:
    """The sentence with something of another kind where the answer stood: a name for a year, a year for a name.

    A swap for something of the same kind would still answer: who does not know the answer cannot tell.
    """
    if sentence.count(answer) != 1:
        return None
    if YEAR.search(answer) or NUMBER.search(answer) or MONTH.search(answer):
        other = pool.other_name(random, article, "One", sentence)
    else:
        other = random.choice(("some of them", "many others", "this", "such things", "several of these", "the latter"))
    if other is None:
        return None
    changed = sentence.replace(answer, other)
    return None if answer.casefold() in changed.casefold() else changed


def moved_sentence(random: Random, pool: Pool, article: str, question: str, sentence: str, answer: str) -> str | None:
    """The sentence about something else: a name, year or number that the question shares with it is swapped for
    another of the same kind. The answer still stands in it, but to another question.
    """
    shared = [name for name in names(sentence) if name in question and name not in answer and answer not in name]
    random.shuffle(shared)
    for name in shared:
        other = pool.other_name(random, article, name, f"{sentence} {question}")
        if other is not None:
            return sentence.replace(name, other)
    for pattern in (YEAR, NUMBER):
        for match in pattern.finditer(sentence):
            if match[0] in question and match[0] not in answer:
                return sentence.replace(match[0], _near(random, match[0], f"{sentence} {question}"))
    return None


def still_answering(random: Random, pool: Pool, article: str, question: str, sentence: str, answer: str) -> str | None:
    """The sentence with a name or year swapped that neither question nor answer holds: it still answers.

    Without such examples, a text that was changed would be known by its look.
    """
    spare = [name for name in names(sentence) if name not in question and name not in answer and answer not in name]
    random.shuffle(spare)
    for name in spare:
        other = pool.other_name(random, article, name, f"{sentence} {question}")
        if other is not None and not set(name.casefold().split()) & set(question.casefold().split()):
            changed = sentence.replace(name, other)
            return changed if answer in changed else None
    for match in YEAR.finditer(sentence):
        if match[0] not in question and match[0] not in answer:
            return sentence.replace(match[0], _near(random, match[0], f"{sentence} {question}"))
    return None


def _another_name(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    held = [name for name in names(question) if name in paragraph]
    if not held:
        return None
    name = random.choice(held)
    other = pool.other_name(random, article, name, f"{paragraph} {question}")
    return None if other is None else question.replace(name, other)


def _another_year(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    return _another(random, YEAR, question, paragraph)


def _another_number(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    return _another(random, NUMBER, question, paragraph)


def _another(random: Random, pattern: re.Pattern[str], question: str, paragraph: str) -> str | None:
    held = [match[0] for match in pattern.finditer(question) if match[0] in paragraph]
    if not held:
        return None
    value = random.choice(held)
    return question.replace(value, _near(random, value, f"{paragraph} {question}"))


def _another_month(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    match = MONTH.search(question)
    others = [month for month in _MONTHS if month not in paragraph]
    if match is None or match[0] not in paragraph or not others:
        return None
    return question.replace(match[0], random.choice(others))


def _opposite(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    words = [word for word in re.findall(r"[a-z]+", question) if word in OPPOSITES and OPPOSITES[word] not in paragraph]
    if not words:
        return None
    word = random.choice(words)
    return re.sub(rf"\b{word}\b", OPPOSITES[word], question)


def _negated(random: Random, pool: Pool, article: str, question: str, paragraph: str) -> str | None:
    match = re.search(r"\b(was|were|is|are|can|could|did|does|do) ((?:the )?[\w-]+) (?=[a-z]+)", question)
    if match is None or re.search(r"\b(?:not|never|n't)\b", question) or random.random() < NEGATED_LESS:
        return None  # seldom: "not" alone must not give a wrong question away
    return question[: match.end()] + random.choice(("not ", "never ")) + question[match.end() :]


def _near(random: Random, value: str, absent_from: str) -> str:
    """Another number of the same look that does not stand in ``absent_from``."""
    plain, spread = float(value.replace(",", "")), 40 if YEAR.fullmatch(value) else 9
    while True:
        spread += 1  # until something is found that is not there
        if YEAR.fullmatch(value):
            made = str(int(plain) + random.choice((-1, 1)) * random.randint(1, spread))
        elif "." in value:
            made = f"{plain + random.uniform(0.2, spread):.{len(value.partition('.')[2])}f}"
        else:
            made = f"{int(plain) + random.randint(1, max(spread, int(plain))):{',' if ',' in value else ''}}"
        if made not in absent_from:
            return made
