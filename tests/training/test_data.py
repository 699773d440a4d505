"""The examples keep their promise: what is called right answers, what is called wrong does not."""

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from bot.training.example import Example, read_examples, write_examples
from training.edits import (
    Pool,
    changed_question,
    moved_sentence,
    names,
    still_answering,
    swapped_answer,
    without_answer,
)
from training.examples import in_order, make_examples
from training.mining import Likeness, best_right, ranked_wrong
from training.otherwise import asked_otherwise
from training.sets import Paragraph, Question, held_out, read_set
from training.text import joined

SENTENCE = "The legation in Tirana was closed on 16 September 1939 by order of the Secretary of State."
QUESTION = "When was the legation in Tirana closed?"
POOL = Pool({"a": ["They met in Sofia and in Cetinje.", "The envoys went to Bucharest."]})


def _random(seed: int = 1) -> Random:
    return Random(seed)


def _paragraph(*sentences: str, article: str = "Albania") -> Paragraph:
    return Paragraph("squad", article, article, sentences)


def _question(answers: tuple[str, ...] = ("16 September 1939",), right: tuple[int, ...] = (1,)) -> Question:
    paragraph = _paragraph("Relations began in 1922.", SENTENCE, "The minister left for Athens.")
    return Question("q", QUESTION, paragraph, right, answers)


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("16 September 1939", "The legation in Tirana was closed by order of the Secretary of State."),
        ("Tirana", "The legation was closed on 16 September 1939 by order of the Secretary of State."),
        ("The legation", "In Tirana was closed on 16 September 1939 by order of the Secretary of State."),
    ],
)
def test_the_answer_is_taken_out_with_the_word_that_leads_to_it(answer: str, left: str) -> None:
    assert without_answer(_random(), SENTENCE, answer) == left


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("Tirana is Tirana, whatever they call it there.", "Tirana"),  # twice
        ("The unclosed legation was left to the guards.", "closed"),  # within a word
        ("It closed in May 1939.", "closed in May 1939"),  # little would be left
    ],
)
def test_an_answer_that_cannot_be_taken_out_cleanly_stays(sentence: str, answer: str) -> None:
    assert without_answer(_random(), sentence, answer) is None


def test_a_swapped_answer_is_of_another_kind_and_gone() -> None:
    for seed in range(20):
        swapped = swapped_answer(_random(seed), POOL, "a", SENTENCE, "16 September 1939")
        assert swapped in {
            f"The legation in Tirana was closed on {name} by order of the Secretary of State."
            for name in ("Sofia", "Cetinje", "Bucharest")
        }
        other = swapped_answer(_random(seed), POOL, "a", SENTENCE, "the Secretary of State")
        assert other is not None
        assert "Secretary" not in other


def test_a_moved_sentence_keeps_the_answer_and_loses_what_was_asked_about() -> None:
    for seed in range(20):
        moved = moved_sentence(_random(seed), POOL, "a", QUESTION, SENTENCE, "16 September 1939")
        assert moved in {SENTENCE.replace("Tirana", name) for name in ("Sofia", "Cetinje", "Bucharest")}


def test_a_harmless_change_keeps_the_answer_and_what_was_asked_about() -> None:
    sentence = "After talks in Durazzo the legation in Tirana was closed on 16 September 1939."
    for seed in range(20):
        still = still_answering(_random(seed), POOL, "a", QUESTION, sentence, "16 September 1939")
        assert still in {sentence.replace("Durazzo", name) for name in ("Sofia", "Cetinje", "Bucharest")}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who knew Tirana?", {"Who knew Sofia?", "Who knew Cetinje?", "Who knew Bucharest?"}),
        ("Who was first sent there?", {"Who was last sent there?"}),
        ("Who was in Paris?", set()),  # the paragraph does not speak of Paris: a change would change nothing
    ],
)
def test_a_question_is_changed_where_it_matters(question: str, expected: set[str]) -> None:
    changed = {changed_question(_random(seed), POOL, "a", question, f"{SENTENCE} He was sent.") for seed in range(60)}
    unsaid = {each for each in changed if each and not re.search(r"\b(?:not|never)\b", each)}
    assert unsaid == expected


def _otherwise(question: str, said: str) -> set[str | None]:
    return {asked_otherwise(_random(seed), question, said) for seed in range(60)}


