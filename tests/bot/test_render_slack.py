import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from render_examples import (
    CLOSURE,
    PROTECTION,
    SEARCHED,
    TEXT,
    differing,
    document,
    found,
    help_reply,
    listed,
    not_found,
    quote,
    refused,
    repeated,
    said_everywhere,
    two_quotes,
    unlisted,
)

from bot.render.slack.answer import answer_message, further_message
from bot.render.slack.ask_form import ask_view, chosen_collection
from bot.render.slack.elements import Block, Message, escaped, shortened, shortened_text
from bot.render.slack.home import home_view
from bot.render.slack.passage import passage_view
from bot.render.slack.replies import help_message, sentence_message, sources_message
from bot.types import Answer, Gap, Overview, SearchedCollection
from index.errors import UsageError
from index.types import Heading

GOLDEN = Path(__file__).parent / "golden" / "slack"

HOSTILE = (
    "<!channel> <@U123> <#C123> <https://evil.example|click> *bold* _it_ ~gone~ `code` :smile: &lt;!here&gt; "
    "\u202edesolc\u202c pass\u200bword\x07 @everyone ”\n\n[9] Forged · Nobody · 1911\n> quoted\n```block```"
)
OVERVIEW = Overview(SEARCHED, "2024-05-06T07:08:09+00:00")
GAPS = (
    Gap("Who closed Hentzau?", 3, "2024-05-06", marked_wrong=1, others=("Hentzau, who?", "Why Hentzau?", "Hentzau?")),
    Gap("What about <!channel>?", 1, "2024-05-01"),
)


def hostile() -> Answer:
    within = document(
        HOSTILE,
        title="<!here> Title\x1b]0; *red*\u2066",
        publisher="Two\nlines",
        published="<x>",
        url="https://evil.example@e.org/|",
    )
    passage = quote(within, HOSTILE, pinpoint="\u202e`Heading`", link="javascript:alert(1)")
    return replace(found(passage), question=HOSTILE)


def led() -> Answer:
    text = "The Duke shall close any post that is\n(1) old;\n(2) sold to\n(A) Zenda; or\n(B) Hentzau\x1b, or"
    within = document(text)
    ends = (text.index("\n(1)"), text.index("\n(A)"))
    return found(replace(quote(within, "(B) Hentzau\x1b, or"), lead_ins=((0, ends[0]), (text.index("(2)"), ends[1]))))


def long() -> Answer:
    """Three quotes of which the first two fit: the first nearly whole, the second only with its sentence."""
    filler = "The posts were many. " * 300
    texts = (f"{filler}It closed. {PROTECTION}", f"{filler}{CLOSURE} {filler}", "On and on " * 1_200)
    answers = ("It closed.", CLOSURE, texts[2])
    return found(
        *(
            quote(document(text), text, answer, number=number)
            for number, text, answer in zip((1, 2, 3), texts, answers, strict=True)
        )
    )


def headed() -> Block:
    text = "The posts were many. " * 100 + "\n\n" + TEXT + "\n" + "Others followed.\n" * 120
    start = text.index(CLOSURE)
    within = replace(
        document(text),
        headings=(
            Heading(0, 5, 1, "Strelsau: The closure  of 1911"),
            Heading(6, 9, 2, "Posts"),
            Heading(len(text), len(text), 2, "End"),
        ),
    )
    note = "The document has changed since; this is where the sentence stands today."
    return passage_view(within, start, start + len(CLOSURE), note)


def shared() -> Message:
    return answer_message(two_quotes(), restated=True, private=False, share=False, more=False, shared_by="U0RUDOLF")


def further() -> Message:
    return further_message(found(quote(document(), CLOSURE, number=4)), more=True)


