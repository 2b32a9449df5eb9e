#!/usr/bin/env python3
"""Runs the workloads on all libraries in turn and compares.

Usage: run.py [--quick] [ROW]...

A B C ... A B C ...: what slows the machine down for a while slows all. Each
round gives a ratio of ours to every other; the table has their medians, and
half the distance of their quartiles. Results go to results.json and .csv
in BUILD/bench/out. Environment: BUILD.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time

import lab
import servers

METRIC_KEYS = {"cpu": "cpu_ns", "wall": "wall_ns"}


def measure(row, library, divisor):
    """The results of one run, as a dictionary, or None."""
    operations = max(row.timed // divisor, 1)
    if row.workload in servers.NEEDS:
        return (servers.once(row, library, max(operations, 100))
                if library in servers.LIBRARIES else None)
    text = lab.run([lab.program(library), *row.command,
                    "ops=%d" % operations], lab.environment(library))
    return text and lab.results(text)


def rounds(row, most, divisor):
    """For each library its results, a list with one for each round."""
    libraries = lab.LIBRARIES + lab.MORE.get(row.workload, [])
    found = {library: [] for library in libraries}
    for _ in range(min(row.rounds, most)):
        for library in found:
            got = measure(row, library, divisor)
            if got:
                found[library].append(got)
    return {library: list_ for library, list_ in found.items() if list_}


def figures(row, runs):
    """What the row is about, of each library: a list of numbers."""
    key = METRIC_KEYS.get(row.metric, row.metric)
    return {library: [one[key] for one in list_]
            for library, list_ in runs.items()}


def ratios(mine, others):
    """Ours to the other's, round by round: median and spread."""
    pairs = [a / b if b else math.nan for a, b in zip(mine, others)]
    return statistics.median(pairs), lab.spread(pairs)


LEGEND = """\
ours     the figure of this library
/libev   ours divided by libev's: below 1 this library takes less; after ± half
         the distance of the quartiles, in percent. Likewise the others.
-        this library cannot do it, or is not installed
"""


def cell(middle, wide):
    """A ratio and its spread, in at most nine characters."""
    if math.isnan(middle):
        return "-"
    if middle < .005:
        return "<0.01"
    text = "%.2f" % middle if middle < 10 else "%.0f" % middle
    percent = round(100 * wide / middle)
    return "%s ±%d%%" % (text, percent) if percent else text


def show(row, found):
    """A line of the table."""
    text = "%-17s%10.1f" % (row.name, statistics.median(found["ours"]))
    for library in lab.LIBRARIES[1:]:
        text += "%10s" % (cell(*ratios(found["ours"], found[library]))
                          if library in found else "-")
    for library in lab.MORE.get(row.workload, []):
        text += "  /%s %s" % (library, cell(*ratios(found["ours"],
                                                    found[library])))
    return text


def geometric_means(results):
    """Of the ratios of all rows that take time, by library."""
    found = {}
    for library in lab.LIBRARIES[1:]:
        logs = [math.log(ratios(row["figures"]["ours"],
                                row["figures"][library])[0])
                for row in results if library in row["figures"]
                and row["metric"] in METRIC_KEYS]
        if logs:
            found[library] = math.exp(statistics.mean(logs))
    return found


def machine():
    """Processor, kernel, date, versions."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = [line.split(":", 1)[1].strip() for line in file
                 if line.startswith("model name")]
    packages = ("libev4 libuv1 libevent-core-2.1-7 libasio-dev "
                "libglib2.0-0").split()
    versions = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages],
        capture_output=True, text=True, check=False).stdout
    return {"processor": model[0] if model else platform.machine(),
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "date": time.strftime("%Y-%m-%d"),
            "versions": versions.split("\n")[:-1]}


def write(results, quick):
    """results.json and results.csv."""
    base = os.path.join(lab.BENCH, "results.")
    with open(base + "json", "w", encoding="utf-8") as file:
        json.dump({"machine": machine(), "quick": quick, "rows": results},
                  file, indent=1)
    with open(base + "csv", "w", encoding="utf-8") as file:
        file.write("row,metric,library,round,value\n")
        for row in results:
            for library, values in row["figures"].items():
                for number, value in enumerate(values, 1):
                    file.write("%s,%s,%s,%d,%g\n" % (
                        row["name"], row["metric"], library, number, value))


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    rows = [row for row in lab.rows(options.rows)
            if row.workload not in servers.NEEDS
            or servers.possible(row.workload)]
    most, divisor = (3, 5) if options.quick else (sys.maxsize, 1)

    print(LEGEND)
    print("%-17s%10s" % ("", "ours")
          + "".join("%10s" % ("/" + lab.SHOWN.get(library, library))
                    for library in lab.LIBRARIES[1:]))
    results = []
    metric = None
    for row in rows:
        if row.metric != metric:
            metric = row.metric
            print("-- " + lab.METRICS[metric])
        runs = rounds(row, most, divisor)
        found = figures(row, runs)
        results.append({"name": row.name, "metric": row.metric,
                        "workload": row.workload, "figures": found,
                        "runs": runs})
        print(show(row, found), flush=True)
    print("%-27s" % "-- geometric mean of times" + "".join(
        "%10.2f" % mean for mean in geometric_means(results).values()))
    write(results, options.quick)


if __name__ == "__main__":
    main()
