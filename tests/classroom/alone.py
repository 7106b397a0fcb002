"""One submission by itself, in a container or a machine of its own: what
Gradescope and the CI of a student's repository run.

    alone.py SUBMISSION OUT [--stages 1,2] [--prepared FOLDER] [--wall SECONDS]
    alone.py [SUBMISSION] --prepare FOLDER [--stages 1,2]

Writes to OUT: result.json (see one.py) and what exports.py makes of it:
results.json (Gradescope), junit.xml, classroom50.json, autolab.txt; and
summary.md, which is printed too. Deadlines and late days are the business of
whoever calls it. Without --stages those are meant that SUBMISSION has.

--prepare builds the tests into FOLDER, and FOLDER/kit, which is what grading
needs of the kit: no answer is in it. So whoever has built once can delete the
kit, and call FOLDER/kit/tests/classroom/alone.py --prepared FOLDER: no code of
a student's can read what is not there.

Exit status: 0, nothing is wrong (but it may be unwritten yet); 1, something is
wrong, does not compile or was not handed in; 3, it could not be graded.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import exports
import grade
import kit
import policy
from collect import collect_stages, printable

NAMES = {"gradescope": "results.json", "junit": "junit.xml",
         "classroom50": "classroom50.json", "autolab": "autolab.txt"}
NO_POLICY = {"deadline": None, "grace_hours": 0.0, "percent_per_day": 0.0,
             "cap_percent": 0.0, "best_of": "last"}
FINE = ("done", "not written yet", "must wait", "not checked")


def prepare(folder, stages):
    for stage in stages:
        place = os.path.join(folder, str(stage))
        if not os.path.isdir(place):
            print(f"building the tests of stage {stage} ...", flush=True)
            kit.prepare(place, stage)


def without_exercises(stage):
    """For copytree: leaves out the files that hold answers."""
    top = kit.stage_folder(stage)
    files = {os.path.join(top, name) for name in kit.exercise_files(stage)}
    return lambda folder, names: [
        name for name in names if name in ("build", "README.md") or
        os.path.join(folder, name) in files]


def copy_kit(to):
    """What grading needs once the tests are built."""
    for stage in kit.all_stages():
        top = kit.stage_folder(stage)
        shutil.copytree(top, os.path.join(to, os.path.basename(top)),
                        ignore=without_exercises(stage))
    for name in ("harness", "unit", "system", "faults", "classroom"):
        shutil.copytree(
            os.path.join(kit.TESTS, name), os.path.join(to, "tests", name),
            ignore=shutil.ignore_patterns("hostile", "__pycache__"))
    for name in ("exercises.tsv", "Makefile"):
        shutil.copy(os.path.join(kit.TESTS, name), os.path.join(to, "tests"))


def summary(result):
    """For a page that knows Markdown, and for a terminal."""
    lines = [f"{result['points']} of {result['of']} points", ""]
    for stage, one in result["stages"].items():
        lines += [f"| stage {stage} | | points |", "|---|---|---:|"]
        lines += [f"| {exercise['id']} {exercise['title']} | "
                  f"{exercise['state']} | {exercise['points']} of "
                  f"{exercise['of']} |" for exercise in one["exercises"]]
        lines += [""]
    bad = [f"{test['test']}, exercise {exercise['id']}, "
           f"{exercise['function']}() in {exercise['file']}\n\n" +
           exports.words(test, exercise, stage)
           for stage, exercise, test in exports.all_tests(result)
           if test["verdict"] in ("wrong", "not run")]
    for text in exports.notes_of(result) + bad:
        lines += ["```", text.replace("```", "'''"), "```", ""]
    return "\n".join(lines)


def write(out, name, text):
    """As a whole: whoever waits for it never reads a part."""
    path = os.path.join(out, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def fail(out, words):
    """A result all the same, which says that there is none."""
    write(out, NAMES["gradescope"], json.dumps({
        "score": 0, "output": "This could not be graded, which is not your "
        "fault; tell your teacher.\n" + printable(words), "tests": []}))
    print(words, file=sys.stderr)
    return 3


def run_one(options, stages, prepared, out):
    """Grades it. Gives what went wrong in doing so, in words."""
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(kit.HERE, "one.py"),
         "--submission", options.submission, "--student", "student",
         "--stages", ",".join(map(str, stages)), "--prepared", prepared,
         "--wall", str(options.wall), "--out", os.path.join(out, "result.json"),
         "--again"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", check=False)
    return "" if done.returncode == 0 else done.stderr.strip()[-2000:]


def stages_of(options):
    """Those that were named, or that there are."""
    if options.stages:
        return [int(word) for word in options.stages.replace(",", " ").split()]
    if options.submission:
        return sorted(collect_stages(options.submission, kit.all_stages()))
    return kit.all_stages()


def grade_it(options, prepared):
    stages = stages_of(options)
    if not stages:
        return fail(options.out, "no stage was found in what was handed in")
    prepare(prepared, stages)
    why = run_one(options, stages, prepared, options.out)
    if why:
        return fail(options.out, why)
    with open(os.path.join(options.out, "result.json"),
              encoding="utf-8") as file:
        result = json.load(file)
    mark = policy.mark(result, NO_POLICY, [], result["arrived"])
    for form, name in NAMES.items():
        write(options.out, name, exports.FORMS[form][0](result, mark))
    text = summary(result)
    write(options.out, "summary.md", text)
    print(text)
    states = {exercise["state"] for one in result["stages"].values()
              for exercise in one["exercises"]}
    return 0 if states <= set(FINE) else 1


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("submission", nargs="?")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--stages", default="")
    parser.add_argument("--prepare", default="")
    parser.add_argument("--prepared", default="")
    parser.add_argument("--wall", type=float, default=grade.WALL_SECONDS)
    options = parser.parse_args()
    if not options.prepare and not options.out:
        parser.error("SUBMISSION and OUT, or --prepare FOLDER")
    return options


def main():
    options = read_options()
    os.umask(0o022)
    if options.prepare:
        prepare(options.prepare, stages_of(options))
        copy_kit(os.path.join(options.prepare, "kit"))
        return 0
    os.makedirs(options.out, exist_ok=True)
    if options.prepared:
        return grade_it(options, options.prepared)
    with tempfile.TemporaryDirectory(prefix="classroom.") as folder:
        return grade_it(options, folder)


if __name__ == "__main__":
    sys.exit(main())
