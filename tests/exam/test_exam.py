"""Tests of the exam. test.sh says which there are and how long they take."""
import filecmp
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import unittest.mock
import zipfile

import exam
import contract
import grade
import kit
import sandbox

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
        table = self.list_of("id,name\n" + "".join(
            f'"{student}",N\n' for student in students))
        done = self.exam("make", seed, "--students", table, "--out",
                         self.path(name))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.path(name)

    def list_of(self, text, encoding="utf-8"):
        path = self.path("students.csv")
        with open(path, "w", encoding=encoding, newline="") as file:
            file.write(text)
        return path

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
            (paper.drills[0].number, other) for paper in papers
            for other in (paper.drills[1].number, paper.contract)))
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
        for wrong in ([""], ["."], ["a", "a"], ["../up"], ["a/b", "a?b"]):
            self.assertRaises(SystemExit, exam.papers, 1, wrong)

    def test_lists(self):
        for text, encoding in (("学号,name\r\n王,N\r\n李,N\r\n", "utf-8-sig"),
                               ("id\n\n 王 \n,\n李", "utf-8")):
            self.assertEqual(exam.read_list(self.list_of(text, encoding)),
                             ["王", "李"])
        for text, encoding, words in (
                ("id\n王\n李\n王\n", "utf-8", "\"王\" is in the list twice"),
                ("学号\n王\n", "gbk", "not in UTF-8"),
                ("id\n", "utf-8", "For whom?"),
                ("id,name\n,N\n", "utf-8", "must not be empty")):
            done = self.exam("make", "7", "--out", self.path("e"),
                             "--students", self.list_of(text, encoding))
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)
        for words, said in (
                (["7", "--students", self.path("none")], "No such file"),
                (["", "--count", "1"], "Which seed?"),
                (["a/b", "--count", "1"], "Which seed?"),
                (["7", "--count", "1", "--seen", "3 x"], "Which drills"),
                (["7"], "For whom?")):
            done = self.exam("make", *words, "--out", self.path("e"))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(said, done.stderr)
        self.assertEqual(os.listdir(self.top), ["students.csv"])

    def test_nothing_is_overwritten(self):
        self.make("e", ["ann"])
        done = self.exam("make", "7", "--count", "1", "--out", self.path("e"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there already", done.stderr)

    def test_all_of_it_or_nothing(self):
        with unittest.mock.patch.object(exam, "write_key",
                                        side_effect=KeyboardInterrupt):
            self.assertRaises(KeyboardInterrupt, exam.make, "7", ["ann"], [],
                              self.path("e"))
        self.assertEqual(os.listdir(self.top), [])

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


class Taking(Temporary):
    """What is taken of what was handed in. Nothing of it is run."""

    def take(self, path):
        """The files that were taken, and what was odd."""
        work = tempfile.mkdtemp(dir=self.top)
        odd = exam.take(path, work)
        return {name: exam.read(work, name) for name in files_in(work)}, odd

    def write(self, name, text):
        path = self.path("in", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        exam.write(text, path)

    def test_folders(self):
        with open(self.path("secret.c"), "w", encoding="utf-8") as file:
            file.write("secret")
        self.write("x/server1/pool.c", "mine\r\n")
        self.write("x/server1/web/new.h", "new")
        self.write("x/server1/Makefile", "all:")
        self.write("x/server1/big", "no source")
        self.write("x/server1/build/made.c", "no source")
        self.write("a/old/server1/pool.c", "older")
        self.write("a/old/server1/conn.c", "older")
        self.write("x/server10/pool.c", "none of ours")
        os.symlink(self.path("secret.c"), self.path("in/x/server1/conn.c"))
        os.symlink(self.top, self.path("in/x/server2"))
        os.mkfifo(self.path("in/x/server1/list.h"))
        taken, odd = self.take(self.path("in"))
        self.assertEqual(taken, {"server1/pool.c": "mine\n",
                                 "server1/web/new.h": "new",
                                 "server1/Makefile": "all:"})
        for words in ("more than once: x/server1/ was taken",
                      "conn.c is a symbolic link", "list.h is a FIFO"):
            self.assertIn(words, "\n".join(odd))

    def test_archives(self):
        with zipfile.ZipFile(self.path("a.zip"), "w") as archive:
            for name in ("王/server3/conn.c", "../server3/conn.h",
                         "/server3/list.h"):
                archive.writestr(name, "text")
        taken, odd = self.take(self.path("a.zip"))
        self.assertEqual(taken, {"server3/conn.c": "text"})
        self.assertEqual(len(odd), 2)
        with tarfile.open(self.path("a.tar.gz"), "w:gz") as archive:
            for name in ("server3/a.c", "server3/a.c/b.c", "server3/\0.c",
                         "server3/" + "n" * 300 + ".c", "server3/z.c"):
                member = tarfile.TarInfo()
                member.pax_headers = {"path": name}
                member.size = 4
                archive.addfile(member, io.BytesIO(b"text"))
        taken, odd = self.take(self.path("a.tar.gz"))
        self.assertIn("server3/z.c", taken)
        self.assertNotEqual(odd, [])

    def test_what_is_no_exam(self):
        exam.write("words", self.path("notes.txt"))
        exam.write("PK no more", self.path("broken.zip"))
        os.mkdir(self.path("empty"))
        for name, count in (("notes.txt", 1), ("broken.zip", 1), ("empty", 0),
                            ("none", 1)):
            taken, odd = self.take(self.path(name))
            self.assertEqual((taken, len(odd)), ({}, count))


class Contracts(Temporary):
    """Each is met by its patch, and not by the server as it is; nor by a
    server that answers nothing."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("scratch"))

    def server(self, *mistakes):
        place = exam.tree(self.path("scratch"), exam.CONTRACT_STAGE, mistakes)
        if not os.path.exists(os.path.join(place, "build", "server")):
            self.build(place)
        return place

    def check(self, name, server, what):
        with unittest.mock.patch.object(contract, "PATIENCE_S", 2):
            self.assertNotEqual(contract.check(name, server), [], what)
        changed = self.path(name)
        shutil.copytree(server, changed)
        self.patch(changed, name)
        self.build(changed)
        self.assertEqual(contract.check(name, changed), [], what)
        shutil.rmtree(changed)

    def test_contracts(self):
        for name in exam.contracts():
            with self.subTest(name):
                self.check(name, self.server(), "")

    def test_the_plain_server_has_just_the_old_contract(self):
        server = contract.Server(self.server())
        self.addCleanup(server.close)
        found = contract.Findings()
        contract.check_common(server, found)
        self.assertEqual(found, [])

    def test_no_server(self):
        os.makedirs(self.path("none", "build"))
        for program in ("/bin/true", "/bin/yes"):
            path = self.path("none", "build", "server")
            shutil.copy(program, path)
            with unittest.mock.patch.object(contract, "PATIENCE_S", 1):
                self.assertIn("the server does not start",
                              contract.check("dots", self.path("none")))


class Mistakes(Contracts):
    """server1's mistake, which is in the other servers, too, is in nobody's
    way: a contract can be met, and server2 be told to be repaired."""

    def test_contracts(self):
        for number in exam.FIRST:
            mistake = exam.drills()[number]
            if not exam.bodies(exam.CONTRACT_STAGE, [mistake]):
                continue
            for name in exam.contracts():
                if (number, name) in exam.CLASHES:
                    continue
                with self.subTest(f"{name}, mistake {number}"):
                    self.check(name, self.server(mistake), number)

    def test_server2(self):
        kind, words = sandbox.choose()
        if not kind:
            self.skipTest(words)
        os.chmod(self.top, 0o755)
        known = exam.drills()
        prepared = grade.prepare([3, 4], self.top)
        for first in (known[number] for number in exam.FIRST):
            for second in (known[number] for number in exam.SECOND):
                place = exam.tree(self.path("scratch"), second.stage, (first,))
                work = tempfile.mkdtemp(dir=self.top)
                os.chmod(work, 0o755)
                with self.subTest(f"{second.number}, mistake {first.number}"):
                    self.assertEqual(exam.is_repaired(
                        kind, place, second,
                        os.path.join(prepared, str(second.stage)), work),
                        (True, ""))
                shutil.rmtree(work)


class HandedIn(Temporary):
    """Whole exams: nothing done, all done, and what is broken otherwise."""

    def setUp(self):
        super().setUp()
        kind, words = sandbox.choose()
        if not kind:
            self.skipTest(words)

    def test_check(self):
        students = ["nothing done", "all=done", "=zipped@2", "absent",
                    "does not compile"]
        out = self.make("e", students)
        papers = dict(zip(students, exam.papers("7", students)))
        for student in ("all=done", "=zipped@2"):
            place = os.path.join(out, student)
            for number, drill in enumerate(papers[student].drills, 1):
                right = os.path.join(kit.stage_folder(drill.stage),
                                     drill.exercise["file"])
                shutil.copy(right, os.path.join(place, f"server{number}",
                                                drill.exercise["file"]))
            self.patch(os.path.join(place, "server3"),
                       papers[student].contract)
        shutil.make_archive(os.path.join(out, "=zipped@2"), "zip", out,
                            "=zipped@2")
        shutil.rmtree(os.path.join(out, "=zipped@2"))
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
                     "met", "=zipped@2: server1 repaired, server2 repaired, "
                     "contract met", "absent: nothing was handed in",
                     "a stranger: nobody has got an exam of that name"):
            self.assertIn(line, done.stdout)
        checked = exam.read(out + "-key", "checked.csv")
        self.assertIn("'=zipped@2,yes,,yes,,yes,,", checked)
        self.assertIn("\nabsent,no,", checked)


if __name__ == "__main__":
    unittest.main()
