#!/bin/sh
# test-all.sh - grade every stage, then look at the kit itself; sum it up.
#
#   test-all.sh STAGE-FOLDER...
#
# What a stage's own `make test` found is read from the table that it writes
# beside its report. Here, where everything is written, a test that could not
# run for lack of a function counts as failed; "skipped" is what cannot be
# checked on this machine. Each check of the kit counts as one test. The last
# line is the sum; exit status 0: nothing has failed.
set -u

make=${MAKE:-make}
export MAKE="$make"
passed=0
failed=0
skipped=0
broken=

# The folder's name is stageN_something.
number()
{
	number=${1#stage}
	echo "${number%%_*}"
}

grade()
{
	echo "== $1"
	result=tests/build/stage$(number "$1")/result.tsv
	rm -f "$result"
	status=0
	"$make" --no-print-directory -C "$1" test || status=$?
	numbers="0 1 0"
	if [ -s "$result" ]; then
		numbers=$(awk -F '\t' '{ count[$3]++ }
			END {
				p = count["passed"] + 0
				s = count["not checked"] + 0
				print p, NR - p - s, s
			}' "$result")
	fi
	# shellcheck disable=SC2086
	set -- "$1" $numbers
	if [ $status -ne 0 ] && [ "$3" -eq 0 ]; then
		echo "$1: no test failed, but make test ended with $status"
		set -- "$1" "$2" 1 "$4"
	fi
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
	[ "$3" -eq 0 ] || broken="$broken $1"
	echo
}

# check NAME COMMAND...: one test of the kit itself.
check()
{
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		broken="$broken $name"
	fi
}

for stage in "$@"; do
	grade "$stage"
done

table_fits()
{
	"$make" --no-print-directory -C tests STAGE="$(number "$1")" \
		PROFILE=core check &&
		echo "$1: its tests fit the table of exercises"
}

# Who asks for one exercise or test is at work on it, and has changed a file.
if [ -z "${EX:-}${TEST:-}" ]; then
	echo "== the kit"
	check "carried-copies" sh tests/tools/carry.sh check
	check "lessons" sh tests/tools/check-notes.sh text
	check "check-notes" sh tests/tools/check-notes-test.sh text
	check "drills" sh tests/tools/drill-test.sh
	check "lesson-0" sh tests/tools/check-zero.sh
	for stage in "$@"; do
		check "table-of-$stage" table_fits "$stage"
	done
	check "exercises" sh tests/tools/check-exercises.sh
	check "labs" sh tests/tools/lab-test.sh quick
	numbers=$(for stage in "$@"; do number "$stage"; done)
	# shellcheck disable=SC2086
	check "order" env KIND=own QUIET=1 sh tests/tools/order.sh $numbers
fi
echo
[ -z "$broken" ] || echo "Failed in:$broken"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
