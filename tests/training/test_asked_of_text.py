"""Questions made of the sentences of a text: what they are labelled."""

from training.asked_of_text import Told, asked_of, subject_of

CLOSED = "Legation Tirana was officially closed on September 16, 1939."
SEVERED = (
    "The United States severed diplomatic relations with Cuba on January 3, 1961, because of attacks on its staff."
)
OPENED = "The United States opened a consulate in Bratislava."
DUTY = "The Secretary of State shall impose the sanctions described in subsection (b)."


def _labels(sentence: str, subject: str = "", others: tuple[str, ...] = ()) -> dict[str, set[int]]:
    """The labels of all kinds of questions that a hundred draws make of a sentence."""
    found: dict[str, set[int]] = {}
    told = [Told(sentence, sentence, subject), *(Told("", "", other) for other in others)]
    for seed in range(100):
        for example in asked_of(told, seed):
            assert example.text == sentence
            found.setdefault(example.kind.removeprefix("text: "), set()).add(example.label)
    return found


def _asked(sentence: str, kind: str) -> set[str]:
    return {
        example.question.rstrip("?")
        for seed in range(200)
        for example in asked_of([Told(sentence, sentence, "")], seed)
        if example.kind == f"text: {kind}"
    }


def test_a_day_is_told_and_a_reason_is_not() -> None:
    assert _labels(CLOSED) == {"tells when": {1}, "tells not why": {0}, "tells not who": {0}, "opposite": {0}}


def test_a_reason_is_told() -> None:
    assert _labels(SEVERED) == {"tells when": {1}, "tells why": {1}, "tells who": {1}, "opposite": {0}}


def test_a_sentence_without_a_day_does_not_tell_when() -> None:
    assert _labels(OPENED)["tells not when"] == {0}


def test_who_must_do_something_is_told_of_a_duty() -> None:
    assert "Who shall impose the sanctions described" in _asked(DUTY, "tells who")


def test_what_follows_the_question_word_is_the_clause() -> None:
    assert {"When was Legation Tirana closed", "In what year was Legation Tirana closed"} <= _asked(
        CLOSED, "tells when"
    )
    assert "When was Legation Tirana reopened" in _asked(CLOSED, "opposite")
    assert "Why did the United States sever diplomatic relations" in _asked(SEVERED, "tells why")


def test_about_another_country_it_does_not_answer() -> None:
    found = _labels(CLOSED, "Albania", ("France",))
    assert found["other subject"] == {0}
    assert "other subject" not in _labels(CLOSED, "Albania")


def test_what_is_no_plain_main_clause_is_not_asked_for() -> None:
    for sentence in (
        "It was closed on September 16, 1939.",
        "Although Texas was annexed by the United States in 1845, the transfer took place in 1846.",
        "The exercise of all powers granted to the President shall end in 1990.",
        "Closed on September 16, 1939.",
    ):
        assert _labels(sentence) == {}, sentence


def test_the_same_seed_makes_the_same_pairs() -> None:
    told = [Told(CLOSED, CLOSED, "Albania"), Told(SEVERED, SEVERED, "Cuba")]
    assert asked_of(told, 3) == asked_of(told, 3)


def test_the_last_part_of_a_title_is_its_subject_if_it_is_a_short_name() -> None:
    assert subject_of("A Guide to Relations, by Country, since 1776: Albania") == "Albania"
    assert subject_of("22 U.S.C. § 8001. Sense of Congress") == ""
    assert subject_of("North Korea closes embassies") == ""
