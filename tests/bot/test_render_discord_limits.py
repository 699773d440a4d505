"""Whatever is asked, found or stored, Discord takes what is sent, and nothing foreign comes to life in it."""

import re
from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from render_examples import document, found, said_everywhere, understood
from test_render_discord import SHOWN, rows
from test_render_discord_escape import ANY_TEXT, Reading, read
from test_render_slack_limits import answers, documents, texts

from bot.render.cut import shortened
from bot.render.discord.answer import answer_message, further_message
from bot.render.discord.citation import link_address
from bot.render.discord.elements import Button, Message, Row, Text, embed
from bot.render.discord.passage import passage_message
from bot.render.discord.replies import help_message, sentence_message, sources_message
from bot.render.excerpt import highlight
from bot.render.visible import visible, visible_characters, visible_line
from bot.render.words import ALIKE, breaks_off
from bot.types import Answer, Overview, Quote, SearchedCollection
from index.types import Document

SETTINGS = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_message(message: Message, live: frozenset[str] = frozenset()) -> list[Reading]:
    """Discord's own limits; ``live`` are the kinds of marks that are ours. What there is to read, text by text."""
    components = 1
    readings = []
    for part in message.parts:
        components += 1
        if isinstance(part, Text):
            assert part.markdown.strip()
            readings.append(check_markdown(part.markdown, live))
        if isinstance(part, Row):
            components += len(part.buttons)
            check_row(part)
    assert components <= 40
    assert sum(units(part.markdown) for part in message.parts if isinstance(part, Text)) <= 4_000
    ids = [button.action for row in rows(message) for button in row.buttons if button.action]
    assert len(ids) == len(set(ids))

    below = embed(message)
    assert 0 < units(below.description) <= 4_096
    assert len(below.rows) <= 5
    for row in below.rows:
        check_row(row)
    shown = sorted(button.action or button.url or "" for row in rows(message) for button in row.buttons)
    assert sorted(button.action or button.url or "" for row in below.rows for button in row.buttons) == shown

    assert 0 < units(message.plain) <= 2_000
    check_markdown(message.plain, live)
    return readings


def check_markdown(markdown: str, live: frozenset[str]) -> Reading:
    assert not INVISIBLE.search(markdown)
    reading = read(markdown)
    assert reading.kinds() <= live
    return reading


def check_row(row: Row) -> None:
    assert 1 <= len(row.buttons) <= 5
    for button in row.buttons:
        check_button(button)


def check_button(button: Button) -> None:
    assert 0 < len(button.label) <= 80
    assert (button.action is None) != (button.url is None)
    assert (button.style == "link") == (button.action is None)
    if button.action:
        assert re.fullmatch(
            r"legation:(?:context:\w+:\w+:\d+|more:\w+:\d+|(?:share|dismiss|right|wrong):\w+)", button.action
        )
        assert len(button.action) <= 100
    else:
        assert re.fullmatch(r"(?i:https?)://[a-z0-9][!-~]*", button.url or "")
        assert len(button.url or "") <= 512


def test_golden_messages() -> None:
    for name, message in SHOWN.items():
        marks = {"help": {"list"}, "sources": {"list", "small"}, "shared": {"link", "mention"}}
        check_message(message, frozenset(marks.get(name, {"link", "small"})))


@given(answers(), st.booleans(), st.booleans(), st.booleans(), st.none() | st.just("1"))
@SETTINGS
def test_any_answer(answer: Answer, restated: bool, private: bool, more: bool, shared_by: str | None) -> None:
    message = answer_message(answer, restated=restated, private=private, share=private, more=more, shared_by=shared_by)
    marks = frozenset({"link", "small", "mention"} if shared_by else {"link", "small"})
    near = (*answer.quotes, *answer.nearest)
    cited = (*near, *(each for quote in near for each in quote.repeated))
    addresses = {link_address(address) for cites in cited for address in (cites.link, cites.document.url)}
    for each in (message, further_message(answer, more=True)):
        readings = check_message(each, marks)
        shown = [reading for reading in readings if reading.quoted]
        if answer.found:
            assert 1 <= len(shown) <= len(answer.quotes)
            assert (len(shown) < len(answer.quotes)) == any(
                re.search("more quotes? (was|were) left out", reading.text) for reading in readings
            )
            for quote, reading in zip(answer.quotes, shown, strict=False):
                check_quote(quote, reading)
        for reading in readings:
            assert reading.links() <= addresses
    assert sum(button.label == "Right answer" for row in rows(message) for button in row.buttons) == answer.found


