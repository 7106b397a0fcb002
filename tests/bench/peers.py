"""peers.py - other people's servers, where they are installed.

Each serves the same folder on 127.0.0.1, in the foreground, with one process
(or one worker), without a log of its requests, otherwise as its package comes.
Left out is who does not wait for its children (busybox): what those have used
is in nobody's books.
"""
import os
import re
import shutil
import socket
import subprocess

from measure import Server

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"


def find(program):
    return shutil.which(program, path=PATH)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(bench, name, text):
    folder = os.path.join(bench.folder, "peers")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def nginx(bench, port, program):
    home = os.path.join(bench.folder, "peers")
    path = write(bench, "nginx.conf", f"""
{'user root;' if os.geteuid() == 0 else ''}
daemon off;
worker_processes 1;
pid "{home}/nginx.pid";
error_log "{home}/nginx.log" crit;
events {{ worker_connections {min(12000, bench.fd_limit - 100)}; }}
http {{
	access_log off;
	sendfile on;
	default_type text/plain;
	keepalive_timeout 600s;
	keepalive_requests 1000000000;
	client_body_temp_path "{home}/nginx-body";
	proxy_temp_path "{home}/nginx-proxy";
	fastcgi_temp_path "{home}/nginx-fastcgi";
	uwsgi_temp_path "{home}/nginx-uwsgi";
	scgi_temp_path "{home}/nginx-scgi";
	server {{
		listen 127.0.0.1:{port} backlog=4096;
		root "{bench.www}";
	}}
}}
""")
    return [program, "-p", home, "-e", f"{home}/nginx.log", "-c", path]


def lighttpd(bench, port, program):
    path = write(bench, "lighttpd.conf", f"""
server.document-root = "{bench.www}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-keep-alive-requests = 1000000000
server.max-keep-alive-idle = 600
server.max-connections = {min(12000, bench.fd_limit // 2 - 100)}
server.max-fds = {bench.fd_limit}
server.errorlog = "{bench.folder}/peers/lighttpd.log"
mimetype.assign = ( ".txt" => "text/plain" )
""")
    return [program, "-D", "-f", path]


def h2o(bench, port, program):
    path = write(bench, "h2o.conf", f"""
listen:
  host: 127.0.0.1
  port: {port}
num-threads: 1
http1-request-timeout: 600
{'user: root' if os.geteuid() == 0 else ''}
hosts:
  default:
    paths:
      /:
        file.dir: "{bench.www}"
""")
    return [program, "-m", "worker", "-c", path]


def darkhttpd(bench, port, program):
    return [program, bench.www, "--addr", "127.0.0.1", "--port", str(port),
            "--maxconn", "4096", "--timeout", "600"]


def thttpd(bench, port, program):
    return [program, "-D", "-nos", "-h", "127.0.0.1", "-p", str(port),
            "-d", bench.www, "-l", "/dev/null",
            *(["-u", "root"] if os.geteuid() == 0 else [])]


def mini_httpd(bench, port, program):
    return [program, "-D", "-h", "127.0.0.1", "-p", str(port), "-d", bench.www,
            "-l", "/dev/null",
            *(["-u", "root"] if os.geteuid() == 0 else [])]


# Name, program, how to start it, does it keep connections.
KNOWN = [("nginx", "nginx", nginx, True),
         ("lighttpd", "lighttpd", lighttpd, True),
         ("h2o", "h2o", h2o, True),
         ("darkhttpd", "darkhttpd", darkhttpd, True),
         ("thttpd", "thttpd", thttpd, True),
         ("mini_httpd", "mini_httpd", mini_httpd, False)]


def installed(bench, which, cpus=None):
    """Yields (name, start) of those there are: "keep", or "all"."""
    for name, program, describe, keeps in KNOWN:
        path = find(program)
        if not path or not (keeps or which == "all"):
            continue

        def begin(name=name, path=path, describe=describe):
            port = free_port()
            return Server(name, describe(bench, port, path), cpus, port=port)
        yield name, begin


def missing():
    return [name for name, program, _, _ in KNOWN if not find(program)]


def versions():
    found = []
    for name, program, _, _ in KNOWN:
        path = find(program)
        if not path:
            continue
        option = {"h2o": "--version", "darkhttpd": "--version",
                  "mini_httpd": "-V", "thttpd": "-V"}.get(name, "-v")
        said = subprocess.run([path, option], capture_output=True, text=True,
                              check=False)
        match = re.search(r"\d+\.\d+[.\d]*", said.stdout + said.stderr)
        found.append(f"{name} {match[0] if match else '?'}")
    return ", ".join(found) or "none is installed"