SHOWN: dict[str, Message | Block] = {
    "found": answer_message(two_quotes(), restated=False, private=False, share=False, more=True),
    "private": answer_message(two_quotes(), restated=True, private=True, share=True, more=True),
    "shared": shared(),
    "differing": answer_message(differing(), restated=True, private=False, share=False, more=True),
    "refused": answer_message(refused(), restated=True, private=False, share=False, more=True),
    "not-found": answer_message(not_found(), restated=False, private=True, share=True, more=False),
    "reply": answer_message(help_reply(), restated=True, private=True, share=True, more=True),
    "hostile": answer_message(hostile(), restated=True, private=False, share=False, more=False),
    "long": answer_message(long(), restated=False, private=False, share=False, more=False),
    "led": answer_message(led(), restated=False, private=False, share=False, more=False),
    "listed": answer_message(listed(), restated=True, private=False, share=False, more=False),
    "unlisted": answer_message(unlisted(), restated=False, private=False, share=False, more=False),
    "repeated": answer_message(repeated(), restated=False, private=False, share=False, more=False),
    "hostile-listed": answer_message(
        said_everywhere("<!here> *b*\u202e\n> c"), restated=False, private=False, share=False, more=False
    ),
    "further": further(),
    "nothing-further": further_message(found(), more=False),
    "help": help_message("/ask", "@Legation"),
    "sources": sources_message(OVERVIEW),
    "sentence": sentence_message("Too many questions at once; try again in a minute.", HOSTILE),
    "passage": headed(),
    "ask-form": ask_view(("treaties", "<!channel> " + "letters " * 20), '{"channel": "C1"}', "Who closed Strelsau?"),
    "ask-form-one-collection": ask_view(("treaties",), ""),
    "home": home_view(OVERVIEW, "/ask", "@Legation", None),
    "home-admin": home_view(OVERVIEW, "/ask", "@Legation", GAPS),
}


def as_json(shown: Message | Block) -> str:
    value = {"text": shown.text, "blocks": shown.blocks} if isinstance(shown, Message) else shown
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def words(value: object) -> str:
    """Every text in order, without what stands around it."""
    if isinstance(value, dict):
        return "".join(
            each if name == "text" and isinstance(each, str) else words(each) for name, each in value.items()
        )
    return "".join(map(words, value)) if isinstance(value, list | tuple) else ""


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_sent(name: str) -> None:
    assert as_json(SHOWN[name]) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


def test_every_golden_file_is_compared() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == SHOWN.keys()


def test_a_long_answer_loses_what_stands_around_its_sentences_then_its_last_quotes() -> None:
    message = answer_message(long(), restated=False, private=False, share=False, more=False)
    first, _, second, _, left_out, buttons, _ = message.blocks
    assert buttons["elements"][0]["value"] == "a1:2"
    filler = ("The posts were many. " * 300).strip()
    assert words(first) == (
        f"“{filler} It closed. {PROTECTION}”[1] Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05 · "
        "Legations › Strelsau"
    )
    assert words(second) == (
        f"… “{CLOSURE}” …[2] Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05 · Legations › Strelsau"
    )
    assert words(left_out) == "1 more quote was left out for length."


def test_a_sentence_that_is_too_long_alone_is_cut_outside_its_quotation_marks() -> None:
    endless = "a" * 40_000
    message = answer_message(
        found(quote(document(endless), endless)), restated=False, private=False, share=False, more=False
    )
    shown = words(message.blocks[0])
    kept = re.match(r"“(a+)” …\[1\] Strelsau", shown)
    assert kept is not None
    assert len(kept[1]) > 9_000
    spaced = "word " * 8_000
    shown = words(
        answer_message(
            found(quote(document(spaced), spaced)), restated=False, private=False, share=False, more=False
        ).blocks[0]
    )
    assert re.match(r"“(?:word )+word” …\[1\] Strelsau", shown)


def test_an_excerpt_without_its_lead_ins_says_so() -> None:
    answer = led()
    (passage,) = answer.quotes
    within = replace(passage.document, text="x" * 20_000 + passage.document.text)
    moved = replace(
        passage,
        document=within,
        start=passage.start + 20_000,
        end=passage.end + 20_000,
        highlight=(passage.highlight[0] + 20_000, passage.highlight[1] + 20_000),
        lead_ins=((0, 20_000),),
    )
    shown = words(answer_message(found(moved), restated=False, private=False, share=False, more=False).blocks[0])
    assert shown.startswith("… “(B) Hentzau⟨U+001B⟩, or” …[1] ")


@pytest.mark.parametrize(
    ("link", "url", "leads_to"),
    [
        ("https://example.org/a#:~:text=b", "https://example.org/a", "https://example.org/a#:~:text=b"),
        ("https://example.org/" + "a" * 3_000, "HTTP://Example.org:8080?q", "HTTP://Example.org:8080?q"),
        ("https://example.org/" + "a" * 2_980, None, "https://example.org/" + "a" * 2_980),
        ("https://example.org/" + "a" * 2_981, None, None),
        (None, "https://example.org/ü", None),
        (None, "https://bank.example@evil.example/", None),
        (None, "https://", None),
        (None, "https://-/", None),
        (None, "https://example.org/\n", None),
        (None, "file:///etc/passwd", None),
    ],
)
def test_only_addresses_that_slack_takes_become_links(link: str | None, url: str | None, leads_to: str | None) -> None:
    answer = found(quote(document(url=url), CLOSURE, link=link))
    body, buttons, _ = answer_message(answer, restated=False, private=False, share=False, more=False).blocks
    cited = body["elements"][-1]["elements"]
    assert [each["url"] for each in cited if each["type"] == "link"] == ([leads_to] if leads_to else [])
    assert [each["url"] for each in buttons["elements"] if "url" in each] == ([leads_to] if leads_to else [])
    assert words(cited) == "[1] Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05 · Legations › Strelsau"


