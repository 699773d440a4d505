"""Users, guilds, channels and messages in the shapes that Discord's reference gives them."""

import copy
from datetime import UTC, datetime
from typing import Any

from tests.fakes.discord_server.world import CHANNEL_TYPES, EPOCH_MILLISECONDS, Channel, Guild, Message, User, World

Payload = dict[str, Any]


def moment(seconds: float) -> str:
    """A timestamp as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def created(name: str) -> str:
    """When a snowflake was made."""
    return moment(((int(name) >> 22) + EPOCH_MILLISECONDS) / 1000)


def user(who: User) -> Payload:
    """A user."""
    payload: Payload = {
        "id": who.id,
        "username": who.name,
        "discriminator": "0000" if who.is_bot else "0",
        "global_name": None if who.is_bot else who.name.capitalize(),
        "avatar": None,
        "public_flags": 0,
    }
    return payload | {"bot": True} if who.is_bot else payload


def member(world: World, guild: Guild, who: str, channel: Channel | None = None, inner: bool = True) -> Payload:
    """A member of a guild; with ``channel`` also what the member may do there, with ``inner`` the user too."""
    payload: Payload = {
        "roles": sorted(guild.members.get(who, set())),
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "joined_at": created(guild.id),
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    if inner:
        payload["user"] = user(world.users[who])
    if channel is not None:
        payload["permissions"] = str(world.permissions_in(channel, who))
    return payload


def channel(world: World, place: Channel, viewer: str | None = None) -> Payload:
    """A channel; with ``viewer`` also what that user may do there."""
    payload: Payload = {"id": place.id, "type": CHANNEL_TYPES[place.kind], "flags": 0, "last_message_id": None}
    if place.kind == "dm":
        assert place.recipient is not None
        return payload | {"recipients": [user(world.users[place.recipient])]}
    payload |= {"guild_id": place.guild, "name": place.name, "rate_limit_per_user": 0, "parent_id": place.parent}
    if viewer is not None:
        payload["permissions"] = str(world.permissions_in(place, viewer))
    if place.kind == "thread":
        inside = [message for message in world.messages if message.channel == place.id and not message.deleted]
        return payload | {
            "owner_id": place.owner,
            "message_count": len(inside),
            "member_count": 1,
            "total_message_sent": len(inside),
            "thread_metadata": {
                "archived": place.archived,
                "auto_archive_duration": place.auto_archive_minutes,
                "archive_timestamp": created(place.id),
                "create_timestamp": created(place.id),
                "locked": place.locked,
            },
        }
    overwrites = [
        {"id": each.id, "type": each.kind, "allow": str(each.allow), "deny": str(each.deny)}
        for each in place.overwrites.values()
    ]
    return payload | {"position": 0, "topic": None, "nsfw": False, "permission_overwrites": overwrites}


def guild(world: World, place: Guild) -> Payload:
    """A guild as GUILD_CREATE tells of it to an app that may not list members: the bot is the only one."""
    channels = [each for each in world.channels.values() if each.guild == place.id and not each.deleted]
    threads = [each for each in channels if each.kind == "thread" and not each.archived]
    return {
        "id": place.id,
        "name": place.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": place.owner,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [
            {
                "id": role.id, "name": role.name, "permissions": str(role.permissions), "position": number, "color": 0,
                "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False,
                "managed": False, "mentionable": False, "flags": 0,
            }
            for number, role in enumerate(place.roles.values())
        ],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-GB",
        "nsfw_level": 0,
        "joined_at": created(place.id),
        "large": False,
        "unavailable": False,
        "member_count": len(place.members),
        "voice_states": [],
        "members": [member(world, place, world.bot.id)],
        "channels": [channel(world, each) for each in channels if each.kind != "thread"],
        "threads": [channel(world, each) for each in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }  # fmt: skip


def application(world: World) -> Payload:
    """The app, as /applications/@me and /oauth2/applications/@me show it."""
    flags = 0
    for name, bit in (("presences", 1 << 13), ("members", 1 << 15), ("message_content", 1 << 19)):
        flags |= bit if name in world.privileged else 0
    return {
        "id": world.application_id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(world.owner),
        "team": None,
        "flags": flags,
        "bot": user(world.bot),
        "approximate_guild_count": len(world.guilds),
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "tags": [],
        "integration_types_config": {"0": {}},
    }


def content_visible(world: World, message: Message, intent: bool) -> bool:
    """Whether the app may see what a message says; ``intent`` is whether it has the message content intent."""
    own = message.author == world.bot.id or message.ephemeral or world.channels[message.channel].kind == "dm"
    return intent or own or world.bot.id in message.mentions


def message(
    world: World, shown: Message, intent: bool, event: bool = False, whole: bool = False, nested: bool = True
) -> Payload:
    """A message as the app may see it.

    ``event`` adds what only events of guilds have; ``whole`` is for a message that an interaction is about; ``nested``
    is whether the message that it answers is shown too.
    """
    place = world.channels[shown.channel]
    home = world.guilds[place.guild] if place.guild is not None and not shown.ephemeral else None
    visible = whole or content_visible(world, shown, intent)
    mentions = [user(world.users[name]) for name in shown.mentions]
    if event and home is not None:
        mentions = [
            each | {"member": member(world, home, each["id"], inner=False)} if each["id"] in home.members else each
            for each in mentions
        ]
    payload: Payload = {
        "id": shown.id,
        "type": shown.kind,
        "channel_id": shown.channel,
        "author": user(world.users[shown.author]),
        "content": shown.content if visible else "",
        "timestamp": moment(shown.created),
        "edited_timestamp": moment(shown.edited_at) if shown.edited else None,
        "tts": False,
        "mention_everyone": shown.mention_everyone,
        "mentions": mentions,
        "mention_roles": list(shown.mention_roles),
        "attachments": [
            {name: value for name, value in each.items() if name != "data"} for each in shown.attachments
        ] if visible else [],
        "embeds": copy.deepcopy(shown.embeds) if visible else [],
        "components": copy.deepcopy(shown.components) if visible else [],
        "pinned": False,
        "flags": shown.flags,
    }  # fmt: skip
    if event and home is not None:
        payload["guild_id"] = home.id
        if shown.interaction is None and shown.author in home.members:
            payload["member"] = member(world, home, shown.author, inner=False)
    if shown.nonce is not None:
        payload["nonce"] = shown.nonce
    if shown.reference is not None:
        parent = place.parent if shown.kind == 21 else place.id
        reference: Payload = {"type": 0, "channel_id": parent, "message_id": shown.reference}
        payload["message_reference"] = reference | ({"guild_id": place.guild} if place.guild is not None else {})
        other = world.message(parent or "", shown.reference)
        if nested:
            payload["referenced_message"] = None if other is None else message(world, other, intent, nested=False)
    if shown.thread is not None:
        payload["thread"] = channel(world, world.channels[shown.thread])
    if shown.via == "channel":
        payload["application_id"] = world.application_id
    if shown.interaction is not None:
        payload |= {"application_id": world.application_id, "webhook_id": world.application_id}
        payload["interaction_metadata"] = metadata(world, shown)
    return payload


def metadata(world: World, shown: Message) -> Payload:
    """Which interaction a message came of."""
    interaction = shown.interaction
    assert interaction is not None
    payload: Payload = {
        "id": interaction.id,
        "type": interaction.kind,
        "user": user(world.users[interaction.user]),
        "authorizing_integration_owners": interaction.payload["authorizing_integration_owners"],
    }
    if interaction.source is not None and interaction.kind == 3:
        payload["interacted_message_id"] = interaction.source.id
    if interaction.target is not None:
        payload["target_message_id"] = interaction.target.id
    return payload
