"""From ranked sentences to quotes: choice, order, repetition, numbers and offsets."""

from dataclasses import replace
from datetime import date

from bot.answer import check_quotes
from bot.quote import RankedSentence, select_quotes
from bot.types import Part, Quote
from index.search import SentenceHit
from index.types import Document, Entry, Hit, ListedName, Passage, Span, StoredPassage

TODAY = date(2026, 1, 1)
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


def _alone(name: str, text: str, score: float, published: str | None = None) -> RankedSentence:
    """A document of one sentence."""
    document = replace(_document(text, name), published=published)
    return _ranked(0, score, document, (Span(0, len(text)),))


def _texts(ranked: list[RankedSentence], limit: int = 5, spread: bool = False, as_of: date | None = None) -> list[str]:
    return [quote.text for quote in select_quotes(ranked, limit, spread, as_of)]


def test_other_names_numbers_and_turns_are_no_repetition() -> None:
    told = "Ruritania severed diplomatic relations with Zenda on June 6, 1907, in the wake of the war."
    others = [
        told.replace("Ruritania", "Hentzau"),
        told.replace("June 6", "June 7"),
        told.replace("severed", "never severed"),
    ]
    ranked = [_alone(str(n), text, 0.9 - n / 10) for n, text in enumerate([told, *others])]
    assert _texts(ranked) == [told, *others]
    same = [_alone("a", told, 0.9), _alone("b", told.replace("in the wake", "in wake"), 0.8)]
    assert _texts(same) == [told]


def test_the_parts_of_a_score_go_with_the_quote() -> None:
    read = Part("reader", 3.0, 0.5)
    best = replace(_ranked(0, 0.9), values={"dense": 0.5}, weights={"dense": 2.5}, read=read)
    quotes = select_quotes([best, _ranked(5, 0.8)], limit=2)
    assert [quote.parts for quote in quotes] == [(Part("dense", 0.5, 1.25), read), ()]


def test_a_list_is_gathered_over_the_documents_that_are_nearly_as_good() -> None:
    text = "Consulates closed in Rome. Legations closed in Oslo. Missions closed in Bern."
    rome, oslo, bern = _spans(
        text, "Consulates closed in Rome.", "Legations closed in Oslo.", "Missions closed in Bern."
    )
    one, two, three = (_document(text, name) for name in "abc")
    ranked = [
        _ranked(0, 0.80, one, (rome, oslo, bern)),
        _ranked(1, 0.79, one, (rome, oslo, bern)),
        _ranked(2, 0.70, two, (rome, oslo, bern)),
        _ranked(1, 0.30, three, (rome, oslo, bern)),
    ]
    places = [(quote.document.path, quote.start) for quote in select_quotes(ranked, 5, spread=True)]
    # The third document is below SPREAD_FROM of the best, and what it says was quoted already.
    assert places == [("a.md", 0), ("b.md", bern.start), ("a.md", oslo.start)]
    places = [(quote.document.path, quote.start) for quote in select_quotes(ranked, 5)]
    assert places == [("a.md", 0), ("a.md", oslo.start), ("b.md", bern.start)]


def test_about_the_present_the_newer_of_nearly_equal_scores_comes_first() -> None:
    ranked = [
        _alone("undated", "Oslo covers Bergen.", 0.90),
        _alone("old", "Rome covers Malta.", 0.89, "2009"),
        _alone("new", "Bern covers Vaduz.", 0.86, "2021-03-01"),
        _alone("worse", "Lima covers Cuzco.", 0.80, "2024"),
    ]
    assert _texts(ranked, as_of=TODAY) == [
        "Bern covers Vaduz.", "Rome covers Malta.", "Oslo covers Bergen.", "Lima covers Cuzco.",
    ]  # fmt: skip
    assert _texts(ranked)[0] == "Oslo covers Bergen."
    assert [quote.number for quote in select_quotes(ranked, 5, as_of=TODAY)] == [1, 2, 3, 4]


