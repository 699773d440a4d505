"""Questions that were not answered, in groups."""

from itertools import permutations

import numpy as np

from bot.chat.gaps import ALIKE, find_gaps
from bot.chat.store import Unanswered
from bot.types import Gap
from index.encode import OnnxEncoder
from index.types import Vectors

# Cosines: sun and sunny 0.8, sun and warm 0.6, sunny and warm 0.96; moon is at right angles to all.
VECTORS: dict[str, tuple[float, float, float]] = {
    "sun": (1.0, 0.0, 0.0),
    "sunny": (0.8, 0.6, 0.0),
    "warm": (0.6, 0.8, 0.0),
    "bright": (0.76, 0.0, 0.65),
    "cloudy": (0.74, 0.0, 0.67),
    "moon": (0.0, 0.0, 1.0),
}


def encode(text: str) -> Vectors:
    """The vector of the one word of ``VECTORS`` that a question holds."""
    (vector,) = (vector for name, vector in VECTORS.items() if name in text.lower().rstrip("?!. ").split())
    return np.array(vector, dtype=np.float32)


def asked(question: str, day: int = 1, marked_wrong: bool = False) -> Unanswered:
    return Unanswered(question, f"2024-03-{day:02d}", marked_wrong)


def test_nothing_unanswered_is_no_gap() -> None:
    assert find_gaps([], encode) == ()


def test_what_has_no_words_is_no_gap() -> None:
    assert find_gaps([asked("???", 3), asked("sun", 2), asked("🙂", 1)], encode) == (Gap("sun", 1, "2024-03-02"),)


def test_one_question_is_a_gap_of_its_own() -> None:
    assert find_gaps([asked("sun?", 5)], encode) == (Gap("sun?", 1, "2024-03-05"),)
    assert find_gaps([asked("sun?", 5, marked_wrong=True)], encode) == (Gap("sun?", 1, "2024-03-05", 1),)


def test_questions_join_from_the_cosine_on_that_is_set() -> None:
    assert ALIKE == 0.75
    assert find_gaps([asked("sunny", 3), asked("sun", 2), asked("sun", 1)], encode) == (
        Gap("sun", 3, "2024-03-03", 0, ("sunny",)),
    )
    assert find_gaps([asked("bright", 3), asked("sun", 2), asked("sun", 1)], encode) == (
        Gap("sun", 3, "2024-03-03", 0, ("bright",)),
    )
    assert find_gaps([asked("sun", 2), asked("cloudy", 1)], encode) == (
        Gap("sun", 1, "2024-03-02"),
        Gap("cloudy", 1, "2024-03-01"),
    )


def test_a_question_joins_the_group_whose_first_one_is_nearest() -> None:
    questions = [asked(word, day) for day, word in enumerate("moon sunny warm warm sun sun sun".split(), start=1)]
    assert find_gaps(questions[::-1], encode) == (
        Gap("sun", 3, "2024-03-07"),
        Gap("warm", 3, "2024-03-04", 0, ("sunny",)),
        Gap("moon", 1, "2024-03-01"),
    )


def test_likeness_is_to_the_first_question_and_makes_no_chain() -> None:
    questions = [asked(word, day) for day, word in enumerate("warm sunny sunny sun sun sun".split(), start=1)]
    assert find_gaps(questions[::-1], encode) == (  # sunny and warm are alike
        Gap("sun", 5, "2024-03-06", 0, ("sunny",)),
        Gap("warm", 1, "2024-03-01"),
    )


def test_the_same_words_about_another_country_are_another_gap() -> None:
    gaps = find_gaps([asked("sun in Chad?", 3), asked("sun in Mali?", 2), asked("sun in Chad and Mali?", 1)], encode)
    assert gaps == (
        Gap("sun in Chad?", 1, "2024-03-03"),
        Gap("sun in Mali?", 1, "2024-03-02"),
        Gap("sun in Chad and Mali?", 1, "2024-03-01"),
    )
    both = asked("sun in Mali and Chad", 2)
    assert find_gaps([both, asked("Chad or Mali: sun", 1), both], encode) == (
        Gap("sun in Mali and Chad", 3, "2024-03-02", 0, ("Chad or Mali: sun",)),
    )
    assert find_gaps([asked("sun in Chad", 2), asked("sun", 1)], encode) == (
        Gap("sun in Chad", 1, "2024-03-02"),
        Gap("sun", 1, "2024-03-01"),
    )


