"""Documents, quotes and outcomes to measure, made by hand."""

from bot.evaluation.asking import Outcome
from bot.evaluation.judging import Ranks
from bot.evaluation.questions import Case, Gold
from bot.types import Part, Quote
from index.types import Document


def document(name: str, text: str) -> Document:
    return Document(
        id=f"corpus/{name}", source="corpus", collection="corpus", path=name, media_type="text/plain", title=name,
        publisher=None, published=None, url=None, language=None, text=text, headings=(), blocks=(),
    )  # fmt: skip


def quote(number: int, source: Document, start: int, end: int, parts: tuple[Part, ...] = ()) -> Quote:
    return Quote(
        number, source.text[start:end], start, end, (start, end), source, None, None, score=0.5, parts=parts
    )  # fmt: skip


def case(name: str, group: str | None = None, kind: str = "date", question: str = "When?") -> Case:
    gold = () if group else (Gold("a.txt", "It closed."),)
    return Case(name, question, None, kind, group, gold)


def outcome(
    asked: Case,
    answerability: float | None,
    rank: int | None = None,
    quotes: tuple[Quote, ...] = (),
    elapsed_ms: float = 10.0,
) -> Outcome:
    ranks = Ranks(rank, rank, rank)
    return Outcome(asked, answerability, quotes, ranks, tuple(True for _ in quotes), elapsed_ms)


def four() -> list[Outcome]:
    """Two answerable questions, right first and right second; a near miss and a greeting."""
    return [
        outcome(case("one"), 0.9, 1, elapsed_ms=10.0),
        outcome(case("two", kind="who"), 0.4, 2, elapsed_ms=20.0),
        outcome(case("three", "near-miss"), 0.6, elapsed_ms=30.0),
        outcome(case("four", "small-talk", kind="who"), None, elapsed_ms=40.0),
    ]
