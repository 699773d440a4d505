"""What people in chats said of answers, as pairs to train the reader on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.chat.store import JudgedAnswer, QuotePlace
from bot.follow_up import with_context
from bot.places import load_places
from bot.training.pairs import Pair, folded
from index.library import Library
from index.split import MOST_SENTENCES, split
from index.types import Document, Encoder, Span


@dataclass(frozen=True, slots=True)
class FeedbackPairs:
    """``right`` and ``wrong``: how many answers were looked at. ``left_out``: how many of their quotes were not, whose
    documents are no longer stored as they were quoted, or are entries of lists.
    """

    pairs: tuple[Pair, ...]
    right: int
    wrong: int
    left_out: int


def feedback_pairs(judged: Sequence[JudgedAnswer], library: Library, encoder: Encoder) -> FeedbackPairs:
    """Of an answer that was called right, the sentence of the first quote that is most like the question answers; of
    one that was called wrong, no sentence of any quote does. Pairs that contradict each other are left out. Raises what
    ``Library.find_documents`` raises.
    """
    found: dict[tuple[str, str], Pair | None] = {}
    left_out = 0
    for each in judged:
        question = _question(each)
        for quote in each.answer.quotes[: 1 if each.right else None]:
            document = _document(library, quote)
            if document is None:
                left_out += 1
                continue
            pairs = list(_pairs(document, quote, question, each))
            if each.right and len(pairs) > 1:
                alike = encoder.encode_passages([pair.text for pair in pairs]) @ encoder.encode_query(question)
                pairs = [pairs[int(alike.argmax())]]
            for pair in pairs:
                name = (folded(pair.question), folded(pair.text))
                earlier = found.setdefault(name, pair)
                if earlier is not None and earlier.answers != pair.answers:
                    found[name] = None
    right = sum(each.right for each in judged)
    kept = tuple(pair for pair in found.values() if pair is not None)
    return FeedbackPairs(kept, right, len(judged) - right, left_out)


def _question(judged: JudgedAnswer) -> str:
    """The question, with what it leans on in the one before."""
    answer = judged.answer
    if answer.context is None:
        return answer.question
    return with_context(answer.question, answer.context, load_places(), date.today()) or answer.question


def _document(library: Library, quote: QuotePlace) -> Document | None:
    for document in library.find_documents(quote.document, quote.version):
        if document.id == quote.document and document.entry is None and quote.end <= len(document.text):
            return document
    return None


def _pairs(document: Document, quote: QuotePlace, question: str, judged: JudgedAnswer) -> Iterator[Pair]:
    """A pair for each sentence that lies in the quote, with what the reader reads around it."""
    text = document.text
    for passage in split(document, lambda sentence: 1, MOST_SENTENCES):
        for place, span in enumerate(passage.sentences):
            if quote.start <= span.start and span.end <= quote.end:
                before = passage.sentences[place - 1] if place else Span(0, 0)
                yield Pair(
                    question=question,
                    text=text[span.start : span.end],
                    answers=judged.right,
                    title=(document.title, *passage.headings),
                    before=text[before.start : before.end],
                    note=f"{document.id}, answer {judged.answer.id}",
                )
