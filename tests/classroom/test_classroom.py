"""Tests of what reads submissions and writes results. No sandbox, seconds:

    python3 -B tests/classroom/test_classroom.py

try_hostile.py tests the sandbox, try_class.py a whole class.
"""
import csv
import gzip
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest
import xml.etree.ElementTree as xml
import zipfile

import exports
import grade
import kit
import policy
import publish

POOL = b"int pool;\n"
FILES = kit.exercise_files(1)


class Temporary(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="classroom-test.")
        self.addCleanup(shutil.rmtree, self.top)

    def path(self, *names):
        path = os.path.join(self.top, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, *names, data=POOL):
        with open(self.path(*names), "wb") as file:
            file.write(data)


class Collect(Temporary):
    def collect(self, name, stages=(1,)):
        """What collect.py says; its process must not fail."""
        out = os.path.join(self.top, "out")
        shutil.rmtree(out, ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(kit.HERE, "collect.py"),
             os.path.join(self.top, name), out, *map(str, stages)],
            capture_output=True, text=True, timeout=90)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(os.path.join(out, "collected.json"),
                  encoding="utf-8") as file:
            result = json.load(file)
        for folder, _, names in os.walk(out):
            for one in names:
                self.assertTrue(stat.S_ISREG(os.lstat(
                    os.path.join(folder, one)).st_mode))
        return result

    def notes(self, result, stage="1"):
        return "\n".join(result["notes"] + result["stages"].get(
            stage, {"notes": []})["notes"])

    def taken(self, result, stage="1"):
        return sorted(result["stages"].get(stage, {"taken": {}})["taken"])

    def tar(self, name, members, mode="w:gz"):
        with tarfile.open(os.path.join(self.top, name), mode) as archive:
            for path, data, change in members:
                info = tarfile.TarInfo(path)
                info.size = len(data)
                for field, value in (change or {}).items():
                    setattr(info, field, value)
                archive.addfile(info, io.BytesIO(data))

    def test_stage_folder(self):
        for name in FILES:
            self.write("ann", name)
        result = self.collect("ann")
        self.assertEqual(self.taken(result), sorted(FILES))
        self.assertEqual(self.notes(result), "")

    def test_lab_with_every_stage(self):
        for stage in (1, 2):
            shutil.copytree(kit.stage_folder(stage), self.path(
                "ann", os.path.basename(kit.stage_folder(stage))),
                ignore=shutil.ignore_patterns("build"))
        result = self.collect("ann", (1, 2))
        self.assertEqual(self.taken(result), sorted(FILES))
        self.assertEqual(self.taken(result, "2"),
                         sorted(kit.exercise_files(2)))
        self.assertEqual(self.notes(result) + self.notes(result, "2"), "")

    def test_nested_twice_with_blanks_and_chinese(self):
        self.write("王 小明", "my work", "作业 1", "stage1_select", "pool.c")
        result = self.collect("王 小明")
        self.assertEqual(self.taken(result), ["pool.c"])
        self.assertIn("conn.c is missing", self.notes(result))

    def test_name_that_is_no_utf8(self):
        os.makedirs(os.path.join(self.top.encode(), b"ann", b"\xff\xfe"))
        with open(os.path.join(self.top.encode(), b"ann", b"\xff\xfe",
                               b"pool.c"), "wb") as file:
            file.write(POOL)
        self.assertEqual(self.taken(self.collect("ann")), ["pool.c"])

    def test_wrong_stage(self):
        shutil.copytree(kit.stage_folder(2), self.path("ann", "x"),
                        ignore=shutil.ignore_patterns("build"))
        result = self.collect("ann")
        self.assertEqual(self.taken(result), [])
        self.assertIn("no folder of stage 1 was found; there is one of "
                      "stage 2", self.notes(result))

    def test_empty(self):
        os.mkdir(self.path("ann"))
        self.assertIn("there is nothing in it",
                      self.notes(self.collect("ann")))
        self.write("bob.zip", data=b"")
        self.assertIn("it is empty", self.notes(self.collect("bob.zip")))

    def test_no_archive(self):
        self.write("ann.pdf")
        self.assertIn("no folder", self.notes(self.collect("ann.pdf")))
        self.write("ann.tar.gz", data=b"\x1f\x8b\x08rubbish")
        self.assertIn("cannot be read",
                      self.notes(self.collect("ann.tar.gz")))

    def test_line_ends_and_marks(self):
        self.write("ann", "pool.c", data=b"\xef\xbb\xbfint a;\r\nint b;\r\n")
        self.write("ann", "conn.c", data="int ü;\n".encode("utf-16"))
        result = self.collect("ann")
        self.assertIn("line ends of Windows", self.notes(result))
        with open(os.path.join(self.top, "out", "stage1", "pool.c"),
                  "rb") as file:
            self.assertEqual(file.read(), b"int a;\nint b;\n")
        with open(os.path.join(self.top, "out", "stage1", "conn.c"),
                  encoding="utf-8") as file:
            self.assertEqual(file.read(), "int ü;\n")

    def test_odd_files(self):
        os.symlink("/etc/passwd", self.path("ann", "pool.c"))
        os.mkfifo(self.path("ann", "conn.c"))
        with open(self.path("ann", "fdset.c"), "wb") as file:
            file.truncate(10 << 30)
        self.write("ann", "timers.c", data=b" \n")
        os.symlink("/", self.path("ann", "stage1_select"))
        result = self.collect("ann")
        self.assertEqual(self.taken(result), [])
        for words in ("pool.c is a symbolic link", "conn.c is a FIFO",
                      "fdset.c has 11 GB", "timers.c is empty",
                      "listener.c is missing"):
            self.assertIn(words, self.notes(result))

    def test_other_case(self):
        self.write("ann", "Pool.C")
        result = self.collect("ann")
        self.assertEqual(self.taken(result), ["pool.c"])
        self.assertIn("Pool.C was taken for pool.c", self.notes(result))

    def test_what_is_not_taken_is_named(self):
        self.write("ann", "pool.c")
        self.write("ann", "helper.c")
        self.write("ann", "pool.h")
        self.write("ann", "Makefile", data=b"STAGE = 1\nall:\n\trm -rf /\n")
        notes = self.notes(self.collect("ann"))
        self.assertIn("helper.c is no file of an exercise", notes)
        self.assertIn("pool.h differs from the kit's", notes)
        self.assertIn("Makefile differs from the kit's", notes)

    def test_archives(self):
        for name, mode in (("a.tar", "w"), ("a.tgz", "w:gz"),
                           ("a.tar.xz", "w:xz"), ("a.tar.bz2", "w:bz2")):
            self.tar(name, [("./x/pool.c", POOL, None)], mode)
            self.assertEqual(self.taken(self.collect(name)), ["pool.c"])
        with zipfile.ZipFile(self.path("a.zip"), "w") as archive:
            archive.writestr("x/pool.c", POOL)
            archive.writestr("__MACOSX/x/._pool.c", b"rubbish")
        self.assertEqual(self.taken(self.collect("a.zip")), ["pool.c"])

    def test_hostile_tar(self):
        self.tar("a.tar.gz", [
            ("../../pool.c", POOL, None), ("/etc/conn.c", POOL, None),
            ("timers.c", b"", {"type": tarfile.SYMTYPE,
                               "linkname": "/etc/passwd"}),
            ("fdset.c", b"", {"type": tarfile.CHRTYPE, "devmajor": 1,
                              "devminor": 5}),
            ("listener.c", b"", {"type": tarfile.LNKTYPE,
                                 "linkname": "/etc/shadow"})])
        result = self.collect("a.tar.gz")
        self.assertEqual(self.taken(result), [])
        for words in ("../../pool.c leads out", "/etc/conn.c leads out",
                      "timers.c is a symbolic link",
                      "fdset.c is no regular file", "listener.c is a link"):
            self.assertIn(words, self.notes(result))

    def test_bombs(self):
        with gzip.open(self.path("a.tar.gz"), "wb", 1) as file:
            info = tarfile.TarInfo("x/movie")
            info.size = 400 << 20
            file.write(info.tobuf())
            for _ in range(400):
                file.write(bytes(1 << 20))
        self.assertIn("unpacked it has more than",
                      self.notes(self.collect("a.tar.gz")))
        with zipfile.ZipFile(self.path("b.zip"), "w",
                             zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("pool.c", bytes(50 << 20))
        self.assertIn("pool.c has 52 MB", self.notes(self.collect("b.zip")))

    def test_many_files(self):
        with zipfile.ZipFile(self.path("a.zip"), "w") as archive:
            for number in range(20_001):
                archive.writestr(f"{number}", b"")
        self.assertIn("more than 20000 files",
                      self.notes(self.collect("a.zip")))

    def test_broken_archives(self):
        self.tar("a.tar.gz", [("pool.c", POOL * 1000, None)])
        with open(self.path("a.tar.gz"), "rb") as file:
            data = file.read()
        self.write("cut.tar.gz", data=data[:len(data) // 2])
        self.collect("cut.tar.gz")
        with zipfile.ZipFile(self.path("b.zip"), "w") as archive:
            archive.writestr("pool.c", POOL)
        with open(self.path("b.zip"), "rb") as file:
            data = bytearray(file.read())
        for place in range(0, len(data), 7):
            data[place] ^= 0x41
        self.write("c.zip", data=bytes(data))
        self.collect("c.zip")


class Names(Temporary):
    def test_students(self):
        for name in ("ann.tar.gz", "bob@2.zip", "notes.csv", ".hidden"):
            self.write("class", name)
        os.mkdir(self.path("class", "ann"))
        found = grade.submissions_in(os.path.join(self.top, "class"))
        self.assertEqual(
            [(one.student, one.label, one.key) for one in found],
            [("ann", "", "ann"), ("ann", ".tar.gz", "ann.tar.gz"),
             ("bob", "2", "bob@2")])


def a_result(**more):
    test = {"test": "t", "exercise": "1.1", "kind": "unit", "of": 6,
            "points": 6, "promise": "It works.", "message": "",
            "verdict": "passed", "seconds": 0.1}
    tests = [test, {**test, "test": "u", "verdict": "wrong", "of": 4,
                    "points": 0, "message": "\x1b[31m<b>&\x00]]>\ud800 no"},
             {**test, "test": "v", "verdict": "not run", "points": 0},
             {**test, "test": "w", "verdict": "blocked", "points": 0}]
    return {"student": "=ann", "label": "", "submission": "=ann",
            "modified": 0, "arrived": 1_700_000_000, "is_folder": False,
            "hash": "ab" * 32, "sandbox": "some", "notes": ["odd"],
            "seconds": 3.5, "points": 6, "of": 22,
            "stages": {"1": {"notes": [], "why": "", "files": [
                {"file": "pool.c", "state": "built", "said": ""}],
                "exercises": [{"id": "1.1", "title": "<Make>", "of": 22,
                               "function": "pool_new", "file": "pool.c",
                               "state": "wrong", "points": 6,
                               "tests": tests}]}}, **more}


RULES = {"deadline": None, "grace_hours": 0.0, "percent_per_day": 10.0,
         "cap_percent": 50.0, "best_of": "best"}


class Policy(Temporary):
    def mark(self, overrides=(), handed_in=0.0, **rules):
        return policy.mark(a_result(), {**RULES, **rules}, overrides,
                           handed_in)

    def test_late(self):
        day = 86400
        for handed_in, off in ((0, 0), (3600, 0), (3601, 10),
                               (day, 10), (day + 1, 20), (9 * day, 50)):
            mark = self.mark(deadline=0.0, grace_hours=1.0,
                             handed_in=handed_in)
            self.assertEqual(mark["percent_off"], off, handed_in)
            self.assertEqual(mark["mark"], round(6 * (1 - off / 100), 2))

    def test_overrides(self):
        self.assertEqual(self.mark([("1.1", 22.0, "by hand")])["mark"], 22)
        late = self.mark([("", 11.0, "ill")], deadline=0.0,
                         handed_in=1e6)
        self.assertEqual((late["mark"], late["percent_off"]), (11, 0))

    def test_best_of(self):
        first = (a_result(label="1"), {"mark": 9, "handed_in": 1})
        second = (a_result(label="2"), {"mark": 5, "handed_in": 2})
        for words, chosen in (("best", first), ("last", second)):
            self.assertIs(policy.choose([second, first],
                                        {"best_of": words}), chosen)

    def test_files_are_made_once_and_mistakes_named(self):
        policy.read_policy(self.top)
        path = os.path.join(self.top, "policy.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("setting,value\ndeadline,2026-12-01 23:59\n")
        self.assertIsNotNone(policy.read_policy(self.top)["deadline"])
        with open(path, "w", encoding="utf-8") as file:
            file.write("setting,value\ndeadline,tomorrow\n")
        self.assertRaises(policy.Wrong, policy.read_policy, self.top)


def check_gradescope(case, data):
    """As gradescope-autograders.readthedocs.io/en/latest/specs says."""
    visible = ("visible", "hidden", "after_due_date", "after_published")
    case.assertLessEqual(set(data), {
        "score", "execution_time", "output", "output_format",
        "test_output_format", "test_name_format", "visibility",
        "stdout_visibility", "extra_data", "tests", "leaderboard"})
    case.assertIsInstance(data["score"], (int, float))
    case.assertIsInstance(data.get("execution_time", 0), int)
    for name in ("visibility", "stdout_visibility"):
        case.assertIn(data.get(name, "visible"), visible)
    for test in data["tests"]:
        case.assertLessEqual(set(test), {
            "score", "max_score", "status", "name", "name_format",
            "number", "output", "output_format", "tags", "visibility",
            "extra_data"})
        case.assertIn(test["status"], ("passed", "failed"))
        case.assertIn(test["visibility"], visible)
        for name in ("name", "number", "output", "output_format"):
            case.assertIsInstance(test[name], str)
        case.assertLessEqual(test["score"], test["max_score"])


class Exports(unittest.TestCase):
    """Each against its published form, as far as that says something."""

    def setUp(self):
        self.result = a_result()
        self.mark = policy.mark(self.result, RULES, [], 1_700_000_000)

    def test_gradescope(self):
        data = json.loads(exports.gradescope(self.result, self.mark))
        self.assertEqual(data["score"], 6)
        check_gradescope(self, data)

    def test_junit(self):
        text = exports.junit(self.result, self.mark)
        root = xml.fromstring(text.encode())
        self.assertEqual(root.tag, "testsuites")
        for suite in root:
            self.assertEqual(suite.tag, "testsuite")
            for name in ("name", "timestamp", "hostname", "tests",
                         "failures", "errors", "time", "id", "package"):
                self.assertIn(name, suite.attrib)
            self.assertRegex(suite.get("timestamp"),
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
            self.assertEqual([one.tag for one in suite if
                              one.tag != "testcase"],
                             ["properties", "system-out", "system-err"])
            cases = suite.findall("testcase")
            self.assertEqual(int(suite.get("tests")), len(cases))
            for word, tag in (("failures", "failure"), ("errors", "error"),
                              ("skipped", "skipped")):
                self.assertEqual(int(suite.get(word)),
                                 len(suite.findall(f"testcase/{tag}")))
            for case in cases:
                self.assertTrue({"name", "classname", "time", "file"} <=
                                set(case.attrib))
                float(case.get("time"))
                for bad in case:
                    self.assertIn(bad.tag, ("failure", "error", "skipped"))
                    if bad.tag != "skipped":
                        self.assertTrue(bad.get("type"))
                        self.assertTrue(bad.text)

    def test_classroom50(self):
        data = json.loads(exports.classroom50(self.result, self.mark))
        self.assertEqual(data["schema"], "classroom50/result/v1")
        self.assertEqual(set(data), {
            "schema", "classroom", "assignment", "submission", "commit",
            "release", "review", "datetime", "score", "max-score", "tests"})
        self.assertTrue(data["submission"].startswith("submit/"))
        self.assertTrue(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                                     data["datetime"]))
        for test in data["tests"]:
            self.assertEqual(set(test), {"test-name", "passed", "score",
                                         "max-score"})
            self.assertIs(type(test["passed"]), bool)
        for name in ("score", "max-score"):
            self.assertEqual(data[name],
                             sum(test[name] for test in data["tests"]))

    def test_autolab(self):
        text = exports.autolab(self.result, self.mark)
        self.assertNotIn("\n", text)
        data = json.loads(text)
        self.assertEqual(data["scores"], {"1.1 <Make>": 6})
        self.assertEqual(data["scoreboard"], [6])


class Pages(Temporary):
    def publish(self, results):
        os.makedirs(os.path.join(self.top, "results"), exist_ok=True)
        for key, result in results.items():
            with open(self.path("results", key + ".json"), "w",
                      encoding="utf-8") as file:
                json.dump(result, file)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            saved, sys.stdout = sys.stdout, nowhere
            try:
                publish.publish(self.top, [1], "",
                                publish.read_grades(self.top), "some")
            finally:
                sys.stdout = saved

    def test_pages_and_tables(self):
        with open(self.path("students.csv"), "w",
                  encoding="utf-8") as file:
            file.write("id,name,email\n=ann,Ann,a@x\nzoe,Zoe,z@x\n")
        self.publish({"=ann": a_result(), "b": a_result(
            student="<script>alert(1)</script>")})
        with open(os.path.join(self.top, "grades.csv"), "rb") as file:
            data = file.read()
        self.assertTrue(data.startswith(b"\xef\xbb\xbfstudent,"))
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        self.assertEqual([row["student"] for row in rows],
                         ["<script>alert(1)</script>", "'=ann", "zoe"])
        self.assertEqual([row["mark"] for row in rows], ["6", "6", "0"])
        with open(os.path.join(self.top, "canvas.csv"),
                  encoding="utf-8-sig") as file:
            lines = list(csv.reader(file))
        self.assertEqual(lines[0][:2], ["Student", "ID"])
        self.assertIn("Points Possible", lines[1][0])
        for name in ("index.html", "students/b.html"):
            with open(os.path.join(self.top, name),
                      encoding="utf-8") as file:
                page = file.read()
            self.assertNotIn("<script", page)
            self.assertNotIn("<b>", page)


if __name__ == "__main__":
    unittest.main()
