"""``legation discord`` as a process of its own, connected to the local Discord, for tests to talk to as users do."""

from pathlib import Path

from tests.fakes.discord_server import DiscordServer
from tests.fakes.service_process import ServiceProcess


class DiscordProcess(ServiceProcess):
    """Started and connected on entering; ``settings`` are further environment variables, without their LEGATION_."""

    command = "discord"

    def __init__(self, server: DiscordServer, home: Path, models: Path, **settings: str) -> None:
        self.server = server
        super().__init__(home, models, {"DISCORD__TOKEN": server.token, "DISCORD__API_URL": server.api_url} | settings)

    def connected(self) -> None:
        self.says("Connected to Discord as")