def test_the_fallback_keeps_the_citation_of_a_long_sentence() -> None:
    text = "<&> " * 500
    message = answer_message(found(quote(document(text), text)), restated=False, private=False, share=False, more=False)
    assert re.fullmatch(
        r"“(?:&lt;&amp;&gt; )+&lt;(?:&amp;)?” … \[1\] Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05",
        message.text,
    )
    assert 980 <= len(message.text) <= 1_000


def test_differences_are_told_where_all_their_quotes_are() -> None:
    answer = differing()
    assert "Sources differ" in words(
        answer_message(answer, restated=False, private=False, share=False, more=False).blocks
    )
    only = replace(answer, quotes=answer.quotes[:1])
    assert "Sources differ" not in words(further_message(only, more=False).blocks)
    many = replace(answer, differences=answer.differences * 5)
    told = words(answer_message(many, restated=False, private=False, share=False, more=False).blocks)
    assert told.count("Sources differ") == 3
    assert "They also differ on 2 other points." in told


def test_cutting() -> None:
    assert shortened(" a\n b ", 3) == "a b"
    assert shortened("abcd", 3) == "ab…"
    assert shortened("ab\u202e", 6) == "ab…"
    assert shortened("ab⟨cd", 4) == "ab…"
    assert shortened_text(" a\n b \n", 5) == "a\n b"
    assert shortened_text("abcdef", 5) == "abc …"
    assert escaped("a<b>&c", 20) == "a&lt;b&gt;&amp;c"
    assert escaped("a<b>&c", 8) == "a&lt;b…"


def test_a_collection_is_known_again_by_its_option() -> None:
    names = ("treaties", "letters", "n" * 5_000, "\ud800", "")
    view = ask_view(names, "")
    block = next(each for each in view["blocks"] if each["block_id"] == "collection")
    values = [option["value"] for option in block["element"]["options"]]
    # The list may have changed since the form was opened.
    later = tuple(reversed(("annals", *names)))
    assert [chosen_collection(value, later) for value in values] == [None, *names]
    assert chosen_collection(None, names) is None
    with pytest.raises(UsageError, match="no longer there"):
        chosen_collection(values[1], names[1:])


def test_a_form_for_very_many_collections() -> None:
    view = ask_view([f"collection {number}" for number in range(120)], "")
    block = next(each for each in view["blocks"] if each["block_id"] == "collection")
    assert len(block["element"]["options"]) == 100
    assert block["hint"]["text"] == "21 more cannot be chosen here; they are searched with all collections."


def test_a_question_stands_in_the_form_as_it_was_typed() -> None:
    assert ask_view((), "", " a\tb")["blocks"][0]["element"]["initial_value"] == " a\tb"
    assert len(ask_view((), "", "q" * 4_000)["blocks"][0]["element"]["initial_value"]) == 3_000
    assert "initial_value" not in ask_view((), "", " \n")["blocks"][0]["element"]


def test_nothing_stored_and_nothing_missed() -> None:
    empty = Overview((), None)
    assert sources_message(empty).text == "No documents are stored yet."
    assert words(sources_message(empty).blocks) == "No documents are stored yet."
    shown = words(home_view(empty, "/ask", "@Legation", ())["blocks"])
    assert "Stored hereNo documents are stored yet." in shown
    assert shown.endswith("Not answered latelyNone.")


def test_what_is_not_listed_is_counted() -> None:
    many = Overview((SearchedCollection("a", 1, None),) * 42, "soon")
    assert words(sources_message(many).blocks).endswith("2 more collections are not listed.Brought up to date soon.")
    gaps = GAPS[1:] * 21
    assert words(home_view(many, "/ask", "@Legation", gaps)["blocks"]).endswith("1 more is not listed.")


def test_a_whole_document_in_its_window() -> None:
    view = passage_view(document("Closed."), 0, 7)
    source, passage = view["blocks"]
    assert words(source) == "Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05"
    assert passage["elements"] == [
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "Closed.", "style": {"bold": True}}]}
    ]
    assert len(passage_view(document(""), 0, 0)["blocks"]) == 1
