import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from render_examples import (
    CLOSURE,
    ENTRY,
    TEXT,
    UNDATED,
    ZENDA,
    differing,
    document,
    entry,
    found,
    help_reply,
    listed,
    listing,
    not_found,
    quote,
    refused,
    repeated,
    said_everywhere,
    two_quotes,
    understood,
    unlisted,
)
from rich.cells import cell_len

from bot.render.explain import render_explanation
from bot.render.layout import NARROWEST
from bot.render.terminal import render_answer, render_document, render_passage
from bot.render.visible import visible, visible_characters
from bot.types import Answer, Correction, Difference, Lookup, SearchedCollection
from index.types import Edition, Filter, Heading, Pinpoint

GOLDEN = Path(__file__).parent / "golden"
OWN_ESCAPES = re.compile(r"\x1b\[(?:0|1|2|1;7)m|\x1b\]8;;(?:https?://[!-~]+)?\x1b\\")
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)

HOSTILE = (
    "Closed \x1b[31min red\x1b[0m, \x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\ and \x9b2J. "
    "[bold]Not bold[/bold] [link=https://evil.example]nor linked[/link] :smile: \u202edesolc\u202c "
    "pass\u200bword\rreturned\x07\x00 ”\n\n  [9] Forged · Nobody · 1911"
)


def unspaced(text: str) -> str:
    return "".join(text.split())


def hostile() -> Answer:
    within = document(
        HOSTILE,
        title="Title\x1b]0;owned\x07 [red]\u2066",
        publisher="Two\nlines",
        published="\x1b[2J",
        url="https://example.org/\x1b\\\x1b[31m",
    )
    passage = quote(within, HOSTILE, pinpoint="\u202eHeading", link="https://example.org/\x1b\\\x1b[31m")
    return found(passage, replace(passage, number=2, link="javascript:alert(1)"))


def narrow() -> Answer:
    text = (
        "大使館は一九一一年五月四日に閉鎖された。 "
        "أُغلقت السفارة في ستريلساو في الرابع من أيار. "
        "👩\u200d👩\u200d👧\u200d👦👩\u200d👩\u200d👧\u200d👦 e\u0301e\u0301 "
        "Bundesverfassungsgerichtsentscheidung."
    )
    within = document(text, title="閉鎖された大使館と領事館の一覧", publisher="外務省")
    return found(quote(within, text, "大使館は一九一一年五月四日に閉鎖された。"))


@pytest.mark.parametrize(
    ("name", "answer", "width", "colour", "hyperlinks"),
    [
        ("found.txt", two_quotes(), 72, False, False),
        ("found-colour-hyperlinks.txt", two_quotes(), 72, True, True),
        ("found-hyperlinks.txt", two_quotes(), 72, False, True),
        ("not-found.txt", not_found(quote(document(), CLOSURE)), 60, False, False),
        ("not-found-colour.txt", not_found(quote(document(), CLOSURE)), 60, True, False),
        ("differing.txt", differing(), 72, False, False),
        ("differing-colour.txt", differing(), 72, True, False),
        ("refused.txt", refused(), 72, False, False),
        ("refused-colour-hyperlinks.txt", refused(), 60, True, True),
        ("refused-narrow.txt", refused(), 20, False, False),
        ("hostile.txt", hostile(), 72, False, False),
        ("hostile-colour-hyperlinks.txt", hostile(), 72, True, True),
        ("narrow.txt", narrow(), 20, False, False),
        ("listed.txt", listed(), 72, False, False),
        ("listed-colour.txt", listed(), 72, True, False),
        ("unlisted.txt", unlisted(), 72, False, False),
        ("repeated.txt", repeated(), 72, False, False),
        ("repeated-colour-hyperlinks.txt", repeated(), 72, True, True),
        ("hostile-listed.txt", said_everywhere("\x1b[2J[red]\u202e”\n  [9] Forged"), 72, False, False),
    ],
)
def test_answers(name: str, answer: Answer, width: int, colour: bool, hyperlinks: bool) -> None:
    assert render_answer(answer, width, colour, hyperlinks).encode() == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize(("name", "colour"), [("passage.txt", False), ("passage-colour.txt", True)])
