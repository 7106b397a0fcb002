#!/bin/sh
# drill.sh - broken servers, to find out what is wrong with them.
#
#	drill.sh list               which there are, by what they do wrong
#	drill.sh new N [FOLDER]     sets one up; build/drill-N unless told
#	drill.sh check N [FOLDER]   is it repaired? SAY=1 shows the whole report,
#	                            which names the function
#
# drills.tsv says which attempt (attempts/) is in which. The folder is a stage's
# with that attempt's functions in place of its own, without the head comment
# that explains it; its name, its files' times and its `make test` do not give
# it away either. Exit status of `check`: 0 repaired, 1 not.
set -u

tests=$(cd "$(dirname "$0")/.." && pwd) || exit 2
kit=$(cd "$tests/.." && pwd) || exit 2
table=$tests/drills.tsv
make=${MAKE:-make}
width=76

fail()
{
	echo "drill.sh: $*" >&2
	exit 2
}

# Of the drill with this number, the column.
column()
{
	awk -F '\t' -v number="$number" -v column="$1" \
		'$1 == number { print $column }' "$table"
}

list()
{
	awk -F '\t' -v width=$width '
		function wrap(text,    word, count, i, line, lines) {
			count = split(text, word, " ")
			for (i = 1; i <= count; i++) {
				if (length(line " " word[i]) + (lines ? 0 : 13) > width) {
					print line
					lines++
					line = sprintf("%13s", "")
				}
				line = line " " word[i]
			}
			print line
		}
		/^[0-9]/ { printf "%3d  stage %d ", $1, $2; wrap($4) }' "$table"
	echo
	echo "To set one up: make drill N=1"
}

# How to debug it, and how to know that it is repaired.
print_task()
{
	echo "Drill $number: a broken server of stage $stage"
	echo
	column 4 | fold -s -w $width | sed 's/ *$//'
	echo
	echo "See it (bash, in its folder):"
	echo
	echo "    make"
	column 5 | awk '{ gsub(/@@/, "\n"); print }' | sed 's/^/    /'
	echo
	echo "Find out why. These may help:"
	echo
	column 6 | fold -s -w $((width - 4)) | sed 's/ *$//; s/^/    /'
	echo
	echo "Repair it; then, in its folder: make test"
}

# A folder's own `make test`, all else as in every stage.
print_makefile()
{
	quoted=$(printf '%s' "$tests/tools/drill.sh" | sed 's/\$/$$/g')
	cat <<END
# \`make test\` tells whether this drill is repaired; all else is as usual.
all:
	@\$(MAKE) --no-print-directory -f Makefile

test:
	@MAKE='\$(MAKE)' sh '$quoted' check $number .

GNUmakefile Makefile: ;
%: force
	@\$(MAKE) --no-print-directory -f Makefile \$@

force:
.PHONY: all test force
END
}

new()
{
	if [ -d "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
		fail "$folder is not empty. To begin again remove it first."
	fi
	set -- "$kit/stage${stage}_"*/
	[ -d "$1" ] || fail "there is no stage $stage"
	sh "$tests/tools/splice.sh" "$1" "$folder" \
		--body "$tests/attempts/$(column 3)" || exit 2
	print_makefile >"$folder/GNUmakefile"
	print_task >"$folder/DRILL.txt"
	# Not even when it was written.
	find "$folder" -exec touch -r "$folder/Makefile" {} +
	cat "$folder/DRILL.txt"
	echo
	echo "It is in $folder; DRILL.txt says this again."
}

# grade EX=N.M | TEST=NAME: with the objects in this folder. Succeeds if all of
# these tests pass.
grade()
{
	rm -f "$out/result.tsv"
	env MAKEFLAGS= MAKELEVEL= "$make" --no-print-directory -C "$tests" \
		STAGE="$stage" STAGE_DIR="$folder" BUILD=build/drill KIND= \
		SERVER= EX= TEST= "$1" test >"$out/report.txt" 2>&1 </dev/null
	if [ ! -s "$out/result.tsv" ]; then
		tail -n 30 "$out/report.txt"
		echo "drill $number: it cannot be compiled"
		exit 1
	fi
	! awk -F '\t' '$3 != "passed" && $3 != "not checked"' \
		"$out/result.tsv" | grep -q .
}

# First the test that tells, then all of what was broken.
check()
{
	[ -f "$folder/Makefile" ] || fail "there is no drill in $folder"
	folder=$(cd "$folder" && pwd)
	attempt=$(column 3)
	out=$tests/build/drill/stage$stage
	mkdir -p "$out"
	name=$(sed -n 's/^ \* Must fail: *//p' "$tests/attempts/$attempt")
	if grade "TEST=$name" && grade "EX=${attempt%%/*}"; then
		echo "drill $number: repaired"
		return
	fi
	[ -z "${SAY:-}" ] || cat "$out/report.txt"
	echo "drill $number: not repaired yet" \
		"(SAY=1 shows the report, which gives it away)"
	exit 1
}

number=${2:-}
case ${1:-} in
list)
	list
	exit
	;;
new | check) ;;
*) fail "usage: drill.sh list | new N [FOLDER] | check N [FOLDER]" ;;
esac
stage=$(column 2)
[ -n "$stage" ] || fail "there is no drill $number"
folder=${3:-$kit/build/drill-$number}
"$1"
