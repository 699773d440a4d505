"""Message components, embeds and modals: what Discord takes, and what they show.

Lengths are in characters. ``check_message`` and ``check_modal`` note their complaints in a Form.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.discord_server.errors import Form
from tests.fakes.discord_server.world import IS_COMPONENTS_V2, Message

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
TOP_LEVEL = (ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER)
IN_CONTAINER = (ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR)
LINK_STYLE, PREMIUM_STYLE = 5, 6

CONTENT_CHARACTERS = 2000
EMBEDS = 10
EMBED_CHARACTERS = 6000
V2_COMPONENTS = 40
V2_CHARACTERS = 4000
V2_BYTES = 10_170
"""Measured, not documented: UTF-8 bytes of all text displays plus 12 for each; beyond that Discord fails (500)."""

Path = tuple[str | int, ...]
Component = dict[str, Any]


def walk(components: object) -> Iterator[Component]:
    """Every component, nested ones and accessories included, in the order in which they are shown."""
    if isinstance(components, list):
        for component in components:
            yield from walk(component)
    elif isinstance(components, dict):
        yield components
        yield from walk(components.get("components"))
        yield from walk(components.get("component"))
        yield from walk(components.get("accessory"))


def find(components: object, custom_id: str) -> Component:
    """The component with a custom_id."""
    found = [component for component in walk(components) if component.get("custom_id") == custom_id]
    assert found, f"no {custom_id!r} among {[component.get('custom_id') for component in walk(components)]}"
    return found[0]


def text_bytes(components: object) -> int:
    """What the measured limit of a message of components counts."""
    texts = [str(part.get("content", "")) for part in walk(components) if part.get("type") == TEXT_DISPLAY]
    return sum(len(text.encode()) for text in texts) + 12 * len(texts)


@dataclass
class Checker:
    """Looks through the components of one message or modal."""

    form: Form
    v2: bool = True
    modal: bool = False
    custom_ids: set[str] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)

    def one(self, value: Any, path: Path, allowed: tuple[int, ...]) -> None:
        """One component, which must be of an allowed type."""
        component = self.form.object(value, path)
        if component is None:
            return
        kind = component.get("type")
        if kind not in allowed:
            wanted = ", ".join(map(str, allowed))
            self.form.refuse(
                (*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({wanted},).'
            )
            return
        self._id(component, path)
        checks = {
            ACTION_ROW: self._row, BUTTON: self._button, TEXT_INPUT: self._text_input, SECTION: self._section,
            TEXT_DISPLAY: self._text, THUMBNAIL: self._thumbnail, MEDIA_GALLERY: self._gallery, FILE: self._file,
            SEPARATOR: self._separator, CONTAINER: self._container, LABEL: self._label,
        }  # fmt: skip
        checks.get(kind, self._select)(component, path)

    def _id(self, component: Component, path: Path) -> None:
        number = component.get("id")
        if not number:
            return
        if self.form.number(component, "id", path, 0, 2**31 - 1):
            if number in self.ids:
                self.form.refuse((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            self.ids.add(number)

    def _custom_id(self, component: Component, path: Path) -> None:
        if self.form.length(component, "custom_id", path, 100, 1, required=True):
            name = component["custom_id"]
            if name in self.custom_ids:
                where = (*path, "custom_id")
                self.form.refuse(where, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
            self.custom_ids.add(name)

    def _forbidden(self, component: Component, path: Path, *names: str) -> None:
        for name in names:
            if component.get(name) is not None:
                self.form.refuse((*path, name), "COMPONENT_FIELD_INVALID", f"{name} is not allowed here")

    def _row(self, row: Component, path: Path) -> None:
        children = self.form.several(row, "components", path, 5, 1, required=True)
        kinds = [child.get("type") for child in children if isinstance(child, dict)]
        if self.modal:
            allowed: tuple[int, ...] = (TEXT_INPUT,)
        else:
            allowed = (BUTTON, *SELECTS)
        if len(children) > 1 and any(kind != BUTTON for kind in kinds):
            where = (*path, "components")
            self.form.refuse(
                where, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
            )
        for number, child in enumerate(children):
            self.one(child, (*path, "components", number), allowed)

    def _button(self, button: Component, path: Path) -> None:
        self.form.length(button, "label", path, 80)
        self.form.boolean(button, "disabled", path)
        if not self.form.number(button, "style", path, 1, 6, required=True):
            return
        style = button["style"]
        emoji = button.get("emoji")
        if emoji is not None:
            self._emoji(emoji, (*path, "emoji"))
        if style == LINK_STYLE:
            self._forbidden(button, path, "custom_id", "sku_id")
            if self.form.length(button, "url", path, 512, 1, required=True):
                _check_url(self.form, button["url"], (*path, "url"), ("http", "https", "discord"))
        elif style == PREMIUM_STYLE:
            self._forbidden(button, path, "custom_id", "label", "url", "emoji")
        else:
            self._forbidden(button, path, "url", "sku_id")
            self._custom_id(button, path)
        if style != PREMIUM_STYLE and not button.get("label") and not emoji:
            self.form.refuse((*path, "label"), "BASE_TYPE_REQUIRED", "A button must have a label or an emoji")

    def _emoji(self, emoji: Any, path: Path) -> None:
        name, number = (emoji.get("name"), emoji.get("id")) if isinstance(emoji, dict) else (None, None)
        if number is None and (not isinstance(name, str) or not name or name.isascii()):
            self.form.refuse((*path, "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")

    def _select(self, select: Component, path: Path) -> None:
        self._custom_id(select, path)
        self.form.length(select, "placeholder", path, 150)
        self.form.boolean(select, "disabled", path)
        fine = self.form.number(select, "min_values", path, 0, 25) & self.form.number(select, "max_values", path, 1, 25)
        least, most = select.get("min_values", 1), select.get("max_values", 1)
        if fine and least > most:
            self.form.refuse((*path, "min_values"), "BASE_TYPE_MAX", "min_values must not exceed max_values")
        if select["type"] != STRING_SELECT:
            return
        options = self.form.several(select, "options", path, 25, 1, required=True)
        values: set[str] = set()
        for number, value in enumerate(options):
            where: Path = (*path, "options", number)
            option = self.form.object(value, where)
            if option is None:
                continue
            self.form.length(option, "label", where, 100, 1, required=True)
            self.form.length(option, "description", where, 100, 1)
            if self.form.length(option, "value", where, 100, 1, required=True):
                if option["value"] in values:
                    self.form.refuse(
                        (*where, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The value is used twice"
                    )
                values.add(option["value"])
        if fine and options and least > len(options):
            self.form.refuse((*path, "options"), "BASE_TYPE_BAD_LENGTH", "There are fewer options than min_values")

    def _text(self, text: Component, path: Path) -> None:
        self.form.length(text, "content", path, V2_CHARACTERS, 1, required=True)

    def _section(self, section: Component, path: Path) -> None:
        for number, child in enumerate(self.form.several(section, "components", path, 3, 1, required=True)):
            self.one(child, (*path, "components", number), (TEXT_DISPLAY,))
        if section.get("accessory") is None:
            self.form.refuse((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            self.one(section["accessory"], (*path, "accessory"), (BUTTON, THUMBNAIL))

    def _media(self, media: Any, path: Path, schemes: tuple[str, ...]) -> None:
        thing = self.form.object(media, path)
        if thing is not None and self.form.length(thing, "url", path, 2048, 1, required=True):
            _check_url(self.form, thing["url"], (*path, "url"), schemes)

    def _thumbnail(self, thumbnail: Component, path: Path) -> None:
        self._media(thumbnail.get("media"), (*path, "media"), ("http", "https", "attachment"))
        self.form.length(thumbnail, "description", path, 1024)

    def _gallery(self, gallery: Component, path: Path) -> None:
        for number, value in enumerate(self.form.several(gallery, "items", path, 10, 1, required=True)):
            item = self.form.object(value, (*path, "items", number))
            if item is not None:
                self._thumbnail(item, (*path, "items", number))

    def _file(self, file: Component, path: Path) -> None:
        self._media(file.get("file"), (*path, "file"), ("attachment",))

    def _separator(self, separator: Component, path: Path) -> None:
        self.form.boolean(separator, "divider", path)
        self.form.number(separator, "spacing", path, 1, 2)

    def _container(self, container: Component, path: Path) -> None:
        self.form.number(container, "accent_color", path, 0, 0xFFFFFF)
        self.form.boolean(container, "spoiler", path)
        children = self.form.several(container, "components", path, V2_COMPONENTS, 1, required=True)
        for number, child in enumerate(children):
            self.one(child, (*path, "components", number), IN_CONTAINER)

    def _label(self, label: Component, path: Path) -> None:
        self.form.length(label, "label", path, 45, 1, required=True)
        self.form.length(label, "description", path, 100)
        inner = label.get("component")
        if inner is None:
            self.form.refuse((*path, "component"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            self.one(inner, (*path, "component"), (TEXT_INPUT, *SELECTS))

    def _text_input(self, entry: Component, path: Path) -> None:
        self._custom_id(entry, path)
        self.form.number(entry, "style", path, 1, 2, required=True)
        if "component" in path:
            self._forbidden(entry, path, "label")
        else:
            self.form.length(entry, "label", path, 45, 1, required=True)
        self.form.number(entry, "min_length", path, 0, 4000)
        self.form.number(entry, "max_length", path, 1, 4000)
        self.form.boolean(entry, "required", path)
        self.form.length(entry, "value", path, 4000)
        self.form.length(entry, "placeholder", path, 100)
        least, most = entry.get("min_length") or 0, entry.get("max_length") or 4000
        if isinstance(least, int) and isinstance(most, int) and least > most:
            self.form.refuse((*path, "min_length"), "BASE_TYPE_MAX", "min_length must not exceed max_length")


def _check_url(form: Form, url: str, path: Path, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        form.refuse(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return
    if parts.scheme not in schemes:
        named = ", ".join(f"'{scheme}'" for scheme in schemes)
        form.refuse(path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{parts.scheme}" must be one of ({named}).')
    elif (not parts.netloc and not parts.path) or any(character.isspace() for character in url):
        form.refuse(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def check_components(form: Form, components: list[Any], flags: int, path: Path = ("components",)) -> None:
    """The components of a message, by its flags those of the first or of the second generation."""
    checker = Checker(form, v2=bool(flags & IS_COMPONENTS_V2))
    if not checker.v2:
        if len(components) > 5:
            form.refuse(path, "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
        for number, component in enumerate(components):
            checker.one(component, (*path, number), (ACTION_ROW,))
        return
    for number, component in enumerate(components):
        checker.one(component, (*path, number), TOP_LEVEL)
    everything = list(walk(components))
    if len(everything) > V2_COMPONENTS:
        form.refuse(
            path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"The total number of components exceeds {V2_COMPONENTS}"
        )
    texts = [part["content"] for part in everything if isinstance(part.get("content"), str)]
    if sum(map(len, texts)) > V2_CHARACTERS:
        message = f"The total number of displayable text characters exceeds {V2_CHARACTERS}"
        form.refuse(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def check_modal(form: Form, modal: dict[str, Any], path: Path = ("data",)) -> None:
    """The form that an interaction is answered with."""
    form.length(modal, "custom_id", path, 100, 1, required=True)
    form.length(modal, "title", path, 45, 1, required=True)
    checker = Checker(form, modal=True)
    for number, component in enumerate(form.several(modal, "components", path, 5, 1, required=True)):
        checker.one(component, (*path, "components", number), (ACTION_ROW, TEXT_DISPLAY, LABEL))


def check_embeds(form: Form, embeds: list[Any], path: Path = ("embeds",)) -> None:
    """The embeds of a message."""
    if len(embeds) > EMBEDS:
        form.refuse(path, "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    total = 0
    for number, value in enumerate(embeds):
        where: Path = (*path, number)
        embed = form.object(value, where)
        if embed is None:
            continue
        form.length(embed, "title", where, 256)
        form.length(embed, "description", where, 4096)
        form.number(embed, "color", where, 0, 0xFFFFFF)
        if embed.get("url") is not None and form.length(embed, "url", where, 2048):
            _check_url(form, embed["url"], (*where, "url"), ("http", "https"))
        for name, text, most in (("footer", "text", 2048), ("author", "name", 256)):
            if embed.get(name) is not None:
                inner = form.object(embed[name], (*where, name))
                if inner is not None:
                    form.length(inner, text, (*where, name), most, required=name == "author")
        for order, entry in enumerate(form.several(embed, "fields", where, 25)):
            place: Path = (*where, "fields", order)
            inner = form.object(entry, place)
            if inner is not None:
                form.length(inner, "name", place, 256, 1, required=True)
                form.length(inner, "value", place, 1024, 1, required=True)
        if not any(
            embed.get(name) for name in ("title", "description", "fields", "footer", "author", "image", "thumbnail")
        ):
            form.refuse((*where, "description"), "BASE_TYPE_REQUIRED", "This field is required")
        total += sum(len(text) for text in embed_texts(embed))
    if total > EMBED_CHARACTERS:
        form.refuse(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_CHARACTERS}")


def embed_texts(embed: dict[str, Any]) -> Iterator[str]:
    """The texts of an embed, in order."""
    author, footer = embed.get("author"), embed.get("footer")
    if isinstance(author, dict):
        yield str(author.get("name") or "")
    yield str(embed.get("title") or "")
    yield str(embed.get("description") or "")
    for entry in embed.get("fields") or []:
        if isinstance(entry, dict):
            yield str(entry.get("name") or "")
            yield str(entry.get("value") or "")
    if isinstance(footer, dict):
        yield str(footer.get("text") or "")


def number_components(components: list[Any]) -> list[Any]:
    """A copy in which every component has an ``id``, as Discord hands them back."""
    result = copy.deepcopy(components)
    taken = {part["id"] for part in walk(result) if part.get("id")}
    number = 0
    for part in walk(result):
        if not part.get("id"):
            number += 1
            while number in taken:
                number += 1
            part["id"] = number
            taken.add(number)
    return result


def markdown_texts(message: Message) -> list[str]:
    """What of a message is rendered as markdown: its content, its embeds and its text displays."""
    texts = [message.content]
    for embed in message.embeds:
        texts.extend([str(embed.get("title") or ""), str(embed.get("description") or "")])
        for entry in embed.get("fields") or []:
            texts.extend([str(entry.get("name") or ""), str(entry.get("value") or "")])
    texts.extend(str(part["content"]) for part in walk(message.components) if part.get("type") == TEXT_DISPLAY)
    return [text for text in texts if text]


def all_texts(message: Message) -> list[str]:
    """Everything that a message shows in letters, labels of buttons and options included."""
    texts = [message.content]
    for embed in message.embeds:
        texts.extend(embed_texts(embed))
    for part in walk(message.components):
        if part.get("type") == TEXT_DISPLAY:
            texts.append(str(part["content"]))
        texts.extend(str(part[name]) for name in ("label", "placeholder", "description") if part.get(name))
        for option in part.get("options") or []:
            texts.extend(str(option[name]) for name in ("label", "description") if option.get(name))
    return [text for text in texts if text]