def test_about_the_present_the_newer_of_two_that_say_the_same_is_quoted() -> None:
    told = "The embassy in Oslo also covers Bergen and the islands to the north of it."
    ranked = [
        _alone("old", told, 0.9, "2009"),
        _alone("else", "Rome covers Malta.", 0.8, "2010"),
        _alone("new", told.replace("also covers", "covers"), 0.6, "2021"),
    ]
    assert [quote.document.path for quote in select_quotes(ranked, 5)] == ["old.md", "else.md"]
    newer = select_quotes(ranked, 5, as_of=TODAY)
    assert [(quote.number, quote.document.path, quote.score) for quote in newer] == [
        (1, "new.md", 0.6), (2, "else.md", 0.8),
    ]  # fmt: skip


def test_about_the_present_the_latest_event_of_about_the_best_comes_first() -> None:
    ranked = [
        _alone("a", "The post in Oslo was reopened in 2002.", 0.90),
        _alone("b", "Oslo is a town.", 0.80),
        _alone("c", "The post in Oslo was closed in 1989.", 0.70),
        _alone("d", "In 2022 Oslo grew.", 0.60),
        _alone("e", "The post in Oslo was closed on May 4, 2021.", 0.50),
        _alone("f", "The post in Oslo will be reopened in 2040.", 0.40),
        _alone("g", "The post in Bern was closed in 2023.", 0.30),
    ]
    # What tells no date keeps its place; what is to come, or scores too low, does not count.
    texts = [item.text for item in ranked]
    assert _texts(ranked, 7, as_of=TODAY) == [texts[place] for place in (4, 1, 0, 2, 3, 5, 6)]
    assert _texts(ranked, 7) == texts


HALF = {"names_missing": -0.5}


def test_about_the_present_what_names_less_of_what_is_asked_stays_behind() -> None:
    ranked = [
        replace(_alone("a", "The post in Oslo was closed in 1989.", 0.9), values={"names_missing": 0.0}, weights=HALF),
        replace(_alone("b", "The post in Bern was closed in 1999.", 0.8), values={"names_missing": 0.5}, weights=HALF),
    ]
    assert _texts(ranked, as_of=TODAY) == [item.text for item in ranked]


def test_an_item_is_quoted_with_what_it_belongs_to() -> None:
    text = f"The Duke shall close any post that\n\n(1) {'long ' * 140}stood empty; or\n\n(2) was sold."
    pieces = text.split("\n\n")
    spans = _spans(text, *pieces)
    document = replace(_document(text), blocks=spans)
    (quote,) = select_quotes([_ranked(2, 0.9, document, spans)], limit=5)
    assert (quote.text, quote.lead_ins) == ("(2) was sold.", ((0, len(pieces[0])),))
    # Also where the list begins in another passage.
    (quote,) = select_quotes([_ranked(0, 0.9, document, spans[2:])], limit=5)
    assert (quote.text, quote.lead_ins) == ("(2) was sold.", ((0, len(pieces[0])),))
    assert all(quote.lead_ins == () for quote in select_quotes([_ranked(1, 0.9), _ranked(5, 0.4)], limit=5))


def test_labels_and_markers_are_not_quoted_alone() -> None:
    text = "(i)\n\n(2) Food; medicine\n\nThe ban does not reach food."
    spans = _spans(text, *text.split("\n\n"))
    document = replace(_document(text), blocks=spans)
    alone = [_ranked(0, 0.9, document, spans[:1]), _ranked(0, 0.8, document, spans[1:2])]
    assert select_quotes(alone, limit=5) == ()
    (quote,) = select_quotes([_ranked(1, 0.8, document, spans)], limit=5)
    assert quote.text == "(2) Food; medicine\n\nThe ban does not reach food."


def test_one_sentence_is_never_cut() -> None:
    text = f"The Duke closed {'and closed ' * 70}the post."
    (quote,) = select_quotes([_alone("a", text, 0.9)], limit=5)
    assert quote.text == text


STORY = "The embassy in Kampala was closed on 8 November 1973, an official said."


def _story(name: str, text: str = STORY, published: str = "1980", entry: Entry | None = None) -> RankedSentence:
    """The story with a line before it in a document of its own, ranked."""
    whole = f"From {name}.\n\n{text}"
    document = replace(
        _document(whole, name), published=published, url=f"https://example.org/{name}", entry=entry,
        blocks=(Span(0, len(whole) - len(text) - 2), Span(len(whole) - len(text), len(whole))),
    )  # fmt: skip
    return _ranked(1, 0.5, document, _spans(whole, f"From {name}.", text))


