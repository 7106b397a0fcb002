"""Take the files of the exercises out of what a student handed in.

    collect.py SUBMISSION OUT STAGE...

A submission is a folder or an archive (tar, tar.gz, tar.bz2, tar.xz, zip) of a
lab or of one stage, however deep inside. For each stage, the files that hold
its exercises are copied to OUT/stageN/, and OUT/collected.json says what was
taken, what was not, and why. Nothing else of the submission is ever used.

Nothing in a submission is trusted: no link is followed, nothing is unpacked,
and what is read is limited in size, number and depth.
"""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

import kit

FILE_BYTES = 256 << 10      # of one source file; the largest of ours has 20 K
ARCHIVE_BYTES = 256 << 20   # of an archive, unpacked
ENTRIES = 20_000
DEPTH = 12
NOTES = 40
CPU_SECONDS = 60
MEMORY = 1 << 30

SKIPPED = {"build", ".git", "__MACOSX", "node_modules", ".vscode", "tests"}
SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar",
            ".zip")


class Unreadable(Exception):
    """The submission as a whole cannot be taken; says why."""


def printable(text):
    """Text that any file or page can hold: no control characters, UTF-8."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "?" for c in text)


def size_text(size):
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}"
        size /= 1000


class Entry:
    """One file of a submission: a regular one, or why it is none."""

    def __init__(self, path, size=0, read=None, odd=None, modified=0):
        self.path = path            # "folder/pool.c"
        self.size = size
        self.read = read            # gives at most FILE_BYTES + 1 bytes
        self.odd = odd              # "a symbolic link"
        self.modified = modified


# ---- Folders ----

def kind_of(mode):
    for test, name in ((stat.S_ISLNK, "a symbolic link"),
                       (stat.S_ISFIFO, "a FIFO"),
                       (stat.S_ISSOCK, "a socket"),
                       (stat.S_ISBLK, "a device"),
                       (stat.S_ISCHR, "a device")):
        if test(mode):
            return name
    return None


def read_file(path):
    """At most FILE_BYTES + 1 bytes of a regular file, through no link."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise Unreadable("it is no regular file")
        return file.read(FILE_BYTES + 1)


def of_folder(top, notes):
    found = []
    todo = [("", 0)]
    while todo:
        folder, depth = todo.pop()
        try:
            entries = sorted(os.scandir(os.path.join(top, folder)),
                             key=lambda entry: entry.name)
        except OSError as error:
            notes.append(f"{folder}/: {error.strerror}")
            continue
        for entry in entries:
            path = os.path.join(folder, entry.name)
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                if entry.name in SKIPPED:
                    continue
                if depth == DEPTH:
                    notes.append(f"{path}/ lies too deep: not looked into")
                else:
                    todo.append((path, depth + 1))
                continue
            if len(found) == ENTRIES:
                notes.append(f"more than {ENTRIES} files: the rest was not "
                             "looked at")
                return found
            full = os.path.join(top, path)
            found.append(Entry(path, status.st_size,
                               lambda full=full: read_file(full),
                               kind_of(status.st_mode), status.st_mtime))
    return found


# ---- Archives ----

class Limited(io.RawIOBase):
    """A stream that ends with Unreadable where a bomb begins."""

    def __init__(self, stream):
        self.stream = stream
        self.left = ARCHIVE_BYTES

    def readable(self):
        return True

    def read(self, size=-1):
        if size is None or size < 0:
            size = 1 << 16
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise Unreadable("unpacked it has more than "
                             f"{size_text(ARCHIVE_BYTES)}")
        return data


