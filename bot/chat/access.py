"""Who may see which collections. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import AccessError

Collections = tuple[str, ...] | None
"""Names of collections, or None for all of them. An empty tuple is none at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is asked, by the platform's ids. ``direct`` says that it is a direct conversation, and that who
    asks alone reads the answer; ``guild`` is what the channel belongs to, where a platform has such.
    """

    platform: str
    channel: str
    user: str
    direct: bool = False
    guild: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Rules by channel, by guild and by user. ``others`` holds where there is no rule.

    In a channel, what its rule (or its guild's, or ``others``) allows is searched, less what a rule for the user leaves
    out: everybody there reads the answer, so a user's rule never adds to it. Where one person alone reads the answer,
    the user's rule (or ``others``) holds alone.
    """

    others: Collections = None
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guilds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def allowed(self, place: Place) -> Collections:
        if place.direct:
            return self.users.get(place.user, self.others)
        here = self.channels.get(place.channel, self.guilds.get(place.guild, self.others))
        return _both(here, self.users.get(place.user))

    def limits(self, place: Place, collection: str | None = None) -> tuple[str, ...]:
        """The collections to search, as in ``index.types.Filter``: empty if nothing is limited. Raises AccessError
        if nothing is left, or if the one ``collection`` that is asked for is not allowed.
        """
        allowed = self.allowed(place)
        if allowed == ():
            raise AccessError("No collection is open to you here.")
        if collection is None:
            return allowed or ()
        if allowed is not None and collection not in allowed:
            raise AccessError(f"There is no collection called {collection} that is open to you here.")
        return (collection,)


def _both(one: Collections, other: Collections) -> Collections:
    if one is None or other is None:
        return one if other is None else other
    return tuple(name for name in one if name in other)
