"""Sentence boundaries, found by nupunkt (the Punkt algorithm) with the abbreviations of our field.

nupunkt's learned list holds whole words ("century", "Poland") after which it sees no boundary, and
takes "Ambassador" for the start of a sentence, so that "the first U.S. Ambassador" falls apart. Here it
gets the initialisms of that list, our own words instead of the rest, and only closed-class words as
starters of a sentence after an abbreviation. ``benchmarks/sentence_splitters.py`` compares splitters.

Method: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection" (2006), as implemented
by Bommarito et al., "Precise Legal Sentence Boundary Detection for Retrieval at Scale" (2025).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Protocol

from index.types import Span

WINDOW = 4_000
"""Characters given to nupunkt at a time, because it takes quadratic time on a run of "!!!" or of quotation
marks. A longer sentence is cut here; it would have to be cut for a passage anyway."""

ABBREVIATIONS = """
    adm amb capt cdr cmdr col cpl dr ens fr ft gen gens gov govs hon lieut lt lts maj messrs mgr mlle mm mme
    mmes mr mrs ms mt mts pfc pres prof profs pt pvt rep reps rev sen sens sgt ss st ste supt
    chas esq geo jas jos jr sr thos wm
    ann app apps art arts cf ch chap cl col e.g et etc exec fed fig figs fn i.e ibid incl no nos op ops p par
    para paras pars pp pub q reg regs resp sched sec secs sect seq ser stat subch subd subdiv subpar subpara
    subparas subsec subsecs supp suppl v viz vol vols vs
    apr aug dec feb jan jul jun mar nov oct sep sept mon tue tues thu thurs fri
    alt approx apt assn assoc ave bldg blvd bn bros btn ca cent co comm comp cong cons conf corp ct
    dept div dob ed eds est ext f.s ff hist inc inst int int'l intl inv ltd ltda mfg mil min
    nat'l natl orig p.o ph.d plc poss pty res ret s.a s.p.a s.r.l spec tel trans transl treas univ
    ass'n comm'n comm'r dep't gov't govt sec'y
    ala ariz calif colo conn fla mass md mich minn mont nebr okla penn pa tenn tex va vt wis
"""
INSIDE_ONLY = "a.k.a adm amb cf cmdr e.g f.k.a ft i.e incl lts maj mt mts n.k.a pres supt v viz vs"
"""Those that never end a sentence. nupunkt knows the common titles as such by itself."""

STARTERS = """
    a about according after again all also although among an and another any as at because before between
    both but by despite during each either even every few finally first following for from further he her
    here his how however i if in instead it its last later many meanwhile more moreover most my neither
    never nevertheless nobody none nor not nothing now of on once one only our over several she since some
    soon still subsequently such that the their then there thereafter therefore these they this those though
    through thus to today two under unless until upon we what when whenever where whether which while who
    whose why with within without yet you your
"""
# Ends that nupunkt does not look for: those of other scripts, a year run into the next word, and one
# after footnote marks.
_OTHER_ENDS = re.compile(
    r"[。！？｡]+[」』”’）)]*|[؟۔।॥](?=\s)|(?<=\s\d{4})\.(?=[A-Z][a-z]|A )"
    r"|(?<=[.!?”])(?:\[\d{1,3}\])+(?=\s+[^\W\d_a-z])"
)
# Ends of nupunkt's that are none: closing or footnote marks follow, a short unknown abbreviation stands
# before a small letter, one letter before a number ("Pub. L. 115"), it is a joined initialism
# ("ex-U.S. Minister"), or initials that nobody has learned stand before what may be a name ("S.G.W. Benjamin").
_CLOSING = re.compile(r"\s*(?:[)\]},;:.]|[”’»](?=\W|$)|\[\d{1,3}\])")
_SHORT_WORD = re.compile(r"(?:^|[\s(“\"])(?:[^\W\d_]{1,4}|\w+(?:\.\w+)+)\.$")
_LETTER = re.compile(r"(?:^|[\s(])[^\W\d_]\.$")
_JOINED = re.compile(r"\w-(?:[A-Z]\.){2,}$")
_INITIALS = re.compile(r"(?:^|[\s(\[“‘\"'])[^\W\d_a-z]\.(?:-?[^\W\d_a-z]\.)+$")
_WORD = re.compile(r"\s*([^\W\d_]+)")
_STARTERS = frozenset(STARTERS.split())
_WORD_REACH = 200  # characters to look around for white space


class _Tokenizer(Protocol):
    BREAK_RATE_MIN_COUNT: int
    BREAK_RATE_LOW: float | None
    EXCL_QUEST_LOWERCASE_CONTINUES: bool

    def span_tokenize(self, text: str) -> Iterator[tuple[int, int]]: ...


def sentences(text: str, block: Span) -> tuple[Span, ...]:
    """The sentences of one block of ``text``: trimmed spans of ``text``, in order.

    Together they hold every character of the block that is not white space. Takes linear time.
    """
    prose = text[block.start : block.end]
    stops = sorted({block.start + stop for stop in _ends(prose)} | {block.end})
    pieces = (trimmed(text, start, stop) for start, stop in pairwise([block.start, *stops]))
    return tuple(piece for piece in pieces if piece.start < piece.end)


def trimmed(text: str, start: int, end: int) -> Span:
    """``text[start:end]`` without the white space around it; empty if it is nothing else."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))


