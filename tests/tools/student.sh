#!/bin/sh
# student.sh - what a student asks for beside `make test`.
#
#	student.sh hint     one more hint each time          EX=1.8
#	student.sh reset    brings one function's starter back   EX=1.8
#	student.sh gdb RUN  the debugger, at a test that failed  EX=1.8 or TEST=name
#	student.sh watch    runs the tests at each save
#	student.sh next     in a lab: adds the next stage
#	student.sh own      in a handout: takes one's own files FROM=folder
#
# Called by the Makefiles, in the environment: STAGE, EX, TEST, STAGE_DIR and
# OUT (as in tests/Makefile, relative to tests/). tests/kind says what this
# folder is: a "lab" or a "handout"; the kit itself has no such file.
set -eu

tests=$(cd "$(dirname "$0")/.." && pwd)
tools=$tests/tools
root=$(dirname "$tests")
make=${MAKE:-make}
action=${1:-}
caller=$PWD
cd "$tests"

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

kind=kit
[ ! -f kind ] || kind=$(cat kind)
exercise=${EX:-}
stage=${exercise%%.*}
[ -n "$stage" ] || stage=${STAGE:-1}
case $stage in
*[!0-9]*) fail "EX=$exercise: an exercise is named like this: EX=1.8" ;;
esac
[ "$stage" = "${STAGE:-$stage}" ] || STAGE_DIR=
for folder in ../stage"$stage"_*; do
	folder=${STAGE_DIR:-$folder}
	break
done
out=${OUT:-build/stage$stage}
[ "$stage" = "${STAGE:-$stage}" ] || out=build/stage$stage

# column NUMBER ID: of exercises.tsv.
column()
{
	awk -F '\t' -v id="$2" -v n="$1" '$1 "" == id { print $n }' exercises.tsv
}

verdicts()
{
	[ ! -s "$out/result.tsv" ] || cat "$out/result.tsv"
}

is_stub()
{
	grep -q "EXERCISE[A-Z_]*(\"$1\"" "$folder/$(column 3 "$1")" 2>/dev/null
}

# The first exercise that is not written or was found wrong.
next_exercise()
{
	awk -F '\t' -v stage="$stage" '$1 ~ "^" stage "[.]" { print $1 }' \
		exercises.tsv | while read -r id; do
		if is_stub "$id" || verdicts | awk -F '\t' -v id="$id" '
			$2 "" == id && $3 == "wrong" { found = 1 }
			END { exit !found }'; then
			echo "$id"
			break
		fi
	done
}

# Sets `exercise` to the one asked for, or else the next to do.
choose_exercise()
{
	if [ -z "$exercise" ]; then
		exercise=$(next_exercise)
		[ -n "$exercise" ] || fail \
			"All exercises of stage $stage are written, and none was found wrong." \
			"For another one: make $action EX=$stage.1"
	fi
	[ "$stage" = 0 ] || [ -n "$(column 2 "$exercise")" ] ||
		fail "There is no exercise $exercise in tests/exercises.tsv."
}

what_it_is()
{
	if [ "$stage" = 0 ]; then
		echo "Exercise $exercise - $(hints title)"
	else
		echo "Exercise $exercise, $(column 2 "$exercise")() in" \
			"$(column 3 "$exercise") - $(column 8 "$exercise")"
	fi
}

# ---- make hint ----

hints()
{
	awk -v id="$exercise" -v level="$1" -f "$tools/hint.awk" "$lesson"
}

seen_so_far()
{
	[ ! -f "$root/.hints" ] ||
		awk -v id="$exercise" '$1 "" == id { n = $2 } END { print n }' \
			"$root/.hints"
}

remember()
{
	{
		[ ! -f "$root/.hints" ] ||
			awk -v id="$exercise" '$1 "" != id' "$root/.hints"
		echo "$exercise $1"
	} >"$root/.hints.new"
	mv "$root/.hints.new" "$root/.hints"
}

