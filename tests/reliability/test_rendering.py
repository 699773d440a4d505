"""Nothing foreign comes to life: whatever documents, lists and askers say is letters in Slack, in Discord and on a
terminal, and a quote can be read off byte for byte. (There is no renderer to HTML.)

What is sent is read by a small reader of each platform, which knows nothing of how it was written. A round is one
answer, and what else is shown of documents; it draws at least ``LEAST`` strings (tests/reliability/hostile_answers.py).
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import unquote

from bot.render.discord.answer import answer_message as discord_answer
from bot.render.discord.answer import further_message as discord_further
from bot.render.discord.elements import Message as DiscordMessage
from bot.render.discord.elements import Row, Text, embed
from bot.render.discord.passage import passage_message
from bot.render.discord.replies import sentence_message as discord_sentence
from bot.render.discord.replies import sources_message as discord_sources
from bot.render.explain import render_explanation
from bot.render.slack.answer import answer_message as slack_answer
from bot.render.slack.answer import further_message as slack_further
from bot.render.slack.ask_form import ask_view
from bot.render.slack.elements import Message as SlackMessage
from bot.render.slack.home import home_view
from bot.render.slack.passage import notice_view, passage_view
from bot.render.slack.replies import sentence_message as slack_sentence
from bot.render.slack.replies import sources_message as slack_sources
from bot.render.terminal import render_answer, render_document, render_passage
from bot.types import Answer, Gap, Overview, Quote, SearchedCollection
from tests.bot.test_render_discord_escape import read as read_discord
from tests.reliability.hostile_answers import Strings, hostile_answer
from tests.rounds import Rounds

LEAST = 25
LONG = 1_000_000 // LEAST
SHORT = 100

_NAMED = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")
_CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_OURS = re.compile(r"\x1b\[(?:0|1|2|1;7)m|\x1b\]8;;(https?://[!-~]+)?\x1b\\", re.IGNORECASE)


def recovered(shown: str) -> str:
    """The text that is meant by what is shown: a character that cannot be seen is named by its number."""
    return _NAMED.sub(lambda found: chr(int(found[1], 16)), shown)


def meant(text: str) -> str:
    """What can be recovered of a text: a tab is shown as a space."""
    return text.replace("\t", " ")


def read_slack(value: object) -> Iterator[tuple[str, str]]:
    """Everything that Slack would make something else of than letters: its kind, and what it is."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from read_slack(each)
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in {"user", "usergroup", "channel", "team", "broadcast", "emoji", "date", "color"}:
        yield kind, str(value)
    if kind in {"mrkdwn", "markdown", "section", "image", "rich_text_preformatted"}:
        yield "markup", str(value)
    if kind == "plain_text" and value.get("emoji") is not False and re.search(r":[\w+-]+:", value["text"]):
        yield "emoji", value["text"]
    if kind == "text" and value.get("style", {}).keys() - {"bold"}:
        yield "style", str(value)
    if "url" in value:
        yield "link", value["url"]
    for each in value.values():
        yield from read_slack(each)


def check_slack(sent: SlackMessage | dict[str, Any], mentions: int = 0) -> set[str]:
    """The links in it; it has no other life, but for so many mentions of who shared it."""
    live = list(read_slack(list(sent.blocks) if isinstance(sent, SlackMessage) else sent))
    assert [each for each in live if each[0] not in ("link", "user")] == []
    assert sum(kind == "user" for kind, _ in live) == mentions
    assert not any(_CONTROLS.search(text) for text in _texts(sent.blocks if isinstance(sent, SlackMessage) else sent))
    if isinstance(sent, SlackMessage):
        assert not set("<>&") & set(re.sub("&(?:amp|lt|gt);", "", sent.text))
        assert not _CONTROLS.search(html.unescape(sent.text))
    return {what for kind, what in live if kind == "link"}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "text" and isinstance(each, str):
                yield each
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def slack_quotes(message: SlackMessage) -> list[str]:
    """What stands in quotation marks, one string for each quote, lead-ins left out."""
    bodies = [[part for part in block["elements"] if part["type"] == "rich_text_quote"] for block in message.blocks
              if block["type"] == "rich_text"]  # fmt: skip
    whole = ["".join(element["text"] for element in parts[-1]["elements"]) for parts in bodies if parts]
    return [each.removesuffix(" …").removeprefix("“").removesuffix("”") for each in whole]


def check_discord(message: DiscordMessage, live: set[str]) -> tuple[set[str], list[str]]:
    """The links in it, and what stands in block quotes, text by text; it has no other life than ``live``."""
    links, quotes = set(), []
    for written in (*(part.markdown for part in message.parts if isinstance(part, Text)), message.plain):
        reading = read_discord(written)
        assert reading.kinds() <= live
        assert not _CONTROLS.search(written)
        links |= reading.links()
        quotes += ["\n".join(reading.quoted)] if reading.quoted and written is not message.plain else []
    assert read_discord(embed(message).description).kinds() <= live
    for part in message.parts:
        if isinstance(part, Row):
            assert not any(_CONTROLS.search(button.label) for button in part.buttons)
            links |= {button.url for button in part.buttons if button.url}
    return links, quotes


