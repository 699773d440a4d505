"""``tests.fakes.words_service`` that makes no answer as long as the file named by HOLD is there."""

import os
import time
from pathlib import Path

from bot.assemble import Legation
from bot.cli import main
from tests.fakes.word_encoder import Vectors, WordEncoder


class HeldEncoder(WordEncoder):
    def encode_query(self, text: str) -> Vectors:
        while Path(os.environ["HOLD"]).exists():
            time.sleep(0.02)
        return super().encode_query(text)


if __name__ == "__main__":
    Legation.encoder = HeldEncoder()  # type: ignore[assignment, misc, method-assign]
    main()
