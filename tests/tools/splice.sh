#!/bin/sh
# splice.sh - a copy of a finished stage with other bodies in some functions.
#
#	splice.sh STAGE_DIR OUT_DIR [--stub N.M | --starter N | --body FILE |
#	                             --body N.M=FILE]...
#
# --stub 1.5       the function of exercise 1.5 is still to be written: it says
#                  so and exits with 70 (exercise.h). If the exercise is a
#                  repair its function is the broken one instead.
# --starter 1      so with all exercises of stage 1.
# --body FILE      FILE defines one or several functions that are exercises,
#                  with whatever helpers they need; they replace the stage's.
# --body 1.7=FILE  the same, and FILE must define that exercise's function; or
#                  it is only the function's body, from { to }.
#
# OUT_DIR is made; what is built (build/) is not copied. Nothing is changed in
# STAGE_DIR. Exit status: 0, or 1 with a message.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
lessons="select epoll prefork fdpass"

fail()
{
	echo "splice.sh: $*" >&2
	exit 1
}

[ $# -ge 2 ] || fail "usage: splice.sh STAGE_DIR OUT_DIR [--stub N.M]..."
from=$1
to=$2
shift 2
[ -d "$from" ] || fail "there is no folder $from"
mkdir -p "$to"
(cd "$from" && tar cf - --exclude=./build .) | (cd "$to" && tar xf -)

scratch=$(mktemp -d "${TMPDIR:-/tmp}/splice.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/chunks"

# id, function, file of every exercise in the stage
(cd "$to" && for file in *.c web/*.c; do
	[ ! -f "$file" ] ||
		awk -v mode=list -f "$tools/splice.awk" "$file" |
		sed "s|\$| $file|"
done) >"$scratch/exercises"

function_of()
{
	awk -v id="$1" '$1 "" == id { print $2 }' "$scratch/exercises"
}

functions=" $(awk '{ printf "%s ", $2 }' "$scratch/exercises")"
stubs=" "
bodies=" "

take_stub()
{
	broken=$(sh "$tools/repair.sh" "$1")
	if [ -n "$broken" ]; then
		take_body "$broken"
		return
	fi
	[ -n "$(function_of "$1")" ] || fail "no exercise $1 in $from"
	stubs="$stubs$1 "
}

take_body()
{
	id=
	file=$1
	case $1 in
	[0-9]*.[0-9]*=*)
		id=${1%%=*}
		file=${1#*=}
		;;
	esac
	[ -f "$file" ] || fail "there is no file $file"
	rm -rf "$scratch/new"
	mkdir "$scratch/new"
	awk -v mode=split -v functions="$functions" -v chunks="$scratch/new" \
		-f "$tools/splice.awk" "$file"
	if [ -f "$scratch/new/body.c" ]; then
		[ -n "$id" ] || fail "$file: a body only; say of which exercise"
		cp "$scratch/new/body.c" "$scratch/chunks/"
		bodies="$bodies$(function_of "$id") "
		return
	fi
	for chunk in "$scratch"/new/*.c; do
		[ -f "$chunk" ] || fail "$file: defines no exercise's function"
		name=${chunk##*/}
		bodies="$bodies${name%.c} "
	done
	if [ -n "$id" ] && [ ! -f "$scratch/new/$(function_of "$id").c" ]; then
		fail "$file: does not define the function of exercise $id"
	fi
	cp "$scratch"/new/*.c "$scratch/chunks/"
}

while [ $# -gt 0 ]; do
	case $1 in
	--stub)
		take_stub "$2"
		shift 2
		;;
	--starter)
		ids=$(awk -F '\t' -v stage="$2" \
			'$1 ~ "^" stage "[.]" { print $1 }' \
			"$tools/../exercises.tsv")
		for id in $ids; do
			take_stub "$id"
		done
		shift 2
		;;
	--body)
		take_body "$2"
		shift 2
		;;
	*)
		fail "unknown option $1"
		;;
	esac
done

# The stub's header goes below the last #include of the file.
include_exercise()
{
	up=
	case $1 in
	*/*) up=../ ;;
	esac
	awk -v line="#include \"${up}exercise.h\"" '
		/^#include/ { last = NR }
		{ text[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				print text[i]
				if (i == last)
					print "\n" line
			}
		}' "$2"
}

changed=
while read -r id name file; do
	case $stubs in
	*" $id "*) stubbed="${stubbed:-} $file" ;;
	esac
	case "$stubs$bodies" in
	*" $id "* | *" $name "*)
		case " $changed " in
		*" $file "*) ;;
		*) changed="$changed $file" ;;
		esac
		;;
	esac
done <"$scratch/exercises"

for file in $changed; do
	awk -v mode=apply -v stubs="$stubs" -v bodies="$bodies" \
		-v chunks="$scratch/chunks" -v name="$file" \
		-v lessons="$lessons" -f "$tools/splice.awk" "$to/$file" \
		>"$scratch/new.c"
	case " ${stubbed:-} " in
	*" $file "*)
		include_exercise "$file" "$scratch/new.c" >"$to/$file"
		cp "$tools/exercise.h" "$to/"
		;;
	*)
		cp "$scratch/new.c" "$to/$file"
		;;
	esac
done
