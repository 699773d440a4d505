"""Every question is answered, none twice, and nothing that is forged is taken.

Real processes talk to the local Slack and Discord of tests/fakes. What is delivered is drawn by chance: questions by
mention, by command and in direct conversations, the same ones once more or under a second event, requests that were
captured and are posted again later, signed by nobody, by somebody else, too early or too late. Meanwhile the platform
breaks connections, limits, and does not confirm; and the process is killed or stopped, and started again.

An answer that a platform did not confirm is followed by a sentence that says so, never by a second answer.
"""

import json
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Set
from pathlib import Path
from random import Random

import pytest

from bot.chat.reception import UNSURE
from bot.chat.store import NAME, ChatStore
from bot.render.slack.elements import FEEDBACK
from bot.render.words import CLOSEST
from bot.slack_buttons import THANKS
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from tests.fakes.discord_process import DiscordProcess
from tests.fakes.discord_server import DiscordServer, Written, all_texts
from tests.fakes.service_process import PATIENCE, ServiceProcess
from tests.fakes.slack import SlackServer
from tests.fakes.slack.delivery import Delivery, Handle
from tests.fakes.slack_process import Mode, SlackProcess, words
from tests.fakes.word_encoder import WordEncoder
from tests.fakes.words_processes import WordsDiscord, WordsSlack
from tests.index.list_samples import Work
from tests.rounds import Rounds

BATCH, SHORT_BATCH = 66, 14
"""Deliveries of a round, forgeries and presses of buttons apart."""

SENTENCE = "The embassy in Strelsau was closed on 4 May 1911."
"""The answer to every question."""

_NUMBER = re.compile(r"number (\d+)")
LONG = 64
"""Rounds: with 66 deliveries each, second events of a message and, in those by HTTP, half as many forgeries, 10,000 on
both platforms together.
"""

_OTHER: dict[Mode, Mode] = {"http": "socket", "socket": "http"}
_SETTINGS = {"MODEL": "words", "RERANKER": "none", "REFUSE_BELOW": "0", "SOURCES__SYNC_BY_ITSELF": "false"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parser: ParsingProcess) -> Path:
    """A library of one document, for all of the module: what it says is of no account here."""
    place = tmp_path_factory.mktemp("events")
    (place / "posts").mkdir()
    (place / "posts" / "strelsau.md").write_text(f"# Strelsau\n\n{SENTENCE}\n\nIt had been opened in 1874.\n")
    home = Home(place / "home")
    library = Library(home.library)
    Work(home, library, WordEncoder(), parser).sync(Source("posts", str(place / "posts"), "posts"))
    library.close()
    return home.path


def question(number: int) -> str:
    return f"When was the embassy in Strelsau closed? number {number}"


def is_answer(said: str) -> bool:
    return SENTENCE in said and CLOSEST not in said


