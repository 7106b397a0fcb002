#!/bin/sh
# check-notes.sh - are the lessons true, as notes/README.md promises?
#
#   check-notes.sh [-C KIT] [text|commands] [PAGE...]
#
#   text       what is written: code excerpts against the source, links and
#              anchors, the parts of a lesson, exercises and hints, pictures.
#              Takes a second; part of `make test`
#   commands   what is to be typed: the blocks marked "sh run" and "sh server",
#              and the output that is shown; `make notes`
#
# Both, if neither is named; all pages, if none is. What is wrong is named as
# file:line. Exit status 0: nothing is wrong.
set -u

tools=$(cd "$(dirname "$0")" && pwd) || exit 1
kit=$tools/../..
LC_ALL=C
export LC_ALL

usage()
{
	echo "usage: check-notes.sh [-C kit] [text|commands] [page...]" >&2
	exit 2
}

if [ "${1-}" = -C ]; then
	[ $# -ge 2 ] || usage
	kit=$2
	shift 2
fi
cd "$kit" || exit 1

do_text=yes
do_commands=yes
case ${1-} in
text)
	do_commands=no
	shift
	;;
commands)
	do_text=no
	shift
	;;
-*) usage ;;
esac

# --- what is written --------------------------------------------------------

# What belongs to the kit, without what was built.
files()
{
	find . -name .git -prune -o -name build -prune -o \
		-path ./lab -prune -o -type f -print
}

check_text()
{
	if [ $# -eq 0 ]; then
		for page in README.md stage*/README.md notes/*.md; do
			[ ! -e "$page" ] || set -- "$@" "$page"
		done
	fi
	files | awk -f "$tools/markdown.awk" -f "$tools/check-notes.awk" "$@"
}

# Each picture was drawn from the source beside it as that is now, and says
# what it shows.
check_pictures()
{
	bad=0
	count=0
	for dot in notes/pictures/*.dot; do
		[ -e "$dot" ] || continue
		svg=${dot%.dot}.svg
		count=$((count + 1))
		for what in title desc; do
			grep -q "^// $what: ." "$dot" || {
				echo "$dot:1: the line \"// $what: ...\" is missing"
				bad=1
			}
		done
		if [ ! -e "$svg" ]; then
			echo "$dot:1: $svg is missing: make pictures"
			bad=1
		elif ! grep -qF "cksum $(cksum <"$dot") -->" "$svg"; then
			echo "$svg:1: was not drawn from $dot as it is now: make pictures"
			bad=1
		fi
	done
	for svg in notes/pictures/*.svg; do
		[ -e "$svg" ] || continue
		for what in 'role="img"' '<title>' '<desc>'; do
			grep -qF "$what" "$svg" || {
				echo "$svg:1: says less to who cannot see it: $what is missing"
				bad=1
			}
		done
	done
	[ $bad -ne 0 ] || [ $count -eq 0 ] ||
		echo "pictures: $count, each drawn from its source"
	return $bad
}

status=0
if [ $do_text = yes ]; then
	check_text "$@" || status=1
	[ $# -gt 0 ] || check_pictures || status=1
fi
if [ $do_commands = yes ]; then
	sh "$tools/check-commands.sh" "$@" || status=1
fi
exit $status
