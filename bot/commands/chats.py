"""Serving chats, and what people asked and said there: slack, discord, serve, gaps, feedback."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.options import FileName, Text, home_option, json_option, opened, printed, reading
from bot.input_files import STANDARD
from bot.render.visible import visible_line
from bot.settings import load_settings
from index.errors import SettingsError, UsageError


@click.command(short_help="Answer in Slack, until stopped.")
@click.option("--manifest", is_flag=True, help="Print the manifest that Slack makes the app from, and end.")
@home_option
def slack(manifest: bool, home: Path | None) -> None:
    """Answer in Slack, until stopped; docs/slack.md leads through it."""
    settings = load_settings(home)
    if manifest:
        from bot.slack_manifest import manifest as slack_manifest

        click.echo(slack_manifest(settings.slack), nl=False)
        return
    from bot.service import run
    from bot.slack_service import SlackConnection

    with opened(home) as legation:
        run(legation, [SlackConnection(legation)])


@click.command(short_help="Answer in Discord, until stopped.")
@click.option("--sync-commands", is_flag=True, help="Tell Discord our commands even if they have not changed.")
@click.option("--invite", is_flag=True, help="Print the address at which a server's admin lets the bot in, and end.")
@home_option
def discord(sync_commands: bool, invite: bool, home: Path | None) -> None:
    """Answer in Discord, until stopped; docs/discord.md leads through it."""
    from bot.discord_service import DiscordConnection, invitation
    from bot.service import run

    if invite:
        click.echo(invitation(load_settings(home).discord))
        return
    with opened(home) as legation:
        run(legation, [DiscordConnection(legation, sync=sync_commands)])


@click.command(short_help="Answer in every chat that is set up, until stopped.")
@home_option
def serve(home: Path | None) -> None:
    """Answer in every chat that is set up, in one process over one index, until stopped."""
    from bot.discord_service import DiscordConnection
    from bot.service import run
    from bot.slack_service import SlackConnection

    with opened(home) as legation:
        connections = [each for each in (SlackConnection(legation), DiscordConnection(legation)) if each.wanted]
        if not connections:
            raise SettingsError("Neither Slack nor Discord is set up: docs/slack.md and docs/discord.md say how.")
        run(legation, connections)


@click.command(short_help="List what people asked in chats and did not get.")
@click.option("--since", metavar="DATE", type=Text(), help="Only what was asked on or after YYYY[-MM[-DD]].")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most groups of questions.")
@json_option
@home_option
def gaps(since: str | None, limit: int, as_json: bool, home: Path | None) -> None:
    """List what people asked in chats and did not get: the documents to add."""
    from index.generation import parse_day

    first = parse_day(since, last=False) if since is not None else None
    with opened(home) as legation:
        if not legation.has_chats:
            legation.check_library()
        found = legation.gaps(first)
    if as_json:
        click.echo(json.dumps({"gaps": [asdict(gap) for gap in found[:limit]]}))
        return
    for gap in found[:limit]:
        wrong = f", {gap.marked_wrong} of them answered and marked as wrong" if gap.marked_wrong else ""
        times = "once" if gap.times == 1 else f"{gap.times} times"
        click.echo(visible_line(f"{times}, last on {gap.latest}{wrong}: {gap.question}"))
        for other in gap.others:
            click.echo(f"    also: {visible_line(other)}")
    if len(found) > limit:
        click.echo(f"{len(found) - limit} more groups; --limit shows them.")
    if not found:
        click.echo("Nothing was asked in chats that was not answered.")


@click.command(short_help="Count the answers that people called right or wrong.")
@click.option("--since", metavar="DATE", type=Text(), help="Only answers given on or after YYYY[-MM[-DD]].")
@click.option(
    "--pairs", metavar="FILE|-", type=FileName(stream=True), help="Write what it tells as pairs for train-reader."
)
@json_option
@home_option
def feedback(since: str | None, pairs: Path | None, as_json: bool, home: Path | None) -> None:
    """Count the answers that people in chats called right or wrong; make pairs of them to train the reader on."""
    from bot.evaluation.files import check_target, write_file
    from bot.training.feedback import FeedbackPairs, feedback_pairs
    from bot.training.pairs import to_lines
    from index.generation import parse_day

    first = parse_day(since, last=False) if since is not None else None
    streamed = pairs == STANDARD
    if streamed and as_json:
        raise UsageError("--pairs - writes the pairs to standard output, where --json prints them already.")
    if pairs is not None and not streamed:
        check_target(pairs)
        if pairs.exists():
            raise UsageError(f"{pairs} is there already, and may have been looked over; name another file.")
    with reading(home) as legation:
        judged = legation.chat_store.judged(first) if legation.has_chats else []
        told = feedback_pairs(judged, legation.library, legation.encoder) if judged else FeedbackPairs((), 0, 0, 0)
    if as_json:
        click.echo(json.dumps(asdict(told)))
    else:
        click.echo(f"Answers called right: {told.right}, wrong: {told.wrong}. Pairs: {len(told.pairs)}.", err=streamed)
        if told.left_out:
            left_out = f"Quotes left out, because they are no longer stored or are of lists: {told.left_out}."
            click.echo(left_out, err=streamed)
    if streamed:
        click.echo(to_lines(told.pairs), nl=False)
    elif pairs is not None and not told.pairs:
        click.echo(visible_line(f"{pairs} was not written: there are no pairs."), err=True)
    elif pairs is not None:
        with printed():
            write_file(pairs, to_lines(told.pairs).encode())
