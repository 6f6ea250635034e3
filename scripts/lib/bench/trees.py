"""The layers that workloads need, made on the tmpfs when the first of them does, and removed after the last.

A builder is a function of a directory and a scale; it makes layers there, named so that the topmost is first in its
`layers`, and says in the attributes of the Tree what is to be found in the merged view.
"""

import os
import random
import types

import commands

MIB = 1 << 20
builders = {}


class Tree(types.SimpleNamespace):
    """directory, layers (names in it, topmost first) and what the builder says of it."""

    plain = None
    writes = False


def tree(builder):
    builders[builder.__name__.replace("_", "-")] = builder
    return builder


def build(name, directory, scale):
    directory.mkdir()
    facts = builders[name](directory, scale)
    return Tree(directory=directory, **facts)


def scaled(number, scale, least=1):
    return max(least, int(number * scale))


def write(path, text):
    with open(path, "wb") as file:
        file.write(text)


def files(directory, count, size=100, first=0):
    """f0 f1 … of SIZE bytes."""
    os.makedirs(directory, exist_ok=True)
    text = random.Random(1).randbytes(size)
    for i in range(first, first + count):
        write(f"{directory}/f{i}", text)


def data(path, size):
    """A file of random bytes: nothing to compress, no holes."""
    block = random.Random(1).randbytes(MIB)
    with open(path, "wb") as file:
        for _ in range(size // MIB):
            file.write(block)


@tree
def walk(directory, scale):
    """50,000 files in 1,000 directories, in 10 layers; layers hide and whiten out files of those beneath."""
    rng = random.Random(1)
    total = scaled(50_000, scale, 1_000)
    homes = scaled(1_000, scale, 20)
    layers = [f"l{i}" for i in range(10)]
    there = []
    for layer in reversed(layers):
        for i in range(homes):
            os.makedirs(directory / layer / f"t{i % 20}" / f"d{i}")
        hidden = rng.sample(there, len(there) // 20)
        white, again = hidden[: len(hidden) // 4], hidden[len(hidden) // 4 :]
        for name in white:
            os.mknod(directory / layer / name, 0o020000, os.makedev(0, 0))
        gone = set(white)
        there = [name for name in there if name not in gone]
        left = total - len(there) if layer == "l0" else total // 10
        new = [f"t{i % homes % 20}/d{i % homes}/{layer}-{i}" for i in range(left)]
        for name in again + new:
            write(directory / layer / name, b"x" * 100)
        there += new
    return {"layers": layers, "files": len(there), "entries": len(there) + homes + min(20, homes) + 1}


@tree
def flat(directory, scale):
    """20,000 files in one directory, a quarter of them from each of 4 layers."""
    count = scaled(20_000, scale, 400) // 4
    for i in range(4):
        files(directory / f"l{i}" / "d", count, first=count * i)
    return {"layers": ["l0", "l1", "l2", "l3"], "files": count * 4}


@tree
def small(directory, scale):
    """2,000 files of 4 KiB in one directory of the lower of two layers."""
    count = scaled(2_000, scale, 50)
    files(directory / "l1" / "d", count, 4096)
    files(directory / "l0" / "other", 10)
    return {"layers": ["l0", "l1"], "files": count}


@tree
def big(directory, scale):
    """A file of 1 GiB, and 10,000 small ones to stat meanwhile, in the lower of two layers."""
    os.makedirs(directory / "l1")
    size = scaled(1024, scale, 16) * MIB
    data(directory / "l1" / "big", size)
    files(directory / "l1" / "d", 10_000)
    files(directory / "l0" / "other", 10)
    return {"layers": ["l0", "l1"], "size": size, "files": 10_000}


@tree
def reading(directory, scale):
    """Three files of 256 MiB in the lower of two layers."""
    os.makedirs(directory / "l1")
    size = scaled(256, scale, 8) * MIB
    for name in ("sequential", "random", "mapped"):
        data(directory / "l1" / name, size)
    files(directory / "l0" / "other", 10)
    return {"layers": ["l0", "l1"], "size": size}


@tree
def deep(directory, scale):
    """10,000 files in 500 directories in the lower of two layers, and a directory of 2,000 files."""
    homes = scaled(500, scale, 10)
    for i in range(homes):
        files(directory / "l1" / "tree" / f"t{i % 10}" / f"d{i}", 20)
    count = scaled(2_000, scale, 50)
    files(directory / "l1" / "moved", count, 4096)
    files(directory / "l0" / "other", 10)
    return {"layers": ["l0", "l1"], "files": homes * 20, "entries": homes * 21 + min(10, homes) + 1, "moved": count}


def source(path, count):
    """A C program of COUNT files that call each other, each some hundred lines."""
    path.mkdir(parents=True)
    for i in range(count):
        lines = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>", '#include "all.h"']
        for f in range(20):
            lines.append(f"int f{i}_{f}(int x) {{ char b[64]; snprintf(b, sizeof b, \"%d\", x); return atoi(b) + {f}; }}")
        (path / f"s{i}.c").write_text("\n".join(lines) + "\n")
    (path / "all.h").write_text("".join(f"int f{i}_0(int);\n" for i in range(count)))
    calls = " + ".join(f"f{i}_0({i})" for i in range(count))
    (path / "main.c").write_text(f'#include "all.h"\nint main(void) {{ return ({calls}) > 0 ? 0 : 1; }}\n')


@tree
def work(directory, scale):
    """A C program of 30 files and a git repository of 1,000 files in the lower of two layers."""
    source(directory / "l1" / "c", 30)
    repository = directory / "l1" / "repository"
    count = scaled(1_000, scale, 50)
    for i in range(20):
        files(repository / f"d{i}", count // 20)
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@localhost", "-c", "init.defaultBranch=main"]
    commands.run([*git, "init", "-q", repository])
    commands.run([*git, "-C", repository, "add", "-A"])
    commands.run([*git, "-C", repository, "commit", "-q", "-m", "all"])
    files(directory / "l0" / "other", 10)
    return {"layers": ["l0", "l1"], "files": count // 20 * 20}


@tree
def layers(directory, scale):
    """500 layers with the same 20 directories: a file of its own in one of them, 500 in the bottom one."""
    count = scaled(25, scale, 2)
    for i in range(499):
        for d in range(20):
            os.makedirs(directory / f"{i}" / f"d{d}")
        write(directory / f"{i}" / f"d{i % 20}" / f"own{i}", b"own")
    for d in range(20):
        files(directory / "499" / f"d{d}", count)
    return {"layers": [str(i) for i in range(500)], "each": count}
