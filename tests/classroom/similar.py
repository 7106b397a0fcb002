"""Which submissions look alike: make similar SUBMISSIONS=dir

    similar.py SUBMISSIONS [--out FOLDER] [--stages 1,2] [--at-least PERCENT]

Compares what students wrote of each exercise, function by function, with sim_c
of Debian's package similarity-tester. FOLDER (by default SUBMISSIONS-results)
gets similar.html, to read, and similar.csv. If it holds results of make grade,
mistakes that only a few made and two have in common are listed, too.

What it finds is never evidence by itself: BLIND says what it cannot see. Exit
status: 0, or 2 if sim_c is not installed.
"""
import argparse
import collections
import glob
import itertools
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

import grade
import kit
import one
import policy
import publish
from publish import esc

AT_LEAST = 75       # per cent: a pair that is named
MISTAKE_AT_LEAST = 65
NEARER = 10         # than each of the two is to an answer that is known
USUAL = 60          # where right answers are mostly as near, no pair is named
MANY = 5            # students with near the same: that is no pair any more
SHORT_TOKENS = 30
LONG_TOKENS = 5000  # no exercise's function; sim_c would take for ever
RUN_TOKENS = 10     # what is alike for fewer tokens in a row is chance
SHOWN = 200         # pairs on the page with their text; the others in the CSV

NO_SIM_C = """make similar needs sim_c, which is not installed. On Debian, Ubuntu:
    apt install similarity-tester"""

EVIDENCE = "never evidence by itself: read both, ask both"

BLIND = [
    "It does not know who had it from whom, nor whether both have it from a "
    "third: the lesson, a lecture, a book, a program that writes programs.",
    "Those who worked together as they were allowed to look the same.",
    "It looks at the functions of the exercises alone; helpers that students "
    "added, and a function in a file that was not taken, are not compared.",
    "Who writes the same idea in other statements is not found; who changes "
    "names, layout and comments, or moves a few lines, is.",
    "Names and numbers do not count: two functions may be the same here and "
    "do different things.",
    "Of a function that is there twice (#if) the first is taken.",
    "A function that equals the starter, the finished one or another right "
    "answer of the kit is not compared, and what the starter gives does not "
    "count.",
    f"Short functions (fewer than {SHORT_TOKENS} tokens) are left out, and "
    "exercises whose right answers are mostly alike: the table at the end "
    "says which.",
    f"Where {MANY} or more have near the same they are not named in pairs, "
    "only in that table: it may be what was taught, or a ring.",
]

TOKEN = re.compile(r"""/\*.*?(?:\*/|\Z) | //[^\n]* |
    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' |
    [A-Za-z_]\w* | \.?\d[\w.]* | -> | [^\s\w]""", re.S | re.X)
KEYWORDS = set("""auto break case char const continue default do double else
    enum extern float for goto if inline int long register restrict return
    short signed sizeof static struct switch typedef union unsigned void
    volatile while""".split())


# ---- A function's text ----

