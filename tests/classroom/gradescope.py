"""An autograder for Gradescope: make gradescope [STAGE=1]

    gradescope.py ZIP [--stages 1,2] [--wall SECONDS]

ZIP takes what gradescope-autograders.readthedocs.io asks for, setup.sh and
run_autograder, and the kit that they use. It is for the teacher's eyes only:
the finished stages are in it. In the image that Gradescope makes of it they are
not any more.

Gradescope ends a submission after ten minutes, unless the assignment's settings
allow more: --wall, by default eight minutes for all stages, is for each stage.
"""
import argparse
import os
import stat
import sys
import zipfile

import kit

SECONDS = 480
WHEN = (1980, 1, 1, 0, 0, 0)    # the same kit, the same file
SKIPPED = {"build", "__pycache__", "attempts", "bench", "drills", "fuzz", "lab",
           "hostile"}


def kit_files():
    """Paths in the kit of what building and grading need, sorted."""
    tops = ["tests"] + [os.path.basename(kit.stage_folder(stage))
                        for stage in kit.all_stages()]
    for top in tops:
        for folder, names, files in os.walk(os.path.join(kit.KIT, top)):
            names[:] = sorted(set(names) - SKIPPED)
            for name in sorted(files):
                if not name.startswith(".") and not name.endswith("~"):
                    yield os.path.relpath(os.path.join(folder, name), kit.KIT)


def add(archive, name, data, mode=0o644):
    info = zipfile.ZipInfo(name, WHEN)
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def read(*names):
    with open(os.path.join(kit.KIT, *names), "rb") as file:
        return file.read()


def write(path, stages, wall):
    ready_made = os.path.join(kit.HERE, "ready-made")
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with zipfile.ZipFile(path + ".new", "w") as archive:
        add(archive, "setup.sh", read(ready_made, "gradescope-setup.sh"),
            0o755)
        add(archive, "run_autograder", read(ready_made, "gradescope-run.sh"),
            0o755)
        add(archive, "settings", f"STAGES={','.join(map(str, stages))}\n"
            f"WALL={wall:.0f}\n")
        for name in kit_files():
            add(archive, f"kit/{name}", read(name))
    os.rename(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("zip")
    parser.add_argument("--stages", default="")
    parser.add_argument("--wall", type=float, default=0)
    options = parser.parse_args()
    stages = [int(word) for word in options.stages.replace(",", " ").split()] \
        or kit.all_stages()
    unknown = set(stages) - set(kit.all_stages())
    if unknown:
        parser.exit(2, f"There is no stage {min(unknown)}.\n")
    write(options.zip, stages, options.wall or SECONDS / len(stages))
    points = sum(one["points"] for stage in stages
                 for one in kit.exercises(stage))
    print(f"{options.zip}: {os.path.getsize(options.zip) / 1e6:.1f} MB, for "
          f"stage {', '.join(map(str, stages))}; {points} points.\n"
          "In it lie the answers: keep it from students.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
