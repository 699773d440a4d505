"""Looking after an installation: doctor."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.options import EXIT_CHECK_FAILED, home_option, json_option, opened
from bot.render.visible import visible, visible_line
from bot.settings import load_settings


@click.command(short_help="Say what an answer depends on, and what is wrong with it.")
@click.option("--show-config", is_flag=True, help="Print every setting instead; of secrets only whether they are set.")
@json_option
@home_option
def doctor(show_config: bool, as_json: bool, home: Path | None) -> None:
    """Look at everything an answer depends on; say what is wrong and how to mend it."""
    from bot.doctor import examine
    from bot.shown_settings import shown_settings

    if show_config:
        shown = shown_settings(load_settings(home))
        lines = (f"{name} = {'' if value is None else visible_line(value)}".rstrip() for name, value in shown.items())
        click.echo(json.dumps({"settings": shown}) if as_json else "\n".join(lines))
        return
    with opened(home) as legation:
        findings = list(examine(legation))
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mend = f" -> {finding.mend}" if finding.mend else ""
            click.echo(visible(f"{finding.status:5} {finding.subject}: {finding.detail}{mend}"))
    if any(finding.status == "wrong" for finding in findings):
        raise SystemExit(EXIT_CHECK_FAILED)