def _cited(quote: Quote) -> list[tuple[str, str]]:
    return [(each.document.id, each.document.text[each.start : each.end]) for each in quote.repeated]


def test_one_story_in_several_documents_is_quoted_once_and_cited_from_all() -> None:
    (quote,) = select_quotes([_story("a"), _story("b"), _story("c")], limit=5)
    assert quote.document.id == "source/a.md"
    assert _cited(quote) == [("source/b.md", STORY), ("source/c.md", STORY)]
    assert quote.repeated[0].pinpoint == "Closures › Uganda"
    assert quote.repeated[0].link is not None
    assert quote.repeated[0].link.startswith("https://example.org/b#:~:text=")
    check_quotes([quote])


def test_repetitions_are_bounded_and_one_a_document() -> None:
    (quote,) = select_quotes([_story("a"), *(_story(f"b{number}") for number in range(9)), _story("b1")], limit=5)
    assert [each.document.id for each in quote.repeated] == [f"source/b{number}.md" for number in range(5)]


def test_the_copies_of_a_sentence_are_cited_with_it() -> None:
    item = replace(_story("a"), copies=(_story("b"), _story("a"), _story("c")))
    other = replace(_story("d"), copies=(_story("e"),))
    (quote,) = select_quotes([item, other], limit=5)
    assert (quote.document.id, _cited(quote)) == ("source/a.md", [(f"source/{name}.md", STORY) for name in "bcde"])
    check_quotes([quote])


def test_about_the_present_the_newest_copy_is_quoted() -> None:
    item = replace(_story("a", published="1979"), copies=(_story("b", published="1990"), _story("c")))
    (quote,) = select_quotes([item], limit=5, as_of=TODAY)
    assert (quote.document.id, _cited(quote)) == ("source/b.md", [("source/a.md", STORY), ("source/c.md", STORY)])
    (quote,) = select_quotes([item], limit=5)
    assert quote.document.id == "source/a.md"


def test_nearly_the_same_words_are_not_claimed_to_be_the_same() -> None:
    near = STORY.replace("an official said", "one official said")
    (quote,) = select_quotes([_story("a"), _story("b", near)], limit=5)
    assert quote.repeated == ()


def test_another_day_or_name_is_another_quote() -> None:
    quotes = select_quotes([_story("a"), _story("b", STORY.replace("8", "9"))], limit=5)
    assert [(quote.document.id, quote.repeated) for quote in quotes] == [("source/a.md", ()), ("source/b.md", ())]


def test_a_few_words_may_be_said_of_anything_and_are_not_cited_twice() -> None:
    (quote,) = select_quotes([_story("a", "It reopened in 1979."), _story("b", "It reopened in 1979.")], limit=5)
    assert quote.repeated == ()


def test_what_is_repeated_beyond_the_passage_has_no_section() -> None:
    item = _story("b")
    passage = replace(item.sentence.hit.stored.passage, end=item.sentence.span.start)
    hit = replace(item.sentence.hit, stored=replace(item.sentence.hit.stored, passage=passage))
    (quote,) = select_quotes([_story("a"), replace(item, sentence=replace(item.sentence, hit=hit))], limit=5)
    assert [(each.document.id, each.pinpoint) for each in quote.repeated] == [("source/b.md", None)]


def test_the_newer_document_comes_first_and_the_older_one_is_cited_still() -> None:
    ranked = [_story("a", published="1979"), _story("b", published="1978"), _story("c", published="1990")]
    ranked = [replace(item, score=score) for item, score in zip(ranked, (0.9, 0.6, 0.5), strict=True)]
    (quote,) = select_quotes(ranked, limit=5, as_of=TODAY)
    assert quote.document.id == "source/c.md"
    assert _cited(quote) == [("source/a.md", STORY), ("source/b.md", STORY)]
    check_quotes([quote])


def test_the_same_line_in_two_entries_of_lists_is_said_of_two() -> None:
    entry = Entry("un", "A.1", "person", (ListedName(0, 4, "primary"),))
    quotes = select_quotes([_story("a", entry=entry), _story("b", entry=entry)], limit=5)
    assert [(quote.document.id, quote.repeated) for quote in quotes] == [("source/a.md", ()), ("source/b.md", ())]
