"""What a table says of when somebody was born and where they belong, as the index of names wants it. Pure."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.country_names import COUNTRIES
from bot.places import load_places
from bot.words import folded_words

_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d{2}(?!\d)")
_SEVERAL = re.compile(r"\s*[;/|,]\s*|\s+and\s+")


def births_of(cell: str) -> tuple[str, ...]:
    """The dates that a cell gives: ISO 8601 as it is, of any other way to write it the years, for no more is compared
    (see ``index.name_facts``). Empty if there is no year in it, as in "12/31/64".
    """
    text = cell.strip()
    if _ISO.fullmatch(text):
        return (text,)
    if compact := _COMPACT.fullmatch(text):
        return ("-".join(compact.groups()),)
    return tuple(dict.fromkeys(_YEAR.findall(text)))


def countries_of(cell: str) -> tuple[str, ...]:
    """The English names of the countries that a cell names: by a name, as "Iraqi", by a common short form or in two
    capital letters (ISO 3166-1). Several are parted by semicolons, commas, slashes, bars or "and". Empty if one of
    them is not known.
    """
    turned = " ".join(reversed(cell.split(",", maxsplit=1)))  # "Korea, North"
    whole = _country(cell) or _country(turned)
    if whole:
        return whole
    found = [_country(part) for part in _SEVERAL.split(cell.strip())]
    return tuple(name for names in found for name in names) if all(found) else ()


def _country(name: str) -> tuple[str, ...]:
    """Every name of the country, or of all that share the name, which lists write in different ways."""
    text = " ".join(name.split())
    key = tuple(folded_words(text))
    forms = [form for form in load_places().forms.get(key, ()) if form.kind != "capital"]
    commons = dict.fromkeys(form.country.name for form in forms)
    if not commons and text in _codes():
        commons = {_codes()[text]: None}
    return tuple(each for common in commons for each in (common, *_official().get(common, ())))


@cache
def _codes() -> Mapping[str, str]:
    """Common names by ISO 3166-1 alpha-2."""
    records = json.loads((Path(__file__).parents[1] / "countries.json").read_bytes())
    named = {code: table["name"] for code, table in COUNTRIES.items() if "name" in table}
    return {code: named.get(code, record["name"]) for code, record in records.items() if len(code) == len("IQ")}


@cache
def _official() -> Mapping[str, tuple[str, ...]]:
    """The other names of each country, by its common one."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for key, forms in load_places().forms.items():
        if len(forms) == 1 and forms[0].kind == "name" and key != tuple(folded_words(forms[0].country.name)):
            found[forms[0].country.name][" ".join(key)] = None
    return {name: tuple(others) for name, others in found.items()}
