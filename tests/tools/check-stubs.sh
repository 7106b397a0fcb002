#!/bin/sh
# check-stubs.sh - is each exercise's empty version told from a wrong one?
#
#	check-stubs.sh STAGE [EXERCISE...]
#
# For each exercise two programs are made and graded:
#
#	only 1.5   all is written but this one. The report must call just this one
#	           not written yet, and next.
#	to 1.5     the way of a student: everything up to this one is written,
#	           nothing after it. The one after it is next.
#
# In both nothing may be called wrong: what needs a missing function waits, and
# what does not passes. They must compile without a warning, and no process may
# be left behind. Exit status 1 if anything is not so.
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
stage=$1
shift
build=$(mktemp -d "${TMPDIR:-/tmp}/stubs.XXXXXX") || exit 1
trap 'rm -rf "$build"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
copy=$build/copy
log=$build/log

set -- "${@:-}"
all=$(awk -F '\t' -v stage="$stage" \
	'$1 ~ "^" stage "[.]" { print $1 }' exercises.tsv)
wanted=${*:-}
[ -n "$wanted" ] || wanted=$all
failures=0

stage_folder()
{
	for folder in ../stage"$stage"_*; do
		echo "$folder"
	done
}

after()
{
	echo "$all" | awk -v id="$1" 'found { print; exit } $0 "" == id { found = 1 }'
}

# Processes whose program is one of ours.
left_behind()
{
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$build"/*) echo "$exe" ;;
		esac
	done
}

# A leash may still be at work when its test has died.
check_processes()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -n "$(left_behind)" ] || return 0
		sleep 0.2
	done
	echo "a process was left behind"
}

# What is not as it should be, in words; nothing if all is well.
#   judge NEXT ONLY: the exercise that must be next; the one that may be called
#   not written, or "" for any.
judge()
{
	result=$build/stage$stage/result.tsv
	awk -F '\t' '$3 == "wrong" { print $1 " is called wrong" }' "$result"
	[ -z "$2" ] || awk -F '\t' -v only="$2" \
		'$3 == "not written yet" && $2 != only {
			print $1 " is called not written" }' "$result"
	if [ -n "$1" ]; then
		grep -q "^next: exercise $1," "$log" ||
			echo "the report does not say that $1 is next"
	else
		grep -q "^next: nothing" "$log" ||
			echo "the report does not say that all is done"
	fi
	grep -n 'warning:' "$log"
	check_processes
}

# try TITLE NEXT ONLY SPLICE-OPTION...
try()
{
	title=$1
	next=$2
	only=$3
	shift 3
	rm -rf "$copy"
	sh tools/splice.sh "$(stage_folder)" "$copy" "$@" || exit 1
	rm -f "$build/stage$stage/result.tsv"
	{
		$make --no-print-directory -C "$copy" CFLAGS='-O1 -g' \
			build/server &&
			$make --no-print-directory STAGE="$stage" \
				STAGE_DIR="$copy" BUILD="$build" SERVER= EX= \
				TEST= KIND= test
	} >"$log" 2>&1
	if [ ! -f "$build/stage$stage/result.tsv" ]; then
		wrong="the tests did not run: $(tail -n 3 "$log")"
	else
		wrong=$(judge "$next" "$only")
	fi
	printf '%-10s %-11s %s\n' "$title" "${wrong:+NOT RIGHT}" \
		"$(tail -n 5 "$log" | grep ' passed, ')"
	[ -z "$wrong" ] || {
		echo "$wrong" | sed 's/^/           /'
		failures=$((failures + 1))
	}
}

for id in $wanted; do
	try "only $id" "$id" "$id" --stub "$id"
	options=
	for later in $(echo "$all" | awk -v id="$id" 'f; $0 "" == id { f = 1 }'); do
		options="$options --stub $later"
	done
	# shellcheck disable=SC2086
	[ -z "$options" ] || try "to $id" "$(after "$id")" "" $options
done
try "none" "$(echo "$all" | head -n 1)" "" --stub-all
[ "$failures" -eq 0 ]
