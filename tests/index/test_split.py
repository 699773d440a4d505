"""Passages and sentences: exact on small documents, and what holds for every document."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import read, readable
from index.sentences import WINDOW, cut_near, sentences
from index.split import MOST_SENTENCES, encoded_text, split
from index.types import Document, Heading, Passage, Span

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"


def count_words(text: str) -> int:
    return len(text.split())


def count_letters(text: str) -> int:
    return len("".join(text.split()))


def document(text: str, blocks: list[Span], headings: list[Heading] | None = None, title: str = "") -> Document:
    return Document(
        id="own/a.txt", source="own", collection="own", path="a.txt", media_type="text/plain", title=title,
        publisher=None, published=None, url=None, language=None, text=text, headings=tuple(headings or ()),
        blocks=tuple(blocks),
    )  # fmt: skip


def from_lines(text: str, title: str = "") -> Document:
    """Every line is a block, or a heading if it begins with #."""
    blocks, headings, start = [], [], 0
    for line in text.split("\n"):
        words = line.lstrip("#")
        level = len(line) - len(words)
        if level:
            headings.append(Heading(start, start + len(line), level, words.strip()))
        elif line.strip():
            blocks.append(Span(start, start + len(line)))
        start += len(line) + 1
    return document(text, blocks, headings, title)


def texts(of: Document, passages: tuple[Passage, ...]) -> list[str]:
    return [of.text[passage.start : passage.end] for passage in passages]


def sentence_texts(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text, Span(0, len(text)))]


def check_invariants(of: Document, count: Callable[[str], int], most: int) -> None:
    passages = split(of, count, most)
    blocks = of.blocks if any(of.text[b.start : b.end].strip() for b in of.blocks) else of.headings
    inside = [place for block in blocks for place in range(block.start, block.end)]
    wanted = [place for place in inside if not of.text[place].isspace()]
    spans = [span for passage in passages for span in passage.sentences]
    covered = [place for span in spans for place in range(span.start, span.end)]
    # Every character of every block, once and in order, and none outside of the blocks.
    assert [place for place in covered if not of.text[place].isspace()] == wanted
    assert set(covered) <= set(inside)
    for passage in passages:
        text = of.text[passage.start : passage.end]
        assert text == text.strip() != ""
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        assert count(text) <= most
        assert len(passage.sentences) <= MOST_SENTENCES
        if of.blocks and blocks is of.blocks:
            assert not [h for h in of.headings if passage.start < h.end and h.start < passage.end]
    for span in spans:
        sentence = of.text[span.start : span.end]
        assert sentence == sentence.strip() != ""
        assert [block for block in blocks if block.start <= span.start and span.end <= block.end]