def test_passages(name: str, colour: bool) -> None:
    text = "The posts were many. " * 60 + "\n\n" + TEXT + "\n" + "Others followed.\n" * 60
    start = text.index(CLOSURE)
    shown = render_passage(document(text), start, start + len(CLOSURE), 72, colour)
    assert shown.encode() == (GOLDEN / name).read_bytes()


def test_a_whole_document_is_not_cut() -> None:
    assert render_passage(document("Closed."), 0, 7, 72, False) == (
        "Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05\n"
        "gazette/strelsau.html @ 0:7\n\n>>>\n  Closed.\n<<<\n"
    )


def test_nothing_close() -> None:
    assert render_answer(not_found(), 80, False, True) == "The sources do not answer this question.\n"


@pytest.mark.parametrize("width", [-1, 0, 1, NARROWEST])
def test_the_narrowest_width(width: int) -> None:
    assert render_answer(narrow(), width, False, False).encode() == (GOLDEN / "narrow.txt").read_bytes()


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"NO_COLOR": "1", "COLUMNS": "30", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert render_answer(two_quotes(), 72, True, True).encode() == (GOLDEN / "found-colour-hyperlinks.txt").read_bytes()


@given(
    text=ANY_TEXT,
    title=ANY_TEXT,
    colour=st.booleans(),
    hyperlinks=st.booleans(),
    width=st.integers(20, 90),
    data=st.data(),
)
@example(text=HOSTILE, title=HOSTILE, colour=True, hyperlinks=True, width=40, data=None)
def test_only_the_renderers_own_escapes_and_every_character_of_the_quote(
    *, text: str, title: str, colour: bool, hyperlinks: bool, width: int, data: st.DataObject | None
) -> None:
    within = document(text, title=title, publisher=None)
    cut = data.draw(st.integers(0, len(text))) if data else 5
    passage = replace(quote(within, text), highlight=(cut, len(text)), pinpoint=None)
    shown = render_answer(found(passage), width, colour, hyperlinks)

    bare = OWN_ESCAPES.sub("", shown)
    assert "\x1b" not in bare
    assert colour or hyperlinks or bare == shown
    assert bare.startswith("   “")
    copied = unspaced(bare.removeprefix("   “"))
    assert copied.startswith((unspaced(visible(text)) + "”[1]", unspaced(visible(text)) + "”…[1]"))
    # Only the citation's first line begins in the third column.
    assert len(re.findall(r"^  \S", bare, re.MULTILINE)) == 1


@given(ANY_TEXT, st.integers(0, 90))
def test_lines_keep_to_the_width(text: str, width: int) -> None:
    within = document(text, publisher=text, url=None)
    shown = render_answer(found(quote(within, text, pinpoint=text, link=None)), width, False, False)
    *wrapped, address, end = shown.split("\n")
    assert (address.strip(), end) == (f"gazette/strelsau.html @ 0:{len(text)}", "")
    assert max(cell_len(line) for line in wrapped) <= max(width, NARROWEST)


