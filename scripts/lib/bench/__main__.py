"""The driver of scripts/bench."""

import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import sys
import tempfile

import commands
import kinds
import namespace
import page
import table
import trees
import workloads
from commands import Failed, Skipped
from counts import Counter
from measure import Run
from results import Results

HERE = pathlib.Path(__file__).resolve().parent
TARGET = kinds.ROOT / "target" / "bench"


class Bench:
    """What all runs share."""

    def __init__(self, options, directory):
        self.scale = options.scale
        self.seconds = options.timeout
        self.directory = directory
        self.counter = Counter(directory) if options.counts else None
        self.storm = self.build_storm()
        self.empty_java = self.build_java()

    @staticmethod
    def build_storm():
        TARGET.mkdir(parents=True, exist_ok=True)
        program, source = TARGET / "storm", HERE / "storm.c"
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            flags = ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
            commands.run(["cc", *flags, "-o", program, source])
        return program

    @staticmethod
    def build_java():
        """The command of a Java program that does nothing; None where StrataFS is not built."""
        try:
            java = pathlib.Path((kinds.ROOT / "target" / "run" / "java").read_text(encoding="utf-8").strip())
        except OSError:
            return None
        source = TARGET / "Empty.java"
        source.write_text("class Empty { public static void main(String[] a) {} }\n", encoding="ascii")
        commands.run([java.with_name("javac"), "-d", TARGET, source])
        return [java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", TARGET, "Empty"]


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--rounds", type=int, metavar="N", help="5; with --quick 2")
    add("--only", type=re.compile, metavar="REGEX", help="workloads and metrics whose names match")
    add("--kinds", metavar="A,B", help="these only")
    add("--also", action="append", default=[], metavar="NAME=COMMAND", help="one more, called with -o OPTIONS MOUNTPOINT")
    add("--quick", action="store_true", help="a tenth of the sizes, two rounds: to see that it works")
    add("--scale", type=float, help="sizes, times this; 1")
    add("--timeout", type=int, default=300, metavar="SECONDS", help="of one command; 300")
    add("--html", metavar="FILE", help="a page with plots")
    add("--json", metavar="FILE", help="every value")
    add("--markdown", metavar="FILE", help="a table between the marks of a document")
    add("--counts", action="store_true", help="requests and system calls of the daemons, in place of times")
    add("--list", action="store_true", help="the workloads, and nothing else")
    found = parser.parse_args()
    found.scale = found.scale or (0.1 if found.quick else 1)
    found.rounds = found.rounds or (1 if found.counts else 2 if found.quick else 5)
    return found


def chosen_kinds(option):
    """Those asked for that are there; the others with the reason."""
    known = kinds.all_kinds() + [kinds.other(text) for text in option.also]
    if option.kinds:
        wanted = option.kinds.split(",") + [text.partition("=")[0] for text in option.also]
        unknown = set(wanted) - {kind.name for kind in known}
        if unknown:
            sys.exit(f"bench: no such kind: {', '.join(sorted(unknown))}; there are {', '.join(k.name for k in known)}")
        known = [kind for kind in known if kind.name in wanted]
    missing = {kind.name: reason for kind in known if (reason := kind.missing())}
    if option.counts:
        known = [kind for kind in known if kind.daemon]
    return [kind for kind in known if kind.name not in missing], missing


def chosen_workloads(only):
    """Workloads with the metrics that are shown of each."""
    for work in workloads.registry.values():
        metrics = {m: t for m, t in work.metrics.items() if not only or only.search(work.name) or only.search(m)}
        if metrics:
            yield work, metrics


def measure(bench, results, work, metrics, kind, tree):
    """One workload on one kind, once; what goes wrong is a result."""
    tree.writes = work.writes
    run = Run(kind, tree, bench.directory / "run", bench)
    problem = None
    try:
        work.run(run)
    except Skipped as e:
        problem = f"skipped: {e}"
    except (Failed, OSError) as e:
        problem = f"failed: {e}"
    finally:
        try:
            run.finish()
        except (Failed, OSError) as e:
            problem = problem or f"failed: {e}"
    for metric in metrics:
        if metric in run.results:
            results.add(metric, kind.name, run.results[metric])
        if metric in run.counts:
            results.counts[metric, kind.name] = run.counts[metric]
        elif problem and metric not in run.results:
            results.problem(metric, kind.name, problem)


def progress(text, more=""):
    """On a terminal a line that changes; elsewhere one line for each different TEXT, without MORE."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}{more}", end="", file=sys.stderr, flush=True)
    elif text and not more:
        print(text, file=sys.stderr, flush=True)


def bench_all(option, bench, results, chosen):
    last_use = {work.tree: i for i, (work, _) in enumerate(chosen)}
    built = {}
    for i, (work, metrics) in enumerate(chosen):
        results.descriptions.update(metrics)
        position = f"{i + 1}/{len(chosen)} {work.name}"
        progress(position)
        if work.tree not in built:
            progress(position, ", making its layers")
            built[work.tree] = trees.build(work.tree, bench.directory / work.tree, option.scale)
        for round in range(option.rounds):
            # There and back again: what grows or cools down over time meets all alike.
            for kind in results.kinds[:: -1 if round % 2 else 1]:
                progress(position, f", round {round + 1}/{option.rounds}, {kind.name}")
                measure(bench, results, work, metrics, kind, built[work.tree])
        if last_use[work.tree] == i:
            commands.run(["rm", "-rf", built.pop(work.tree).directory])
    progress("")


def report(option, results):
    print(table.text(results) if not option.counts else table.counts(results), end="")
    if option.json:
        pathlib.Path(option.json).write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")
    if option.html:
        pathlib.Path(option.html).write_text(page.page(results), encoding="utf-8")
    if option.markdown:
        table.into_document(option.markdown, table.markdown(results))


def interrupted(*_):
    """At once: the process namespace takes the daemons with it, and these the mounts."""
    os.write(2, b"\nbench: interrupted\n")
    os._exit(130)


def handle_signals(handler):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def main():
    option = options()
    chosen = list(chosen_workloads(option.only))
    if option.list:
        for work, metrics in chosen:
            print(work.name)
            for metric, text in metrics.items():
                print(f"  {metric:24} {text}")
        return
    if not chosen:
        sys.exit("bench: no workload matches")
    for path in (option.html, option.json, option.markdown):
        if path and not os.access(pathlib.Path(path).resolve().parent, os.W_OK):
            sys.exit(f"bench: {path} cannot be written")
    selected, missing = chosen_kinds(option)
    handle_signals(interrupted)
    # Builds it, once.
    if any(kind.java for kind in selected):
        commands.run([kinds.ROOT / "scripts" / "stratafs", "--version"], seconds=900)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="stratafs-bench."))
    try:
        namespace.enter(after=lambda: shutil.rmtree(directory, ignore_errors=True))
        namespace.mount("tmpfs", directory, "tmpfs", data="mode=755,size=6g")
        bench = Bench(option, directory)
        results = Results(selected, shlex.join(["scripts/bench", *sys.argv[1:]]), option.rounds, option.scale)

        def interrupted_with_results(*_):
            results.notes.append("INTERRUPTED: the last workload has fewer rounds, and others are missing")
            report(option, results)
            sys.stdout.flush()
            interrupted()

        handle_signals(interrupted_with_results)
        bench_all(option, bench, results, chosen)
        results.notes += [f"{name} is left out: {why}" for name, why in missing.items()]
        report(option, results)
    except (Failed, OSError) as e:
        sys.exit(f"bench: {e}")
    if any(text.startswith("failed") for text in results.problems.values()):
        sys.exit(1)


main()
