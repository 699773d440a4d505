"""Answers, forms and pages for Slack, as Block Kit: plain dictionaries and lists, ready to be sent as JSON.

Whatever comes from outside stands in rich text or plain text, which Slack takes literally, never in mrkdwn.
Sent with ``mrkdwn`` and link unfurling off, a message brings nothing to life but the links that stand here.
"""
