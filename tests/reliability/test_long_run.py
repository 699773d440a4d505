"""A hundred thousand questions with syncs between them: the process does not grow.

Asked as the chats ask, with threads and the record of answers; for one question in twenty the reader that ships reads,
which takes ten times as long as all else. The short form counts what Python keeps, which tells of
one object kept for each question; the long one measures the memory of the process.
"""

import gc
import statistics

import pytest

from bot.rank import shipped_ranking
from bot.reader import SHIPPED, open_reader
from tests.fakes.dated_posts import ask, desks, editions_of, question, resident_mib, sync_apart
from tests.fakes.post_library import PostLibrary, quick_folder
from tests.rounds import Rounds

WARM_UP = 3
"""Rounds after which nothing new is loaded or kept."""

GROWTH = 1.05

EVERY = 20
"""The reader reads for one question in so many."""

LISTED = 100
"""The list has a new edition after so many syncs: every one is kept and searched, so that the index itself grows."""


def test_a_hundred_thousand_questions_leave_nothing_behind(rounds: Rounds, request: pytest.FixtureRequest) -> None:
    questions = rounds.count(short=50, long=200)  # before each sync
    kept: list[int] = []
    memory: list[float] = []
    with quick_folder() as folder:
        posts = PostLibrary(folder / "place")
        current = {sync_apart(posts, 0): {0}}
        reader = open_reader(SHIPPED, shipped_ranking().reader)
        with desks(posts.home, None, reader) as (unread, read):
            for number, random in rounds(short=8, long=500):
                for count in range(questions):
                    asked = unread if count % EVERY else read
                    answer = ask(asked, question(random), f"thread {number} {count % 7}", f"{count:09}")
                    assert editions_of(answer) <= current[answer.generation]
                edition = number + 1
                listed = edition - edition % LISTED
                current = {sync_apart(posts, edition, listed): {edition, listed}}
                gc.collect()
                kept.append(len(gc.get_objects()))
                memory.append(resident_mib())
    asked_since = questions * (len(kept) - WARM_UP)
    assert max(kept[WARM_UP:]) - kept[WARM_UP - 1] < asked_since / 2
    if request.config.getoption("--soak"):
        tenth = max(WARM_UP, len(memory) // 10)
        after_warm_up, last = memory[tenth], statistics.median(memory[-tenth:])
        print(
            f"{len(memory) * questions:,} questions; {after_warm_up:.1f} MiB after a tenth, {last:.1f} MiB at the end"
        )
        assert last <= after_warm_up * GROWTH
