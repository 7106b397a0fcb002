#!/bin/sh
# test.sh - is the exam what it says?
#
#	test.sh quick   the folders: same seed, same exam; nothing in them gives
#	                an answer away; they compile alone. Seconds.
#	test.sh         and each contract: the unchanged server does not meet it,
#	                with its patch it does. A minute.
#	test.sh all     and that it does so whichever mistake is in the server, too;
#	                and exams that were handed in are checked. Half an hour.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
quick) set -- Papers ;;
'') set -- Papers Contracts ;;
all) set -- Papers Contracts Mistakes HandedIn ;;
*)
	echo "usage: test.sh [quick | all]" >&2
	exit 2
	;;
esac
exec python3 -B "$here/test_exam.py" "$@"