@pytest.mark.parametrize(
    ("question", "said", "expected"),
    [
        ("Where was it signed?", "It was signed at Bern.", {"Why was it signed?", "When was it signed?"}),
        ("In which city was it signed?", "It was signed at Bern.", {"Why was it signed?", "When was it signed?"}),
        ("When was it shut?", "It was shut that Monday.", {"Why was it shut?", "Where was it shut?"}),
        ("In what year was it shut?", "It was shut that Monday.", {"Why was it shut?", "Where was it shut?"}),
        ("By whom was it shut?", "Zog shut it.", {f"{kind} was it shut?" for kind in ("Why", "When", "Where")}),
        (
            "How many legations were shut?",
            "All legations were shut.",
            {f"{kind} were legations shut?" for kind in ("Why", "When", "Where")},
        ),
    ],
)
def test_a_question_is_asked_for_something_that_the_sentence_does_not_tell(
    question: str, said: str, expected: set[str]
) -> None:
    assert _otherwise(question, said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("It was signed at Bern because of the war.", {None}),  # why, and when
        ("It was signed at Bern to end it.", {None}),
        ("It was signed at Bern to the sound of bells.", {"Why was it signed?", "When was it signed?"}),
        ("It was signed at Bern: nobody was left.", {"When was it signed?"}),
        ("It was signed at Bern that year.", {"Why was it signed?"}),
        ("It was signed at Bern, 1939.", {"Why was it signed?"}),
    ],
)
def test_a_question_is_not_asked_for_what_a_word_might_tell(said: str, expected: set[str | None]) -> None:
    assert _otherwise("Where was it signed?", said) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who signed it?",
        "Why was it signed?",
        "Where was it signed and sealed?",  # two questions
        "When was it sent to?",  # "Why was it sent to?"
        "How many were there?",
    ],
)
def test_a_question_that_cannot_be_turned_is_left(question: str) -> None:
    assert _otherwise(question, "Zog did.") == {None}


def test_a_changed_year_does_not_stand_in_the_paragraph() -> None:
    paragraph = " ".join(str(year) for year in range(1900, 1939)) + " and 1939"
    for seed in range(20):
        changed = changed_question(_random(seed), POOL, "a", "What happened in 1939?", paragraph)
        assert changed is not None
        assert changed.removeprefix("What happened in ")[:4] not in paragraph


def test_names() -> None:
    assert names("The envoy of Albania met King Zog, and Robert the Bruce. Later in May he left.") == [
        "Albania",
        "King Zog",
        "Robert the Bruce",
    ]


def test_tokenised_text_is_joined() -> None:
    assert joined("Paris ( France 's capital ) -- `` big '' , -LRB- old -RRB- .") == (
        'Paris (France\'s capital) – "big", (old).'
    )


def test_a_set_is_read(tmp_path: Path) -> None:
    path = tmp_path / "squad.jsonl"
    context = "The mission opened in 1922. It was closed in 1939. The mission lay in Tirana."
    lines = [
        {"question": "When was it closed?", "answers": ["1939", "in 1939"], "is_impossible": False},
        {"question": "Why was it closed?", "answers": [], "is_impossible": True},
        {"question": "What lay in Tirana?", "answers": ["The mission"], "is_impossible": False},
        {"question": "Who?", "answers": ["nobody"], "is_impossible": False},
    ]
    path.write_text("".join(json.dumps({**line, "context": context, "title": "A_b"}) + "\n" for line in lines))
    closed, why, lay = read_set(path)
    assert closed.paragraph.sentences == (
        "The mission opened in 1922.",
        "It was closed in 1939.",
        "The mission lay in Tirana.",
    )
    assert (closed.right, closed.answers, closed.paragraph.title) == ((1,), ("in 1939", "1939"), "A b")
    assert (why.right, why.answerable) == ((), False)
    likeness = Likeness([closed, why, lay], None, tmp_path / "none.npy")
    assert (lay.right, best_right(lay, likeness)) == ((0, 2), 2)
    assert ranked_wrong(lay, likeness) == [1]


def test_examples_say_where_the_answer_stands_and_wrong_ones_do_not_hold_it(tmp_path: Path) -> None:
    question = _question()
    other = Question("o", "Where?", _paragraph("The envoys met in Sofia.", "Zog was king."), (0,), ("Sofia",))
    likeness = Likeness([question, other], None, tmp_path / "none.npy")
    kinds: Counter[str] = Counter()
    for seed in range(40):
        for example in make_examples([question, other], likeness, seed):
            kinds[example.kind] += 1
            if example.label:
                assert example.text[example.start : example.end] in {"16 September 1939", "Sofia"}
            elif example.kind not in {"changed question", "moved sentence"}:
                answer = "Sofia" if example.question == "Where?" else "16 September 1939"
                assert answer not in example.text.partition(" | ")[0]
    assert {"right", "same paragraph", "changed question", "answer taken out", "answer swapped"} <= set(kinds)
    assert kinds["right"] == 80


def test_an_example_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no answering words"):
        Example("q", "text", 0, 1, 3, "right")
    with pytest.raises(ValueError, match="not in the text"):
        Example("q", "text", 1, 9, 12, "right")


def test_the_order_loses_nothing_and_leaves_hard_ones_for_later(tmp_path: Path) -> None:
    examples = [Example("q", f"text {n}", 0, 0, 0, "changed question" if n % 2 else "other") for n in range(2000)]
    ordered = in_order(examples, 4, 0.4, 3)
    assert Counter(ordered) == Counter(examples)
    first = sum(example.kind == "changed question" for example in ordered[:800])
    assert first < 360  # 400 without a curriculum
    assert ordered == in_order(examples, 4, 0.4, 3)
    path = tmp_path / "examples.jsonl"
    write_examples(ordered, path)
    assert read_examples(path) == ordered


def test_whole_articles_are_held_out() -> None:
    questions = [
        Question(f"{article}-{number}", QUESTION, _paragraph(SENTENCE, article=f"Article {article}"), (0,), ())
        for article in range(60)
        for number in range(3)
    ]
    kept = held_out(questions)
    assert len(kept) == 3
    assert kept < {question.paragraph.article for question in questions}