# The kit that a lab comes from; empty if it is not where it was.
kit_folder()
{
	folder_of_kit=${KIT:-}
	[ -n "$folder_of_kit" ] || [ ! -f "$root/.kit" ] ||
		folder_of_kit=$(cat "$root/.kit")
	case $folder_of_kit in
	'' | /*) ;;
	*) folder_of_kit=$caller/$folder_of_kit ;;
	esac
	[ ! -f "$folder_of_kit/tests/tools/lab.sh" ] || echo "$folder_of_kit"
}

need_kit()
{
	kit=$(kit_folder)
	[ -n "$kit" ] || fail \
		"This lab was made from a kit, the folder with the finished stages. It" \
		"is not where it was: ${KIT:-$(cat "$root/.kit" 2>/dev/null)}" \
		"Say where it is now, for example:" \
		"  make $action KIT=../loop-to-pool"
}

answer()
{
	case $kind in
	lab) ;;
	handout) fail "The answers are not in a handout." ;;
	*) fail "This is the finished kit: the answer is in" \
		"${folder#../}/$(column 3 "$exercise")." ;;
	esac
	[ "$seen" -ge "$count" ] || fail \
		"You have seen $seen of $count hints of exercise $exercise. First the others:" \
		"  make hint EX=$exercise"
	need_kit
	for source in "$kit/stage$stage"_*; do
		what_it_is
		echo "One answer among others, from the finished program:"
		echo
		awk -v mode=get -v name="$(column 2 "$exercise")" \
			-f "$tools/function.awk" \
			"$source/$(column 3 "$exercise")"
	done
}

hint()
{
	choose_exercise
	lesson=
	for file in "../notes/$stage"-*.md; do
		[ ! -f "$file" ] || lesson=$file
	done
	count=
	[ -z "$lesson" ] || count=$(hints 0)
	seen=$(seen_so_far)
	seen=${seen:-0}
	if [ -z "$count" ] || [ "$count" -eq 0 ]; then
		count=0
		[ "${ANSWER:-}" = yes ] || {
			[ "$stage" = 0 ] || what_it_is
			if [ -z "$lesson" ]; then
				echo "There is no lesson of stage $stage in notes/ yet, so there are"
				echo "no hints."
			else
				echo "${lesson#../} has no hints for exercise $exercise."
			fi
			[ "$stage" = 0 ] ||
				echo "What the function must do is said above it."
			return 1
		}
	fi
	if [ "${ANSWER:-}" = yes ]; then
		answer
		return
	fi
	level=${LEVEL:-$((seen + 1))}
	case $level in
	*[!0-9]* | 0) fail "LEVEL=$level: it is a number from 1 to $count" ;;
	esac
	what_it_is
	if [ "$level" -gt "$count" ]; then
		echo "You have seen all $count hints. Again: make hint" \
			"EX=$exercise LEVEL=1"
		echo "More: ${lesson#../}, section $exercise."
		[ "$kind" = lab ] && [ "$stage" != 0 ] &&
			echo "One answer, after all: make hint EX=$exercise ANSWER=yes"
		return 0
	fi
	hints "$level"
	echo
	[ "$level" -le "$seen" ] || remember "$level"
	if [ "$level" -lt "$count" ]; then
		echo "($level of $count. One more: make hint EX=$exercise)"
	else
		echo "($level of $count)"
	fi
}

# ---- make reset ----

# The starter's stub needs the header with its macros.
include_exercise_h()
{
	grep -q EXERCISE "$starter" || return 0
	[ -f "$folder/exercise.h" ] || cp "$tools/exercise.h" "$folder/"
	! grep -q '^#include "exercise.h"' "$file" || return 0
	awk '/^#include/ { last = NR } { text[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				print text[i]
				if (i == last)
					print "\n#include \"exercise.h\""
			}
		}' "$file" >"$file.new"
	mv "$file.new" "$file"
}

# Puts what the function is now into stageN/aside/NAME-1.c, or -2, ...; sets
# `aside`.
keep_aside()
{
	mkdir -p "$folder/aside"
	number=1
	while [ -e "$folder/aside/$function-$number.c" ]; do
		number=$((number + 1))
	done
	aside=$folder/aside/$function-$number.c
	awk -v mode=get -v name="$function" -f "$tools/function.awk" "$file" \
		>"$aside"
}

reset()
{
	[ -n "$exercise" ] || fail "Which exercise? For example:" \
		"  make reset EX=$stage.1"
	[ "$kind" != kit ] || fail \
		"This is the finished kit. In a lab, make reset brings a starter back:" \
		"  make lab DIR=../my-lab"
	starter=starters/$exercise.c
	[ -f "$starter" ] || fail "There is no starter of exercise $exercise here."
	function=$(column 2 "$exercise")
	file=$folder/$(column 3 "$exercise")
	[ -f "$file" ] || fail "${file#../} is not there."
	keep_aside || {
		rm -f "$aside"
		rmdir "$folder/aside" 2>/dev/null || :
		fail "${file#../} has no function $function() whose name and } begin a" \
			"line. Nothing was changed. The starter is tests/$starter."
	}
	if cmp -s "$aside" "$starter"; then
		rm -f "$aside"
		rmdir "$folder/aside" 2>/dev/null || :
		echo "$function() in ${file#../} is as it was at the start."
		return
	fi
	awk -v mode=put -v name="$function" -v new="$starter" \
		-f "$tools/function.awk" "$file" >"$file.new"
	mv "$file.new" "$file"
	include_exercise_h
	if [ "${KEEP:-}" = quiet ]; then
		echo "${aside#../}"
		return
	fi
	echo "$function() in ${file#../} is as it was at the start."
	echo "What you had written is kept in ${aside#../}."
}

# ---- make gdb ----

failed_test()
{
	verdicts | awk -F '\t' -v id="$1" \
		'$2 "" == id && $3 == "wrong" { print $1; exit }'
}

debug()
{
	run=$1
	test=${TEST:-}
	if [ -z "$test" ]; then
		choose_exercise
		test=$(failed_test "$exercise")
		[ -n "$test" ] || fail \
			"No test of exercise $exercise has failed in the last run of make test." \
			"Run it again, make test EX=$exercise, or name a test: make gdb TEST=name"
	fi
	line=$("$run" --table exercises.tsv --list |
		awk -F '\t' -v name="$test" '$1 == name { print $2, $3 }')
	[ -n "$line" ] || fail "There is no test $test."
	command -v "${GDB:-gdb}" >/dev/null || fail \
		"gdb is not installed. On Debian or Ubuntu: sudo apt-get install gdb"
	mkdir -p "$out/scratch"
	set -- -q -ex 'set breakpoint pending on'
	case $line in
	*unit | *given) ;;
	*)
		echo "The debugger follows the server, not the test that asks it."
		set -- "$@" -ex 'set follow-fork-mode child'
		;;
	esac
	id=${line%% *}
	if [ -n "$(column 2 "$id")" ]; then
		echo "It stops at the beginning of $(column 2 "$id")()."
		set -- "$@" -ex "break $(column 2 "$id")"
	fi
	echo "n goes to the next line, p x shows x, c goes on, q ends."
	PATIENCE=1000 exec "${GDB:-gdb}" "$@" -ex run --args "$run" --scratch \
		"$out/scratch" --here "$test"
}

# ---- make watch ----

watch()
{
	command -v entr >/dev/null || fail \
		"make watch needs entr. On Debian or Ubuntu: sudo apt-get install entr"
	set -- -c
	[ -t 0 ] || set -- -n
	find "$folder" \( -name build -o -name aside \) -prune -o \
		\( -name '*.[ch]' -o -name Makefile \) -print |
		entr "$@" "$make" --no-print-directory STAGE="$stage" test
}

# ---- make next, make own ----

next()
{
	case $kind in
	lab) ;;
	handout) fail "This is a handout of one stage; the next one comes from" \
		"whoever gave you this." ;;
	*) fail "This is the finished kit. make lab DIR=../my-lab makes a lab, and" \
		"make next there adds a stage to it." ;;
	esac
	need_kit
	[ -z "${KIT:-}" ] || (cd "$kit" && pwd) >"$root/.kit"
	MAKE="$make" exec sh "$kit/tests/tools/lab.sh" next "$root"
}

own()
{
	[ -f carried.txt ] || fail \
		"Everything is here: this folder takes nothing from an earlier stage."
	from=${FROM:-}
	case $from in
	'') fail "From where? For example:" \
		"  make own FROM=../my-lab/stage$((stage - 1))_..." ;;
	/*) ;;
	*) from=$caller/$from ;;
	esac
	[ -f "$from/$(head -n 1 carried.txt)" ] || fail \
		"$from is not the folder of stage $((stage - 1)): $(head -n 1 carried.txt) is not in it."
	while IFS= read -r file; do
		if [ ! -f "$from/$file" ]; then
			echo "$file is not there."
		elif [ -e "$folder/$file" ] &&
			! cmp -s "$from/$file" "$folder/$file"; then
			echo "$file is here already, and another one: left as it is."
		else
			mkdir -p "$(dirname "$folder/$file")"
			cp "$from/$file" "$folder/$file"
		fi
	done <carried.txt
	for file in starters/"$stage".*.c; do
		grep -q EXERCISE "$file" && continue
		exercise=$(basename "$file" .c)
		KEEP=quiet
		kept=$(reset)
		echo "Exercise $exercise is a repair: $(column 2 "$exercise")() in" \
			"$(column 3 "$exercise") is now one"
		echo "that is wrong. Your own is kept in $kept."
	done
	echo "Your files are in ${folder#../}. make test says what comes next."
}

case $action in
hint) hint ;;
reset) reset ;;
gdb) debug "$2" ;;
watch) watch ;;
next) next ;;
own) own ;;
*) fail "usage: student.sh hint | reset | gdb RUN | watch | next | own" ;;
esac
