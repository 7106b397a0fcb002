"""experiments.py - what is measured, and how it is shown.

An experiment is a class: `round()` measures everything once, and adds rows to
the data; rounds are repeated, so that whatever else the machine does meanwhile
is met by all servers alike. `show()` prints tables, `panels()` says what is
drawn: both see the data only, so that a plot can be drawn again from a file.
"""
import json
import os
import select
import signal
import statistics
import subprocess
import time
import urllib.request

import peers
from measure import Failure, Load, Server, measure, run_wrk
from report import Panel, short, spread, table

MEBIBYTES = 64  # in use by a server that forks


class Experiment:
    rounds = 7
    needs_wrk = False

    def __init__(self, bench):
        self.bench = bench
        self.data = bench.data

    def round(self, number):
        raise NotImplementedError

    def panels(self):
        return []

    # --- the servers ---------------------------------------------------------

    def canned(self, name, *options, cpus=None):
        """One of the small servers of this folder. A pool of processes is made
        after the listener: what that costs is not the first client's."""
        server = Server(name, [self.bench.bin(name), *map(str, options)], cpus)
        count = int(options[1]) if options[:1] == ("-n",) else 1
        while (count > 1 and name != "thread_pool" and
               len(server.pids()) <= count and
               server.process.poll() is None):
            time.sleep(0.01)
        return server

    def stage(self, number, workers=None, cpus=None, log=None, verbose=False):
        name = f"stage {number}" + (f", -w {workers}" if workers else "")
        return self.kit_server(name, self.bench.stage(number), workers, cpus,
                               log, verbose)

    def yours(self, workers=None, cpus=None):
        """The server that the reader named, SERVER=path."""
        if not self.bench.takes_workers:
            workers = None
        return self.kit_server("yours", self.bench.server, workers, cpus)

    def kit_server(self, name, program, workers, cpus, log=None,
                   verbose=False):
        argv = [program, "-p", "0", "-r", self.bench.www, "-x",
                "-t", "60,600,60,2"]
        if workers:
            argv += ["-w", str(workers)]
        if verbose:
            argv.append("-v")
        return Server(name, argv, cpus, log=log)

    def load(self, server, cpus=None, **options):
        return Load(self.bench.bin("load"), server.port, cpus, **options)

    def ask(self, server, cpus=None, warm=0, **options):
        if warm:  # what the first requests cost more is left out
            with self.load(server, cpus, **dict(options, n=warm)) as load:
                load.begin()
                load.result()
        with self.load(server, cpus, **options) as load:
            return measure(server, load)

    def throughput(self, server, path, clients, closes, cpus=None):
        """For a second, with wrk; in a quick run only the first time."""
        if not self.bench.is_quick or not self.data.rows:
            return run_wrk(server, path, clients, 1, closes, cpus)
        options = {"k": True} if closes else {}
        return self.ask(server, cpus, u=path, c=clients, n=100, **options)

    def add(self, number, server, figures, **where):
        self.data.add(round=number, server=server, **where, **figures)

    def growth(self, column, server, one, other):
        """Round by round: how many times as much `one` was as `other`."""
        return self.data.ratios(column, dict(server=server, **one),
                                dict(server=server, **other))


