"""Run one command where it can do no harm, and bring back what it said.

    sandbox.py      says which sandbox this machine allows; exit status 1: none

Four ways, the first that this machine allows:

- a user who is not root: bubblewrap, in name spaces of its own (user, mount,
  pid, net, ipc, uts, cgroup);
- root: bubblewrap makes all of these but the user's, which root does not need;
  the command runs as a user that nothing else runs as;
- root where no name spaces may be made, as in most containers: a user of its
  own with limits, and nothing else. It sees the network, and what all may
  read; for one submission in a container of its own that is enough;
- UNSAFE=1: none. Limits, but no walls. The results say so.

In the sandbox: the system's programs and some named folders, read only; an
empty /tmp of limited size; a network with nobody else on it. When the command
ends, whatever it started is killed with the name space. Memory and processes
are limited by a control group, if we may make one, and by rlimits anyway.
"""
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time

FIRST_UID = 1_900_000_000   # of users that no machine has
SMALL_UID = 50_000          # where there are only 65,536, as in podman
OUTPUT_BYTES = 1 << 20      # that is kept, of each stream
SCRATCH_BYTES = 1 << 30
SHM_BYTES = 64 << 20
CGROUPS = "/sys/fs/cgroup"

UNSAFE = "none: UNSAFE=1, the code of students ran as the teacher"
ALONE = "a user of its own, but no name spaces (network, files that all may " \
    "read)"


class Limits:
    def __init__(self, wall=600, cpu=120, memory=2 << 30, processes=300,
                 file_bytes=512 << 20, descriptors=16384):
        self.wall = wall                # seconds, all in all
        self.cpu = cpu                  # seconds, of each process
        self.memory = memory            # bytes, all in all (or each process)
        self.processes = processes
        self.file_bytes = file_bytes
        self.descriptors = descriptors


class Outcome:
    def __init__(self):
        self.status = None      # as of a shell; None: the time was up
        self.said = b""
        self.witness = b""      # what came on descriptor 3
        self.seconds = 0.0
        self.peak_bytes = 0
        self.over = ""          # which limit it hit, in words


# ---- Which sandbox there is ----

