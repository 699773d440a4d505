"""Answers in which whatever comes from outside is made of what screens and chats take for something else than text."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from bot.types import Answer, Correction, Difference, Lookup, NameMatch, Quote, Repetition, SearchedCollection, Unsaid
from bot.types import Understanding as Understood
from index.types import Document, Edition, Entry, Filter, Heading, ListedName, Query

PIECES = (
    # Slack
    "<!channel>", "<!here|here>", "<@U1>", "<@U1|me>", "<#C1|general>", "<!subteam^S1>", "<!date^1^{date}|x>",
    "&lt;!here&gt;",
    "<https://a.bc|a page>", "<mailto:a@b.cd|me>", "&amp;", "&", ">", "<", "*b*", "_i_", "~s~", "`c`", "```",
    ":smile:", "• ",
    # Discord
    "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</ask:1>", "<id:guide>", "<:a:1>", "<a:b:1>", "<t:1:R>",
    "||s||",
    "**", "__", "~~", "> ", ">>> ", "# ", "-# ", "- ", "1. ", "[a](https://b.cd)", "[a](<https://b.cd>)", "](", ")",
    "\\",
    "https://a.bc/d", "http:", "//a.bc", "discord.gg/ab", "<https://a.bc>", "steam://ab",
    # a terminal
    "\x1b[31m", "\x1b[2J", "\x1b[1;1H", "\x1b]0;title\x07", "\x1b]8;;https://a.bc\x1b\\", "\x1b]8;;\x1b\\",
    "\x1b]52;c;YQ==\x07",
    "\x1bP", "\x1b_", "\x1b", "\x9b2J", "\x9d0;t\x9c", "\x90", "\x07", "\x08", "\x7f", "\x00", "\r", "\x0b", "\x0c",
    "\x85", "\x0e",
    # HTML and rich's own markup
    "<b>", "</b>", "<script>", "<a href='https://a.bc'>", "&#60;", "[bold]", "[/bold]", "[link=https://a.bc]", "{0}",
    "%s",
    # what cannot be seen, or reorders what can
    "\u202e", "\u202d", "\u2066", "\u2069", "\u200f", "\u061c", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad",
    "\u2028",
    "\u2029", "\ud800", "\udfff", "\U000e0041", "\ufff9", "\uffff", "\ufe0f", "\u20e3", "\u3164", "\u00a0", "\u3000",
    # ours
    "“", "”", "…", " …", "[1] ", "\n  [9] Forged · Nobody\n", ">>>\n", "\n\n", "\n", " ", "  ", "a",
    "The post was closed. ",
    "大使館", "أُغلقت", "👩\u200d👩", "e\u0301",
)  # fmt: skip
PLACES = (0x20, 0x7F, 0x80, 0xFF, 0x2000, 0x2070, 0xD800, 0xDFFF, 0xE0000, 0xE0FFF, 0x1F300, 0x1FAFF, 0, 0x10FFFF)
"""Ranges of characters, two by two."""

LEADING = ("https://a.bc/d", "HTTPS://a.bc/?q=1", "http://a.bc/(d)", "https://a.bc/#:~:text=a")
MISLEADING = (
    "javascript:alert(1)",
    "https://a.bc/|>",
    "https://a.bc/\x1b\\",
    "https://a b",
    "https://a.bc/)<@1>",
    "file:///e",
)


@dataclass
class Strings:
    """Draws strings from ``random`` and counts them."""

    random: Random
    drawn: int = 0

    def __call__(self, pieces: int = 5) -> str:
        self.drawn += 1
        return "".join(self._piece() for _ in range(self.random.randrange(pieces + 1)))

    def address(self) -> str | None:
        """One that may lead somewhere, one that must not, or none."""
        self.drawn += 1
        return self.random.choice((*LEADING, *MISLEADING, f"https://a.bc/{self()}", None))

    def _piece(self) -> str:
        if self.random.random() < 0.7:
            return self.random.choice(PIECES)
        place = self.random.randrange(len(PLACES) // 2) * 2
        return chr(self.random.randint(PLACES[place], PLACES[place + 1]))


def hostile_document(strings: Strings, text: str, name: str | None = None) -> Document:
    """A document, or an entry of a list if it has a name."""
    edition = Edition("un", strings(), strings(), strings(), strings.random.random() < 0.5)
    listed = Entry("un", strings(), "person", (ListedName(0, 1, "primary"),))
    return Document(
        id=strings(),
        source=strings(),
        collection=strings(),
        path=strings(),
        media_type="text/plain",
        title=strings(),
        publisher=strings(),
        published=strings(),
        url=strings.address(),
        language="en",
        text=text,
        headings=(Heading(0, 1, 1, strings()),) if text else (),
        blocks=(),
        entry=None if name is None else listed,
        edition=None if name is None else edition,
    )


def hostile_quote(strings: Strings, number: int) -> Quote:
    random = strings.random
    before, text, after = strings(), strings(8), strings()
    within = hostile_document(strings, before + text + after, random.choice((None, strings())))
    start, end = len(before), len(before) + len(text)
    first, last = sorted(random.randint(start, end) for _ in range(2))
    lead_ins = ((0, start),) if before.strip() and random.random() < 0.5 else ()
    match = NameMatch(strings(), strings(), 0.9, True) if random.random() < 0.3 else None
    same = Repetition(replace(within, title=strings(), publisher=strings()), first, last, strings(), strings.address())
    repeated = (same,) * random.randrange(3)
    pinpoint, link = random.choice((None, strings())), strings.address()
    return Quote(
        number, text, start, end, (first, last), within, pinpoint, link, 0.5, lead_ins=lead_ins, match=match,
        repeated=repeated,
    )  # fmt: skip


def hostile_answer(strings: Strings) -> Answer:
    """With one or two quotes, or none and a reason."""
    random = strings.random
    quotes = tuple(hostile_quote(strings, number) for number in range(1, random.randint(2, 3)))
    understood = Understood(
        query=Query(strings()),
        corrections=(Correction(strings(), strings()),),
        unsaid=(Unsaid(strings(), decisive=False),),
        context_used=True,
        filter=Filter((strings(),)),
    )
    found = random.random() < 0.8
    kept = quotes if found else ()
    return Answer(
        id="a1",
        question=strings(),
        found=found,
        reason=None if found else strings() or "No.",
        answerability=0.5,
        quotes=kept,
        nearest=() if found else quotes,
        generation="1",
        elapsed_ms=1.0,
        understanding=understood,
        differences=(Difference("date", strings(), (1, 1), (strings(), strings())),) if found else (),
        searched=(SearchedCollection(strings(), 1, strings()),),
        lookups=(Lookup("listed", "un", sentence=strings()),),
        candidates=(replace(quotes[0], match=NameMatch(strings(), strings(), 0.8, False)),),
        as_of=random.choice((None, date(1911, 5, 4))),
    )
