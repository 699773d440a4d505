"""Writes bot/countries.json: what Legation needs of the package countryinfo (MIT).

    python -m benchmarks.country_table

Reading the package itself takes 250 files and some 40 ms, with every process that answers. A test compares
the table with the package that is installed.
"""

import json
from pathlib import Path
from typing import Any

from countryinfo import all_countries

TABLE = Path(__file__).parents[1] / "bot" / "countries.json"
_LEFT_OUT = {"AN", "CS"}
_ENGLISH = ("Republic", "Kingdom", "State", "States", "Commonwealth", "Principality", "Sultanate", "Federation")


def table() -> dict[str, dict[str, Any]]:
    """By ISO 3166 code, in its order. Of entries that share a code the first is the country's."""
    found: dict[str, dict[str, Any]] = {}
    for country in all_countries():
        info: dict[str, Any] = dict(country.info())
        code = info.get("ISO", {}).get("alpha2")
        if code and code not in _LEFT_OUT and code not in found:
            found[code] = {
                "name": info["name"],
                "official": [each for each in info.get("altSpellings", ()) if _is_english(each)],
                "people": [each for listed in _listed(info.get("demonym")) for each in listed.split(",")],
                "capitals": _listed(info.get("capital")),
            }
    return dict(sorted(found.items()))


def _is_english(name: str) -> bool:
    return "," not in name and any(word in _ENGLISH for word in name.split())


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def written() -> str:
    """The file's text, one country a line."""
    lines = (f"{json.dumps(code)}: {json.dumps(each, ensure_ascii=False)}" for code, each in table().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(written(), "utf-8")
