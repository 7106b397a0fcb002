"""Does the autograder for Gradescope work? A test; a minute or two, as root.

    try_gradescope.py [--stage N]

Makes the zip, unpacks it in a folder that looks like /autograder, runs setup.sh
and then run_autograder for a right submission, a wrong one, an empty one and a
broken archive; each with what this machine allows, and again without the right
to make name spaces, as in a container. Looks at the marks, and at the form of
results.json. The last line is "N passed, N failed".
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import kit
from test_classroom import check_gradescope
from try_class import splice

LIKE_A_CONTAINER = ["setpriv", "--bounding-set=-sys_admin",
                    "--inh-caps=-sys_admin"]


def unpack(path, folder):
    """As unzip does it: with the files' modes."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            os.chmod(archive.extract(info, folder),
                     info.external_attr >> 16 & 0o777)


def install(top, stage):
    source = os.path.join(top, "source")
    subprocess.run(
        [sys.executable, "-B", os.path.join(kit.HERE, "gradescope.py"),
         os.path.join(top, "autograder.zip"), "--stages", str(stage)],
        check=True)
    unpack(os.path.join(top, "autograder.zip"), source)
    subprocess.run([os.path.join(source, "setup.sh")], check=True,
                   env={**os.environ, "AUTOGRADER": top})
    shutil.copy(os.path.join(source, "run_autograder"), top)


def make_submissions(folder, stage):
    """{name: the least and the most points it may get}"""
    name = os.path.basename(kit.stage_folder(stage))
    first = kit.exercises(stage)[0]
    wrong = sorted(glob.glob(os.path.join(
        kit.TESTS, "attempts", first["id"], "wrong-*.c")))[0]
    splice(stage, os.path.join(folder, "right", name))
    splice(stage, os.path.join(folder, "wrong"), "--body", wrong)
    os.mkdir(os.path.join(folder, "empty"))
    os.mkdir(os.path.join(folder, "broken"))
    with open(os.path.join(folder, "broken", "lab.zip"), "wb") as file:
        file.write(b"PK\x03\x04rubbish")
    return {"right": (100, 100), "wrong": (50, 99), "empty": (0, 0),
            "broken": (0, 0)}


def run(top, submission, prefix):
    place = os.path.join(top, "submission")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(submission, place)
    path = os.path.join(top, "results", "results.json")
    if os.path.exists(path):
        os.unlink(path)
    done = subprocess.run(prefix + [os.path.join(top, "run_autograder")],
                          env={**os.environ, "AUTOGRADER": top}, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        return None, f"exit status {done.returncode}: {done.stderr[-500:]}"
    with open(path, encoding="utf-8") as file:
        return json.load(file), ""


def deviation(data, least, most):
    try:
        check_gradescope(unittest.TestCase(), data)
    except AssertionError as error:
        return f"results.json: {error}"
    if not least <= data["score"] <= most:
        return f"{data['score']} points, not {least} to {most}"
    return ""


def answers_in(top):
    """Files of exercises that are left in the image."""
    names = {os.path.join(os.path.basename(kit.stage_folder(stage)), name)
             for stage in kit.all_stages()
             for name in kit.exercise_files(stage)}
    return [path for path in glob.glob(f"{top}/**/*.c", recursive=True)
            if any(path.endswith(name) for name in names)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", type=int, default=1)
    options = parser.parse_args()
    top = tempfile.mkdtemp(prefix="gradescope.")
    passed = failed = 0
    try:
        os.chmod(top, 0o755)
        install(top, options.stage)
        found = answers_in(top)
        print(f"{'FAIL' if found else 'ok  '}  no answer is left: {found}")
        passed, failed = not found, bool(found)
        with tempfile.TemporaryDirectory(prefix="submissions.") as folder:
            expected = make_submissions(folder, options.stage)
            for prefix, words in (([], "as here"),
                                  (LIKE_A_CONTAINER, "as in a container")):
                for name, points in expected.items():
                    data, why = run(top, os.path.join(folder, name), prefix)
                    why = why or deviation(data, *points)
                    passed, failed = passed + (not why), failed + bool(why)
                    print(f"{'FAIL' if why else 'ok  '}  {name}, {words}: "
                          f"{why or data['score']}")
    finally:
        shutil.rmtree(top)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
