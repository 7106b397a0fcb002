"""Do the files for GitHub Actions and GitLab CI work? A test; some minutes, as
root; it needs git and PyYAML.

    try_ci.py

What stands in ready-made/ after `run:` and `script:` is typed, word for word,
with a repository made of this kit in the place of the real one: for a right
lab, a wrong one whose tests say that all is well, and one that is not written
yet. GitLab's runs without the right to make name spaces, as in its containers.
The actions of others (`uses:`) are not tried, nor is what the servers do. The
last line is "N passed, N failed".
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import yaml

import gradescope
import kit
from try_class import splice
from try_gradescope import LIKE_A_CONTAINER

SUDO = '#!/bin/sh\nexec "$@"\n'
READY_MADE = os.path.join(kit.HERE, "ready-made")


def read_yaml(name):
    with open(os.path.join(READY_MADE, name), encoding="utf-8") as file:
        return yaml.safe_load(file)


def make_kit(folder):
    """A repository of this kit as it is now. Gives its commit."""
    for name in gradescope.kit_files():
        place = os.path.join(folder, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(os.path.join(kit.KIT, name), place)
    for words in (["init", "-q"], ["add", "."],
                  ["-c", "user.name=a", "-c", "user.email=a@localhost",
                   "commit", "-q", "-m", "kit"]):
        subprocess.run(["git", "-C", folder, *words], check=True)
    return subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"],
                          check=True, capture_output=True,
                          text=True).stdout.strip()


def make_labs(folder):
    """{name: (exit status, least points, most)}"""
    stage = os.path.basename(kit.stage_folder(1))
    splice(1, os.path.join(folder, "right", stage))
    splice(1, os.path.join(folder, "unwritten", stage),
           *[word for one in kit.exercises(1) for word in ("--stub",
                                                           one["id"])])
    splice(1, os.path.join(folder, "wrong", stage), "--body", sorted(glob.glob(
        os.path.join(kit.TESTS, "attempts", "1.1", "wrong-*.c")))[0])
    lying = os.path.join(folder, "wrong", "tests")
    os.makedirs(lying)
    with open(os.path.join(lying, "Makefile"), "w", encoding="utf-8") as file:
        file.write("all test:\n\t@echo all is well\n")
    return {"right": (0, 100, 100), "wrong": (1, 50, 99),
            "unwritten": (0, 0, 0)}


def type_lines(prefix, lines, folder, env):
    """Exit status of these lines, typed into one shell, as both do it."""
    done = subprocess.run(prefix + ["bash", "-e", "-c", lines], cwd=folder,
                          env={**os.environ, **env}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)
    if done.returncode > 1:
        print(done.stdout[-1000:] + done.stderr[-1000:])
    return done.returncode


def github(lab, folder, env):
    data = read_yaml("github-actions.yml")
    shutil.copytree(lab, os.path.join(folder, "submission"))
    env = {**data["env"], **env,
           "GITHUB_STEP_SUMMARY": os.path.join(folder, "summary")}
    status = 0
    for step in data["jobs"]["grade"]["steps"]:
        if "run" in step and (status == 0 or step.get("if") == "always()"):
            status = type_lines([], step["run"], folder, env) or status
    with open(env["GITHUB_STEP_SUMMARY"], encoding="utf-8") as file:
        assert "points" in file.readline()
    return status, os.path.join(folder, "results")


def gitlab(lab, folder, env):
    data = read_yaml("gitlab-ci.yml")["grade"]
    place = os.path.join(folder, "project")
    shutil.copytree(lab, place)
    env = {**data["variables"], **env, "KIT": os.path.join(folder, "kit"),
           "GRADER": os.path.join(folder, "grader")}
    status = type_lines(LIKE_A_CONTAINER, "\n".join(data["script"]), place,
                        env)
    xml.parse(os.path.join(place, data["artifacts"]["reports"]["junit"]))
    return status, os.path.join(place, "results")


def deviation(run, lab, folder, env, expected):
    status, results = run(lab, folder, env)
    with open(os.path.join(results, "result.json"), encoding="utf-8") as file:
        points = json.load(file)["points"]
    if os.path.exists(os.path.join(folder, "kit")):
        return "the kit with its answers is still there"
    if status != expected[0]:
        return f"exit status {status}, not {expected[0]}"
    if not expected[1] <= points <= expected[2]:
        return f"{points} points, not {expected[1]} to {expected[2]}"
    return ""


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="ci.") as top:
        os.chmod(top, 0o755)
        commit = make_kit(os.path.join(top, "kit"))
        expected = make_labs(os.path.join(top, "labs"))
        os.mkdir(os.path.join(top, "bin"))
        sudo = os.path.join(top, "bin", "sudo")     # root may have none
        with open(sudo, "w", encoding="utf-8") as file:
            file.write(SUDO)
        os.chmod(sudo, 0o755)
        env = {"KIT_REPOSITORY": f"file://{top}/kit", "KIT_COMMIT": commit,
               "PATH": f"{top}/bin:{os.environ['PATH']}"}
        for run in (github, gitlab):
            for name, points in expected.items():
                folder = os.path.join(top, f"{run.__name__} {name}")
                os.mkdir(folder)
                why = deviation(run, os.path.join(top, "labs", name), folder,
                                env, points)
                passed, failed = passed + (not why), failed + bool(why)
                print(f"{'FAIL' if why else 'ok  '}  {run.__name__}, {name}"
                      f"{': ' if why else ''}{why}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
