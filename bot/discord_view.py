"""Our messages as discord.py sends them: a layout of components, or an embed with buttons."""

from typing import Any, Literal

import discord

from bot.render.discord.elements import Button, Message, Row, Separator, Text, embed

Look = Literal["components", "embed"]

_COLOUR = 0x1F3A5F
_STYLES = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
    "link": discord.ButtonStyle.link,
}


def sendable(message: Message, look: Look) -> dict[str, Any]:
    """What ``send`` takes: ``view``, and with an embed ``embed``.

    A view is stopped before it is sent, so that the library does not keep it: buttons find their way to
    ``AnswerButton`` by their custom_id, also after a restart.
    """
    if look == "components":
        layout = discord.ui.LayoutView(timeout=None)
        layout.add_item(discord.ui.Container(*map(_item, message.parts), accent_colour=_COLOUR))
        layout.stop()
        return {"view": layout}
    shown = embed(message)
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(shown.rows):
        for each in row.buttons:
            button = _button(each)
            button.row = number
            view.add_item(button)
    view.stop()
    return {"embed": discord.Embed(description=shown.description, colour=_COLOUR), "view": view}


def _item(part: Text | Row | Separator) -> discord.ui.Item[Any]:
    if isinstance(part, Text):
        return discord.ui.TextDisplay(part.markdown)
    if isinstance(part, Row):
        return discord.ui.ActionRow(*map(_button, part.buttons))
    return discord.ui.Separator()


def _button(button: Button) -> discord.ui.Button[Any]:
    return discord.ui.Button(label=button.label, custom_id=button.action, url=button.url, style=_STYLES[button.style])