@pytest.mark.parametrize(
    "expected",
    [
        ["The U.S. Government sent Mr. Hale.", "He left on Jan. 3 with Gen. Orne and Sgt. Pike."],
        ["See Op. 8(d) and para. 3 of Pub. L. 115–44.", "22 U.S.C. 9214 applies, e.g. to No. 5."],
        ["The first U.S. Ambassador came in 1961.", "The ex-U.S. Minister stayed."],
        ["He never saw the U.S.", "The embassy wrote to J. B. Smith in St. Petersburg."],
        ["Lieutenant Colonel S.G.W. Benjamin met J.-P. Orne (Q.X.Z. Hale’s uncle).", "He left."],
        ["“K.Q.V. Hale” is an a.k.a. of Q.X.Z. HALE.", "They wrote to Q.X.Z.", "The next day it was read."],
        ["It was sold to Acme Inc.", "The price was $1.5 million, i.e. little vs. its worth."],
        ["It was sold by Acme Inc. and Orient Ltd. of Malta."],
        ["“We are closed.”", "(So said Amb. Reyes.)", "Nobody asked again."],
        ["He had “no … money.”", "Then he waited...", "Nothing came."],
        ["That ended with World War I.", "During the next he was in Bern."],
        ["It came in the 19th century.", "Norway followed."],
        ["The post closed in 1979.[3]", "It reopened in 1994.[4]"],
        ["“Stop!” cried the guard.", "Was it over?", "It was!"],
        ["(1) to block the property of the person; and"],
        ["1. The property is blocked.", "It stays so."],
        ["أغلقت السفارة عام 1967.", "هل ستفتح من جديد؟", "لا أحد يعلم."],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(expected: list[str]) -> None:
    assert sentence_texts(" ".join(expected)) == expected


def test_sentences_without_spaces_between_them() -> None:
    assert sentence_texts("大使馆已关闭。何时重开？「尚不清楚。」他说。") == [
        "大使馆已关闭。",
        "何时重开？",
        "「尚不清楚。」",
        "他说。",
    ]
    assert sentence_texts("It closed in 1910.A consulate opened.") == [
        "It closed in 1910.",
        "A consulate opened.",
    ]


def test_sentences_are_the_same_across_the_window() -> None:
    one = "The U.S. Embassy at Porto Alba was closed by Mr. Hale on Jan. 3, 1911."
    assert sentence_texts(" ".join([one] * 300)) == [one] * 300


def test_a_sentence_longer_than_the_window_is_cut_at_white_space() -> None:
    pieces = sentence_texts("legation " * 1000)
    assert " ".join(pieces) == " ".join(["legation"] * 1000)
    assert max(len(piece) for piece in pieces) <= WINDOW


def test_cutting_keeps_what_is_drawn_as_one() -> None:
    text = "xé\u0301👩\u200d🚀👍🏽y"
    span = Span(0, len(text))
    assert [cut_near(text, span, target) for target in range(len(text) + 1)] == [1, 1, 1, 3, 3, 3, 6, 6, 8, 8]


def test_blocks_of_one_section_are_packed_together() -> None:
    of = from_lines("# A\none two.\nthree four.\n# B\nfive.")
    assert split(of, count_words, 10) == (
        Passage(4, 24, ("A",), (Span(4, 12), Span(13, 24))),
        Passage(29, 34, ("B",), (Span(29, 34),)),
    )


def test_passages_are_even_and_break_between_blocks() -> None:
    of = from_lines("a a a a.\nb b b b.\nc c c c.\nd.")
    assert texts(of, split(of, count_words, 12)) == ["a a a a.\nb b b b.", "c c c c.\nd."]


def test_a_block_that_is_too_long_is_cut_between_sentences() -> None:
    of = from_lines("One two three. Four five six. Seven eight nine.")
    assert texts(of, split(of, count_words, 6)) == ["One two three. Four five six.", "Seven eight nine."]


def test_a_sentence_that_is_too_long_is_cut_evenly_into_sentences() -> None:
    of = from_lines("one two three four five six seven eight nine")
    passages = split(of, count_words, 5)
    assert texts(of, passages) == ["one two three four five", "six seven eight nine"]
    assert [passage.sentences for passage in passages] == [(Span(0, 23),), (Span(24, 44),)]


def test_a_lead_in_stays_with_its_items() -> None:
    of = from_lines(
        "The report is due in May.\n(b) Sanctions\nThe President shall\n"
        "(1) block property; or\n(2) deny visas.\nThe end is near now."
    )
    assert texts(of, split(of, count_words, 14)) == [
        "The report is due in May.",
        "(b) Sanctions\nThe President shall\n(1) block property; or\n(2) deny visas.",
        "The end is near now.",
    ]


def test_list_markers_lie_in_passages_but_in_no_sentence() -> None:
    of = document("- one.\n- two.", [Span(2, 6), Span(9, 13)])
    assert split(of, count_words, 3) == (Passage(2, 13, (), (Span(2, 6), Span(9, 13))),)
    assert texts(of, split(of, count_words, 2)) == ["one.", "two."]


def test_headings_are_those_above_without_the_title() -> None:
    of = from_lines("# Oman\n## Posts\n### Muscat\nopen.\n## Law\nnone.\n# Other\nlast.", title="oman ")
    assert [passage.headings for passage in split(of, count_words, 9)] == [
        ("Posts", "Muscat"),
        ("Law",),
        ("Other",),
    ]


def test_headings_alone_are_kept() -> None:
    of = from_lines("# The legation is closed\n\n## So is the consulate", title="Notice")
    assert split(of, count_words, 20) == (Passage(0, 48, (), (Span(0, 24), Span(26, 48))),)
    assert split(replace(of, headings=()), count_words, 20) == ()


def test_blocks_of_white_space_are_skipped() -> None:
    assert split(document("  \n one. ", [Span(0, 2), Span(3, 9)]), count_words, 5) == (
        Passage(4, 8, (), (Span(4, 8),)),
    )
    assert split(document(" ", [Span(0, 1)]), count_words, 5) == ()


def test_encoded_text_names_title_and_headings() -> None:
    of = from_lines("# Oman\n## Posts\nIt is open.", title="Oman")
    (passage,) = split(of, count_words, 9)
    assert encoded_text(of, passage) == "Oman\nPosts\nIt is open."
    assert encoded_text(replace(of, title=""), replace(passage, headings=())) == "It is open."


def test_tokens_are_counted_about_once_a_sentence() -> None:
    calls: list[str] = []

    def count(text: str) -> int:
        calls.append(text)
        return count_words(text)

    split(from_lines("It is closed. It is open.\n" * 100), count, 50)
    assert calls == ["It is closed.", "It is open."] * 100


LINES = st.text(
    st.sampled_from('ab A.Z 1!?…。؟”")([]-\t\u00a0\u0301\u200d👩🏽مה使館') | st.characters(exclude_categories=["Cs"]),
    max_size=60,
).map(lambda line: " ".join(line.splitlines()))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text, blocks, headings = "", [], []
    for line in draw(st.lists(LINES, max_size=12)):
        text += draw(st.sampled_from(["", "\n", "\n\n", "\n- ", "\n> * "]))
        kind = draw(st.integers(0, 8))
        if 1 <= kind <= 6 and draw(st.booleans()):
            headings.append(Heading(len(text), len(text) + len(line), kind, line.strip()))
        elif kind < 8:
            blocks.append(Span(len(text), len(text) + len(line)))
        text += line
    return document(text, blocks, headings, draw(LINES))


@settings(deadline=None, max_examples=200)
@given(of=documents(), most=st.integers(1, 30))
def test_invariants_hold_for_any_document(of: Document, most: int) -> None:
    check_invariants(of, count_words, most)


@settings(deadline=None, max_examples=100)
@given(text=st.text(st.sampled_from("ab .。使\n"), max_size=400), most=st.integers(1, 30))
def test_invariants_hold_where_words_have_to_be_cut(text: str, most: int) -> None:
    of = document(text, [Span(0, len(text))])
    check_invariants(of, count_letters, most)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the checkout")
def test_invariants_hold_for_real_documents() -> None:
    paths = [path for path in sorted(CORPUS.rglob("*")) if path.is_file() and readable(path.name)]
    assert len(paths) == 856
    for path in paths:
        reading = read(path.read_bytes(), path.name).readings[0]
        of = document(reading.text, list(reading.blocks), list(reading.headings), reading.title or "")
        check_invariants(of, count_words, 90)
