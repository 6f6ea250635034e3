"""The workloads: each mounts, does one thing, checks that it was done, and records one or more metrics."""

import types

from commands import Failed, Skipped, expect
from measure import MIB, page_cache
from trees import scaled

registry = {}


def workload(tree, metrics, writes=True):
    """Registers a function of a Run that works on TREE. METRICS says of each thing it records what that is."""

    def register(function):
        name = function.__name__.strip("_").replace("_", " ")
        registry[name] = types.SimpleNamespace(name=name, tree=tree, metrics=metrics, writes=writes, run=function)
        return function

    return register


def unit(metric):
    """Memory is in bytes, everything else in seconds."""
    return "B" if "memory" in metric or "page cache" in metric else "s"


def not_for_plain(run, reason):
    if not run.kind.remounts:
        raise Skipped(reason)


def lines(output):
    return output.count(b"\n")


@workload(
    "small",
    {
        "mount": "the command that mounts, until it returns",
        "empty java": "beside it: a Java program that does nothing, started with the flags of a quick start",
        "first ls": "ls of a directory of 2,000 files of the new mount",
        "umount": "umount(8), until it returns",
        "end": "from there until the daemon is gone",
        "CPU: mount": "CPU time of the daemon, until after that ls",
        "memory: mount": "PSS of the daemon after that ls",
    },
)
def mount(run):
    not_for_plain(run, "nothing to mount")
    if run.kind.java and run.bench.empty_java:
        with run.timed("empty java"):
            run.command(*run.bench.empty_java, within="/")
    run.mount("mount")
    with run.measure("first ls"):
        output = run.command("ls", "d")
    expect(lines(output), run.tree.files, "names")
    run.daemon_cost("CPU: mount", "memory: mount")
    run.unmount("umount", "end")


@workload(
    "walk",
    {
        "find, cold": "find over 50,000 files in 10 layers, nothing known",
        "find, warm": "the same again",
        "find -size, cold": "find that stats each of them, nothing known",
        "find -size, warm": "the same again",
        "CPU: walk": "CPU time of the daemon, for mount, cold and warm find -size",
        "memory: walk": "PSS of the daemon after that",
    },
    writes=False,
)
def walk(run):
    run.mount()
    for metric in ("find, cold", "find, warm"):
        with run.measure(metric, run.tree.entries):
            output = run.command("find", ".")
        expect(lines(output), run.tree.entries, "names")
    run.remount()
    for metric in ("find -size, cold", "find -size, warm"):
        with run.measure(metric, run.tree.entries):
            output = run.command("find", ".", "-type", "f", "-size", "100c")
        expect(lines(output), run.tree.files, "names")
    run.daemon_cost("CPU: walk", "memory: walk")


@workload(
    "walk",
    {
        "4 finds, cold": "4 processes, each a quarter of the 50,000 files, with stat",
        "4 finds, same": "4 processes, each all of them, after a new mount",
    },
    writes=False,
)
def parallel(run):
    script = 'for i in 0 1 2 3; do eval "find $1 -type f -size 100c" >"$2/$i" & done; wait; cat "$2"/[0-3] | wc -l'
    run.mount()
    with run.measure("4 finds, cold", run.tree.files):
        output = run.shell(script, "t$i t$((i+4)) t$((i+8)) t$((i+12)) t$((i+16))", run.scratch())
    expect(int(output), run.tree.files, "names")
    run.remount()
    with run.measure("4 finds, same", run.tree.files * 4):
        output = run.shell(script, ".", run.scratch())
    expect(int(output), run.tree.files * 4, "names")


@workload(
    "flat",
    {
        "stat, cold": "stat(2) of 20,000 files in one directory of 4 layers, nothing known",
        "stat, again": "twice over again",
        "absent, repeated": "40,000 lookups of one name that is not there",
        "absent, new": "20,000 lookups of as many names that are not there",
    },
    writes=False,
)
def stat(run):
    run.mount()
    count = run.tree.files
    run.storm("stat, cold", count, "stat", "d", count, 1)
    run.storm("stat, again", count * 2, "stat", "d", count, 2)
    run.storm("absent, repeated", count * 2, "absent", "d", count * 2, 1)
    run.storm("absent, new", count, "absent", "d", count, count)


