"""An exam: for each student two broken servers, and one with a new contract.

    exam.py make SEED --students FILE | --count N [--seen "7 12"]
    exam.py check SEED SUBMISSIONS

make: build/exam-SEED/STUDENT/ is what a student gets, SHEET.md in it says what
to do; build/exam-SEED-key/ says who has got what, and the answers. The same
seed, list and --seen give the same exam. FILE is a CSV with a line of titles;
its first column is the id, and its order is the order they sit in: neighbours
have nothing in common. --seen: drills that the class has had. Neither folder
may be there yet.

check: SUBMISSIONS holds a folder or an archive for each student, named as the
one they got. Everything is built and run in the classroom's sandbox. Says for
each student what is repaired and whether the contract is met, and writes it to
build/exam-SEED-key/checked.csv.

What a student gets must not give itself away: no server there has the right
function of another one's mistake. So the mistake of server1 is in the others,
too, where they have that function: it must be one that lets the server serve,
and does not look like another one's symptom (so not each drill is in FIRST).
And server2's functions exist in later stages only than server1's and server3's.
"""
import argparse
import csv
import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "classroom"))

import collect                  # noqa: E402
import grade                    # noqa: E402
import kit                      # noqa: E402
import one                      # noqa: E402
import policy                   # noqa: E402
import sandbox                  # noqa: E402
from similar import function_of     # noqa: E402

FIRST = [3, 5, 6, 7, 8, 11, 12]             # drills, of stages 1 and 2
SECOND = [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]       # of 3 and 4
# Who has the first does not get the other: it would look broken for ever; a
# right answer to it might not work.
CLASHES = {(3, 17), (7, "first-wait")}
CONTRACT_STAGE = 1
FILE_TIME = 1_577_836_800   # of all files: when one was written tells nothing
WIDTH = 76
FILES_MAX = 100             # of one server that is handed in; ours have 40
CHECK_SECONDS = 600         # for one server, at most
SENTENCES = 5               # on why a contract is not met


class Drill:
    """A line of drills.tsv, and the exercise that it breaks."""

    def __init__(self, line):
        columns = line.rstrip("\n").split("\t")
        self.number, self.stage = int(columns[0]), int(columns[1])
        self.symptom, self.see, self.tools = columns[3:]
        self.attempt = os.path.join(kit.TESTS, "attempts", columns[2])
        self.exercise = next(found for found in kit.exercises()
                             if found["id"] == columns[2].split("/")[0])

    def right_function(self):
        return self.function_in(kit.stage_folder(self.stage))

    def function_in(self, folder):
        path = os.path.join(folder, self.exercise["file"])
        return function_of(path, self.exercise["function"]) \
            if os.path.exists(path) else ""


@functools.lru_cache
def drills():
    """{number: Drill}"""
    with open(os.path.join(kit.TESTS, "drills.tsv"), encoding="utf-8") as file:
        found = [Drill(line) for line in file if line[:1].isdigit()]
    return {drill.number: drill for drill in found}


def contracts():
    """Their names; NAME.md says what is asked, NAME.patch does it."""
    return sorted(name[:-3] for name in
                  os.listdir(os.path.join(HERE, "contracts"))
                  if name.endswith(".md"))


def read(*names):
    with open(os.path.join(*names), encoding="utf-8") as file:
        return file.read()


# ---- Who gets what ----

class Paper:
    """One student's."""

    def __init__(self, student, folder, first, second, contract):
        self.student, self.folder = student, folder
        self.drills = (drills()[first], drills()[second])
        self.contract = contract


def pick(seed, what, student, choices):
    """By chance, but always the same."""
    def rank(choice):
        text = f"{seed}\0{what}\0{student}\0{choice}"
        return hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return min(choices, key=rank)


def others(choices, before, first=None):
    """Not what the neighbour has, nor what does not go with the first."""
    return [choice for choice in choices
            if choice not in before and (first, choice) not in CLASHES]


def papers(seed, students, seen=()):
    firsts = [number for number in FIRST if number not in seen]
    seconds = [number for number in SECOND if number not in seen]
    if len(firsts) < 2 or len(seconds) < 3:
        sys.exit("Too many drills have been seen: two of "
                 f"{FIRST} and three of {SECOND} must be left.")
    found = []
    folders = set()
    before = ()
    for student in students:
        folder = folder_of(student)
        if folder in folders:
            sys.exit(f"The id \"{folder}\" is in the list twice.")
        folders.add(folder)
        first = pick(seed, "first", student, others(firsts, before))
        before = (first,
                  pick(seed, "second", student,
                       others(seconds, before, first)),
                  pick(seed, "contract", student,
                       others(contracts(), before, first)))
        found.append(Paper(student, folder, *before))
    return found


