import pytest

from index.errors import ReadError
from index.readers import read
from index.types import Heading, Reading


def markdown(text: str) -> Reading:
    return read(text.encode(), "a.md").readings[0]


def blocks(text: str) -> list[str]:
    reading = markdown(text)
    return [reading.text[block.start : block.end] for block in reading.blocks]


def headings(text: str) -> list[tuple[str, int, str]]:
    reading = markdown(text)
    return [(reading.text[each.start : each.end], each.level, each.title) for each in reading.headings]


def refusal(text: str) -> str:
    with pytest.raises(ReadError) as caught:
        markdown(text)
    return caught.value.user_message


def test_front_matter_is_cut_off_and_the_body_kept_as_it_is() -> None:
    source = (
        "---\ntitle: 'A  \"guide\"'\npublisher: Office\npublished: 2009\n"
        "url: https://example.org/a\nlanguage: no\nother: [1]\n---\n\n# *A*\n\nIt **closed**.  \n"
    )
    reading = markdown(source)
    assert reading.text == "\n# *A*\n\nIt **closed**.  \n"
    assert reading.headings == (Heading(1, 6, 1, "A"),)
    assert [(block.start, block.end) for block in reading.blocks] == [(8, 22)]
    assert reading.title == 'A "guide"'
    assert (reading.publisher, reading.published) == ("Office", "2009")
    assert (reading.url, reading.language) == ("https://example.org/a", "no")


@pytest.mark.parametrize(
    ("value", "published"),
    [
        ("2009", "2009"),
        ("2009-05", "2009-05"),
        ("2009-05-01", "2009-05-01"),
        ("'2009-05-01'", "2009-05-01"),
        ("2009-05-01T10:00:00Z", "2009-05-01"),
        ("2009-05-01 10:00:00 +02:00", "2009-05-01"),
        ("2009-13", None),
        ("2009-02-30", None),
        ("0000", None),
        ("May 2009", None),
        ("20090501", None),
        ("", None),
        ("~", None),
        ("[2009]", None),
    ],
)
def test_published(value: str, published: str | None) -> None:
    assert markdown(f"---\npublished: {value}\n---\nText.").published == published


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("title: 1984", "1984"),
        ("title: No", "No"),
        ("title: |\n  two\n  lines", "two lines"),
        (r'title: "a\0b\uD800c\u0007"', "a b c"),
        ("title: {a: b}", "Heading"),
        ("title: null", "Heading"),
        ("title: !!python/object/apply:os.system [exit]", "Heading"),
        ("# comment only", "Heading"),
    ],
)
def test_title(field: str, title: str) -> None:
    assert markdown(f"---\n{field}\n---\n## Heading\n\nText.").title == title


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///a", "http://a b", "example.org"])
def test_only_web_addresses_are_kept(url: str) -> None:
    assert markdown(f"---\nurl: '{url}'\n---\nText.").url is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "---\ntitle: a\nurl: b: c\n---\nText.",
            "The front matter is not valid YAML, line 3: mapping values are not allowed here.",
        ),
        (
            "---\ntitle: a\nurl: \x07\n---\nText, long enough not to look like binary content. It goes on.",
            "The front matter is not valid YAML, line 3: special characters are not allowed.",
        ),
        (
            "---\n- a\n---\nText.",
            "The front matter is not a YAML mapping: line 2 should be like 'title: A title'.",
        ),
        (
            "---\nText\n---\nText.",
            "The front matter is not a YAML mapping: line 2 should be like 'title: A title'.",
        ),
        (
            "---\ntitle: a\n\nText.",
            "The front matter that begins on line 1 is not closed by a line '---' within 65536 characters.",
        ),
        (
            "---\na: &a [x]\nb: [*a, *a]\n---\nText.",
            "The front matter has *a, a YAML alias, which is not accepted; "
            "text that begins with * needs quotation marks.",
        ),
        (f"---\na: {'[' * 60_000}\n---\nText.", "The front matter nests values more than 20 deep."),
        ("---\ntitle: a\n---\n\n", "The file holds no text."),
        (
            "# Title\n\n***\n\n[a]: /b\n\n<!-- <b>c</b> -->\n",
            "The file holds no text to quote: only headings, or markup without words.",
        ),
    ],
)
def test_damaged_and_empty_files_are_refused(source: str, message: str) -> None:
    assert refusal(source) == message


