import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from render_examples import (
    CLOSURE,
    PROTECTION,
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
from test_render_discord_escape import read
from test_render_slack import OVERVIEW, hostile, led, long

from bot.render.discord.answer import answer_message, further_message
from bot.render.discord.elements import Embed, Message, Row, Separator, Text, embed, size
from bot.render.discord.passage import passage_message
from bot.render.discord.replies import help_message, sentence_message, sources_message
from bot.types import Answer, Overview, SearchedCollection
from index.types import Heading

GOLDEN = Path(__file__).parent / "golden" / "discord"

HOSTILE = (
    "<@1> <@!1> <@&1> <#1> </ask:1> <id:browse> <:a:1> :smile: <t:1:R> @everyone [a](https://evil.example) "
    "discord.gg/evil ||spoiler|| ~~gone~~ **bold** `code` \\\n# heading\n- list\n1. list\n-# small\n"
    "> quoted\n```\nblock"
)


def hostile_answer() -> Answer:
    (passage,) = hostile().quotes
    within = replace(
        passage.document, text=HOSTILE, title="[Title](https://evil.example) 🎉", url="https://e.org/(a)_b"
    )
    moved = replace(passage, text=HOSTILE, end=len(HOSTILE), highlight=(20, 200), document=within)
    return replace(found(moved), question=HOSTILE)


def headed() -> Message:
    text = "The posts were many. " * 100 + "\n\n" + TEXT + "\n" + "Others followed.\n" * 120
    start = text.index(CLOSURE)
    headings = (Heading(0, 5, 1, "Strelsau: The closure  of 1911"), Heading(6, 9, 2, "Posts"))
    within = replace(document(text), headings=headings)
    note = "The document has changed since; this is where the sentence stands today."
    return passage_message(within, start, start + len(f"{CLOSURE} {PROTECTION}"), note)


SHOWN = {
    "found": answer_message(two_quotes(), restated=False, private=False, share=False, more=True),
    "private": answer_message(two_quotes(), restated=True, private=True, share=True, more=True),
    "shared": answer_message(
        two_quotes(), restated=True, private=False, share=False, more=False, shared_by="80351110224678912"
    ),
    "differing": answer_message(differing(), restated=True, private=False, share=False, more=True),
    "refused": answer_message(refused(), restated=True, private=False, share=False, more=True),
    "not-found": answer_message(not_found(), restated=False, private=True, share=True, more=False),
    "reply": answer_message(help_reply(), restated=True, private=True, share=True, more=True),
    "hostile": answer_message(
        hostile_answer(), restated=True, private=False, share=False, more=False, shared_by="<@1>"
    ),
    "long": answer_message(long(), restated=False, private=False, share=False, more=False),
    "led": answer_message(led(), restated=False, private=False, share=False, more=False),
    "listed": answer_message(listed(), restated=True, private=False, share=False, more=False),
    "unlisted": answer_message(unlisted(), restated=False, private=False, share=False, more=False),
    "repeated": answer_message(repeated(), restated=False, private=False, share=False, more=False),
    "hostile-listed": answer_message(
        said_everywhere("<@1> **b**\u202e\n# c"), restated=False, private=False, share=False, more=False
    ),
    "further": further_message(found(quote(document(), CLOSURE, number=4)), more=True),
    "nothing-further": further_message(found(), more=True),
    "help": help_message("@Legation"),
    "sources": sources_message(OVERVIEW),
    "sentence": sentence_message("Too many questions at once; try again in a minute.", HOSTILE),
    "passage": headed(),
}


def as_markdown(message: Message) -> str:
    """The parts of a message one below the other, and what it is as an embed and as plain text."""
    lines = []
    for part in message.parts:
        if isinstance(part, Text):
            lines.append(part.markdown)
        else:
            lines.append("=====" if isinstance(part, Separator) else as_json(part))
    below = embed(message)
    return "\n".join([*lines, "", "===== embed", *map(as_json, below.rows), "", "===== plain", message.plain, ""])


def as_json(row: Row) -> str:
    return "\n".join(json.dumps(asdict(button), ensure_ascii=False) for button in row.buttons)


def texts(message: Message) -> list[str]:
    return [part.markdown for part in message.parts if isinstance(part, Text)]


def rows(message: Message) -> list[Row]:
    return [part for part in message.parts if isinstance(part, Row)]


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_sent(name: str) -> None:
    assert as_markdown(SHOWN[name]) == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")


def test_every_golden_file_is_compared() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == SHOWN.keys()


def test_a_long_answer_loses_what_stands_around_its_sentences_then_its_last_quotes() -> None:
    message = SHOWN["long"]
    first, second, left_out = (read(text) for text in texts(message))
    assert first.quoted == ["… “It closed.” …"]
    assert second.quoted == [f"… “{CLOSURE}” …"]
    assert left_out.text == "-# 1 more quote was left out for length."[3:]
    assert [len(row.buttons) for row in rows(message)] == [2, 2, 3]
    assert rows(message)[-1].buttons[0].action == "legation:more:a1:2"


def test_a_sentence_that_is_too_long_alone_is_cut_outside_its_quotation_marks() -> None:
    for endless in ("a" * 40_000, "*" * 40_000, "👩" * 40_000, "\u202e" * 40_000):
        within = document(endless)
        message = answer_message(found(quote(within, endless)), restated=False, private=False, share=False, more=False)
        (shown,) = texts(message)
        assert read(shown).quoted[0].endswith("” …")
        assert size(shown) > 3_700
        assert "\\[1\\] [Strelsau: the closure of 1911](<https://example.org/strelsau#" in shown
        assert 1_900 < size(message.plain) <= 2_000
    spaced = "word " * 8_000
    (shown,) = texts(
        answer_message(found(quote(document(spaced), spaced)), restated=False, private=False, share=False, more=False)
    )
    assert shown.splitlines()[0].endswith("word**” …")


@pytest.mark.parametrize(
    ("link", "url", "leads_to", "opens"),
    [
        ("https://a.bc/d#:~:text=e", "https://a.bc/d", "https://a.bc/d#:~:text=e", "https://a.bc/d#:~:text=e"),
        ("https://a.bc/" + "a" * 600, "https://a.bc/d", "https://a.bc/" + "a" * 600, "https://a.bc/d"),
        ("https://a.bc/" + "a" * 600, None, "https://a.bc/" + "a" * 600, None),
        ("https://a.bc/" + "a" * 1_000, "HTTP://A.bc:80?q", "HTTP://A.bc:80?q", "HTTP://A.bc:80?q"),
        (
            "https://a.bc/(d)_<e>@f|\\'g",
            None,
            "https://a.bc/%28d%29_%3Ce%3E%40f%7C%5C%27g",
            "https://a.bc/(d)_<e>@f|\\'g",
        ),
        ("https://a.bc/" + "(" * 480, None, None, "https://a.bc/" + "(" * 480),
        (None, "https://a.bc/ü", None, None),
        (None, "https://bank.example@evil.example/", None, None),
        (None, "https://a.bc/\n", None, None),
        (None, "javascript:alert(1)", None, None),
    ],
)
def test_only_addresses_that_discord_takes_become_links(
    link: str | None, url: str | None, leads_to: str | None, opens: str | None
) -> None:
    answer = found(quote(document(url=url), CLOSURE, link=link))
    message = answer_message(answer, restated=False, private=False, share=False, more=False)
    reading = read(texts(message)[0])
    assert reading.links() == ({leads_to} if leads_to else set())
    assert [button.url for button in rows(message)[0].buttons if button.url] == ([opens] if opens else [])
    cited = reading.text.splitlines()[-1]
    assert cited == "[1] Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05 · Legations › Strelsau"


@pytest.mark.parametrize("title", ["[1]", "a*b", "16⭐", "https://a.bc"])
def test_a_title_that_cannot_be_the_name_of_a_link_is_followed_by_one(title: str) -> None:
    answer = found(quote(document(title=title, published=None), CLOSURE, pinpoint=None, link=None))
    (shown,) = texts(answer_message(answer, restated=False, private=False, share=False, more=False))
    assert read(shown).text.splitlines()[-1] == f"[1] {title} · Ruritanian Gazette · no date · open"
    assert shown.endswith(" · [open](<https://example.org/strelsau>)")


def test_only_who_shared_is_mentioned() -> None:
    assert read(texts(SHOWN["shared"])[0]).live == [("mention", "<@80351110224678912>")]
    assert read(texts(SHOWN["hostile"])[0]).live == []
    assert read(texts(SHOWN["hostile"])[0]).text.startswith("Shared by <@1>\n")


def test_differences_are_told_where_all_their_quotes_are() -> None:
    only = replace(differing(), quotes=differing().quotes[:1])
    assert "Sources differ" not in texts(further_message(only, more=True))[0]
    many = replace(differing(), differences=differing().differences * 5)
    (told, *_) = texts(answer_message(many, restated=False, private=False, share=False, more=False))
    assert told.count("**Sources differ") == 3
    assert told.endswith("**They also differ on 2 other points.**")


def test_an_embed_says_which_quotes_buttons_are_whose() -> None:
    def labels(shown: Embed) -> list[list[str]]:
        return [[button.label for button in row.buttons] for row in shown.rows]

    last = [["More quotes", "Right answer", "Wrong answer"], ["Share to channel", "Dismiss"]]
    assert labels(embed(SHOWN["private"])) == [
        ["Show in context [1]", "Open source [1]"],
        ["Show in context [2]"],
        *last,
    ]
    six = found(*(quote(document(), CLOSURE, number=number) for number in range(1, 7)))
    shown = embed(answer_message(six, restated=True, private=True, share=True, more=True))
    assert labels(shown) == [
        *(
            [f"{label} [{number}]" for number in (first, first + 1) for label in ("Show in context", "Open source")]
            for first in (1, 3, 5)
        ),
        last[0] + last[1],
    ]
    assert shown.description.count("\n\n> “**The embassy") == 6


def test_twenty_short_quotes_are_too_many_components() -> None:
    many = found(*(quote(document(url=None), CLOSURE, number=number, link=None) for number in range(1, 21)))
    message = answer_message(many, restated=True, private=True, share=True, more=True, shared_by="1")
    assert len(rows(message)) == 9 + 2
    assert texts(message)[-1] == "-# 11 more quotes were left out for length."


def test_what_is_not_listed_is_counted() -> None:
    many = sources_message(Overview((SearchedCollection("*" * 100, 1, None),) * 42, "soon"))
    assert texts(many)[0].endswith("\n-# 10 more collections are not listed.\n-# Brought up to date soon.")
    assert size(many.plain) <= 2_000
    assert texts(sources_message(Overview((), None))) == ["No documents are stored yet."]


def test_a_passage_that_is_cut_before_a_mark() -> None:
    text = "b 1. a - " * 1_000
    for start in range(4_500, 4_509):
        shown = read(texts(passage_message(document(text), start, start + 1))[0])
        assert shown.kinds() == {"link"}
        assert shown.quoted[0] in text


def test_a_whole_document_around_its_quote() -> None:
    assert texts(passage_message(document("Closed.", url=None), 0, 7)) == [
        "Strelsau: the closure of 1911 · Ruritanian Gazette · 1911-05\n> **Closed.**"
    ]
    assert len(texts(passage_message(document(""), 0, 0))[0].splitlines()) == 1
