"""Questions about posts in places that no stored document names: how many are answered with another place's post.

The places are the cities of the time zone database. Each is asked about once, in one of five questions; those that
some passage says are left out. Every question is answered as it is written and in small letters, as people write in
chats, each with bot/unsaid.py and without it.

    python benchmarks/unsaid_names.py --home FOLDER
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
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
    rows: list[dict[str, object]] = []
    answered: list[str] = []
    for letters, questions in (("as written", asked), ("small", [each.lower() for each in asked])):
        found = _answered(legation.answerer, questions)
        with patch.object(understanding, "unsaid", lambda text, ways, vocabulary: ()):
            without = _answered(legation.answerer, questions)
        rows += [
            {"letters": letters, "side": side, "questions": len(asked), "answered": len(each)}
            for side, each in (("without", without), ("with", found))
        ]
        answered += found
    report(
        "Questions about posts in places that no document names",
        [Table("Of the few that can be answered, most name a capital, and the sources its country", rows)],
        options.json,
    )
    for question in answered:
        print(f"answered: {question}")


def _cities(vocabulary: Vocabulary) -> Iterator[str]:
    """Those of which at least half of the words are in no passage, by their alphabet."""
    for city in sorted({zone.rsplit("/", 1)[-1].replace("_", " ") for zone in available_timezones() if "/" in zone}):
        words = folded_words(city)
        plain = city.isascii() and city.replace(" ", "").isalpha() and len(city) > 4
        if plain and 2 * sum(not vocabulary.knows(word) for word in words) >= len(words):
            yield city


def _answered(answerer: Answerer, questions: Sequence[str]) -> list[str]:
    return [each for each in questions if answerer.answer(make_question(each)).found]


def _options() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--home", type=Path, required=True, help="a home folder with an index")
    return options.parse_args()


if __name__ == "__main__":
    main()
