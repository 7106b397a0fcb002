#!/usr/bin/env python3
"""soak.py - a server under all kinds of clients for a long time: does it leak?

    soak.py STAGE PROGRAM [SECONDS [SEED]]

Clients of seven kinds come and go: some ask one thing after the other, some all
at once, some read slowly, send half a request, say nothing, break off, or send
nonsense. Every answer is compared with the file, byte by byte. Of a pool a
worker is killed now and then, and now and then all are replaced. Nobody may be
cut off but by such a kill; only between two answers a worker that is replaced
may end a connection.

After a fifth of the time, and at the end, everybody leaves. Then there must be
no more descriptors and no more memory than the first time, no processor time
may be used, and SIGTERM must end all processes, with status 0. The last line is
"N passed, N failed".
"""
import asyncio
import math
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "bench"))
import measure  # noqa: E402

CLIENTS = 60        # at once
WARM_UP = 0.2       # of the time
CALM_S = 15         # for everybody's end to be noticed, at most
PATIENCE_S = 60     # for one answer, to give up
EVENT_S = 3         # from one blow to the next, about
GROWTH_KIB = 512    # that many may come to be used later
REST_S = 0.05       # of processor time, in a second in which nobody asks
FILES = {"/empty.txt": 0, "/short.txt": 40, "/page.html": 5000,
         "/long.bin": 400_000}


class Wrong(Exception):
    """The server has not done what it should have done."""


class LetGo(ConnectionError):
    """The server has closed a connection that was idle, or seemed so."""


