"""Tests of the exam. test.sh says which there are and how long they take."""
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import exam
import contract
import kit

HOSTILE = ["ann", "王 小明", "a|b `id` $(id)", "<script>", "=1+1", "a/b",
           "x" * 300]


def words_of(text):
    """Its lines without the blanks around them; those that say something."""
    lines = {line.strip() for line in text.split("\n")}
    return {line for line in lines if re.search(r"\w", line)}


class Temporary(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="exam-test.")
        self.addCleanup(shutil.rmtree, self.top)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def exam(self, *arguments):
        return subprocess.run(
            [sys.executable, "-B", os.path.join(exam.HERE, "exam.py"),
             *arguments], capture_output=True, text=True, check=False)

    def make(self, name, students, seed="7"):
        """An exam for these; returns its folder."""
        table = self.path("students.csv")
        with open(table, "w", encoding="utf-8") as file:
            file.write("id,name\n" + "".join(
                f'"{student}",N\n' for student in students))
        done = self.exam("make", seed, "--students", table, "--out",
                         self.path(name))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.path(name)

    def build(self, folder):
        done = subprocess.run(
            ["make", "-s", "-C", folder, "CFLAGS=-O1 -Werror"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), folder)

    def patch(self, folder, name):
        subprocess.run(
            ["patch", "-s", "-p1", "-d", folder, "-i",
             os.path.join(exam.HERE, "contracts", name + ".patch")],
            check=True)


def files_in(top):
    return {os.path.relpath(os.path.join(folder, name), top)
            for folder, _, names in os.walk(top) for name in names}