def try_bwrap(options, command):
    try:
        done = subprocess.run(
            ["bwrap", *options, "--ro-bind", "/", "/", "--proc", "/proc",
             "--dev", "/dev", *command], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip()


def try_alone():
    """"" if root can become the user that students' code runs as."""
    try:
        done = subprocess.run(
            as_own_user() + ["true"], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip()


NAMESPACES = ["--unshare-ipc", "--unshare-pid", "--unshare-net",
              "--unshare-uts", "--unshare-cgroup-try"]
OF_ROOT = NAMESPACES + ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID",
                        "--cap-add", "CAP_SETPCAP"]
OF_USER = NAMESPACES + ["--unshare-user", "--disable-userns",
                        "--uid", "1000", "--gid", "1000"]


def choose():
    """(kind, words for the results). ("", why) if there is no sandbox."""
    if os.environ.get("UNSAFE") == "1":
        return "unsafe", UNSAFE
    if not shutil.which("bwrap"):
        return "", "bubblewrap is not installed (Debian: apt-get install " \
            "bubblewrap)"
    is_root = os.geteuid() == 0
    why = try_bwrap(OF_ROOT, as_own_user("--bounding-set=-all") + ["true"]) \
        if is_root else try_bwrap(OF_USER, ["true"])
    if why and is_root and not try_alone():
        return "alone", ALONE
    if why:
        return "", f"bubblewrap cannot make a sandbox here: {why}"
    limits = "control group" if Cgroup.possible() else "rlimits only"
    if is_root:
        return "root", f"bubblewrap, a user of its own, {limits}"
    return "user", f"bubblewrap, name spaces of its own, {limits}"


# ---- Control groups, of either version ----

class Cgroup:
    """One for memory and processes; does nothing where it cannot."""

    CONTROLLERS = {"memory": (("memory.limit_in_bytes", "memory"),),
                   "pids": (("pids.max", "processes"),)}

    @staticmethod
    def tops():
        """Folders in which to make a group, one or (version 1) two."""
        try:
            with open(f"{CGROUPS}/cgroup.subtree_control",
                      encoding="ascii") as file:
                words = file.read().split()
            return [CGROUPS] if {"memory", "pids"} <= set(words) else []
        except OSError:
            pass
        tops = [f"{CGROUPS}/memory", f"{CGROUPS}/pids"]
        return tops if all(os.path.isdir(top) for top in tops) else []

    @classmethod
    def possible(cls):
        tops = cls.tops()
        return bool(tops) and os.geteuid() == 0 and \
            all(os.access(top, os.W_OK) for top in tops)

    def __init__(self, limits):
        self.folders = []
        if not self.possible():
            return
        name = f"loop-to-pool-{os.getpid()}-{time.monotonic_ns()}"
        for top in self.tops():
            folder = f"{top}/{name}"
            os.mkdir(folder)
            self.folders.append(folder)
            self.write(folder, "memory.limit_in_bytes", limits.memory)
            self.write(folder, "memory.max", limits.memory)
            self.write(folder, "memory.swap.max", 0)
            self.write(folder, "memory.oom.group", 0)
            self.write(folder, "pids.max", limits.processes)

    @staticmethod
    def write(folder, name, value):
        path = f"{folder}/{name}"
        if os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))

    def read(self, *names):
        for folder in self.folders:
            for name in names:
                try:
                    with open(f"{folder}/{name}", encoding="ascii") as file:
                        return file.read()
                except OSError:
                    pass
        return ""

    def enter(self):
        for folder in self.folders:
            self.write(folder, "cgroup.procs", os.getpid())

    def peak(self):
        return int(self.read("memory.max_usage_in_bytes", "memory.peak") or 0)

    def out_of_memory(self):
        text = self.read("memory.oom_control", "memory.events")
        return any(line.startswith("oom_kill ") and line.split()[1] != "0"
                   for line in text.splitlines())

    def out_of_processes(self):
        for folder in self.folders:
            try:
                with open(f"{folder}/pids.events", encoding="ascii") as file:
                    return file.read().split()[1] != "0"
            except (OSError, IndexError):
                continue
        return False

    def close(self):
        """Kills what is left, which is nothing unless bubblewrap failed."""
        for folder in self.folders:
            for _ in range(200):
                try:
                    with open(f"{folder}/cgroup.procs",
                              encoding="ascii") as file:
                        pids = file.read().split()
                    for pid in pids:
                        os.kill(int(pid), signal.SIGKILL)
                    os.rmdir(folder)
                    break
                except ProcessLookupError:
                    pass
                except OSError:
                    time.sleep(0.05)


# ---- Running ----

def command_line(kind, command, limits, readable, writable, env):
    rlimits = ["prlimit", "--core=0", f"--cpu={limits.cpu}",
               f"--fsize={limits.file_bytes}",
               f"--nofile={min(limits.descriptors, most_descriptors())}",
               f"--nproc={limits.processes}"]
    if kind == "unsafe":
        # All of a user's processes count here: no limit that fits.
        return rlimits[:-1] + command
    if not Cgroup.possible():
        rlimits.append(f"--as={limits.memory}")
    if kind == "alone":
        return rlimits + as_own_user() + command
    line = ["bwrap", *(OF_ROOT if kind == "root" else OF_USER),
            "--die-with-parent", "--new-session", "--hostname", "classroom",
            "--clearenv"]
    for name, value in env.items():
        line += ["--setenv", name, value]
    line += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            line += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        else:
            line += ["--ro-bind-try", f"/{name}", f"/{name}"]
    line += ["--perms", "0755", "--dir", "/etc"]
    for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives",
                 "passwd", "group", "nsswitch.conf", "localtime"):
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    line += ["--proc", "/proc", "--dev", "/dev",
             "--perms", "1777", "--size", str(SHM_BYTES),
             "--tmpfs", "/dev/shm",
             "--perms", "1777", "--size", str(SCRATCH_BYTES),
             "--tmpfs", "/tmp"]
    for inside, outside in readable.items():
        line += ["--ro-bind", outside, inside]
    for inside, outside in writable.items():
        line += ["--bind", outside, inside]
    line += ["--chdir", "/tmp", "--", *rlimits]
    if kind == "root":
        line += as_own_user("--bounding-set=-all")
    return line + command