@workload(
    "flat",
    {
        "readdir, cold": "readdir(3) of 20,000 entries of 4 layers",
        "readdir, again": "10 times over again",
    },
    writes=False,
)
def readdir(run):
    run.mount()
    entries = run.tree.files + 2
    run.storm("readdir, cold", entries, "readdir", "d", 1)
    run.storm("readdir, again", entries * 10, "readdir", "d", 10)


@workload(
    "reading",
    {
        "read, first": "256 MiB of a lower file in sequence, 128 KiB each",
        "read, again": "the same again",
        "random read, first": "8,192 reads of 4 KiB, here and there in 256 MiB",
        "random read, again": "the same again",
        "mapped read, first": "a byte of each page of 256 MiB, mapped",
        "mapped read, again": "the same again",
    },
    writes=False,
)
def read(run):
    run.mount()
    size = run.tree.size
    reads = scaled(8_192, run.bench.scale)
    for turn in ("first", "again"):
        run.storm(f"read, {turn}", size, "read", "sequential", 128 << 10, operations=size >> 17)
        run.storm(f"random read, {turn}", reads * 4096, "randread", "random", 4096, reads, operations=reads)
        run.storm(f"mapped read, {turn}", size, "mapread", "mapped", operations=size >> 12)


@workload(
    "small",
    {
        "write": "a new file of 256 MiB, 128 KiB each",
        "small writes": "a new file of 16 MiB, 1 KiB each",
        "random write": "16,384 writes of 4 KiB, here and there in those 256 MiB",
    },
)
def write(run):
    run.mount()
    size = scaled(256, run.bench.scale, 8) * MIB
    small = scaled(16, run.bench.scale) * MIB
    writes = scaled(16_384, run.bench.scale)
    run.storm("write", size, "write", "new", 128 << 10, size, operations=size >> 17)
    run.storm("small writes", small, "write", "small", 1024, small, operations=small >> 10)
    run.storm("random write", writes * 4096, "randwrite", "new", 4096, writes, operations=writes)


@workload(
    "small",
    {
        "create": "5,000 new files in a new directory: open, write of 1 KiB, close",
        "unlink": "unlink(2) of these",
    },
)
def create(run):
    run.mount()
    count = scaled(5_000, run.bench.scale, 50)
    run.command("mkdir", "new")
    run.storm("create", count, "create", "new", count, 1024)
    run.storm("unlink", count, "unlink", "new", "new", count)


@workload("small", {"copy-up, small": "2,000 lower files of 4 KiB: open, append of a byte, close"})
def copy_up(run):
    run.mount()
    run.storm("copy-up, small", run.tree.files, "append", "d", run.tree.files)
    expect(int(run.shell("find d -size 4097c | wc -l")), run.tree.files, "files of 4,097 bytes")


@workload("small", {"unlink, lower": "unlink(2) of 2,000 lower files"})
def unlink_lower(run):
    run.mount()
    run.storm("unlink, lower", run.tree.files, "unlink", "d", "f", run.tree.files)
    expect(run.command("ls", "-A", "d"), b"", "names")


@workload("small", {"chown": "chown(2) of 2,000 lower files of 4 KiB"})
def chown(run):
    run.mount()
    run.storm("chown", run.tree.files, "chown", "d", run.tree.files, 1234)
    expect(int(run.shell("find d -type f -uid 1234 | wc -l")), run.tree.files, "files of the new owner")


@workload("big", {"copy-up, 1 GiB": "a lower file of 1 GiB: open, write of a byte, close"})
def copy_up_big(run):
    not_for_plain(run, "nothing to copy up")
    run.mount()
    run.storm("copy-up, 1 GiB", 1, "change", "big")
    expect(int(run.command("stat", "-c", "%s", "big")), run.tree.size, "bytes")


@workload(
    "big",
    {
        "stat during copy-up": "median of stat(2) of new names, one a millisecond, while 1 GiB is copied up; few, where one waits for all of the copy",
        "stat during: worst": "the slowest one of them",
    },
)
def latency(run):
    not_for_plain(run, "nothing to copy up")
    run.mount()
    output = run.command(run.bench.storm, "latency", "d", run.tree.files, "big")
    _, _, median, _, worst = [int(word) for word in output.split()]
    run.record("stat during copy-up", median / 1e9)
    run.record("stat during: worst", worst / 1e9)


