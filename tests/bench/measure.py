"""measure.py - processes, and what they cost.

A server's cost is the processor time of all its processes, in user mode and in
the kernel, from the kernel's own books. It is the same whatever the clients
take besides; requests per second are not, where both share the processors.
"""
import atexit
import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 60  # only decides when to give up

libc = ctypes.CDLL(None)
running = []


class Failure(Exception):
    """This cannot be measured; says why."""


def start(argv, cpus, **options):
    """Starts a program that ends, with all it starts, when this one does."""
    parent = os.getpid()

    def prepare():
        os.setpgid(0, 0)  # end() may end all of them, and Ctrl-C none
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        if cpus:
            os.sched_setaffinity(0, cpus)

    process = subprocess.Popen(argv, preexec_fn=prepare, **options)
    running.append(process)
    return process


def end(process, patience_s=5):
    """SIGTERM, and SIGKILL to the whole group for who does not listen."""
    if process in running:
        running.remove(process)
    for signal_number in signal.SIGTERM, signal.SIGKILL:
        if process.poll() is None:
            process.send_signal(signal_number)
            try:
                process.wait(patience_s)
            except subprocess.TimeoutExpired:
                pass
    try:
        os.killpg(process.pid, signal.SIGKILL)  # who was left behind
    except (ProcessLookupError, PermissionError):
        pass


@atexit.register
def end_all():
    for process in list(running):
        end(process, 1)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:  # the process has ended
        return ""


def children(pid):
    """Of those that its first thread has started, who is still there."""
    path = f"/proc/{pid}/task/{pid}/children"
    if os.path.exists(path):
        return list(map(int, read(path).split()))
    found = []  # a kernel without that file: ask everybody for the parent
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = read(f"/proc/{name}/stat").rpartition(")")[2].split()
        if fields and int(fields[1]) == pid:
            found.append(int(name))
    return found


def cpu_ns(pid):
    """What all threads of a process have used, also those that have ended."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)  # clock_getcpuclockid(3)
    except OSError:
        return 0


def children_cpu_ns(pid):
    """What its children had used that have ended and been waited for."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return 0
    return (int(fields[13]) + int(fields[14])) * 10**9 // TICKS_PER_S


def number_after(text, name):
    match = re.search(rf"^{name}:\s*(\d+)", text, re.MULTILINE)
    return int(match[1]) if match else 0


class Server:
    """A server that runs. With `port` it is one that does not say where."""

    def __init__(self, name, argv, cpus=None, port=None, log=None):
        self.name = name
        self.process = start(argv, cpus, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE,
                             stderr=log or subprocess.DEVNULL)
        try:
            if port is None:
                self.port = self.said_port()
            else:
                self.port = port
                self.wait_for_port()
        except BaseException:
            end(self.process)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self.process.stdout.close()

    def said_port(self):
        line = read_line(self.process.stdout, PATIENCE_S)
        match = re.match(r"listening on http://.*:(\d+)/", line)
        if not match:
            raise Failure(f"{self.name} does not say where it listens, but: "
                          f"{line.strip() or 'nothing'}")
        return int(match[1])

    def wait_for_port(self):
        give_up = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if (self.process.poll() is not None or
                        time.monotonic() > give_up):
                    raise Failure(f"{self.name} does not start") from None
                time.sleep(0.01)
        time.sleep(0.1)  # its workers

    def pids(self):
        found = [self.process.pid]
        for pid in found:
            found += children(pid)
        return found

    def cpu_s(self):
        total = sum(cpu_ns(pid) for pid in self.pids())
        return (total + children_cpu_ns(self.process.pid)) / 1e9

    def switches(self):
        """How often a thread had to make room for another, or slept."""
        total = 0
        for pid in self.pids():
            try:
                threads = os.listdir(f"/proc/{pid}/task")
            except OSError:
                continue
            for thread in threads:
                text = read(f"/proc/{pid}/task/{thread}/status")
                total += number_after(text, "voluntary_ctxt_switches")
                total += number_after(text, "nonvoluntary_ctxt_switches")
        return total

    def pss_kib(self):
        """Its memory; what several processes share is divided among them."""
        return sum(number_after(read(f"/proc/{pid}/smaps_rollup"), "Pss")
                   for pid in self.pids())


