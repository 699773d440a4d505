"""What the tests of the chat services share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_library import build_library

from index.encode import OnnxEncoder
from tests.fakes.slack import SlackServer


@pytest.fixture(scope="session")
def slack_library(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of an invented library (tests/bot/slack_library.py). Not to be changed: copy it."""
    return build_library(tmp_path_factory.mktemp("slack"), encoder)


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> Iterator[SlackServer]:
    """A Slack workspace of its own for one test, which repeats what is not acknowledged after 0.2 seconds more. Its
    patience is the parameter, or long: Slack's three seconds may be too short for a machine with much to do.
    """
    with SlackServer(ack_seconds=getattr(request, "param", 30.0), retry_pauses=(0.2, 0.2, 0.2)) as server:
        yield server