class Soak:
    def __init__(self, server, contents, seed):
        self.server = server
        self.contents = contents
        self.random = random.Random(seed)
        self.last_kill = self.last_blow = 0.0
        self.kills = self.replaced = 0
        self.answers = self.clients = self.cut_off = 0
        self.wrong = []

    # ---- Clients ----

    async def client(self):
        kind = self.random.choice(
            [self.asks] * 4 + [self.asks_at_once] * 2 + [self.reads_slowly] +
            [self.sends_half, self.says_nothing, self.breaks_off,
             self.sends_nonsense])
        begin = time.monotonic()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, limit=4096)
        self.clients += 1
        try:
            await asyncio.wait_for(kind(reader, writer), PATIENCE_S)
        except asyncio.TimeoutError:
            raise Wrong(f"a client that {name_of(kind)} had no answer after "
                        f"{PATIENCE_S} s") from None
        except LetGo as why:
            if self.last_blow < begin:
                raise Wrong(f"a client that {name_of(kind)} was cut off "
                            f"{why}") from None
        except (ConnectionError, asyncio.IncompleteReadError) as why:
            if self.last_kill < begin:
                if isinstance(why, asyncio.IncompleteReadError):
                    why = "it waited for an answer, or had a part of it"
                raise Wrong(f"a client that {name_of(kind)} was cut off: "
                            f"{why}") from None
            self.cut_off += 1
        finally:
            writer.close()

    def request(self, name):
        return f"GET {name} HTTP/1.1\r\nHost: soak\r\n\r\n".encode()

    def any_name(self):
        return self.random.choice(list(self.contents))

    async def answer(self, reader, name, slowly=False):
        """False: the server says that this was the last one."""
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise Wrong(f"{name} was answered with {head[:40]!r}")
        body = self.contents[name]
        if f"\r\nContent-Length: {len(body)}\r\n".encode() not in head:
            raise Wrong(f"{name} has {len(body)} bytes; said was {head!r}")
        for begin in range(0, len(body), 4096):
            part = body[begin:begin + 4096]
            if await reader.readexactly(len(part)) != part:
                raise Wrong(f"{name}: wrong bytes from {begin} on")
            if slowly:
                await asyncio.sleep(0.005)
        self.answers += 1
        return b"\r\nConnection: close" not in head

    async def asks(self, reader, writer):
        for _ in range(self.random.randint(1, 20)):
            name = self.any_name()
            text = self.request(name)
            cut = self.random.randint(1, len(text))
            try:
                writer.write(text[:cut])
                await writer.drain()
                if self.random.random() < 0.2:
                    await asyncio.sleep(0.01)
                writer.write(text[cut:])
                first = await reader.read(1)
            except ConnectionError:
                first = b""
            if not first:  # closed while it was idle: one would ask anew
                raise LetGo("between two answers")
            if not await self.answer(Pushed(first, reader), name):
                return

    async def asks_at_once(self, reader, writer):
        names = [self.any_name() for _ in range(self.random.randint(2, 12))]
        writer.write(b"".join(map(self.request, names)))
        for name in names:
            if not await self.answer(reader, name):
                return

    async def reads_slowly(self, reader, writer):
        writer.write(self.request("/long.bin"))
        await self.answer(reader, "/long.bin", slowly=True)

    async def sends_half(self, reader, writer):
        text = self.request(self.any_name())
        writer.write(text[:self.random.randint(1, len(text) - 1)])
        await asyncio.sleep(self.random.random() / 10)
        self.reset(writer)

    async def says_nothing(self, reader, writer):
        await asyncio.sleep(self.random.random() / 2)
        self.reset(writer)

    async def breaks_off(self, reader, writer):
        writer.write(self.request("/long.bin"))
        await reader.read(self.random.randint(1, 4000))
        self.reset(writer)

    async def sends_nonsense(self, reader, writer):
        writer.write(self.random.choice(
            [b"\r\n\r\nGARBAGE\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n",
             b"GET /%zz HTTP/1.1\r\nHost: soak\r\n\r\n",
             b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n"]))
        text = await reader.read(-1)
        if not text:
            raise ConnectionError("no answer")
        if not text.startswith(b"HTTP/1.1 4"):
            raise Wrong(f"nonsense was answered with {text[:40]!r}")
        self.answers += 1

    def reset(self, writer):
        """Half of those who leave do it with RST."""
        if self.random.random() < 0.5:
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    # ---- All of them ----

    async def come_and_go(self, until):
        while time.monotonic() < until and not self.wrong:
            try:
                await self.client()
            except Wrong as why:
                self.wrong.append(str(why))
            except OSError as why:
                self.wrong.append(f"a client cannot connect: {why}")

    async def blows(self, until):
        while time.monotonic() + EVENT_S < until and not self.wrong:
            await asyncio.sleep(EVENT_S * (0.5 + self.random.random()))
            workers = measure.children(self.server.process.pid)
            if not workers:
                return
            if self.random.random() < 0.5:
                self.last_kill = math.inf
                self.kills += 1
                await self.strike([self.random.choice(workers)], signal.SIGKILL)
                self.last_kill = time.monotonic()
            else:
                self.replaced += 1
                await self.strike(workers, signal.SIGHUP)

    async def strike(self, victims, number):
        """Until they have gone, who connects may come to one of them."""
        main = self.server.process.pid
        self.last_blow = math.inf
        os.kill(main if number == signal.SIGHUP else victims[0], number)
        give_up = time.monotonic() + CALM_S
        while set(victims) & set(measure.children(main)):
            if time.monotonic() > give_up:
                self.wrong.append(f"{number.name}: {CALM_S} s later its workers "
                                  "are still there")
                break
            await asyncio.sleep(0.05)
        self.last_blow = time.monotonic()

    async def load(self, seconds):
        until = time.monotonic() + seconds
        await asyncio.gather(self.blows(until), *[
            self.come_and_go(until) for _ in range(CLIENTS)])

    # ---- What is left when they have gone ----

    def descriptors(self):
        total = 0
        for pid in self.server.pids():
            try:
                total += len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                pass
        return total

    def settle(self, wanted=None):
        """Waits until nobody is connected; says what is held then."""
        give_up = time.monotonic() + CALM_S
        held = self.descriptors()
        since = time.monotonic()
        while time.monotonic() < give_up:
            time.sleep(0.1)
            now = self.descriptors()
            if now != held:
                held, since = now, time.monotonic()
            if time.monotonic() - since > 3 and \
                    (wanted is None or held <= wanted):
                break
        return held, self.server.pss_kib()


class Pushed:
    """A stream of which one byte was read already."""

    def __init__(self, first, reader):
        self.first = first
        self.reader = reader
        self.readexactly = reader.readexactly

    async def readuntil(self, end):
        return self.first + await self.reader.readuntil(end)


def name_of(kind):
    return kind.__name__.replace("_", " ")


def make_files(folder):
    contents = {}
    for name, size in FILES.items():
        bits = random.Random(size).getrandbits(8 * size) if size else 0
        contents[name] = bits.to_bytes(size, "big")
        with open(folder + name, "wb") as file:
            file.write(contents[name])
    return contents


def look(soak, seconds):
    """Yields what is wrong, if anything."""
    asyncio.run(soak.load(seconds * WARM_UP))
    fds, kib = soak.settle()
    asyncio.run(soak.load(seconds * (1 - WARM_UP)))
    fds_now, kib_now = soak.settle(fds)
    print(f"  {soak.clients} clients, {soak.answers} answers, {soak.kills} "
          f"workers killed, {soak.replaced} times all replaced, "
          f"{soak.cut_off} cut off by a kill")
    print(f"  descriptors {fds}, at the end {fds_now}; memory {kib} KiB, at "
          f"the end {kib_now}", flush=True)
    yield from soak.wrong
    if fds_now > fds:
        yield f"{fds_now - fds} descriptors more than after a fifth of the time"
    if kib_now > kib + GROWTH_KIB:
        yield f"{kib_now - kib} KiB more than after a fifth of the time"
    used = soak.server.cpu_s()
    time.sleep(1)
    used = soak.server.cpu_s() - used
    if used > REST_S:
        yield f"nobody asks, and it uses {used:.2f} s of a second"
    process = soak.server.process
    pids = soak.server.pids()
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(CALM_S)
    except subprocess.TimeoutExpired:
        status = "none: it has not ended"
    if status != 0:
        yield f"SIGTERM: exit status {status}"
    left = [pid for pid in pids[1:] if os.path.exists(f"/proc/{pid}")]
    if left:
        yield f"SIGTERM: still there are {left}"


def main():
    stage, program = int(sys.argv[1]), sys.argv[2]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(10**6)
    folder = tempfile.mkdtemp(prefix="soak.")
    command = [program, "--port", "0", "--root", folder]
    command += ["--workers", "3"] if stage >= 3 else []
    print(f"{program}: {seconds:.0f} s, SEED={seed}", flush=True)
    try:
        with open(f"{folder}/.log", "w+", encoding="utf-8") as log, \
                measure.Server(program, command, log=log) as server:
            wrong = list(look(Soak(server, make_files(folder), seed), seconds))
            for text in wrong:
                print(f"  wrong: {text}")
            log.seek(0)
            lines = log.read().splitlines()
            for line in lines[-10:] if wrong else []:
                print(f"  | {line}")
    except measure.Failure as why:
        wrong = [str(why)]
        print(f"  wrong: {why}")
    finally:
        shutil.rmtree(folder)
    print(f"{int(not wrong)} passed, {int(bool(wrong))} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
