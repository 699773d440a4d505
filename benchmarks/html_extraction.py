"""What of real pages is kept and left out: snippets that a page's text must and must not contain.

The folder holds pages and ``expected.json``, which gives for each page the snippets in ``must_contain`` and
``must_not_contain``. A snippet counts as found if it stands in the page's text, runs of white space as one space. A
page that cannot be read keeps nothing and leaves everything out. Each snippet counts the same.

    python benchmarks/html_extraction.py FOLDER
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from index.errors import ReadError
from index.readers import read

TARGET = "Target: 0.90 of what must be kept, 0.85 of what must be left out."


def main() -> None:
    made = parser(__doc__)
    made.add_argument("folder", type=Path, help="pages with expected.json")
    options = made.parse_args()
    started = time.perf_counter()
    row = measure_folder(options.folder)
    row["seconds"] = time.perf_counter() - started
    report("Extraction of main content", [Table("Snippets", [row])], options.json, (TARGET,), ("trafilatura", "lxml"))


def measure_folder(folder: Path) -> dict[str, int | float]:
    """Pages, how many of them cannot be read, and the two shares in [0, 1]."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    texts = {name: text_of(folder / name) for name in expected}
    wanted = [(texts[name], each) for name in expected for each in expected[name]["must_contain"]]
    unwanted = [(texts[name], each) for name in expected for each in expected[name]["must_not_contain"]]
    return {
        "pages": len(expected),
        "unreadable": sum(1 for text in texts.values() if not text),
        "to keep": len(wanted),
        "kept": sum(stands_in(text, each) for text, each in wanted) / len(wanted),
        "to leave out": len(unwanted),
        "left out": sum(not stands_in(text, each) for text, each in unwanted) / len(unwanted),
    }


def text_of(page: Path) -> str:
    """The text on one line; empty if the page cannot be read."""
    try:
        readings = read(page.read_bytes(), page.name).readings
    except ReadError:
        return ""
    return " ".join(" ".join(reading.text for reading in readings).split())


def stands_in(text: str, snippet: str) -> bool:
    return " ".join(snippet.split()) in text


if __name__ == "__main__":
    main()
