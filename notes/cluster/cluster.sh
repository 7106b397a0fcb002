#!/bin/sh
# cluster.sh - two stage 4 servers, and HAProxy in front of them.
#
#   cluster.sh          starts them and waits; Ctrl-C ends all of it
#   cluster.sh demo     takes one node away under load and brings it back, and
#                       counts the requests that failed: exit status 1 if any
#   cluster.sh crash    the same, but the node is killed (SIGKILL)
#
# Environment: PORT of the cluster (8080); the nodes take the two after it, and
# HAProxy's own page the third. ROOT is the folder to serve (notes/cluster).
set -u

kit=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
server=$kit/stage4_fdpass/build/server
PORT=${PORT:-8080}
PORT_ONE=$((PORT + 1))
PORT_TWO=$((PORT + 2))
PORT_STATUS=$((PORT + 3))
export PORT PORT_ONE PORT_TWO PORT_STATUS
root=${ROOT:-$kit/notes/cluster}
home=http://127.0.0.1:$PORT/

# Debian has it where only root looks.
PATH=$PATH:/usr/local/sbin:/usr/sbin

need()
{
	command -v "$1" >/dev/null 2>&1 && return 0
	echo "\`make cluster\` needs $1, which this machine does not have."
	echo "On Debian and Ubuntu:"
	echo "  sudo apt-get install -y --no-install-recommends $1"
	[ "$1" != haproxy ] ||
		echo "(That starts a service too, which the kit does not use.)"
	return 1
}

need haproxy && need curl || exit 1
if [ ! -x "$server" ]; then
	echo "$server is not there: make -C stage4_fdpass"
	exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/cluster.XXXXXX") || exit 1
node_one=
node_two=
haproxy=
clients=

# Everything ends with this script, in whatever way.
finish()
{
	trap '' INT TERM
	touch "$scratch/stop"
	for pid in $clients $haproxy $node_one $node_two; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 0' INT # Ctrl-C: the usual end
trap 'exit 143' TERM

# start_node NUMBER PORT: sets `pid`. Waits until it listens. (setsid: Ctrl-C is
# for this script, which tells the nodes. Told twice, they would end at once.)
start_node()
{
	setsid "$server" -w 2 -x -p "$2" -r "$root" >"$scratch/node$1" &
	pid=$!
	until [ -s "$scratch/node$1" ]; do
		kill -0 "$pid" 2>/dev/null || {
			echo "node $1 did not start; is port $2 taken?"
			exit 1
		}
		sleep 0.05
	done
}

# One column of HAProxy's table for a node: its names are in the first line.
column()
{
	curl -s "http://127.0.0.1:$PORT_STATUS/;csv" |
		awk -F, -v node="$1" -v name="$2" '
			NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
			$1 == "nodes" && $2 == node { print $at }'
}

# await NODE STATUS: at most ten seconds.
await()
{
	tries=200
	until [ "$(column "$1" status)" = "$2" ]; do
		tries=$((tries - 1))
		if [ $tries -eq 0 ]; then
			echo "HAProxy does not say that node $1 is $2."
			exit 1
		fi
		sleep 0.05
	done
}

start_all()
{
	start_node one "$PORT_ONE"
	node_one=$pid
	start_node two "$PORT_TWO"
	node_two=$pid
	setsid haproxy -db -f "$kit/notes/cluster/haproxy.cfg" \
		>"$scratch/haproxy" 2>&1 &
	haproxy=$!
	until curl -s -o /dev/null "$home"; do
		kill -0 $haproxy 2>/dev/null || {
			echo "HAProxy did not start. It says:"
			cat "$scratch/haproxy"
			exit 1
		}
		sleep 0.05
	done
	await one UP
	await two UP
}

# --- the demonstration ------------------------------------------------------

# A client: requests, one after the other, 50 to a connection. A line for each:
# the status, the bytes, and curl's own verdict (0: it is content).
client()
{
	while [ ! -e "$scratch/stop" ]; do
		curl -s -o /dev/null -w '%{http_code} %{size_download} %{exitcode}\n' \
			"$home?n=[1-50]"
	done >"$scratch/client$1"
}

# How many so far; and per node, as HAProxy counts.
report()
{
	now_one=$(column one hrsp_2xx)
	now_two=$(column two hrsp_2xx)
	printf '%-34s %8d %8d\n' "$1" $((now_one - seen_one)) \
		$((now_two - seen_two))
	seen_one=$now_one
	seen_two=$now_two
}

# demo SIGNAL: how node one is taken away.
demo()
{
	size=$(curl -s "$home" | wc -c)
	seen_one=$(column one hrsp_2xx)
	seen_two=$(column two hrsp_2xx)

	echo "Eight clients ask, without a pause. Answers by node:"
	printf '%-34s %8s %8s\n' '' one two
	for n in 1 2 3 4 5 6 7 8; do
		client $n &
		clients="$clients $!"
	done
	sleep 2
	report "both nodes are there"

	kill -s "$1" "$node_one"
	wait "$node_one" 2>/dev/null
	await one DOWN
	report "node one gets SIG$1"
	sleep 2
	report "node one is gone"

	start_node one "$PORT_ONE"
	node_one=$pid
	await one UP
	report "node one starts"
	sleep 2
	report "both nodes are there again"

	touch "$scratch/stop"
	# shellcheck disable=SC2086
	wait $clients
	clients=
	retried=$(($(column one wretr) + $(column two wretr)))
	moved=$(($(column one wredis) + $(column two wredis)))
	cat "$scratch"/client* | awk -v size="$size" -v retried="$retried" \
		-v moved="$moved" '
		$1 == 200 && $2 == size && $3 == 0 { good++ }
		END {
			printf "\n%d requests, %d failed\n", NR, NR - good
			printf "HAProxy had to try %d of them twice\n", retried + moved
			exit NR == 0 || NR != good
		}'
}

case ${1-} in
demo)
	trap 'exit 130' INT
	start_all
	demo TERM
	;;
crash)
	start_all
	demo KILL || echo "A node that is killed takes along what it had begun."
	;;
'')
	start_all
	echo "the cluster    http://127.0.0.1:$PORT/"
	echo "node one       http://127.0.0.1:$PORT_ONE/    process $node_one"
	echo "node two       http://127.0.0.1:$PORT_TWO/    process $node_two"
	echo "HAProxy says   http://127.0.0.1:$PORT_STATUS/"
	echo "Ctrl-C ends all of it."
	wait
	;;
*)
	echo "usage: cluster.sh [demo|crash]" >&2
	exit 2
	;;
esac
