import re
import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_examples import document
from text_directives import first_match, terms

from bot.link import LONGEST_DIRECTIVE, deep_link

URL = "https://example.org/page"
LONG = "The embassy in Strelsau was closed on 4 May 1911 and its archives went to the Legation of Zenda."


def linked(text: str, start: int, end: int) -> str:
    link = deep_link(document(text, url=URL), start, end)
    assert link is not None
    return link


def directive(text: str, quote: str) -> str:
    start = text.rindex(quote)
    link = linked(text, start, start + len(quote))
    assert link.startswith(f"{URL}#:~:text=")
    return link.removeprefix(f"{URL}#:~:text=")


WORDS = (
    "a",
    "the",
    "The",
    "embassy",
    "Embassy,",
    "closed.",
    "re-opened",
    "(and",
    "R&D",
    "50%",
    "é",
    "café;",
    "А",
)


@st.composite
def quoted_documents(draw: st.DrawFn) -> tuple[str, int, int]:
    """A text of few words in which every fifth is one of its kind, and a span of whole words of it."""
    kind = count()
    lines = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), min_size=1, max_size=6))
    marked = [
        [f"mark{next(kind)}" if place % 5 == 4 or place == len(line) - 1 else word for place, word in enumerate(line)]
        for line in lines
    ]
    gaps = draw(st.sampled_from([" ", "  ", "\N{NO-BREAK SPACE}"]))
    text = draw(st.sampled_from(["\n", "\n\n"])).join(gaps.join(line) for line in marked)
    spans = [found.span() for found in re.finditer(r"\S+", text)]
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, len(spans) - 1))
    return text, spans[first][0], spans[last][1]


@given(quoted_documents())
def test_first_match_is_the_quote(case: tuple[str, int, int]) -> None:
    text, start, end = case
    assert first_match(text, linked(text, start, end)) == (start, end)


@given(st.text(st.characters(exclude_categories=())), st.data())
def test_any_text_gives_a_plain_address(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    link = linked(text, start, end)
    assert re.fullmatch(re.escape(URL) + r"(#:~:text=[!-~]+)?", link)
    assert link == linked(text, start, end)


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("It closed. It opened.", "It closed.", "It%20closed."),
        ("A re-opened, R&D post", "re-opened, R&D", "re%2Dopened%2C%20R%26D"),
        ("Fermée à Łódź", "à Łódź", "%C3%A0%20%C5%81%C3%B3d%C5%BA"),
        ("Two  spaces\N{NO-BREAK SPACE}here", "Two  spaces\N{NO-BREAK SPACE}here", "Two%20spaces%20here"),
        (
            " ".join("abcdefghijklmno") + " " + "x" * 80,
            "k l m n o " + "x" * 80,
            "k%20l%20m%20n%20o%20" + "x" * 80,
        ),
        (
            LONG,
            LONG,
            "The%20embassy%20in%20Strelsau%20was,to%20the%20Legation%20of%20Zenda.",
        ),
        ("Closed:\n- Zenda\n- Hentzau", "Closed:\n- Zenda\n- Hentzau", "Closed%3A,Hentzau"),
        # Repeated words get context: before, within the line before, then after.
        ("Zenda: closed. Hentzau: closed.", "closed.", "closed.%20Hentzau%3A-,closed."),
        ("# Zenda\n\nClosed.\n\n# Hentzau\n\nclosed.", "closed.", "Hentzau-,closed."),
        ("- Zenda\n- closed\n- Hentzau\n- closed", "closed", "Hentzau-,closed"),
        ("Closed in May\nClosed in June", "Closed in", "in%20May-,Closed%20in"),
        ("Zenda\nClosed\nMay\nZenda\nClosed\nJune", "Closed", "Zenda-,Closed,-June"),
        # The last term comes again within the quote.
        ("Posts\nZenda\nShut\nZenda\nOpen", "Posts\nZenda\nShut\nZenda", "Posts,Zenda,-Open"),
        # Words that are the same everywhere lead to the first of them, with all the context there is.
        ("Closed.\nClosed.\nClosed.\nClosed.", "Closed.", "Closed.-,Closed."),
    ],
)
def test_directives(text: str, quote: str, expected: str) -> None:
    assert directive(text, quote) == expected


def test_chinese_is_cut_behind_its_punctuation() -> None:
    clauses = [f"第{number}号使馆于一九一一年五月关闭。" for number in range(12)]
    text = "".join(clauses)
    assert terms(linked(text, 0, len(text))) == (None, "".join(clauses[:5]), "".join(clauses[-5:]), None)


def test_a_directive_that_grows_too_long_is_left_out() -> None:
    text = "ไ" * (LONGEST_DIRECTIVE // 9 + 1)
    assert linked(text, 0, len(text)) == URL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a#part", "https://example.org/a#part:~:text=Closed."),
        ("https://example.org/a#", "https://example.org/a#:~:text=Closed."),
        ("https://example.org/a#x:~:text=old", "https://example.org/a#x:~:text=Closed."),
        ("HTTP://example.org/?a=1&b=%20;c", "HTTP://example.org/?a=1&b=%20;c#:~:text=Closed."),
        (
            "https://example.org/ü \x1b\\<b>|`",
            "https://example.org/%C3%BC%20%1B%5C%3Cb%3E%7C%60#:~:text=Closed.",
        ),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a#:~:text=Closed."),
        ("javascript:alert(1)//https://example.org", None),
        ("file:///etc/hosts", None),
        ("https://", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses(url: str | None, expected: str | None) -> None:
    assert deep_link(document("Closed.", url=url), 0, 7) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [(None, "https://example.org/a.pdf#zoom=50"), (3, "https://example.org/a.pdf#page=3")],
)
def test_a_pdf_opens_at_its_page(page: int | None, expected: str) -> None:
    report = document("Closed.", url="https://example.org/a.pdf#zoom=50", media_type="application/pdf")
    assert deep_link(report, 0, 7, page) == expected


def test_a_quote_without_words_links_the_page() -> None:
    assert linked("Closed *** again", 7, 10) == URL
    assert linked("Closed", 3, 3) == URL


@pytest.mark.parametrize("line_end", [" ", "\n"])
def test_time_is_linear(line_end: str) -> None:
    text = f"the same words again and again{line_end}" * 130_000
    began = time.process_time()
    linked(text, len(text) // 2, len(text) // 2 + 400)
    assert time.process_time() - began < 2
