"""A class made of answers whose marks are known: are they what it gets?

    try_class.py [--stage N] [--count N] [--jobs N] [--keep FOLDER]
                 [--engine local|parallel|slurm] [--wall SECONDS] [--stop]

Makes a class of a stage: the answers of tests/attempts, evenly chosen, each in
a finished stage of its own (a folder, a lab, a .tar.gz or a .zip in turn), the
starter, and the finished stage itself. Grades it. The test that an attempt's
head comment names must have failed; whoever is right has all points, and the
starter none. Then it is graded again: nothing may be done. Says how long each
took, all of it, and how much memory. The last line is "N passed, N failed".

--stop: the grading is stopped once, after its second submission, and must have
left no process and no temporary file behind; then it goes on.
--keep: the class and its results stay in FOLDER, for looking at or comparing.
"""
import argparse
import csv
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import kit
from try_hostile import left_behind


def attempts_of(stage, count):
    """{name: path}, evenly chosen."""
    paths = []
    for one in kit.exercises(stage):
        paths += sorted(glob.glob(os.path.join(
            kit.TESTS, "attempts", one["id"], "*-*.c")))
    if count < len(paths):
        paths = [paths[number * len(paths) // count]
                 for number in range(count)]
    return {f"{os.path.basename(os.path.dirname(path))} "
            f"{os.path.basename(path)[:-2]}": path for path in paths}


def splice(stage, place, *options):
    subprocess.run(["sh", os.path.join(kit.TESTS, "tools", "splice.sh"),
                    kit.stage_folder(stage), place, *options], check=True)


def make_class(folder, stage, attempts):
    name = os.path.basename(kit.stage_folder(stage))
    splice(stage, os.path.join(folder, "finished", name))
    splice(stage, os.path.join(folder, "starter", name),
           *[word for one in kit.exercises(stage)
             for word in ("--stub", one["id"])])
    for number, (key, path) in enumerate(attempts.items()):
        place = os.path.join(folder, key)
        stage_place = os.path.join(place, name) if number % 2 else place
        splice(stage, stage_place, "--body", path)
        if number % 4 >= 2:
            form = "gztar" if number % 4 == 2 else "zip"
            shutil.make_archive(place, form, place)
            shutil.rmtree(place)


def expected_of(path):
    """"" for a right one, or the test that must fail."""
    with open(path, encoding="utf-8") as file:
        match = re.search(r"Must fail: *(\S+)", file.read())
    return match.group(1) if match else ""


def deviation(result, stage, must_fail):
    """In words; "" if it is graded as it should be."""
    tests = {test["test"]: test
             for exercise in result["stages"][str(stage)]["exercises"]
             for test in exercise["tests"]}
    if must_fail and must_fail in tests:
        verdict = tests[must_fail]["verdict"]
        return "" if verdict in ("wrong", "not run") else \
            f"{must_fail} is: {verdict}"
    if must_fail:
        return f"not judged: {must_fail} gives no points here"
    bad = [test for test in tests.values()
           if test["verdict"] not in ("passed", "not checked")]
    return f"{bad[0]['test']} is: {bad[0]['verdict']}" if bad else ""


def command_line(folder, options):
    return [sys.executable, "-B", os.path.join(kit.HERE, "grade.py"), folder,
            "--stages", str(options.stage), "--jobs", str(options.jobs),
            "--engine", options.engine, "--wall", str(options.wall)]


def stop(folder, options):
    """Starts it, stops it after two submissions; says what is left behind."""
    before = left_behind()
    with tempfile.TemporaryDirectory(prefix="stop.") as temporary:
        process = subprocess.Popen(
            command_line(folder, options), stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": temporary})
        for line in process.stderr:
            if re.match("2 of ", line):
                process.terminate()
        process.wait()
        time.sleep(1)   # the kernel needs a moment to end a name space
        left = (left_behind() - before) | set(os.listdir(temporary))
    return ", ".join(sorted(left))


def grade(folder, options):
    begin = time.monotonic()
    done = subprocess.run(
        command_line(folder, options), check=True, capture_output=True,
        text=True)
    return time.monotonic() - begin, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", type=int, default=1)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--wall", type=float, default=600)
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--keep", default="")
    options = parser.parse_args()
    work = options.keep or tempfile.mkdtemp(prefix="class.")
    folder = os.path.join(work, "class")
    try:
        attempts = attempts_of(options.stage, options.count)
        if not os.path.isdir(folder):
            os.makedirs(folder)
            make_class(folder, options.stage, attempts)
        failed = 0
        if options.stop:
            left = stop(folder, options)
            failed += bool(left)
            print(f"{'FAIL' if left else 'ok  '}  stopped: "
                  f"{left or 'nothing'} is left")
        seconds, _ = grade(folder, options)
        results = []
        for key in ["finished", "starter", *attempts]:
            try:
                with open(f"{folder}-results/results/{key}.json",
                          encoding="utf-8") as file:
                    result = json.load(file)
            except FileNotFoundError:
                sys.exit(f"{key} has not been graded")
            results.append(result)
            if key == "starter":
                wrong = "" if result["points"] == 0 else "it has points"
            else:
                wrong = deviation(result, options.stage, "" if key ==
                                  "finished" else expected_of(attempts[key]))
            failed += bool(wrong) and not wrong.startswith("not judged")
            print(f"{'FAIL' if wrong else 'ok  '}  {key}: "
                  f"{result['points']} points, {result['seconds']:.1f} s"
                  f"{'; ' if wrong else ''}{wrong}".replace(
                      "FAIL", "skip" if wrong.startswith("not j") else "FAIL"))
        again, said = grade(folder, options)
        is_unchanged = "No mark has changed." in said
        failed += not is_unchanged
        print(f"{'ok  ' if is_unchanged else 'FAIL'}  graded again: nothing "
              f"to do, {again:.1f} s")
        with open(f"{folder}-results/grades.csv", encoding="utf-8-sig",
                  newline="") as file:
            rows = len(list(csv.DictReader(file)))
        each = sorted(one["seconds"] for one in results)
        peak = max(stage["peak_bytes"] for one in results
                   for stage in one["stages"].values())
        print(f"{rows} submissions in {seconds:.0f} s; one took "
              f"{each[0]:.1f} to {each[-1]:.1f} s, {each[len(each) // 2]:.1f} "
              f"in the middle; at most {peak >> 20} MB")
        print(f"{len(results) + 1 + options.stop - failed} passed, {failed} failed")
    finally:
        if not options.keep:
            shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
