"""What the pristine kit has, and its test objects, built once for all.

    kit.py FOLDER STAGE      builds them into FOLDER (see prepare)

A prepared folder holds, for one stage, what a sandbox needs to build and test
a student's files, and nothing of any answer:

    Makefile, *.h, web/*.h   of the stage
    build/                   its objects; of an exercise's file, the starter's
    objects/                 of the tests and the harness
    leash, shim_*.so         the harness's programs
    globals/FILE.o           the names that this object may offer to others
    tests.names              the names that only tests may use
    usual.names              what our own objects use of libc: not suspicious
    exercises.tsv, tests.tsv all exercises; the tests that give points
    notes/                   which lessons there are
"""
import functools
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KIT = os.path.dirname(TESTS)
HERE = os.path.join(TESTS, "classroom")


@functools.lru_cache
def exercises(stage=None):
    """Each as a dict, in the order of the table."""
    names = ("id", "function", "file", "kind", "minutes", "points",
             "milestone", "title", "repair")
    found = []
    with open(os.path.join(TESTS, "exercises.tsv"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                one = dict(zip(names, line.rstrip("\n").split("\t")))
                one["points"] = int(one["points"])
                if stage is None or one["id"].startswith(f"{stage}."):
                    found.append(one)
    return found


def exercise_files(stage):
    """Their names, without doubles, in the order of the exercises."""
    return list(dict.fromkeys(one["file"] for one in exercises(stage)))


def all_stages():
    return sorted({int(one["id"].split(".")[0]) for one in exercises()})


def stage_folder(stage):
    return glob.glob(os.path.join(glob.escape(KIT), f"stage{stage}_*"))[0]


@functools.lru_cache
def stage_files(stage):
    """Name in the stage's folder -> path, of sources, headers, Makefile."""
    top = stage_folder(stage)
    return {os.path.relpath(path, top): path
            for pattern in ("Makefile", "*.[ch]", "web/*.[ch]")
            for path in glob.glob(os.path.join(glob.escape(top), pattern))}


def content_hash(stage):
    """Of everything that a result depends on, besides the submission."""
    digest = hashlib.sha256()
    paths = list(stage_files(stage).values())
    for folder in ("harness", "unit", "system", "faults"):
        paths += glob.glob(os.path.join(glob.escape(TESTS), folder, "*.[ch]"))
    paths += [os.path.join(TESTS, "exercises.tsv"),
              os.path.join(TESTS, "Makefile")]
    paths += [os.path.join(HERE, name) for name in
              ("build.sh", "test.sh", "collect.py", "kit.py", "one.py",
               "sandbox.py")]
    for path in sorted(paths):
        digest.update(os.path.relpath(path, KIT).encode() + b"\0")
        with open(path, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()[:16]


# ---- Preparing ----

def run(*command):
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:4])} ...:\n{done.stdout}{done.stderr}")
    return done.stdout


def names_of(objects, *options):
    """The names that these objects define (or use, or offer: options)."""
    if not objects:
        return set()
    return set(run("nm", "-P", *options, *objects).split("\n")) - {""}


def symbols(objects, *options):
    return {line.split()[0] for line in names_of(objects, *options)
            if not line.endswith(":")}


def write_names(path, names):
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"{name}\n" for name in sorted(names)))


def prepare(place, stage):
    """Builds the folder, elsewhere first: it is there as a whole or not."""
    work = tempfile.mkdtemp(prefix="classroom.")  # make wants no blank in it
    try:
        starter = os.path.join(work, "starter")
        finished = os.path.join(work, "finished")
        stubs = [word for one in exercises(stage)
                 for word in ("--stub", one["id"])]
        run("sh", os.path.join(TESTS, "tools", "splice.sh"),
            stage_folder(stage), starter, *stubs)
        run("sh", os.path.join(TESTS, "tools", "splice.sh"),
            stage_folder(stage), finished)
        run("make", "-s", "-C", TESTS, f"STAGE={stage}",
            f"STAGE_DIR={starter}", f"BUILD={work}/build", "SERVER=",
            "programs")
        run("make", "-s", "-C", finished, "build/server")
        new = os.path.join(work, "new")
        fill(new, stage, starter, finished, os.path.join(work, "build"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        copy = tempfile.mkdtemp(prefix="new.", dir=os.path.dirname(place))
        shutil.copytree(new, copy, dirs_exist_ok=True)
        os.chmod(copy, 0o755)
        try:
            os.rename(copy, place)
        except OSError:             # somebody else was as fast
            shutil.rmtree(copy)
    finally:
        shutil.rmtree(work)


def fill(new, stage, starter, finished, built):
    out = os.path.join(built, f"stage{stage}")
    os.makedirs(os.path.join(new, "objects"))
    os.makedirs(os.path.join(new, "globals"))
    shutil.copytree(starter, new, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("*.c", "*.d", "*.md",
                                                  "server"))
    run("make", "-s", "-C", finished, "build/server")
    own = {os.path.relpath(path, os.path.join(finished, "build")): path
           for path in glob.glob(f"{finished}/build/**/*.o", recursive=True)}
    for name in exercise_files(stage):
        name = name[:-2] + ".o"
        write_names(os.path.join(new, "globals", name.replace("/", ":")),
                    symbols([own[name]], "-g", "--defined-only"))
    tests = []
    for folder in ("unit", "system", "faults", "."):
        tests += sorted(glob.glob(os.path.join(out, folder, "*.o")))
    tests += sorted(glob.glob(os.path.join(built, "harness", "*.o")))
    for number, path in enumerate(tests):
        name = f"{number:02}-{os.path.basename(path)}"
        shutil.copy(path, os.path.join(new, "objects", name))
    for path in [os.path.join(out, "leash")] + glob.glob(f"{out}/*.so"):
        shutil.copy(path, new)
    stage_names = symbols(list(own.values()), "-g", "--defined-only")
    write_names(os.path.join(new, "tests.names"),
                symbols(tests, "-g", "--defined-only") - stage_names -
                {"exercise_under_test", "main"})
    write_names(os.path.join(new, "usual.names"),
                symbols(list(own.values()), "-u") | stage_names)
    scratch = os.path.join(out, "scratch")
    os.makedirs(scratch, exist_ok=True)
    table = os.path.join(TESTS, "exercises.tsv")
    shutil.copy(table, new)
    with open(os.path.join(new, "tests.tsv"), "w", encoding="utf-8") as file:
        file.write(run(os.path.join(out, "run"), "--table", table,
                       "--scratch", scratch, "--kind", "graded", "--list"))
    shutil.rmtree(os.path.join(new, "build", ".d"), ignore_errors=True)


def tests_of(place):
    """The tests that give points, as a prepared folder lists them."""
    with open(os.path.join(place, "tests.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [{"test": row[0], "exercise": row[1], "kind": row[2],
             "of": int(row[3]), "promise": row[5]} for row in rows]


if __name__ == "__main__":
    prepare(sys.argv[1], int(sys.argv[2]))
