"""Discord's permissions: their bits, and what is left of them in a channel after its overwrites."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BITS: Mapping[str, int] = {
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_external_emojis": 1 << 18,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_messages_in_threads": 1 << 38,
}
ALL = (1 << 53) - 1
EVERYONE = (
    "view_channel", "send_messages", "embed_links", "attach_files", "read_message_history", "add_reactions",
    "use_application_commands", "create_public_threads", "send_messages_in_threads",
)  # fmt: skip
DIRECT = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history", "add_reactions")
NEED_SENDING = ("mention_everyone", "attach_files", "embed_links")
"""Without send_messages nobody has these either (in threads: without send_messages_in_threads)."""


def bits(names: Iterable[str]) -> int:
    """The permissions of these names in one number."""
    value = 0
    for name in names:
        value |= BITS[name]
    return value


def names(value: int) -> set[str]:
    """The names of the permissions in a number."""
    return {name for name, bit in BITS.items() if value & bit}


@dataclass
class Overwrite:
    """What a channel allows or denies a role (``kind`` 0) or a member (1)."""

    id: str
    kind: int
    allow: int = 0
    deny: int = 0


def effective(
    base: int, everyone: str, roles: Iterable[str], member: str, overwrites: Mapping[str, Overwrite], thread: bool
) -> int:
    """What a member may do in a channel; ``base`` is what its roles allow in the whole guild."""
    if base & BITS["administrator"]:
        return ALL
    value = base
    first = overwrites.get(everyone)
    if first is not None:
        value = value & ~first.deny | first.allow
    allow = deny = 0
    for role in roles:
        other = overwrites.get(role)
        if role != everyone and other is not None:
            allow, deny = allow | other.allow, deny | other.deny
    value = value & ~deny | allow
    own = overwrites.get(member)
    if own is not None:
        value = value & ~own.deny | own.allow
    if not value & BITS["view_channel"]:
        return 0
    if not value & BITS["send_messages_in_threads" if thread else "send_messages"]:
        value &= ~bits(NEED_SENDING)
    return value