def test_an_escape_beyond_unicode_is_refused() -> None:
    assert refusal('---\ntitle: "\\UFFFFFFFF"\n---\nText.').startswith("The front matter is not valid YAML: ")


def test_a_thematic_break_is_no_front_matter() -> None:
    assert blocks("---\n\nText.\n\n---\n") == ["Text."]
    assert blocks("---\n---\nText.") == ["Text."]
    assert blocks(" ---\na: b\n\nText.") == ["a: b", "Text."]


def test_headings() -> None:
    source = (
        "# **Bold** [link](u) `code` ![image](i) &amp; <i>x</i> ##\n"
        "Set\n*ext*\n===\n\nOther\n---\n#\n####### seven\n\n"
        "- # In a list\n\n> ### In a [quote]\n\n[quote]: /u\n"
    )
    assert headings(source) == [
        ("# **Bold** [link](u) `code` ![image](i) &amp; <i>x</i> ##", 1, "Bold link code image & x"),
        ("Set\n*ext*\n===", 1, "Set ext"),
        ("Other\n---", 2, "Other"),
        ("# In a list", 1, "In a list"),
        ("### In a [quote]", 3, "In a quote"),
    ]
    assert blocks(source) == ["####### seven"]


def test_list_items_quotes_and_wrapped_lines() -> None:
    source = (
        "A line\nand *another*.\n\n- one\nlazy\n- two\n\n  more\n  1. 1\n  2) deep\n"
        "- - - nest\n* [ ] task\n\n> quoted\n> words\nlazy\n>\n> > - inner\n\n1. first\n"
    )
    assert blocks(source) == [
        "A line\nand *another*.",
        "one\nlazy",
        "two",
        "more",
        "1",
        "deep",
        "nest",
        "[ ] task",
        "quoted\n> words\nlazy",
        "inner",
        "first",
    ]


def test_a_row_begins_after_separators_of_lines_that_are_no_line_ends() -> None:
    assert blocks("\u2028\u2028| a | b |\n|---|---|\n| c | d |\n") == ["| a | b |", "| c | d |"]


def test_table_rows() -> None:
    source = (
        "| City | Closed |\n|---|---|\n| **Luanda** | 1975 \\| 1992 |\nBonn | 1999\n| | |\n\n"
        "> | a | b |\n> |-|-|\n> | 1. x | y |\n"
    )
    assert blocks(source) == [
        "| City | Closed |",
        "| **Luanda** | 1975 \\| 1992 |",
        "Bonn | 1999",
        "| a | b |",
        "| 1. x | y |",
    ]


def test_code_and_html() -> None:
    source = (
        "```python\n\n  a = 1\n\n# no heading\n```\n\n    indented\n\n      more\n\n"
        "> ~~~\n> x\n>\n> y\n>\n> ~~~\n\n<div>\nHTML *here*\n</div>\n\n<div id='x'></div>\n\n"
        "<!-- a <b>comment</b> -->\n\n```\n```\n\n- ```\n  open\n"
    )
    assert blocks(source) == [
        "a = 1\n\n# no heading",
        "indented\n\n      more",
        "x\n>\n> y",
        "<div>\nHTML *here*\n</div>",
        "open",
    ]


def test_offsets_count_code_points() -> None:
    reading = markdown("# 😀 é\r\n\r\n- Tōkyō 😀\r\n")
    assert reading.text == "# 😀 é\n\n- Tōkyō 😀\n"
    assert reading.headings == (Heading(0, 5, 1, "😀 é"),)
    assert [(block.start, block.end) for block in reading.blocks] == [(9, 16)]


@pytest.mark.parametrize("marker", [">", "> ", "- ", "1. "])
def test_nesting_too_deep_is_refused_rather_than_dropped(marker: str) -> None:
    assert refusal("Text.\n\n" + marker * 20_000 + "a") == (
        "Lists or quotes stand in each other more than 18 levels deep."
    )


def test_nine_lists_in_each_other_are_read() -> None:
    assert blocks("".join("  " * level + f"- {level}\n" for level in range(9))) == list("012345678")


@pytest.mark.parametrize("pattern", ["[", "*a ", "[a](", "`", "<a ", "<!-- ", "&", "![", "**a_"])
def test_pathological_markup_is_read_in_time(pattern: str) -> None:
    text = pattern * 20_000
    assert len(blocks(f"# {text}\n\nText. {text}")) == 1
