"""Application commands: what Discord registers, and what a user can choose."""

import copy
import unicodedata
from typing import Any

from tests.fakes.discord_server.errors import Form, RefusedError
from tests.fakes.discord_server.world import World

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
MOST = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
COMMAND_CHARACTERS = 8000
LOCALES = frozenset(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja"
    " zh-TW ko".split()
)

Path = tuple[str | int, ...]
Command = dict[str, Any]


def good_name(name: object) -> bool:
    """Whether a slash command or an option may have a name."""
    if not isinstance(name, str) or not 1 <= len(name) <= 32 or name != name.lower():
        return False
    return all(
        character in "-_'"
        or unicodedata.category(character)[0] in "LN"
        or "\u0900" <= character <= "\u097f"
        or "\u0e00" <= character <= "\u0e7f"
        for character in name
    )


def _check_name(form: Form, thing: dict[str, Any], path: Path, kind: int) -> None:
    if not form.length(thing, "name", path, 32, 1, required=True):
        return
    if kind == CHAT_INPUT and not good_name(thing["name"]):
        form.refuse((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_localizations(form: Form, thing: dict[str, Any], name: str, path: Path, most: int) -> None:
    entries = thing.get(name)
    if entries is None:
        return
    for locale, text in entries.items():
        if locale not in LOCALES:
            form.refuse((*path, name, locale), "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')
        elif not isinstance(text, str) or not 1 <= len(text) <= most:
            form.refuse((*path, name, locale), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
        elif name == "name_localizations" and most == 32 and thing.get("type", 1) == 1 and not good_name(text):
            form.refuse((*path, name, locale), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def check_command(form: Form, command: Command, path: Path = ()) -> None:
    """One command, as it is to be registered."""
    kind = command.get("type") or CHAT_INPUT
    if kind not in MOST:
        form.refuse((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
        return
    _check_name(form, command, path, kind)
    _check_localizations(form, command, "name_localizations", path, 32)
    if kind == CHAT_INPUT:
        form.length(command, "description", path, 100, 1, required=True)
        _check_localizations(form, command, "description_localizations", path, 100)
    elif command.get("description"):
        message = "Context menu commands cannot have description"
        form.refuse((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_EMPTY", message)
    options = form.several(command, "options", path, 25)
    if kind != CHAT_INPUT and options:
        message = "Context menu commands cannot have options"
        form.refuse((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_NOT_EMPTY", message)
        return
    _check_options(form, options, (*path, "options"), 0)
    for number, context in enumerate(form.several(command, "contexts", path, 3)):
        if context not in {0, 1, 2}:
            form.refuse((*path, "contexts", number), "BASE_TYPE_CHOICES", "Value must be one of {0, 1, 2}.")
    needed = command.get("default_member_permissions")
    if needed is not None and not str(needed).isdecimal():
        form.refuse((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", f'Value "{needed}" is not int.')
    if not form.complaints and characters(command) > COMMAND_CHARACTERS:
        message = f"Command exceeds maximum size ({COMMAND_CHARACTERS})"
        form.refuse(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_options(form: Form, options: list[Any], path: Path, depth: int) -> None:
    names: set[str] = set()
    optional_seen = False
    kinds = {option.get("type") for option in options if isinstance(option, dict)}
    if kinds & {SUB_COMMAND, SUB_COMMAND_GROUP} and kinds - {SUB_COMMAND, SUB_COMMAND_GROUP}:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        form.refuse(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for number, value in enumerate(options):
        where: Path = (*path, number)
        option = form.object(value, where)
        if option is None:
            continue
        if not form.number(option, "type", where, 1, 11, required=True):
            continue
        kind = option["type"]
        _check_name(form, option, where, CHAT_INPUT)
        form.length(option, "description", where, 100, 1, required=True)
        if option.get("name") in names:
            message = "Option name already exists"
            form.refuse((*where, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(str(option.get("name")))
        if kind in {SUB_COMMAND, SUB_COMMAND_GROUP}:
            deepest = 0 if kind == SUB_COMMAND_GROUP else 1
            inner = form.several(option, "options", where, 25)
            wrong = any(isinstance(each, dict) and each.get("type", 0) in {1, 2} for each in inner)
            if depth > deepest or (kind == SUB_COMMAND and wrong):
                message = "Sub-commands cannot be nested that deep"
                form.refuse((*where, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
            else:
                _check_options(form, inner, (*where, "options"), depth + 1)
            continue
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            form.refuse(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen |= not option.get("required")
        _check_value(form, option, where, kind)


def _check_value(form: Form, option: dict[str, Any], where: Path, kind: int) -> None:
    choices = form.several(option, "choices", where, 25)
    if option.get("autocomplete") and (choices or kind not in {STRING, INTEGER, NUMBER}):
        message = "Autocomplete goes with neither choices nor this type"
        form.refuse((*where, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    if choices and kind not in {STRING, INTEGER, NUMBER}:
        message = "Options of this type cannot have choices"
        form.refuse((*where, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", message)
    check_choices(form, choices, (*where, "choices"), kind)
    if kind == STRING:
        form.number(option, "min_length", where, 0, 6000)
        form.number(option, "max_length", where, 1, 6000)


def check_choices(form: Form, choices: list[Any], path: Path, kind: int = STRING) -> None:
    """The choices of an option, given when it is registered or while a user types."""
    if len(choices) > 25:
        form.refuse(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for number, value in enumerate(choices):
        choice = form.object(value, (*path, number))
        if choice is None:
            continue
        form.length(choice, "name", (*path, number), 100, 1, required=True)
        if kind == STRING:
            form.length(choice, "value", (*path, number), 100, 1, required=True)
        elif not isinstance(choice.get("value"), int | float):
            form.refuse(
                (*path, number, "value"), "NUMBER_TYPE_COERCE", f'Value "{choice.get("value")}" is not a number.'
            )


def characters(command: Command) -> int:
    """The characters of all names, descriptions and values of a command."""
    total = sum(len(str(command.get(name) or "")) for name in ("name", "description", "value"))
    for inner in ("options", "choices"):
        total += sum(characters(each) for each in command.get(inner) or [])
    return total


def registered(world: World, command: Command, guild: str | None, before: list[Command]) -> Command:
    """A command as Discord keeps it; it keeps the id that a command of its name and type had."""
    kind = command.get("type") or CHAT_INPUT
    same = [old for old in before if old["name"] == command["name"] and old["type"] == kind]
    kept = {
        "id": same[0]["id"] if same else world.new_id(),
        "application_id": world.application_id,
        "version": world.new_id(),
        "default_member_permissions": command.get("default_member_permissions"),
        "type": kind,
        "name": command["name"],
        "name_localizations": command.get("name_localizations"),
        "description": command.get("description") or "",
        "description_localizations": command.get("description_localizations"),
        "nsfw": bool(command.get("nsfw")),
        "options": copy.deepcopy(command.get("options") or []),
    }
    if guild is not None:
        kept["guild_id"] = guild
    else:
        allowed = command.get("contexts")
        if allowed is None and command.get("dm_permission") is False:
            allowed = [0]
        kept |= {"contexts": allowed, "integration_types": command.get("integration_types") or [0]}
        kept["dm_permission"] = allowed is None or 1 in allowed
    return kept


def overwrite(world: World, guild: str | None, commands: Any) -> list[Command]:
    """Register a whole list, instead of all that there was."""
    form = Form()
    if not isinstance(commands, list):
        form.refuse((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        form.check()
    seen: set[tuple[str, int]] = set()
    for number, value in enumerate(commands):
        command = form.object(value, (number,))
        if command is None:
            continue
        check_command(form, command, (number,))
        key = (str(command.get("name")), command.get("type") or CHAT_INPUT)
        if key in seen:
            form.refuse(
                (number, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(key)
    form.check()
    for kind, most in MOST.items():
        if sum((command.get("type") or CHAT_INPUT) == kind for command in commands) > most:
            raise RefusedError(400, 30032, message=f"Maximum number of application commands reached ({most}).")
    before = world.commands.get(guild, [])
    world.commands[guild] = [registered(world, command, guild, before) for command in commands]
    return world.commands[guild]


def chosen_options(command: Command, path: list[str], values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The ``options`` of an interaction down to the subcommand, and the options that the values are for."""
    options = {option["name"]: option for option in command["options"]}
    if path:
        assert path[0] in options, f"no subcommand {path[0]!r} of {command['name']!r}"
        option = options[path[0]]
        inner, described = chosen_options({"name": path[0], "options": option.get("options") or []}, path[1:], values)
        return [{"type": option["type"], "name": path[0], "options": inner}], described
    assert not {option["type"] for option in options.values()} & {SUB_COMMAND, SUB_COMMAND_GROUP}, "which subcommand?"
    unknown = set(values) - set(options)
    assert not unknown, f"{command['name']!r} has no options {sorted(unknown)}"
    given = [
        {"type": option["type"], "name": name, "value": values[name]}
        for name, option in options.items()
        if name in values
    ]
    return given, options


def check_given(options: dict[str, Any], values: dict[str, Any]) -> None:
    """What a Discord client does not let a user send."""
    for name, option in options.items():
        if name not in values:
            assert not option.get("required"), f"option {name!r} is required"
            continue
        value, kind = values[name], option["type"]
        allowed = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: int | float}.get(kind, str)
        assert isinstance(value, allowed), f"option {name!r} takes {allowed}, not {value!r}"
        if isinstance(value, str) and kind == STRING:
            least, most = option.get("min_length") or 0, option.get("max_length") or 6000
            assert least <= len(value) <= most, f"option {name!r} takes {least} to {most} characters"
        choices = option.get("choices") or []
        assert not choices or value in {choice["value"] for choice in choices}, f"{value!r} is no choice of {name!r}"