def clean_path(name, notes):
    """The path inside the archive, or None if it leads out of it."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts:
        notes.append(f"{name} leads out of the archive: not taken")
        return None
    if SKIPPED.intersection(parts) or len(parts) > DEPTH + 1:
        return None
    return "/".join(parts)


def of_tar(path, notes):
    openers = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
    with open(path, "rb") as file:
        magic = file.read(6)
    kind = ("gz" if magic[:2] == b"\x1f\x8b" else
            "bz2" if magic[:3] == b"BZh" else
            "xz" if magic == b"\xfd7zXZ\0" else None)
    stream = openers[kind](path, "rb") if kind else open(path, "rb")
    found = {}
    with stream, tarfile.open(fileobj=Limited(stream), mode="r|",
                              bufsize=512) as archive:
        for number, member in enumerate(archive):
            if number == ENTRIES:
                notes.append(f"more than {ENTRIES} files: the rest was not "
                             "looked at")
                break
            if member.isdir():
                continue
            name = clean_path(member.name, notes)
            if name is None:
                continue
            odd = ("a symbolic link" if member.issym() else
                   "a link" if member.islnk() else
                   None if member.isreg() else "no regular file")
            data = b""
            if odd is None and member.size <= FILE_BYTES and \
                    name.endswith((".c", ".h", "Makefile", ".C", ".H")):
                data = archive.extractfile(member).read(FILE_BYTES + 1)
            found[name] = Entry(name, member.size, lambda data=data: data,
                                odd, member.mtime)
            archive.members = []
    return list(found.values())


def of_zip(path, notes):
    archive = zipfile.ZipFile(path)
    found = {}

    def read(info):
        with archive.open(info) as file:
            return file.read(FILE_BYTES + 1)

    if len(archive.infolist()) > ENTRIES:
        raise Unreadable(f"it has more than {ENTRIES} files")
    for info in archive.infolist():
        if info.is_dir():
            continue
        name = clean_path(info.filename, notes)
        if name is None:
            continue
        odd = kind_of(info.external_attr >> 16)
        if info.flag_bits & 1:
            odd = "encrypted"
        try:
            modified = time.mktime(info.date_time + (0, 0, -1))
        except (ValueError, OverflowError):
            modified = 0
        found[name] = Entry(name, info.file_size,
                            lambda info=info: read(info), odd, modified)
    return list(found.values())


def entries_of(path, notes):
    status = os.lstat(path)
    if stat.S_ISDIR(status.st_mode):
        return of_folder(path, notes)
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(f"it is {kind_of(status.st_mode)}")
    if status.st_size == 0:
        raise Unreadable("it is empty")
    if status.st_size > ARCHIVE_BYTES:
        raise Unreadable(f"it has {size_text(status.st_size)}")
    if zipfile.is_zipfile(path):
        return of_zip(path, notes)
    if not path.lower().endswith(SUFFIXES):
        raise Unreadable("it is no folder, .tar.gz or .zip")
    return of_tar(path, notes)


# ---- Which folder is the stage ----

def stage_of_name(folder):
    match = re.match(r"stage([1-9])(?![0-9])", os.path.basename(folder))
    return int(match.group(1)) if match else None


def stage_of_makefile(folder, files):
    makefile = files.get(os.path.join(folder, "Makefile"))
    if makefile is None or makefile.odd or makefile.size > FILE_BYTES:
        return None
    match = re.search(rb"^STAGE\s*:?=\s*([1-9])\s*$", makefile.read(), re.M)
    return int(match.group(1)) if match else None


def find_stage(stage, wanted, files, notes):
    """The folder with most of the wanted files that is no other stage's."""
    folders = {}
    others = set()
    for path in files:
        folder, name = os.path.split(path)
        if name.lower() in wanted:
            folders.setdefault(folder, set()).add(name.lower())
    ranked = []
    for folder, names in folders.items():
        is_named = stage_of_name(folder)
        number = is_named or stage_of_makefile(folder, files)
        if number is not None and number != stage:
            others.add(number)
            continue
        ranked.append((number != stage, -len(names), folder.count("/"),
                       folder))
    ranked.sort()
    if not ranked:
        there = ", ".join(str(number) for number in sorted(others))
        notes.append(f"no folder of stage {stage} was found" +
                     (f"; there is one of stage {there}" if there else ""))
        return None
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        notes.append(f"two folders look like stage {stage}: "
                     f"{ranked[0][3] or '.'}/ was taken, "
                     f"{ranked[1][3] or '.'}/ was not")
    return ranked[0][3]


# ---- What is taken ----

