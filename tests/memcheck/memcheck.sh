#!/bin/sh
# memcheck.sh - runs the tests of this folder, says what valgrind has found.
#
#	memcheck.sh SERVER SOURCES RUNNER [ARGUMENT...]
#
# SOURCES is the folder with the server's sources, or "". RUNNER is the program
# with the tests, and what follows its arguments. The last line is
# "N passed, N failed".
set -u

server=$1
sources=$2
shift 2

not_checked()
{
	echo "not checked: $1"
	exit 1
}

[ -x "$server" ] || not_checked "there is no program $server"
command -v valgrind >/dev/null ||
	not_checked "valgrind is not installed (make setup)"
valgrind -q true >/dev/null 2>&1 ||
	not_checked "valgrind does not work on this machine: try valgrind true"
! grep -q '__[amt]san_init' "$server" ||
	not_checked "the server was built with a sanitizer; valgrind cannot watch that"

MEMCHECK_SERVER=$(realpath "$server") || exit 1
MEMCHECK_SOURCES=
[ -z "$sources" ] || MEMCHECK_SOURCES=$(realpath "$sources") || exit 1
GRADED_SERVER=$(realpath "$0") || exit 1
GRADED_SERVER=${GRADED_SERVER%/*}/valgrind.sh
PATIENCE=${PATIENCE:-8} # all is some 20 times slower, but not the waiting
export MEMCHECK_SERVER MEMCHECK_SOURCES GRADED_SERVER PATIENCE

output=$(mktemp "${TMPDIR:-/tmp}/memcheck.XXXXXX") || exit 1
trap 'rm -f "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$@" >"$output"
status=$?
sed -e 's/make test TEST=memcheck_/make memcheck TEST=memcheck_/' \
	-e '/^next: /,/^$/d' \
	-e 's/^\([0-9]* passed, [0-9]* failed\), 0 skipped$/\1/' "$output"
exit $status
