"""What kind of answer a question wants."""

import pytest

from bot.asked import kinds_asked


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("When did the embassy in Quito close?", {"date"}),
        ("quito embassy closed when", {"date"}),
        ("What year was the legation opened?", {"date"}),
        ("since when has it been shut?", {"date"}),
        ("How long ago did they leave?", {"date"}),
        ("Salzburg agency, when was it closed", {"date"}),
        ("How many staff were expelled?", {"number"}),
        ("how often must the Secretary report", {"number", "duty"}),
        ("what percentage of visas was refused", {"number"}),
        ("maximum penalty for a breach?", {"number"}),
        ("Why did Chile break with Havana?", {"reason"}),
        ("What led Chile to break relations?", {"reason"}),
        ("what was the reason for it", {"reason"}),
        ("how come they left", {"reason"}),
        ("which raid prompted the closure", {"reason"}),
        ("Where did the mission move to?", {"place"}),
        ("in which city was the envoy based", {"place"}),
        ("Who signed the order?", {"person"}),
        ("protecting power, who is it?", {"person"}),
        ("Whose embassy hosted them?", {"person"}),
        ("which minister resigned", {"person"}),
        ("Which consulates were closed?", {"list"}),
        ("list the missions in Peru", {"list"}),
        ("name three exemptions", {"list", "duty"}),
        ("any examples of frozen assets", {"list"}),
        ("What are the criteria?", {"list"}),
        ("Which countries recognise it?", {"list", "place"}),
        ("Must a bank report it?", {"duty", "yes-no"}),
        ("Is food aid exempt?", {"duty", "yes-no"}),
        ("What may be imported?", {"duty"}),
        ("May exporters ship food?", {"duty", "yes-no"}),
        ("Which goods may Peru buy?", {"duty", "list"}),
        ("does the law cover shipping?", {"duty", "yes-no"}),
        ("Did Peru close its embassy?", {"yes-no"}),
        ("tiny mission - does size matter when opening one?", {"yes-no"}),
        ("who closed it, and when?", {"person", "date"}),
        ("has it reopened, and when?", {"date"}),
    ],
)
def test_what_is_asked(text: str, kinds: set[str]) -> None:
    assert kinds_asked(text) == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("who locked the doors when Tokyo took over", {"person"}),  # "when" tells a time, it asks for none
        ("island states where Peru has no embassy", set()),
        ("diplomats who were expelled in May 1999", set()),
        ("How many were expelled in May", {"number"}),
        ("closed May-June", set()),
        ("shut from May", set()),
        ("shut from may to july", set()),
        ("shut in April or May", set()),
        ("What happens to its money?", set()),
        ("what does the status mean", set()),
        ("What makes premises inviolable", set()),
        ("Peru embassy", set()),
        ("", set()),
    ],
)
def test_words_of_a_question_that_ask_nothing(text: str, kinds: set[str]) -> None:
    assert kinds_asked(text) == kinds