def folder_of(student):
    """The name of a student's folder."""
    name = grade.file_name(collect.printable(student)).strip()
    if not name or name.startswith("."):
        sys.exit(f"An id in the list is \"{name}\": it must not be empty, nor "
                 "begin with a dot.")
    return name


# ---- What a student gets ----

def bodies(stage, mistakes):
    """splice.sh's options: the mistakes in those functions that the stage
    has; what is there by that name and is another function stays."""
    found = []
    for drill in mistakes:
        if drill.function_in(kit.stage_folder(stage)) == \
                drill.right_function():
            found += ["--body", drill.attempt]
    return found


@functools.lru_cache(maxsize=None)
def tree(scratch, stage, mistakes):
    """A server with these mistakes; made once."""
    place = tempfile.mkdtemp(dir=scratch)
    kit.run("sh", os.path.join(kit.TESTS, "tools", "splice.sh"),
            kit.stage_folder(stage), place, *bodies(stage, mistakes))
    os.unlink(os.path.join(place, "README.md"))
    return place


def wrapped(text):
    return textwrap.fill(text, WIDTH)


def drill_words(number, drill):
    see = textwrap.indent(drill.see.replace("@@", "\n"), "    ")
    return f"""## {number}. `server{number}` is broken

{wrapped(drill.symptom)}

See it (bash, in its folder):

    make
{see}

Find out why, and repair it. These may help:

{textwrap.indent(wrapped(drill.tools), "    ")}
"""


def sheet(paper):
    first, second = paper.drills
    text = read(HERE, "contracts", paper.contract + ".md").strip()
    return f"""# Exam: {collect.printable(paper.student)}

Three servers, each in a folder of its own. `make` builds one, `build/server`
is it; `build/server -h` says its options. What a function has to do stands in
the comment above it, and in the header.

Hand in this whole folder, with what you have changed. Write into `FOUND.md`, in
a sentence or two for each of the first two, what showed you where it is.

{drill_words(1, first)}
{drill_words(2, second)}
The mistake of `server1` may be in the other two as well. It counts in `server1`
only.

## 3. `server3` gets another contract

{text}

All else stays as it is.
"""


def write(text, *names):
    with open(os.path.join(*names), "w", encoding="utf-8",
              errors="replace") as file:
        file.write(text)


def write_paper(paper, out, scratch):
    first, second = paper.drills
    place = os.path.join(out, paper.folder)
    os.mkdir(place)
    for number, stage, mistakes in ((1, first.stage, (first,)),
                                    (2, second.stage, (first, second)),
                                    (3, CONTRACT_STAGE, (first,))):
        shutil.copytree(tree(scratch, stage, mistakes),
                        os.path.join(place, f"server{number}"))
    write(sheet(paper), place, "SHEET.md")
    for folder, names, files in os.walk(place):
        for name in names + files:
            os.utime(os.path.join(folder, name), (FILE_TIME, FILE_TIME))


# ---- The key ----

def answer_of(drill):
    """Its part of teaching-answers.md."""
    text = read(kit.KIT, "notes", "teaching-answers.md")
    match = re.search(rf"^#### {drill.number}\. .*?(?=^###)", text,
                      re.M | re.S)
    return match.group(0).strip() if match else f"#### {drill.number}."


def key_page(seed, all_papers):
    rows = "".join(
        f"| {collect.printable(paper.student).replace('|', '/')} | "
        f"{paper.drills[0].number} ({paper.drills[0].exercise['id']}) | "
        f"{paper.drills[1].number} ({paper.drills[1].exercise['id']}) | "
        f"{paper.contract} |\n" for paper in all_papers)
    used = sorted({drill.number for paper in all_papers
                   for drill in paper.drills})
    answers = "\n\n".join(answer_of(drills()[number]) for number in used)
    asked = "\n\n".join(
        f"#### {name}\n\n" + read(HERE, "contracts", name + ".md").strip() +
        f"\n\nOne way to do it: `{name}.patch`."
        for name in sorted({paper.contract for paper in all_papers}))
    return f"""# Key to the exam {seed}

Not for students. To check what they hand in, each in a folder or an archive
named as the one they got:

    make exam-check SEED={seed} SUBMISSIONS=dir

That says whether server1 and server2 are repaired (the tests of the exercise
that is in the table below pass) and whether server3 meets its contract
(tests/exam/contract.py). What they write in FOUND.md is for you to read.

| student | server1: drill (exercise) | server2 | server3: contract |
|---|---|---|---|
{rows}
### The mistakes

{answers}

### The contracts

{asked}
"""


def write_key(seed, all_papers, key):
    policy.write_csv(
        os.path.join(key, "key.csv"),
        ["student", "folder", "server1", "server2", "server3"],
        [[paper.student, paper.folder, paper.drills[0].number,
          paper.drills[1].number, paper.contract] for paper in all_papers])
    write(key_page(seed, all_papers), key, "KEY.md")
    for name in {paper.contract for paper in all_papers}:
        shutil.copy(os.path.join(HERE, "contracts", name + ".patch"), key)


