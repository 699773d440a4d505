"""A service of Legation whose encoder is WordEncoder, all else as in ``python -m bot``: starts at once, needs no model.

``python -m tests.fakes.words_service slack`` or ``discord``; LEGATION_MODEL has to be "words".
"""

from bot.assemble import Legation
from bot.cli import main
from tests.fakes.word_encoder import WordEncoder

Legation.encoder = WordEncoder()  # type: ignore[assignment, misc, method-assign]

if __name__ == "__main__":
    main()
