"""The cache of vectors: what it is addressed by, kills, damage, several processes, and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedders.cache import Cache, Collection, digests_of, key_of
from engine.errors import SpecError, StoreError
from engine.protocols import ModelIdentity, Recipe

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ModelIdentity(
    model_id="Toy Model",
    source="someone/toy",
    revision="a" * 40,
    kind="masked",
    alphabet="dna",
    tokens="nucleotide",
    kmer=None,
    context=512,
    prefix=1,
    suffix=1,
    parameters=10,
    dtype="float32",
    device="cpu",
)
TEXTS = ["ACGT", "TTTT", "GATTACA", "CCC", "ACGTACGT"]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Cache(tmp_path / "embeddings").collection(IDENTITY, Recipe())


def _digests(texts: list[str]) -> Any:
    return digests_of(texts, Recipe())


def _vectors(texts: list[str], width: int = 3) -> np.ndarray:
    return np.array([[len(text) + 0.5 * at for at in range(width)] for text in texts], dtype=np.float32)


def _add(collection: Collection, texts: list[str]) -> None:
    collection.add(_digests(texts), _vectors(texts), np.array([len(text) for text in texts]))


def _shards(collection: Collection) -> list[str]:
    return sorted(path.name for path in collection.folder.iterdir() if path.name != "recipe.json")


def test_nothing_is_there_at_first(collection: Collection) -> None:
    assert collection.missing(_digests(TEXTS)).tolist() == [True] * 5
    assert collection.missing(_digests([])).tolist() == []


def test_what_was_added_is_found_in_any_order_and_number(collection: Collection, tmp_path: Path) -> None:
    _add(collection, TEXTS[:2])
    _add(collection, TEXTS[2:4])
    assert collection.missing(_digests(TEXTS)).tolist() == [False] * 4 + [True]
    asked = ["CCC", "ACGT", "CCC", "GATTACA"]
    vectors, letters = collection.gather(_digests(asked), tmp_path / "out.npy")
    assert isinstance(vectors, np.memmap)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == _vectors(asked).tolist()
    assert letters.tolist() == [3, 4, 3, 7]
    assert np.load(tmp_path / "out.npy").tolist() == vectors.tolist()


@given(st.lists(st.text("ACGT", min_size=1, max_size=4), min_size=1, max_size=40), st.data())
def test_any_sequences_come_back_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    collection = Cache(folder).collection(IDENTITY, Recipe())
    cut = data.draw(st.integers(0, len(texts)))
    for part in (texts[:cut], texts[cut:]):
        _add(collection, part)
    vectors, letters = collection.gather(_digests(texts), folder / "out.npy")
    assert vectors.tolist() == _vectors(texts).tolist()
    assert letters.tolist() == [len(text) for text in texts]
    assert collection.missing(_digests([*texts, "N"])).tolist() == [False] * len(texts) + [True]


def test_blocks_of_a_large_result_come_in_order(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.embedders.cache._BLOCK_BYTES", 24)
    texts = [f"{'ACGT'[number % 4]}{'A' * number}" for number in range(11)]
    for first in range(0, 11, 3):
        _add(collection, texts[first : first + 3])
    vectors, _ = collection.gather(_digests(texts[::-1]), tmp_path / "out.npy")
    assert vectors.tolist() == _vectors(texts[::-1]).tolist()


def test_a_vector_that_is_not_there_is_said_with_what_to_do(collection: Collection, tmp_path: Path) -> None:
    _add(collection, TEXTS[:2])
    with pytest.raises(StoreError, match=r"3 of 5 sequences have no vector in .*toy-model-.*; embed them first"):
        collection.gather(_digests(TEXTS), tmp_path / "out.npy")
    assert not (tmp_path / "out.npy").exists()


def test_an_empty_task_gathers_to_an_empty_array(collection: Collection, tmp_path: Path) -> None:
    _add(collection, TEXTS)
    vectors, letters = collection.gather(_digests([]), tmp_path / "out.npy")
    assert (vectors.shape, letters.shape) == ((0, 3), (0,))


@pytest.mark.parametrize(
    "change",
    [
        {"revision": "b" * 40},
        {"revision": f"seed 0 of {'a' * 40}"},
        {"source": "someone/else"},
        {"model_id": "another"},
        {"dtype": "bfloat16"},
        {"context": 256},
        {"kmer": 6},
        {"kind": "encoder"},
    ],
)
def test_another_model_has_a_collection_of_its_own(tmp_path: Path, change: dict[str, Any]) -> None:
    cache = Cache(tmp_path)
    assert cache.collection(replace(IDENTITY, **change), Recipe()) != cache.collection(IDENTITY, Recipe())


@pytest.mark.parametrize(
    "recipe",
    [Recipe(pooling="max"), Recipe(layer=3), Recipe(strands="both"), Recipe(letters=100)],
)
def test_another_recipe_has_a_collection_of_its_own(tmp_path: Path, recipe: Recipe) -> None:
    cache = Cache(tmp_path)
    assert cache.collection(IDENTITY, recipe) != cache.collection(IDENTITY, Recipe())


def test_the_device_and_a_moved_folder_share_a_collection(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.collection(replace(IDENTITY, device="cuda:1"), Recipe()) == cache.collection(IDENTITY, Recipe())
    for revision in ("sha256:1234", "seed 0 of sha256:1234"):
        here, there = (replace(IDENTITY, revision=revision, source=source) for source in ("a/model", "b/model"))
        assert cache.collection(here, Recipe()) == cache.collection(there, Recipe())


def test_the_folder_says_what_is_in_it(collection: Collection) -> None:
    assert collection.folder.name.startswith("toy-model-")
    written = json.loads((collection.folder / "recipe.json").read_text("utf-8"))
    assert written == key_of(IDENTITY, Recipe())
    assert written["model"]["revision"] == "a" * 40
    assert written["recipe"] == {"pooling": "mean", "layer": -1, "strands": "forward", "letters": None}


def test_a_sequence_is_addressed_by_16_bytes_of_its_sha256() -> None:
    # printf ACGT | sha256sum
    assert digests_of(["ACGT", "acgt"], Recipe()).tobytes().hex() == "1dff3e84fe7877e0673b69bbddcf4012" * 2


def test_sequences_that_are_cut_to_the_same_letters_share_a_vector() -> None:
    one, other, third = digests_of(["ACGTA", "ACGTC", "ACG"], Recipe(letters=4))
    assert one == other != third


def test_a_position_counts_where_it_is_pooled_only() -> None:
    texts, positions = ["ACGT", "ACGT"], np.array([1, 2])
    one, other = digests_of(texts, Recipe(pooling="position"), positions)
    assert one != other
    one, other = digests_of(texts, Recipe(), positions)
    assert one == other
    with pytest.raises(SpecError, match="none are given"):
        digests_of(texts, Recipe(pooling="position"))


def test_no_vectors_for_some_of_the_sequences_is_a_fault_of_the_caller(collection: Collection) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        collection.add(_digests(TEXTS), _vectors(TEXTS[:3]), np.ones(3, dtype=np.int64))
    assert _shards(collection) == []


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])


def _lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"1234")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _scramble(path: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def _other_array(path: Path) -> None:
    np.save(path, np.zeros(7))


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        *(("vectors", damage) for damage in (_cut, _lengthen, _empty, _scramble, _other_array)),
        *(("index", damage) for damage in (_cut, _empty, _scramble, _other_array)),
    ],
)
def test_a_damaged_shard_is_dropped_and_its_sequences_are_missing(
    collection: Collection, tmp_path: Path, damage: Any, part: str
) -> None:
    _add(collection, TEXTS[:2])
    first = set(_shards(collection))
    _add(collection, TEXTS[2:])
    (damaged,) = (path for path in collection.folder.glob(f"*.{part}.npy") if path.name not in first)
    damage(damaged)
    assert collection.missing(_digests(TEXTS)).tolist() == [False, False, True, True, True]
    assert set(_shards(collection)) == first
    _add(collection, TEXTS[2:])
    assert collection.gather(_digests(TEXTS), tmp_path / "out.npy")[0].tolist() == _vectors(TEXTS).tolist()


@pytest.mark.parametrize("lost", ["vectors", "index"])
def test_half_a_shard_counts_for_nothing(collection: Collection, lost: str) -> None:
    _add(collection, TEXTS)
    next(collection.folder.glob(f"*.{lost}.npy")).unlink()
    assert collection.missing(_digests(TEXTS)).all()


def test_vectors_of_two_widths_in_one_collection_are_refused(collection: Collection) -> None:
    _add(collection, TEXTS[:2])
    collection.add(_digests(TEXTS[2:3]), np.zeros((1, 4), dtype=np.float32), np.array([4]))
    with pytest.raises(StoreError, match="vectors of 3 and 4 numbers: delete the folder"):
        collection.missing(_digests(TEXTS))


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(
        StoreError, match=r"cannot be written \(Not a directory\): free space there or set VLEDGER_CACHE"
    ):
        Cache(tmp_path / "file").collection(IDENTITY, Recipe())


_WRITER = """
import sys
from pathlib import Path
import numpy as np
from engine.embedders.cache import Collection
collection = Collection(Path(sys.argv[1]))
number = 0
while True:
    digests = np.array([f"{number + at:016d}".encode() for at in range(50)], dtype="S16")
    collection.add(digests, np.full((50, 2000), number, dtype=np.float32), np.arange(50))
    number += 50
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_only_whole_shards(collection: Collection, tmp_path: Path) -> None:
    for delay in (0.0, 0.003, 0.01):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(collection.folder)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(3)]
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        count = int(said[-1])
        digests = np.array([f"{at:016d}".encode() for at in range(count)], dtype="S16")
        assert not collection.missing(digests).any()
        vectors, letters = collection.gather(digests, tmp_path / "out.npy")
        assert vectors[:, 0].tolist() == [at // 50 * 50 for at in range(count)]
        assert letters.tolist() == [at % 50 for at in range(count)]


_ALL_IN_SOME_ORDER = """
import sys
from pathlib import Path
import numpy as np
from engine.embedders.cache import Collection
order = np.random.default_rng(int(sys.argv[2])).permutation(200)
for some in np.split(order, 50):
    digests = np.array([f"{at:016d}".encode() for at in some], dtype="S16")
    Collection(Path(sys.argv[1])).add(digests, np.tile(some[:, None], 3).astype(np.float32), some)
"""


def test_several_processes_write_at_once(collection: Collection, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _ALL_IN_SOME_ORDER, str(collection.folder), str(seed)])
        for seed in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    digests = np.array([f"{at:016d}".encode() for at in range(200)], dtype="S16")
    vectors, letters = collection.gather(digests, tmp_path / "out.npy")
    assert vectors.tolist() == [[at] * 3 for at in range(200)]
    assert letters.tolist() == list(range(200))