class Traffic:
    """Questions, told apart by their numbers, and how often each was answered. ``faulty`` are those during which
    something broke that leaves open whether a reply arrived, ``perhaps`` those that may never have.
    """

    def __init__(self) -> None:
        self.delivered = self.asked = self.first = 0
        self.faulty: set[int] = set()
        self.perhaps: set[int] = set()
        self.cut_short = False
        self._seen: set[str] = set()
        self._before: set[int] = set()
        self._now: set[int] = set()

    def new(self) -> int:
        self.asked += 1
        self.is_delivered(self.asked - 1)
        return self.asked - 1

    def is_delivered(self, number: int) -> None:
        """In this round, for the first time or again: what was lost before may be answered now."""
        self._now.add(number)

    def begin(self) -> None:
        """A round, whose ``first`` question is the next. What was said before is not read again until the end."""
        self.first, self._seen, self.cut_short = self.asked, self.shown(), False
        self._before, self._now = self._now, set()

    def end(self, service: ServiceProcess, fault: str) -> None:
        """Kills or stops the service. Where a busy machine leaves it no time to finish, a stop is like a kill."""
        service.stop(signal.SIGKILL if fault == "kill" else signal.SIGTERM)
        self.cut_short = fault == "kill" or "were not finished in time" in service.log

    def something_broke(self) -> None:
        """In this round, in which what was delivered in the one before may still be under way."""
        self.faulty |= self._before | self._now

    def shown(self) -> set[str]:
        """What names the messages that are there."""
        raise NotImplementedError

    def replies(self, seen: Set[str] = frozenset()) -> Iterator[tuple[int, str]]:
        """Of every reply that is there the number of its question, and all that it says; without the messages that
        were ``seen``.
        """
        raise NotImplementedError

    def unanswered(self) -> set[int]:
        """The questions of this round that have neither an answer nor a sentence in its place."""
        return set(range(self.first, self.asked)) - self.perhaps - {number for number, _ in self.replies(self._seen)}

    def check(self) -> None:
        """No question is lost, none is answered twice, and only what broke is apologised for."""
        replies = list(self.replies())
        answers = Counter(number for number, said in replies if is_answer(said))
        excuses = Counter(number for number, said in replies if UNSURE in said)
        assert [said for _, said in replies if not is_answer(said) and UNSURE not in said] == []
        assert [number for number, times in answers.items() if times > 1] == []
        assert [number for number, times in excuses.items() if times > 1 or number not in self.faulty] == []
        assert set(range(self.asked)) - self.perhaps - answers.keys() - excuses.keys() == set()


class SlackTraffic(Traffic):
    """What people write in one workspace, and what forgers post."""

    def __init__(self, server: SlackServer) -> None:
        super().__init__()
        self.server = server
        self.people = [server.add_user("reader"), server.add_user("other")]
        self.channel = server.add_channel("newsroom")
        self.threads: dict[str, int] = {}
        self.handles: list[tuple[Handle, int]] = []
        self.judged = 0

    def write(self, random: Random) -> None:
        """A question, once or by two events, or one that was delivered before."""
        self.delivered += 1
        kind = random.choice(("mention", "mention", "both", "direct", "command", "again", "again", "again"))
        if kind == "again" and self.handles:
            handle, number = random.choice(self.handles[-200:])
            self.is_delivered(number)
            self.handles.append((self.server.redeliver(handle, "http_timeout", random.choice((1, 2, 3))), number))
            return
        number, person = self.new(), random.choice(self.people)
        if kind == "command":
            handle = self.server.user_commands(person, self.channel, "/ask", question(number))
        elif kind == "direct":
            handle = self.server.user_writes(person, self.server.direct(person), question(number))
        else:
            handle = self.server.user_mentions(person, self.channel, question(number), also_as_message=kind == "both")
        if kind != "command":
            self.threads[handle.ts] = number
        self.handles += [(each, number) for each in (handle, handle.companion) if each is not None]
        self.delivered += handle.companion is not None

    def arrive(self, since: int) -> None:
        """Waits until all that was sent from the ``since``-th delivery on is taken: as Slack does, what was given up is
        sent again. A command is not: its user was told.
        """
        for sent, number in self.handles[since:]:
            handle = sent
            while not handle.wait(PATIENCE).acked:
                if not handle.retryable:
                    self.perhaps.add(number)
                    break
                handle = self.server.redeliver(sent, "http_timeout", 1)

    def give_up(self) -> None:
        """What is under way will not be acknowledged by the way that it went any more."""
        for handle, _ in self.handles:
            if handle.delivery is None:
                handle.finish(Delivery(False, None, None, None, len(handle.attempts), "given_up"))

    def shown(self) -> set[str]:
        return {message.ts for message in self.server.messages}

    def replies(self, seen: Set[str] = frozenset()) -> Iterator[tuple[int, str]]:
        for message in self.server.messages:
            if message.ts in seen:
                continue
            number, said = self.threads.get(message.thread_ts or ""), f"{words(message)}\n{message.text}"
            if number is None:  # to one person alone, where the question is restated
                found = _NUMBER.search(said)
                number = int(found[1]) if found else None
            if number is not None and message.text != THANKS:
                yield number, said

    def judge(self, random: Random) -> None:
        """Somebody presses a button below an answer, and the press is delivered three times."""
        shown = [each for each in self.server.messages if each.channel == self.channel.id and each.ephemeral_to is None]
        if not (shown := [each for each in shown if each.text != UNSURE]):
            return
        message = random.choice(shown)
        (value,) = (
            block["elements"][0]["positive_button"]["value"]
            for block in message.blocks
            if block["type"] == "context_actions"
        )
        press = self.server.user_clicks(random.choice(self.people), message, FEEDBACK, value)
        self.delivered += 3
        self.judged += 1
        for again in (press, self.server.redeliver(press), self.server.redeliver(press)):
            assert again.wait(PATIENCE).acked
        self.server.wait_for(lambda: sum(each.text == THANKS for each in self.server.messages) == self.judged, PATIENCE)

    def forge(self, random: Random) -> int:
        """The status that a request gets which nobody signed, or somebody else, or which is of another time."""
        self.delivered += 1
        ts, user = f"{random.randrange(10**9)}.000100", self.people[0].id
        event = {"type": "app_mention", "user": user, "channel": self.channel.id, "text": "a forged question", "ts": ts}
        body = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event})
        now, server = int(time.time()), self.server
        late, early = now - random.randrange(302, 10**6), now + random.randrange(310, 10**6)
        headers, _ = server.signed_request(body)
        signature = headers["X-Slack-Signature"]
        place = random.randrange(3, len(signature))
        flipped = signature[:place] + ("1" if signature[place] == "0" else "0") + signature[place + 1 :]
        forged = random.choice(
            (
                headers | {"X-Slack-Signature": flipped},
                headers | {"X-Slack-Signature": signature.upper()},
                headers | {"X-Slack-Signature": ""},
                headers | {"X-Slack-Request-Timestamp": str(random.choice((now + 10, -now, "soon", f"{now}.0")))},
                headers | {"X-Slack-Request-Timestamp": str(late)},  # what was captured, with another time on it
                {name: value for name, value in headers.items() if name != "X-Slack-Signature"},
                {name: value for name, value in headers.items() if name != "X-Slack-Request-Timestamp"},
                server.signed_request(body, secret=f"{random.getrandbits(128):032x}")[0],
                server.signed_request(body, timestamp=late)[0],
                server.signed_request(body, timestamp=early)[0],
                server.signed_request(body + " ")[0],
            )
        )
        return server.post_raw(forged, body)[0]


