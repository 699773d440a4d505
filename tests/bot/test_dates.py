"""Dates of a question, to stretches of days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dates import asks_present, find_periods

TODAY = date(2026, 11, 24)


def periods(text: str) -> list[tuple[str, str, str]]:
    found = [dated.period for dated in find_periods(text, TODAY)]
    return [(each.first.isoformat(), each.last.isoformat(), each.text) for each in found]


@pytest.mark.parametrize(
    ("text", "first", "last", "named"),
    [
        ("closed in 1998?", "1998-01-01", "1998-12-31", "1998"),
        ("since May 2017", "2017-05-01", "2026-11-24", "since May 2017"),
        ("before 1990", "0001-01-01", "1989-12-31", "before 1990"),
        ("prior to March 1990", "0001-01-01", "1990-02-28", "prior to March 1990"),
        ("after 2020 the", "2021-01-01", "2026-11-24", "after 2020"),
        ("by March 2006", "0001-01-01", "2006-03-31", "by March 2006"),
        ("from 1990 onwards", "1990-01-01", "2026-11-24", "from 1990 onwards"),
        ("since 2030", "2030-01-01", "2030-12-31", "since 2030"),
        ("between 1975 and 1979", "1975-01-01", "1979-12-31", "1975 and 1979"),
        ("2008-2012", "2008-01-01", "2012-12-31", "2008-2012"),
        ("from 2008 to 2012", "2008-01-01", "2012-12-31", "2008 to 2012"),
        ("in 1940-41", "1940-01-01", "1941-12-31", "1940-41"),
        ("1989/90", "1989-01-01", "1990-12-31", "1989/90"),
        ("in the 1980s", "1980-01-01", "1989-12-31", "the 1980s"),
        ("the 80s", "1980-01-01", "1989-12-31", "the 80s"),
        ("early 1980s", "1980-01-01", "1984-12-31", "early 1980s"),
        ("19th century", "1801-01-01", "1900-12-31", "19th century"),
        ("shut '89", "1989-01-01", "1989-12-31", "'89"),
        ("shut ’05", "2005-01-01", "2005-12-31", "’05"),
        ("closed in 95, who", "1995-01-01", "1995-12-31", "95"),
        ("since 89 the", "1989-01-01", "2026-11-24", "since 89"),
        ("on 12 April 1975", "1975-04-12", "1975-04-12", "12 April 1975"),
        ("April 12th, 1975, the", "1975-04-12", "1975-04-12", "April 12th, 1975"),
        ("the 3rd of sept. 1939", "1939-09-03", "1939-09-03", "3rd of sept. 1939"),
        ("july 2014", "2014-07-01", "2014-07-31", "july 2014"),
        ("2017-05-03", "2017-05-03", "2017-05-03", "2017-05-03"),
        ("2016-02", "2016-02-01", "2016-02-29", "2016-02"),
        ("last year", "2025-01-01", "2025-12-31", "last year"),
        ("last month", "2026-10-01", "2026-10-31", "last month"),
        ("last week", "2026-11-16", "2026-11-22", "last week"),
        ("this year", "2026-01-01", "2026-12-31", "this year"),
        ("the past year", "2025-11-24", "2026-11-24", "past year"),
        ("the last five years", "2021-11-24", "2026-11-24", "last five years"),
        ("3 years ago", "2023-01-01", "2023-12-31", "3 years ago"),
        ("May to July 2014", "2014-05-01", "2014-07-31", "May to July 2014"),
        ("closed May-June 2014", "2014-05-01", "2014-06-30", "May-June 2014"),
        ("between January and March 2015", "2015-01-01", "2015-03-31", "January and March 2015"),
        ("from November to January 2015", "2014-11-01", "2015-01-31", "November to January 2015"),
        ("10-12 June 2014", "2014-06-10", "2014-06-12", "10-12 June 2014"),
        ("June 10-12, 2014", "2014-06-10", "2014-06-12", "June 10-12, 2014"),
        ("10 June to 12 July 2014", "2014-06-10", "2014-07-12", "10 June to 12 July 2014"),
        ("June 10 to July 12, 2014", "2014-06-10", "2014-07-12", "June 10 to July 12, 2014"),
        ("Section 10 to June 2014", "2014-06-01", "2014-06-30", "June 2014"),
        ("2014 to present", "2014-01-01", "2026-11-24", "2014 to present"),
        ("from 2014 until now", "2014-01-01", "2026-11-24", "from 2014 until now"),
        ("since the 2021 coup", "2021-01-01", "2026-11-24", "since the 2021"),
        ("from 1990 on, who", "1990-01-01", "2026-11-24", "from 1990 on"),
        ("from 1990 on the list", "1990-01-01", "1990-12-31", "1990"),
        ("in the nineties", "1990-01-01", "1999-12-31", "the nineties"),
        ("the early nineties", "1990-01-01", "1994-12-31", "early nineties"),
        ("the nineteen-twenties", "1920-01-01", "1929-12-31", "the nineteen-twenties"),
        ("in the 90s", "1990-01-01", "1999-12-31", "the 90s"),
        ("on 9/11/2001", "2001-09-11", "2001-11-09", "9/11/2001"),
        ("on 11.09.2001", "2001-09-11", "2001-09-11", "11.09.2001"),
        ("on 2/13/2015", "2015-02-13", "2015-02-13", "2/13/2015"),
        ("pre-1990 visas", "0001-01-01", "1989-12-31", "pre-1990"),
        ("post-1990 visas", "1991-01-01", "2026-11-24", "post-1990"),
        ("over the last few years", "2021-11-24", "2026-11-24", "last few years"),
        ("the past couple of months", "2026-09-24", "2026-11-24", "past couple of months"),
        ("yesterday", "2026-11-23", "2026-11-23", "yesterday"),
        ("since May", "2026-05-01", "2026-11-24", "since May"),
        ("last December", "2025-12-01", "2025-12-31", "last December"),
        ("the 2008 expulsions", "2008-01-01", "2008-12-31", "2008"),
        ("before the 1980 break", "1980-01-01", "1980-12-31", "1980"),
    ],
)
def test_a_period(text: str, first: str, last: str, named: str) -> None:
    assert periods(text) == [(first, last, named)]


@pytest.mark.parametrize(
    "text",
    [
        "under section 1985",
        "22 U.S.C. 1985",
        "resolution 1718",
        "UNSCR 1929",
        "the 1718 Committee",
        "$2000",
        "2000 people",
        "2,019 visas",
        "1500 diplomats",
        "in 12 countries",
        "in 89 missions",
        "31 April 1975",
        "may a bank pay?",
        "17% of 2,340",
        "A-2012",
        "31.04.2001",
        "open today",
        "as of today",
        "his nineties",
        "article 2001",
        "before 0001",
        "decades ago",
        "2000%",
        "9999",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert periods(text) == []


def test_several_periods_stand_in_order() -> None:
    assert [named for _, _, named in periods("in 1990, since May 2001 and until 2005")] == [
        "1990",
        "since May 2001",
        "until 2005",
    ]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("documents from 2019 about Cuba", "from 2019"),
        ("reports published between 2018 and 2020 on Iran", "published between 2018 and 2020"),
        ("anything published since May 2020?", "published since May 2020"),
        ("news since May", "since May"),
        ("articles before 1990", "before 1990"),
        ("What do reports from 2019 say about Kenya?", "from 2019"),
        ("reports from 2023 on embassy closures", "from 2023"),
        ("documents that were issued in 2019", "issued in 2019"),
        ("Which missions are named in briefings dated 4 May 2019?", "dated 4 May 2019"),
    ],
)
def test_words_that_ask_for_documents_of_a_time(text: str, asked: str) -> None:
    (dated,) = find_periods(text, TODAY)
    assert dated.published
    assert text[dated.start : dated.end] == asked


@pytest.mark.parametrize(
    "text",
    [
        "embassies closed since 2020",
        "sanctions published in 2019",
        "Which embassy has been responsible since March 2006?",
        "how many did officials report in 2019?",
        "what book was published in 1543?",
        "licences issued since 2020",
        "Which sources say that the envoys were released in 1975?",
        "what do documents say about the envoys released in June 1975?",
        "Was anything released in 2003 from the accounts?",
        "was anything posted in 1951 about the legation?",
        "documents of 1858 treaty with Siam",
        "documents from 1858 treaty with Siam",
        "What articles of 1858 treaty still bind?",
        "documents from 1979 seized in the raid",
        "What was found in documents from 1979?",
        "What article was published in 1937?",
    ],
)
def test_other_dates_are_not_those_of_documents(text: str) -> None:
    assert [dated.published for dated in find_periods(text, TODAY)] == [False]


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Who is the current envoy?", True),
        ("is it still closed", True),
        ("How many have been designated so far?", True),
        ("now that the embassy is closed, who acts?", False),
        ("by now it had closed", False),
        ("When did it close?", False),
        ("Is the consulate in Durban open?", True),
        ("and are the sanctions on Kenya in force?", True),
        ("Which missions are closed?", True),
        ("as of today, who acts?", True),
        ("Is a mission closed when relations end?", False),
        ("What happens when the mission is closed?", False),
        ("Is it legal to ship frozen fish?", False),
    ],
)
def test_whether_a_question_is_about_the_present(text: str, present: bool) -> None:
    assert asks_present(text) is present


def test_a_state_at_a_time_is_not_the_present() -> None:
    assert not asks_present("Is the consulate open in 1990?", dated=True)
    assert asks_present("Is the consulate still open, as in 1990?", dated=True)


@given(st.text(alphabet="0123456789 '’-–/.,stnrdhmayinceforbtwulJ"), st.dates())
def test_periods_are_slices_with_their_ends_in_order(text: str, today: date) -> None:
    end = 0
    for dated in find_periods(text, today):
        assert end <= dated.start
        end = dated.end
        assert dated.period.first <= dated.period.last
        assert text[dated.start : dated.end].strip().endswith(dated.period.text)
