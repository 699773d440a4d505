"""From ranked sentences to quotes: widening, repetition, numbers and offsets."""

from bot.quote import RankedSentence, select_quotes, widen
from index.search import SentenceHit
from index.types import Document, Hit, Passage, Span, StoredPassage

TEXT = (
    "The embassy in Kampala was closed in 1973. It reopened six years later. "
    "Sanctions end if two conditions are met:\n\n- prisoners are free;\n\n- elections were held.\n\n"
    "The mission in Rome now covers Spain."
)


def _document(text: str = TEXT, name: str = "a") -> Document:
    return Document(
        id=f"source/{name}.md", source="source", collection="source", path=f"{name}.md", media_type="text/markdown",
        title="Posts", publisher=None, published="1980", url=None, language=None, text=text, headings=(),
        blocks=(Span(0, len(text)),),
    )  # fmt: skip


def _spans(text: str, *sentences: str) -> tuple[Span, ...]:
    return tuple(Span(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in sentences)


SENTENCES = _spans(
    TEXT,
    "The embassy in Kampala was closed in 1973.",
    "It reopened six years later.",
    "Sanctions end if two conditions are met:",
    "prisoners are free;",
    "elections were held.",
    "The mission in Rome now covers Spain.",
)


def _ranked(
    number: int, score: float, document: Document | None = None, sentences: tuple[Span, ...] = SENTENCES
) -> RankedSentence:
    document = document or _document()
    passage = Passage(sentences[0].start, sentences[-1].end, ("Closures", "Uganda"), sentences)
    hit = Hit(StoredPassage(1, passage, document), 0.5, 0.5, 1.0)
    return RankedSentence(SentenceHit(hit, sentences[number], 0.5, 0.5, 0.5), score)


def _widened(number: int) -> str:
    span = widen(_document(), SENTENCES, SENTENCES[number])
    return TEXT[span.start : span.end]


def test_a_sentence_that_stands_alone_is_quoted_alone() -> None:
    assert _widened(0) == "The embassy in Kampala was closed in 1973."
    assert _widened(5) == "The mission in Rome now covers Spain."


def test_a_sentence_that_leans_back_takes_the_one_before() -> None:
    assert _widened(1) == "The embassy in Kampala was closed in 1973. It reopened six years later."


def test_a_lead_in_takes_its_items_and_an_item_its_lead_in() -> None:
    items = "Sanctions end if two conditions are met:\n\n- prisoners are free;\n\n- elections were held."
    assert _widened(2) == items
    assert _widened(4) == items
    assert _widened(3) == "Sanctions end if two conditions are met:\n\n- prisoners are free;"


def test_widening_stops_at_three_sentences_and_700_characters() -> None:
    text = " ".join(f"it {letter * 300} ends." for letter in "abcd")
    spans = _spans(text, *(f"it {letter * 300} ends." for letter in "abcd"))
    assert widen(_document(text), spans, spans[3]) == Span(spans[2].start, spans[3].end)
    text = "it a. it b. it c. it d."
    spans = _spans(text, "it a.", "it b.", "it c.", "it d.")
    assert widen(_document(text), spans, spans[3]) == Span(spans[1].start, spans[3].end)


def test_quotes_are_slices_numbered_in_order_with_their_highlight_and_pinpoint() -> None:
    quotes = select_quotes([_ranked(1, 0.9), _ranked(5, 0.4)], limit=5)
    assert [(q.number, q.start, q.end, q.highlight, q.score) for q in quotes] == [
        (1, 0, 71, (43, 71), 0.9),
        (2, TEXT.index("The mission"), len(TEXT), (TEXT.index("The mission"), len(TEXT)), 0.4),
    ]
    assert all(q.document.text[q.start : q.end] == q.text for q in quotes)
    assert quotes[0].pinpoint == "Closures › Uganda"
    assert quotes[0].link is None


def test_what_is_shown_already_is_not_quoted_again() -> None:
    quotes = select_quotes([_ranked(1, 0.9), _ranked(0, 0.8), _ranked(5, 0.4)], limit=5)
    assert [q.highlight for q in quotes] == [(43, 71), (TEXT.index("The mission"), len(TEXT))]


def test_near_duplicates_from_other_documents_are_shown_once() -> None:
    other = _document(TEXT.replace("closed in", "closed in,"), "b")
    spans = tuple(Span(s.start + (s.start > 0), s.end + 1) for s in SENTENCES)
    quotes = select_quotes([_ranked(0, 0.9), _ranked(0, 0.8, other, spans)], limit=5)
    assert [q.document.id for q in quotes] == ["source/a.md"]


def test_a_quote_never_overlaps_an_earlier_one_of_its_document() -> None:
    quotes = select_quotes([_ranked(0, 0.9), _ranked(1, 0.8)], limit=5)
    assert [(q.start, q.end) for q in quotes] == [(0, 42), (43, 71)]


def test_the_limit_is_kept() -> None:
    assert [q.number for q in select_quotes([_ranked(0, 0.9), _ranked(5, 0.4)], limit=1)] == [1]
    assert select_quotes([], limit=5) == ()


def test_a_sentence_that_a_quote_from_another_document_shows_is_not_quoted_again() -> None:
    copy = _document(name="b")
    quotes = select_quotes([_ranked(1, 0.9), _ranked(0, 0.8, copy), _ranked(5, 0.4, copy)], limit=5)
    assert [(q.document.id, q.start) for q in quotes] == [
        ("source/a.md", 0),
        ("source/b.md", TEXT.index("The mission")),
    ]