def as_own_user(*options):
    user = str(own_uid())
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
            "--no-new-privs", "--inh-caps=-all", *options]


def most_descriptors():
    """That we may allow; the tests' own default is the most."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def own_uid():
    uid = FIRST_UID + os.getpid()
    with open("/proc/self/uid_map", encoding="ascii") as file:
        for line in file:
            first, _, count = map(int, line.split())
            if first <= uid < first + count:
                return uid
    return SMALL_UID + os.getpid() % 10_000


def run(kind, command, limits, readable, writable, env):
    """Runs it with these folders {inside: outside}. Gives an Outcome."""
    outcome = Outcome()
    cgroup = Cgroup(limits)
    said, witness = os.pipe(), os.pipe()

    def prepare():
        # Descriptor 3, and none of ours beyond it: close_fds is off, so that
        # 3 stays; all of Python's own are close-on-exec.
        os.dup2(witness[1], 3)
        cgroup.enter()

    for folder in writable.values():
        if kind in ("root", "alone"):
            os.chown(folder, own_uid(), own_uid())
    begin = time.monotonic()
    try:
        process = subprocess.Popen(
            command_line(kind, command, limits, readable, writable, env),
            stdin=subprocess.DEVNULL, stdout=said[1], stderr=said[1],
            preexec_fn=prepare, close_fds=False, start_new_session=True,
            env={"unsafe": {**os.environ, **env}, "alone": env}.get(kind))
        os.close(said[1])
        os.close(witness[1])
        outcome.said, outcome.witness = drain(
            process, (said[0], witness[0]), begin + limits.wall,
            cgroup.out_of_processes)
        if process.poll() is None and not cgroup.out_of_processes():
            outcome.over = f"the time for it, {limits.wall:.0f} s, was up"
        kill(process, kind)
        outcome.status = process.wait()
        if cgroup.out_of_memory():
            outcome.over = outcome.over or "it took more than " \
                f"{limits.memory >> 20} MB of memory"
        if cgroup.out_of_processes():
            outcome.over = outcome.over or "it started more than " \
                f"{limits.processes} processes"
        outcome.peak_bytes = cgroup.peak() or 1024 * resource.getrusage(
            resource.RUSAGE_CHILDREN).ru_maxrss
    finally:
        cgroup.close()
        if kind == "alone":
            clean_up(writable.values())
    outcome.seconds = time.monotonic() - begin
    return outcome


def kill(process, kind):
    """bubblewrap's end is the end of all that it holds."""
    if kind == "unsafe":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    elif kind == "alone":
        end_all()
    else:
        process.kill()


def end_all():
    """All of the user's processes at once: none can start another one."""
    subprocess.run(as_own_user() + ["sh", "-c", "kill -s KILL -1"],
                   check=False)


def clean_up(folders):
    """What the user has made in folders is root's from now on, read only as
    for all others; what it left elsewhere goes."""
    end_all()
    for top in folders:
        subprocess.run(["chown", "-hR", "0:0", top], check=False)
        subprocess.run(["chmod", "-R", "go-w", top], check=False)
    subprocess.run(["find", "/tmp", "/var/tmp", "/dev/shm", "-xdev", "-uid",
                    str(own_uid()), "-delete"], check=False,
                   stderr=subprocess.DEVNULL)


def drain(process, fds, deadline, is_over):
    """Reads all streams to their end, or until the time is up, or the process
    has ended, or is_over() says so. Of each OUTPUT_BYTES are kept."""
    kept = {fd: b"" for fd in fds}
    with selectors.DefaultSelector() as selector:
        for fd in fds:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0 or is_over():
                break
            ready = selector.select(min(left, 0.2))
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fd)
                room = OUTPUT_BYTES - len(kept[key.fd])
                kept[key.fd] += data[:room]
            if not ready and process.poll() is not None:
                break
    for fd in fds:
        os.close(fd)
    while process.poll() is None and time.monotonic() < deadline and \
            not is_over():
        time.sleep(0.01)
    return tuple(kept.values())


def main():
    kind, words = choose()
    print(words)
    return 0 if kind else 1


if __name__ == "__main__":
    sys.exit(main())
