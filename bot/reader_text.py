"""What a reader reads of a sentence: the same when it is trained, when it is measured and when it answers. Pure."""

from index.search import SentenceHit

CONTEXT_WORDS = 24
"""Of the sentence before, its last ones."""

SEPARATOR = " | "


def reader_text(sentence: str, titles: tuple[str, ...] = (), before: str = "") -> str:
    """The sentence, then what it stands under, then the end of the sentence before it.

    The sentence comes first, so that it is marked by its place, and cut last when the pair is too long.
    """
    context = " ".join(before.split()[-CONTEXT_WORDS:])
    under = " - ".join(" ".join(title.split()) for title in titles if title.strip())
    return SEPARATOR.join(part for part in (" ".join(sentence.split()), under, context) if part)


def text_to_read(sentence: SentenceHit) -> str:
    """A found sentence with the titles of its document and its headings, and the sentence before it in its passage."""
    stored = sentence.hit.stored
    spans, text = stored.passage.sentences, stored.document.text
    place = spans.index(sentence.span)
    before = text[spans[place - 1].start : spans[place - 1].end] if place else ""
    titles = (stored.document.title, *stored.passage.headings)
    return reader_text(text[sentence.span.start : sentence.span.end], titles, before)
