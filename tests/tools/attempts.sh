#!/bin/sh
# attempts.sh - the grader's own test: does it tell wrong answers from right?
#
#	attempts.sh STAGE [N.M | FILE]...
#
# attempts/N.M/wrong-NAME.c is the function of exercise N.M as somebody might
# hand it in. Its head comment says "Must fail: TEST": with it in place of the
# stage's own, the exercise's tests are run, and that one must fail.
# attempts/N.M/right-NAME.c is an answer unlike ours: every test of the stage
# must pass. A file may bring several functions that belong together.
#
# Without arguments all of the stage's are tried, otherwise those of these
# exercises, or these files. In the environment: JOBS=n tries n at once;
# SAY=1 shows what each wrong answer is told; MEMCHECK=1 runs right ones under
# valgrind as well; ROUNDS=n runs each answer's tests n times, of a wrong one
# from the second time on just the test that must fail: is a verdict always the
# same? Everything is built in a temporary folder.
#
# Each deviation is told with the end of what was said, then comes a table. The
# last line is "N passed, N failed"; exit status 0: nothing has failed.
set -u

wrong_seconds=300 # for one answer's tests, to give up
right_seconds=1200
log_lines=40 # of what was said, when something deviates

fail()
{
	echo "attempts.sh: $*" >&2
	exit 2
}

[ $# -ge 1 ] || fail "usage: attempts.sh STAGE [N.M | FILE]..."
stage=$1
shift
tests=$(cd "$(dirname "$0")/.." && pwd) || exit 2
for source in "$tests"/../stage"$stage"_*/; do
	[ -d "$source" ] || fail "there is no stage $stage"
done
make=${MAKE:-make}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 1)}
rounds=${ROUNDS:-1}

# ---- Processes ----

