"""What is stored, as blocks: the collections, how much is in them, how new it is. Pure."""

from bot.render.cut import shortened
from bot.render.slack.elements import Block, bullets, dim_block, rich_text, section, text_elements
from bot.render.words import brought_up_to_date, collection_size, not_listed
from bot.types import Overview, SearchedCollection

_MOST_COLLECTIONS = 40
_LONGEST_NAME = 100
_LONGEST_DATE = 40
"""Characters."""


def overview_blocks(overview: Overview) -> list[Block]:
    """A bullet for each collection, those behind the fortieth as a number, and when the index was built; empty
    without collections.
    """
    if not overview.collections:
        return []
    blocks = [rich_text(bullets(_collection(each) for each in overview.collections[:_MOST_COLLECTIONS]))]
    if hidden := len(overview.collections[_MOST_COLLECTIONS:]):
        blocks.append(dim_block(not_listed(hidden)))
    if overview.synced:
        blocks.append(dim_block(brought_up_to_date(overview.synced, _shortened_date)))
    return blocks


def collection_name(name: str, longest: int) -> str:
    """The name, visible and cut with …; never empty."""
    return shortened(name, longest) or "(no name)"


def _collection(collection: SearchedCollection) -> Block:
    return section(
        [
            *text_elements(collection_name(collection.name, _LONGEST_NAME), bold=True),
            *text_elements(collection_size(collection, _shortened_date)),
        ]
    )


def _shortened_date(date: str) -> str:
    return shortened(date, _LONGEST_DATE)
