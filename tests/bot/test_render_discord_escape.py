"""A small reader of Discord's markdown, and what it makes of escaped text."""

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.render.discord.elements import bold, quoted
from bot.render.discord.escape import (
    escaped,
    escaped_beginning,
    escaped_line,
    escaped_text,
    is_plain,
    size,
)
from bot.render.visible import visible, visible_line

NASTY = (
    *r"*_~`|<>#-+1.)\[](@:/!&=^$ ", "\n", "a", "**", "__", "~~", "||", "```", "> ", ">>> ", "# ", "- ", "-# ", "1. ",
    "](", "<@1>", "<@!1>", "<@&1>", "<#1>", "</ask:1>", "<id:browse>", "<:a:1>", "<a:b:1>", ":smile:", "<t:1:R>",
    "@everyone", "@here", "https://a.bc", "http:", "//a.bc", "discord.gg/ab", "discord", ".gg", "[a](https://b.cd)",
    "<https://a.bc>", "<mailto:a@b.cd>", "steam://ab", "\u202e", "\u200b", "⟨U+", "”", "“", "\\", "\ud800",
    "👩\u200d👩", "\u00a0", "\u3000", "¯\\_(ツ)_/¯",
)  # fmt: skip
NASTY_TEXTS = st.lists(st.sampled_from(NASTY), max_size=25).map("".join)
ANY_TEXT = st.one_of(NASTY_TEXTS, st.text(st.characters(exclude_categories=()), max_size=60))

# What Discord's servers, or its clients before they read any markdown, look for.
RAW = re.compile(
    r"<(?:@[!&]?|\#|t:|a?:\w+:|/[^<>]+:|id:)\w*>"
    r"|(?:https?|steam|discord|mailto)://?\S|discord(?:app)?\.\w+/\w|<[^: >\\]+:/"
)
LINE = re.compile(
    r"(?P<quote> *> |> ?\Z| *>>> )|(?P<small> *-# +)|(?P<heading> *#{1,3}\s)|(?P<list> *(?:[-*+]|\d+[.)])\s)"
)
INLINE = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])|(?P<bold>\*\*)|\[(?P<name>[^\[\]\n]*)\]\(<(?P<url>(?i:https?)://[^\s<>()\\]+)>\)"
    r"|(?P<mention><@\d+>)|(?P<live>[\\*_~`|<>\[\]@]|:\w+:|\w+:/)",
    re.ASCII,
)


@dataclass
class Reading:
    """``text`` is what a reader sees; ``bold`` what of it is in bold type, line by line, ``quoted`` what stands in
    block quotes; ``live`` everything else that is not letters, by kind.
    """

    text: str = ""
    quoted: list[str] = field(default_factory=list)
    bold: list[str] = field(default_factory=list)
    live: list[tuple[str, str]] = field(default_factory=list)

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.live}

    def links(self) -> set[str]:
        return {what for kind, what in self.live if kind == "link"}


def read(markdown: str) -> Reading:
    """Stricter than Discord: a mark counts as live whether or not another one closes it."""
    reading = Reading()
    lines = []
    for written in markdown.split("\n"):
        line, inside = written, False
        while mark := LINE.match(line):
            if mark.lastgroup == "quote" and not inside:
                inside = True
            else:
                reading.live.append((mark.lastgroup or "", line))
            line = line[mark.end() :]
        text = _read_line(line, reading)
        if inside:
            reading.quoted.append(text)
        lines.append(text)
    reading.text = "\n".join(lines)
    links = sum(kind == "link" for kind, _ in reading.live)
    if markdown.count("](") != links:
        reading.live.append(("longer link", markdown))
    without = re.sub(r"\]\(<[^<>]*>\)", "]", markdown)
    ours = without.count("<@") == sum(kind == "mention" for kind, _ in reading.live)
    raw = [found[0] for found in RAW.finditer(without) if not (ours and found[0].startswith("<@"))]
    reading.live += [("raw", found) for found in raw]
    return reading


def _read_line(line: str, reading: Reading) -> str:
    text, strong, began = "", False, 0
    done = 0
    for found in INLINE.finditer(line):
        text += line[done : found.start()]
        done = found.end()
        if found["bold"]:
            if strong:
                reading.bold.append(text[began:])
            strong, began = not strong, len(text)
        elif found["escaped"]:
            text += found["escaped"]
        elif found["url"]:
            text += found["name"]
            reading.live.append(("link", found["url"]))
            assert not {"escaped", "live"} & {group.lastgroup for group in INLINE.finditer(found["name"])}
        else:
            text += found[0]
            reading.live.append(("mention" if found["mention"] else "other", found[0]))
    if strong:
        reading.live.append(("open bold", line))
    return text + line[done:]


