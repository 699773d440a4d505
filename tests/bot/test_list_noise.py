"""Which entries of sanctions lists may answer a question that asks of no list."""

import pytest

from bot.list_noise import those_that_belong
from index.types import Document, Entry, ListedName, Span

TEXT = "ROLF DETCHARD\nReference: KPi.007\nAlias: De Gautet\nTitle: President of the guard in Strelsau, Ruritania"


def document(entry: bool) -> Document:
    names = (ListedName(0, 13, "primary"), ListedName(TEXT.index("De G"), TEXT.index("De G") + 9, "alias"))
    return Document(
        id="un/KPi.007", source="un", collection="un", path="KPi.007", media_type="application/xml",
        title="ROLF DETCHARD", publisher=None, published=None, url=None, language="en", text=TEXT, headings=(),
        blocks=(Span(0, 13),), entry=Entry("un", "KPi.007", "person", names) if entry else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "may"),
    [
        ("Who is the president of Ruritania?", False),
        ("What is the address of the embassy in Strelsau?", False),
        ("Who is of the guard?", False),
        ("Who is Detchard?", True),
        ("what did de gautet do", True),
        ("Which guards in Strelsau are sanctioned?", True),
        ("Who was designated in Ruritania?", True),
        ("Whose passport is 4711?", True),
    ],
)
def test_an_entry_answers_what_is_about_lists_or_says_its_name(question: str, may: bool) -> None:
    belongs = those_that_belong(question)
    assert belongs(document(entry=True)) is may
    assert belongs(document(entry=False))