@given(ANY_TEXT, st.booleans(), st.data())
def test_passages_of_any_text(text: str, colour: bool, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = OWN_ESCAPES.sub("", render_passage(document(text), start, end, 60, colour))
    assert "\x1b" not in shown
    body = "\n" + shown.split("\n\n", 1)[1]
    if colour:
        assert unspaced(body) == unspaced(visible(text))
        return
    before, rest = body.split("\n>>>\n")
    marked, after = f"\n{rest}".split("\n<<<\n")
    characters = visible_characters(text)
    parts = (characters[:start], characters[start:end], characters[end:])
    assert [unspaced(part) for part in (before, marked, after)] == [unspaced("".join(part)) for part in parts]


def test_the_reply_to_what_is_no_question_is_all_there_is() -> None:
    assert render_answer(help_reply(), 80, False, True) == "Ask about embassies⟨U+001B⟩ and sanctions.\n"


def test_a_quote_that_breaks_off_in_a_list_says_so() -> None:
    ends = {
        "one;": " …",
        "one; and": " …",
        "one, or": " …",
        "as follows:": " …",
        "the end.": "",
        "Band": "",
        "now and": "",
    }
    for text, mark in ends.items():
        shown = render_answer(found(quote(document(text + " more"), text)), 80, False, False)
        assert shown.splitlines()[0] == f"   “{text}”{mark}"


def test_what_an_item_belongs_to_stands_above_it() -> None:
    text = "The Duke shall close any post that is\n(1) old;\n(2) sold to\n(A) Zenda; or\n(B) Hentzau\x1b."
    within = document(text)
    ends = (text.index("\n(1)"), text.index("\n(A)"))
    led = replace(quote(within, "(B) Hentzau\x1b."), lead_ins=((0, ends[0]), (text.index("(2)"), ends[1])))
    assert render_answer(found(led), 80, False, False).splitlines()[:4] == [
        "   “The Duke shall close any post that is” […]",
        "   “(2) sold to” […]",
        "   “(B) Hentzau⟨U+001B⟩.”",
        "",
    ]
    # Nothing is left out between a lead-in and what directly follows it.
    led = replace(quote(within, "(A) Zenda; or"), lead_ins=((0, ends[1]),))
    assert render_answer(found(led), 80, False, False).splitlines()[:5] == [
        "   “The Duke shall close any post that is",
        "    (1) old;",
        "    (2) sold to”",
        "   “(A) Zenda; or” …",
        "",
    ]


def test_a_long_subject_of_a_difference_is_cut() -> None:
    answer = replace(differing(), understanding=None)
    (difference,) = answer.differences
    shown = render_answer(replace(answer, differences=(replace(difference, subject="post " * 40),)), 300, False, False)
    assert shown.splitlines()[0] == (
        f"Sources differ on the date (“{' '.join(['post'] * 19)} …”): [2] (2008-03) says “6 May 1911”; "
        "[1] (1911-05) says “4 May 1911”."
    )
    shown = render_answer(replace(answer, differences=(replace(difference, subject=""),)), 300, False, False)
    assert shown.startswith("Sources differ on the date: [2]")


def test_limits_on_dates() -> None:
    shown = []
    for since, until in ((1911, None), (None, 1920), (1911, 1920), (None, None)):
        days = (year and date(year, 5, 4) for year in (since, until))
        limited = replace(refused().understanding or understood(), filter=Filter((), *days), corrections=(), unsaid=())
        answer = replace(refused(), understanding=replace(limited, context_used=False), searched=(), nearest=())
        shown.append(render_answer(answer, 80, False, False).splitlines()[1:])
    assert shown == [
        ["Searched: published since 1911-05-04."],
        ["Searched: published until 1920-05-04."],
        ["Searched: published from 1911-05-04 to 1920-05-04."],
        [],
    ]


def test_entries_of_lists_are_not_said_to_keep_limits_on_dates() -> None:
    limited = replace(
        understood(), filter=Filter((), None, date(1890, 5, 4)), corrections=(), unsaid=(), context_used=False
    )
    shown = [
        render_answer(replace(answer, understanding=limited, as_of=None), 100, False, False).splitlines()[0]
        for answer in (two_quotes(), listed())
    ]
    assert shown == [
        "Only documents published until 1890-05-04.",
        "Only documents published until 1890-05-04; limits on dates are not for sanctions lists.",
    ]


@given(ANY_TEXT, st.booleans(), st.integers(20, 90))
def test_everything_beside_the_quotes_is_inert(text: str, colour: bool, width: int) -> None:
    asked = replace(understood(text), corrections=(Correction(text, text),))
    within = document(text + "x", title=text, published=text)
    passage = quote(within, text + "x", pinpoint=text)
    differences = (Difference("status", text, (1, 1), (text, text)),)
    searched = (SearchedCollection(text, 2, text),)
    listing = said_everywhere(text + "x", "https://example.org/a")
    for answer in (
        listing,
        replace(listing, found=False, quotes=(), reason=text or "None.", differences=()),
        replace(found(passage), understanding=asked, differences=differences),
        replace(not_found(passage), reason=text or "None.", understanding=asked, searched=searched),
    ):
        for shown in (render_answer(answer, width, colour, colour), render_explanation(answer, width, colour)):
            bare = OWN_ESCAPES.sub("", shown)
            assert "\x1b" not in bare
            assert not set(bare) & {"\r", "\x07", "\u202e", "\x9b"}
            # Addresses alone may be wider than the terminal.
            wrapped = (line for line in bare.split("\n") if not re.search(r"@ \d+:\d+$|^ *https?://", line))
            assert max(map(cell_len, wrapped)) <= width


def test_what_lists_say_stands_above_quotes_but_not_twice() -> None:
    lookup = Lookup("not found", "zenda", sentence="Not found in the List\x1b of Zenda.")
    above = render_answer(replace(two_quotes(), lookups=(lookup,)), 80, False, False)
    assert above.startswith("Not found in the List⟨U+001B⟩ of Zenda.\n\n   “The embassy")
    refused = replace(not_found(), reason=lookup.sentence, lookups=(lookup,))
    assert render_answer(refused, 80, False, False) == "Not found in the List⟨U+001B⟩ of Zenda.\n"


@pytest.mark.parametrize(
    ("score", "weak", "line"),
    [
        (0.97, False, "Listed as “RASSENDYLL, Rudolf”, 97% like “Rudolf Rassendil”."),
        (0.9949, False, "Listed as “RASSENDYLL, Rudolf”, 99% like “Rudolf Rassendil”."),
        (0.995, False, "Listed as “RASSENDYLL, Rudolf”."),
        (0.8, True, "Listed as “RASSENDYLL, Rudolf” (a weak alias), 80% like “Rudolf Rassendil”."),
        (1.0, True, "Listed as “RASSENDYLL, Rudolf” (a weak alias)."),
    ],
)
def test_how_a_name_is_listed(score: float, weak: bool, line: str) -> None:
    shown = render_answer(found(listing(entry(), "RASSENDYLL, Rudolf", score, weak=weak)), 90, False, False)
    assert shown.splitlines()[-2].strip() == line


@pytest.mark.parametrize(
    ("edition", "cited"),
    [
        (ZENDA, "Consolidated List of Zenda, edition of 1894-11-30 · ZDi.024"),
        (UNDATED, "List of Hentzau, read on 1894-12-06 (it gives no date) · ZDi.024"),
        (Edition("zenda", "", "", None), "zenda, no date · ZDi.024"),
        (None, "Council · no date · ZDi.024"),
    ],
)
def test_entries_are_cited_from_an_edition(edition: Edition | None, cited: str) -> None:
    within = entry(edition=edition)
    name = "RASSENDYLL, Rudolf"
    first, _, passage, *_ = render_passage(within, 0, 18, 90, False).splitlines()
    whole = render_document(within, 90, False).splitlines()
    assert first == whole[0] == f"{name} · {cited}"
    assert (passage, whole[2:]) == ("", ["", *(f"  {line}" for line in ENTRY.split("\n"))])


def test_differences_name_editions() -> None:
    quotes = (
        replace(listing(entry(edition=edition), "Rudolf the Fifth", 1.0, number=number), match=None)
        for number, edition in ((1, ZENDA), (2, UNDATED))
    )
    different = Difference("status", "", (1, 2), ("one", "two"))
    shown = render_answer(replace(found(*quotes), differences=(different,)), 120, False, False)
    assert shown.splitlines()[0] == (
        "Sources differ on how things stand: [1] (edition of 1894-11-30) says “one”; [2] (no date) says “two”."
    )


def test_a_passage_is_cited_with_its_section_and_page() -> None:
    within = replace(
        document("One\nTwo\nThree"), headings=(Heading(0, 3, 2, "One"),), pinpoints=(Pinpoint(4, 7, "p. 2"),)
    )
    cited = "Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05 · One"
    assert render_passage(within, 4, 7, 90, False).splitlines()[0] == f"{cited} › p. 2"
    assert render_passage(within, 8, 13, 90, False).splitlines()[0] == cited
