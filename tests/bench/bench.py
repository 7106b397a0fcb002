#!/usr/bin/env python3
"""bench.py - measures what the notes claim; run by bench.sh.

  bench.py KIT [list]                     says which experiments there are
  bench.py KIT run [NAME...]              runs these, or all of them
  bench.py KIT draw FILE.tsv FILE.svg     draws a plot from a file of data
  bench.py KIT show FILE.tsv              prints its tables

Data goes to build/bench/NAME.tsv, plots to build/bench/NAME.svg; those of a
quick run to build/bench/quick. Environment:
SERVER  a server of one's own, measured beside the others
QUICK   not empty: one round with tiny numbers, to see whether all of it works;
        the figures mean nothing
"""
import datetime
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import experiments
import peers
from measure import Failure, load_average, machine, priority
from report import Data, plot, read_data

BUDGET_S = 105  # no further round after that


class Bench:
    """What every experiment has to know."""

    def __init__(self, kit):
        self.kit = kit
        self.folder = os.path.join(kit, "build", "bench")
        self.www = os.path.join(self.folder, "www")
        self.is_quick = bool(os.environ.get("QUICK"))
        self.server = os.environ.get("SERVER") or None
        self.takes_workers = False
        cpus = sorted(os.sched_getaffinity(0))
        self.workers = max(2, min(len(cpus), 4))
        # A server with one thread has a CPU for itself, if there are two.
        self.server_cpus = cpus[:1] if len(cpus) > 1 else None
        self.load_cpus = cpus[1:] or None
        self.fd_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.data = Data()
        self.results = self.folder  # a quick run spoils no real one's
        if self.is_quick:
            self.results = os.path.join(self.folder, "quick")
        self.is_terminal = sys.stderr.isatty()
        self.where = ""

    def bin(self, name):
        return os.path.join(self.folder, "bin", name)

    def stage(self, number):
        for name in os.listdir(self.kit):
            if name.startswith(f"stage{number}_"):
                return os.path.join(self.kit, name, "build", "server")
        raise Failure(f"there is no stage {number}")

    def few(self, count):
        return min(count, 40 + count // 100) if self.is_quick else count

    def brief(self, seconds):
        return seconds / 10 if self.is_quick else seconds

    def progress(self, text):
        if self.is_terminal:
            sys.stderr.write(f"\r\033[K  {self.where}: {text}"[:84])
            sys.stderr.flush()

    def prepare(self):
        os.makedirs(self.www, exist_ok=True)
        os.makedirs(self.results, exist_ok=True)
        with open(os.path.join(self.www, "1k.txt"), "w",
                  encoding="ascii") as file:
            file.write("x" * 1023 + "\n")
        if self.server:
            self.server = os.path.abspath(self.server)
            if not os.access(self.server, os.X_OK):
                raise Failure(f"SERVER: there is no program {self.server}")
            said = subprocess.run([self.server, "--help"], text=True,
                                  capture_output=True, timeout=10,
                                  stdin=subprocess.DEVNULL, check=False)
            self.takes_workers = "--workers" in said.stdout + said.stderr


def rounds(bench, experiment):
    """Measures round after round, until there are enough or it takes long."""
    wanted = 1 if bench.is_quick else experiment.rounds
    began = time.monotonic()
    done = 0
    while done < wanted:
        bench.where = f"round {done + 1} of {wanted}"
        experiment.round(done + 1)
        done += 1
        took = time.monotonic() - began
        if took + took / done > BUDGET_S:
            break
        if not bench.is_terminal:
            print(f"  round {done} of {wanted}", file=sys.stderr)
    if bench.is_terminal:
        sys.stderr.write("\r\033[K")
    return done, wanted


def say(text):
    print(textwrap.fill(text, 78, initial_indent="  ",
                        subsequent_indent="  "))


def run(bench, kind):
    print(f"{kind.name}: {kind.question}\n")
    sys.stdout.flush()
    if kind.needs_wrk and not shutil.which("wrk"):
        print("  not measured: this needs the load generator wrk.\n"
              "  On Debian and Ubuntu: apt-get install wrk\n")
        return "skipped"
    bench.data = Data(notes={
        "experiment": f"make bench EXPERIMENT={kind.name}",
        "date": datetime.date.today().isoformat(), "machine": machine()})
    if kind.needs_wrk:
        bench.data.notes["versions"] = peers.versions()
    before = load_average()
    if before > 1.5 and not bench.is_quick:
        say(f"Something else is busy here (load average {before}). Trust the "
            "processor times, not the rates and the waiting.")
        print()
    experiment = kind(bench)
    done, wanted = rounds(bench, experiment)
    preferred = f", nice {priority()}" if priority() else ""
    bench.data.notes["load average"] = \
        f"{before} before, {load_average()} after{preferred}"
    bench.data.notes["rounds"] = done
    experiment.show()
    if done < wanted and not bench.is_quick:
        print(f"  {done} of {wanted} rounds: it took too long.\n")
    path = os.path.join(bench.results, kind.name)
    bench.data.write(f"{path}.tsv")
    written = [f"{path}.tsv"]
    if draw(experiment, f"{path}.svg"):
        written.append(f"{path}.svg")
    say(bench.data.notes["machine"])
    say(f"load average {bench.data.notes['load average']}")
    say(" ".join(os.path.relpath(path, bench.kit) for path in written))
    print()
    errors = sum(filter(None, bench.data.pick("errors")))
    if errors:
        print(f"  {errors} requests failed: do not trust the figures.\n")
        return "failed"
    return "done"


def draw(experiment, path):
    panels = experiment.panels()
    return bool(panels) and plot(path, experiment.title, experiment.says,
                                 experiment.data.notes, panels)


def from_file(bench, path):
    bench.data = read_data(path)
    name = os.path.basename(path).rpartition(".")[0]
    return find(name)(bench)


def find(name):
    for kind in experiments.ALL:
        if kind.name == name:
            return kind
    raise Failure(f"there is no experiment {name}; there are: "
                  + " ".join(kind.name for kind in experiments.ALL))


def show_list():
    for kind in experiments.ALL:
        print(f"  {kind.name:9} {kind.question}")
    print()
    sys.stdout.flush()


def run_all(bench, kinds):
    bench.prepare()
    absent = peers.missing()
    if any(kind in (experiments.Memory, experiments.Peers)
           for kind in kinds) and absent:
        print(textwrap.fill("Not installed, and so not beside ours: "
                            + " ".join(absent), 80) + "\n")
    if not shutil.which("gnuplot"):
        print("There will be no plots: they are drawn by gnuplot, which is "
              "not here.\nOn Debian and Ubuntu: apt-get install "
              "gnuplot-nox\n")
    results = []
    for kind in kinds:
        try:
            results.append(run(bench, kind))
        except Failure as why:
            if bench.is_terminal:
                sys.stderr.write("\r\033[K")
            print(f"  not measured: {why}\n")
            results.append("failed")
    say("What was measured before, and what it means: notes/claims.md")
    return "failed" in results


def main():
    def stop(number, _):
        raise KeyboardInterrupt(number)

    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)
    kit, action, *rest = (sys.argv[1:] + ["list"])[:max(2, len(sys.argv) - 1)]
    bench = Bench(os.path.abspath(kit))
    try:
        if action == "list":
            show_list()
            return 0
        if action == "draw":
            return 0 if draw(from_file(bench, rest[0]),
                             os.path.abspath(rest[1])) else 1
        if action == "show":
            from_file(bench, rest[0]).show()
            return 0
        kinds = [find(name) for name in rest] or experiments.ALL
        if not rest:
            show_list()
        return 1 if run_all(bench, kinds) else 0
    except Failure as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
