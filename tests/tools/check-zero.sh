#!/bin/sh
# check-zero.sh - are lesson 0's exercises judged rightly?
#
#	check-zero.sh [0.1 | 0.2 | 0.3]
#
# The starters must be "not written yet". attempts/0.M/wrong-NAME must fail the
# test that its head comment names, attempts/0.M/right-NAME must be done. In a
# folder, .mk is a Makefile of 0.1, .h a worker.h, .c a worker.c. The three
# small servers must compile without a warning. Exit status 1 if anything is
# not so.
set -u

tests=$(cd "$(dirname "$0")/.." && pwd) || exit 2
lesson=$tests/../notes/0-start-here
only=${1:-}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/zero.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
judged=0
status=0

wrong()
{
	echo "lesson 0: $1"
	sed 's/^/    /' "$scratch/report"
	status=1
}

# fresh: the lesson's folder as a student gets it.
fresh()
{
	rm -rf "$scratch/lesson"
	mkdir "$scratch/lesson"
	(cd "$lesson" && tar cf - --exclude=./build .) |
		(cd "$scratch/lesson" && tar xf -)
	# The declaration may stand there before the function is written.
	cp "$tests/attempts/0.2/right-plain.h" "$scratch/plain.h"
}

# look ID: what the student is told, into $said: done, wrong, not written yet or
# must wait.
look()
{
	judged=$((judged + 1))
	(cd "$scratch/lesson" && sh check/check.sh "$1") \
		>"$scratch/report" 2>&1 </dev/null
	said=$(sed -n "s/^  $1  .* \(done\|wrong\|not written yet\|must wait\) .*/\1/p" \
		"$scratch/report")
}

# place ID ATTEMPT: the attempt takes the starter's place.
place()
{
	fresh
	case $1 in
	0.1) cp "$2" "$scratch/lesson/three-files/Makefile" ;;
	0.2) cp "$2" "$scratch/lesson/workers/worker.h" ;;
	0.3)
		cp "$scratch/plain.h" "$scratch/lesson/workers/worker.h"
		cp "$tests/attempts/0.3/right-switch.c" \
			"$scratch/lesson/workers/worker.c"
		cp "$2" "$scratch/lesson/workers/worker.${2##*.}"
		;;
	esac
}

for id in 0.1 0.2 0.3; do
	[ -z "$only" ] || [ "$only" = $id ] || continue
	fresh
	look $id
	[ "$said" = "not written yet" ] ||
		wrong "the starter of $id is called \"$said\", not \"not written yet\""
	for attempt in "$tests/attempts/$id"/*; do
		name=$id/${attempt##*/}
		place $id "$attempt"
		look $id
		case $name in
		*/right-*)
			[ "$said" = "done" ] ||
				wrong "$name is right, and is called \"$said\""
			;;
		*)
			test=$(sed -n 's/^.*Must fail: //p' "$attempt")
			if [ "$said" != wrong ]; then
				wrong "$name is wrong, and is called \"$said\""
			elif ! grep -q "^wrong: $test, exercise $id," \
				"$scratch/report"; then
				wrong "$name does not fail in \"$test\""
			fi
			;;
		esac
	done
done

# 0.3 needs the header of 0.2.
if [ -z "$only" ]; then
	fresh
	cp "$tests/attempts/0.3/right-switch.c" "$scratch/lesson/workers/worker.c"
	look 0.3
	[ "$said" = "must wait" ] || wrong "0.3 does not wait for 0.2"
	fresh
	for cc in gcc clang; do
		command -v $cc >/dev/null 2>&1 || continue
		rm -rf "$scratch/lesson/build"
		(cd "$scratch/lesson" && unset MAKEFLAGS MFLAGS MAKELEVEL &&
			"${MAKE:-make}" CC=$cc CFLAGS='-O2 -Werror') \
			>"$scratch/report" 2>&1 ||
			wrong "the small servers do not compile with $cc"
	done
fi
[ $status -ne 0 ] ||
	echo "lesson 0: $judged starters and attempts, each judged rightly"
exit $status