def read_line(pipe, patience_s):
    """A line, a byte at a time: nothing may be left in Python's buffer."""
    line = b""
    give_up = time.monotonic() + patience_s
    while not line.endswith(b"\n"):
        left = give_up - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise Failure("no answer for a long time; given up")
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode(errors="replace")


class Load:
    """The clients of load.c, connected."""

    def __init__(self, program, port, cpus=None, **options):
        argv = [program, "-p", str(port)]
        for option, value in options.items():
            argv += [f"-{option}"] if value is True else [f"-{option}",
                                                          str(value)]
        self.process = start(argv, cpus, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.line() != "ready":
            raise Failure("the clients could not begin")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        for pipe in (self.process.stdin, self.process.stdout,
                     self.process.stderr):
            pipe.close()

    def line(self):
        line = read_line(self.process.stdout, PATIENCE_S).strip()
        if not line:
            end(self.process)
            said = self.process.stderr.read().decode(errors="replace").strip()
            raise Failure(f"the clients have failed: {said or 'no word'}")
        return line

    def begin(self):
        os.write(self.process.stdin.fileno(), b"\n")

    def result(self):
        """requests, errors, seconds, and times in microseconds."""
        names = "requests errors seconds median p90 p99 longest".split()
        return dict(zip(names, map(float, self.line().split())))


def measure(server, load):
    """Lets the clients ask. Returns what came of it and what it cost."""
    switches = server.switches()
    before = server.cpu_s()
    load.begin()
    result = load.result()
    time.sleep(0.01)  # what the server still does after its last answer
    cpu_s = server.cpu_s() - before
    switches = server.switches() - switches
    return figures(result["requests"], result["errors"], result["seconds"],
                   cpu_s, switches)


def figures(requests, errors, seconds, cpu_s, switches=0):
    if requests <= 0:
        raise Failure("no request was answered")
    return {"cpu_us": cpu_s * 1e6 / requests, "per_s": requests / seconds,
            "switches": switches / requests, "errors": int(errors)}


def run_wrk(server, path, clients, seconds, closes, cpus=None):
    """The same with wrk, a load generator that many know."""
    argv = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s"]
    if closes:
        argv += ["-H", "Connection: close"]
    argv += [f"http://127.0.0.1:{server.port}{path}"]
    before = server.cpu_s()
    process = start(argv, cpus, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True)
    try:
        said = process.communicate(timeout=PATIENCE_S)[0]
    except subprocess.TimeoutExpired:
        raise Failure("wrk does not end") from None
    finally:
        end(process)
    cpu_s = server.cpu_s() - before
    match = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said)
    if not match:
        raise Failure(f"wrk says: {said.strip()}")
    took_s = float(match[2]) / (1000 if match[3] == "ms" else 1)
    errors = sum(int(n) for n in re.findall(
        r"(?:connect|read|write|timeout|responses:) (\d+)", said))
    return figures(int(match[1]), errors, took_s, cpu_s)


def machine():
    """What it was measured on, in a line."""
    cpus = len(os.sched_getaffinity(0))
    info = read("/proc/cpuinfo")
    match = re.search(r"^model name\s*:\s*(.*)", info, re.MULTILINE)
    model = match[1].strip() if match else os.uname().machine
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"),
                      re.MULTILINE)
    system = match[1] if match else "Linux"
    virtual = ", virtual" if " hypervisor" in info else ""
    return (f"{cpus} CPU{'s' if cpus > 1 else ''} ({model}{virtual}), "
            f"Linux {os.uname().release.split('-')[0]}, "
            f"{re.sub(r' *[(].*[)]', '', system)}")


def load_average():
    return float((read("/proc/loadavg").split() or ["nan"])[0])


def priority():
    """How it is preferred to what else runs here: 0, if it is not."""
    match = re.search(r"nice (-?\d+)", read("/proc/self/autogroup"))
    if match and read("/proc/sys/kernel/sched_autogroup_enabled") == "1\n":
        return int(match[1])
    return os.nice(0)