def test_a_million_entries_are_looked_up_in_seconds(collection: Collection) -> None:
    rng = np.random.default_rng(0)
    for _ in range(4):
        digests = np.frombuffer(rng.bytes(16 * 250_000), dtype="S16")
        collection.add(digests, np.zeros((250_000, 1), dtype=np.float32), np.ones(250_000, dtype=np.int64))
    start = time.perf_counter()
    assert not collection.missing(digests[:100_000]).any()
    assert time.perf_counter() - start < 5


_GATHER = """
import resource, sys
from pathlib import Path
import numpy as np
from engine.embedders.cache import Collection
collection = Collection(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
digests = np.array([f"{at:016d}".encode() for at in range(20_000)], dtype="S16")
vectors, _ = collection.gather(digests[::-1], Path(sys.argv[2]))
assert vectors.shape == (20_000, 4_096)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_a_result_of_320_megabytes_is_put_together_in_less_than_200(collection: Collection, tmp_path: Path) -> None:
    for first in range(0, 20_000, 2_000):
        digests = np.array([f"{at:016d}".encode() for at in range(first, first + 2_000)], dtype="S16")
        collection.add(digests, np.full((2_000, 4_096), first, dtype=np.float32), np.ones(2_000, dtype=np.int64))
    command = [sys.executable, "-c", _GATHER, str(collection.folder), str(tmp_path / "out.npy")]
    grown = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # A block and the mapped pages of one shard; the result itself is 320 MB.
    assert grown < 200
