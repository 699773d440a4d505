"""What questions ask of sanctions lists, and which ask of something else. Names are invented or of public lists."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.list_question import LONGEST, ListQuestion, bare_name, follow_up, list_question, wording
from bot.places import load_places
from bot.types import Period

TODAY = date(2026, 11, 26)
PLACES = load_places()


def _asked(text: str) -> ListQuestion | None:
    return list_question(text, PLACES, TODAY)


@pytest.mark.parametrize(
    "question",
    [
        "is Kim Yong Chol sanctioned?",
        "Is Kim Yong Chol sanctioned",
        "IS Kim Yong Chol SANCTIONED???",
        "is Kim Yong Chol sanctionned?",
        "is Kim Yong Chol santioned",
        "Is Kim Yong Chol blacklsited?",
        "is Kim Yong Chol sanctioned, please?",
        "is Kim Yong Chol sanctioned please thanks",
        "Hi, is Kim Yong Chol sanctioned?",
        "hello, can you please check if Kim Yong Chol is sanctioned?",
        "Could you tell me whether Kim Yong Chol is under sanctions?",
        "do you know if Kim Yong Chol is on a terrorist list",
        "I need to know whether Kim Yong Chol is sanctioned",
        "is it true that Kim Yong Chol was delisted?",
        "is Kim Yong Chol under sanctions",
        "is Kim Yong Chol still subject to an asset freeze?",
        "Isn't Kim Yong Chol sanctioned?",
        "Kim Yong Chol is sanctioned, right?",
        'is "Kim Yong Chol" sanctioned?',
        "is “Kim Yong Chol” sanctioned?",
        'was the person "Kim Yong Chol" blacklisted?',
        "is Mr. Kim Yong Chol sanctioned?",
        "is there anyone called Kim Yong Chol on a sanctions list?",
        "why is Kim Yong Chol sanctioned?",
        "when was Kim Yong Chol designated?",
        "How long has Kim Yong Chol been sanctioned?",
        "what is Kim Yong Chol sanctioned for?",
        "under which programme is Kim Yong Chol listed?",
        "which lists name Kim Yong Chol?",
        "on which lists is Kim Yong Chol?",
        "On what lists does Kim Yong Chol appear?",
        "What sanctions is Kim Yong Chol under?",
        "are there any sanctions on Kim Yong Chol?",
        "any sanctions against Kim Yong Chol",
        "screen Kim Yong Chol against the sanctions lists",
        "check Kim Yong Chol",
        "has Kim Yong Chol been delisted?",
        "is Kim Yong Chol on any list",
        "Is Kim Yong Chol a designated person?",
        "Kim Yong Chol - is he sanctioned?",
        "Kim Yong Chol, when was he put on the list?",
        "sanctions status of Kim Yong Chol",
        "Do sanctions apply to Kim Yong Chol?",
        "what do the lists say about Kim Yong Chol?",
        "when was Kim Yong Chol put on the list?",
    ],
)
def test_a_name_is_asked_for_in_many_ways(question: str) -> None:
    assert _asked(question) == ListQuestion("named", "Kim Yong Chol")


@pytest.mark.parametrize(
    "question",
    [
        "Is Kim Yong Chol on the UN list?",
        "is Kim Yong Chol on the u.n. sanctions list",
        "Does Kim Yong Chol appear on the United Nations consolidated list?",
        "Does the UN list include Kim Yong Chol?",
        "When did the UN list Kim Yong Chol?",
        "when was Kim Yong Chol added to the UN's sanctions list?",
        "was Kim Yong Chol removed from the UN list?",
        "is it true that Kim Yong Chol was taken off the UN list?",
        "was Kim Yong Chol dropped from the UN's 1718 sanctions list?",
        "Is Kim Yong Chol sanctioned by the UN today?",
        "Has Kim Yong Chol been put on the UN Security Council sanctions list?",
        "is Kim Yong Chol listed by the UN under resolution 1718 (2006)?",
        "Kim Yong Chol on UN list?",
        "who is Kim Yong Chol on the UN list?",
        "Why did the United Nations blacklist Kim Yong Chol?",
        "Is there a UN listing for Kim Yong Chol?",
        "What does the UN list say about Kim Yong Chol?",
        "any hits for Kim Yong Chol on the UN list?",
        "does the UN have sanctions on Kim Yong Chol?",
        "Kim Yong Chol UN sanctions",
    ],
)
def test_the_list_that_is_named_is_told_from_the_name(question: str) -> None:
    assert _asked(question) == ListQuestion("named", "Kim Yong Chol", frozenset({"un"}))


@pytest.mark.parametrize(
    ("question", "lists"),
    [
        ("is Rosneft on OFAC?", frozenset({"ofac-sdn"})),
        ("when did OFAC sanction Rosneft for helping rebels?", frozenset({"ofac-sdn"})),
        ("Why did OFAC add Rosneft to its list in 2014?", frozenset({"ofac-sdn"})),
        ("is Rosneft an SDN?", frozenset({"ofac-sdn"})),
        ("Rosneft OFAC", frozenset({"ofac-sdn"})),
        ("Has the US Treasury sanctioned Rosneft?", frozenset({"ofac-sdn"})),
        ("Is Rosneft sanctioned by the US and the EU?", frozenset({"ofac-sdn", "eu"})),
        ("is Rosneft on the British, EU or UN sanctions lists?", frozenset({"uk", "eu", "un"})),
        ("is Rosneft on the Swiss list?", frozenset({"Swiss"})),
        ("tell us whether Rosneft is sanctioned", frozenset()),
    ],
)
def test_lists_are_told_by_what_people_call_them(question: str, lists: frozenset[str]) -> None:
    asked = _asked(question)
    assert asked is not None
    assert (asked.name, asked.lists, asked.certainty) == ("Rosneft", lists, "certain")


def test_a_name_with_a_place_in_it_is_not_cut_there() -> None:
    asked = _asked("when did OFAC sanction Al-Qaida in the Arabian Peninsula in 2010?")
    assert asked is not None
    assert asked.name == "Al-Qaida in the Arabian Peninsula"
    assert asked.period == Period(date(2010, 1, 1), date(2010, 12, 31), "2010")


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("is kim yong chol sanctioned", "kim yong chol"),
        ("IS KIM YONG CHOL SANCTIONED?", "KIM YONG CHOL"),
        ("is KIM, Yong Chol sanctioned?", "KIM, Yong Chol"),
        ("is O'Brien, Patrick sanctioned?", "O'Brien, Patrick"),
        ("is Ayman al-Zawahiri sanctioned?", "Ayman al-Zawahiri"),
        ("is Bank of Korea in Pyongyang sanctioned?", "Bank of Korea in Pyongyang"),
        ("was the Bank of the East listed?", "the Bank of the East"),
        ('was "Blocked Listed Assets Ltd." sanctioned?', "Blocked Listed Assets Ltd."),
        ("is the vessel Chong Chon Gang on any list?", "Chong Chon Gang"),
        ("Is Kim Jong Un sanctioned?", "Kim Jong Un"),
        ("which lists name NTABO NTABERI SHEKA?", "NTABO NTABERI SHEKA"),
        ("Which lists name Al-Qaida in the Arabian Peninsula?", "Al-Qaida in the Arabian Peninsula"),
        ("Why was ZENDA TRADING I B.V. designated?", "ZENDA TRADING I B.V."),
        ("is COMMITTEE IN CHARGE OF ZENDA sanctioned?", "COMMITTEE IN CHARGE OF ZENDA"),
        ("is SHIP REPAIR CENTER ZENDA sanctioned?", "SHIP REPAIR CENTER ZENDA"),
        ("is THE ORGANIZATION FOR TECHNICAL INDUSTRIES sanctioned?", "THE ORGANIZATION FOR TECHNICAL INDUSTRIES"),
        ("is КИМ ЧЕН ЫН sanctioned?", "КИМ ЧЕН ЫН"),
        ("is أيمن الظواهري sanctioned?", "أيمن الظواهري"),
        ("is 김영철 sanctioned?", "김영철"),
        ("is Hezbollah designated as a terrorist organization?", "Hezbollah"),
    ],
)
def test_names_of_every_kind_are_taken_whole(question: str, name: str) -> None:
    assert _asked(question) == ListQuestion("named", name)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("was Rosneft listed in 2018?", date(2018, 1, 1), date(2018, 12, 31)),
        ("in 2018, was Rosneft listed?", date(2018, 1, 1), date(2018, 12, 31)),
        ("was Rosneft in 2018 listed?", date(2018, 1, 1), date(2018, 12, 31)),
        ("was Rosneft listed before 2015?", date.min, date(2014, 12, 31)),
        ("was Rosneft listed since 2019?", date(2019, 1, 1), TODAY),
        ("was Rosneft listed on 1 June 2020?", date(2020, 6, 1), date(2020, 6, 1)),
        ("was Rosneft listed between 2018 and 2020?", date(2018, 1, 1), date(2020, 12, 31)),
        ("was Rosneft listed as of March 2019?", date(2019, 3, 1), date(2019, 3, 31)),
        ("was Rosneft listed last year?", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_the_time_asked_about(question: str, first: date, last: date) -> None:
    asked = _asked(question)
    assert asked is not None
    assert asked.name == "Rosneft"
    assert asked.period is not None
    assert (asked.period.first, asked.period.last) == (first, last)


@pytest.mark.parametrize(
    "question", ["is Taliban Trading listed under 1988?", "is Taliban Trading on the UN 1988 list?"]
)
def test_the_number_of_a_resolution_is_no_year(question: str) -> None:
    asked = _asked(question)
    assert asked is not None
    assert asked.period is None


@pytest.mark.parametrize(
    ("question", "births", "countries"),
    [
        ("is Ri Pyong Chol (born 1962) sanctioned?", ("1962",), ()),
        ("is Ri Pyong Chol, born on 3 May 1962, sanctioned?", ("1962-05-03",), ()),
        ("is Ri Pyong Chol DOB 1962-05-03 sanctioned?", ("1962-05-03",), ()),
        ("is Ri Pyong Chol sanctioned, born 1962?", ("1962",), ()),
        ("is Ri Pyong Chol (b. 1962) sanctioned?", ("1962",), ()),
        ("is Ri Pyong Chol (born May 3, 1962) sanctioned?", ("1962-05-03",), ()),
        ("is Ri Pyong Chol, born in May 1962, sanctioned?", ("1962",), ()),
        ("is Ri Pyong Chol (Iran) sanctioned?", (), ("Iran",)),
        ("is Ri Pyong Chol, an Iranian national, sanctioned?", (), ("Iran",)),
        ("is Ri Pyong Chol from North Korea sanctioned?", (), ("North Korea",)),
    ],
)
def test_what_tells_namesakes_apart(question: str, births: tuple[str, ...], countries: tuple[str, ...]) -> None:
    assert _asked(question) == ListQuestion("named", "Ri Pyong Chol", births=births, countries=countries)


@pytest.mark.parametrize(
    ("question", "lists", "programmes", "entries"),
    [
        ("who is on the UN list for 1718?", frozenset({"un"}), ("DPRK",), None),
        ("who is sanctioned under resolution 1718 (2006)?", frozenset(), ("DPRK",), None),
        ("list all UN entries under 1267", frozenset({"un"}), ("Al-Qaida",), None),
        ("show everyone on the UN list for North Korea", frozenset({"un"}), ("DPRK",), None),
        ("How many North Korean entities are on the UN list?", frozenset({"un"}), ("DPRK",), "entity"),
        ("how many entries does the UN list have?", frozenset({"un"}), (), None),
        ("How many people are on the UN list?", frozenset({"un"}), (), "person"),
        ("which vessels are on the OFAC list?", frozenset({"ofac-sdn"}), (), "vessel"),
        ("who is on the OFAC list under SDGT", frozenset({"ofac-sdn"}), ("SDGT",), None),
        ("who is on the ofac list under sdgt", frozenset({"ofac-sdn"}), ("sdgt",), None),
        ("which entities are listed under DPRK2?", frozenset(), ("DPRK2",), "entity"),
        ("who is on the UN list for South Sudan?", frozenset({"un"}), ("SouthSudan",), None),
        ("who is listed by the UN under 1970?", frozenset({"un"}), ("Libya",), None),
        ("Which individuals are under UN sanctions for Yemen?", frozenset({"un"}), ("Yemen",), "person"),
    ],
)
def test_who_is_on_a_list(
    question: str, lists: frozenset[str], programmes: tuple[str, ...], entries: str | None
) -> None:
    asked = _asked(question)
    assert asked is not None
    assert (asked.kind, asked.lists, asked.programmes, asked.entries) == ("members", lists, programmes, entries)
    assert asked.period is None


def test_who_was_on_a_list_then() -> None:
    asked = _asked("who was on the UN list under 1718 in 2018?")
    assert asked is not None
    assert asked.period == Period(date(2018, 1, 1), date(2018, 12, 31), "2018")


@pytest.mark.parametrize(
    "question",
    [
        "Was the embassy in Havana closed in 1961?",
        "Is Iran under sanctions?",
        "Is the United States under sanctions?",
        "is the Russian Federation sanctioned?",
        "Are Russian banks under sanctions?",
        "Who was listed as ambassador to Siam?",
        "Which countries are on the list of state sponsors?",
        "When was the Treaty of Zenda designated?",
        "who is on the commission",
        "Who is on the UN Security Council?",
        "Which countries are sanctioned by the United States?",
        "What sanctions are there against North Korea?",
        "When did the United States sanction Burma?",
        "Did the EU sanction Belarus?",
        "Are there sanctions on Cuba?",
        "Is Syria listed as a state sponsor of terrorism?",
        "Was Sudan removed from the list of state sponsors of terrorism?",
        "Are food and medicine exempt from sanctions?",
        "Which persons must the President designate?",
        "Does the law list mandatory designations?",
        "List the embassies closed in 1967",
        "Was the consulate general in Zenda listed for closure?",
        "Who was designated chargé d'affaires in Zenda?",
        "North Korea sanctions",
        "Check the treaty",
        "what is the UN sanctions list?",
        "who keeps the UN list?",
        "how many sanctions resolutions has the Security Council adopted?",
        "In what year was Zenda admitted into the United Nations?",
        'When did "All Is Lost" open in the United States?',
        "",
        "???",
        "is",
        "is sanctioned",
        "is it sanctioned?",
        "who is sanctioned",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert _asked(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "What is the third feed source listed?",
        "Is the export of coal sanctioned?",
        "Was the move sanctioned by the Senate?",
        "When did the Treasury designate Zenda Bank a primary money laundering concern?",
        "Zenda Bank sanctions?",
        "check zenda bank",
        "What was Zenda Castle listed as in 1980?",
        "is Syrian Gas Company sanctioned?",
    ],
)
def test_what_may_ask_of_something_else_is_only_likely(question: str) -> None:
    asked = _asked(question)
    assert asked is not None
    assert asked.certainty == "likely"


def test_a_country_in_a_name_leaves_it_one() -> None:
    assert bare_name("Syrian Gas Company", PLACES) == ListQuestion("named", "Syrian Gas Company", certainty="perhaps")
    assert bare_name("Syrian gas", PLACES) is None


@pytest.mark.parametrize("text", ["Kim Yong Chol", "kim yong chol?", '"Kim Yong Chol"', "  Kim Yong Chol. "])
def test_a_text_may_be_a_name(text: str) -> None:
    asked = bare_name(text, PLACES)
    assert asked is not None
    assert (asked.name.casefold(), asked.certainty) == ("kim yong chol", "perhaps")


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "Havana", "Iranian banks", "Kabul embassy", "who was he", "Why was it closed", "was it open", "when",
        "how many", "Jay Treaty", "a: b", "one two three four five six seven eight nine", "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_a_text_that_is_no_name(text: str) -> None:
    assert bare_name(text, PLACES) is None


KIM = "is Kim Yong Chol sanctioned by the UN?"


@pytest.mark.parametrize(
    ("text", "lists", "year"),
    [
        ("and in 2020?", frozenset({"un"}), 2020),
        ("And by OFAC?", frozenset({"ofac-sdn"}), None),
        ("what about the EU?", frozenset({"eu"}), None),
        ("and on the OFAC list in 2019?", frozenset({"ofac-sdn"}), 2019),
        ("when was he listed?", frozenset(), None),
        ("was she on the EU list in 2019?", frozenset({"eu"}), 2019),
        ("why is he sanctioned?", frozenset(), None),
    ],
)
def test_a_question_leans_on_the_one_before(text: str, lists: frozenset[str], year: int | None) -> None:
    asked = follow_up(text, KIM, PLACES, TODAY)
    assert asked is not None
    assert (asked.kind, asked.name, asked.lists) == ("named", "Kim Yong Chol", lists)
    assert (asked.period.last.year if asked.period else None) == year


def test_who_is_on_a_list_is_asked_again_of_another_time() -> None:
    asked = follow_up("and in 2018?", "who is on the UN list under 1718?", PLACES, TODAY)
    assert asked is not None
    assert (asked.kind, asked.programmes, asked.lists) == ("members", ("DPRK",), frozenset({"un"}))
    assert asked.period is not None
    assert asked.period.last == date(2018, 12, 31)


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("and in 2020?", "why was the embassy in Kabul closed?"),
        ("and why?", KIM),
        ("who is his wife?", KIM),
        ("and the embassy?", KIM),
        ("was it listed?", "who is on the UN list under 1718?"),
        ("", KIM),
    ],
)
def test_other_questions_do_not_lean_on_it(text: str, context: str) -> None:
    assert follow_up(text, context, PLACES, TODAY) is None


WORDS = st.sampled_from(
    'is was who which list lists the un ofac on sanctioned listed under 1718 2018 Kim born sanctions of and ( ) , " “ ”'
    " 's in before \ue000 \u202e 'x ? check if SDN any by to from".split(" ")
)


@given(st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=200))
def test_any_text_is_read_and_a_name_is_never_empty_or_a_mark_of_ours(text: str) -> None:
    for asked in (_asked(text), bare_name(text, PLACES), follow_up(text, KIM, PLACES, TODAY)):
        if asked is not None and asked.kind == "named":
            assert asked.name.strip()
            assert "\ue000" not in asked.name
        if asked is not None and asked.kind == "members":
            assert asked.lists or asked.programmes


@pytest.mark.parametrize(
    "piece",
    ["is ", "the ", "on the un list ", "sanctions ", "a", "(born ", "born 1 ", "who was born ", ", ", '"', "in 2018 ",
     "un ", "which lists ", "\u0130", "de-", "?! ", " ", "no longer ", "1 "],
)  # fmt: skip
@pytest.mark.parametrize(
    "opening", ["", "is Kim ", "which lists name ", "has the un listed ", "who is on the ", "check "]
)
def test_hostile_texts_are_read_to_their_end(opening: str, piece: str) -> None:
    """A pattern that tries every way to divide a text would not come to an end here."""
    for length in (LONGEST, 10_000):
        text = (opening + piece * length)[:length]
        found = (
            _asked(text),
            bare_name(text, PLACES),
            follow_up(text, KIM, PLACES, TODAY),
            follow_up("and in 2018?", text, PLACES, TODAY),
        )
        assert length <= LONGEST or found == (None, None, None, None)


@pytest.mark.parametrize(
    "asked",
    [
        ListQuestion("named", "Kim Yong Chol"),
        ListQuestion("named", "Kim Yong Chol", frozenset({"un", "ofac-sdn"})),
        ListQuestion("named", "Kim Yong Chol", frozenset({"eu"}), births=("1962-02-18",)),
        ListQuestion("named", "Kim Yong Chol", countries=("Iran",)),
        ListQuestion("members", lists=frozenset({"un"}), programmes=("DPRK",), entries="person"),
        ListQuestion("members", lists=frozenset({"ofac-sdn"}), programmes=("SDGT",)),
        ListQuestion("members", programmes=("Al-Qaida",), entries="vessel"),
    ],
)
@pytest.mark.parametrize(
    ("first", "last"),
    [(None, None), (date(2015, 1, 1), date(2015, 12, 31)), (date(2015, 1, 1),) * 2, (date.min, date(2014, 12, 31))],
)
def test_what_is_asked_can_be_asked_again_in_full(asked: ListQuestion, first: date | None, last: date | None) -> None:
    period = Period(first, last, "") if first and last else None
    again = _asked(wording(replace(asked, period=period, leans=True)))
    assert again is not None
    said = replace(again.period, text="") if again.period else None
    assert replace(again, period=said) == replace(asked, period=period)


@pytest.mark.parametrize(
    ("text", "name", "certainty"),
    [
        ("what's Rupert Hentzau's date of birth on the OFAC list?", "Rupert Hentzau", "certain"),
        ("What is the address of Rupert Hentzau?", "Rupert Hentzau", "likely"),
        ("rupert hentzau's aliases", "rupert hentzau", "likely"),
        ("when was Rupert Hentzau born?", "Rupert Hentzau", "likely"),
        ("tell me about Rupert Hentzau", "Rupert Hentzau", "perhaps"),
        ("Who is Rupert Hentzau?", "Rupert Hentzau", "perhaps"),
    ],
)
def test_what_an_entry_says_of_a_name_is_asked_by_name(text: str, name: str, certainty: str) -> None:
    asked = list_question(text, load_places(), TODAY)
    assert asked is not None
    assert (asked.kind, asked.name, asked.certainty) == ("named", name, certainty)


@pytest.mark.parametrize("text", ["What is the address of the embassy in Vienna?", "who is the ambassador to France?"])
def test_facts_of_other_things_are_asked_of_documents(text: str) -> None:
    assert list_question(text, load_places(), TODAY) is None
