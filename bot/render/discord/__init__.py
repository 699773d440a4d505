"""Answers for Discord: texts in its markdown and rows of buttons, for a layout of components or for an embed.

Whatever comes from outside is escaped with backslashes, so that it comes out as letters. Discord's servers look for
@everyone, @here and mentions before any escape is undone: send every message with all mentions disallowed. Nothing in
a message is to be unfurled.
"""
