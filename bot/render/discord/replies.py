"""Messages that quote nothing: sentences, help, what is stored. Pure."""

from bot.render.discord.elements import LONGEST_PLAIN, MOST_CHARACTERS, Message, Text, bold, dim, question_line
from bot.render.discord.escape import escaped_line, escaped_text, size
from bot.render.help_words import ABOUT, BUTTONS, EXAMPLES
from bot.render.words import brought_up_to_date, collection_size, not_listed, nothing_listed
from bot.types import Overview, SearchedCollection

_LONGEST_SENTENCE = 1_500
_LONGEST_MENTION = 80
_LONGEST_NAME = 100
_LONGEST_DATE = 40
"""Sizes, in UTF-16 code units."""

_COMMANDS = (
    ("/ask", "and a question answers everyone here; with private, you alone."),
    ("/sources", "lists what is stored here."),
    ("/help", "shows this."),
)
_CHECK = ("Check against sources", "in the menu of a message looks for what the sources say about it.")


def sentence_message(sentence: str, question: str | None = None) -> Message:
    """An error, a notice or the like, below the question if there is one."""
    told = escaped_text(sentence, _LONGEST_SENTENCE) or "–"
    shown = "\n".join([*question_line("Question:", question or ""), told])
    return Message((Text(shown),), shown)


def help_message(mention: str) -> Message:
    """What the bot does and how to ask it. ``mention`` is like "@Legation"."""
    named = escaped_line(mention, _LONGEST_MENTION) or "a mention of me"
    ways = (
        *_COMMANDS,
        _CHECK,
        (named, "and a question answers in the channel, where everyone there sees it."),
        ("A reply", "to an answer is a further question, and may be as short as “and in 1940?”."),
        ("A direct message", "is answered there."),
    )
    parts = (
        ABOUT,
        f"{bold('How to ask')}\n{_listed(ways)}",
        f"{bold('For example')}\n" + "\n".join(f"- /ask {example}" for example in EXAMPLES),
        f"{bold('Buttons below an answer')}\n{_listed(BUTTONS)}",
        f"What {named} and /ask answer is seen by everyone there; with private, by you alone until you share it.",
    )
    plain = "\n\n".join(parts)
    return Message(tuple(map(Text, parts)), plain if size(plain) <= LONGEST_PLAIN else ABOUT)


def sources_message(overview: Overview) -> Message:
    """What is stored, as far as whoever asks may see it."""
    if not overview.collections:
        nothing = nothing_listed(overview)
        return Message((Text(nothing),), nothing)
    return Message((Text(_stored(overview, MOST_CHARACTERS)),), _stored(overview, LONGEST_PLAIN))


def _stored(overview: Overview, room: int) -> str:
    """A line for each collection, if there is room, or how many others there are; and when the index was built."""
    lines = [bold("Stored here")]
    synced = [dim(brought_up_to_date(overview.synced, _date))] if overview.synced else []
    total = len(overview.collections)
    room -= sum(size(line) + 1 for line in (*lines, *synced, dim(not_listed(total))))
    for number, collection in enumerate(overview.collections):
        line = _collection(collection)
        room -= size(line) + 1
        if room < 0:
            lines.append(dim(not_listed(total - number)))
            break
        lines.append(line)
    return "\n".join([*lines, *synced])


def _collection(collection: SearchedCollection) -> str:
    name = escaped_line(collection.name, _LONGEST_NAME) or "(no name)"
    return f"- {bold(name)}{collection_size(collection, _date)}"


def _listed(pairs: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"- {bold(name)} {explanation}" for name, explanation in pairs)


def _date(date: str) -> str:
    return escaped_line(date, _LONGEST_DATE)
