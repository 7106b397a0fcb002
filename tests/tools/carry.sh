#!/bin/sh
# carry.sh - keep the files that one stage takes over from another the same.
#
#   carry.sh check [folder]    name every copy that differs, and what to do
#   carry.sh copy  [folder]    copy forward what differs
#
# tests/carry.txt names the files that a stage changes or drops; all others but
# README.md are carried. FORCE=1 lets `copy` replace a copy that is newer than
# its original.
set -u

usage()
{
	echo "usage: carry.sh check|copy [folder of the kit]" >&2
	exit 2
}

case $# in
1 | 2) ;;
*) usage ;;
esac
action=$1
case $action in
check | copy) ;;
*) usage ;;
esac
kit=${2-$(dirname "$0")/../..}
cd "$kit" || exit 1

scratch=$(mktemp -d "${TMPDIR:-/tmp}/carry.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/wrong"
: >"$scratch/right"
: >"$scratch/copied"

wrong()
{
	printf '%s\n' "$@"
	echo >>"$scratch/wrong"
}

# The files of a stage that people wrote.
list()
{
	(cd "$1" && find . -name build -prune -o -name '.*' ! -name . -prune -o \
		-type f ! -path ./README.md ! -name '*~' ! -name '*.orig' ! -name '*.rej' -print) |
		sed 's,^\./,,' | LC_ALL=C sort
}

# in_table STAGE WORD FILE: does the table say that of the file?
in_table()
{
	awk -v stage="$1" -v word="$2" -v file="$3" '
		$1 == stage && $2 == word {
			line = $0
			sub(/^[ \t]*[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", line)
			sub(/[ \t]+$/, "", line)
			if (line == file) { found = 1; exit }
		}
		END { exit !found }' tests/carry.txt
}

# One step: from the folder of one stage to the next one's.
step()
{
	from=$1
	to=$2
	number=${to#stage}
	number=${number%%_*}
	list "$from" >"$scratch/files"
	while IFS= read -r file; do
		if in_table "$number" drops "$file"; then
			if [ -e "$to/$file" ]; then
				wrong "$to/$file is there, but tests/carry.txt" \
					"  says: $number drops $file"
			fi
			continue
		fi
		if in_table "$number" changes "$file"; then
			if [ ! -e "$to/$file" ]; then
				wrong "$to/$file is not there, but tests/carry.txt" \
					"  says: $number changes $file"
			elif cmp -s "$from/$file" "$to/$file"; then
				wrong "$to/$file is the same as in $from:" \
					"  take this line out of tests/carry.txt: $number changes $file"
			fi
			continue
		fi
		if cmp -s "$from/$file" "$to/$file"; then
			echo >>"$scratch/right"
			continue
		fi
		if [ "$action" = copy ]; then
			copy "$from/$file" "$to/$file"
		elif [ ! -e "$to/$file" ]; then
			wrong "$to/$file is not there:" \
				"  to copy it from $from: make carry" \
				"  if $to has no use for it, add to tests/carry.txt: $number drops $file"
		else
			wrong "$to/$file differs from $from/$file:" \
				"  if you edited $from: make carry" \
				"  if you edited the copy: cp '$to/$file' '$from/$file' && make carry" \
				"  if they shall differ, add to tests/carry.txt: $number changes $file"
		fi
	done <"$scratch/files"
}

copy()
{
	# The copy was edited last: do not throw that away unasked.
	if [ -e "$2" ] && [ "${FORCE-}" != 1 ] &&
		[ -n "$(find "$2" -newer "$1")" ]; then
		wrong "$2 is newer than $1; not replaced." \
			"  to keep what it says: cp '$2' '$1' && make carry" \
			"  to replace it: make carry FORCE=1"
		return
	fi
	mkdir -p "$(dirname "$2")" && cp "$1" "$2" || exit 1
	echo "$1 -> $2"
	echo >>"$scratch/copied"
}

# Lines of the table that name no file, or say something else, do nothing
# without anyone noticing: they are errors too.
check_table()
{
	grep -v -e '^[[:space:]]*#' -e '^[[:space:]]*$' tests/carry.txt \
		>"$scratch/table"
	while read -r number word file; do
		case $number:$word in
		[2-9]:changes | [2-9]:drops) ;;
		*)
			wrong "tests/carry.txt: what does this mean? $number $word $file"
			continue
			;;
		esac
		# A stage that is not there yet is not looked at.
		set -- "stage${number}"_*/
		[ -d "$1" ] || continue
		set -- "stage$((number - 1))"_*/
		[ -e "$1$file" ] ||
			wrong "tests/carry.txt: $number $word $file, but ${1%/} has no such file"
	done <"$scratch/table"
}

[ -r tests/carry.txt ] || { echo "tests/carry.txt is missing" >&2; exit 1; }
check_table
before=
stages=0
for stage in stage?_*/; do
	[ -d "$stage" ] || continue
	stage=${stage%/}
	stages=$((stages + 1))
	[ -z "$before" ] || step "$before" "$stage"
	before=$stage
done

count()
{
	wc -l <"$scratch/$1" | tr -d ' '
}
same=$(($(count right) + $(count copied)))
differ=$(count wrong)
if [ "$differ" -gt 0 ] && [ "$action" = check ]; then
	echo "(If you have written an exercise here, that is no error: test it in"
	echo "the stage's folder. make carry writes over the later stages' copies.)"
fi
if [ "$stages" -lt 2 ]; then
	echo "carried copies: none yet, there is one stage"
elif [ "$differ" -eq 0 ]; then
	echo "carried copies: $same, each the same as its original"
else
	echo "carried copies: $same right, $differ wrong"
fi
[ "$differ" -eq 0 ]
