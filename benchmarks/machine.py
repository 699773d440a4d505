"""What every benchmark here shares: naming the machine and versions, timing a child process, reporting."""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "legation",
    "onnxruntime",
    "tokenizers",
    "faiss-cpu",
    "tantivy",
    "numpy",
    "sentence-transformers",
    "torch",
)

_MIB = 1024**2
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
_VECTOR_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimd", "asimddp", "i8mm")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost. ``cpu_seconds`` is user and system time, of all its threads and of the children
    it waited for; ``peak_mib`` its largest resident set, in MiB.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as column name to value; every row has the same columns."""

    title: str
    rows: Sequence[Mapping[str, Any]]


def measure(command: Sequence[str], folder: Path, model_cache: Path | None = None) -> tuple[Cost, str]:
    """Runs ``command`` in ``folder`` to its end: what it cost, and its standard output.

    Linux counts the memory of whoever starts a process towards that process's peak, until it executes
    its own program: a benchmark that measures must itself stay small. Raises CalledProcessError.
    """
    with TemporaryFile() as output, TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, cwd=folder, env=child_environment(model_cache)
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode()
        if process.returncode:
            sys.stderr.write(errors.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(process.returncode, list(command), text)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT / _MIB), text


def peak_mib() -> float:
    """The largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / _MIB


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(
        median(cost.wall_seconds for cost in costs),
        median(cost.cpu_seconds for cost in costs),
        median(cost.peak_mib for cost in costs),
    )


def legation(*arguments: str) -> list[str]:
    """The command line of this checkout, as its entry point starts it."""
    return [sys.executable, "-c", "from bot.__main__ import main; main()", *arguments]


def child_environment(model_cache: Path | None = None) -> dict[str, str]:
    """This environment without settings of Legation, with its code to be found and no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    chosen = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    if model_cache is not None:
        chosen["LEGATION_MODEL_CACHE"] = str(model_cache.absolute())
    return kept | chosen


def machine() -> dict[str, Any]:
    """Processor, its instructions for vectors, cores that we may use, memory in GiB, system and Python."""
    information = _read(Path("/proc/cpuinfo"))
    flags = set((_field(information, "flags") or _field(information, "Features") or "").split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "processor": _field(information, "model name") or platform.processor() or platform.machine(),
        "vector instructions": " ".join(flag for flag in _VECTOR_FLAGS if flag in flags),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "memory GiB": round(memory, 1),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def versions(extra: Sequence[str] = ()) -> dict[str, str]:
    """Versions of the packages that matter, ``extra`` ones included, as they are installed."""
    found = {}
    for name in (*PACKAGES, *extra):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "from the checkout" if name == "legation" else "not installed"
    return found


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that all benchmarks have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="write everything that is printed as JSON, too")
    made.add_argument(
        "--model-cache",
        type=Path,
        metavar="FOLDER",
        help="exported models (default: export anew, in a folder of its own)",
    )
    return made


def add_corpus(made: argparse.ArgumentParser) -> None:
    """The option --corpus: folders to build a library from, instead of the documents that are shipped."""
    made.add_argument(
        "--corpus", type=Path, nargs="+", default=[ROOT / "docs" / "sources"], metavar="FOLDER",
        help="documents to use (default: docs/sources)",
    )  # fmt: skip


def build_home(folder: Path, corpus: Sequence[Path], model_cache: Path | None) -> Path:
    """A library of the documents in ``corpus``, made by a process of its own. Returns its home folder."""
    home = folder / "home"
    paths = [str(path.absolute()) for path in corpus]
    measure(legation("add", "--home", str(home), "--", *paths), folder, model_cache)
    return home


def report(
    title: str,
    tables: Sequence[Table],
    target: Path | None,
    notes: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> None:
    """Prints machine, versions, tables and notes as Markdown; as JSON into ``target``, if given."""
    here, packages = machine(), versions(extra)
    print(f"# {title}\n")
    print("; ".join(f"{name}: {value}" for name, value in here.items()) + "  ")
    print("Versions: " + ", ".join(f"{name} {version}" for name, version in packages.items()))
    for table in tables:
        print(f"\n## {table.title}\n\n{markdown(table.rows)}")
    for note in notes:
        print(f"\n{note}")
    if target is not None:
        shown = {
            "benchmark": title,
            "machine": here,
            "versions": packages,
            "tables": [asdict(table) for table in tables],
            "notes": list(notes),
        }
        target.write_text(json.dumps(shown, indent=2) + "\n")


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table; numbers with four significant digits, or whole from 1,000 on."""
    names = list(rows[0])
    lines: list[list[str]] = [names, ["---"] * len(names)]
    lines.extend([_shown(row[name]) for name in names] for row in rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _field(information: str, name: str) -> str | None:
    for line in information.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
