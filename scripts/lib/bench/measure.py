"""One workload on one kind in one round: mounts, times, and looks at the daemon."""

import contextlib
import os
import time

import commands
from kinds import Place, daemon_pid

MIB = 1 << 20


def cpu_seconds(pid):
    """User and system time of all threads of a process so far, by its CPU clock (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def pss(pid):
    """Bytes of memory, shared pages counted in part."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise commands.Failed("smaps_rollup has no Pss")


def page_cache():
    """Bytes of cached file data on this machine, without those that are a tmpfs."""
    with open("/proc/meminfo", encoding="ascii") as file:
        numbers = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return (numbers["Cached"] - numbers["Shmem"]) * 1024


class Stopwatch:
    """Times what is done within it, unless the command says itself how long that took."""

    def __init__(self):
        self.seconds = None

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        if self.seconds is None:
            self.seconds = time.perf_counter() - self.start


class Run:
    """What a workload function is given. Results are kept by the metric's name, in seconds, bytes or ratios."""

    def __init__(self, kind, tree, directory, bench):
        self.kind = kind
        self.tree = tree
        self.directory = directory
        self.bench = bench
        self.results = {}
        self.counts = {}
        self.mounts = []
        self.pid = None

    @property
    def merged(self):
        return self.mounts[-1].merged

    def mount(self, metric=None, layers=None, name="m"):
        """A mount over a fresh upper, cold; merged and pid are those of the last one. METRIC is its duration."""
        place = Place(self.directory / name, self.tree, layers or self.tree.layers)
        self.mounts.append(place)
        self._mount(place, metric)

    def _mount(self, place, metric=None):
        with self.timed(metric):
            self.kind.mount(place, self.bench.seconds)
        self.pid = daemon_pid(place) if self.kind.daemon else None
        if self.kind.daemon and self.pid is None:
            raise commands.Failed("no daemon is there after the mount")

    def unmount(self, metric=None, end=None):
        """Unmounts the last one; METRIC is umount's duration, END that of the daemon's end after it."""
        place = self.mounts[-1]
        with self.timed(metric):
            self.kind.unmount(place)
        with self.timed(end if self.kind.daemon else None):
            self.kind.wait_for_end(place)
        self.mounts.pop()
        place.remove()

    def remount(self):
        """The same upper again: nothing that the kernel or the daemon knew of it is left."""
        if self.kind.daemon or self.kind.remounts:
            place = self.mounts[-1]
            self.kind.unmount(place)
            self.kind.wait_for_end(place)
            self._mount(place)

    def record(self, metric, value):
        self.results[metric] = value

    @contextlib.contextmanager
    def measure(self, metric, operations=None):
        """Times a block; with --counts, counts the calls of the daemon in its place, for each of OPERATIONS."""
        if self.bench.counter is None or self.pid is None:
            with self.timed(metric) as watch:
                yield watch
        else:
            counted = []
            with self.bench.counter.count(self.pid, counted), Stopwatch() as watch:
                yield watch
            counted[0].operations = operations or 1
            self.counts[metric] = counted[0]

    @contextlib.contextmanager
    def timed(self, metric):
        """Times a block, also where others would be counted."""
        with Stopwatch() as watch:
            yield watch
        if metric:
            self.record(metric, watch.seconds)

    def daemon_cost(self, cpu, memory):
        """Records what the daemon spent since it was started, and how big it is."""
        if self.pid is not None:
            self.record(cpu, cpu_seconds(self.pid))
            self.record(memory, pss(self.pid))

    def command(self, *arguments, within=None):
        """A command in a directory; that of the mount, if none is said."""
        return commands.run(arguments, within=within or self.merged, seconds=self.bench.seconds)

    def shell(self, script, *arguments):
        """A pipeline within the mount: fails if any part of it does."""
        return self.command("bash", "-c", f"set -o pipefail; {script}", "bash", *arguments)

    def storm(self, metric, expected, *arguments, operations=None):
        """A workload of storm.c, which tells its own time, and how much it did."""
        with self.measure(metric, operations or expected) as watch:
            output = self.command(self.bench.storm, *arguments)
            numbers = [int(word) for word in output.split()]
            watch.seconds = numbers[0] / 1e9
        commands.expect(numbers[1], expected, "done")
        return numbers

    def scratch(self):
        """A directory of the tmpfs, for what a workload makes outside of the mount."""
        path = self.directory / "scratch"
        path.mkdir(exist_ok=True)
        return path

    def finish(self):
        """Unmounts and removes everything; for use after a failure too."""
        while self.mounts:
            place = self.mounts.pop()
            try:
                with contextlib.suppress(commands.Failed):
                    commands.run(["umount", "-l", place.merged], seconds=20)
                self.kind.wait_for_end(place)
            finally:
                place.remove()
        if os.path.isdir(self.directory):
            commands.run(["rm", "-rf", "--one-file-system", self.directory])
