"""The chat services with WordEncoder (tests/fakes/words_service.py), each a process of its own."""

from tests.fakes.discord_process import DiscordProcess
from tests.fakes.slack_process import SlackProcess


class WordsSlack(SlackProcess):
    module = "tests.fakes.words_service"


class WordsDiscord(DiscordProcess):
    module = "tests.fakes.words_service"
