"""Greetings, thanks and calls for help, and the fixed replies to them."""

import re
from typing import Literal

Talk = Literal["help", "small-talk"]

_WHOM = r"(?:[\s,]+(?:there|bot|legation|all|everyone|everybody|team|folks|friend|again|to you))*"
_GREETING = (
    rf"(?:hi+|hello|hallo|hey+|hiya|howdy|yo|hola|bonjour|salut|greetings|good\s+(?:morning|afternoon|evening|day)"
    rf"|what['’]?s\s+up|sup){_WHOM}"
)
_THANKS = (
    r"(?:(?:many\s+)?thanks|thank\s+(?:you|u)|thx|thanx|ty|cheers|ta|merci|danke|gracias|much\s+appreciated)"
    r"(?:\s+(?:so\s+much|very\s+much|a\s+lot|a\s+bunch|a\s+million|for\s+(?:the|your)\s+help|anyway))*"
    rf"{_WHOM}"
)
_PLEASE = r"(?:please|pls|plz|quick\s+question|question)"
_SMALL = (
    rf"{_GREETING}|{_THANKS}|(?:ok|okay|k|cool|great|nice|perfect|awesome|excellent|brilliant|lovely|got\s+it"
    r"|understood|alright|all\s+right|fine|good\s+(?:bot|job|work|night)|well\s+done|nice\s+work|never\s*mind|nvm|no\s+worries"
    r"|sorry|oops|lol|haha+|hm+|wow|yes|yeah|yep|no|nope|test|testing|ping|bye+|goodbye|good\s+bye|bye\s+bye|see\s+(?:you|ya)"
    rf"(?:\s+later)?|have\s+a\s+(?:nice|good|great)\s+(?:day|one|weekend|evening)|how\s+(?:are|r)\s+(?:you|u)"
    rf"(?:\s+(?:doing|today))*|how['’]?s\s+it\s+going|nice\s+to\s+meet\s+you){_WHOM}"
)
_HELP = (
    r"/?help(?:\s+(?:me|please|pls|us))*|(?:i\s+need|can\s+you|could\s+you|please)\s+help(?:\s+me)?(?:\s+please)?"
    r"|commands|usage|instructions|(?:who|what)\s+(?:are|r)\s+(?:you|u)|who\s+is\s+this"
    r"|what\s+is\s+this(?:\s+(?:bot|thing))?"
    r"|what['’]?s\s+(?:this|your\s+name)|what\s+is\s+your\s+name|who\s+made\s+you|introduce\s+yourself"
    r"|are\s+you\s+(?:a\s+|an\s+)?(?:bot|human|robot|ai|real|there|chatgpt|machine|person|real\s+person)"
    r"|what\s+(?:can|could|do)\s+(?:you|u)\s+(?:do|know|answer|offer)(?:\s+(?:for\s+me|here|about))?"
    r"|what\s+(?:can|should|could)\s+(?:i|we)\s+ask(?:\s+(?:you|here))?|what\s+are\s+you\s+(?:for|good\s+for)"
    r"|how\s+(?:can|do)\s+you\s+help(?:\s+(?:me|us))?|what\s+can\s+you\s+help\s+(?:me\s+|us\s+)?with"
    r"|how\s+(?:do|does|can|should)\s+(?:i|we|one)\s+(?:use|ask)\s+(?:you|this|it|this\s+bot|the\s+bot|questions?)"
    r"|how\s+(?:do|does)\s+(?:this|it|the\s+bot|this\s+bot|this\s+thing|you)\s+work"
)
_IS_HELP = re.compile(rf"(?:(?:{_SMALL}|{_PLEASE})\b\s*)*(?:{_HELP})", re.IGNORECASE)
_IS_SMALL = re.compile(rf"(?:(?:{_SMALL})\b\s*)+", re.IGNORECASE)
_OPENING = re.compile(
    rf"(?:(?:{_GREETING}|{_THANKS}|{_PLEASE}|ok|okay)\s*[,.;:!…]+\s*(?=\S)"
    rf"|(?:(?:hi|hello|hallo|hey){_WHOM}|please|pls|plz|ok|okay)\s+(?:[–—-]\s+)?(?=\S))+",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:(?:can|could|would|will)\s+(?:you|u)\s+(?:please\s+|pls\s+)?(?:tell\s+(?:me|us)|let\s+me\s+know|explain|say"
    r"|find\s+out|look\s+up|check)|(?:do|does)\s+(?:you|anyone|anybody)\s+(?:happen\s+to\s+)?know|any\s+idea"
    r"|(?:i|we)(?:['’]d|\s+would)\s+like\s+to\s+know|(?:i|we)\s+(?:want|need)\s+to\s+know|i\s+wonder"
    r"|i(?:['’]m|\s+am)\s+wondering"
    r"|(?:please\s+|pls\s+)?tell\s+(?:me|us))\s*[,:]?\s+(?=(?:about|why|when|where|who|whose|what|which|how|if|whether)\b)",
    re.IGNORECASE,
)
_SYMBOLS = re.compile(r"[^\w\s/'’]", re.UNICODE)

_HELP_REPLY = (
    "I answer questions about closed embassies, consulates and missions and about sanctions, from the documents stored "
    "here. I quote them word for word and say where each quote stands; if they do not answer, I say so. "
    'Try "When was the embassy in Phnom Penh closed?" or "Which exemptions does the law name for food and medicine?"'
)
_SMALL_TALK_REPLY = (
    "Hello! Ask me about closed embassies, consulates and missions or about sanctions, and I quote the stored "
    'documents word for word. For example: "Why did the embassy in Sanaa suspend operations?"'
)


def talk_of(text: str) -> Talk | None:
    """What a text is if it asks nothing of the sources."""
    plain = " ".join(_SYMBOLS.sub(" ", text).split())
    if not plain:
        return None
    if _IS_HELP.fullmatch(plain):
        return "help"
    return "small-talk" if _IS_SMALL.fullmatch(plain) else None


def without_opening(text: str) -> str:
    """The text without the greeting and "can you tell me" that it begins with, if anything is left."""
    opening = _OPENING.match(text)
    rest = text[opening.end() :] if opening else text
    asking = _ASKING.match(rest)
    return rest[asking.end() :] if asking else rest


def reply(talk: Talk) -> str:
    """What is answered: what the bot does, with an example."""
    return _HELP_REPLY if talk == "help" else _SMALL_TALK_REPLY