def cut_near(text: str, span: Span, target: int) -> int:
    """Where to cut ``span`` near ``target``: at white space if some stands within 200 characters.

    Otherwise at ``target``, or up to 32 characters before it where that keeps a letter with its accents
    or an emoji whole. Always strictly within the span, which must be at least 2 long.
    """
    first, last = max(span.start + 1, target - _WORD_REACH), min(span.end - 1, target + _WORD_REACH)
    spaces = [place for place in range(first, last + 1) if text[place].isspace()]
    if spaces:
        return min(spaces, key=lambda place: abs(place - target))
    target = min(max(target, span.start + 1), span.end - 1)
    whole = (place for place in range(target, max(span.start, target - 32), -1) if not _joins(text, place))
    return next(whole, target)


def _joins(text: str, place: int) -> bool:
    """Whether the characters on both sides of ``place`` are drawn as one."""
    after = text[place]
    return (
        "\u200d" in (text[place - 1], after)
        or unicodedata.category(after) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
    )


def _ends(prose: str) -> Iterator[int]:
    """Offsets within ``prose`` at which a sentence ends; some may come twice."""
    yield from (match.end() for match in _OTHER_ENDS.finditer(prose))
    start = 0
    while start < len(prose):
        window = prose[start : start + WINDOW]
        is_last = start + WINDOW >= len(prose)
        # Near the end of the window what follows is cut off, so nothing is decided there.
        limit = len(window) if is_last else WINDOW - _WORD_REACH
        stops = [stop for _, stop in _tokenizer().span_tokenize(window) if stop < limit]
        yield from (start + stop for stop in stops if not _continues(window, stop))
        if is_last:
            return
        if stops:
            start += stops[-1]
        else:
            start = cut_near(prose, Span(start, start + WINDOW), start + limit)
            yield start


def _continues(prose: str, stop: int) -> bool:
    if _CLOSING.match(prose, stop):
        return True
    before, after = prose[max(0, stop - 20) : stop], prose[stop : stop + 40].lstrip()[:1]
    if _JOINED.search(before):
        return True
    if after.islower():
        return _SHORT_WORD.search(before) is not None
    if after.isdecimal() or after == "(":
        return _LETTER.search(before) is not None
    word = _WORD.match(prose, stop)
    return word is not None and word[1].lower() not in _STARTERS and _INITIALS.search(before) is not None


@cache
def _tokenizer() -> _Tokenizer:
    from nupunkt import PunktSentenceTokenizer, load_default_model
    from nupunkt.core.constants import ORTHO_MID_LC
    from nupunkt.core.parameters import PunktParameters

    learned = load_default_model().abbreviations
    parameters = PunktParameters(
        abbrev_types={word for word in learned if "." in word}.union(ABBREVIATIONS.split(), INSIDE_ONLY.split()),
        # "Seen in small letters, never in capitals within a sentence": starts one after "Annex I.", too.
        ortho_context=dict.fromkeys(_STARTERS, ORTHO_MID_LC),
        abbrev_break_rates=dict.fromkeys(INSIDE_ONLY.split(), (1, 0)) | {"etc": (1, 1)},
    )
    tokenizer: _Tokenizer = PunktSentenceTokenizer(parameters)
    tokenizer.BREAK_RATE_MIN_COUNT = 1
    tokenizer.BREAK_RATE_LOW = 0.0
    tokenizer.EXCL_QUEST_LOWERCASE_CONTINUES = True
    return tokenizer
