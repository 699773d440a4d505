"""What is quoted of entries of sanctions lists, built as the readers build them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer import check_quotes
from bot.entry_quote import MOST_CHARACTERS, quote_entry
from bot.types import NameMatch, Quote
from index.lists.entry_text import EntryText
from index.types import Document, Edition, ListedName

EDITION = Edition("un", "Consolidated List", "United Nations", "2020-11-30")


def _document(entry: EntryText) -> Document:
    reading = entry.reading(EDITION)
    return Document(
        id=f"list/{reading.member}", source="list", collection="un", path=reading.member, media_type="application/xml",
        title=reading.title or "", publisher=reading.publisher, published=reading.published, url=None, language="en",
        text=reading.text, headings=(), blocks=reading.blocks, entry=reading.entry,
    )  # fmt: skip


def _entry(*aliases: str, name: str = "KIM YONG CHOL") -> EntryText:
    entry = EntryText("un", "KPi.024", "person")
    entry.name("", name, "primary")
    entry.say("Reference", "KPi.024")
    entry.programme("DPRK")
    entry.listed_on("2016-03-02")
    for alias in aliases:
        entry.name("Also known as", alias, "alias")
    return entry


def _match(listed: str) -> NameMatch:
    return NameMatch("asked", listed, 0.97, weak=False)


def _shown(quote: Quote) -> str:
    return quote.document.text[slice(*quote.highlight)]


def test_an_entry_is_quoted_from_its_first_line_with_the_name_as_the_highlight() -> None:
    quote = quote_entry(3, _document(_entry("Kim Yong-Chol")), _match("Kim Yong-Chol"), EDITION)
    assert quote.number == 3
    assert quote.text == (
        "KIM YONG CHOL\nReference: KPi.024\nProgramme: DPRK\nListed on: 2016-03-02\nAlso known as: Kim Yong-Chol"
    )
    assert _shown(quote) == "Kim Yong-Chol"
    assert quote.highlight == (quote.end - 13, quote.end)
    assert (quote.start, quote.lead_ins, quote.pinpoint, quote.score) == (0, (), "KPi.024", 0.97)
    assert quote.document.edition == EDITION


def test_a_name_far_down_is_quoted_by_its_line_under_the_first_one() -> None:
    aliases = [f"Alias Number {number} of a long list of names" for number in range(50)]
    quote = quote_entry(1, _document(_entry(*aliases)), _match(aliases[40]), EDITION)
    assert quote.text == f"Also known as: {aliases[40]}"
    assert _shown(quote) == aliases[40]
    assert [quote.document.text[start:end] for start, end in quote.lead_ins] == ["KIM YONG CHOL"]


def test_an_acronym_in_brackets_is_found_in_the_listed_name() -> None:
    document = _document(_entry(name="FOREIGN TRADE BANK (FTB)"))
    assert _shown(quote_entry(1, document, _match("FTB"), EDITION)) == "FTB"
    assert _shown(quote_entry(1, document, _match("FOREIGN TRADE BANK"), EDITION)) == "FOREIGN TRADE BANK"


def test_the_name_itself_comes_before_one_that_holds_it() -> None:
    document = _document(_entry("Kim", name="KIM YONG CHOL, called Kim"))
    assert quote_entry(1, document, _match("Kim"), EDITION).highlight == (98, 101)


def test_a_name_that_this_version_lacks_leaves_the_primary_one() -> None:
    assert _shown(quote_entry(1, _document(_entry()), _match("Kim Ryong Chol"), EDITION)) == "KIM YONG CHOL"


def test_when_and_why_are_answered_by_their_lines() -> None:
    entry = _entry()
    entry.amended_on("2017-06-05")
    entry.prose("Comments", "Director of a bureau.\n\nTook part in a plot.")
    document = _document(entry)
    assert _shown(quote_entry(1, document, _match("KIM YONG CHOL"), EDITION, "date")) == "Listed on: 2016-03-02"
    quote = quote_entry(1, document, _match("KIM YONG CHOL"), EDITION, "reason")
    assert _shown(quote) == "Comments: Director of a bureau."
    assert quote.start == 0


def test_a_list_that_gives_no_reasons_answers_why_by_the_programme_not_by_any_remark() -> None:
    entry = _entry()
    entry.say("Remark", "Passport M-110522 issued 13 Nov 1978")
    assert _shown(quote_entry(1, _document(entry), _match("KIM YONG CHOL"), EDITION, "reason")) == "Programme: DPRK"


def test_what_is_asked_for_and_not_said_leaves_the_name() -> None:
    entry = EntryText("ofac-sdn", "12211", "person")
    entry.name("", "KIM, Yong Chol", "primary")
    assert _shown(quote_entry(1, _document(entry), _match("KIM, Yong Chol"), None, "date")) == "KIM, Yong Chol"


def test_a_name_that_reads_like_a_label_is_no_reason() -> None:
    entry = _entry(name="Comments: Trading")
    assert _shown(quote_entry(1, _document(entry), _match("x"), EDITION, "reason")) == "Programme: DPRK"


def test_long_reasons_are_cut_at_the_end_of_a_sentence() -> None:
    entry = _entry()
    entry.prose("Comments", "A sentence of some forty characters here. " * 250)
    quote = quote_entry(1, _document(entry), _match("KIM YONG CHOL"), EDITION, "reason")
    assert quote.text.startswith("Comments: A sentence")
    assert quote.text.endswith("here.")
    assert 500 < len(quote.text) <= MOST_CHARACTERS
    assert _shown(quote) == quote.text
    assert quote.lead_ins == ((0, 13),)


def test_a_name_deep_within_a_long_line_is_within_what_is_quoted() -> None:
    entry = _entry()
    entry.name("Name", "The Name", "alias", said="word " * 400 + "The Name and more")
    quote = quote_entry(1, _document(entry), _match("The Name"), EDITION)
    assert _shown(quote) == "The Name"
    assert quote.text.endswith("word The Name and more")
    check_quotes([quote])


def test_a_name_that_is_nearly_as_long_as_what_is_quoted_is_quoted_whole() -> None:
    name = " ".join(["0" * 12] * 46)
    entry = _entry()
    entry.name("Also known as", name, "alias")
    quote = quote_entry(1, _document(entry), _match(name), EDITION)
    assert (len(name), _shown(quote)) == (597, name)
    check_quotes([quote])


def test_a_first_line_without_end_is_cut() -> None:
    document = _document(_entry(name="x" * 10_000))
    quote = quote_entry(1, document, _match("y"), EDITION)
    assert (quote.start, quote.end, quote.highlight, quote.lead_ins) == (0, 600, (0, 600), ())


def test_without_lines_or_names_the_text_is_quoted() -> None:
    document = replace(_document(_entry()), blocks=(), entry=None)
    assert quote_entry(1, document, _match("x"), None).text == document.text


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)
LONG = st.tuples(WORDS, st.integers(1, 60)).map(lambda drawn: " ".join([drawn[0]] * drawn[1]))


@given(
    st.lists(WORDS | LONG, min_size=1, max_size=8), st.lists(WORDS | LONG, max_size=4), LONG | st.just(""),
    st.integers(0, 8), st.sampled_from([None, "reason", "date"]),
)  # fmt: skip
def test_every_quote_is_a_slice_with_its_highlight_in_it(
    names: list[str], remarks: list[str], reason: str, chosen: int, wanted: str | None
) -> None:
    entry = EntryText("un", "A.1", "entity")
    for name in ["First", *names]:
        entry.name("Also known as", name, "alias")
    for remark in remarks:
        entry.say("Remark", remark)
    entry.listed_on("2016-03-02")
    entry.prose("Comments", reason)
    document = _document(entry)
    assert document.entry is not None
    listed = _text(document, document.entry.names[chosen % len(document.entry.names)])
    quote = quote_entry(1, document, _match(listed), EDITION, wanted)
    check_quotes([quote])
    assert quote.text == quote.text.strip()
    assert len(quote.text) <= MOST_CHARACTERS
    if wanted is None and len(listed) < MOST_CHARACTERS:
        assert _shown(quote) == listed
    if wanted == "date":
        assert _shown(quote) == "Listed on: 2016-03-02"


def _text(document: Document, name: ListedName) -> str:
    return document.text[name.start : name.end]


@pytest.mark.parametrize("wanted", [None, "reason", "date", "other"])
def test_any_wish_is_taken(wanted: str | None) -> None:
    assert quote_entry(1, _document(_entry()), _match("KIM YONG CHOL"), EDITION, wanted).start == 0


@pytest.mark.parametrize("label", ["Date of birth", "Date of birth (exact)"])
def test_when_somebody_was_born_is_answered_by_the_date_of_birth(label: str) -> None:
    entry = _entry()
    entry.say("Listed on", "2016-03-02")
    entry.say(label, "1962-02-18")
    quote = quote_entry(1, _document(entry), _match("KIM YONG CHOL"), EDITION, "birth")
    assert _shown(quote) == f"{label}: 1962-02-18"
