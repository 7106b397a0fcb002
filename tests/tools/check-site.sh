#!/bin/sh
# check-site.sh - does the site that `make run` serves work in a browser?
#
#   check-site.sh [FOLDER]
#
# Builds it, serves it with stage 4 and lets check-site.py look at it with
# headless Chromium; screenshots are left in FOLDER, if one is named. What is
# needed and not here is said, and nothing is checked then. The last line is
# "N passed, N failed, N skipped".
set -u

cd "$(dirname "$0")/../.." || exit 1
tools=tests/tools

skip()
{
	echo "not checked: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

for browser in chromium chromium-browser google-chrome ''; do
	! command -v "${browser:-none}" >/dev/null 2>&1 || break
done
[ -n "$browser" ] || skip "the site in a browser: chromium is missing"
command -v cmark-gfm >/dev/null 2>&1 ||
	skip "the site in a browser: cmark-gfm is missing"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null ||
	skip "the site in a browser: python3 (3.8 or later) is missing"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/check-site.XXXXXX") || exit 1
servers=
trap '[ -z "$servers" ] || kill $servers 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP PIPE

for stage in stage1_select stage4_fdpass; do
	${MAKE:-make} --no-print-directory -s -C $stage || exit 1
done
sh $tools/site.sh || exit 1

# start STAGE OPTION...: a server of the site; sets $url. The first line that it
# writes says where it listens: opening the FIFO waits for it, so does reading.
start()
{
	rm -f "$scratch/says"
	mkfifo "$scratch/says" || exit 1
	program=$1/build/server
	shift
	"$program" -p 0 -r build/site "$@" >"$scratch/says" &
	servers="$servers $!"
	read -r url <"$scratch/says" || exit 1
	url=${url#listening on }
}

start stage1_select -x
single=$url
start stage4_fdpass -w 1
silent=$url
start stage4_fdpass -w 2 -x

python3 $tools/check-site.py ${1:+-o "$1"} "$browser" "$url" "$single" \
	"$silent" build/site
