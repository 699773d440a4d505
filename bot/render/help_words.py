"""What the bot says about itself, the same in every chat."""

ABOUT = (
    "I answer questions about closed embassies, consulates and missions and about sanctions, from the documents stored "
    "here. I quote them word for word and say where each quote stands; if they do not answer, I say so."
)
EXAMPLES = (
    "When was the embassy in Phnom Penh closed?",
    "Which exemptions does the law name for food and medicine?",
)
BUTTONS = (
    ("Show in context", "opens the text around a quote."),
    ("Open source", "opens the document where it was published."),
    ("More quotes", "looks for further passages."),
    ("Share to channel", "shows everyone here an answer that only you see; Dismiss removes it."),
    ("Right answer, Wrong answer", "tell those who keep the documents what is missing."),
)


def who_sees(command: str, mention: str) -> str:
    """Who sees what is answered. Both names as they are shown."""
    return f"What {command} answers is seen by you alone until you share it; what {mention} answers, by everyone there."
