"""Names of a question that no passage says, and whether a passage could answer it all the same."""

from datetime import date
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.glossary import load_glossary
from bot.types import Question
from bot.understanding import understand
from bot.unsaid import unsaid
from index.types import Alternatives
from index.vocabulary import IndexedVocabulary

HELD = """why did the us close its consulate general in embassy was closed when and staff ofac amount left of tirana
chengdu strelsau new who have been sanctions were imposed on iran by what settlement with about designated
old united states move to moscow copenhagen krakow beirut""".split()
VOCABULARY = IndexedVocabulary(
    "".join(f"{word}\n" for word in sorted(HELD) if len(word) > 3).encode(), lambda word: int(word in HELD)
)


def names(text: str, *alternatives: Alternatives) -> list[tuple[str, bool]]:
    return [(each.name, each.decisive) for each in unsaid(text, alternatives, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Why did the US close its consulate in Houston?", "Houston"),
        ("Why did the US close its Consulate General in the city of Houston?", "Houston"),
        ("When was the US embassy staff in Wakanda moved?", "Wakanda"),
        ("When was the Boise consulate closed?", "Boise"),
        ("Wakanda consulate: why did the US close it after Tirana?", "Wakanda"),
        ("Why was the consulate in New Orleans closed?", "New Orleans"),
        ("Why was the consulate in Vitoria-Gasteiz closed?", "Vitoria-Gasteiz"),
        ("When was the embassy in Zürich closed?", "Zürich"),
        ("What sanctions were imposed on Binance?", "Binance"),
        ("What was the OFAC settlement amount with Binance?", "Binance"),
        ("Why did the US sanction Duyguhan Ertas?", "Duyguhan Ertas"),
        ("Was Binance designated by the US in Moscow?", "Binance"),
        ("Have Binance been sanctioned by Iran?", "Binance"),
        ("why did the us close its consulate in wakanda", "wakanda"),
        ("why did the us close its consulate in houston", "houston"),
        ("why did the us close its consulate general in san diego?", "san diego"),
        ("when was the embassy in tel aviv closed", "tel aviv"),
        ("houston consulate: why was it closed", "houston"),
        ("When did Iran close its embassy in houston?", "houston"),
        ("mazar-e-sharif consulate closed", "mazar-e-sharif"),
        ("when was the consulate closed in boston", "boston"),
        ("closure of the embassy in iceland", "iceland"),
        ("why did ofac sanction karachi", "karachi"),
        ("WHY WAS THE CONSULATE IN HOUSTON CLOSED?", "HOUSTON"),
        ("WHY WAS THE CONSULATE IN WAKANDA CLOSED?", "WAKANDA"),
        ("Why Was The Consulate In Wakanda Closed?", "Wakanda"),
        ("When was Embassy Wakanda closed?", "Wakanda"),
        ("When was the Wakanda Embassy closed?", "Wakanda"),
        ("Why did the US sanction President Duyguhan Ertas?", "Duyguhan Ertas"),
        ("Why did the US sanction Duyguhan bin Ertas?", "Duyguhan bin Ertas"),
        ("Why did the US sanction Duyguhan Ertas-so?", "Duyguhan Ertas-so"),
    ],
)
def test_nothing_can_answer_what_is_asked_of_a_place_or_target_that_is_nowhere(text: str, name: str) -> None:
    assert names(text) == [(name, True)]


