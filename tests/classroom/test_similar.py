"""Tests of similar.py, on classes made here. Most need sim_c; seconds:

    python3 -B tests/classroom/test_similar.py

Nothing is compiled: the students' functions need not work.
"""
import csv
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import kit
import similar

STARTER = """int
answer(int *value, int count)
{
	EXERCISE("9.9", "answer() in answer.c",
	         "notes/9-none.md, section 9.9");
}
"""

# Three who worked alone, the first of them copied.
ALONE = ["""int
answer(int *value, int count)
{
	int sum = 0;
	int i;

	/* All of them. */
	for (i = 0; i < count; i++) {
		if (value[i] < 0)
			continue;
		if (value[i] > 1000 && !is_allowed(value[i]))
			return -1;
		sum += value[i];
	}
	if (sum == 0)
		errno = ENOENT;
	return sum > 0 ? sum : -1;
}
""", """int
answer(int *value, int count)
{
	unsigned total = 0;

	while (count-- > 0) {
		int one = *value++;
		if (one > 1000) {
			if (is_allowed(one) == 0)
				goto out;
		}
		total = one < 0 ? total : total + (unsigned)one;
	}
	if (total)
		return (int)total;
	errno = ENOENT;
out:
	return -1;
}
""", """int
answer(int *value, int count)
{
	if (count == 0) {
		errno = ENOENT;
		return -1;
	}
	int rest = answer(value + 1, count - 1);
	switch (sign_of(*value)) {
	case -1:
		return rest;
	case 1:
		return is_allowed(*value) || *value <= 1000
			? (rest == -1 ? *value : rest + *value) : -1;
	default:
		return rest;
	}
}
"""]

COPY = """int answer(int *value, int count) { // my own
	int k; // a counter
	int result = 0;
	for (k = 0; k < count; k++)
	{
		if (value[k] < 0) continue;
		if (value[k] > 1000 && !is_allowed(value[k])) return -1;
		result += value[k];   /* one more */
	}

	if (result == 0) errno = ENOENT;
	return result > 0 ? result : -1;
}
"""

EXERCISE = {"id": "9.9", "function": "answer", "file": "answer.c"}


def disguised(text):
    """Other names, comments and line ends, and every now and then two lines
    the other way round."""
    names = re.findall(r"(?:int|char|\w+_t|unsigned|struct \w+)\s+\**(\w+)\s*"
                       r"[=;,)\[]", text)
    for name in names:
        text = re.sub(rf"(?<![.>])\b{name}\b", f"my_{name[::-1]}", text)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    lines = [line for line in text.split("\n") if line.strip()]
    at = 3
    while at + 1 < len(lines):
        both = lines[at], lines[at + 1]
        depths = {len(line) - len(line.lstrip()) for line in both}
        if len(depths) == 1 and all(line.endswith(";") for line in both):
            lines[at:at + 2] = reversed(both)
            at += 6
        at += 1
    return "\n".join(line + "   // mine" * (line.endswith(";"))
                     for line in lines) + "\n"


def named(compared, at_least=similar.AT_LEAST):
    return [pair.students for pair in compared.pairs
            if pair.is_near(at_least)]


class Tokens(unittest.TestCase):
    def test_what_counts(self):
        text = 'f(a, "x /* y", \'"\'); /* no */ b->c = 0x1Fu; // no\n'
        self.assertEqual(similar.tokens(text), [
            "f", "(", "a", ",", '"x /* y"', ",", "'\"'", ")", ";",
            "b", "->", "c", "=", "0x1Fu", ";"])
        self.assertEqual(similar.tokens("/* never ended"), [])

    def test_renamed_variables_are_the_same(self):
        def form(text):
            return similar.normal(similar.tokens(text))
        self.assertEqual(form("int a = read(fd, a->x);"),
                         form("int bb=read(f,bb->x) ; // so"))
        for other in ("int a = recv(fd, a->x);", "int a = read(fd, a->y);",
                      "int a = read(a, a->x);", "int a = read(fd, fd->x);"):
            self.assertNotEqual(form("int a = read(fd, a->x);"), form(other))

    def test_the_starter_does_not_count(self):
        self.assertEqual(similar.own_text(STARTER, STARTER).split(), ["}"])
        added = STARTER.replace("\tEXERCISE", "\tint a = 0;\n  EXERCISE")
        self.assertEqual(similar.tokens(similar.own_text(added, STARTER)),
                         ["int", "a", "=", "0", ";", "}"])


