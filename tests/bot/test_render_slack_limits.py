"""Whatever is asked, found or stored, Slack takes what is sent, and nothing foreign comes to life in it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from render_examples import CLOSURE, document, entry, found, not_found, quote, said_everywhere, understood

from bot.render.slack.answer import answer_message, further_message
from bot.render.slack.ask_form import ask_view
from bot.render.slack.elements import MOST_CHARACTERS, Block, Message, count_characters
from bot.render.slack.home import home_view
from bot.render.slack.passage import AROUND, LONGEST_QUOTE, notice_view, passage_view
from bot.render.slack.replies import help_message, sentence_message, sources_message
from bot.render.visible import visible, visible_characters
from bot.render.words import ALIKE, breaks_off
from bot.types import Answer, Difference, Gap, Lookup, NameMatch, Overview, Quote, Repetition, SearchedCollection
from index.types import Document, Edition

GOLDEN = Path(__file__).parent / "golden" / "slack"

# Slack's own limits, in characters.
LONGEST = {"header": 150, "button": 75, "option": 75, "placeholder": 150, "title": 24, "label": 2_000, "context": 3_000}
MESSAGE_BLOCKS = {"rich_text", "context", "actions", "context_actions", "header"}
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

SETTINGS = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
PIECES = (
    "The posts were closed. ", "a", "<!channel>", "<@U1> &amp; ", "*b* `c` ", "\u202e", "\u200b\ud800", "⟨U+", " ",
    "\n\n[9] Forged · Nobody\n", "大使館", "👩\u200d👩", "” …, or ", ":smile:",
)  # fmt: skip


def texts(longest: int) -> st.SearchStrategy[str]:
    """Short ones of any characters, and long ones of few."""
    return st.one_of(
        st.text(st.characters(exclude_categories=()), max_size=30),
        st.builds(
            lambda pieces, times: ("".join(pieces) * times)[:longest],
            st.lists(st.sampled_from(PIECES), max_size=4),
            st.integers(1, longest),
        ),
    )


ADDRESSES = st.one_of(
    st.none(),
    texts(200),
    st.sampled_from(["https://example.org/a", "javascript:alert(1)", "https://example.org/|>", "https://a b"]),
    st.integers(2_950, 3_050).map(lambda length: "https://example.org/".ljust(length, "a")),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    long = st.sampled_from((300, 40_000))
    within = document(
        draw(texts(draw(long))),
        title=draw(texts(10_000)),
        publisher=draw(st.none() | texts(5_000)),
        published=draw(st.none() | texts(100)),
        url=draw(ADDRESSES),
    )
    if draw(st.booleans()):
        return within
    edition = Edition("un", draw(texts(5_000)), "", draw(st.none() | texts(100)), draw(st.booleans()))
    return replace(within, edition=edition, entry=entry(reference=draw(texts(5_000))).entry)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    within = draw(documents())
    end = len(within.text)
    start, first, last, stop = sorted(draw(st.lists(st.integers(0, end), min_size=4, max_size=4)))
    leads = sorted(draw(st.lists(st.integers(0, start), max_size=100)))
    lead_ins = tuple(zip(leads[::2], leads[1::2], strict=False))
    pinpoint = draw(st.none() | texts(5_000))
    number = draw(st.integers(1, 99))
    text = within.text[start:stop]
    name = draw(texts(500))
    match = draw(st.none() | st.builds(NameMatch, st.just(name), texts(500), st.floats(0, 1), st.booleans()))
    same = Repetition(within, first, last, pinpoint, draw(ADDRESSES))
    return Quote(
        number, text, start, stop, (first, last), within, pinpoint, draw(ADDRESSES), 0.5, (), lead_ins, match,
        (same,) * draw(st.integers(0, 5)),
    )  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    some = [
        replace(draw(quotes()), number=number)
        for number in range(1, 1 + draw(st.sampled_from((0, 1, 2, 3, 20, 40))) // draw(st.sampled_from((1, 1, 4))))
    ]
    said = draw(texts(5_000))
    asked = draw(st.none() | st.just(understood(said)))
    searched = tuple(SearchedCollection(said, 3, said) for _ in range(draw(st.integers(0, 3))))
    different = Difference("number", said, (1, 1), (said, said))
    answer = found(*some) if some and draw(st.booleans()) else not_found(*some[:3])
    if answer.found:
        answer = replace(answer, differences=(different,) * draw(st.integers(0, 6)))
    else:
        answer = replace(answer, reason=draw(st.none() | texts(5_000)))
    return replace(
        answer,
        question=draw(texts(3_000)),
        understanding=asked,
        searched=searched,
        lookups=(Lookup("not found", "un", sentence=said),) * draw(st.integers(0, 9)),
        candidates=tuple(draw(quotes()) for _ in range(draw(st.integers(0, 4)))),
        as_of=draw(st.none() | st.dates()),
    )


def check_message(message: Message) -> None:
    assert 0 < len(message.text) <= 1_000
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", message.text)
    assert not INVISIBLE.search(message.text)
    assert 0 < len(message.blocks) <= 50
    check_blocks(message.blocks, MESSAGE_BLOCKS)
    assert sum(map(len, shown_texts(message.blocks))) <= 12_000
    json.dumps(message.blocks, ensure_ascii=False).encode()


def check_view(view: Block) -> None:
    assert view["type"] in ("modal", "home")
    assert 0 < len(view["blocks"]) <= 100
    for name in ("title", "submit", "close"):
        if name in view:
            check_plain(view[name], LONGEST["title"])
    assert len(view.get("private_metadata", "")) <= 3_000
    assert sum(map(len, shown_texts(view["blocks"]))) <= 20_000
    check_blocks(view["blocks"], MESSAGE_BLOCKS | {"input"})


def check_blocks(blocks: tuple[Block, ...] | list[Block], allowed: set[str]) -> None:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in blocks:
        assert block["type"] in allowed
        CHECKS[block["type"]](block)


def check_rich_text(block: Block) -> None:
    assert block.keys() == {"type", "elements"}
    assert block["elements"]
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            assert part["style"] == "bullet"
            assert part["elements"]
            parts = part["elements"]
        else:
            parts = [part]
        for each in parts:
            assert each["type"] in ("rich_text_section", "rich_text_quote")
            assert each["elements"]
            for element in each["elements"]:
                check_element(element)


def check_element(element: Block) -> None:
    if element["type"] == "text":
        assert element.keys() <= {"type", "text", "style"}
        assert element.get("style", {"bold": True}) == {"bold": True}
    elif element["type"] == "link":
        assert element.keys() == {"type", "url", "text"}
        check_address(element["url"])
    else:
        assert element == {"type": "user", "user_id": "U1"}
        return
    assert element["text"]
    assert not INVISIBLE.search(element["text"])


def check_address(address: str) -> None:
    assert re.fullmatch(r"(?i:https?)://[a-z0-9][!-~]*", address)
    assert len(address) <= 3_000


def check_plain(text: Block, longest: int) -> None:
    assert text.keys() == {"type", "text", "emoji"}
    assert (text["type"], text["emoji"]) == ("plain_text", False)
    assert 0 < len(text["text"].strip()) <= len(text["text"]) <= longest
    assert not INVISIBLE.search(text["text"])


def check_context(block: Block) -> None:
    assert 0 < len(block["elements"]) <= 10
    for each in block["elements"]:
        check_plain(each, LONGEST["context"])


def check_actions(block: Block) -> None:
    assert 0 < len(block["elements"]) <= 25
    ids = [each["action_id"] for each in block["elements"]]
    assert len(ids) == len(set(ids))
    for each in block["elements"]:
        assert each["type"] == "button"
        check_plain(each["text"], LONGEST["button"])
        assert len(each.get("value", "")) <= 2_000
        if "url" in each:
            check_address(each["url"])


def check_feedback(block: Block) -> None:
    (element,) = block["elements"]
    assert element["type"] == "feedback_buttons"
    for name in ("positive_button", "negative_button"):
        check_plain(element[name]["text"], LONGEST["button"])
        assert len(element[name]["accessibility_label"]) <= 75
        assert 0 < len(element[name]["value"]) <= 2_000


def check_input(block: Block) -> None:
    check_plain(block["label"], LONGEST["label"])
    if "hint" in block:
        check_plain(block["hint"], 2_000)
    element = block["element"]
    assert element["type"] in ("plain_text_input", "static_select", "datepicker")
    if element["type"] == "plain_text_input":
        assert 0 < len(element.get("initial_value", "x")) <= element["max_length"] == 3_000
        check_plain(element["placeholder"], LONGEST["placeholder"])
    if element["type"] == "static_select":
        assert 0 < len(element["options"]) <= 100
        values = [option["value"] for option in element["options"]]
        assert len(values) == len(set(values))
        assert max(map(len, values)) <= 75
        assert element["initial_option"] in element["options"]
        for option in element["options"]:
            check_plain(option["text"], LONGEST["option"])


CHECKS = {
    "rich_text": check_rich_text,
    "context": check_context,
    "actions": check_actions,
    "context_actions": check_feedback,
    "header": lambda block: check_plain(block["text"], LONGEST["header"]),
    "input": check_input,
}


def shown_texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from shown_texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from shown_texts(each)


def quoted(message: Message) -> list[list[str]]:
    """The texts of every quote that is shown, lead-ins left out."""
    bodies = [block["elements"] for block in message.blocks if block["type"] == "rich_text"]
    parts = [[part for part in body if part["type"] == "rich_text_quote"] for body in bodies]
    return [[element["text"] for element in quotes[-1]["elements"]] for quotes in parts if quotes]


def links(value: object) -> set[str]:
    if isinstance(value, dict):
        return {value["url"]} if "url" in value else set().union(*map(links, value.values()))
    return set().union(*map(links, value)) if isinstance(value, list | tuple) else set()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden_files(path: Path) -> None:
    value = json.loads(path.read_text(encoding="utf-8").replace("U0RUDOLF", "U1"))
    if "blocks" in value and "text" in value:
        check_message(Message(value["text"], tuple(value["blocks"])))
    else:
        check_view(value)


@given(answers(), st.booleans(), st.booleans(), st.booleans(), st.none() | st.just("U1"))
@SETTINGS
def test_any_answer(answer: Answer, restated: bool, private: bool, more: bool, shared_by: str | None) -> None:
    message = answer_message(answer, restated=restated, private=private, share=private, more=more, shared_by=shared_by)
    for each in (message, further_message(answer, more=more)):
        check_message(each)
        assert count_characters(each.blocks) <= MOST_CHARACTERS
        shown = quoted(each)
        if answer.found:
            assert 1 <= len(shown) <= len(answer.quotes)
            left_out = f"{len(answer.quotes) - len(shown)} more quote"
            assert (len(shown) == len(answer.quotes)) != any(left_out in text for text in shown_texts(each.blocks))
            for quote, (before, *body, after) in zip(answer.quotes, shown, strict=False):
                check_quote(quote, before, "".join(body), after)
        near = (*answer.quotes, *answer.nearest)
        cited = (*near, *(each for quote in near for each in quote.repeated))
        assert links(each.blocks) <= {address for cites in cited for address in (cites.link, cites.document.url)}
        assert ALIKE not in shown_texts(each.blocks) or (answer.candidates and each is message)
    assert len([block for block in message.blocks if block["type"] == "context_actions"]) == answer.found


def check_quote(quote: Quote, before: str, body: str, after: str) -> None:
    """What stands between the quotation marks is a stretch of the quote, and marked where it is cut."""
    assert before in ("“", "… “")
    assert after in ("”", "” …")
    assert body in visible(quote.text)
    if body == visible(quote.text):
        assert (after == "” …") == breaks_off(quote.text) or not body.strip()
    else:
        assert before == "… “" or after == "” …"
        if after == "”":
            assert visible(quote.text).endswith(body)
        if before == "“":
            assert visible(quote.text).startswith(body)


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.data())
@example("\u0627\u200c\u0628<!here>\u200b", None)
@SETTINGS
def test_what_fits_is_quoted_to_the_character(text: str, data: st.DataObject | None) -> None:
    first, last = sorted(data.draw(st.integers(0, len(text))) for _ in range(2)) if data else (1, 4)
    within = document(text)
    passage = Quote(7, text, 0, len(text), (first, last), within, None, None, 0.5)
    message = answer_message(found(passage), restated=False, private=False, share=False, more=False)
    (shown,) = quoted(message)
    assert "".join(shown[1:-1]) == visible(text)
    if first < last:
        bold = [
            element["text"]
            for part in message.blocks[0]["elements"]
            for element in part["elements"]
            if "style" in element
        ]
        assert bold == ["".join(visible_characters(text)[first:last])]


@given(documents(), texts(4_000), st.data())
@SETTINGS
def test_any_window(within: Document, note: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.integers(0, len(within.text))) for _ in range(2))
    view = passage_view(within, start, end, note)
    check_view(view)
    check_view(notice_view(note, note))
    characters = visible_characters(within.text)
    parts = [part for block in view["blocks"][2:] for part in block["elements"] if part["type"] == "rich_text_quote"]
    elements = [element for part in parts for element in part["elements"]]
    assert "".join(element["text"] for element in elements) in "".join(characters)
    marked = "".join(element["text"] for element in elements if "style" in element)
    quote = "".join(characters[start:end])
    assert marked == quote if len(quote) <= LONGEST_QUOTE else quote.startswith(marked)
    assert sum(len(element["text"]) for element in elements) <= LONGEST_QUOTE + 2 * AROUND


@given(st.lists(texts(5_000), max_size=120), texts(4_000), texts(200), st.booleans())
@SETTINGS
def test_any_form_page_and_reply(names: list[str], question: str, command: str, admin: bool) -> None:
    check_view(ask_view(names, "m", question))
    overview = Overview(tuple(SearchedCollection(name, 1, name) for name in names), question)
    gaps = [Gap(question, 2, command, 3, tuple(names)) for _ in names]
    check_view(home_view(overview, command, command, gaps if admin else None))
    check_message(sources_message(overview))
    check_message(help_message(command, command))
    check_message(sentence_message(question, command))
    check_message(sentence_message(command))


def test_forty_short_quotes_are_too_many_blocks() -> None:
    many = found(*(quote(document(), CLOSURE, number=number, link=None) for number in range(1, 41)))
    within = answer_message(many, restated=True, private=True, share=True, more=True, shared_by="U1")
    check_message(within)
    assert len(within.blocks) == 49
    assert len(quoted(within)) == 22
    assert "18 more quotes were left out for length." in shown_texts(within.blocks)


def test_three_long_links_of_what_came_close_are_too_long() -> None:
    link = "https://example.org/".ljust(3_000, "a")
    near = (quote(document(url=None), CLOSURE, number=number, link=link) for number in (1, 2, 3))
    answer = replace(not_found(*near), reason="No. " * 400)
    message = answer_message(answer, restated=True, private=True, share=True, more=False)
    check_message(message)
    assert count_characters(message.blocks) <= MOST_CHARACTERS
    assert [len(links(block)) for block in message.blocks if quoted(Message("", (block,)))] == [1, 1, 0]


def test_all_that_can_be_long_at_once() -> None:
    """The longest names, sentences and addresses, wherever there is one."""
    address = "https://example.org/".ljust(3_000, "a")
    full = said_everywhere("long " * 2_000, address)
    answer = replace(
        full,
        question="long " * 600,
        understanding=understood("long " * 1_000),
        differences=full.differences * 9,
        lookups=full.lookups * 9,
        as_of=date(2019, 3, 31),
    )
    message = answer_message(answer, restated=True, private=True, share=True, more=True, shared_by="U1")
    check_message(message)
    assert count_characters(message.blocks) <= MOST_CHARACTERS
    assert len(quoted(message)) == 1
    assert "What 24 more lists say is left out for length." in "\n".join(shown_texts(message.blocks))
    refused = replace(answer, found=False, quotes=(), reason="No. " * 400, nearest=answer.quotes * 3, searched=())
    message = answer_message(refused, restated=True, private=True, share=True, more=True)
    check_message(message)
    assert count_characters(message.blocks) <= MOST_CHARACTERS


def test_candidates_are_left_out_first() -> None:
    answer = replace(said_everywhere("Zenda"), differences=())
    many = replace(answer, quotes=answer.quotes * 21, candidates=answer.candidates)
    message = answer_message(many, restated=False, private=False, share=False, more=False)
    assert len(quoted(message)) == 21
    assert ALIKE in shown_texts(message.blocks)
    assert sum(text.startswith("\n(") for text in shown_texts(message.blocks)) == 3
    long = replace(answer, quotes=(said_everywhere("word " * 1_600).quotes))
    (candidate, *_) = said_everywhere("a" * 150).candidates
    shown = [
        list(shown_texts(answer_message(alike, restated=False, private=False, share=False, more=False).blocks))
        for alike in (replace(long, candidates=(candidate,) * 3), replace(long, candidates=()))
    ]
    kept = sum(text.startswith("\n(") for text in shown[0])
    assert kept == 1
    assert [text for text in shown[0] if text in shown[1]] == shown[1]
