# SPDX-License-Identifier: MIT
"""The figures as text and as JSON."""
import json
import os
import platform

AGENTS = ("ours", "qemu-ga", "floor")
HEAD = ("row", "unit", "ours", "qemu-ga", "ratio", "floor", "ours/floor", "goal", "verdict")


def number(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def verdict(row, samples):
    return row.goal.verdict(samples) if row.goal else "–"


def cells(row, samples):
    figures = [number(samples.median(agent), row.digits) for agent in AGENTS]
    ratios = [number(samples.ratio("ours", other), 2) for other in AGENTS[1:]]
    mark = " ~" if samples.is_wide() else ""
    return [row.name + mark, row.unit, figures[0], figures[1], ratios[0], figures[2], ratios[1],
            str(row.goal or "–"), verdict(row, samples)]


def print_table(results):
    """results: pairs of Row and Samples."""
    lines = [HEAD, *(cells(row, samples) for row, samples in results)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    for line in lines:
        left = [cell.ljust(width) if n in (0, 1, 7, 8) else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(left).rstrip())
    if any(samples.is_wide() for _, samples in results):
        print("~ the rounds differ widely: other work on this machine; the ratios are medians and still mean something")


def print_ranges(row, samples):
    """What a median hides."""
    parts = []
    for agent in AGENTS:
        if agent in samples.values:
            low, high = samples.range(agent)
            middle = samples.median(agent)
            parts.append(f"{agent} " + " / ".join(number(v, row.digits) for v in (low, middle, high)))
    for other in AGENTS[1:]:
        ratios = samples.ratios("ours", other)
        if ratios:
            spread = " / ".join(number(v, 2) for v in (min(ratios), samples.ratio("ours", other), max(ratios)))
            parts.append(f"ours : {other} {spread}")
    print(f"  {row.name}, {row.unit} (min / median / max): {'; '.join(parts)}", flush=True)


def write_json(path, results, unmeasured):
    rows = [{
        "name": row.name, "unit": row.unit, "samples": samples.values,
        "median": {agent: samples.median(agent) for agent in samples.values},
        "ratio": {other: samples.ratio("ours", other) for other in AGENTS[1:] if other in samples.values},
        "wide": samples.is_wide(), "goal": str(row.goal) if row.goal else None, "verdict": verdict(row, samples),
    } for row, samples in results]
    machine = {"processors": os.cpu_count(), "kernel": platform.release(), "architecture": platform.machine()}
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"machine": machine, "rows": rows, "unmeasured": unmeasured}, out, indent=1)
        out.write("\n")
