"""The exported default model: faithful, deterministic, verified, and never a surprise."""

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.encode import EncoderManifest, OnnxEncoder
from index.errors import ModelError
from index.export import DEFAULT_MODEL, load_encoder, resolve
from index.export.check import CHECK_SENTENCES
from index.onnx_model import OnnxModel, find_export
from index.types import Span, Vectors
from tests.fakes.small_export import write_export
from tests.index.model_texts import TEXTS

Outputs = dict[str, npt.NDArray[np.float32]]

VARIED = [
    "The legation at Tirana was closed on September 16, 1939.",
    "sanctions",
    "",
    "大使館は閉鎖された。",
    "embassy " * 600,
]


@pytest.fixture(scope="session")
def exported(model_cache: Path) -> Path:
    found = find_export(EncoderManifest, model_cache, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL))
    assert found is not None
    return found


@pytest.fixture
def copied(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "cache" / exported.name))


def test_the_default_model_is_quantised_and_close_to_the_original(exported: Path) -> None:
    manifest = EncoderManifest.read(exported)
    assert (manifest.requested, manifest.precision) == ("int8", "int8")
    assert (manifest.dimension, manifest.max_tokens) == (384, 256)
    assert manifest.cosine_mean >= 0.99
    assert manifest.files.keys() == {"model.onnx", "weights.bin", "tokenizer.json"}
    assert {file.name for file in exported.iterdir()} == {*manifest.files, "encoder.json"}


def test_the_stated_cosine_is_what_sentence_transformers_gives(exported: Path, originals: Outputs) -> None:
    ours = OnnxEncoder(exported).encode_passages(CHECK_SENTENCES)
    cosines = np.sum(originals["default/vectors"] * ours, axis=1)
    manifest = EncoderManifest.read(exported)
    assert float(cosines.mean()) == pytest.approx(manifest.cosine_mean, abs=1e-4)
    assert float(cosines.min()) == pytest.approx(manifest.cosine_min, abs=1e-4)