class Papers(Temporary):
    """What students get, and the key."""

    def test_same_seed_same_exam(self):
        first, second = (self.make(name, ["ann", "bob"])
                         for name in ("one", "two"))
        names = files_in(first)
        self.assertEqual(names, files_in(second))
        self.assertEqual(filecmp.cmpfiles(first, second, names, False)[1:],
                         ([], []))
        third = self.make("three", ["ann", "bob"], "8")
        self.assertNotEqual(filecmp.cmpfiles(first, third, names, False)[1:],
                            ([], []))

    def test_neighbours_have_nothing_in_common(self):
        for seed in range(20):
            before = None
            for paper in exam.papers(seed, [f"s{n}" for n in range(40)]):
                now = [*paper.drills, paper.contract]
                self.assertTrue(before is None or
                                not set(now).intersection(before))
                before = now

    def test_all_are_given_and_seen_ones_are_not(self):
        papers = exam.papers(1, [f"s{n}" for n in range(400)])
        given = {drill.number for paper in papers for drill in paper.drills}
        self.assertEqual(given, {*exam.FIRST, *exam.SECOND})
        self.assertEqual({paper.contract for paper in papers},
                         set(exam.contracts()))
        self.assertFalse(exam.CLASHES.intersection(
            tuple(drill.number for drill in paper.drills)
            for paper in papers))
        seen = [3, 8, 20]
        papers = exam.papers(1, [f"s{n}" for n in range(400)], seen)
        given = {drill.number for paper in papers for drill in paper.drills}
        self.assertFalse(given.intersection(seen))
        self.assertRaises(SystemExit, exam.papers, 1, ["a"],
                          exam.SECOND)

    def test_students_of_any_name(self):
        out = self.make("e", HOSTILE)
        self.assertEqual(len(os.listdir(out)), len(HOSTILE))
        self.assertEqual(os.stat(out + "-key").st_mode & 0o77, 0)
        self.assertEqual(sorted(os.listdir(self.top)),
                         ["e", "e-key", "students.csv"])
        for wrong in (["."], ["a", "a"], ["../up"], ["a/b", "a?b"]):
            self.assertRaises(SystemExit, exam.papers, 1, wrong)

    def test_nothing_is_overwritten(self):
        self.make("e", ["ann"])
        done = self.exam("make", "7", "--count", "1", "--out", self.path("e"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there already", done.stderr)

    def no_right_function(self, drill, folder):
        """Not one line of it that the broken one has not, in a function of
        that name; for those that have other lines, not the function."""
        right = drill.right_function()
        telling = words_of(right) - words_of(exam.function_of(
            drill.attempt, drill.exercise["function"]))
        there = drill.function_in(folder)
        self.assertNotEqual(there, right)
        self.assertFalse(telling.intersection(words_of(there)),
                         (drill.number, folder))

    def test_nothing_gives_itself_away(self):
        students = [f"s{n}" for n in range(6)]
        out = self.make("e", students)
        for paper in exam.papers("7", students):
            place = os.path.join(out, paper.folder)
            self.assertEqual(sorted(os.listdir(place)),
                             ["SHEET.md", "server1", "server2", "server3"])
            for server in ("server1", "server2", "server3"):
                for drill in paper.drills:
                    self.no_right_function(drill,
                                           os.path.join(place, server))
        for name in files_in(out):
            path = os.path.join(out, name)
            self.assertEqual(os.stat(path).st_mtime, exam.FILE_TIME)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for word in ("Belief:", "What happens:", "Must fail:", "wrong-",
                         "attempts/", "drill", kit.KIT):
                self.assertNotIn(word, text, name)

    def test_each_mistake_beside_each_other_one(self):
        """The same for all pairs that there can be."""
        scratch = self.path("scratch")
        os.mkdir(scratch)
        known = exam.drills()
        for first in (known[number] for number in exam.FIRST):
            self.no_right_function(
                first, exam.tree(scratch, exam.CONTRACT_STAGE, (first,)))
            for stage in (3, 4):
                second = next(known[number] for number in exam.SECOND
                              if known[number].stage == stage)
                self.no_right_function(
                    first, exam.tree(scratch, stage, (first, second)))
            for second in (known[number] for number in exam.SECOND):
                self.assertGreater(second.stage, first.stage)
                self.assertEqual(second.function_in(
                    kit.stage_folder(first.stage)), "")

    def test_they_compile_alone(self):
        out = self.make("e", ["ann b 王"])
        place = os.path.join(out, "ann b 王")
        for server in ("server1", "server2", "server3"):
            self.build(os.path.join(place, server))

    def test_the_key(self):
        os.mkdir(self.path("e-key"), 0o700)
        exam.write_key("7", exam.papers("7", [f"s{n}" for n in range(60)]),
                       self.path("e-key"))
        key = exam.read(self.path("e-key", "KEY.md"))
        for number in exam.FIRST + exam.SECOND:
            self.assertIn(f"#### {number}. ", key)
        self.assertEqual(key.count("**Cause**"),
                         len(exam.FIRST + exam.SECOND))
        self.assertEqual(
            sorted(os.listdir(self.path("e-key"))),
            sorted(["KEY.md", "key.csv"] +
                   [name + ".patch" for name in exam.contracts()]))

    def test_each_contract_has_a_text_a_patch_and_a_check(self):
        self.assertGreaterEqual(len(exam.contracts()), 8)
        self.assertEqual(exam.contracts(), sorted(contract.CHECKS))
        for name in exam.contracts():
            self.assertTrue(os.path.exists(os.path.join(
                exam.HERE, "contracts", name + ".patch")))


class Contracts(Temporary):
    """Each is met by its patch, and not by the server as it is; nor by a
    server that answers nothing."""

    def server(self, *mistakes):
        return exam.tree(self.top, exam.CONTRACT_STAGE, mistakes)

    def test_contracts(self):
        plain = self.server()
        self.build(plain)
        for name in exam.contracts():
            with self.subTest(name):
                self.assertNotEqual(contract.check(name, plain), [])
                changed = self.path(name)
                shutil.copytree(plain, changed)
                self.patch(changed, name)
                self.build(changed)
                self.assertEqual(contract.check(name, changed), [])

    def test_the_plain_server_has_just_the_old_contract(self):
        plain = self.server()
        self.build(plain)
        server = contract.Server(plain)
        self.addCleanup(server.close)
        found = contract.Findings()
        contract.check_common(server, found)
        self.assertEqual(found, [])

    def test_no_server(self):
        os.makedirs(self.path("none", "build"))
        for program in ("/bin/true", "/bin/yes"):
            path = self.path("none", "build", "server")
            shutil.copy(program, path)
            before, contract.PATIENCE_S = contract.PATIENCE_S, 1
            try:
                self.assertIn("the server does not start",
                              contract.check("dots", self.path("none")))
            finally:
                contract.PATIENCE_S = before


class Mistakes(Contracts):
    """The mistake of server1 that is still in server3 is in nobody's way."""

    def test_contracts(self):
        for number in exam.FIRST:
            if not exam.bodies(exam.CONTRACT_STAGE, [exam.drills()[number]]):
                continue
            broken = self.server(exam.drills()[number])
            self.build(broken)
            for name in exam.contracts():
                with self.subTest(f"{name}, mistake {number}"):
                    self.assertNotEqual(contract.check(name, broken), [])
                    changed = self.path(f"{number}-{name}")
                    shutil.copytree(broken, changed)
                    self.patch(changed, name)
                    self.build(changed)
                    self.assertEqual(contract.check(name, changed), [])
                    shutil.rmtree(changed)


class HandedIn(Temporary):
    """Whole exams: nothing done, all done, and what is broken otherwise."""

    def test_check(self):
        students = ["nothing done", "all=done", "does not compile", "absent"]
        out = self.make("e", students)
        papers = dict(zip(students, exam.papers("7", students)))
        place = os.path.join(out, "all=done")
        for number, drill in enumerate(papers["all=done"].drills, 1):
            right = os.path.join(kit.stage_folder(drill.stage),
                                 drill.exercise["file"])
            shutil.copy(right, os.path.join(place, f"server{number}",
                                            drill.exercise["file"]))
        self.patch(os.path.join(place, "server3"),
                   papers["all=done"].contract)
        for server in ("server1", "server2", "server3"):
            for name in files_in(os.path.join(out, "does not compile")):
                if name.startswith(server) and name.endswith(".c"):
                    with open(os.path.join(out, "does not compile", name),
                              "a", encoding="ascii") as file:
                        file.write("oops\n")
        shutil.rmtree(os.path.join(out, "absent"))
        os.mkdir(os.path.join(out, "a stranger"))
        os.symlink("/etc", os.path.join(out, "nothing done", "link"))
        done = self.exam("check", "7", out, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        no = "server1 not repaired, server2 not repaired, contract not met"
        for line in (f"nothing done: {no}", f"does not compile: {no}",
                     "all=done: server1 repaired, server2 repaired, contract "
                     "met", "absent: nothing was handed in",
                     "a stranger: nobody has got an exam of that name"):
            self.assertIn(line, done.stdout)


if __name__ == "__main__":
    unittest.main()
