"""What the tests of Slack ask about: an invented library, built once with the real model, copied for each process."""

import shutil
from pathlib import Path

from index.encode import OnnxEncoder
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Source

QUESTION = "When was the embassy in Strelsau closed?"
SENTENCE = "The embassy in Strelsau was closed on 4 May 1911."
REASON = "It was closed because the cipher books had been sold to a hotel keeper."
FOLLOW_UP = "And the consulate in Zenda?"
ZENDA = "The consulate in Zenda was closed on 9 June 1912."
CANARY = "quetzalcoatlus"
CANARY_QUESTION = "Who keeps the archive of the mission in Hentzau?"
CANARY_SENTENCE = f"The archive of the mission in Hentzau is kept by a man called {CANARY}."

HOSTILE_QUESTION = "What did the bulletin of the legation in Tarlenheim say?"
HOSTILE = (
    "The bulletin of the legation in Tarlenheim said <!channel> and <@U0000000000> and <https://evil.example|press me> "
    "in *bold* with `code` and &lt;!here&gt; and @everyone and \u202edesrever\u202c and zero\u200bwidth."
)

_STRELSAU = f"""\
---
title: The closure in Strelsau
publisher: Ruritanian Gazette
published: 1911-05-05
url: https://gazette.example/strelsau
---

# Closure

{SENTENCE} {REASON}

The keys of the embassy in Strelsau went to the Legation of Kravonia. It had been opened in 1874.

## Later

The embassy in Strelsau was closed to visitors for two months before. In Strelsau the closed embassy became a school.
Nobody asked for the embassy in Strelsau to be opened again. The closed embassy had forty rooms.
"""
_ZENDA = f"# Zenda\n\n{ZENDA} Its seal was handed to the mayor of Zenda.\n"
_HENTZAU = f"# Hentzau\n\n{CANARY_SENTENCE}\n"

DOCUMENTS = {
    "posts": {"strelsau.md": _STRELSAU, "zenda.md": _ZENDA, "tarlenheim.txt": f"Bulletin\n\n{HOSTILE}\n"},
    "internal": {"hentzau.md": _HENTZAU},
}


def build_library(folder: Path, encoder: OnnxEncoder) -> Path:
    """A home folder with the documents, each collection a source of its name."""
    home = Home(folder / "home")
    sources = []
    for name, files in DOCUMENTS.items():
        place = folder / name
        place.mkdir(parents=True)
        for path, text in files.items():
            (place / path).write_text(text)
        sources.append(Source(name, str(place), name))
    library = Library(home.library)
    sync(home, library, encoder, Limits(1_000_000, 192), add=sources)
    library.close()
    return home.path


def copied(home: Path, folder: Path) -> Path:
    """A copy of a home folder, to be changed."""
    return Path(shutil.copytree(home, folder / "home"))