@pytest.mark.parametrize(
    "text",
    [
        "Why did the US close its consulate in Chengdu?",
        "Why did the US close its consulate in Strelsau, and what about the staff?",
        "Was the embassy in Tirana closed because of disarray?",
        "embassy in turmoil",
        "embassy in new turmoil",
        "closed the embassy in the centre of tirana",
        "embassy near the harbour of chengdu",
        "embassy in the islamic republic of iran",
        "when was the embassy in tirana closed pls",
        "consulate in chengdu",
        "the embassy in tirana and its reading of mobile phones",
        "why was the consulate closed in retaliation",
        "Why Was The Embassy Closed In Retaliation?",
        "the shuttered consulate in tirana",
        "When was the embassy in Wartime Tirana closed?",
        "FYI the embassy in Tirana was closed. When?",
        "Whose embassy in Tirana was closed by Iran? Shuttered consulate staff moved to Moscow.",
        "is the consulate in Tirana to reopen in 2031?",
        "Warum wurde das Konsulat in Houston geschlossen und wann?",
        "为什么关闭成都总领事馆",
        "Почему закрыли посольство в Киеве?",
        "",
        "?",
    ],
)
def test_what_some_passage_says_and_what_is_no_name_is_left_alone(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Whose embassy did Guzmania close in Tirana?", "Guzmania"),
        ("when was the embassy in tirana closed after houston", "houston"),
        ("What did Karachi sanction Iran about?", "Karachi"),
        ("When did Duyguhan's sanctions move Iran?", "Duyguhan"),
        ("What did Bodanov sanction Iran about?", "Bodanov"),
        ("Why was the embassy in Chengdo closed?", "Chengdo"),
        ("Why was the embassy in Moskow closed?", "Moskow"),
        ("Why was the embassy closed in Retaliation?", "Retaliation"),
        ("Can the US sanction Binance?", "Binance"),
        ("When must Iran be told that sanctions on Binance were imposed?", "Binance"),
        ("Dear Zsofi, when was the embassy in Tirana closed?", "Zsofi"),
        ("What sanctions were imposed on the FSB?", "FSB"),
        ("When was the staff of the CPA embassy moved?", "CPA"),
        ("What sanctions were imposed on Guzmanov officials?", "Guzmanov"),
        ("When were sanctions on the Guzmanov regime imposed?", "Guzmanov"),
        ("Why was the embassy in Tiranastrelsau closed?", "Tiranastrelsau"),
    ],
)
def test_a_name_beside_the_point_or_mistyped_is_told_and_refuses_nothing(text: str, name: str) -> None:
    assert names(text) == [(name, False)]


@pytest.mark.parametrize(
    "region", ["Africa", "West Africa", "March", "the Cold War", "the Maghreb", "Texas", "Siberia", "the Kremlin"]
)
def test_regions_times_and_regimes_are_said_by_other_names(region: str) -> None:
    assert names(f"Why did the US close its embassy in {region}?") == []
    assert names("When was the Nazi legation in Tirana closed?") == []


def test_another_way_to_say_it_that_a_passage_has_is_enough() -> None:
    text = "Why did the US close its embassy in Burma?"
    assert names(text, Alternatives("Burma", ("Myanmar",))) == [("Burma", True)]
    assert names(text, Alternatives("Burma", ("Myanmar", "United States"))) == []


def test_what_is_said_often_is_told_once_and_not_more_than_a_reader_takes_in() -> None:
    assert names("consulate in houston closed, why the consulate in houston") == [("houston", True)]
    assert len(names("consulates in " + ", ".join(f"wakanda{chr(97 + each)}x" for each in range(26)))) == 20


@pytest.mark.parametrize("part", ["san diego ", "in wakanda ", "wakanda,", "Embassy Wakanda In ", "wakandazendaland"])
def test_a_long_question_takes_no_longer_than_its_length(part: str) -> None:
    def seconds(length: int) -> float:
        text = ("why was the embassy in " + part * length)[:length]
        start = process_time()
        names(text)
        return process_time() - start

    names("why is the embassy in houston closed")
    short, long = (min(seconds(length) for _ in range(3)) for length in (1_000, 10_000))
    assert long < 40 * max(short, 0.001)  # 10 times as long; by its square, 100 times


@pytest.mark.parametrize("city", ["København", "Cracow", "Beyrouth"])
def test_what_a_city_calls_itself_or_was_called_is_another_way_to_say_it(city: str) -> None:
    question = Question(f"Why did the US close its consulate in {city}?")
    assert understand(question, VOCABULARY, load_glossary(), date(2026, 1, 1)).unsaid == ()


@given(st.text(), st.lists(st.text(max_size=8), max_size=3))
@example("The embassy in İstanbul’s “Beyoğlu”. In ǅakovo?", ["İstanbul"])
def test_names_are_slices_of_any_text(text: str, others: list[str]) -> None:
    for vocabulary in (VOCABULARY, IndexedVocabulary(b"", lambda word: 0)):
        found = unsaid(text, (Alternatives("embassy", tuple(others)),), vocabulary)
        assert all(each.name in text for each in found)


