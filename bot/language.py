"""Whether a question is in another language than English, so that English rules are left out."""

from bot.words import folded_words

# Words that are in most questions, and those for embassies and consulates. Left out is what is a word of both: "die",
# "was" and "war", "in", "me", "on".
_ENGLISH = frozenset(
    """the of and to for with by at from did does is are were what when where which who whom whose why how has have had
    been that this these those its it not there would could should about after before because while they their any
    tell list between under without since until""".split()
)
_FOREIGN = frozenset(
    """der das und ist mit von fur nicht wann warum wurde wird wurden ein eine einer einem den dem zu zum zur auf aus im
    bei nach wer wo hat haben sind gibt es uber
    le les des est une dans pour pourquoi quand ou qui que quoi du au aux et elle ete sur avec cette ce quelle quel fut
    sont ont comment
    el los las una por para con del cuando donde quien fue esta y se su como cual cuales porque
    il lo gli della di che perche stata stato nel quale sono
    os em foi quando onde qual uma da
    het een van waarom wanneer werd voor welke zijn
    botschaft gesandtschaft konsulat ambassade consulat embajada consulado ambasciata consolato embaixada""".split()
)

_LAST_LATIN = "\u024f"
"""Of the blocks of Unicode for European languages."""


def is_foreign(text: str) -> bool:
    """Whether a text has two or more small words of German, French, Spanish, Italian, Portuguese or Dutch, and more
    than English ones, of which one would begin it, or is mostly not in Latin letters. Names such as "Las Palmas" have
    small words too.
    """
    words = folded_words(text)
    if words and words[0] in _ENGLISH:
        return False
    letters = [each for each in text if each.isalpha()]
    if 2 * sum(each <= _LAST_LATIN for each in letters) < len(letters):
        return True
    foreign = sum(word in _FOREIGN for word in words)
    return foreign > max(1, sum(word in _ENGLISH for word in words))
