"""The results as a table of text, for a terminal or in Markdown."""

from workloads import unit

BASE, RIVAL, OURS = "overlay", "fuse-overlayfs", "stratafs"


def quantity(value, of):
    """Three digits and a unit."""
    if of == "B":
        return f"{value / (1 << 20):.3g} MiB" if value < 1000 << 20 else f"{value / (1 << 20):.0f} MiB"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1 or name == "µs":
            digits = max(0, 2 - len(str(int(value * factor))) + 1)
            return f"{value * factor:.{digits}f} {name}"


def times(ratio):
    if ratio is None:
        return ""
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.2f}x" if ratio >= 0.1 else f"{ratio:.2g}x"


def cell(results, metric, kind):
    problem = results.problems.get((metric, kind))
    if problem:
        return problem.split(":")[0].upper() if problem.startswith("failed") else "-"
    median = results.median(metric, kind)
    if median is None:
        return ""
    text = quantity(median, unit(metric))
    if results.rounds > 1:
        text += f" ±{results.spread(metric, kind) * 100:.0f}%"
    ratio = results.ratio(metric, kind, BASE) if kind != BASE else None
    return f"{text} {times(ratio)}".rstrip()


def rows(results):
    """A heading and a row for each metric; the last column compares us with fuse-overlayfs."""
    names = [kind.name for kind in results.kinds]
    compare = OURS in names and RIVAL in names
    yield ["", *names, *([f"{OURS} : {RIVAL}"] if compare else [])]
    for metric in results.descriptions:
        last = [times(results.ratio(metric, OURS, RIVAL))] if compare else []
        yield [metric, *(cell(results, metric, name) for name in names), *last]


def heading(results):
    yield f"{results.date:%Y-%m-%d %H:%M %Z}; {results.machine()}"
    yield f"{results.command}: {results.rounds} rounds, interleaved, sizes times {results.scale:g}"
    yield "median ±(max-min)/2 of the rounds; x: times kernel overlayfs"
    yield from results.notes


def remarks(results):
    """What is to be said below the table: the allowance of a start, and each different text once, with the metrics it is about."""
    for kind in results.kinds:
        taken, empty = (results.median(metric, kind.name) for metric in ("mount", "empty java"))
        if taken and empty:
            allowed = quantity(1.5 * empty + 0.15, "s")
            yield f"{kind.name}: mount {quantity(taken, 's')}; 1.5 times the empty java plus 150 ms are {allowed}"
    seen = {}
    for (metric, kind), text in results.problems.items():
        seen.setdefault(f"{kind}: {text}", []).append(metric)
    for text, metrics in seen.items():
        yield f"{text} ({'; '.join(metrics)})"


def text(results):
    table = list(rows(results))
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = [*heading(results), ""]
    for row in table:
        cells = [row[0].ljust(widths[0]), *(word.rjust(width) for word, width in zip(row[1:], widths[1:]))]
        lines.append("  ".join(cells).rstrip())
    lines += ["", *remarks(results)]
    return "\n".join(lines).rstrip() + "\n"


def counts(results):
    """Requests and system calls an operation, and the most frequent of them."""
    lines = ["", "Requests and system calls of the daemon, for each operation (strace -f; idle calls of a JVM included)"]
    for metric in results.descriptions:
        for kind in results.kinds:
            found = results.counts.get((metric, kind.name))
            if not found:
                continue
            n = found.operations
            requests, calls = sum(found.requests.values()) / n, sum(found.calls.values()) / n
            lines.append(f"{metric:24} {kind.name:16} {n:8} op {requests:10.3f} requests/op {calls:10.3f} calls/op")
            for what in (found.requests, found.calls):
                names = ", ".join(f"{name} {count / n:.3g}" for name, count in what.most_common(7))
                lines.append(f"{'':24} {names}")
    return "\n".join(lines) + "\n"


def markdown(results):
    lines = [*(f"{line}  " for line in heading(results)), ""]
    for i, row in enumerate(rows(results)):
        lines.append("| " + " | ".join(row) + " |")
        if i == 0:
            lines.append("|---" * len(row) + "|")
    lines += ["", *(f"- {line}" for line in remarks(results))]
    return "\n".join(lines).rstrip() + "\n"


BEGIN, END = "<!-- begin: written by scripts/bench --markdown -->", "<!-- end: written by scripts/bench --markdown -->"


def into_document(path, section):
    """Replaces what is between the marks of a document; one without marks is written whole."""
    try:
        with open(path, encoding="utf-8") as file:
            document = file.read()
    except FileNotFoundError:
        document = ""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        before, after = (document + "\n" if document else ""), "\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{section}\n{END}{after}")
