"""How soon ``legation slack`` and ``legation discord`` acknowledge and answer when many people ask at once.

The service runs as a process of its own, connected to the Slack (in both modes) and the Discord of the tests
(tests/fakes). Everybody asks at the same moment, half by the slash command, half by a mention; several rounds after one
to warm up. Both platforms give up on an acknowledgement after 3 seconds; the aim is 1 second for 99 of 100. Discord
wants none for mentions.

    python benchmarks/chat_load.py --people 50 --corpus FOLDER
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from machine import Table, add_corpus, build_home, parser, report

from tests.fakes.discord_process import DiscordProcess
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_server import User as DiscordUser
from tests.fakes.slack import Handle, SlackServer, User
from tests.fakes.slack_process import Mode, SlackProcess

Round = tuple[list[float], list[float]]
"""Seconds until each acknowledgement, and until each answer."""

QUESTIONS = (
    "Which embassies is North Korea closing, and why?",
    "When was the US embassy in Taipei closed?",
    "When do the Burma sanctions end?",
    "Who is the protecting power in Iran?",
    "Which exemptions does the law name for food and medicine?",
    "When was the consulate in Salzburg closed?",
)
LIMIT_SECONDS = 1.0


def main() -> None:
    options = _options()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="legation-chats-") as work:
        home = options.home or build_home(Path(work) / "home", options.corpus, options.model_cache)
        models = options.model_cache or home / "models"
        for mode in get_args(Mode):
            with SlackServer() as server:
                people = [server.add_user(f"reader{number}") for number in range(options.people)]
                with SlackProcess(server, home.resolve(), models.resolve(), mode) as service:
                    _round(server, people)
                    rounds = [_round(server, people) for _ in range(options.rounds)]
                    peak = _peak_mib(service.process.pid)
                assert server.seen_errors == [], server.seen_errors
            rows.append(_row(f"Slack, {mode}", options.people, rounds, peak))
            print(json.dumps(rows[-1]), file=sys.stderr)
        rows.append(_in_discord(options, home.resolve(), models.resolve()))
        print(json.dumps(rows[-1]), file=sys.stderr)
    facts = (
        f"Milliseconds; the limit for 99 of 100 acknowledgements is {LIMIT_SECONDS * 1000:.0f} ms, "
        "the platforms' own 3000 ms"
    )
    packages = ("slack-bolt", "slack-sdk", "aiohttp", "discord.py")
    report("Many people ask in Slack and in Discord at once", [Table(facts, rows)], options.json, extra=packages)


def _in_discord(options: argparse.Namespace, home: Path, models: Path) -> dict[str, Any]:
    with DiscordServer() as server:
        guild = server.add_guild("newsroom")
        people = [server.add_user(f"reader{number}") for number in range(options.people)]
        with DiscordProcess(server, home, models) as service:
            _discord_round(server, guild, people)
            rounds = [_discord_round(server, guild, people) for _ in range(options.rounds)]
            peak = _peak_mib(service.process.pid)
        assert server.seen_errors == [], server.seen_errors
    return _row("Discord", options.people, rounds, peak)


def _discord_round(server: DiscordServer, guild: Any, people: Sequence[DiscordUser]) -> Round:
    channel = server.add_channel(guild, "newsroom")
    asked: list[tuple[Any, float]] = []
    for number, person in enumerate(people):
        question, now = QUESTIONS[number % len(QUESTIONS)], time.monotonic()
        if number % 2:
            text = f"{server.mention} {question}"
            asked.append((server.user_writes(person, channel, text, mentions_bot=True), now))
        else:
            asked.append((server.user_commands(person, channel, "ask", {"question": question}), now))
    answered: dict[int, float] = {}

    def all_answered() -> bool:
        for place, (each, _) in enumerate(asked):
            there = each.answers if hasattr(each, "answers") else [m for m in each.messages if not m.loading]
            if place not in answered and there:
                answered[place] = time.monotonic()
        return len(answered) == len(asked)

    server.wait_for(all_answered, 120)
    waits = [answered[place] - now for place, (_, now) in enumerate(asked)]
    latencies = [each.latency for each, _ in asked if hasattr(each, "latency")]
    return [latency for latency in latencies if latency is not None], waits


def _round(server: SlackServer, people: Sequence[User]) -> Round:
    channel = server.add_channel("newsroom")
    commands: list[tuple[User, float]] = []
    mentions: list[tuple[Handle, float]] = []
    handles: list[Handle] = []
    for number, person in enumerate(people):
        question, now = QUESTIONS[number % len(QUESTIONS)], time.monotonic()
        if number % 2:
            mentions.append((server.user_mentions(person, channel, question), now))
            handles.append(mentions[-1][0])
        else:
            handles.append(server.user_commands(person, channel, "/ask", question))
            commands.append((person, now))
    answered: dict[str, float] = {}

    def all_answered() -> bool:
        for message in server.messages:
            if message.channel == channel.id:
                answered.setdefault(str(message.ephemeral_to or message.thread_ts), time.monotonic())
        return len(answered) == len(people)

    server.wait_for(all_answered, 120)
    waits = [answered[person.id] - asked for person, asked in commands]
    waits += [answered[handle.ts] - asked for handle, asked in mentions]
    latencies = [handle.wait().latency for handle in handles]
    return [latency for latency in latencies if latency is not None], waits


def _row(chat: str, people: int, rounds: Sequence[Round], peak: float) -> dict[str, Any]:
    acknowledged = np.array([latency for latencies, _ in rounds for latency in latencies]) * 1000
    answered = np.array([wait for _, waits in rounds for wait in waits]) * 1000
    return {
        "chat": chat,
        "people": people,
        "questions": len(answered),
        "acknowledged": len(acknowledged),
        "ack_median_ms": round(float(np.median(acknowledged)), 1),
        "ack_p99_ms": round(float(np.quantile(acknowledged, 0.99)), 1),
        "answer_median_ms": round(float(np.median(answered)), 1),
        "answer_p99_ms": round(float(np.quantile(answered, 0.99)), 1),
        "peak_mib": round(peak, 1),
    }


def _peak_mib(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument("--people", type=int, default=50, metavar="N", help="who ask at once (default: 50)")
    made.add_argument("--rounds", type=int, default=5, metavar="N", help="how often (default: 5)")
    made.add_argument("--home", type=Path, metavar="HOME", help="an existing library instead of a new one")
    return made.parse_args()


if __name__ == "__main__":
    main()
