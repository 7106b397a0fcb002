"""Grade a whole class: make grade SUBMISSIONS=dir

    grade.py SUBMISSIONS [--out FOLDER] [--stages 1,2] [--jobs N] [--again]
             [--engine local|parallel|slurm] [--hosts FILE] [--students FILE]

SUBMISSIONS has a folder or an archive for each student, named after the
student; "ann@2.zip" is another one of ann's. What comes of it goes to FOLDER,
by default SUBMISSIONS-results. What is graded already and has not changed since
is not graded again: stop it at any time, and go on later.

Engines: local, on this machine, N at once; parallel, GNU parallel on the hosts
of a file (--hosts, as its --sshloginfile); slurm, an array job. The latter two
need this folder, SUBMISSIONS and FOLDER at the same paths everywhere.
"""
import argparse
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import kit
import publish
import sandbox
from collect import SUFFIXES, collect_stages, printable

WALL_SECONDS = 600


class Submission:
    def __init__(self, path):
        name = os.path.basename(path)
        if not os.path.isdir(path):
            for suffix in SUFFIXES:
                if name.lower().endswith(suffix):
                    name = name[:-len(suffix)]
                    break
        self.path = path
        self.key = printable(name)
        self.student, _, self.label = self.key.partition("@")


def submissions_in(folder):
    """What lies in the folder, sorted; two never have the same key."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.startswith(".") or name.lower().endswith(".csv"):
            continue
        one = Submission(os.path.join(folder, name))
        if one.key in found:
            one.key = printable(name)
            one.label = one.key[len(one.student):].lstrip("@")
        found[one.key] = one
    return list(found.values())


def file_name(key):
    """A file's name for a key: short enough, without a slash."""
    name = key.replace("/", "?")
    if len(name.encode()) > 200:
        name = name[:40] + "-" + hashlib.sha256(key.encode()).hexdigest()[:12]
    return name


# ---- Engines: each runs commands and says when one has ended ----

def local(commands, jobs, options):
    """Yields the index and the last line of each command that has ended."""
    running = {}
    todo = list(enumerate(commands))
    try:
        while todo or running:
            while todo and len(running) < jobs:
                index, command = todo.pop(0)
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True, errors="replace")
                running[process] = index
            for process in [one for one in running if one.poll() is not None]:
                yield running.pop(process), last_line(process)
            time.sleep(0.05)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def last_line(process):
    text = process.stdout.read().strip()
    return text.splitlines()[-1] if text else f"ended {process.returncode}"


def watch_results(process, marks):
    """Yields as the marks, files that each command makes, come to be."""
    left = dict(enumerate(marks))
    while True:
        ended = process.poll() is not None
        for index in [index for index in left if os.path.exists(left[index])]:
            with open(left.pop(index), encoding="utf-8") as file:
                yield index, (file.read().strip().splitlines() or [""])[-1]
        if ended:
            break
        time.sleep(0.5)
    for index in left:
        yield index, "the engine has ended without it"