def as_source(data, notes, name):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.append(f"{name} is in UTF-16: it was turned into UTF-8")
        data = data.decode("utf-16", "replace").encode()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if b"\r" in data:
        notes.append(f"{name} has the line ends of Windows: they were changed")
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def take(entry, name, notes):
    """The file's bytes; or None, and the reason is noted."""
    if entry.odd:
        why = f"is {entry.odd}"
    elif entry.size > FILE_BYTES:
        why = f"has {size_text(entry.size)}; a source file has at most " + \
            size_text(FILE_BYTES)
    else:
        try:
            data = entry.read()
        except Unreadable as error:
            why = str(error)
        except Exception as error:      # whatever a broken archive leads to
            why = f"cannot be read: {error}"
        else:
            if len(data) > FILE_BYTES:
                why = "is larger than it says"
            elif not data.strip():
                why = "is empty"
            else:
                return as_source(data, notes, name)
    notes.append(f"{name} {why}: not taken")
    return None


def note_what_is_not_taken(stage, folder, files, notes):
    """Changes elsewhere, which the student may have counted upon."""
    pristine = kit.stage_files(stage)
    exercises = kit.exercise_files(stage)
    for path, entry in sorted(files.items()):
        name = os.path.relpath(path, folder or ".")
        if name.startswith("..") or name in exercises or entry.odd or \
                name.lower() in exercises or not \
                name.endswith((".c", ".h", "Makefile")) or \
                entry.size > FILE_BYTES or name == "exercise.h":
            continue
        if name not in pristine:
            if "/" not in name:
                notes.append(f"{name} is no file of an exercise: not taken")
            continue
        try:
            data = entry.read().replace(b"\r\n", b"\n")
        except Exception:               # it would not have been taken anyway
            continue
        with open(pristine[name], "rb") as file:
            if file.read() != data:
                notes.append(f"{name} differs from the kit's, which is used")


def collect_stage(stage, files, out):
    notes = []
    taken = {}
    newest = 0
    wanted = kit.exercise_files(stage)
    folder = find_stage(stage, wanted, files, notes)
    for name in wanted if folder is not None else ():
        entry = files.get(os.path.join(folder, name))
        if entry is None:
            alike = [path for path in files
                     if path.lower() == os.path.join(folder, name).lower()
                     or (os.path.dirname(path) == folder and
                         os.path.basename(path).lower() == name)]
            if len(alike) != 1:
                notes.append(f"{name} is missing")
                continue
            notes.append(f"{alike[0]} was taken for {name}")
            entry = files[alike[0]]
        data = take(entry, name, notes)
        if data is not None:
            place = os.path.join(out, f"stage{stage}")
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
            taken[name] = hashlib.sha256(data).hexdigest()
            newest = max(newest, entry.modified)
    if folder is not None:
        note_what_is_not_taken(stage, folder, files, notes)
    return {"folder": printable(folder or ""), "taken": taken,
            "found": folder is not None, "newest": newest,
            "notes": [printable(note) for note in shortened(notes)]}


def shortened(notes):
    if len(notes) > NOTES:
        return notes[:NOTES] + [f"and {len(notes) - NOTES} more of the kind"]
    return notes


def collect(path, out, stages):
    notes = []
    try:
        files = {entry.path: entry for entry in entries_of(path, notes)}
        if not files:
            raise Unreadable("there is nothing in it")
    except Unreadable as error:
        files = {}
        notes.append(f"nothing could be taken: {error}")
    except Exception as error:          # broken, or made to break us
        files = {}
        notes.append("nothing could be taken, it cannot be read: "
                     f"{type(error).__name__}: {error}")
    result = {"notes": [printable(note) for note in shortened(notes)],
              "readable": bool(files),
              "stages": {str(stage): collect_stage(stage, files, out)
                         for stage in stages if files}}
    with open(os.path.join(out, "collected.json"), "w",
              encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False)


def collect_stages(path, stages):
    """Which of these stages a submission has. It may be a trap: the look is
    taken in a process of its own."""
    place = tempfile.mkdtemp(prefix="classroom.")
    try:
        subprocess.run([sys.executable, "-B", os.path.abspath(__file__), path,
                        place, *map(str, stages)], stdin=subprocess.DEVNULL,
                       capture_output=True, check=False)
        with open(os.path.join(place, "collected.json"),
                  encoding="utf-8") as file:
            found = json.load(file)["stages"]
        return {int(stage) for stage, one in found.items() if one["taken"]}
    except (OSError, ValueError):
        return set()
    finally:
        shutil.rmtree(place)


def main():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.makedirs(sys.argv[2], exist_ok=True)
    collect(sys.argv[1], sys.argv[2], [int(n) for n in sys.argv[3:]])


if __name__ == "__main__":
    main()
