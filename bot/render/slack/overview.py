"""What is stored, as blocks: the collections, how much is in them, how new it is. Pure."""

from datetime import UTC, datetime

from bot.render.slack.elements import Block, bullets, dim_block, rich_text, section, shortened, text_elements
from bot.types import Overview, SearchedCollection

NOTHING = "No documents are stored yet."
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
        blocks.append(dim_block(f"{hidden} more collection{' is' if hidden == 1 else 's are'} not listed."))
    if overview.synced:
        blocks.append(dim_block(f"Brought up to date {_moment(overview.synced)}."))
    return blocks


def collection_name(name: str, longest: int) -> str:
    """The name, visible and cut with …; never empty."""
    return shortened(name, longest) or "(no name)"


def _collection(collection: SearchedCollection) -> Block:
    newest = shortened(collection.newest or "", _LONGEST_DATE)
    count = f"{collection.documents} document{'' if collection.documents == 1 else 's'}"
    return section(
        [
            *text_elements(collection_name(collection.name, _LONGEST_NAME), bold=True),
            *text_elements(f" · {count}{f' · newest {newest}' if newest else ''}"),
        ]
    )


def _moment(synced: str) -> str:
    """To the minute, in UTC; as it is if it cannot be read."""
    try:
        moment = datetime.fromisoformat(synced)
    except ValueError:
        return shortened(synced, _LONGEST_DATE) or "–"
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d at %H:%M} UTC"
