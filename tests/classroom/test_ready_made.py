"""Tests of what lies ready for others to run: Gradescope, CI, a container.
Seconds:

    python3 -B tests/classroom/test_ready_made.py

try_gradescope.py runs the whole autograder.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

try:
    import yaml
except ImportError:
    yaml = None

import alone
import gradescope
import kit
from test_classroom import RULES, a_result

READY_MADE = os.path.join(kit.HERE, "ready-made")


class Gradescope(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gradescope-test.")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "sub", "a.zip")

    def test_what_is_in_it(self):
        gradescope.write(self.path, [1, 3], 240)
        with zipfile.ZipFile(self.path) as archive:
            names = archive.namelist()
            modes = {info.filename: info.external_attr >> 16 & 0o777
                     for info in archive.infolist()}
            settings = archive.read("settings").decode()
        self.assertEqual(settings, "STAGES=1,3\nWALL=240\n")
        for name in ("setup.sh", "run_autograder"):
            self.assertEqual(modes[name], 0o755)
        for name in ("tests/classroom/alone.py", "tests/tools/setup.sh",
                     "tests/Makefile", "stage1_select/Makefile"):
            self.assertIn("kit/" + name, names)
        for name in names:
            self.assertNotRegex(name, r"/attempts/|/notes/|/build/|/\.|/hostile/")

    def test_the_same_twice(self):
        gradescope.write(self.path, [1], 240)
        with open(self.path, "rb") as file:
            first = file.read()
        gradescope.write(self.path, [1], 240)
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), first)

    def test_no_such_stage(self):
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(kit.HERE, "gradescope.py"),
             self.path, "--stages", "7"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no stage 7", done.stderr)


class Alone(unittest.TestCase):
    def test_summary(self):
        text = alone.summary(a_result())
        self.assertTrue(text.startswith("6 of 22 points\n"))
        self.assertIn("| 1.1 <Make> | wrong | 6 of 22 |", text)
        self.assertIn("u, exercise 1.1, pool_new() in pool.c", text)

    def test_no_deadline(self):
        self.assertEqual(set(alone.NO_POLICY), set(RULES))

    def test_the_kit_that_grades_has_no_answers(self):
        with tempfile.TemporaryDirectory(prefix="alone-test.") as folder:
            to = os.path.join(folder, "kit")
            alone.copy_kit(to)
            for stage in kit.all_stages():
                top = os.path.join(to, os.path.basename(
                    kit.stage_folder(stage)))
                for name in kit.exercise_files(stage):
                    self.assertFalse(os.path.exists(os.path.join(top, name)))
                self.assertTrue(os.path.exists(os.path.join(top, "Makefile")))
            done = subprocess.run(
                [sys.executable, "-B", "-c", "import alone, kit; "
                 "print([kit.content_hash(s) for s in kit.all_stages()])"],
                cwd=os.path.join(to, "tests", "classroom"), text=True,
                capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)


class Container(unittest.TestCase):
    def test_devcontainer(self):
        path = os.path.join(kit.KIT, ".devcontainer", "devcontainer.json")
        if not os.path.exists(path):
            self.skipTest("not in a copy")
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        command = data["postCreateCommand"]
        done = subprocess.run(["sh", "-n"], input=command, text=True,
                              capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in command.split():
            if word.endswith(".sh"):
                self.assertTrue(os.path.exists(os.path.join(kit.KIT, word)))
        self.assertEqual(set(data), {
            "name", "image", "postCreateCommand", "forwardPorts", "init",
            "capAdd", "runArgs"})


@unittest.skipUnless(yaml, "PyYAML is not installed")
class Yaml(unittest.TestCase):
    """Not the whole of both languages: what we use of them. try_ci.py types
    the lines."""

    def read(self, *names):
        with open(os.path.join(*names), encoding="utf-8") as file:
            return yaml.safe_load(file)

    def check_lines(self, lines):
        self.assertIs(type(lines), str)     # "a: b" would be a mapping
        done = subprocess.run(["sh", "-n"], input=lines, text=True,
                              capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def check_github(self, data):
        # YAML 1.1 takes the word `on` for true.
        self.assertEqual(set(data) - {"env"},
                         {"name", True, "permissions", "jobs"})
        self.assertEqual(data["permissions"], {"contents": "read"})
        for job in data["jobs"].values():
            self.assertLessEqual(set(job), {"runs-on", "timeout-minutes",
                                            "container", "steps"})
            for step in job["steps"]:
                self.assertLessEqual(set(step), {"name", "if", "run", "uses",
                                                 "with"})
                self.assertNotEqual("run" in step, "uses" in step)
                self.check_lines(step.get("run", ""))

    def check_pinned(self, variables):
        self.assertRegex(variables["KIT_COMMIT"], "^0{40}$")
        self.assertIn("example.org", variables["KIT_REPOSITORY"])

    def test_github(self):
        data = self.read(READY_MADE, "github-actions.yml")
        self.check_github(data)
        self.check_pinned(data["env"])
        checkout = data["jobs"]["grade"]["steps"][0]
        self.assertIs(checkout["with"]["persist-credentials"], False)

    def test_our_own(self):
        path = os.path.join(kit.KIT, ".github", "workflows", "ci.yml")
        if not os.path.exists(path):
            self.skipTest("not in a copy")
        self.check_github(self.read(path))

    def test_gitlab(self):
        data = self.read(READY_MADE, "gitlab-ci.yml")
        self.assertEqual(set(data), {"grade"})
        job = data["grade"]
        self.assertEqual(set(job), {"image", "timeout", "variables", "script",
                                    "artifacts"})
        for line in job["script"]:
            self.check_lines(line)
        for value in job["variables"].values():
            self.assertIs(type(value), str)
        self.check_pinned(job["variables"])
        self.assertEqual(set(job["artifacts"]), {"when", "paths", "reports"})


if __name__ == "__main__":
    unittest.main()