class Idle(Experiment):
    """Client and server take turns, and so may have the same CPU: to wake
    somebody on another one costs more than to answer."""
    name = "idle"
    question = "select() and epoll as the number of idle clients grows"
    title = "What idle connections cost a request"
    says = ("Processor time per request over the number of idle connections: "
            "rises steeply with select, stays level with epoll.")
    few, many = [0, 300, 600, 900], [0, 300, 900, 2500, 5000, 9500]
    requests = 500

    def servers(self):
        one = self.bench.server_cpus
        yield "stage 1, select", self.few, lambda: self.stage(1, cpus=one)
        yield ("canned, select", self.few,
               lambda: self.canned("loop_select", cpus=one))
        yield "stage 2, epoll", self.many, lambda: self.stage(2, cpus=one)
        yield ("canned, epoll", self.many,
               lambda: self.canned("loop_epoll", cpus=one))
        if self.bench.server:
            yield "yours", self.many, lambda: self.yours(1, one)

    def round(self, number):
        for name, points, start in self.servers():
            for active in 1, 16:
                for idle in points if active == 1 else [0, 900]:
                    idle = self.bench.few(idle)
                    if idle + 50 > self.bench.fd_limit:
                        continue
                    self.bench.progress(f"{name}, {idle} idle")
                    with start() as server:
                        try:
                            figures = self.ask(
                                server, self.bench.server_cpus, i=idle,
                                c=active, n=self.bench.few(self.requests))
                        except Failure:
                            if name != "yours":
                                raise
                            continue  # a select() loop may end before 1024
                        self.add(number, name, figures, active=active,
                                 idle=idle)

    def show(self):
        idles = sorted(self.data.values("idle"))
        print("  CPU of the server per request, microseconds, medians; one"
              " client asks:\n")
        table(["idle clients"] + idles,
              [[name] + [short(self.data.median("cpu_us", server=name,
                                                active=1, idle=idle))
                         for idle in idles]
               for name in self.data.values("server")])
        print("  How many times as much as with none idle: median (least-most"
              " of the rounds)\n")
        rows = []
        for name in self.data.values("server"):
            for active in 1, 16:
                if not any(self.data.pick("idle", server=name,
                                          active=active)):
                    continue
                most = max(self.data.pick("idle", server=name, active=active))
                near = [i for i in self.data.values("idle", server=name,
                                                    active=active)
                        if 0 < i <= 900]
                cells = [spread(self.growth(
                    "cpu_us", name, {"active": active, "idle": idle},
                    {"active": active, "idle": 0}))
                    for idle in (max(near), most)]
                rows.append([name, active, cells[0],
                             f"{most}: {cells[1]}" if most > 900 else ""])
        table(["", "active", "900 idle", "more idle"], rows)

    def panels(self):
        near = Panel("idle connections", "server CPU per request, µs",
                     "set xrange [-20:950]")
        far = Panel("idle connections", "server CPU per request, µs",
                    "set xrange [-200:9900]")
        for look, name in enumerate(self.data.values("server")):
            near.line(name, self.data, "cpu_us", "idle", server=name, active=1)
            if max(self.data.pick("idle", server=name)) > 900:
                far.line(name, self.data, "cpu_us", "idle", look, server=name,
                         active=1)
        return [near, far]


class Threads(Experiment):
    name = "threads"
    question = "a thread for each connection, and one loop for all"
    title = "A thread for each connection against one loop"
    says = ("Processor time per request over the number of clients that ask, "
            "for clients on the server's CPU and on another one: alike for "
            "one client; with more, the threads need about twice as much.")
    clients = [1, 4, 16, 64, 256, 1000]
    requests = 3000

    def servers(self):
        one = self.bench.server_cpus
        yield ("thread for each", lambda: self.canned("thread_each", cpus=one))
        yield "one loop", lambda: self.canned("loop_epoll", cpus=one)
        yield "stage 2", lambda: self.stage(2, cpus=one)
        if self.bench.server:
            yield "yours", lambda: self.yours(1, one)

    def places(self):
        yield "same CPU", self.bench.server_cpus
        if self.bench.load_cpus:
            yield "another CPU", self.bench.load_cpus

    def round(self, number):
        for clients in self.clients:
            clients = self.bench.few(clients)
            for place, cpus in self.places():
                for name, start in self.servers():
                    self.bench.progress(f"{name}, {clients} clients, {place}")
                    with start() as server:
                        self.add(number, name, self.ask(
                            server, cpus, c=clients,
                            n=self.bench.few(self.requests)),
                            clients=clients, place=place)

    def show(self):
        counts = sorted(self.data.values("clients"))
        for place in self.data.values("place"):
            for column, what in (
                    ("cpu_us", "CPU of the server per request, microseconds"),
                    ("switches", "context switches per request")):
                print(f"  Clients on {place}. {what}, medians:\n".replace(
                    "on same", "on the same"))
                table(["clients that ask"] + counts,
                      [[name] + [short(self.data.median(
                          column, server=name, clients=count, place=place))
                          for count in counts]
                       for name in self.data.values("server")])
        print("  CPU, thread for each : one loop, median of the rounds' "
              "ratios (least-most):\n")
        rows = []
        for count in counts:
            rows.append([f"{count} clients"] + [
                spread(self.data.ratios("cpu_us", {
                    "server": "thread for each", "clients": count,
                    "place": place}, {"server": "one loop", "clients": count,
                                      "place": place}))
                for place in self.data.values("place")])
        table([""] + [f"on {p}".replace("on same", "on the same")
                      for p in self.data.values("place")], rows)

    def panels(self):
        found = []
        for place in self.data.values("place"):
            panel = Panel(f"clients that ask, on {place}".replace(
                "on same", "on the same"), "server CPU per request, µs",
                "set logscale x; set xrange [0.8:1300]")
            for name in self.data.values("server"):
                panel.line(name, self.data, "cpu_us", "clients", server=name,
                           place=place)
            found.append(panel)
        return found


