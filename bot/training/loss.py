"""What is learned: whether the text answers and, to learn that sooner, which of its words do."""

from typing import Any

import torch
from sentence_transformers import CrossEncoder
from torch import Tensor, nn
from torch.nn import functional

SPAN_WEIGHT = 0.5


class AnswerLoss(nn.Module):  # type: ignore[misc]
    """Binary cross-entropy of the one score, plus ``SPAN_WEIGHT`` of the cross-entropy of the first and the last
    answering token, which are the first token of the pair where nothing answers (Devlin et al. 2019, section 4.3).

    The labels of a pair are (label, start, end), as in ``bot.training.example.Example``. The layer that finds the words
    is only there for learning and is not part of what is saved.
    """

    def __init__(self, model: CrossEncoder, max_tokens: int, span_weight: float = SPAN_WEIGHT) -> None:
        super().__init__()
        self.model = model
        self.max_tokens = max_tokens
        self.span_weight = span_weight
        self.words = nn.Linear(model.model.config.hidden_size, 2)

    def forward(self, inputs: list[list[str]], labels: list[Tensor], **_: Any) -> dict[str, Tensor]:
        known = torch.stack(list(labels))
        features = self.model.tokenizer(
            inputs[0],
            inputs[1],
            truncation="longest_first",
            max_length=self.max_tokens,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = features.pop("offset_mapping")
        second = torch.tensor([[part == 1 for part in features.sequence_ids(row)] for row in range(len(known))])
        answered = self.model.model(**features, output_hidden_states=True)
        score = functional.binary_cross_entropy_with_logits(answered.logits.float().view(-1), known[:, 0].float())
        losses = {"answers": score}
        if self.span_weight:
            places = first_and_last(offsets, second, known[:, 1], known[:, 2])
            logits = self.words(answered.hidden_states[-1]).float()
            logits = logits.masked_fill(~features["attention_mask"].bool().unsqueeze(-1), -1e4)
            found = functional.cross_entropy(logits, places, ignore_index=-100, reduction="sum")
            losses["words"] = self.span_weight * found / (2 * len(known))
        return losses


def first_and_last(offsets: Tensor, second: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Shape (pairs, 2): the first and the last token of the second text that overlap the characters from ``starts`` to
    ``ends``; 0 for a span that is empty, -100 for one that is unknown (-1) or was cut off.
    """
    inside = second & (offsets[..., 0] < ends[:, None]) & (offsets[..., 1] > starts[:, None])
    place = torch.arange(offsets.shape[1]).expand_as(inside)
    first = torch.where(inside, place, offsets.shape[1]).amin(1)
    last = torch.where(inside, place, -1).amax(1)
    found = torch.stack((first, last), dim=1)
    found[~inside.any(1)] = -100
    found[(starts == 0) & (ends == 0)] = 0
    return found