@pytest.mark.parametrize(
    ("markdown", "kinds"),
    [
        (r"a \*b\* \\ c", set()),
        ("*a*", {"other"}),
        ("**a**", set()),
        ("**a", {"open bold"}),
        (r"**a\**", {"open bold", "other"}),
        ("_a_ ~b `c | d", {"other"}),
        ("[a](<https://b.cd>)", {"link"}),
        (r"[a](<https://b.cd>) \](https\://c.de)", {"link", "longer link"}),
        ("[a](https://b.cd)", {"other", "longer link", "raw"}),
        (r"[a\*](<https://b.cd>)", {"other"}),
        ("<@12>", {"mention"}),
        (r"\<@12>", {"other", "raw"}),
        (r"\<\@12\> \@here", set()),
        (":a: b:c:", {"other"}),
        ("# a", {"heading"}),
        ("> a", set()),
        ("> > a", {"quote"}),
        ("> - a", {"list"}),
        ("-# a", {"small"}),
        ("a # b - c", set()),
        ("https://a.bc", {"other", "raw"}),
        (r"https\://a.bc", set()),
        ("discord.gg/ab", {"raw"}),
        (r"\a", {"other"}),
    ],
)
def test_reader(markdown: str, kinds: set[str]) -> None:
    if markdown == r"[a\*](<https://b.cd>)":
        with pytest.raises(AssertionError):
            read(markdown)
    else:
        assert read(markdown).kinds() == kinds


@given(ANY_TEXT, ANY_TEXT)
@example("discord.a*b/c", "](x) 1. a")
@example("x\n  12) y\n \u00a0- z", "]")
@settings(deadline=None, max_examples=600)
def test_escaped_text_is_letters_wherever_it_stands(text: str, other: str) -> None:
    shown, beside = visible(text), visible(other)
    reading = read(escaped(shown))
    assert (reading.text, reading.live, reading.bold) == (shown, [], [])
    together = read(f"[a](<https://b.cd>) {escaped(shown)}{escaped(beside)} [c](<https://d.ef>)")
    assert together.text == f"a {shown}{beside} c"
    assert together.links() == {"https://b.cd", "https://d.ef"}
    assert together.kinds() == {"link"}
    strong = read(quoted(f"“{escaped(shown)}{bold(escaped(beside))}”"))
    assert "\n".join(strong.quoted) == f"“{shown}{beside}”"
    assert strong.bold == [line.strip() for line in beside.split("\n") if line.strip()]
    assert strong.live == []


@given(ANY_TEXT, st.integers(2, 60))
@example("\u202e" * 3, 20)
@example("1.xyz", 4)
@example("a b: c", 4)
@settings(deadline=None, max_examples=300)
def test_cut_text_is_short_enough_and_cut_between_characters(text: str, longest: int) -> None:
    line = visible_line(text)
    for markdown, whole, mark in (
        (escaped_line(text, longest), line, "…"),
        (escaped_text(text, longest), visible(text).strip(), " …"),
        (escaped_beginning(text, longest)[0], line, ""),
    ):
        assert size(markdown) <= longest
        reading = read(markdown)
        assert reading.live == []
        if reading.text != whole:
            assert reading.text.endswith(mark)
            kept = reading.text.removesuffix(mark)
            assert whole.startswith(kept)
            assert size(escaped(whole)) > longest
            assert "⟨" in text or not re.search(r"⟨(?:U(?:\+[0-9A-F]*)?)?\Z", kept)
    assert escaped_beginning(text, longest)[1] == (read(escaped_beginning(text, longest)[0]).text != line)


def test_what_is_written() -> None:
    assert escaped("Strelsau: at 10:30 on 4.5.1911 (that is, in May) - see note 1.") == (
        r"Strelsau: at 10\:30 on 4.5.1911 (that is, in May) - see note 1."
    )
    assert escaped("# A\n- b\n 2. c\n-# d\n+ e") == "\\# A\n\\- b\n 2\\. c\n\\-# d\n\\+ e"
    assert escaped("https://a.bc/d/e discord.gg/f and/or") == r"https\://a.bc\/d/e discord.gg\/f and/or"
    assert escaped("<@1> @everyone :a: [b](c)") == r"\<\@1\> \@everyone \:a: \[b\]\(c)"
    assert size("a👩") == 3


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Order 13694 - Blocking the property (of “Zenda”), § 2: 1701–1706; e.g. Zürich's", True),
        ("大使館", True),
        ("a_b", False),
        ("[a]", False),
        ("https://a.bc", False),
        ("16⭐", False),
        ("1\ufe0f\u20e3", False),
        ("↔", False),
        ("a\u00a0b", False),
    ],
)
def test_which_titles_can_be_names_of_links(title: str, plain: bool) -> None:
    assert is_plain(escaped(title)) is plain