@workload("deep", {"mv of a directory": "mv of a lower directory of 2,000 files (a copy, where rename(2) gives EXDEV)"})
def rename(run):
    run.mount()
    with run.measure("mv of a directory"):
        run.command("mv", "moved", "there")
    expect(lines(run.command("ls", "there")), run.tree.moved, "names")


@workload("deep", {"rm -rf": "rm -rf of a lower tree of 10,000 files in 500 directories"})
def remove(run):
    run.mount()
    with run.measure("rm -rf", run.tree.entries):
        run.command("rm", "-rf", "tree")
    if b"tree" in run.command("ls").split():
        raise Failed("it is still there")


@workload(
    "deep",
    {
        "tar out": "tar of 10,000 lower files, to a pipe",
        "untar": "the same archive, unpacked in a new directory",
        "cp -a": "cp -a of that tree",
    },
)
def tar(run):
    run.mount()
    archive = run.scratch() / "tar"
    with run.measure("tar out", run.tree.entries):
        run.shell('tar -c tree | cat >"$1"', archive)
    run.command("mkdir", "new")
    with run.measure("untar", run.tree.entries):
        run.command("tar", "-x", "-f", archive, "-C", "new")
    expect(lines(run.command("find", "new/tree")), run.tree.entries, "names")
    with run.measure("cp -a", run.tree.entries):
        run.command("cp", "-a", "tree", "copy")
    expect(lines(run.command("find", "copy")), run.tree.entries, "names")


@workload(
    "work",
    {
        "git clone": "git clone file:// of a lower repository of 1,000 files",
        "git status": "git status in the clone, after a new mount",
        "git status, again": "the same again",
    },
)
def git(run):
    # The owner is us, but safe.directory asks for the path.
    git = ("git", "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
    run.mount()
    with run.measure("git clone", run.tree.files):
        run.command(*git, "clone", "-q", f"file://{run.merged}/repository", "clone")
    run.remount()
    for metric in ("git status", "git status, again"):
        with run.measure(metric, run.tree.files):
            output = run.command(*git, "-C", "clone", "status", "--porcelain")
        expect(output, b"", "changes")
    expect(int(run.shell("git -c 'safe.directory=*' -C clone ls-files | wc -l")), run.tree.files, "files")


@workload("work", {"compile": "cc -O0 of 30 lower C files, two at a time, and linking"})
def compile_c(run):
    run.mount()
    with run.measure("compile"):
        run.shell("ls c/*.c | xargs -P 2 -n 1 sh -c 'cc -O0 -c -o \"${1%.c}.o\" \"$1\"' sh && cc -o c/main c/*.o")
    run.command("c/main")


def layers(count):
    """Mounting COUNT layers and looking up what is in the lowest one."""

    def lookups(run):
        not_for_plain(run, "no layers")
        run.mount(f"mount, {count}", layers=run.tree.layers[-count:])
        script = 'for d in d*; do "$1" stat $d "$2" 1 || exit; done'
        with run.measure(f"lookups, {count}", run.tree.each * 20):
            output = run.shell(script, run.bench.storm, run.tree.each)
        results = [line.split() for line in output.splitlines()]
        expect(sum(int(words[1]) for words in results), run.tree.each * 20, "stats")
        run.record(f"lookups, {count}", sum(int(words[0]) for words in results) / 1e9)

    lookups.__name__ = f"layers_{count}"
    workload(
        "layers",
        {
            f"mount, {count}": f"mounting {count} layers",
            f"lookups, {count}": f"stat of 500 files of the lowest of {count} layers in 20 merged directories, cold",
        },
        writes=False,
    )(lookups)


for number in (1, 16, 64, 128, 500):
    layers(number)


@workload("reading", {"page cache, 4 mounts": "its growth when 256 MiB are read through 4 mounts of the same layers"})
def page_cache_growth(run):
    not_for_plain(run, "one copy only")
    for i in range(4):
        run.mount(name=f"m{i}")
    before = page_cache()
    for place in run.mounts:
        output = run.command(run.bench.storm, "read", "sequential", 128 << 10, within=place.merged)
        expect(int(output.split()[1]), run.tree.size, "bytes")
    run.record("page cache, 4 mounts", max(0, page_cache() - before))
