"""The results as a page of its own: nothing is loaded from anywhere, the plots are inline SVG."""

import html
import math

import table
from table import BASE, quantity, times
from workloads import unit

COLOURS = ["#7f7f7f", "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b"]
LEFT, WIDTH, RIGHT, ROW = 150, 520, 190, 18

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 12px }
td, th { padding: 2px 8px; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
td:first-child { text-align: left }
svg text { font-size: 11px; fill: #222 } svg .grid { stroke: #ddd } svg .base { stroke: #1f77b4; stroke-dasharray: 4 3 }
h3 { margin: 1.6em 0 0 } .what { color: #666; margin: 0 } .scroll { overflow-x: auto }
"""


def escape(text):
    return html.escape(str(text))


class Axis:
    """A logarithmic axis around the values given."""

    def __init__(self, values):
        self.low = math.floor(math.log10(min(values)) * 2) / 2
        self.high = max(self.low + 0.5, math.ceil(math.log10(max(values)) * 2) / 2)

    def x(self, value):
        return LEFT + (math.log10(value) - self.low) / (self.high - self.low) * WIDTH

    def marks(self):
        """1 and 3 of each power of ten, within the axis."""
        for exponent in range(math.floor(self.low), math.ceil(self.high) + 1):
            for factor in (1, 3):
                value = factor * 10.0**exponent
                if self.low <= math.log10(value) <= self.high:
                    yield value


def svg(axis, rows, label, base=None):
    """ROWS: (name, [(values, colour, title)], text). Small dots are rounds, the last value of each is a bar: the median."""
    height = ROW * (len(rows) + 1) + 4
    out = [f'<svg width="{LEFT + WIDTH + RIGHT}" height="{height}" role="img">']
    for value in axis.marks():
        x = axis.x(value)
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - ROW}"/>')
        out.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">{escape(label(value))}</text>')
    if base:
        x = axis.x(base)
        out.append(f'<line class="base" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - ROW}"/>')
    for i, (name, series, text) in enumerate(rows):
        y = ROW * i + ROW / 2
        out.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        for values, median, colour, title in series:
            out.append(f"<g fill='{colour}'><title>{escape(title)}</title>")
            out += [f'<circle cx="{axis.x(v):.1f}" cy="{y}" r="2.5" opacity=".45"/>' for v in values]
            out.append(f'<rect x="{axis.x(median) - 2:.1f}" y="{y - 6}" width="4" height="12"/></g>')
        out.append(f'<text x="{LEFT + WIDTH + 10}" y="{y + 4}">{escape(text)}</text>')
    out.append("</svg>")
    return "\n".join(out)


def colours(results):
    return {kind.name: COLOURS[i % len(COLOURS)] for i, kind in enumerate(results.kinds)}


def overview(results):
    """One line a metric: how many times kernel overlayfs each kind takes."""
    shown = [kind.name for kind in results.kinds if kind.name not in (BASE, "plain")]
    rows, ratios = [], [1.0]
    for metric in results.descriptions:
        found = {name: r for name in shown if (r := results.ratio(metric, name, BASE))}
        if found:
            ratios += found.values()
            series = [([], r, colours(results)[n], f"{n}: {times(r)}") for n, r in found.items()]
            rows.append((metric, series, ", ".join(times(r) for r in found.values())))
    if not rows:
        return ""
    legend = " ".join(f"<b style='color:{colours(results)[n]}'>{escape(n)}</b>" for n in shown)
    plot = svg(Axis(ratios), rows, times, base=1.0)
    return f"<h2>Times kernel overlayfs</h2><p>Further left is faster. {legend}</p><div class=scroll>{plot}</div>"


def one(results, metric):
    rows, every = [], []
    for kind in results.kinds:
        median = results.median(metric, kind.name)
        problem = results.problems.get((metric, kind.name))
        if median:
            values = [v for v in results.values[metric, kind.name] if v > 0]
            every += values + [median]
            series = [(values, median, colours(results)[kind.name], kind.name)]
            rows.append((kind.name, series, table.cell(results, metric, kind.name)))
        elif problem:
            rows.append((kind.name, [], problem))
    plot = ""
    if every:
        plot = svg(Axis(every), rows, lambda v: quantity(v, unit(metric)), results.median(metric, BASE))
    text = results.descriptions[metric]
    return f"<h3>{escape(metric)}</h3><p class=what>{escape(text)}</p><div class=scroll>{plot}</div>"


def grid(results):
    out = []
    for i, row in enumerate(table.rows(results)):
        tag = "td" if i else "th"
        out.append("<tr>" + "".join(f"<{tag}>{escape(word)}</{tag}>" for word in row) + "</tr>")
    return "<div class=scroll><table>" + "\n".join(out) + "</table></div>"


def page(results):
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>StrataFS: scripts/bench</title>",
        f"<style>{STYLE}</style><h1>scripts/bench</h1>",
        *(f"<p>{escape(line)}</p>" for line in table.heading(results)),
        *(f"<p><b>{escape(kind.name)}</b>: {escape(kind.description)}</p>" for kind in results.kinds),
        overview(results),
        "<h2>Table</h2>",
        grid(results),
        *(f"<p>{escape(line)}</p>" for line in table.remarks(results)),
        "<h2>Each metric</h2><p>Dots are rounds, the bar is their median, the dashed line that of kernel overlayfs.</p>",
        *(one(results, metric) for metric in results.descriptions),
    ]
    if results.counts:
        parts += ["<h2>Counts</h2><pre>", escape(table.counts(results)), "</pre>"]
    return "\n".join(part for part in parts if part) + "\n"