def write_scripts(commands, folder):
    """A script for each command; it leaves its words in N.said."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for index, command in enumerate(commands):
        with open(f"{folder}/{index}.sh", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + shlex.join(command) +
                       f" >{shlex.quote(f'{folder}/{index}.new')} 2>&1\n"
                       f"mv {shlex.quote(f'{folder}/{index}.new')} "
                       f"{shlex.quote(f'{folder}/{index}.said')}\n")
    return [f"{folder}/{index}.said" for index in range(len(commands))]


def parallel(commands, jobs, options):
    folder = os.path.join(options.out, ".jobs")
    marks = write_scripts(commands, folder)
    hosts = ["--sshloginfile", options.hosts] if options.hosts else []
    process = subprocess.Popen(
        ["parallel", "--will-cite", "--quote", "--jobs", str(jobs), *hosts,
         "sh", f"{folder}/{{}}.sh"], stdin=subprocess.PIPE, text=True)
    process.stdin.write("".join(f"{n}\n" for n in range(len(commands))))
    process.stdin.close()
    try:
        yield from watch_results(process, marks)
    finally:
        process.terminate()
        process.wait()


def slurm(commands, jobs, options):
    folder = os.path.join(options.out, ".jobs")
    marks = write_scripts(commands, folder)
    with open(f"{folder}/array.sh", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n#SBATCH --job-name=loop-to-pool\n"
                   f"exec sh {shlex.quote(folder)}/$SLURM_ARRAY_TASK_ID.sh\n")
    process = subprocess.Popen(
        ["sbatch", "--wait", "--parsable", "--output=/dev/null",
         f"--array=0-{len(commands) - 1}%{jobs}", f"{folder}/array.sh"],
        stdout=subprocess.PIPE, text=True)
    number = process.stdout.readline().strip().split(";")[0]
    try:
        yield from watch_results(process, marks)
    finally:
        if process.poll() is None and number:
            subprocess.run(["scancel", number], check=False)
        process.wait()


ENGINES = {"local": local, "parallel": parallel, "slurm": slurm}


# ---- Progress ----

class Progress:
    def __init__(self, total):
        self.total = total
        self.done = 0
        self.graded = 0
        self.begin = time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def step(self, key, line):
        self.done += 1
        self.graded += line != "unchanged"
        left = ""
        if self.graded and self.done < self.total:
            seconds = (time.monotonic() - self.begin) / self.done * \
                (self.total - self.done)
            left = f", {minutes(seconds)} left"
        text = f"{self.done} of {self.total}{left}: {key}: {line}"
        if self.is_terminal:
            sys.stderr.write(f"\r\033[K{text[:78]}")
            if self.done == self.total:
                sys.stderr.write("\r\033[K")
        elif line != "unchanged":
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def minutes(seconds):
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


# ---- All of it ----

def prepare(stages, out):
    """A folder that holds, for each stage, what kit.py prepares."""
    top = os.path.join(out, ".kit")
    names = {stage: kit.content_hash(stage) for stage in stages}
    digest = "-".join(f"{stage}.{names[stage]}" for stage in stages)
    folder = os.path.join(
        top, hashlib.sha256(digest.encode()).hexdigest()[:16])
    if os.path.isdir(top):
        for old in os.listdir(top):
            if os.path.join(top, old) != folder:
                shutil.rmtree(os.path.join(top, old))
    for stage in stages:
        place = os.path.join(folder, str(stage))
        if not os.path.isdir(place):
            sys.stderr.write(f"building the tests of stage {stage} ...\n")
            kit.prepare(place, stage)
    return folder


def choose_stages(options, submissions):
    if options.stages:
        return [int(word) for word in options.stages.replace(",", " ").split()]
    found = set()
    for one in submissions:
        found |= collect_stages(one.path, kit.all_stages())
    if not found:
        sys.exit("In none of the submissions a stage was found. STAGE=1 "
                 "grades them all\nas stage 1, and says what is wrong.")
    return sorted(found)


def read_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("submissions")
    parser.add_argument("--out", default="")
    parser.add_argument("--stages", default="")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--wall", type=float, default=WALL_SECONDS)
    parser.add_argument("--engine", choices=list(ENGINES), default="local")
    parser.add_argument("--hosts", default="")
    parser.add_argument("--students", default="")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    options.submissions = os.path.abspath(options.submissions)
    if not os.path.isdir(options.submissions):
        parser.exit(2, f"{options.submissions} is no folder\n")
    options.out = os.path.abspath(
        options.out or options.submissions.rstrip("/") + "-results")
    if options.jobs <= 0:
        options.jobs = len(os.sched_getaffinity(0))
    return options


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    kind, words = sandbox.choose()
    if not kind:
        sys.exit(f"No sandbox, so nothing was graded: {words}.\n"
                 "UNSAFE=1 grades without one; do that only in a machine that "
                 "holds\nnothing of value.")
    submissions = submissions_in(options.submissions)
    if not submissions:
        sys.exit(f"There is no submission in {options.submissions}.")
    stages = choose_stages(options, submissions)
    results = os.path.join(options.out, "results")
    os.makedirs(results, exist_ok=True)
    before = publish.read_grades(options.out)
    prepared = prepare(stages, options.out)
    commands = []
    for one in submissions:
        command = [sys.executable, "-B", os.path.join(kit.HERE, "one.py"),
                   "--submission", one.path, "--student", one.student,
                   "--label", one.label,
                   "--stages", ",".join(map(str, stages)),
                   "--prepared", prepared, "--wall", str(options.wall),
                   "--out", os.path.join(results,
                                         file_name(one.key) + ".json")]
        commands.append(command + ["--again"] * options.again)
    progress = Progress(len(commands))
    try:
        for index, line in ENGINES[options.engine](commands, options.jobs,
                                                   options):
            progress.step(submissions[index].key, line)
    except (KeyboardInterrupt, SystemExit):
        sys.stderr.write(f"\nstopped; {progress.done} of {progress.total} are "
                         "graded. The same command goes on from here.\n")
        sys.exit(130)
    shutil.rmtree(os.path.join(options.out, ".jobs"), ignore_errors=True)
    keep = {file_name(one.key) + ".json" for one in submissions}
    for name in os.listdir(results):
        if name.endswith(".json") and name not in keep:
            os.rename(os.path.join(results, name),
                      os.path.join(results, name + ".gone"))
    publish.publish(options.out, stages, options.students, before, words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
