"""Where in a law, treaty or resolution a quote stands, and where that cannot be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.legal_pinpoint import legal_pinpoint
from bot.list_items import marks_of, without_marks
from index.types import Document, Heading, Span

LAW = [
    "# Title 9. Posts abroad",
    "## §7a–1. Closing of posts",
    "### (a) Mandatory closing",
    "The Duke shall close any post that",
    "(1) has no envoy;",
    "(2) has been",
    "(A) sold; or",
    "(B) let to",
    "(i) Zenda; or",
    "(ii) Hentzau; or",
    "(I) of Strelsau; or",
    "(II) of the coast; or",
    "(3) stands empty. It is then sold.",
    "Nothing here binds the King.",
    "### (b) Waiver",
    "(1) In general",
    "The Duke may waive this section.",
    "(2) Limits",
    "(A) Time",
    "A waiver lasts a year.",
    "A second waiver needs the King.",
    "## § 8. Repeal",
    "The Act of 1891 is repealed.",
    "### Notes",
    "Section 8 was added in 1893.",
]


def _document(pieces: list[str], title: str = "Law", gap: str = "") -> Document:
    """The pieces as blocks, those that begin with "#" as headings. A ``gap`` before a block is no part of it."""
    text, blocks, headings = "", [], []
    for piece in pieces:
        text += "\n\n" * bool(text)
        if piece.startswith("#"):
            level = len(piece) - len(piece.lstrip("#"))
            headings.append(Heading(len(text), len(text) + len(piece), level, piece.lstrip("# ")))
        else:
            blocks.append(Span(len(text) + (len(gap) if piece.startswith(gap) else 0), len(text) + len(piece)))
        text += piece
    return Document(
        id="s/a.md", source="s", collection="s", path="a.md", media_type="text/markdown", title=title,
        publisher=None, published=None, url=None, language=None, text=text, headings=tuple(headings),
        blocks=tuple(blocks),
    )  # fmt: skip


def _at(pieces: list[str], words: str, title: str = "Law", gap: str = "") -> str | None:
    document = _document(pieces, title, gap)
    return legal_pinpoint(document, document.text.index(words))


@pytest.mark.parametrize(
    ("words", "pinpoint"),
    [
        ("The Duke shall", "§ 7a–1(a)"),
        ("(1) has no", "§ 7a–1(a)(1)"),
        ("has no envoy", "§ 7a–1(a)(1)"),
        ("(2) has been", "§ 7a–1(a)(2)"),
        ("(A) sold", "§ 7a–1(a)(2)(A)"),
        ("(B) let", "§ 7a–1(a)(2)(B)"),
        ("(i) Zenda", "§ 7a–1(a)(2)(B)(i)"),
        ("(ii) Hentzau", "§ 7a–1(a)(2)(B)(ii)"),
        ("(I) of", "§ 7a–1(a)(2)(B)(ii)(I)"),
        ("(II) of", "§ 7a–1(a)(2)(B)(ii)(II)"),
        ("(3) stands", "§ 7a–1(a)(3)"),
        ("It is then", "§ 7a–1(a)(3)"),
        # It may go on from (a) or from (3).
        ("Nothing here", "§ 7a–1(a)"),
        ("(1) In general", "§ 7a–1(b)(1)"),
        ("The Duke may", "§ 7a–1(b)(1)"),
        ("A waiver", "§ 7a–1(b)(2)(A)"),
        # It may go on from (A) or from (2).
        ("A second", "§ 7a–1(b)"),
        ("The Act", "§ 8"),
        ("Section 8 was", None),
    ],
)
def test_a_section_with_lists_in_lists(words: str, pinpoint: str | None) -> None:
    assert _at(LAW, words) == pinpoint


def test_a_heading_is_no_place_of_a_quote() -> None:
    assert _at(LAW, "## § 8") is None


@pytest.mark.parametrize(
    ("heading", "pinpoint"),
    [
        ("§ 9214. Mandatory designations", "§ 9214"),
        ("§9214", "§ 9214"),
        ("§ 510.201 Prohibited transactions", "§ 510.201"),
        ("Sec. 3. Definitions.", "Section 3"),
        ("SEC. 203. REPORTS.", "Section 203"),
        ("Section 2(b)", "Section 2(b)"),
        ("Section 12: Method", "Section 12"),
        ("Article 5", "Article 5"),
        ("Article 5 – Freezing of funds", "Article 5"),
        ("ARTICLE III\nConsuls", "Article III"),
        ("Article 12a Freezing of funds", "Article 12a"),
        ("ANNEX IV", "Annex IV"),
        ("Annex A: Forms", "Annex A"),
        ("SCHEDULE 2", "Schedule 2"),
        # Those name no provision of this document, or several.
        ("Article 5 of the Charter", None),
        ("Articles 5 and 6", None),
        ("Article 5 invoked", None),
        ("§§ 9241, 9242. Repealed", None),
        ("Section 3 is amended", None),
        ("Annexes", None),
        ("The sanctions", None),
    ],
)
def test_what_names_a_provision(heading: str, pinpoint: str | None) -> None:
    assert _at([f"# {heading}", "The posts are closed."], "The posts") == pinpoint


def test_items_of_articles_and_annexes() -> None:
    treaty = [
        "# Article 12",
        "1. Funds are frozen.",
        "2. It is prohibited:",
        "(a) to sell;",
        "(b) to buy.",
        "# ANNEX IV",
        "1. Rupert of Hentzau",
        "## Article 2",
        "(a) a horse;",
    ]
    assert _at(treaty, "1. Funds") == "Article 12(1)"
    assert _at(treaty, "(b) to buy") == "Article 12(2)(b)"
    assert _at(treaty, "1. Rupert") == "Annex IV"
    assert _at(treaty, "(a) a horse") == "Annex IV, Article 2(a)"


def test_items_below_a_provision_that_names_items() -> None:
    order = ["# Section 2(b)", "(1) the Duke;", "(2) the King.", "(c) Others are free."]
    assert [_at(order, words) for words in ("(1)", "(2)", "(c)")] == [
        "Section 2(b)(1)",
        "Section 2(b)(2)",
        "Section 2(c)",
    ]


def test_an_order_names_its_sections_in_the_text() -> None:
    order = [
        "By the authority vested in me:",
        "Section 1. (a) All property is blocked.",
        "(b) So are gifts.",
        "Sec. 2. For this order:",
        "(a) the term “post” means an embassy;",
        "Section 1 of the Act of 1891 is spent.",
    ]
    said = [_at(order, words) for words in ("By the", "Section 1.", "All property", "(b)", "For this", "(a) the term")]
    assert said == [None, "Section 1(a)", "Section 1(a)", "Section 1(b)", "Section 2", "Section 2(a)"]
    assert _at(order, "Section 1 of") == "Section 2"


def test_letters_go_on_where_numerals_could_begin() -> None:
    letters = [f"({letter}) item {letter};" for letter in "abcdefgh"]
    assert _at(["# § 5.", *letters, "(i) item i;", "(j) item j."], "(i) item") == "§ 5(i)"
    assert _at(["# § 5.", *letters, "(i) item i;", "(ii) item ii;", "(i) item"], "(ii) item") == "§ 5(h)(ii)"
    assert _at(["# § 5.", *letters, "(1) one;", "(A) two;", "(i) item i."], "(i) item") == "§ 5(h)(1)(A)(i)"
    numerals = [f"({numeral}) item {numeral};" for numeral in ("i", "ii", "iii", "iv", "v")]
    assert _at(["# § 5.", "(a) one", *numerals, "(b) two"], "(v) item") == "§ 5(a)(v)"


@pytest.mark.parametrize(
    ("pieces", "words", "pinpoint"),
    [
        # (b) is missing: what stands behind may be its own.
        (["# § 5.", "(a) one;", "(1) in one;", "(c) three;"], "(c)", "§ 5"),
        (["# § 5.", "(a) one;", "(c) three;", "(1) in three;"], "(1)", "§ 5"),
        # A second list of one sort.
        (["# § 5.", "(1) one;", "(2) two.", "It also may:", "(1) sell;", "(2) buy."], "(1) sell", "§ 5"),
        (["# § 5.", "(1) one;", "(2) two.", "It also may:", "(1) sell;", "(2) buy."], "(2) buy", "§ 5"),
        # It may belong to the text between, not to (2).
        (["# § 5.", "(1) one;", "(2) two.", "It also may:", "(A) sell;"], "(A)", "§ 5"),
        # Once an outer list goes on, there is no doubt any more.
        (["# § 5.", "(a) one", "(1) x;", "(1) y;", "(b) two", "(1) z."], "(1) z", "§ 5(b)(1)"),
        # A list under a heading of its own may begin anew.
        (["# § 5.", "## Exceptions", "(a) one;"], "(a)", "§ 5"),
        # Several items in one paragraph.
        (["# § 5.", "(a) one; (b) two. This is more."], "This is", "§ 5"),
        (["# § 5.", "All posts close. Sec. 6. All posts open."], "All posts open", None),
        # A section in an article: whose it is cannot be told.
        (["# Article 5", "Sec. 2. All posts open."], "All posts", None),
        # Words and years in brackets are no items.
        (["# § 5.", "(the) posts;"], "(the)", "§ 5"),
        (["# § 5.", "(1990) posts;"], "(1990)", "§ 5"),
        (["# § 5.", "(0) posts;"], "(0)", "§ 5"),
        (["A list:", "(1) bread;"], "(1)", None),
    ],
)
def test_what_is_in_doubt_is_left_out(pieces: list[str], words: str, pinpoint: str | None) -> None:
    assert _at(pieces, words) == pinpoint


RESOLUTION = [
    "The Security Council,",
    "Recalling its resolution 1 (1893),",
    "1. Condemns the closing;",
    "2. *Further decides* that all States shall:",
    "(a) close posts;",
    "(b) freeze funds of",
    "(i) the Duke;",
    "# Reports",
    "3. The Committee shall report;",
    "4. Calls upon all States: (a) to report; (b) to wait; 5. to hope; it decides to remain seized.",
    "# ANNEX I",
    "1. Decides nothing;",
]


@pytest.mark.parametrize(
    ("words", "pinpoint"),
    [
        ("The Security", None),
        ("1. Condemns", "OP 1"),
        ("Condemns", "OP 1"),
        ("*Further", "OP 2"),
        ("(a) close", "OP 2(a)"),
        ("(i) the Duke", "OP 2(b)(i)"),
        ("3. The", "para. 3"),
        ("Calls upon", "OP 4"),
        ("to wait", "OP 4"),
        ("it decides", None),
        ("1. Decides", "Annex I"),
    ],
)
def test_paragraphs_of_a_resolution(words: str, pinpoint: str | None) -> None:
    assert _at(RESOLUTION, words, "Resolution 7 (1894)") == pinpoint
    assert _at(RESOLUTION, words, "News of the day") == (pinpoint if pinpoint == "Annex I" else None)


def test_numbers_that_are_no_part_of_the_block() -> None:
    pieces = ["1. Decides to close;", "1. Urges all to wait;"]
    document = _document(["Preamble.", "1. Decides to close;", "2. Urges all to wait;"], "Resolution 7", gap="1. ")
    assert legal_pinpoint(document, document.text.index("Decides")) == "OP 1"
    assert legal_pinpoint(document, document.text.index("Urges")) == "OP 2"
    assert _at(pieces, "Urges", "Resolution 7") is None


MARKERS = st.sampled_from(["(a)", "(b)", "(1)", "(2)", "(A)", "(i)", "(ii)", "1.", "2.", "§ 3. ", "", "# § 4. "])


@given(st.lists(st.tuples(MARKERS, st.sampled_from(["post", "Posts. More", "close;"])), min_size=1), st.data())
def test_a_pinpoint_names_the_items_own_marker_or_ends_before_it(
    pieces: list[tuple[str, str]], data: st.DataObject
) -> None:
    document = _document([f"{mark} {words}".strip() for mark, words in pieces], "Resolution 7")
    start = data.draw(st.integers(0, len(document.text)))
    pinpoint = legal_pinpoint(document, start)
    inside = [block for block in document.blocks if block.start <= start < block.end]
    assert pinpoint is None or inside
    if pinpoint is not None and pinpoint.endswith(")"):
        own = [mark for mark in marks_of(document.text, inside[0], inside[0].start) if mark.startswith("(")]
        written = pinpoint[pinpoint.index("(") :].replace(")(", ") (").split()
        assert not own or written[-1] == own[-1]


def test_markers_as_they_are_written() -> None:
    text = "(a)(1) (A) The (b) post"
    assert marks_of(text, Span(0, len(text)), 0) == ("(a)", "(1)", "(A)")
    assert without_marks(text) == "The (b) post"
    assert marks_of("8. Decides", Span(0, 10), 0) == ("8.",)
    assert marks_of("- 8. Decides", Span(5, 12), 0) == ()
    assert marks_of("x\n 8. Decides", Span(6, 13), 1) == ("8.",)
    assert marks_of("- Decides", Span(0, 9), 0) == ()
    assert without_marks("No marks") == "No marks"