def test_a_text_has_one_vector_whatever_its_neighbours(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    together = encoder.encode_passages(VARIED)
    alone = np.stack([encoder.encode_passages([text])[0] for text in VARIED])
    assert together.tobytes() == alone.tobytes()
    assert together.dtype == np.float32
    assert together.shape == (5, 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    # The default model has no prefixes: question and passage are encoded alike.
    assert encoder.encode_query(VARIED[0]).tobytes() == together[0].tobytes()


def test_no_texts_give_no_vectors(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    assert encoder.encode_passages([]).shape == (0, 384)
    vectors, sentences = encoder.encode_with_sentences([], [])
    assert (vectors.shape, sentences) == ((0, 384), ())


def test_every_text_needs_its_sentences(exported: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        OnnxEncoder(exported).encode_with_sentences(["one", "two", "three"], [(), ()])


def test_tokens_are_counted_without_truncation_or_special_tokens(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    assert encoder.count_tokens("") == 0
    assert encoder.count_tokens("embassy closed") == 2
    assert encoder.count_tokens("embassy " * 600) == 600


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_export_is_refused(copied: Path, name: str, damage: str) -> None:
    content = (copied / name).read_bytes()
    (copied / name).unlink()  # replaced, not changed in place: another test may have it mapped
    if damage == "flip":
        (copied / name).write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    elif damage == "truncate":
        (copied / name).write_bytes(content[:-1])
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        OnnxEncoder(copied)


@pytest.mark.parametrize(("field", "value"), [("query_prefix", "vise "), ("max_tokens", 63), ("fingerprint", "g" * 64)])
def test_a_manifest_that_was_damaged_is_refused(tmp_path: Path, field: str, value: object) -> None:
    write_export(tmp_path / "small")
    manifest = EncoderManifest.path(tmp_path / "small")
    sound = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(sound | {field: value}))
    with pytest.raises(ModelError, match=r"^The exported model in small has a damaged manifest\.$"):
        OnnxEncoder(tmp_path / "small")
    manifest.write_text(json.dumps(sound))
    OnnxEncoder(tmp_path / "small")
    del sound["sha256"]  # as versions before wrote it
    manifest.write_text(json.dumps(sound | {field: value}))
    OnnxEncoder(tmp_path / "small")


def test_a_manifest_of_another_version_is_refused(copied: Path) -> None:
    fields = json.loads((copied / "encoder.json").read_text())
    (copied / "encoder.json").write_text(json.dumps(fields | {"format": 0}))
    with pytest.raises(ModelError, match="another version"):
        OnnxEncoder(copied)
    assert find_export(EncoderManifest, copied.parent, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL)) is None


def test_an_export_is_found_by_name_precision_and_unchanged_source(copied: Path, tmp_path: Path) -> None:
    cache, source = copied.parent, resolve(DEFAULT_MODEL)
    assert source is not None
    assert find_export(EncoderManifest, cache, DEFAULT_MODEL, "int8", source) == copied
    assert find_export(EncoderManifest, cache, DEFAULT_MODEL, "float32", source) is None
    assert find_export(EncoderManifest, cache, "another", "int8", source) is None
    assert find_export(EncoderManifest, cache, DEFAULT_MODEL, "int8", None) == copied
    moved = Path(shutil.copytree(source, tmp_path / "model"))
    (moved / "config.json").touch()  # another time, the same bytes
    assert find_export(EncoderManifest, cache, DEFAULT_MODEL, "int8", moved) == copied
    (moved / "config.json").write_text((moved / "config.json").read_text() + " ")
    assert find_export(EncoderManifest, cache, DEFAULT_MODEL, "int8", moved) is None


def spans_of(text: str) -> list[Span]:
    """Its sentences, cut after full stops of two scripts."""
    ends = [place + 1 for place, letter in enumerate(text) if letter in ".。"]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def pooled(originals: Outputs, name: str, number: int, span: Span) -> Vectors:
    """The mean of the original's vectors of the tokens within ``span``, at length one."""
    starts, ends = originals[f"{number}/offsets"].T
    within = (starts >= span.start) & (ends <= span.end) & (ends > starts)
    mean = originals[f"{name}/{number}/tokens"][within].mean(axis=0)
    if name == "dense":
        mean = np.tanh(originals["dense/weight"] @ mean + originals["dense/bias"])
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


@pytest.mark.parametrize("name", ["mean", "cls", "dense"])
def test_sentences_are_pooled_from_the_tokens_of_their_passage(
    tiny_models: Path, tiny_cache: Path, originals: Outputs, name: str
) -> None:
    """All three models have prompts, so that the text which is read starts before the passage does."""
    encoder = load_encoder(str(tiny_models / name), "float32", tiny_cache)
    spans = [spans_of(text) for text in TEXTS]
    assert [len(each) for each in spans] == [2, 3, 14]
    vectors, sentences = encoder.encode_with_sentences(TEXTS, spans)
    assert np.abs(vectors - originals[f"{name}/vectors"]).max() < 1e-5
    for number, (found, each) in enumerate(zip(sentences, spans, strict=True)):
        read = originals[f"{number}/offsets"].max()
        assert found.shape == (len(each), encoder.dimension)
        for vector, span in zip(found, each, strict=True):
            expected = pooled(originals, name, number, span) if span.start < read else vectors[number]
            assert np.abs(vector - expected).max() < 1e-5
    # The last sentences of the third text are beyond what the model reads.
    assert originals["2/offsets"].max() < spans[2][-1].start
    assert sentences[2][-1].tobytes() == vectors[2].tobytes()
    assert sentences[0][0] @ sentences[0][1] < 0.99


def test_the_same_sentence_differs_from_passage_to_passage(tiny_models: Path, tiny_cache: Path) -> None:
    encoder = load_encoder(str(tiny_models / "mean"), "float32", tiny_cache)
    texts = ["The embassy in Rome shut. It reopened.", "No consul was ever sent. It reopened."]
    _, (rome, consul) = encoder.encode_with_sentences(texts, [spans_of(text) for text in texts])
    assert rome[1] @ consul[1] < 0.999


def test_a_span_between_tokens_has_the_vector_of_its_passage(tiny_models: Path, tiny_cache: Path) -> None:
    encoder = load_encoder(str(tiny_models / "mean"), "float32", tiny_cache)
    vectors, (found,) = encoder.encode_with_sentences(["It closed.   It opened."], [[Span(10, 13), Span(10, 11)]])
    assert found.tobytes() == vectors.tobytes() * 2


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_a_passage_without_sentences_is_encoded_like_any_other(
    tiny_models: Path, tiny_cache: Path, precision: str
) -> None:
    encoder = load_encoder(str(tiny_models / "dense"), precision, tiny_cache)
    assert encoder.precision == precision
    vectors, sentences = encoder.encode_with_sentences(TEXTS, [spans_of(TEXTS[0]), [], []])
    assert [found.shape for found in sentences] == [(2, 24), (0, 24), (0, 24)]
    assert vectors.tobytes() == encoder.encode_passages(TEXTS).tobytes()


@pytest.fixture
def on_two_cores(exported: Path, monkeypatch: pytest.MonkeyPatch) -> OnnxModel:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1})
    return OnnxModel(exported, EncoderManifest.read(exported))


def test_whoever_asks_for_each_of_two_makes_one_of_them(on_two_cores: OnnxModel) -> None:
    both = threading.Barrier(2, timeout=60)

    def made(item: str) -> tuple[str, bool]:
        both.wait()
        return item.upper(), threading.current_thread() is threading.main_thread()

    found = on_two_cores.each(made, ["a", "b"])
    assert [text for text, _ in found] == ["A", "B"]
    assert sorted(here for _, here in found) == [False, True]


def test_after_an_error_the_other_thread_does_not_go_on(on_two_cores: OnnxModel) -> None:
    both, ended, begun = threading.Barrier(2, timeout=60), threading.Event(), list[int]()

    def made(item: int) -> int:
        begun.append(item)
        both.wait()
        if threading.current_thread() is threading.main_thread():
            raise ModelError("No memory.")
        assert ended.wait(60)
        return item

    with pytest.raises(ModelError, match="No memory"):
        on_two_cores.each(made, range(100))
    ended.set()
    assert on_two_cores.each(lambda item: both.wait() * 0 + item, range(2)) == [0, 1]  # both are free again
    assert sorted(begun) == [0, 1]


def test_an_error_of_the_other_thread_is_raised_too(on_two_cores: OnnxModel) -> None:
    both = threading.Barrier(2, timeout=60)

    def made(item: int) -> int:
        both.wait()
        if threading.current_thread() is not threading.main_thread():
            raise ModelError("No memory.")
        return item

    with pytest.raises(ModelError, match="No memory"):
        on_two_cores.each(made, range(2))


def test_sentences_have_the_same_vectors_alone_or_with_other_texts(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    spans = [spans_of(text) for text in TEXTS]
    vectors, together = encoder.encode_with_sentences(TEXTS, spans)
    for number, text in enumerate(TEXTS):
        alone, (found,) = encoder.encode_with_sentences([text], [spans[number]])
        assert alone.tobytes() == vectors[number].tobytes()
        assert found.tobytes() == together[number].tobytes()
        assert found.dtype == np.float32
        assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(found)), abs=1e-6)
        # In a model without a layer after pooling, a sentence's vector does not depend on the other sentences either.
        one, (last,) = encoder.encode_with_sentences([text], [spans[number][-1:]])
        assert one.tobytes() == alone.tobytes()
        assert last[0] == pytest.approx(found[-1], abs=1e-6)