FAULTS = ("none", "kill", "cut", "stop", "limit", "unsure")
"""What breaks in a round, in turn: after a kill Slack is reached by a socket, after a stop by HTTP again."""


def place_of(fault: str, batch: int, random: Random) -> int:
    """Before which delivery something breaks. What spoils the next reply is to find one in the same round."""
    if fault == "none":
        return batch
    return random.randrange(batch // 2 if fault == "unsure" else batch)


def slack_service(server: SlackServer, home: Path, mode: Mode) -> SlackProcess:
    if mode == "socket":
        server.deliver_to(None)
    service = WordsSlack(server, home, home / "no-models", mode, **_SETTINGS)
    service.start()
    service.connected()
    return service


def test_slack(rounds: Rounds, home: Path, tmp_path: Path) -> None:
    """A round is a batch of deliveries, in which one thing breaks."""
    own, batch = Path(shutil.copytree(home, tmp_path / "home")), BATCH if rounds.soak else SHORT_BATCH
    accepted_forgeries = 0
    with SlackServer(ack_seconds=20, retry_pauses=(0.5, 1, 2, 4, 8)) as server:
        traffic, service = SlackTraffic(server), slack_service(server, own, "http")
        try:
            for number, random in rounds(short=2, long=LONG):
                traffic.begin()
                fault, sent = FAULTS[number % len(FAULTS)], len(traffic.handles)
                breaks_at = place_of(fault, batch, random)
                for place in range(batch):
                    if place == breaks_at:
                        service = broken(fault, service, traffic, random, rounds.soak)
                    traffic.write(random)
                if fault == "unsure" or traffic.cut_short:
                    traffic.something_broke()
                traffic.arrive(sent)
                server.wait_for(lambda: not traffic.unanswered(), PATIENCE)
                if service.mode == "http":
                    accepted_forgeries += sum(traffic.forge(random) != 401 for _ in range(batch // 2))
                traffic.judge(random)
            assert service.stop() == 0
        finally:
            if service.process.poll() is None:
                service.stop(signal.SIGKILL)
        print(f"{traffic.delivered:,} deliveries, {traffic.asked:,} questions")
        traffic.check()
        # What is under way when the platform says "wait" arrives before it has heard of that.
        assert [each for each in server.violations if "etry" not in each] == []
    store = ChatStore(own / NAME)
    assert store.feedback() == (traffic.judged, 0)
    assert store.unfinished("slack") == []
    store.close()
    assert (accepted_forgeries, b"forged" in (own / NAME).read_bytes()) == (0, False)
    told = (traffic.people[0].id, traffic.people[1].id, *server.secrets)
    assert [each for each in told if each.encode() in (own / NAME).read_bytes()] == []


def broken(fault: str, service: SlackProcess, traffic: SlackTraffic, random: Random, patient: bool) -> SlackProcess:
    """Lets something break; the service that runs from then on, reached by the other way if it was started again."""
    server = traffic.server
    if fault == "limit":
        server.rate_limit("chat.postMessage", times=2, retry_after=1)
        server.rate_limit("response_url", times=1, retry_after=1)
    elif fault == "cut":
        cuts = [server.drop_sockets, server.disconnect, server.freeze_sockets]  # the last takes 20 s to be noticed
        random.choice(cuts if patient else cuts[:2])()
    elif fault == "unsure":
        random.choice((server.fail, server.drop))("chat.postMessage", times=1, after=random.random() < 0.5)
    elif fault in ("kill", "stop"):
        if random.random() < 0.5:  # with some of them under way
            server.wait_for(lambda: len(server.messages) > random.randrange(1 + len(server.messages)), PATIENCE)
        traffic.end(service, fault)
        traffic.give_up()
        return slack_service(server, Path(service.environment["LEGATION_HOME"]), _OTHER[service.mode])
    return service


class DiscordTraffic(Traffic):
    """What people write in one server."""

    def __init__(self, server: DiscordServer) -> None:
        super().__init__()
        self.server = server
        guild = server.add_guild("Ruritania")
        self.channel = server.add_channel(guild, "newsroom")
        self.people = [server.add_user("reader"), server.add_user("other")]
        self.written: list[tuple[Written, int]] = []
        self.numbers: dict[str, int] = {}

    def write(self, random: Random) -> None:
        """A question, or a message that was delivered before."""
        self.delivered += 1
        kind = random.choice(("mention", "mention", "direct", "command", "private", "again", "again", "again"))
        if kind == "again" and self.written:
            written, number = random.choice(self.written[-200:])
            self.server.deliver_again(written)
            self.is_delivered(number)
            return
        number, person = self.new(), random.choice(self.people)
        if kind in ("command", "private"):
            given = {"question": question(number), "private": kind == "private"}
            self.server.user_commands(person, self.channel, "ask", given)
            return
        room = self.server.direct(person) if kind == "direct" else self.channel
        written = self.server.user_writes(person, room, question(number), mentions_bot=kind != "direct")
        self.written.append((written, number))
        self.numbers[written.message.id] = number

    def shown(self) -> set[str]:
        return {message.id for message in self.server.messages}

    def replies(self, seen: Set[str] = frozenset()) -> Iterator[tuple[int, str]]:
        for message in self.server.messages:
            if message.id in seen:
                continue
            said = "\n".join(filter(None, all_texts(message)))
            number = self.numbers.get(message.reference or "")
            if number is None:
                found = _NUMBER.search(said)
                number = int(found[1]) if found else None
            if number is not None:
                yield number, said


def test_discord(rounds: Rounds, home: Path, tmp_path: Path) -> None:
    """A round is a batch of deliveries, in which one thing breaks. What is sent while nobody is connected is lost:
    Discord does not keep it.
    """
    own, batch = Path(shutil.copytree(home, tmp_path / "home")), BATCH if rounds.soak else SHORT_BATCH
    with DiscordServer(answer_seconds=60) as server:
        traffic, service, restarts = DiscordTraffic(server), discord_service(server, own), 0
        try:
            for number, random in rounds(short=3, long=LONG):
                traffic.begin()
                fault = FAULTS[number % len(FAULTS)]
                breaks_at = place_of(fault, batch, random)
                for place in range(batch):
                    if place != breaks_at:
                        traffic.write(random)
                    elif fault in ("kill", "stop"):
                        traffic.perhaps |= set(range(traffic.first, traffic.asked))
                        traffic.end(service, fault)
                        service = discord_service(server, own)
                        restarts += 1
                    else:
                        break_discord(fault, server, random)
                if fault == "unsure" or traffic.cut_short:
                    traffic.something_broke()
                server.wait_for(lambda: not traffic.unanswered(), PATIENCE)
            assert service.stop() == 0
        finally:
            if service.process.poll() is None:
                service.stop(signal.SIGKILL)
        print(f"{traffic.delivered:,} deliveries, {traffic.asked:,} questions")
        traffic.check()
        # What is under way when the platform says "wait" arrives before it has heard of that; and a process that is
        # started at once does not know when the one before it was let in: once for each start.
        violations = [each for each in server.violations if "etry" not in each]
        early = [each for each in violations if re.fullmatch(r"IDENTIFY [\d.]+ s after the one before", each)]
        assert [each for each in violations if each not in early] == []
        assert len(early) <= restarts
    store = ChatStore(own / NAME)
    assert store.unfinished("discord") == []
    store.close()
    kept = (own / NAME).read_bytes()
    assert [
        each for each in (*(person.id for person in traffic.people), *server.secrets) if each.encode() in kept
    ] == []


def test_a_command_that_has_just_arrived_when_discord_is_stopped_is_answered(home: Path, tmp_path: Path) -> None:
    """Discord does not deliver it again; that we are thinking has not even been said yet."""
    own, thinking = Path(shutil.copytree(home, tmp_path / "home")), "POST /interactions/*/*/callback"
    with DiscordServer(answer_seconds=60) as server:
        reader, channel = server.add_user("reader"), server.add_channel(server.add_guild("Ruritania"), "newsroom")
        service = discord_service(server, own)
        server.rate_limit(thinking, retry_after=1)
        asked = server.user_commands(reader, channel, "ask", {"question": question(0)})
        server.wait_for(lambda: server.calls_of(thinking), PATIENCE)
        assert service.stop() == 0
        assert is_answer("\n".join(filter(None, all_texts(asked.answer(1)))))
        assert "ERROR" not in service.log


def discord_service(server: DiscordServer, home: Path) -> DiscordProcess:
    service = WordsDiscord(server, home, home / "no-models", **_SETTINGS)
    service.start()
    service.connected()
    server.wait_for(lambda: server.gateways, PATIENCE)
    return service


def break_discord(fault: str, server: DiscordServer, random: Random) -> None:
    if fault == "limit":
        server.rate_limit("POST /channels/*/messages", times=2, retry_after=0.5)
    elif fault == "cut":
        before = server.identifies + server.resumes
        random.choice((server.drop_gateway, server.ask_reconnect, lambda: server.invalidate_session(resumable=True)))()
        server.wait_for(lambda: server.identifies + server.resumes > before and server.gateways, PATIENCE)
    elif fault == "unsure":
        random.choice((server.fail, server.drop))("POST /channels/*/messages", times=1, after=random.random() < 0.5)
