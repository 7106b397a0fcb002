"""Does a server meet a changed contract?

    contract.py NAME FOLDER     runs FOLDER/build/server; NAME is one of
                                contracts/NAME.md, which says what is asked
    contract.py --build NAME FOLDER
                                with FOLDER's make before

Prints what is not as it should be, a line each, or "met"; to descriptor 3, too,
if it is open (exam.py reads it there). Exit status: 0 met, 1 not. Needs nothing
but Python and this file.

Each check begins with what no contract changes: a server that answers nothing
any more meets none of them.
"""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 10     # only decides when to give up
LONG_NAME = "n" * 99
FILES = {"a.txt": "A small file.\n", "sub/index.html": "The index of sub.\n",
         "empty/other.txt": "No index here.\n", ".git/config": "hidden\n",
         LONG_NAME: "A long name.\n", LONG_NAME + "n": "Too long a name.\n"}


# ---- The server ----

class Server:
    """FOLDER/build/server, on a port of its own; serves FILES."""

    def __init__(self, folder, *options):
        self.clients = []
        self.root = tempfile.mkdtemp(prefix="contract.")
        for name, text in FILES.items():
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        self.log = open(os.path.join(self.root, ".log"), "w+b")
        self.process = subprocess.Popen(
            [os.path.join(folder, "build", "server"), "-p", "0", "-r",
             self.root, *options], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up and self.process.poll() is None:
            with open(self.log.name, "rb") as file:
                match = re.search(rb"listening on \S*:(\d+)", file.read())
            if match:
                return int(match.group(1))
            time.sleep(0.02)
        return 0

    def close(self):
        """SIGKILL: how it stops is no part of any contract here."""
        for client in self.clients:
            client.socket.close()
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Answer:
    """One answer's head and body; status 0: none came, it was closed."""

    def __init__(self, head=b"", body=b""):
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        self.status = int(words[1]) if len(words) > 1 and \
            words[1].isdigit() else 0
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()
        self.body = body

    def __getitem__(self, name):
        return self.fields.get(name.lower(), "")

    def closes(self):
        return self["Connection"].lower() == "close"


class Client:
    def __init__(self, server):
        self.input = b""
        self.socket = socket.create_connection(("127.0.0.1", server.port),
                                               PATIENCE_S)
        server.clients.append(self)

    def send(self, text):
        with contextlib.suppress(OSError):      # it has closed already
            self.socket.sendall(text.encode("latin-1"))
        return self

    def more(self):
        """False at the end, or when nothing comes."""
        try:
            data = self.socket.recv(65536)
        except OSError:
            return False
        self.input += data
        return data != b""

    def answer(self, has_body=True):
        while b"\r\n\r\n" not in self.input:
            if not self.more():
                return Answer()
        head, _, self.input = self.input.partition(b"\r\n\r\n")
        answer = Answer(head)
        length = answer["Content-Length"]
        if has_body and length.isdigit():
            while len(self.input) < int(length):
                if not self.more():
                    break
            answer.body = self.input[:int(length)]
            self.input = self.input[int(length):]
        return answer

    def is_ended(self, within=None):
        """Has the server ended the connection, and said nothing before?"""
        self.socket.settimeout(within or PATIENCE_S)
        try:
            return self.input == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except OSError:
            return False


def request(path="/a.txt", method="GET", version="1.1", more=""):
    return f"{method} {path} HTTP/{version}\r\nHost: x\r\n{more}\r\n"


def ask(server, *words, **named):
    """One request on a connection of its own."""
    client = Client(server).send(request(*words, **named))
    answer = client.answer(named.get("method") != "HEAD")
    client.socket.close()
    return answer


# ---- What is wrong, in sentences ----

class Findings(list):
    def expect(self, is_so, sentence):
        if not is_so:
            self.append(sentence)

    def status(self, answer, status, what):
        self.expect(answer.status == status,
                    f"{what}: the answer should be {status}, and is "
                    f"{answer.status or 'none'}")


def check_common(server, found):
    client = Client(server)
    for _ in range(2):
        answer = client.send(request()).answer()
        found.status(answer, 200, "GET of a file")
        found.expect(answer.body.decode("latin-1") == FILES["a.txt"],
                     "GET of a file: its content should be the file's")
    found.status(client.send(request("/missing")).answer(), 404,
                 "GET of what is missing")
    found.status(Client(server).send("GET\r\n\r\n").answer(), 400,
                 "what is no request")
    found.status(ask(server, method="POST"), 405, "POST")


# ---- The contracts ----

def check_get_only(server, found):
    for method in ("HEAD", "POST"):
        answer = ask(server, method=method)
        found.status(answer, 405, method)
        found.expect(answer["Allow"] == "GET",
                     f"{method}: Allow should be \"GET\", and is "
                     f"\"{answer['Allow']}\"")
    client = Client(server).send(request(method="HEAD",
                                         more="Connection: close\r\n"))
    client.answer(has_body=False)
    found.expect(client.is_ended(), "HEAD: the answer has a body")


def check_options(server, found):
    allowed = "GET, HEAD, OPTIONS"
    for path in ("/a.txt", "/missing", "*"):
        client = Client(server).send(request(path, "OPTIONS"))
        answer = client.answer()
        found.status(answer, 204, f"OPTIONS {path}")
        found.expect(answer["Allow"] == allowed,
                     f"OPTIONS {path}: Allow should be \"{allowed}\"")
        found.expect("content-length" not in answer.fields,
                     f"OPTIONS {path}: a 204 has no Content-Length")
        found.status(client.send(request()).answer(), 200,
                     f"GET on the same connection after OPTIONS {path}")
    answer = ask(server, method="POST")
    found.expect(answer["Allow"] == allowed,
                 f"POST: Allow should be \"{allowed}\"")
    found.status(ask(server, method="HEAD"), 200, "HEAD")


def check_long_path(server, found):
    longest = "/" + LONG_NAME
    for path, status, what in (
            (longest, 200, "a path of 100 bytes"),
            (longest + "?" + "q" * 50, 200, "100 bytes and a query"),
            (longest + "n", 414, "a path of 101 bytes"),
            ("/" + "m" * 100, 414, "101 bytes that are no file"),
            ("/" + "%61" * 34, 414, "34 letters, percent-encoded"),
            ("http://example.org" + longest, 200,
             "100 bytes behind a host")):
        client = Client(server).send(request(path))
        found.status(client.answer(), status, what)
        found.status(client.send(request()).answer(), 200,
                     f"GET on the same connection after {what}")


def check_many_fields(server, found):
    fields = "".join(f"X-Field-{n}: {n}\r\n" for n in range(20))
    nineteen = fields[:fields.index("X-Field-19")]
    client = Client(server).send(request(more=nineteen))
    found.status(client.answer(), 200, "20 fields")
    found.status(client.send(request(more=nineteen)).answer(), 200,
                 "20 fields once more on that connection")
    for what, text in (("21 fields", request(more=fields)),
                       ("21 fields, and the head goes on",
                        request(more=fields)[:-2])):
        client = Client(server).send(text)
        answer = client.answer()
        found.status(answer, 431, what)
        found.expect(answer.closes(), f"{what}: it should be the last answer")


def check_ten_requests(server, found):
    for what in ("one by one", "all at once"):
        client = Client(server)
        if what == "all at once":
            client.send(request() * 12)
        for number in range(1, 11):
            if what == "one by one":
                client.send(request())
            answer = client.answer()
            found.status(answer, 200, f"request {number}, {what}")
            found.expect(answer.closes() == (number == 10),
                         f"request {number}, {what}: Connection should "
                         f"{'' if number == 10 else 'not '}be \"close\"")
        if what == "one by one":
            client.send(request())
        found.expect(client.is_ended(),
                     f"{what}: nothing should come after the tenth answer")
    client = Client(server)
    for number in range(1, 11):
        client.send(request()[:9])
        ask(server)     # so that the server has read the first part meanwhile
        answer = client.send(request()[9:]).answer()
        found.expect(answer.closes() == (number == 10),
                     f"request {number}, in two parts: Connection should "
                     f"{'' if number == 10 else 'not '}be \"close\"")


def check_first_wait(server, found):
    begin = time.monotonic()
    silent, begun, idle = (Client(server) for _ in range(3))
    idle.send(request())
    found.status(idle.answer(), 200, "GET")
    found.expect(not silent.is_ended(within=2), "-t 1,8,8,1: a new client "
                 "that is silent should be there after 2 s")
    sent = time.monotonic()
    begun.send("G")
    found.status(begun.answer(), 408, "half a request")
    found.expect(time.monotonic() - sent < 4, "-t 1,8,8,1: from the first "
                 "byte on, 1 s should count")
    for client, what in ((silent, "a new client that is silent"),
                         (idle, "a client between two requests")):
        found.expect(client.is_ended(), f"-t 1,8,8,1: {what} should be closed "
                     "after 8 s")
        found.expect(time.monotonic() - begin > 7.5,
                     f"-t 1,8,8,1: {what} should be there for 8 s")


def check_dots(server, found):
    for path in ("/.git/config", "/.missing", "/a/%2e./b", "/sub/.x/y",
                 "/%2E%2e/a.txt"):
        found.status(ask(server, path), 403, path)
    for path in ("/missing", "/sub/missing", "/a.txt/x"):
        found.status(ask(server, path), 404, path)
    found.status(ask(server, "/" + "m" * 5000), 404, "a path of 5001 bytes")
    found.status(ask(server, "/.stats"), 200, "/.stats with -x")


def check_old_version(server, found):
    keep = "Connection: keep-alive\r\n"
    for what, text in (
            ("HTTP/1.0", request(version="1.0")),
            ("HTTP/1.0 that wants to stay", request(version="1.0",
                                                    more=keep)),
            ("a request line of HTTP/1.0", "GET /a.txt HTTP/1.0\r\n"),
            ("HTTP/2.0", request(version="2.0"))):
        client = Client(server).send(text)
        answer = client.answer()
        found.status(answer, 505, what)
        found.expect(answer.closes(), f"{what}: it should be the last answer")
    found.status(ask(server, version="1.2"), 200, "HTTP/1.2")


def check_index_at_once(server, found):
    for path in ("/sub", "/sub/", "/sub?x"):
        answer = ask(server, path)
        found.status(answer, 200, path)
        found.expect(answer.body.decode("latin-1") == FILES["sub/index.html"],
                     f"{path}: it should be the folder's index.html")
    for path in ("/empty", "/empty/"):
        found.status(ask(server, path), 404, path)
    found.status(ask(server, "/sub", method="HEAD"), 200, "HEAD /sub")


def check_numbered(server, found):
    date = "If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT\r\n"
    answers = [("the first answer, a 200", ask(server)),
               ("a 408 (-t 1,8,8,1)", Client(server).send("G").answer())]
    client = Client(server)
    answers += [("a 200", client.send(request()).answer()),
                ("a 404", client.send(request("/missing")).answer()),
                ("a 200 elsewhere", ask(server)),
                ("a 400", Client(server).send("GET\r\n\r\n").answer()),
                ("a 304", ask(server, more=date)),
                ("a HEAD", ask(server, method="HEAD"))]
    for number, (what, answer) in enumerate(answers, 1):
        found.expect(answer["Request-Number"] == str(number),
                     f"Request-Number of {what} should be {number}, and is "
                     f"\"{answer['Request-Number']}\"")


# Each, and the options of the server for it.
CHECKS = {
    "get-only": (check_get_only, []),
    "options": (check_options, []),
    "long-path": (check_long_path, []),
    "many-fields": (check_many_fields, []),
    "ten-requests": (check_ten_requests, []),
    "first-wait": (check_first_wait, ["-t", "1,8,8,1"]),
    "dots": (check_dots, ["-x"]),
    "old-version": (check_old_version, []),
    "index-at-once": (check_index_at_once, []),
    "numbered": (check_numbered, ["-t", "1,8,8,1"]),
}


def check(name, folder):
    """The sentences; none: the contract is met."""
    found = Findings()
    for part, options in ((check_common, []), CHECKS[name]):
        server = Server(folder, *options)
        try:
            if server.port == 0:
                found.append("the server does not start")
            else:
                part(server, found)
        except OSError as error:
            found.append(f"the server cannot be reached: {error}")
        finally:
            server.close()
    return found


def main():
    arguments = sys.argv[1:]
    if arguments[0] == "--build":
        del arguments[0]
        subprocess.run(["make", "-C", arguments[1]], check=False,
                       stdin=subprocess.DEVNULL)
    name, folder = arguments
    if not os.access(os.path.join(folder, "build", "server"), os.X_OK):
        print("There is no build/server: does it compile?")
        return 1
    found = check(name, folder)
    text = "\n".join(dict.fromkeys(found)) or "met"
    print(text)
    with contextlib.suppress(OSError):
        os.write(3, text.encode())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