@unittest.skipUnless(shutil.which("sim_c"), "sim_c is not installed")
class Compare(unittest.TestCase):
    def compare(self, class_, known=()):
        return similar.compare(EXERCISE, class_, STARTER, list(known))

    def test_the_copy_is_found_and_nobody_else(self):
        found = self.compare([("ann", ALONE[0]), ("bob", ALONE[1]),
                              ("cid", ALONE[2]), ("dan", COPY),
                              ("eve", STARTER), ("fay", STARTER),
                              ("gil", ""), ("hal", "")])
        self.assertEqual(named(found), [("ann", "dan")])
        self.assertEqual(found.counts, {"compared": 4, "the starter's": 2,
                                        "not there": 2})

    def test_known_answers_are_not_compared(self):
        found = self.compare([("ann", ALONE[0]), ("dan", COPY)],
                             [ALONE[0].replace("sum", "whole")])
        self.assertEqual(found.counts["a known right answer"], 1)
        self.assertEqual(named(found), [])
        # Both near to the same known answer: no wonder that they are alike.
        found = self.compare([("ann", ALONE[0].replace("1000", "99")),
                              ("dan", COPY)], [ALONE[0]])
        self.assertEqual(found.counts["compared"], 2)
        self.assertEqual(named(found), [])

    def test_short_and_endless_ones(self):
        short = "int\nanswer(int *value, int count)\n{\n\treturn *value;\n}\n"
        endless = short.replace("return", "f(value);\n" * 2000 + "return")
        found = self.compare([("a", short), ("b", short), ("c", endless),
                              ("d", endless)])
        self.assertEqual(found.counts, {"short": 2, "too long": 2})

    def test_what_many_have_is_no_pair(self):
        many = [(f"s{n}", ALONE[0].replace("1000", str(n)))
                for n in range(similar.MANY)]
        found = self.compare(many + [("x", ALONE[1]), ("y", ALONE[1])])
        crowds = similar.crowds_of(found.pairs, similar.AT_LEAST)
        self.assertEqual(crowds, [{student for student, _ in many}])

    def test_where_right_answers_are_alike_nobody_is_named(self):
        found = self.compare([("ann", ALONE[1]), ("dan", ALONE[1])],
                             [ALONE[0], ALONE[0].replace("1000", "99")])
        self.assertEqual(found.counts["compared"], 2)
        self.assertEqual(found.pairs, [])
        self.assertEqual(found.left_out, "right answers are 100 % alike")

    def test_not_with_oneself(self):
        self.assertEqual(named(self.compare(
            [("ann", ALONE[0]), ("ann", COPY), ("bob", ALONE[1])])), [])

    def test_each_exercise_of_the_kit(self):
        """A right attempt and its disguised copy, beside the finished one and
        the other attempts: those are no pair."""
        found, missed, wrong = 0, [], []
        for exercise in kit.exercises():
            known = similar.known_answers(exercise)
            for number, text in enumerate(known[1:], 1):
                others = [(f"other{n}", other)
                          for n, other in enumerate(known) if n != number]
                compared = similar.compare(
                    exercise, [("ann", text), ("dan", disguised(text)),
                               *others], "", [])
                if compared.counts["compared"] < len(others) + 2:
                    continue
                pairs = named(compared)
                if ("ann", "dan") in pairs:
                    found += 1
                else:
                    missed.append(exercise["id"])
                wrong += [(exercise["id"], pair) for pair in pairs
                          if pair != ("ann", "dan")]
        self.assertEqual(wrong, [])
        self.assertGreater(found, 30)
        self.assertLessEqual(len(missed), 3, missed)


HOSTILE = "<script>alert(1)</script>"