class Memory(Experiment):
    name = "memory"
    question = "what an idle connection keeps of a server's memory"
    title = "Memory of one idle keep-alive connection"
    says = ("Resident memory per idle connection, for processes, threads and "
            "loops.")
    rounds = 3

    def servers(self):
        yield ("process for each", 300, lambda: self.canned("fork_each"))
        yield "thread for each", 1000, lambda: self.canned("thread_each")
        yield "canned loop", 5000, lambda: self.canned("loop_epoll")
        yield "stage 1", 900, lambda: self.stage(1)
        yield "stage 2", 5000, lambda: self.stage(2)
        yield ("stage 4", 5000,
               lambda: self.stage(4, workers=self.bench.workers))
        for name, start in peers.installed(self.bench, "keep"):
            yield name, 1000, start
        if self.bench.server:
            yield "yours", 900, lambda: self.yours()

    def round(self, number):
        for name, count, start in self.servers():
            count = min(self.bench.few(count), self.bench.fd_limit - 50)
            self.bench.progress(f"{name}, {count} connections")
            with start() as server:
                # What the first request makes resident is not a connection's.
                with self.load(server, i=1, c=0, n=1):
                    pass
                before = server.pss_kib()
                with self.load(server, i=count, c=0, n=1):
                    after = server.pss_kib()
            self.data.add(round=number, server=name, connections=count,
                          kib=max(0, after - before) / count)

    def show(self):
        print("  Resident memory (Pss) for each idle connection, in KiB, "
              "without the kernel's:\n")
        table(["", "connections", "KiB each"],
              [[name, max(self.data.pick("connections", server=name)),
                spread(self.data.pick("kib", server=name))]
               for name in self.data.values("server")])

    def panels(self):
        panel = Panel("", "KiB (Pss) per connection, logarithmic",
                      "set logscale y; set yrange [0.005:500]; "
                      "set xtics rotate by -25")
        panel.bars("", [(name, [max(v, 0.005) for v in
                                self.data.pick("kib", server=name)])
                        for name in self.data.values("server")])
        return [panel]


class Made(Experiment):
    name = "made"
    question = "made for each connection, or a pool made beforehand"
    title = "Made for each connection, or beforehand"
    says = ("Processor time per short connection: dearest by far is a process "
            "forked for each, most of all if it has memory in use.")
    connections = {"fork_each": 120, "thread_each": 1000, "fork_pool": 1000,
                   "thread_pool": 1000, "loop_epoll": 1000}
    names = {"fork_each": "a process for each",
             "thread_each": "a thread for each",
             "fork_pool": "pool of processes",
             "thread_pool": "pool of threads",
             "loop_epoll": "one loop"}

    def round(self, number):
        for clients in 1, 16:
            for mebibytes in 0, MEBIBYTES:
                for program, count in self.connections.items():
                    name = self.names[program]
                    self.bench.progress(f"{name}, {mebibytes} MiB")
                    size = 16 if "pool" in program else 1
                    # One client and the server take turns: one CPU will do.
                    cpus = self.bench.server_cpus if clients == 1 else None
                    with self.canned(program, "-n", size, "-m", mebibytes,
                                     cpus=cpus) as server:
                        self.add(number, name, self.ask(
                            server, cpus, warm=self.bench.few(100), k=True,
                            c=clients,
                            n=self.bench.few(count)),
                            clients=clients, mebibytes=mebibytes)

    def show(self):
        for clients in self.data.values("clients"):
            at_once = "one after the other" if clients == 1 else \
                f"{clients} at a time"
            print(f"  A connection for each request, {at_once}:\n")
            rows = []
            for name in self.data.values("server"):
                for mebibytes in self.data.values("mebibytes"):
                    where = {"server": name, "mebibytes": mebibytes,
                             "clients": clients}
                    rows.append([name if mebibytes == 0 else "", mebibytes,
                                 spread(self.data.pick("cpu_us", **where)),
                                 spread(self.data.pick("per_s", **where))])
            table(["", "MiB in use", "CPU us each", "connections/s"], rows)

    def panels(self):
        panel = Panel("", "server CPU per connection, µs, logarithmic",
                      "set logscale y; set yrange [10:*]")
        for mebibytes in self.data.values("mebibytes"):
            panel.bars(f"{mebibytes} MiB in use", [
                (name, self.data.pick("cpu_us", server=name, clients=1,
                                      mebibytes=mebibytes))
                for name in self.data.values("server")])
        return [panel]


