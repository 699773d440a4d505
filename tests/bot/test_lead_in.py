"""What a list item belongs to, and which pieces are labels of what stands below them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lead_in import MOST_CHARACTERS, find_lead_ins, is_label
from bot.list_items import kind_of, marks_before
from index.types import Document, Heading, Span

LAW = [
    "# § 7. Posts abroad",
    "(a) In general",
    "The Duke shall close any post that he determines",
    "(1) has no envoy;",
    "(2) has been",
    "(A) sold; or",
    "(B) let to",
    "(i) Zenda; or",
    "(ii) Hentzau; or",
    "(3) stands empty.",
    "# § 8. Reports",
    "(4) is in Strelsau;",
]


def _document(pieces: list[str], between: str = "\n\n") -> Document:
    """The pieces one after another as blocks; those that begin with "#" are headings. "- " is no part of a block."""
    text, blocks, headings = "", [], []
    for piece in pieces:
        text += between if text else ""
        start = len(text)
        if piece.startswith("# "):
            headings.append(Heading(start, start + len(piece), 1, piece[2:]))
        else:
            blocks.append(Span(start + 2 * piece.startswith("- "), start + len(piece)))
        text += piece
    return Document(
        id="s/a.md", source="s", collection="s", path="a.md", media_type="text/markdown", title="Law",
        publisher=None, published=None, url=None, language=None, text=text, headings=tuple(headings),
        blocks=tuple(blocks),
    )  # fmt: skip


def _led(pieces: list[str], item: str, between: str = "\n\n") -> list[str]:
    """The lead-ins of the item as they are written."""
    document = _document(pieces, between)
    return [document.text[start:end] for start, end in find_lead_ins(document, document.text.index(item))]


@pytest.mark.parametrize(
    ("item", "lead_ins"),
    [
        ("(1) has", [LAW[2]]),
        ("(2) has", [LAW[2]]),
        ("(3) stands", [LAW[2]]),
        ("(A) sold", [LAW[2], LAW[4]]),
        ("(B) let", [LAW[2], LAW[4]]),
        ("(i) Zenda", [LAW[2], LAW[4], LAW[6]]),
        ("(ii) Hentzau", [LAW[2], LAW[4], LAW[6]]),
        ("The Duke", []),
        ("Duke shall", []),
        # Never across a heading.
        ("(4) is", []),
    ],
)
def test_an_item_is_led_in_to_by_what_its_lists_go_on_from(item: str, lead_ins: list[str]) -> None:
    assert _led(LAW, item) == lead_ins


def test_what_stands_without_a_gap_is_one_stretch() -> None:
    pieces = ["The Duke may close posts that are", "(1) let to", "(A) Zenda; or", "(B) Hentzau."]
    assert _led(pieces, "(A)") == ["\n\n".join(pieces[:2])]
    assert _led(pieces, "(B)") == ["\n\n".join(pieces[:2])]


def test_items_may_be_sentences_and_bullets() -> None:
    pieces = [
        "These posts were closed:",
        "- Zenda was closed in 1911.",
        "- Hentzau was closed in 1912.",
        "Others stayed.",
    ]
    assert _led(pieces, "Hentzau was") == ["These posts were closed:"]
    assert _led(pieces, "Others") == []


def test_of_a_paragraph_its_last_sentence_leads_in() -> None:
    before = "Gov. Sapt (or “Fritz”) may speak. The envoys of Zenda and of Gen. Hentzau are heard"
    assert _led([f"It is small. {before}", "(1) once; or", "(2) twice."], "(2)") == [before[34:]]
    assert _led(["The envoy said that Zenda", "(1) “remains small”; and", "(2) is far."], "(2)") == [
        "The envoy said that Zenda"
    ]


def test_paragraphs_that_are_only_counted_have_no_lead_in() -> None:
    assert _led(["The Duke left.", "(1) He went to Zenda.", "(2) He stayed."], "(2)") == []
    assert _led(["Posts", "1. Zenda is open.", "2. Hentzau is closed."], "2.") == []
    assert _led(["(1) In general", "The Duke shall rest.", "(2) Exception"], "(2)") == []


def test_a_list_by_letters_goes_through_i_and_v() -> None:
    letters = [f"({letter}) post {letter};" for letter in "abcdefghijklmnopqrstuvw"]
    assert [_led(["The Duke shall close", *letters], f"({letter})") for letter in "aijvw"] == [
        ["The Duke shall close"]
    ] * 5


def test_of_what_is_too_long_the_outermost_and_the_nearest_stay() -> None:
    long = "(1) owns " + "land and " * 45 + "any post that is"
    pieces = ["The Duke shall close what", long, "(A) let to", "(i) Zenda."]
    assert len(pieces[0] + long + pieces[2]) < MOST_CHARACTERS
    longer = long.replace("land", "large land")
    pieces[1] = longer
    assert _led(pieces, "(i)") == [pieces[0], pieces[2]]
    pieces[2] = longer.replace("(1)", "(A)")
    assert _led(pieces, "(i)") == [pieces[0]]
    pieces[0] = "The Duke shall " + longer
    pieces[2] = "(A) let to"
    assert _led(pieces, "(i)") == ["(A) let to"]


@pytest.mark.parametrize(
    ("pieces", "label"),
    [
        (["(2) Food; medicine", "The ban does not reach food."], True),
        (["(2) Food; medicine", "(A) In general"], True),
        (["(2) Food; medicine", "(3) Tools"], False),
        (["(2) Food; medicine"], False),
        (["(2) Food; medicine", "# § 8. Reports", "The Duke reports."], False),
        (["(2) Ruritania has", "(A) left the pact; and"], False),
        (["(2) Food; and", "Tools are sold."], False),
        (["(2) Food is sold.", "Tools are not."], False),
        (["Food", "The ban does not reach food."], False),
    ],
)
def test_labels(pieces: list[str], label: bool) -> None:
    assert is_label(_document(pieces), 0, len(pieces[0])) is label


@pytest.mark.parametrize(
    ("mark", "before"),
    [
        ("1", set()), ("12", {"11"}), ("a", set()), ("b", {"a"}), ("B", {"A"}), ("i", {"h"}), ("ii", {"i", "hh"}),
        ("iv", {"iii"}), ("v", {"iv", "u"}), ("X", {"IX", "W"}), ("bb", {"aa"}), ("aa", set()), ("-", set()),
        ("é", set()), ("UN", set()), ("", set()),
    ],
)  # fmt: skip
def test_which_marker_comes_before(mark: str, before: set[str]) -> None:
    assert marks_before(mark) == before


def test_kinds_of_markers() -> None:
    marks = ["", "•", "3", "b", "B", "ii", "II", "v"]
    assert [kind_of(mark) for mark in marks] == [
        "", "bullet", "number", "letter", "Letter", "roman", "Roman", "roman",
    ]  # fmt: skip


PIECES = st.sampled_from([*LAW, "- item;", "x" * 300, "(2)", "1. Zenda", "  ", "*", "(v) so;", "Then:"])


@given(st.lists(PIECES, min_size=1, max_size=12), st.sampled_from(["\n\n", "\n", " "]), st.data())
def test_lead_ins_lie_in_order_before_the_item(pieces: list[str], between: str, data: st.DataObject) -> None:
    document = _document(pieces, between)
    start = data.draw(st.integers(0, len(document.text)))
    places = [0, *(place for span in find_lead_ins(document, start) for place in span), start]
    assert places == sorted(places)
    assert sum(end - first for first, end in find_lead_ins(document, start)) <= MOST_CHARACTERS + 2 * len(pieces)
    is_label(document, start, data.draw(st.integers(start, len(document.text))))