def check_quote(quote: Quote, reading: Reading) -> None:
    """What stands between the quotation marks is a stretch of the quote, and marked where it is cut; the citation is
    there.
    """
    shown = visible(quote.text)
    whole = "\n".join(reading.quoted)
    cited, *below = reading.text.removeprefix(whole + "\n").split("\n")
    assert cited.startswith(f"[{quote.number}] ")
    said = [visible_line(f"Listed as “{shortened(quote.match.listed, 120)}”")] if quote.match is not None else []
    said += ["The same words: "] if quote.repeated else []
    assert not below or len(below) == len(said)
    assert all(line.startswith(beginning) for line, beginning in zip(below, said, strict=False))
    if whole.endswith(f"“{shown}”{' …' if breaks_off(quote.text) else ''}"):
        return
    # Shortened, so that the lead-ins are gone.
    before, after = ("… " if whole.startswith("… ") else ""), (" …" if whole.endswith(" …") else "")
    body = whole.removeprefix(before).removesuffix(after)
    assert (body[0], body[-1]) == ("“", "”")
    assert body[1:-1] in shown
    assert before or after
    assert before or shown.startswith(body[1:-1])
    assert after or shown.endswith(body[1:-1])


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.data())
@example("\u0627\u200c\u0628<@1>\u200b", "](https://a.bc)", "", None)
@settings(deadline=None, max_examples=150)
def test_what_fits_is_quoted_to_the_character(text: str, title: str, question: str, data: st.DataObject | None) -> None:
    first, last = sorted(data.draw(st.integers(0, len(text))) for _ in range(2)) if data else (1, 4)
    within = document(text, title=title, publisher=title)
    passage = Quote(7, text, 0, len(text), (first, last), within, title, "https://a.bc/d", 0.5)
    answer = replace(found(passage), question=question)
    message = answer_message(answer, restated=True, private=False, share=False, more=False)
    shown = check_message(message, frozenset({"link"}))[-1]
    after = " …" if breaks_off(text) else ""
    assert "\n".join(shown.quoted) == f"“{visible(text)}”{after}"
    assert shown.links() == {"https://a.bc/d"}
    start, end = highlight(passage)
    answering = "".join(visible_characters(text)[start:end])
    assert shown.bold == [line.strip() for line in answering.split("\n") if line.strip()]


@given(documents() | st.builds(document, ANY_TEXT), st.none() | texts(4_000), st.data())
@SETTINGS
def test_any_passage(within: Document, note: str | None, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.integers(0, len(within.text))) for _ in range(2))
    (reading,) = check_message(passage_message(within, start, end, note), frozenset({"link"}))
    characters = visible_characters(within.text)
    assert "\n".join(reading.quoted) in "".join(characters)
    quote = [line.strip() for line in "".join(characters[start:end]).split("\n") if line.strip()]
    if reading.bold != quote:
        *whole, last = reading.bold
        assert whole == quote[: len(whole)]
        assert quote[len(whole)].startswith(last)
        assert reading.text.endswith("\n…")
    assert reading.links() <= {link_address(within.url)}


@given(st.lists(texts(5_000) | ANY_TEXT, max_size=120), texts(4_000) | ANY_TEXT, texts(200) | ANY_TEXT)
@SETTINGS
def test_any_reply(names: list[str], sentence: str, mention: str) -> None:
    overview = Overview(tuple(SearchedCollection(name, 1, name) for name in names), sentence)
    check_message(sources_message(overview), frozenset({"list", "small"}))
    check_message(help_message(mention), frozenset({"list"}))
    check_message(sentence_message(sentence, mention))
    check_message(sentence_message(mention))


def test_all_that_can_be_long_at_once() -> None:
    """The longest names, sentences and addresses, wherever there is one."""
    for text in ("long " * 900, "*" * 4_500, "👩" * 4_500):
        full = said_everywhere(text, "https://a.bc/".ljust(1_000, "a"))
        answer = replace(
            full,
            question=text,
            understanding=understood(text),
            differences=full.differences * 9,
            lookups=full.lookups * 9,
        )
        marks = frozenset({"link", "small", "mention"})
        message = answer_message(answer, restated=True, private=True, share=True, more=True, shared_by="1")
        told, quoted, *_ = check_message(message, marks)
        assert "more lists say is left out for length." in told.text
        assert "\n[1] " in quoted.text
        refused = replace(answer, found=False, quotes=(), reason=text, nearest=answer.quotes * 3)
        readings = check_message(answer_message(refused, restated=True, private=True, share=True, more=True), marks)
        assert len([reading for reading in readings if reading.quoted]) >= 2


def test_candidates_are_left_out_first() -> None:
    answer = replace(said_everywhere("Zenda"), differences=())
    ten = replace(answer, quotes=tuple(replace(answer.quotes[0], number=number) for number in range(1, 11)))
    message = answer_message(ten, restated=False, private=False, share=False, more=False)
    alike = texts_of(message)[-1]
    assert alike.startswith(ALIKE)
    assert alike.count("\nListed as “Zenda”") == 3
    (candidate, *_) = said_everywhere("a" * 60).candidates
    fitting = set()
    for words in range(300, 600, 20):
        long = replace(answer, quotes=said_everywhere("word " * words).quotes)
        shown, without = (
            texts_of(answer_message(each, restated=False, private=False, share=False, more=False))
            for each in (replace(long, candidates=(candidate,) * 3), replace(long, candidates=()))
        )
        alike = "".join(shown[len(without) :])
        assert shown[: len(without)] == without
        fitting.add(alike.count("\nListed as "))
    assert fitting == {0, 1, 2, 3}


def texts_of(message: Message) -> list[str]:
    return [part.markdown for part in message.parts if isinstance(part, Text)]
