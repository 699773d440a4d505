"""Questions about posts in places that no stored document names: how many are answered with another place's post.

The places are the cities of the time zone database. Each is asked about once, in one of five questions; those that
some passage says are left out. Every question is answered twice, with bot/unsaid.py and without it.

    python benchmarks/unsaid_names.py --home FOLDER
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from zoneinfo import available_timezones

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from bot import understanding
from bot.answer import Answerer
from bot.assemble import Legation
from bot.question import make_question
from bot.settings import load_settings
from bot.types import Answer
from bot.words import folded_words
from index.types import Vocabulary

QUESTIONS = (
    "Why did the US close its consulate in {}?",
    "When was the embassy in {} closed?",
    "Who ran the consulate general in {} before it closed?",
    "Where did the {} consulate's work move to?",
    "how many staff left the embassy in {}",
)


def main() -> None:
    options = _options()
    cache = {} if options.model_cache is None else {"model_cache": options.model_cache.resolve()}
    legation = Legation(load_settings(options.home, **cache))
    legation.prepare()
    vocabulary = legation.searcher().open().generation.vocabulary()
    asked = [QUESTIONS[number % len(QUESTIONS)].format(city) for number, city in enumerate(_cities(vocabulary))]
    with_it = [_answer(legation.answerer, question) for question in asked]
    with patch.object(understanding, "unsaid", lambda text, ways, vocabulary: ()):
        without = [_answer(legation.answerer, question) for question in asked]
    rows = [
        {"side": side, "questions": len(asked), "answered": sum(each.found for each in answers)}
        for side, answers in (("without", without), ("with", with_it))
    ]
    report(
        "Questions about posts in places that no document names",
        [Table("Of the few that can be answered, most name a capital, and the sources its country", rows)],
        options.json,
    )
    for question, answer in zip(asked, with_it, strict=True):
        if answer.found:
            print(f"answered: {question}")


def _cities(vocabulary: Vocabulary) -> Iterator[str]:
    """Those of which at least half of the words are in no passage, by their alphabet."""
    for city in sorted({zone.rsplit("/", 1)[-1].replace("_", " ") for zone in available_timezones() if "/" in zone}):
        words = folded_words(city)
        plain = city.isascii() and city.replace(" ", "").isalpha() and len(city) > 4
        if plain and 2 * sum(not vocabulary.knows(word) for word in words) >= len(words):
            yield city


def _answer(answerer: Answerer, question: str) -> Answer:
    return answerer.answer(make_question(question))


def _options() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--home", type=Path, required=True, help="a home folder with an index")
    return options.parse_args()


if __name__ == "__main__":
    main()