class Stall(Experiment):
    name = "stall"
    question = "one client's request computes: what do the others wait?"
    title = "How long others wait while one request computes"
    says = ("Time to answer by share of the requests, while another client "
            "keeps one processor busy half of the time: one loop stands "
            "still, pools half of it, threads hardly.")
    rounds = 3
    seconds = 2.4
    burn_ms, every_ms, due_ms = 200, 400, 10
    shares = [5, 10, 25, 40, 50, 60, 70, 75, 80, 90, 95, 99, 100]

    def servers(self):
        n = self.bench.workers
        yield "stage 2", lambda: self.stage(2)
        yield f"stage 3, -w {n}", lambda: self.stage(3, n)
        yield f"stage 4, -w {n}", lambda: self.stage(4, n)
        yield "thread for each", lambda: self.canned("thread_each")
        if self.bench.server:
            yield "yours", lambda: self.yours(n)

    def round(self, number):
        for burns in False, True:
            for name, start in self.servers():
                self.bench.progress(f"{name}, "
                                    f"{'one computes' if burns else 'quiet'}")
                with start() as server:
                    times = self.wait_times(server, burns)
                for share in self.shares:
                    at = min(len(times) - 1, len(times) * share // 100)
                    self.data.add(round=number, server=name,
                                  burns=int(burns), share=share,
                                  ms=times[at] / 1000)

    def wait_times(self, server, burns):
        seconds = self.bench.brief(self.seconds)
        path = os.path.join(self.bench.folder, "times")
        with self.load(server, c=8, d=self.due_ms, s=seconds,
                       o=path) as load:
            with self.load(server, c=1, d=self.every_ms, s=seconds,
                           u=f"/.burn?ms={self.burn_ms}") as burner:
                if burns:
                    burner.begin()
                load.begin()
                load.result()
                if burns:
                    burner.result()
        with open(path, encoding="ascii") as file:
            times = sorted(map(int, file))
        os.remove(path)
        if not times:
            raise Failure(f"{server.name} has answered nobody")
        return times

    def show(self):
        print(f"  Eight clients ask every {self.due_ms} ms; a ninth asks every"
              f" {self.every_ms} ms for what takes\n"
              f"  {self.burn_ms} ms of CPU. Milliseconds until the eight are"
              " answered, medians of the\n  rounds:\n")
        shares = [50, 75, 90, 99, 100]
        rows = []
        for name in self.data.values("server"):
            for burns in 0, 1:
                rows.append([name if not burns else "",
                             "yes" if burns else "no"] + [
                    short(self.data.median("ms", server=name, burns=burns,
                                           share=share)) for share in shares])
        table(["", "computes"] + [f"{s} %" for s in shares[:-1]] + ["all"],
              rows)
        print("  (\"90 %\": so many were answered within that time.)\n")

    def panels(self):
        panel = Panel("share of the requests, %", "answered within, ms, "
                      "logarithmic", "set logscale y; set yrange [0.02:*]; "
                      "set xrange [0:101]")
        for name in self.data.values("server"):
            panel.line(name, self.data, "ms", "share", server=name, burns=1)
        panel.line("stage 2, nobody computes", self.data, "ms", "share",
                   server="stage 2", burns=0)
        return [panel]


class Cores(Experiment):
    name = "cores"
    question = "one process, and a pool for all CPUs"
    title = "One process, and a pool for all CPUs"
    says = ("Requests per second relative to stage 2: a pool doubles those "
            "that compute on two CPUs; small files less, since the clients "
            "need a CPU, too.")
    needs_wrk = True
    kinds = {"1 KiB, keep-alive": ("/1k.txt", 64, False),
             "1 KiB, short": ("/1k.txt", 64, True),
             "1 ms of CPU": ("/.burn?ms=1", 16, False)}

    def servers(self):
        yield "stage 2", lambda: self.stage(2)
        for number in 3, 4:
            for n in sorted({1, self.bench.workers}):
                yield (f"stage {number}, -w {n}",
                       lambda number=number, n=n: self.stage(number, n))
        if self.bench.server:
            yield "yours", lambda: self.yours(self.bench.workers)

    def round(self, number):
        for kind, (path, clients, closes) in self.kinds.items():
            servers = list(self.servers())
            if kind == "1 ms of CPU":  # where it counts little what is canned
                servers.append(("thread for each",
                                lambda: self.canned("thread_each")))
            for name, start in servers:
                self.bench.progress(f"{name}, {kind}")
                with start() as server:
                    self.add(number, name, self.throughput(
                        server, path, clients, closes), kind=kind)

    def show(self):
        for kind in self.data.values("kind"):
            rows = []
            for name in self.data.values("server", kind=kind):
                where = {"server": name, "kind": kind}
                rows.append([name, spread(self.data.pick("per_s", **where)),
                             spread(self.data.ratios(
                                 "per_s", where,
                                 {"server": "stage 2", "kind": kind})),
                             spread(self.data.pick("cpu_us", **where))])
            table([kind, "requests/s", "x stage 2", "CPU us each"], rows)
        print("  The clients (wrk) run on the same CPUs.\n")

    def panels(self):
        panel = Panel("", "requests per second, stage 2 = 1",
                      "set yrange [0:*]")
        for kind in self.data.values("kind"):
            panel.bars(kind, [
                (name.replace(", ", "\n").replace(" for ", "\nfor "),
                 self.data.ratios("per_s", {"server": name, "kind": kind},
                                  {"server": "stage 2", "kind": kind}))
                for name in self.data.values("server")])
        return [panel]


class Fair(Experiment):
    name = "fair"
    question = "how 200 long-lived connections come to lie"
    title = "200 long-lived connections: how many has the busiest worker?"
    says = ("Connections on the busiest worker in each round: with a shared "
            "listener nearly all, if they come one after the other, and "
            "unevenly if many come at once; with passing always half.")
    rounds = 15
    connections = 200
    ways = {"one by one": 1, "64 at a time": 64}

    def servers(self):
        n = self.bench.workers
        yield f"stage 3, -w {n}", lambda: self.stage(3, n)
        yield f"stage 4, -w {n}", lambda: self.stage(4, n)
        if self.bench.server and self.bench.takes_workers:
            yield "yours", lambda: self.yours(n)

    def round(self, number):
        for way, batch in self.ways.items():
            for name, start in self.servers():
                self.bench.progress(f"{name}, {way}")
                with start() as server:
                    with self.load(server, i=self.connections, c=0, n=1,
                                   b=batch):
                        counts = self.connections_of(server)
                self.data.add(round=number, server=name, opened=way,
                              busiest=max(counts), least=min(counts))

    @staticmethod
    def connections_of(server):
        url = f"http://127.0.0.1:{server.port}/.stats"
        with urllib.request.urlopen(url, timeout=20) as answer:
            stats = json.load(answer)
        return [worker["connections"] for worker in stats["workers"]]

    def show(self):
        print(f"  {self.connections} connections are opened, and stay. How "
              "many are the busiest worker's,\n  and how many the idlest's "
              "(and one that asks for /.stats):\n")
        rows = []
        for way in self.data.values("opened"):
            for name in self.data.values("server"):
                where = {"opened": way, "server": name}
                rows.append([name, way,
                             spread(self.data.pick("busiest", **where)),
                             spread(self.data.pick("least", **where)),
                             len(self.data.pick("round", **where))])
        table(["", "opened", "busiest", "idlest", "rounds"], rows)

    def panels(self):
        panel = Panel("round", "connections of the busiest worker",
                      "set yrange [0:210]; set xtics 2; "
                      f"set xrange [0.5:{max(self.data.values('round'))}.5]")
        panel.is_points = True
        for name in self.data.values("server"):
            for way in self.data.values("opened"):
                panel.line(f"{name}, {way}", self.data, "busiest", "round",
                           server=name, opened=way)
        return [panel]


class Passing(Experiment):
    name = "passing"
    question = "what it costs to pass connections on"
    title = "Passing connections on, or sharing the listener"
    says = ("Processor time per short connection and per request on a kept "
            "connection, with a shared listener and with passing.")
    rounds = 9
    kinds = {"short, 1 client": {"k": True, "c": 1, "n": 1000},
             "short, 64": {"k": True, "c": 64, "n": 2000},
             "keep-alive, 64": {"c": 64, "n": 8000}}

    pairs = [("stage 4, passes", "stage 3, shares"),
             ("canned, passes", "canned, shares")]

    def servers(self):
        n = self.bench.workers
        yield "stage 3, shares", lambda cpus: self.stage(3, n, cpus)
        yield "stage 4, passes", lambda cpus: self.stage(4, n, cpus)
        yield ("canned, shares",
               lambda cpus: self.canned("loop_epoll", "-n", n, cpus=cpus))
        yield ("canned, passes",
               lambda cpus: self.canned("loop_pass", "-n", n, cpus=cpus))
        if self.bench.server:
            yield "yours", lambda cpus: self.yours(n, cpus)

    def round(self, number):
        for kind, options in self.kinds.items():
            options = dict(options, n=self.bench.few(options["n"]))
            cpus = self.bench.server_cpus if options["c"] == 1 else None
            for name, start in self.servers():
                self.bench.progress(f"{name}, {kind}")
                with start(cpus) as server:
                    self.add(number, name, self.ask(
                        server, cpus, warm=self.bench.few(200), **options),
                        kind=kind)

    def show(self):
        print("  CPU of all the server's processes for a connection or "
              "request, microseconds:\n")
        table([""] + list(self.kinds),
              [[name] + [spread(self.data.pick("cpu_us", server=name,
                                               kind=kind))
                         for kind in self.kinds]
               for name in self.data.values("server")])
        print("  How many times as much it is with passing, in each round:\n")
        table([""] + list(self.kinds),
              [[f"{one} : {other.split(', ')[1]}"] + [
                  spread(self.data.ratios("cpu_us",
                                          {"server": one, "kind": kind},
                                          {"server": other, "kind": kind}))
                  for kind in self.kinds] for one, other in self.pairs])

    def panels(self):
        panel = Panel("", "server CPU, µs")
        for kind in self.kinds:
            panel.bars(kind, [
                (name.replace(", ", "\n"),
                 self.data.pick("cpu_us", server=name, kind=kind))
                for name in self.data.values("server")])
        return [panel]


class Fork(Experiment):
    name = "fork"
    question = "what is shared after a fork(), and what is not"
    rounds = 1

    def round(self, number):
        said = subprocess.run([self.bench.bin("forked")], check=False,
                              capture_output=True, text=True, timeout=20)
        if said.returncode:
            raise Failure(f"forked: {said.stderr.strip()}")
        for line in said.stdout.splitlines():
            what, when, did, result = line.split("\t")
            self.data.add(what=what, made=when, child=did, result=result)

    def show(self):
        print("  Made before or after the fork(); the child changes it; does "
              "the parent see it?\n")
        table(["", "made", "the child", "it is"],
              [[row["what"], row["made"], row["child"], row["result"]]
               for row in self.data.rows])


class Respawn(Experiment):
    name = "respawn"
    question = "how soon a killed worker has a successor that is ready"
    title = "From kill -9 of a worker to a successor that is ready"
    says = "Share of the kills over the time until the successor was ready."
    rounds = 20
    kills = 2

    def round(self, number):
        for stage in 3, 4:
            self.bench.progress(f"stage {stage}")
            reading, writing = os.pipe()
            try:
                with self.stage(stage, self.bench.workers, log=writing,
                                verbose=True) as server:
                    os.close(writing)
                    writing = None
                    for _ in range(self.kills):
                        self.data.add(round=number, server=f"stage {stage}",
                                      ms=self.kill_one(server, reading))
            finally:
                os.close(reading)
                if writing is not None:
                    os.close(writing)

    @staticmethod
    def kill_one(server, log):
        while select.select([log], [], [], 0.05)[0]:
            os.read(log, 65536)  # what was said before
        began = time.monotonic()
        os.kill(server.pids()[-1], signal.SIGKILL)
        said = b""
        while b"worker: ready" not in said:
            if not select.select([log], [], [], 20)[0]:
                raise Failure("no successor after 20 s")
            said += os.read(log, 65536)
        return (time.monotonic() - began) * 1000

    def show(self):
        print("  Milliseconds from kill -9 until its successor says that it "
              "is ready:\n")
        rows = []
        for name in self.data.values("server"):
            times = sorted(self.data.pick("ms", server=name))
            rows.append([name, len(times), short(times[0]),
                         short(statistics.median(times)),
                         short(times[len(times) * 9 // 10]),
                         short(times[-1])])
        table(["", "kills", "least", "median", "90 %", "most"], rows)

    def panels(self):
        panel = Panel("milliseconds", "ready by then, % of the kills",
                      "set xrange [0:*]; set yrange [0:103]")
        for name in self.data.values("server"):
            times = sorted(self.data.pick("ms", server=name))
            share = [100 * (i + 1) / len(times) for i in range(len(times))]
            panel.lines.append((name, [(t, s, s, s)
                                       for t, s in zip(times, share)]))
        return [panel]


class Peers(Experiment):
    name = "peers"
    question = "these servers beside others that are installed"
    title = "One process of each, 64 clients, 1 KiB"
    says = ("Processor time per request of the kit's servers, of canned loops "
            "and of other servers, on kept connections and on short ones.")
    needs_wrk = True
    kinds = {"keep-alive": False, "short": True}

    def servers(self, kind):
        one = self.bench.server_cpus
        yield "canned, epoll", lambda: self.canned("loop_epoll", cpus=one)
        yield "stage 1", lambda: self.stage(1, cpus=one)
        yield "stage 2", lambda: self.stage(2, cpus=one)
        if kind == "short":
            yield "stage 4, -w 1", lambda: self.stage(4, 1, cpus=one)
        yield from peers.installed(self.bench,
                                   "keep" if kind == "keep-alive" else "all",
                                   one)
        if self.bench.server:
            yield "yours", lambda: self.yours(1, one)

    def round(self, number):
        for kind, closes in self.kinds.items():
            for name, start in self.servers(kind):
                self.bench.progress(f"{name}, {kind}")
                with start() as server:
                    self.add(number, name, self.throughput(
                        server, "/1k.txt", 64, closes,
                        self.bench.load_cpus), kind=kind)

    def show(self):
        for kind in self.data.values("kind"):
            rows = []
            for name in self.data.values("server", kind=kind):
                where = {"server": name, "kind": kind}
                limit = {"server": "canned, epoll", "kind": kind}
                rows.append([
                    name, spread(self.data.pick("cpu_us", **where)),
                    spread(self.data.ratios("cpu_us", where, limit)),
                    spread(self.data.pick("per_s", **where))])
            table([kind, "CPU us each", "x canned", "requests/s"], rows)
        print("  Versions: " + (self.data.notes.get("versions") or
                                peers.versions()) + "\n")

    def panels(self):
        found = []
        for kind in self.data.values("kind"):
            panel = Panel("", f"server CPU per request, µs ({kind})",
                          "set xtics rotate by -35 font ',11'")
            # Who forks for each request would make the others' bars flat.
            panel.bars("", [(name, self.data.pick("cpu_us", server=name,
                                                  kind=kind))
                            for name in self.data.values("server", kind=kind)
                            if name != "mini_httpd"])
            found.append(panel)
        return found


ALL = [Idle, Threads, Memory, Made, Stall, Cores, Fair, Passing, Fork, Respawn,
       Peers]
