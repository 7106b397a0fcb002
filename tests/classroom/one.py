"""grade-one: one submission, from what was handed in to a result in JSON.

    one.py --submission PATH --student ID --stages 1,2 --prepared FOLDER
           --out FILE [--again] [--label TEXT]

PREPARED holds what kit.py has built of each stage. The result is written to
FILE, as a whole or not at all; if FILE is there already and neither what would
be taken nor the kit has changed since, nothing is done. It needs nothing but
these paths, so it runs on any machine that sees them: by grade.py, GNU parallel
or Slurm. Its last line on stdout says how it went. Exit status: 0, a result is
there, whatever it says; 3, there is no sandbox.

How far a result can be trusted: tests/classroom/README.md.
"""
import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import kit
import sandbox
from collect import printable

FORMAT = 1
BUILD_LIMITS = dict(wall=240, cpu=60, file_bytes=64 << 20)
LOG_BYTES = 6000

NO_WALLS = ("unsafe", "alone")  # sandboxes in which paths are what they are

# What a file's state means for the exercises in it.
STATES = {
    "missing": "was not handed in",
    "does not compile": "does not compile",
    "does not fit": "cannot be linked with the kit",
    "refused": "was refused",
}


def collect(path, work, stages):
    """In a process of its own, with limits: archives can be traps."""
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(kit.HERE, "collect.py"), path, work,
         *map(str, stages)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace")
    try:
        with open(os.path.join(work, "collected.json"),
                  encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it was ended"])[-1]
        return {"notes": ["nothing could be taken, reading it took too much "
                          f"time or memory: {printable(last)}"],
                "readable": False, "stages": {}}


def hash_of(collected, stages, settings):
    """Of all that this result depends on."""
    text = json.dumps([FORMAT, {stage: kit.content_hash(stage)
                                for stage in stages}, settings,
                       collected["notes"], collected["stages"]],
                      sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# ---- One stage ----

def places(kind, **folders):
    """{inside: outside} and the environment that names the inside."""
    if kind in NO_WALLS:
        return ({path: path for path in folders.values()},
                {name.upper(): path for name, path in folders.items()})
    return ({f"/{name}": path for name, path in folders.items()},
            {name.upper(): f"/{name}" for name in folders})


def rules_of(kind, scratch):
    """The folder of build.sh and test.sh. The kit's own holds answers: where
    nothing else keeps them from it, others are not let into it."""
    if kind != "alone":
        return kit.HERE
    for name in ("build.sh", "test.sh"):
        shutil.copy(os.path.join(kit.HERE, name), scratch)
    return scratch


def environment(**more):
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp", "TMP":
            "/tmp", **more}


def to_work_in(kind, scratch):
    """A folder for it, where it does not have a /tmp of its own: the words for
    `places`."""
    return {"tmp": tempfile.mkdtemp(dir=scratch)} if kind in NO_WALLS else {}


def build(kind, stage, prepared, taken, out, scratch):
    """{file: (state, text)}, "" or why nothing was built."""
    readable, names = places(kind, kit=prepared, **{"in": taken},
                             rules=rules_of(kind, scratch))
    writable, more = places(kind, out=out, **to_work_in(kind, scratch))
    env = {**environment(STAGE=str(stage)), **names, **more}
    outcome = sandbox.run(kind, ["sh", f"{env['RULES']}/build.sh"],
                          sandbox.Limits(**BUILD_LIMITS), readable, writable,
                          env)
    files = {}
    is_ready = False
    for line in outcome.witness.decode("utf-8", "replace").splitlines():
        name, state, text = (line.split("\t") + ["", ""])[:3]
        if state == "ready":
            is_ready = True
        elif files.get(name, ("",))[0] in ("", "built"):
            files[name] = (state, "\n".join(
                printable(part) for part in text.split("\\n")).strip())
    why = "" if is_ready else outcome.over or \
        "it could not be built: " + outcome.said[-500:].decode("utf-8",
                                                               "replace")
    return files, why, outcome


def read_witness(data):
    """{test: what the runner said of it}, and whether it said all."""
    found = {}
    is_complete = False
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if one == "complete":
            is_complete = True
        elif isinstance(one, dict) and "test" in one:
            found[one["test"]] = one
    return found, is_complete


def run_tests(kind, prepared, out, scratch, only, wall):
    readable, names = places(kind, kit=prepared, out=out,
                             rules=rules_of(kind, scratch))
    writable, more = places(kind, **to_work_in(kind, scratch))
    env = {**environment(ONLY=only), **names, **more}
    outcome = sandbox.run(kind, ["sh", f"{env['RULES']}/test.sh"],
                          sandbox.Limits(wall=wall), readable, writable, env)
    found, is_complete = read_witness(outcome.witness)
    return found, is_complete, outcome


def run_all(kind, stage, prepared, out, scratch, wall):
    """All tests; if their run is ended from within, each exercise's alone, so
    that the others do not pay for the one that does it."""
    found, is_complete, first = run_tests(kind, prepared, out, scratch, "",
                                          wall)
    if is_complete:
        return found, "", first
    why = first.over or "the code under test ended the tests themselves"
    if first.seconds >= wall:
        return found, why, first
    left = wall - first.seconds
    found = {}
    for one in kit.exercises(stage):
        if left < 5:
            break
        more, _, outcome = run_tests(kind, prepared, out, scratch,
                                     f"--exercise {one['id']}", left)
        left -= outcome.seconds
        first.seconds += outcome.seconds
        first.peak_bytes = max(first.peak_bytes, outcome.peak_bytes)
        found.update(more)
    return found, why + "; then each exercise was tested by itself", first


def judge_test(expected, said, file_state, why):
    """The result of one test. Only what is expected counts."""
    verdict = said.get("verdict", "not run")
    message = said.get("message", "")
    if file_state in STATES:
        verdict, message = "not handed in", ""
    elif verdict == "not run":
        message = f"The test has not reported: {why or 'it was ended'}."
    return {**expected, "verdict": verdict, "message": message,
            "points": expected["of"] if verdict == "passed" else 0,
            "seconds": said.get("seconds", 0)}


def state_of(exercise, tests, file_state):
    if file_state in STATES:
        return file_state
    verdicts = {test["verdict"] for test in tests}
    for verdict, state in (("wrong", "wrong"), ("not run", "not run"),
                           ("not written yet", "not written yet"),
                           ("passed", "done"), ("blocked", "must wait")):
        if verdict in verdicts:
            return state
    return "not checked"


def grade_stage(kind, stage, prepared, collected, work, wall):
    out = os.path.join(work, f"out{stage}")
    taken = os.path.join(work, f"stage{stage}")
    scratch = os.path.join(work, f"scratch{stage}")
    for folder in (out, taken, scratch):
        os.makedirs(folder, exist_ok=True)
    result = {"notes": collected["notes"], "why": "", "seconds": 0,
              "peak_bytes": 0}
    found = {}
    if collected["taken"]:
        files, why, outcome = build(kind, stage, prepared, taken, out,
                                    scratch)
        result["seconds"] = outcome.seconds
        result["peak_bytes"] = outcome.peak_bytes
        if not why:
            found, why, outcome = run_all(kind, stage, prepared, out, scratch,
                                          wall)
            result["seconds"] += outcome.seconds
            result["peak_bytes"] = max(result["peak_bytes"],
                                       outcome.peak_bytes)
        result["why"] = printable(why)
    else:
        files = {}
    for name in kit.exercise_files(stage):
        files.setdefault(name, ("missing", ""))
    result["files"] = [
        {"file": name, "state": files[name][0],
         "said": files[name][1]}
        for name in kit.exercise_files(stage)]
    result["exercises"] = []
    for exercise in kit.exercises(stage):
        state = files[exercise["file"]][0]
        tests = [judge_test(test, found.get(test["test"], {}), state,
                            result["why"])
                 for test in kit.tests_of(prepared)
                 if test["exercise"] == exercise["id"]]
        result["exercises"].append(
            {"id": exercise["id"], "title": exercise["title"],
             "function": exercise["function"], "file": exercise["file"],
             "state": state_of(exercise, tests, state),
             "points": sum(test["points"] for test in tests),
             "of": exercise["points"], "tests": tests})
    result["points"] = sum(one["points"] for one in result["exercises"])
    result["of"] = sum(one["of"] for one in result["exercises"])
    return result


# ---- All of a submission ----

def old_hash(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file).get("hash")
    except (OSError, ValueError, AttributeError):
        return None


def write_result(path, result):
    """As a whole, or not at all."""
    folder = os.path.dirname(path) or "."
    fd, new = tempfile.mkstemp(dir=folder, prefix=".new.")
    with open(fd, "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.chmod(new, 0o644)
    os.rename(new, path)


def keep_taken(work, stages, out):
    """What was taken, beside the results: for looking it up."""
    base = os.path.splitext(os.path.basename(out))[0]
    place = os.path.join(os.path.dirname(out), "taken", base)
    shutil.rmtree(place, ignore_errors=True)
    for stage in stages:
        folder = os.path.join(work, f"stage{stage}")
        if os.path.isdir(folder) and os.listdir(folder):
            shutil.copytree(folder, os.path.join(place, f"stage{stage}"))


def grade(options, work):
    stages = [int(word) for word in options.stages.split(",")]
    collected = collect(os.path.abspath(options.submission), work, stages)
    kind, words = sandbox.choose()
    if not kind:
        print(f"{words}\nUNSAFE=1 grades without a sandbox. Do that only in a "
              "machine that holds nothing of value.", file=sys.stderr)
        return 3
    own = hash_of(collected, stages, [options.wall, words])
    if not options.again and old_hash(options.out) == own:
        print("unchanged")
        return 0
    prepared = options.prepared
    if kind == "alone":     # which may lie where others are not let in
        prepared = os.path.join(work, "prepared")
        shutil.copytree(options.prepared, prepared)
    begin = time.monotonic()
    empty = {"notes": [], "taken": {}, "found": False}
    result = {
        "format": FORMAT, "student": options.student, "label": options.label,
        "submission": printable(os.path.basename(options.submission)),
        "modified": max([one["newest"] for one in
                         collected["stages"].values()] or [0]),
        "is_folder": os.path.isdir(options.submission),
        "arrived": os.lstat(options.submission).st_mtime,
        "hash": own, "sandbox": words, "notes": collected["notes"],
        "stages": {str(stage): grade_stage(
            kind, stage, os.path.join(prepared, str(stage)),
            collected["stages"].get(str(stage), empty), work, options.wall)
            for stage in stages}}
    for name in ("points", "of"):
        result[name] = sum(one[name] for one in result["stages"].values())
    result["seconds"] = round(time.monotonic() - begin, 2)
    write_result(options.out, result)
    keep_taken(work, stages, options.out)
    print(f"{result['points']} of {result['of']} points, "
          f"{result['seconds']:.1f} s")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--submission", required=True)
    parser.add_argument("--student", required=True)
    parser.add_argument("--label", default="")
    parser.add_argument("--stages", required=True)
    parser.add_argument("--prepared", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--wall", type=float, default=600)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    options.prepared = os.path.abspath(options.prepared)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    os.umask(0o022)
    work = tempfile.mkdtemp(prefix="classroom.")
    os.chmod(work, 0o755)
    try:
        return grade(options, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
