"""All that was measured: the values of each metric and kind over the rounds, failures, and where it was done."""

import datetime
import os
import platform
import statistics

from workloads import unit


class Results:
    def __init__(self, kinds, command, rounds, scale):
        self.kinds = kinds
        self.command = command
        self.rounds = rounds
        self.scale = scale
        self.date = datetime.datetime.now().astimezone()
        self.notes = []
        self.descriptions = {}  # metric: text, in the order of the tables
        self.values = {}  # (metric, kind name): a list of seconds or bytes
        self.problems = {}  # (metric, kind name): "failed: …" or "skipped: …"
        self.counts = {}  # (metric, kind name): Counts

    def add(self, metric, kind, value):
        self.values.setdefault((metric, kind), []).append(value)

    def problem(self, metric, kind, text):
        self.problems.setdefault((metric, kind), text)

    def median(self, metric, kind):
        """None if there is none, or if any round failed: what fails is not fast."""
        values = self.values.get((metric, kind))
        return statistics.median(values) if values and (metric, kind) not in self.problems else None

    def spread(self, metric, kind):
        """Half the distance of the extremes, of the median."""
        values = self.values[metric, kind]
        median = statistics.median(values)
        return (max(values) - min(values)) / 2 / median if median else 0.0

    def ratio(self, metric, kind, to):
        one, other = self.median(metric, kind), self.median(metric, to)
        return one / other if one is not None and other else None

    def machine(self):
        with open("/proc/meminfo", encoding="ascii") as file:
            memory = int(file.readline().split()[1]) >> 20
        model = "?"
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
                    break
        load = os.getloadavg()[0]
        return f"Linux {platform.release()}, {os.cpu_count()} × {model}, {memory} GiB, load {load:.1f} at the end"

    def as_json(self):
        return {
            "date": self.date.isoformat(timespec="seconds"),
            "machine": self.machine(),
            "command": self.command,
            "rounds": self.rounds,
            "scale": self.scale,
            "notes": self.notes,
            "kinds": {kind.name: kind.description for kind in self.kinds},
            "metrics": {
                metric: {
                    "description": text,
                    "unit": unit(metric),
                    "values": {k.name: v for k in self.kinds if (v := self.values.get((metric, k.name)))},
                    "problems": {k.name: p for k in self.kinds if (p := self.problems.get((metric, k.name)))},
                    "counts": {
                        k.name: {"operations": c.operations, "requests": c.requests, "calls": c.calls}
                        for k in self.kinds
                        if (c := self.counts.get((metric, k.name)))
                    },
                }
                for metric, text in self.descriptions.items()
            },
        }