def check_terminal(written: str) -> str:
    """The letters on the screen; nothing else steers it than our own styles and links."""
    assert all(not link or not _CONTROLS.search(link) for link in _OURS.findall(written))
    bare = _OURS.sub("", written)
    assert not _CONTROLS.search(bare)
    assert not any(unicodedata.category(each) in ("Cc", "Cs") for each in bare if each != "\n")
    return bare


def leading(links: set[str]) -> set[str]:
    """Where they lead: Discord gets some characters of an address escaped."""
    assert all(re.fullmatch(r"(?i:https?)://[a-z0-9][!-~]*", each) for each in links)
    return {unquote(each) for each in links}


def addresses(answer: Answer) -> set[str]:
    """Where links may lead: to the addresses of what is cited, as far as they are any."""
    near = (*answer.quotes, *answer.nearest, *answer.candidates)
    cited: list[Any] = [*near, *(same for quote in near for same in quote.repeated)]
    given = {address for each in cited for address in (each.link, each.document.url) if address}
    return {unquote(each) for each in given if re.fullmatch(r"(?i:https?)://[a-z0-9][!-~]*", each)}


def inert(quotes: tuple[Quote, ...]) -> list[Quote]:
    """Those whose own text names no character by its number, so that what is shown of it can mean one thing only."""
    return [quote for quote in quotes if "⟨" not in quote.text]


def drawn(random: Random) -> tuple[Strings, Answer]:
    strings = Strings(random)
    answer = hostile_answer(strings)
    assert strings.drawn >= LEAST
    return strings, answer


def overview(strings: Strings) -> Overview:
    return Overview(
        (SearchedCollection(strings(), 1, strings()), SearchedCollection(strings() + "a", 2, None)), strings()
    )


def test_slack(rounds: Rounds) -> None:
    for number, random in rounds(SHORT, LONG):
        strings, answer = drawn(random)
        private, shared = random.random() < 0.5, random.choice((None, "U1"))
        message = slack_answer(answer, restated=True, private=private, share=private, more=True, shared_by=shared)
        assert leading(check_slack(message, int(shared is not None))) <= addresses(answer), number
        assert leading(check_slack(slack_further(answer, more=True))) <= addresses(answer), number
        if answer.found:
            shown = slack_quotes(message)
            assert len(shown) == len(answer.quotes)
            for quote, text in zip(answer.quotes, shown, strict=True):
                assert quote not in inert(answer.quotes) or recovered(text) == meant(quote.text), number
        quote = (*answer.quotes, *answer.nearest)[0]
        within = quote.document
        assert leading(check_slack(passage_view(within, quote.start, quote.end, strings()))) <= addresses(answer), (
            number
        )
        known, said = overview(strings), strings()
        gap = Gap(strings() + "a", 2, "1911-05-04", 1, (strings(),))
        views = (notice_view(strings(), said), ask_view([each.name for each in known.collections], "m", said))
        for view in (*views, home_view(known, strings(), strings(), [gap])):
            assert check_slack(view) == set(), number
        for each in (slack_sources(known), slack_sentence(said, strings()), slack_sentence(said)):
            assert check_slack(each) == set(), number


def test_discord(rounds: Rounds) -> None:
    for number, random in rounds(SHORT, LONG):
        strings, answer = drawn(random)
        private, shared = random.random() < 0.5, random.choice((None, "1"))
        message = discord_answer(answer, restated=True, private=private, share=private, more=True, shared_by=shared)
        live = {"link", "small"}
        links, shown = check_discord(message, live | ({"mention"} if shared else set()))
        assert leading(links) <= addresses(answer), number
        further, _ = check_discord(discord_further(answer, more=True), live)
        assert leading(further) <= addresses(answer), number
        if answer.found:
            assert len(shown) == len(answer.quotes)
            for quote, text in zip(answer.quotes, shown, strict=True):
                body = text.removesuffix(" …")
                assert body.endswith("”")
                if quote in inert(answer.quotes):
                    assert recovered(body[:-1]).endswith("“" + meant(quote.text)), number
        quote = (*answer.quotes, *answer.nearest)[0]
        links, _ = check_discord(passage_message(quote.document, quote.start, quote.end, strings()), live)
        assert leading(links) <= addresses(answer), number
        for each in (discord_sources(overview(strings)), discord_sentence(strings(), strings())):
            assert check_discord(each, {"list", "small"})[0] == set(), number


def test_terminal(rounds: Rounds) -> None:
    for number, random in rounds(SHORT, LONG):
        _, answer = drawn(random)
        width, colour, linked = random.randint(20, 100), random.random() < 0.5, random.random() < 0.5
        written = render_answer(answer, width, colour, linked)
        bare = check_terminal(written)
        assert colour or linked or bare == written, number
        assert leading(set(_OURS.findall(written)) - {""}) <= addresses(answer), number
        shown = unspaced(bare)
        for quote in inert(answer.quotes):
            # White space is where lines are broken; all else is there, and means what the document says.
            assert unspaced(meant(quote.text)) in unspaced(recovered(shown)), number
        check_terminal(render_explanation(answer, width, colour))
        quote = (*answer.quotes, *answer.nearest)[0]
        check_terminal(render_passage(quote.document, quote.start, quote.end, width, colour))
        whole = check_terminal(render_document(quote.document, width, colour))
        if "⟨" not in quote.document.text:
            assert unspaced(recovered(unspaced(whole))).endswith(unspaced(meant(quote.document.text))), number


def unspaced(text: str) -> str:
    return "".join(text.split())
