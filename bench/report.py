#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of docs/performance.md from the figures that scripts/bench took.

usage: bench/report.py FOLDER PAGE
It replaces what stands between the page's two markers and nothing else. A figure that was not taken
is said to be missing; none is ever made up or carried over.
"""
import json
import os
import re
import sys

OPEN = "open+close, depth %d"
MS_PER_INSTRUCTION = 0.35e-6  # Landlock's calibration on one machine
RENAMED = "open+close, depth 16, after a rename"
MANY = "open+close, depth 7, below the many rules"
INSIDE = ["10 rules", "10,000 rules", "10 rules and a suffix", "10 rules, all logged"]
LANDLOCK = ["Landlock, 10 rules", "Landlock, 1,000 rules"]


class Figures(dict):
    """column → row → best figure."""

    def __init__(self, folder, name):
        super().__init__()
        self.flavor = ""
        path = os.path.join(folder, name + ".jsonl")
        for line in open(path, encoding="utf-8") if os.path.exists(path) else ():
            entry = json.loads(line)
            if "flavor" in entry:
                self.flavor = entry["flavor"]
            else:
                self.setdefault(entry["column"], {})[entry["row"]] = entry["best"]

    def of(self, column, row):
        return self.get(column, {}).get(row)

    def added(self, column, row):
        bare, value = self.of("bare", row), self.of(column, row)
        return None if bare is None or value is None else value - bare

    def ratio(self, column, row):
        bare, value = self.of("bare", row), self.of(column, row)
        return None if bare is None or value is None else value / bare


def number(value):
    return "–" if value is None else f"{round(value):,}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def operations(kernel, figures):
    columns = ["outside"] + INSIDE + ["4,096 address ranges"] + LANDLOCK
    columns = [c for c in columns if c in figures]
    rows = []
    for row, bare in figures.get("bare", {}).items():
        cells = [row, number(bare)]
        for column in columns:
            added = figures.added(column, row)
            ratio = figures.ratio(column, row)
            cells.append("" if added is None else f"{round(added):+,} ({ratio:.3f})")
        rows.append(cells)
    title = f"### Linux {kernel}, the {figures.flavor} object"
    return [title, ""] + table(["operation", "bare"] + columns, rows)


def spread(first, second):
    """How far two runs differ in what is added, over the operations on files."""
    worst = 0.0
    for column, rows in first.items():
        for row in rows:
            if "open" in row or "stat" in row or "read" in row or "UDP" in row:
                one, two = first.added(column, row), second.added(column, row)
                if one is not None and two is not None:
                    worst = max(worst, abs(one - two))
    return worst


def sizes(compiled, published, kernel):
    rows = []
    for rules in ("10", "1000", "10000"):
        parts = [compiled.of(rules, f"{part}, bytes") for part in ("states", "transitions", "outcomes")]
        whole = None if None in parts else sum(parts)
        milliseconds = compiled.of(rules, "compile, ms")
        cost = published.of(rules, "publish")
        first = published.of("10", "publish")
        rows.append([f"{int(rules):,}", "–" if milliseconds is None else f"{milliseconds:.1f} ms",
                     *map(number, parts), number(whole), number(cost),
                     f"{cost / first:.1f}×" if cost and first else "–"])
    head = ["rules", "compile (native)", "states, bytes", "transitions", "outcomes", "in all",
            f"publish, instructions ({kernel})", "to 10 rules"]
    return table(head, rows)


def memory(figures):
    maps = figures.get("memory", {})
    return table(["kernel memory", "bytes"], [[name, number(size)] for name, size in maps.items()])


def trips(title, figures):
    rows = []
    for column, found in figures.items():
        pipe = found.get("pipe, p50")
        notify = found.get("seccomp notification, p50")
        fanotify = found.get("fanotify permission event, p50")
        for row in sorted({re.sub(", p(50|99)$", "", r) for r in found}):
            half, most = found.get(row + ", p50"), found.get(row + ", p99")
            rows.append([column, row, number(half), number(most),
                         f"{half / pipe:.2f}" if half and pipe else "–",
                         f"{half / notify:.2f}" if half and notify else "–",
                         f"{half / fanotify:.2f}" if half and fanotify else "–"])
    return [title, ""] + table(["where", "what", "p50", "p99", "to a pipe", "to the notification", "to fanotify"], rows)


def verdict(good):
    return "not measured" if good is None else "**met**" if good else "**missed**"


def below(value, limit):
    return None if value is None else value <= limit


def goals(main, portable, compiled, asks, native, start, preempt):
    """One row for each goal of DESIGN 7; the page says below them what a missed one would take."""
    def opens(column, figures=main):
        return [figures.added(column, OPEN % depth) for depth in (2, 8, 16)]

    def listed(values):
        return " / ".join(number(v) for v in values)

    def all_below(values, limit):
        return None if None in values else max(values) <= limit

    rows = []
    warm = opens("10 rules")
    rows.append(["P1", "allowed open: ≤ 900 added at depth 2 / 8 / 16", listed(warm), verdict(all_below(warm, 900))])
    cold = main.added("10 rules", RENAMED)
    old = portable.added("10 rules", RENAMED) if portable.flavor == "portable" else None
    good = None if cold is None or old is None else cold <= 4000 and old <= 10000
    rows.append(["P2", "the same after a rename, depth 16: ≤ 4,000 (6.1: ≤ 10,000)", f"{number(cold)} ({number(old)})", verdict(good)])
    more = [None if None in (a, b) else a - b for a, b in zip(opens("10,000 rules"), warm)]
    took = compiled.of("10000", "compile, ms")
    good = None if None in more or took is None else max(more) <= 0.5 and took <= 1000
    rows.append(["P3", "10 → 10,000 rules: 0 added; compiled in ≤ 1 s", f"{listed(more)}; {number(took)} ms", verdict(good)])
    logged = opens("10 rules, all logged")
    rows.append(["P4", "allowed open with a record: ≤ 920", listed(logged), verdict(all_below(logged, 920))])
    passing = [main.added("outside", row) for row in (OPEN % 8, "stat, depth 8", "read, 4 KiB", "failed look-up, depth 8")]
    good = None if None in passing else passing[0] <= 210.5 and max(passing[1:]) <= 1.5
    rows.append(["P5", "outside: ≤ 210 a hook; stat, read, failed look-up 0", listed(passing), verdict(good)])
    many = "4,096 address ranges"
    net = [main.ratio(many, row) for row in ("UDP sendto", "socket+bind+close", "TCP connect+accept+close")]
    good = None if None in net else net[0] <= 1.12 and net[1] <= 1.06 and net[2] <= 1.02
    shown = "–" if None in net else " / ".join(f"{v:.3f}" for v in net)
    rows.append(["P6", "UDP ≤ 1.12×, bind ≤ 1.06×, TCP ≤ 1.02×", shown, verdict(good)])
    rows.append(["P7", "ask answered at once: ≤ 25 µs same CPU, ≤ 60 across", ask_estimate(asks, native), "by ratio only"])
    started = [start.of(c, "launched") and start.of(c, "launched") / start.of(c, "bare") for c in ("daemon", "alone")]
    over = None if None in started else start.of("daemon", "launched") - start.of("daemon", "bare")
    shown = "no binary" if over is None else (f"{number(over)} instructions over bare (about {over * MS_PER_INSTRUCTION:.1f} ms), "
                                              f"{started[0]:.1f}× of it; without a daemon {started[1]:,.0f}×")
    rows.append(["P8", "`run -- true`: ≤ 2.5 ms over bare with a daemon", shown, verdict(None if over is None else over * MS_PER_INSTRUCTION <= 2.5)])
    opens = preempt.of("preempt", "opens")
    shown = "–" if opens is None else f"0 of {number(opens)}, with renames going on"
    rows.append(["P10", "no result of another task's path in a million opens, three tasks, one CPU, `preempt=full`", shown, verdict(None if opens is None else opens >= 1e6)])
    parts = [compiled.of("10000", f"{part}, bytes") for part in ("states", "transitions", "outcomes")]
    whole = None if None in parts else sum(parts)
    rows.append(["–", "kernel tables of 10,000 rules: ≤ 8 MB", f"{number(whole)} bytes", verdict(below(whole, 8 << 20))])
    resident = start.of("daemon", "resident, 10 sessions")
    rows.append(["–", "daemon with 10 sessions: ≤ 30 MB resident", f"{number(resident)} bytes", verdict(below(resident, 30 << 20))])
    return table(["#", "goal", "figure", ""], rows)


def ask_estimate(asks, native):
    """The VM gives the ratio to a seccomp notification; this host gives what that one takes."""
    parts = []
    for column, found in asks.items():
        ask, notify, pipe = (found.get(f"{what}, p50") for what in ("ask", "seccomp notification", "pipe"))
        if ask and notify and pipe:
            here = native.of(column.split(",")[0], "seccomp notification, p50")
            about = f", about {ask / notify * here / 1000:.0f} µs here" if here else ""
            parts.append(f"{column}: {ask / notify:.2f} of a seccomp notification{about}")
    return "; ".join(parts) or "–"


def logging(figures):
    """What work costs by what is told of it: a ratio to bare; and what the daemon used meanwhile."""
    columns = [c for c in ("outside", "denials", "programs and connections", "everything") if c in figures]
    rows = []
    for row, bare in figures.get("bare", {}).items():
        cells = [row, f"{bare / 1e6:,.1f}"]
        rows.append(cells + [f"{figures.ratio(column, row):.3f}" for column in columns])
    for row in sorted({r for c in columns for r in figures[c]} - set(figures.get("bare", {}))):
        values = [figures.of(column, row) for column in columns]
        rows.append([row, ""] + ["" if v is None else f"{v / 1e6:,.1f} million" for v in values])
    return table(["work", "bare, million"] + columns, rows)


def main():
    folder, page = sys.argv[1:]
    names = os.listdir(folder)
    kernels = sorted({m[1] for n in names if (m := re.fullmatch(r"operations-(.+)\.jsonl", n))},
                     key=lambda k: (k != "6.12", k))
    if not kernels:
        sys.exit("bench: there are no figures yet; run scripts/bench")
    chief = kernels[0]
    runs = {k: Figures(folder, f"operations-{k}") for k in kernels}
    compiled, asks = Figures(folder, "compile"), {}
    for one in ("1", "2"):
        for column, found in Figures(folder, f"ask-{chief}-{one}").items():
            asks[column if one == "1" else column + ", 2 vCPUs"] = found
    portable = next((f for f in runs.values() if f.flavor == "portable"), Figures(folder, "none"))
    lines = ["## Goals", ""]
    lines += goals(runs[chief], portable, compiled, asks, Figures(folder, "signals"), Figures(folder, f"start-{chief}"),
                   Figures(folder, f"preempt-{chief}"))
    lines += ["## Operations", "", "Instructions added to bare (and the ratio to bare).", ""]
    for kernel in kernels:
        lines += operations(kernel, runs[kernel])
        apart = spread(runs[kernel], Figures(folder, f"again-{kernel}"))
        lines += [f"Two runs of {kernel} differ by at most {apart:.0f} instructions in any of the rows on "
                  "files and UDP; those on TCP, bind and processes vary by 1–2 % of bare.", ""]
    lines += [f"## Work, by what is logged ({chief})", ""]
    lines += logging(Figures(folder, f"logging-{chief}"))
    lines += ["## Rules, tables and memory", ""]
    lines += sizes(compiled, Figures(folder, f"sizes-{chief}"), chief)
    lines += memory(Figures(folder, f"sizes-{chief}"))
    lines += ["## The ask's round trip", ""]
    lines += trips("One vCPU, instructions:", Figures(folder, f"ask-{chief}-1"))
    lines += trips("Two vCPUs, emulated time (only ratios mean anything):", Figures(folder, f"ask-{chief}-2"))
    lines += trips("This host, ns (its raw parts: LSM programs do not load here):", Figures(folder, "signals"))
    text = open(page, encoding="utf-8").read()
    body = "<!-- figures -->\n" + "\n".join(lines).rstrip() + "\n<!-- end of figures -->"
    text, found = re.subn(r"<!-- figures -->.*<!-- end of figures -->", lambda _: body, text, flags=re.S)
    if not found:
        sys.exit(f"bench: {page} has no markers to write between")
    open(page, "w", encoding="utf-8").write(text)
    print(f"bench: {page} is written")


main()