def test_of_places_in_a_row_each_counts() -> None:
    text = "Why were the consulates in Houston, Wakanda and Zendaland closed by Bodanov?"
    assert names(text) == [("Houston", True), ("Wakanda", True), ("Zendaland", True), ("Bodanov", False)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The US Embassy in Chengdu and the consulate in Wakanda: why closed?", "Wakanda"),
        ("The consulate in Wakanda and the US embassy in Chengdu: why closed?", "Wakanda"),
        ("Why were the consulates in Wakanda and Chengdu closed?", "Wakanda"),
        ("Why was the embassy in Tirana, Wakanda closed?", "Wakanda"),
        ("What sanctions were imposed on Binance and Iran?", "Binance"),
        ("What sanctions were imposed on Binance and on Iran?", "Binance"),
        ("Why was the consulate in Wakanda and the one in Chengdu closed?", "Wakanda"),
        ("Why was the consulate in Wakanda, now Chengdu, closed?", "Wakanda"),
        ("Why was the consulate in Wakanda (Chengdu) closed?", "Wakanda"),
        ("Why was the consulate in Wakanda/Chengdu closed?", "Wakanda"),
        ("When was the embassy in Guzmanov's Tirana closed?", "Guzmanov"),
        ("when was the embassy in guzmanov's tirana closed", "guzmanov"),
        ("When Was The Embassy In Guzmanov's Chengdu Closed?", "Guzmanov"),
        ("When was the embassy in Guzmanov-era Tirana closed?", "Guzmanov-era"),
        ("why were the consulates in wakanda and tirana closed", "wakanda"),
        ("Guzmanov embassy Strelsau closed when", "Guzmanov"),
        ("guzmanov embassy strelsau closed when", "guzmanov"),
        ("embassy in tirana guzmanov closed when", "guzmanov"),
        ("embassy in strelsau houston closed when", "houston"),
        ("embassy in moscow kremlinn closed", "kremlinn"),
        ("embassy in stalin era tirana closed", "stalin"),
        ("When was the United States embassy in moscow houston closed?", "houston"),
        ("When did Iran close the consulate in chengdu and the one in houston?", "houston"),
        ("Why was the embassy in Bodanov-held Tirana closed?", "Bodanov-held"),
    ],
)
def test_beside_a_place_or_target_that_is_said_a_name_that_is_not_refuses_nothing(text: str, name: str) -> None:
    assert names(text) == [(name, False)]


@pytest.mark.parametrize(
    "text",
    [
        "Why did the US close its consulate in Wakanda, United States?",
        "Why did the US move its embassy in Wakanda to Chengdu?",
        "Why did the United States embassy in Wakanda close when Iran left?",
        "Have Wakanda been sanctioned by the United States and Iran?",
    ],
)
def test_a_name_that_is_said_but_not_asked_about_saves_no_question(text: str) -> None:
    assert names(text) == [("Wakanda", True)]


def test_whose_a_place_is_is_not_that_place() -> None:
    assert names("When was the embassy in Guzmanov's Wakanda closed?") == [("Guzmanov", False), ("Wakanda", True)]
    assert names("When was the embassy in Wakanda's capital closed?") == [("Wakanda", True)]


def test_a_longer_name_of_which_most_is_said_is_no_unsaid_name() -> None:
    assert names("Why was the consulate in New Strelsau Zendaland closed?") == []
    assert names("Why was the consulate in New Zendaland closed?") == [("New Zendaland", True)]
    assert names("Why was the consulate in New Zendaland de la Strelsau closed?") == [("New Zendaland", True)]


@pytest.mark.parametrize(
    ("before", "text", "found"),
    [
        ("What sanctions were imposed on Binance?", "and on Iran?", []),
        ("Why did the US close its consulate in Boise?", "what about Tirana?", []),
        ("Why did the US close its consulate in Boise?", "and in Chengdu?", []),
        ("Why did the US close its consulate in Boise?", "and when?", [("Boise", True)]),
        ("What sanctions were imposed on Binance?", "by whom?", [("Binance", True)]),
        ("By Bloomberg, was the embassy in Tirana closed?", "when was it closed?", [("Bloomberg", False)]),
        ("When was the embassy in Tirana closed?", "and in Wakanda?", [("Wakanda", True)]),
        ("When was the embassy in Tirana closed?", "and in houston?", [("houston", True)]),
        ("Why was the consulate in Wakanda closed?", "tell me more", [("Wakanda", True)]),
    ],
)
def test_a_name_of_the_question_before_counts_until_another_is_asked_about(
    before: str, text: str, found: list[tuple[str, bool]]
) -> None:
    understood = understand(Question(text, context=before), VOCABULARY, load_glossary(), date(2026, 1, 1))
    assert [(each.name, each.decisive) for each in understood.unsaid] == found


def test_words_are_asked_for_only_where_a_name_may_be() -> None:
    asked: list[str] = []

    def passages(word: str) -> int:
        asked.append(word)
        return 1

    unsaid("Why did the US close its consulate in Houston in 2020?", (), IndexedVocabulary(b"", passages))
    assert asked == ["why", "houston"]