def make(seed, students, seen, out):
    key = out + "-key"
    for place in (out, key):
        if os.path.exists(place):
            sys.exit(f"{place} is there already. To make that exam again "
                     "remove it first.")
    all_papers = papers(seed, students, seen)
    scratch = tempfile.mkdtemp(prefix="exam.")
    try:
        os.makedirs(out)
        os.mkdir(key, 0o700)
        for paper in all_papers:
            write_paper(paper, out, scratch)
        write_key(seed, all_papers, key)
    except BaseException:       # all of it, or nothing
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(key, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(scratch)
    print(f"{len(all_papers)} students, from {all_papers[0].folder} to "
          f"{all_papers[-1].folder}: {out}, a folder each.\n"
          f"The key, not for them: {key}/KEY.md")


# ---- What was handed in ----

def take(path, work):
    """Copies the sources of server1 to server3; no link is followed. Returns
    what was odd."""
    notes = []
    try:
        entries = collect.entries_of(path, notes)
    except Exception as error:      # broken, or made to break us
        return [f"it cannot be read: {collect.printable(str(error))}"]
    for server in ("server1", "server2", "server3"):
        copy_server(server, entries, work, notes)
    return [collect.printable(note) for note in collect.shortened(notes)]


def copy_server(server, entries, work, notes):
    """From however deep inside; of several folders of that name, the one that
    is least deep."""
    inside = re.compile(rf"((?:.*?/)??{server}/)(.+\.[ch]|Makefile)")
    folders = {}
    for entry in entries:
        match = inside.fullmatch(entry.path)
        if match:
            folders.setdefault(match.group(1), []).append(
                (match.group(2), entry))
    if not folders:
        return
    chosen = min(folders, key=lambda folder: (folder.count("/"), folder))
    if len(folders) > 1:
        notes.append(f"{server} is there more than once: {chosen} was taken")
    if len(folders[chosen]) > FILES_MAX:
        notes.append(f"{chosen} has more than {FILES_MAX} files: the rest was "
                     "not taken")
    for name, entry in folders[chosen][:FILES_MAX]:
        data = collect.take(entry, entry.path, notes)
        if data is None:
            continue
        try:
            target = os.path.join(work, server, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(data)
        except (OSError, ValueError) as error:  # no name for a file
            notes.append(f"{entry.path}: not taken: {error}")


def is_repaired(kind, folder, drill, prepared, work):
    """Do the tests of what was broken pass? And words, if not."""
    stage, exercise = drill.stage, drill.exercise["id"]
    places = {name: os.path.join(work, name)
              for name in ("taken", "out", "scratch")}
    for place in places.values():
        os.makedirs(place)
    collected = one.collect(folder, places["taken"], [stage])
    if not collected["stages"].get(str(stage), {}).get("taken"):
        return False, "nothing was handed in"
    files, why, _ = one.build(
        kind, stage, prepared,
        os.path.join(places["taken"], f"stage{stage}"), places["out"],
        places["scratch"])
    state = files.get(drill.exercise["file"], ("missing", ""))[0]
    if why or state != "built":
        return False, why or state
    found, _, outcome = one.run_tests(
        kind, prepared, places["out"], places["scratch"],
        f"--exercise {exercise}", CHECK_SECONDS)
    failed = [test["test"] for test in kit.tests_of(prepared)
              if test["exercise"] == exercise and
              found.get(test["test"], {}).get("verdict", "not run") not in
              ("passed", "not checked")]
    return not failed, " ".join(failed) or outcome.over


def is_met(kind, folder, contract):
    """Is the contract met? And what contract.py says, if not."""
    rules = tempfile.mkdtemp(prefix="exam.")
    try:
        os.chmod(rules, 0o755)
        shutil.copy(os.path.join(HERE, "contract.py"), rules)
        os.makedirs(folder, exist_ok=True)
        readable, names = one.places(kind, rules=rules)
        writable, more = one.places(kind, server=folder)
        env = one.environment(**names, **more)
        outcome = sandbox.run(
            kind, ["python3", "-B", f"{env['RULES']}/contract.py", "--build",
                   contract, env["SERVER"]],
            sandbox.Limits(wall=CHECK_SECONDS), readable, writable, env)
    finally:
        shutil.rmtree(rules)
    found = outcome.witness.decode("utf-8", "replace").splitlines()
    if found == ["met"]:
        return True, ""
    if not found:               # it did not compile, or took all of its time
        found = [line for line in outcome.said.decode(
            "utf-8", "replace").splitlines() if "rror" in line]
    return False, outcome.over or collect.printable("; ".join(
        found[:SENTENCES]))


def check_one(kind, path, row, prepared):
    """A line of checked.csv for one student."""
    work = tempfile.mkdtemp(prefix="exam.")
    try:
        os.chmod(work, 0o755)
        notes = take(path, work)
        cells = []
        for number in (1, 2):
            drill = drills()[int(row[f"server{number}"])]
            cells += is_repaired(
                kind, os.path.join(work, f"server{number}"), drill,
                os.path.join(prepared, str(drill.stage)),
                os.path.join(work, f"work{number}"))
        cells += is_met(kind, os.path.join(work, "server3"), row["server3"])
        return [*cells, "; ".join(notes)]
    finally:
        shutil.rmtree(work, ignore_errors=True)


CHECKED = ["student", "server1", "why not", "server2", "why not", "server3",
           "why not", "odd"]


def said(student, line):
    return (f"{student}: server1 {'' if line[0] else 'not '}repaired, server2 "
            f"{'' if line[2] else 'not '}repaired, contract "
            f"{'' if line[4] else 'not '}met")


def write_checked(key, table, missing):
    policy.write_csv(
        os.path.join(key, "checked.csv"), CHECKED,
        table + [[name, "no", "", "no", "", "no", "", "nothing was handed in"]
                 for name in missing])


def prepare(rows, key, work):
    """What the tests of these servers need (kit.py), where all may read it."""
    stages = sorted({drills()[int(row[name])].stage for row in rows
                     for name in ("server1", "server2")})
    place = os.path.join(work, "prepared")
    shutil.copytree(grade.prepare(stages, key), place)
    return place


def check(submissions, key):
    kind, words = sandbox.choose()
    if not kind:
        sys.exit(f"No sandbox, so nothing was checked: {words}.\n"
                 "UNSAFE=1 checks without one; do that only in a machine that "
                 "holds\nnothing of value.")
    rows = {row["folder"].removeprefix("'"): row
            for row in policy.read_csv(os.path.join(key, "key.csv"))}
    if not rows:
        sys.exit(f"There is no {key}/key.csv: is it this seed, and was the "
                 "exam made\nhere? The same seed and list make it again.")
    work = tempfile.mkdtemp(prefix="exam.")     # the key's folder is closed
    try:
        os.chmod(work, 0o755)
        prepared = prepare(rows.values(), key, work)
        table = []
        for submission in grade.submissions_in(submissions):
            row = rows.pop(submission.key, None)
            if row is None:
                print(f"{submission.key}: nobody has got an exam of that name")
                continue
            line = check_one(kind, submission.path, row, prepared)
            print(said(submission.key, line), flush=True)
            table.append([submission.key] + [
                {True: "yes", False: "no"}.get(cell, cell) for cell in line])
            write_checked(key, table, rows)
    finally:
        shutil.rmtree(work)
    write_checked(key, table, rows)
    for name in rows:
        print(f"{name}: nothing was handed in")
    print(f"Why not: {key}/checked.csv")


# ---- ----

def read_list(path):
    """The first column, without its title. The list is the teacher's."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(row)]
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    except UnicodeError:
        sys.exit(f"{path} is not in UTF-8. A spreadsheet can save it as \"CSV "
                 "UTF-8\".")
    except csv.Error as error:
        sys.exit(f"{path}: {error}")
    return [row[0].strip() for row in rows[1:]]


def students_of(options):
    if options.students:
        return read_list(options.students)
    width = len(str(options.count))
    return [f"{number:0{width}}" for number in range(1, options.count + 1)]


def read_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("make", "check"))
    parser.add_argument("seed")
    parser.add_argument("submissions", nargs="?", default="")
    parser.add_argument("--students", default="")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seen", default="")
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    if not re.fullmatch(r"[\w-]+", options.seed):
        parser.exit(2, "Which seed? A word or a number, such as SEED=7\n")
    if re.search(r"[^\d\s,]", options.seen):
        parser.exit(2, "Which drills have been seen? Their numbers: "
                    "SEEN=\"3 20\"\n")
    options.seen = [int(number) for number in re.findall(r"\d+", options.seen)]
    if options.what == "check" and not os.path.isdir(options.submissions):
        parser.exit(2, "Which folder? make exam-check SEED=7 "
                    "SUBMISSIONS=dir\n")
    options.out = os.path.abspath(options.out or os.path.join(
        kit.KIT, "build", f"exam-{options.seed}"))
    return options


def main():
    options = read_options()
    if options.what == "check":
        try:
            check(os.path.abspath(options.submissions), options.out + "-key")
        except policy.Wrong as error:
            sys.exit(str(error))
        return 0
    students = students_of(options)
    if not students:
        sys.exit("For whom? make exam SEED=7 STUDENTS=students.csv, or N=20")
    make(options.seed, students, options.seen, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
