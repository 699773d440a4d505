"""What is installed, which model, which generation, what is wrong, and how to mend it."""

import platform
import sqlite3
from collections.abc import Iterator

from bot.assemble import Legation
from bot.doctor.chats import chats, discord, secrets, slack
from bot.doctor.finding import Finding, guarded
from bot.doctor.installed import PACKAGES, home, package
from bot.doctor.models import model, reranker
from bot.doctor.stored import library, manifest, store
from bot.glossary import load_glossary
from index.restore import is_restore_unfinished

__all__ = ["Finding", "examine"]


def examine(legation: Legation) -> Iterator[Finding]:
    """Looks at everything an answer depends on, changes nothing, and never raises a LegationError:
    what is wrong is a finding.
    """
    yield Finding("Python", "ok", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    yield from (package(name) for name in PACKAGES)
    unfinished = is_restore_unfinished(legation.home)
    if unfinished:
        yield Finding("restore", "wrong", "it was cut short", "nothing: the next question or sync goes on with it")
    for look in (
        home,
        model,
        reranker,
        _glossary,
        library,
        manifest,
        store,
        secrets,
        slack,
        discord,
        chats,
    ):
        if not unfinished or look not in {library, store, slack, discord, chats}:  # opened, it would be finished
            yield from guarded(look, legation)


def _glossary(legation: Legation) -> Iterator[Finding]:
    path = legation.settings.glossary
    if path is not None:
        load_glossary(path)
        yield Finding("glossary", "ok", str(path))
