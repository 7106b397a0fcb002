#!/bin/sh
# pictures.sh - draw the lessons' pictures anew where their source has changed.
#
#   pictures.sh [NAME.dot...]
#
# Each notes/pictures/NAME.dot becomes NAME.svg beside it; both are committed,
# so that only who changes one needs Graphviz. Its first two lines are comments,
#
#   // title: What it is, in a few words
#   // desc: What somebody is told who cannot see it.
#
# and become the picture's <title> and <desc>. A checksum of the source in the
# drawing tells check-notes.sh that the two belong together.
set -u

cd "$(dirname "$0")/../.." || exit 1

if ! command -v dot >/dev/null 2>&1; then
	echo "Pictures are drawn by Graphviz, whose program \"dot\" is not here."
	echo "On Debian and Ubuntu: apt-get install graphviz"
	exit 1
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pictures.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ $# -gt 0 ] || set -- notes/pictures/*.dot
status=0
for dot in "$@"; do
	[ -e "$dot" ] || continue
	svg=${dot%.dot}.svg
	sum="cksum $(cksum <"$dot")"
	! grep -qF "$sum -->" "$svg" 2>/dev/null || continue
	# What it says where the drawing said it before: the comments and the
	# <title> that Graphviz writes give way to ours, and the fonts become those
	# of whoever looks.
	if dot -Tsvg -o "$scratch/svg" "$dot" && LC_ALL=C awk -v sum="$sum" '
		function escape(text)
		{
			gsub(/&/, "\\&amp;", text)
			gsub(/</, "\\&lt;", text)
			gsub(/>/, "\\&gt;", text)
			return text
		}
		NR == FNR {
			if (sub(/^\/\/ title: */, ""))
				title = escape($0)
			else if (sub(/^\/\/ desc: */, ""))
				desc = escape($0)
			next
		}
		/^<!--/ && !/-->/ { in_comment = 1 }
		in_comment || /^<!--/ {
			if (/-->/)
				in_comment = 0
			next
		}
		/^<!DOCTYPE/ { in_doctype = 1 }
		in_doctype {
			if (/>$/)
				in_doctype = 0
			next
		}
		/<title>/ && is_drawn { next }
		{
			gsub(/font-family="[^"]*"/,
				"font-family=\"Helvetica, Arial, sans-serif\"")
			gsub(/ class="[a-z]*"/, "")
			gsub(/ id="[a-z]*[0-9]*"/, "")
		}
		sub(/^<svg/, "<svg role=\"img\"") { is_svg = 1 }
		{ print }
		is_svg && />$/ && !is_drawn {
			print "<title>" title "</title>"
			print "<desc>" desc "</desc>"
			print "<!-- drawn from the .dot beside it, " sum " -->"
			is_drawn = 1
		}' "$dot" "$scratch/svg" >"$scratch/new.svg"; then
		cp "$scratch/new.svg" "$svg" && echo "$svg"
	else
		echo "$dot: could not be drawn"
		status=1
	fi
done
exit $status