def test_capitals_spaces_and_end_marks_make_no_other_wording() -> None:
    questions = [
        asked("SUN  in\tchad", 9),
        asked("Sun in Chad??", 8),
        asked("sun in Chad", 7),
        asked("sun in Chad .", 6),
    ]
    assert find_gaps(questions, encode) == (Gap("SUN  in\tchad", 4, "2024-03-09"),)


def test_each_time_counts_and_the_most_frequent_wording_stands_for_all() -> None:
    questions = [
        asked("more sun", 9),
        asked("sunny", 9),
        asked("sun", 8, marked_wrong=True),
        asked("sun?", 7),
        asked("sunny", 6, marked_wrong=True),
        asked("sun", 5),
    ]
    assert find_gaps(questions, encode) == (Gap("sun", 6, "2024-03-09", 2, ("sunny", "more sun")),)


def test_three_further_wordings_are_shown() -> None:
    questions = [asked(f"sun {word}", 9 - place) for place, word in enumerate("abcdef")]
    questions += [asked("sun f", 1), asked("sun d", 1), asked("sun d", 1)]
    (gap,) = find_gaps(questions, encode)
    assert (gap.question, gap.times, len(gap.others)) == ("sun d", 9, 3)
    assert gap.others[0] == "sun f"
    assert set(gap.others[1:]) <= {"sun a", "sun b", "sun c", "sun e"}


def test_the_most_asked_come_first_then_the_newest() -> None:
    questions = [asked("moon", 9), asked("warm", 8), asked("sun", 7), asked("sun", 3), asked("moon in Chad", 2)]
    assert [(gap.question, gap.times) for gap in find_gaps(questions, encode)] == [
        ("sun", 2),
        ("moon", 1),
        ("warm", 1),
        ("moon in Chad", 1),
    ]


def test_no_question_is_lost_or_counted_twice() -> None:
    days = [asked("sun", 9), asked("sunny", 8), asked("warm", 7), asked("moon", 6), asked("sun", 5)]
    for questions in permutations(days):
        gaps = find_gaps(questions, encode)
        assert sum(gap.times for gap in gaps) == 5
        assert sorted(word for gap in gaps for word in (gap.question, *gap.others)) == ["moon", "sun", "sunny", "warm"]
        assert all(
            gap.latest == max(d.asked for d in days if d.question in (gap.question, *gap.others)) for gap in gaps
        )


def test_each_wording_is_encoded_once() -> None:
    encoded: list[str] = []

    def counting(text: str) -> Vectors:
        encoded.append(text)
        return encode(text)

    find_gaps([asked("sun"), asked("Sun?"), asked("moon"), asked("sun")], counting)
    assert encoded == ["sun", "moon"]


def test_with_the_real_model_paraphrases_join_and_countries_do_not(encoder: OnnxEncoder) -> None:
    questions = [
        asked("Why was the embassy in Mali closed?", 9),
        asked("What is the reason for the closure of the embassy in Mali?", 8),
        asked("Why was the embassy in Chad closed?", 7),
        asked("Why did they close the embassy in Mali?", 6),
        asked("Who may grant visas to students from Mali?", 5),
        asked("why was the embassy in Mali closed", 4),
        asked("Why was the embassy in Mali closed??", 3),
        asked("Why did they close the embassy in Mali?", 2),
    ]
    assert find_gaps(questions, encoder.encode_query) == (
        Gap(
            "Why was the embassy in Mali closed?",
            6,
            "2024-03-09",
            0,
            ("Why did they close the embassy in Mali?", "What is the reason for the closure of the embassy in Mali?"),
        ),
        Gap("Why was the embassy in Chad closed?", 1, "2024-03-07"),
        Gap("Who may grant visas to students from Mali?", 1, "2024-03-05"),
    )