@unittest.skipUnless(shutil.which("sim_c"), "sim_c is not installed")
class Class(unittest.TestCase):
    """All of it, on a class that hands in folders of stage 1."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="similar-test.")
        self.addCleanup(shutil.rmtree, self.top)
        self.out = os.path.join(self.top, "out")
        self.starter = os.path.join(self.top, "starter")
        kit.run("sh", os.path.join(kit.TESTS, "tools", "splice.sh"),
                kit.stage_folder(1), self.starter, "--starter", "1")

    def hand_in(self, student, file="", function="", text=""):
        """The starter, with one function replaced."""
        place = os.path.join(self.top, "class", student)
        shutil.copytree(self.starter, place)
        if not text:
            return
        new = os.path.join(self.top, "new.c")
        with open(new, "w", encoding="utf-8") as out:
            out.write(text)
        spliced = kit.run(
            "awk", "-v", "mode=put", "-v", f"name={function}", "-v",
            f"new={new}", "-f",
            os.path.join(kit.TESTS, "tools", "function.awk"),
            os.path.join(place, file))
        with open(os.path.join(place, file), "w", encoding="utf-8") as out:
            out.write(spliced)

    def write_results(self, wrong):
        """{student: tests of 1.9 that fail}"""
        os.makedirs(os.path.join(self.out, "results"))
        for number, (student, tests) in enumerate(wrong.items()):
            result = {"student": student, "stages": {"1": {"exercises": [{
                "id": "1.9", "tests": [{"test": test, "verdict": "wrong"}
                                       for test in tests]}]}}}
            with open(os.path.join(self.out, "results", f"{number}.json"),
                      "w", encoding="utf-8") as file:
                json.dump(result, file)

    def run_it(self, path=None):
        env = dict(os.environ)
        if path is not None:
            env["PATH"] = path
        return subprocess.run(
            [sys.executable, "-B", os.path.join(kit.HERE, "similar.py"),
             os.path.join(self.top, "class"), "--out", self.out,
             "--stages", "1"], capture_output=True, text=True, env=env,
            check=False)

    def outcome(self):
        done = self.run_it()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(os.path.join(self.out, "similar.csv"),
                  encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        with open(os.path.join(self.out, "similar.html"),
                  encoding="utf-8") as file:
            return rows, file.read()

    def test_a_class(self):
        function = "conn_write_file"
        right = similar.known_answers(
            next(one for one in kit.exercises(1) if one["id"] == "1.9"))[1]
        wrong = glob.glob(os.path.join(kit.TESTS, "attempts", "1.9",
                                       "wrong-*.c"))[:3]
        mine = ALONE[0].replace("answer", function)
        self.hand_in("ann", "conn.c", function, mine)
        self.hand_in(HOSTILE.replace("/", "|"), "conn.c", function,
                     disguised(mine).replace("mine", "</pre>" + HOSTILE))
        self.hand_in("right", "conn.c", function, right)
        for path in wrong:
            self.hand_in(os.path.basename(path)[:-2], "conn.c", function,
                         similar.function_of(path, function))
        self.hand_in("left the starter")
        self.hand_in("left it, too")
        rows, page = self.outcome()
        self.assertEqual([(row["exercise"], {row["student"], row["other"]})
                          for row in rows],
                         [("1.9", {"ann", HOSTILE.replace("/", "|")})])
        self.assertIn(similar.EVIDENCE, rows[0])
        self.assertNotIn("<script", page)
        self.assertIn("&lt;/pre&gt;&lt;script", page)
        self.assertIn("Nothing here is evidence by itself", page)
        self.assertIn("there are no results", page)
        self.assertNotRegex(page, r"https?://|<link|<img")
        # The two have a mistake in common that nobody else made.
        self.write_results({"ann": ["rare", "usual"],
                            HOSTILE.replace("/", "|"): ["rare", "usual"],
                            "right": ["usual"]})
        rows, page = self.outcome()
        self.assertEqual(
            [(row["kind"], row["both fail, and few others do"])
             for row in rows],
            [("near the same", "rare"), ("the same unusual mistake", "rare")])

    def test_without_sim_c(self):
        self.hand_in("ann")
        os.mkdir(os.path.join(self.top, "bin"))
        done = self.run_it(os.path.join(self.top, "bin"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt install similarity-tester", done.stderr)


if __name__ == "__main__":
    unittest.main()
