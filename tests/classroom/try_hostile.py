"""Is every hostile submission contained? A test; some minutes.

    try_hostile.py [--wall SECONDS] [--jobs N] [NAME ...]

Makes a class of stage 1: each file of hostile/ in the place of the function
that it defines, and finished stages between them as neighbours. Then grades it
and looks: every one has a result; each is judged as its comment says after
"Expect:" (1.12 is wrong; refused; does not compile); the neighbours have all
points; no process, control group or temporary file is left, and nobody has got
at the results. The last line is "N passed, N failed".
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import kit
import sandbox

STATES = {"1.12 is wrong": {"wrong", "not run"}, "refused": {"refused"},
          "does not compile": {"does not compile"}}


def left_behind():
    """Processes of the sandbox's users, control groups, temporary files."""
    found = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            if os.stat(folder).st_uid >= sandbox.FIRST_UID:
                with open(f"{folder}/comm", encoding="utf-8",
                          errors="replace") as file:
                    found.append(f"process {folder[6:]} {file.read().strip()}")
        except OSError:
            pass
    found += glob.glob(f"{sandbox.CGROUPS}/*/loop-to-pool-*")
    found += glob.glob(f"{sandbox.CGROUPS}/loop-to-pool-*")
    return set(found)


def make_class(folder, names):
    splice = os.path.join(kit.TESTS, "tools", "splice.sh")
    finished = kit.stage_folder(1)
    for number, name in enumerate(names):
        subprocess.run(
            ["sh", splice, finished, os.path.join(folder, name), "--body",
             os.path.join(kit.HERE, "hostile", name + ".c")], check=True)
        if number % 8 == 0:
            subprocess.run(["sh", splice, finished,
                            os.path.join(folder, f"neighbour of {name}")],
                           check=True)


def read_expected(name):
    path = os.path.join(kit.HERE, "hostile", name + ".c")
    with open(path, encoding="utf-8") as file:
        return re.search(r"Expect: (.*)", file.read()).group(1)


def deviation(name, result):
    """What is not as it should be, in words; "" if all is."""
    if name.startswith("neighbour"):
        return "" if result["points"] == 100 else \
            f"has {result['points']} points"
    expected = read_expected(name)
    exercise = [one for one in result["stages"]["1"]["exercises"]
                if one["id"] == "1.12"][0]
    if exercise["state"] not in STATES[expected]:
        return f"1.12 is {exercise['state']}; expected: {expected}"
    if exercise["points"] == exercise["of"]:
        return "1.12 has all points"
    text = json.dumps(result)
    if "hostile: has" in text:
        return re.search("hostile: has[^\\\\]*", text).group(0)
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wall", default="60")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or sorted(
        os.path.basename(path)[:-2]
        for path in glob.glob(os.path.join(kit.HERE, "hostile", "*.c")))
    before = left_behind()
    work = tempfile.mkdtemp(prefix="hostile.")
    failed = 0
    try:
        folder = os.path.join(work, "class")
        os.mkdir(folder)
        make_class(folder, names)
        temporary = os.path.join(work, "tmp")   # nobody else's files there
        os.mkdir(temporary)
        os.chmod(work, 0o755)   # without name spaces its user walks there
        subprocess.run(
            [sys.executable, "-B", os.path.join(kit.HERE, "grade.py"), folder,
             "--stages", "1", "--jobs", options.jobs, "--wall", options.wall],
            check=True, env={**os.environ, "TMPDIR": temporary})
        keys = sorted(os.listdir(folder))
        for key in keys:
            path = f"{folder}-results/results/{key}.json"
            with open(path, encoding="utf-8") as file:
                result = json.load(file)
            wrong = deviation(key, result)
            failed += bool(wrong)
            stage = result["stages"]["1"]
            print(f"{'FAIL' if wrong else 'ok  '}  {key}: "
                  f"{result['points']} points, {result['seconds']:.0f} s, "
                  f"{stage['peak_bytes'] >> 20} MB; {wrong or stage['why']}")
        left = left_behind() - before
        left |= set(os.listdir(temporary))
        failed += bool(left)
        print(f"{'FAIL' if left else 'ok  '}  nothing is left: "
              f"{', '.join(sorted(left)) or 'nothing'}")
        print(f"{len(keys) + 1 - failed} passed, {failed} failed")
    finally:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