def function_of(path, name):
    """As it stands in the file; "" if it is not there."""
    done = subprocess.run(
        ["awk", "-v", "mode=get", "-v", f"name={name}", "-f",
         os.path.join(kit.TESTS, "tools", "function.awk"), path],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return "" if done.returncode else done.stdout.decode("utf-8", "replace")


def squeezed(line):
    return " ".join(line.split())


def body_of(text):
    """Without its head: that is everybody's."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "{" in line:
            return lines[number + 1:]
    return []


def own_text(text, starter):
    """What was written: without the lines that the starter has."""
    given = {squeezed(line) for line in body_of(starter)
             if re.search(r"\w", line)}
    return "\n".join(line for line in body_of(text)
                     if squeezed(line) not in given)


def tokens(text):
    return [word for word in TOKEN.findall(text)
            if not word.startswith(("/*", "//"))]


def normal(words):
    """The same for two that differ just in the names of their variables."""
    names = {}
    found = []
    for before, word, after in zip([""] + words, words, words[1:] + [""]):
        if re.match(r"[a-z_]", word) and word not in KEYWORDS and \
                after != "(" and before not in (".", "->", "struct", "enum"):
            word = names.setdefault(word, f"name{len(names)}")
        found.append(word)
    return tuple(found)


# ---- What the kit has itself ----

def starters(stage, work):
    """{exercise: its function as students get it}"""
    place = os.path.join(work, "starter")
    kit.run("sh", os.path.join(kit.TESTS, "tools", "splice.sh"),
            kit.stage_folder(stage), place, "--starter", str(stage))
    found = {exercise["id"]: function_of(
        os.path.join(place, exercise["file"]), exercise["function"])
        for exercise in kit.exercises(stage)}
    shutil.rmtree(place)
    return found


def known_answers(exercise):
    """The texts of the right ones: the finished one, those of attempts/."""
    stage = int(exercise["id"].split(".")[0])
    paths = [os.path.join(kit.stage_folder(stage), exercise["file"])]
    paths += sorted(glob.glob(os.path.join(
        glob.escape(kit.TESTS), "attempts", exercise["id"], "right-*.c")))
    texts = [function_of(path, exercise["function"]) for path in paths]
    return [text for text in texts if text]


# ---- sim_c ----

def limited():
    resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def likeness(texts):
    """{(i, j): per cent} with i < j, for those that have something in common:
    so much of the one is in the other, the mean of both directions."""
    work = tempfile.mkdtemp(prefix="similar.")
    try:
        for number, text in enumerate(texts):
            with open(os.path.join(work, f"{number}.c"), "w",
                      encoding="utf-8") as file:
                file.write(text + "\n")
        done = subprocess.run(
            ["sim_c", "-p", "-e", "-a", "-s", "-T", "-r", str(RUN_TOKENS),
             "-i"], cwd=work, preexec_fn=limited, text=True,
            input="".join(f"{number}.c\n" for number in range(len(texts))),
            capture_output=True, check=False)
    finally:
        shutil.rmtree(work)
    if done.returncode != 0:
        sys.exit(f"sim_c has failed: {done.stderr.strip()}")
    found = collections.defaultdict(float)
    for first, percent, second in re.findall(
            r"^(\d+)\.c consists for (\d+) % of (\d+)\.c material",
            done.stdout, re.M):
        pair = tuple(sorted((int(first), int(second))))
        found[pair] += int(percent) / 2
    return found


# ---- One exercise ----

class Compared:
    """What came of one exercise."""

    def __init__(self, exercise):
        self.exercise = exercise
        self.counts = collections.Counter()     # why some are not compared
        self.functions = []                     # (student, text, tokens)
        self.pairs = []
        self.left_out = ""
        self.crowds = []                        # of students


class Pair:
    def __init__(self, exercise, first, second, percent, known):
        self.exercise = exercise
        self.students = (first[0], second[0])
        self.texts = (first[1], second[1])
        self.tokens = min(first[2], second[2])
        self.percent = percent
        self.known = known              # how near the one, the other, is to
        self.tests = []                 # a known answer; which rarely failed
                                        # tests both fail

    def is_near(self, at_least):
        return self.percent >= at_least and \
            self.percent >= max(self.known) + NEARER


def sort_out(compared, handed_in, starter, known):
    """What is to be compared; the rest is counted. Returns it as sim_c is to
    see it."""
    known_forms = {normal(tokens(own_text(text, starter))) for text in known}
    texts = []
    for student, text in handed_in:
        own = own_text(text, starter)
        words = tokens(own)
        if not text:
            why = "not there"
        elif not re.search(r"\w", own):
            why = "the starter's"
        elif normal(words) in known_forms:
            why = "a known right answer"
        elif len(words) < SHORT_TOKENS:
            why = "short"
        elif len(words) > LONG_TOKENS:
            why = "too long"
        else:
            why = "compared"
            compared.functions.append((student, text, len(words)))
            texts.append(own)
        compared.counts[why] += 1
    return texts


def middle(values):
    values = list(values)
    return statistics.median(values) if values else 0


def crowds_of(pairs, at_least):
    """Groups of MANY students or more, each near to the next."""
    groups = []
    for pair in pairs:
        if not pair.is_near(at_least):
            continue
        mine = set(pair.students)
        for group in [group for group in groups if group & mine]:
            groups.remove(group)
            mine |= group
        groups.append(mine)
    return [group for group in groups if len(group) >= MANY]


def compare(exercise, handed_in, starter, known):
    """handed_in: (student, text of the function or ""), in any order; of a
    student there may be several."""
    compared = Compared(exercise)
    texts = sort_out(compared, handed_in, starter, known)
    if len({student for student, _, _ in compared.functions}) < 2:
        return compared
    near = likeness(texts + [own_text(text, starter) for text in known])
    count = len(texts)
    level = middle(near.get(pair, 0) for pair in itertools.combinations(
        range(count, count + len(known)), 2))
    if level >= USUAL:
        compared.left_out = f"right answers are {level:.0f} % alike"
        return compared
    to_known = [max([near.get((i, j), 0) for j in
                     range(count, count + len(known))], default=0)
                for i in range(count)]
    best = {}
    for (i, j), percent in near.items():
        if j >= count or percent < MISTAKE_AT_LEAST:
            continue
        first, second = compared.functions[i], compared.functions[j]
        who = (first[0], second[0])
        if who[0] == who[1] or who in best and best[who].percent >= percent:
            continue
        best[who] = Pair(exercise, first, second, percent,
                         (to_known[i], to_known[j]))
    compared.pairs = list(best.values())
    return compared


# ---- The class ----

def functions_of_class(submissions, stages, work):
    """{exercise: [(student, text)]}"""
    found = {exercise["id"]: [] for stage in stages
             for exercise in kit.exercises(stage)}
    for submission in submissions:
        place = tempfile.mkdtemp(dir=work)
        one.collect(submission.path, place, stages)
        for stage in stages:
            for exercise in kit.exercises(stage):
                path = os.path.join(place, f"stage{stage}", exercise["file"])
                text = function_of(path, exercise["function"]) \
                    if os.path.exists(path) else ""
                found[exercise["id"]].append((submission.student, text))
        shutil.rmtree(place)
    return found


def failed_tests(folder):
    """{(exercise, test): students who fail it}, and how many were graded."""
    failed = collections.defaultdict(set)
    students = set()
    if not os.path.isdir(os.path.join(folder, "results")):
        return failed, 0
    for _, result in publish.read_results(folder):
        students.add(result["student"])
        for stage in result["stages"].values():
            for exercise in stage["exercises"]:
                for test in exercise["tests"]:
                    if test["verdict"] == "wrong":
                        failed[exercise["id"], test["test"]].add(
                            result["student"])
    return failed, len(students)


def note_mistakes(pairs, failed, graded):
    """Two students, or one in ten, are few."""
    few = max(2, graded // 10)
    for pair in pairs:
        pair.tests = sorted(
            test for (exercise, test), students in failed.items()
            if exercise == pair.exercise["id"] and len(students) <= few and
            students.issuperset(pair.students))


# ---- What is written ----

HEADER = ["kind", "exercise", "function", "student", "other", "percent",
          "nearest known answer", "the other's", "tokens",
          "both fail, and few others do", EVIDENCE]


def row(kind, pair):
    return [kind, pair.exercise["id"], pair.exercise["function"],
            *pair.students, round(pair.percent),
            *(round(percent) for percent in pair.known), pair.tokens,
            " ".join(pair.tests), EVIDENCE]


def pair_html(number, pair, with_text):
    tests = "".join(f"<br>both fail <code>{esc(test)}</code>"
                    for test in pair.tests)
    words = (f"<td class=n>{number}<td class=n>{pair.percent:.0f} %"
             f"<td>{esc(pair.exercise['id'])} <code>"
             f"{esc(pair.exercise['function'])}()</code>{tests}"
             f"<td>{esc(pair.students[0])}<td>{esc(pair.students[1])}"
             f"<td class=n>{pair.known[0]:.0f} %, {pair.known[1]:.0f} %"
             f"<td class=n>{pair.tokens}")
    if with_text:
        sides = "".join(f"<td><b>{esc(student)}</b><pre>{esc(text)}</pre>"
                        for student, text in zip(pair.students, pair.texts))
        words += ("<tr><td><td colspan=6><details><summary>both, side by side"
                  f"</summary><table><tr>{sides}</table></details>")
    return f"<tr>{words}"


def pairs_html(pairs):
    if not pairs:
        return "<p>None.</p>"
    rows = "".join(pair_html(number, pair, number <= SHOWN)
                   for number, pair in enumerate(pairs, 1))
    return ("<div class=wide><table><thead><tr><th><th class=n>alike"
            "<th>exercise<th>student<th>other<th class=n>nearest known answer"
            f"<th class=n>tokens</thead>{rows}</table></div>")


def exercise_html(compared):
    words = [compared.left_out] if compared.left_out else []
    words += [f"{len(crowd)} have near the same: " + ", ".join(sorted(crowd))
              for crowd in compared.crowds]
    why = ("short", "too long", "a known right answer", "the starter's",
           "not there")
    cells = "".join(f"<td class=n>{compared.counts[name] or ''}"
                    for name in ("compared", *why))
    return (f"<tr><td>{esc(compared.exercise['id'])} <code>"
            f"{esc(compared.exercise['function'])}()</code>{cells}"
            f"<td>{esc('; '.join(words))}")


def similar_page(near, mistakes, all_compared, at_least, graded):
    blind = "".join(f"<li>{esc(line)}" for line in BLIND)
    shared = pairs_html(mistakes) if graded else \
        "<p>Not looked for: there are no results of <code>make grade</code> " \
        "in this folder.</p>"
    exercises = "".join(exercise_html(one) for one in all_compared)
    return publish.page("Similar work", f"""
<h1>Similar work</h1>
<div class=warn><p><b>Nothing here is evidence by itself.</b> A line is a
reason to read two functions side by side and to ask both students how theirs
works; nothing more. What it cannot see:</p><ul>{blind}</ul></div>
<h2>Near the same</h2>
<p>At least {at_least:.0f} % of the tokens of the two are alike, in runs of
{RUN_TOKENS} or more, and each is at least {NEARER} % nearer to the other than
to any right answer that the kit knows.</p>
{pairs_html(near)}
<h2>The same unusual mistake</h2>
<p>Both fail a test of the exercise that hardly anybody else fails, and at
least {MISTAKE_AT_LEAST} % are alike.</p>
{shared}
<h2>What was compared</h2>
<div class=wide><table><thead><tr><th>exercise<th class=n>compared
<th class=n>short<th class=n>too long<th class=n>a known right answer
<th class=n>the starter's<th class=n>not there<th>not named</thead>
{exercises}</table></div>
""")


def by_rank(pair):
    return (-pair.percent, -pair.tokens, pair.exercise["id"], pair.students)


def report(folder, all_compared, at_least):
    """Writes both files; returns the pairs of each kind."""
    for compared in all_compared:
        compared.crowds = crowds_of(compared.pairs, at_least)
    pairs = [pair for compared in all_compared for pair in compared.pairs
             if not any(crowd.intersection(pair.students)
                        for crowd in compared.crowds)]
    failed, graded = failed_tests(folder)
    note_mistakes(pairs, failed, graded)
    near = sorted((pair for pair in pairs if pair.is_near(at_least)),
                  key=by_rank)
    mistakes = sorted((pair for pair in pairs if pair.tests), key=by_rank)
    policy.write_csv(os.path.join(folder, "similar.csv"), HEADER,
                     [row("near the same", pair) for pair in near] +
                     [row("the same unusual mistake", pair)
                      for pair in mistakes])
    publish.write(os.path.join(folder, "similar.html"),
                  similar_page(near, mistakes, all_compared, at_least,
                               graded))
    return near, mistakes


def read_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("submissions")
    parser.add_argument("--out", default="")
    parser.add_argument("--stages", default="")
    parser.add_argument("--at-least", type=float, default=AT_LEAST)
    options = parser.parse_args()
    options.submissions = os.path.abspath(options.submissions)
    if not os.path.isdir(options.submissions):
        parser.exit(2, f"{options.submissions} is no folder\n")
    options.out = os.path.abspath(
        options.out or options.submissions.rstrip("/") + "-results")
    return options


def main():
    options = read_options()
    if not shutil.which("sim_c"):
        print(NO_SIM_C, file=sys.stderr)
        return 2
    submissions = grade.submissions_in(options.submissions)
    if not submissions:
        sys.exit(f"There is no submission in {options.submissions}.")
    stages = grade.choose_stages(options, submissions)
    work = tempfile.mkdtemp(prefix="similar.")
    try:
        functions = functions_of_class(submissions, stages, work)
        all_compared = []
        for stage in stages:
            given = starters(stage, work)
            for exercise in kit.exercises(stage):
                name = exercise["id"]
                all_compared.append(compare(
                    exercise, functions[name], given[name],
                    known_answers(exercise)))
    finally:
        shutil.rmtree(work)
    os.makedirs(options.out, exist_ok=True)
    near, mistakes = report(options.out, all_compared, options.at_least)
    print(f"{len(near)} pairs near the same, {len(mistakes)} with the same "
          f"unusual mistake: {options.out}/similar.html\n"
          "None of that is evidence by itself.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