# Those that run a program out of this folder: none should when it is done.
left_behind()
{
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$1"/*)
			pid=${exe#/proc/}
			echo "${pid%/exe}"
			;;
		esac
	done
}

# A worker that is told to end tells its make, and that its tests.
workers=
end_all()
{
	trap - EXIT
	for pid in $workers; do
		kill "$pid" 2>/dev/null
	done
	wait
	for pid in $(left_behind "$scratch"); do
		kill -9 "$pid" 2>/dev/null
	done
	rm -rf "$scratch"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/attempts.XXXXXX") || exit 2
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$scratch/claimed" "$scratch/verdicts"

# grade SECONDS PLACE TARGET...: make in tests/, with the stage in this place.
# It runs in the background, so that this shell hears a signal at once.
grade()
{
	seconds=$1
	place=$2
	shift 2
	timeout -k 10 "$seconds" env MAKEFLAGS= MAKELEVEL= \
		"$make" --no-print-directory -C "$tests" STAGE="$stage" \
		STAGE_DIR="$place/student" BUILD="$place/build" JOBS= KIND= \
		SERVER= "$@" </dev/null &
	child=$!
	wait $child
	status=$?
	child=
	return $status
}

# ---- Places to build and run in, one for each worker ----

# The first one is built. The others are copies of it, so that nothing has to
# be compiled but what an attempt changes: student.txt, which names the folder,
# must not look newer than what was made of it.
make_places()
{
	first=$scratch/1
	mkdir -p "$first/student"
	(cd "$source" && tar cf - --exclude=./build .) |
		(cd "$first/student" && tar xf -)
	if ! grade 600 "$first" programs >"$scratch/log" 2>&1; then
		cat "$scratch/log" >&2
		fail "stage $stage cannot be built"
	fi
	for number in $(seq 2 "$jobs"); do
		cp -a "$first" "$scratch/$number"
		out=$scratch/$number/build/stage$stage
		ln -sfn "$scratch/$number/student" "$out/student"
		sed "1s|.*|$(readlink "$out/student")|" \
			"$first/build/stage$stage/student.txt" \
			>"$out/student.txt"
		touch -r "$first/build/stage$stage/student.txt" \
			"$out/student.txt"
	done
	grade 60 "$first" list EX= TEST= >"$scratch/list"
}

# Puts an attempt in place of what is there; make sees which files differ.
put_in()
{
	rm -rf "$1/spliced"
	sh "$tests/tools/splice.sh" "$source" "$1/spliced" --body "$2" ||
		return 1
	(cd "$1/spliced" && find . -type f) | while read -r path; do
		cmp -s "$1/spliced/$path" "$1/student/$path" ||
			cp "$1/spliced/$path" "$1/student/$path"
	done
}

# ---- One attempt: these say what deviates, or nothing ----

verdict_on()
{
	[ ! -f "$result" ] ||
		awk -F '\t' -v name="$1" '$1 == name { print $3 }' "$result"
}

# Says what is wrong with what `test "$@"` said of this one, if anything.
judge_once()
{
	rm -f "$result"
	grade $wrong_seconds "$place" test "$@" >"$place/log" 2>&1
	status=$?
	verdict=$(verdict_on "$name")
	if [ $status -ge 124 ]; then
		echo "its tests did not end within $wrong_seconds s"
	elif [ ! -f "$result" ]; then
		echo "it cannot be compiled, or its tests did not run"
	elif [ -n "$verdict" ] && [ "$verdict" != wrong ]; then
		echo "$name must fail; it is: $verdict"
	fi
}

judge_wrong()
{
	name=$(sed -n 's/^ \* Must fail: *//p' "$file")
	if ! cut -f 1 "$scratch/list" | grep -qxF -e "$name"; then
		echo "\"Must fail: $name\": there is no such test"
		return
	fi
	judge_once EX="$id" TEST=
	[ -f "$result" ] || return
	round=1
	[ -n "$(verdict_on "$name")" ] || round=0 # another exercise's test
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		judge_once EX= TEST="$name"
		[ -n "$(verdict_on "$name")" ] || echo "$name did not run"
	done
}

judge_right()
{
	round=0
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		judge_right_once
	done
}

judge_right_once()
{
	for target in test ${MEMCHECK:+memcheck}; do
		rm -f "$result"
		grade $right_seconds "$place" "$target" EX= TEST= \
			>"$place/log" 2>&1
		status=$?
		if [ $status -ge 124 ]; then
			echo "its tests did not end within $right_seconds s"
		elif [ ! -f "$result" ] && [ "$target" = test ]; then
			echo "it cannot be compiled, or its tests did not run"
		elif [ $status -ne 0 ] && [ "$target" = memcheck ]; then
			echo "valgrind has found something"
		elif [ $status -ne 0 ]; then
			awk -F '\t' '$3 != "passed" && $3 != "not checked" {
				print $1 " is: " $3
			}' "$result"
		fi
	done
}

# What a wrong answer is told: the paragraphs about the test that must fail.
show_told()
{
	awk -v name="$(sed -n 's/^ \* Must fail: *//p' "$file")" '
		/^wrong: / { is_it = $2 == name || $2 == name "," }
		/^next: / || /^not checked/ { is_it = 0 }
		is_it { print "      | " $0 }' "$place/log"
}

say()
{
	[ "$1" = FAIL ] || [ -n "${SAY:-}" ] || return
	printf '%-4s  %s/%s\n' "$1" "$id" "$(basename "$file")"
	sed 's/^/      /' "$place/why"
	if [ "$1" = FAIL ]; then
		tail -n $log_lines "$place/log" | sed 's/^/      | /'
	elif [ "$kind" = wrong ]; then
		show_told
	fi
}

# Tries one file in this place. The verdict is a file of its own.
try()
{
	place=$1
	file=$2
	id=$(basename "$(dirname "$file")")
	kind=$(basename "$file")
	kind=${kind%%-*}
	result=$place/build/stage$stage/result.tsv
	function=$(awk -F '\t' -v id="$id" '$1 "" == id { print $2 }' \
		"$tests/exercises.tsv")
	rm -f "$result"
	: >"$place/log"
	if ! grep -q "^$function(" "$file"; then
		echo "it does not define $function()" >"$place/why"
	elif ! put_in "$place" "$file" >"$place/log" 2>&1; then
		echo "it cannot be put into the stage" >"$place/why"
	else
		"judge_$kind" >"$place/why"
	fi
	pids=$(left_behind "$place" | tr '\n' ' ')
	if [ -n "$pids" ]; then
		echo "it left processes behind: $pids" >>"$place/why"
		# shellcheck disable=SC2086
		kill -9 $pids
	fi
	verdict=ok
	[ ! -s "$place/why" ] || verdict=FAIL
	printf '%s\t%s\t%s\n' "$id" "$kind" "$verdict" >"$scratch/verdicts/$3"
	say "$verdict" >"$place/said"
	cat "$place/said" # in one piece: others say something too
}

# Tries, in this place, whatever nobody else has begun with.
work()
{
	child=
	trap - EXIT
	trap 'exit 130' INT
	trap '[ -z "$child" ] || kill "$child"; exit 143' TERM
	number=0
	while read -r attempt; do
		number=$((number + 1))
		mkdir "$scratch/claimed/$number" 2>/dev/null || continue
		try "$1" "$attempt" $number
	done <"$scratch/attempts"
}

# ---- All of them ----

# The right ones first: they take longest.
list_attempts()
{
	if [ $# -eq 0 ]; then
		ids=$(awk -F '\t' -v stage="$stage" 'int($1) == stage {
			print $1
		}' "$tests/exercises.tsv")
		# shellcheck disable=SC2086
		set -- $ids
	fi
	for kind in right wrong; do
		for wanted; do
			case $wanted in
			*/$kind-*.c)
				folder=$(cd "$(dirname "$wanted")" && pwd) &&
					echo "$folder/${wanted##*/}"
				;;
			*/*) ;;
			*)
				find "$tests/attempts/$wanted" \
					-name "$kind-*.c" | sort
				;;
			esac
		done
	done
}

print_table()
{
	cat "$scratch"/verdicts/* | sort -t . -k 1,1n -k 2,2n | awk -F '\t' '
		function row(    text) {
			printf "%-9s %6s %-8s %6s %-8s\n", id,
				good["wrong"] + 0, "of " all["wrong"] + 0,
				good["right"] + 0, "of " all["right"] + 0
			delete good
			delete all
		}
		BEGIN {
			print "exercise   wrong, caught    right, passed"
		}
		$1 != id {
			if (id != "")
				row()
			id = $1
		}
		{
			all[$2]++
			$3 == "ok" ? good[$2]++ : failed++
		}
		END {
			row()
			printf "\n%d passed, %d failed\n", NR - failed, failed
			exit failed > 0
		}'
}

list_attempts "$@" >"$scratch/attempts"
[ -s "$scratch/attempts" ] || fail "there is no such attempt"
make_places
for number in $(seq 1 "$jobs"); do
	work "$scratch/$number" &
	workers="$workers $!"
done
# shellcheck disable=SC2086
wait $workers
workers=
[ "$(cat "$scratch"/verdicts/* | wc -l)" -eq \
	"$(wc -l <"$scratch/attempts")" ] ||
	fail "not all of them were tried"
print_table
