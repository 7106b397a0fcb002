#!/bin/sh
# drill-test.sh - are the drills what they should be?
#
#	drill-test.sh               the table only: quick
#	drill-test.sh all | N...    these drills: each can be set up, compiles
#	                            without a warning, and is told to be broken, by
#	                            the test that its attempt names; with the
#	                            stage's own function in its place it is told to
#	                            be repaired. Half a minute for each.
#
# The last line is "N passed, N failed"; exit status 0: nothing has failed.
set -u

tests=$(cd "$(dirname "$0")/.." && pwd) || exit 2
table=$tests/drills.tsv
make=${MAKE:-make}
passed=0
failed=0

# ---- The table ----

# Says what is wrong with it.
look_at_table()
{
	awk -F '\t' -v attempts="$tests/attempts/" '
		function wrong(what) { print "drills.tsv, line " FNR ": " what }
		FILENAME ~ /exercises.tsv$/ {
			if ($1 ~ /^[0-9]/)
				function_of[$1 ""] = $2
			next
		}
		!/^[0-9]/ {
			if ($0 !~ /^#/)
				wrong("neither a drill nor a comment")
			next
		}
		{
			split($3, path, "/")
			if (NF != 6)
				wrong(NF " columns")
			if ($1 != ++count)
				wrong("number " $1 " should be " count)
			if (int(path[1]) != $2 || path[2] !~ /^wrong-.*\.c$/)
				wrong($3 " is no wrong answer of stage " $2)
			else if ((getline line < (attempts $3)) < 0)
				wrong("there is no " attempts $3)
			if (seen[$3]++ || seen[$4]++)
				wrong("the same once more")
			if (index($4 $5 $6, function_of[path[1] ""]))
				wrong("it names the function")
		}' "$tests/exercises.tsv" "$table"
}

# ---- One drill ----

# Of the drill with this number, the column.
column()
{
	awk -F '\t' -v number="$1" -v column="$2" \
		'$1 == number { print $column }' "$table"
}

check()
{
	sh "$tests/tools/drill.sh" check "$number" "$folder" >"$scratch/log" 2>&1
}

# The stage's own files in place of the broken ones.
repair()
{
	for file in "$tests/../stage$stage"_*/*.c; do
		cmp -s "$file" "$folder/${file##*/}" ||
			cp "$file" "$folder/"
	done
}

gives_away()
{
	grep -rE 'Belief:|What happens:|Must fail:|wrong-' "$folder" \
		--include='*.[ch]' --include='*.txt' --include='*akefile'
}

# Says what is wrong with it. Drills of one stage are in the same folder one
# after the other, so that the tests are compiled once.
try()
{
	number=$1
	stage=$(column "$number" 2)
	folder=$scratch/stage$stage
	rm -rf "$folder"
	if ! sh "$tests/tools/drill.sh" new "$number" "$folder" \
		>"$scratch/log" 2>&1; then
		echo "it cannot be set up"
		return
	fi
	gives_away && echo "its folder gives it away"
	if ! "$make" -C "$folder" CFLAGS="-O2 -g -Werror" \
		>"$scratch/log" 2>&1; then
		echo "it cannot be compiled, or has warnings"
		return
	fi
	check && echo "it is told to be repaired from the start"
	name=$(sed -n 's/^ \* Must fail: *//p' \
		"$tests/attempts/$(column "$number" 3)")
	grep -q "^$name	.*	wrong	" \
		"$tests/build/drill/stage$stage/result.tsv" ||
		echo "$name should fail"
	repair
	check || echo "it is told to be broken when it is repaired"
}

say()
{
	if [ -s "$scratch/why" ]; then
		failed=$((failed + 1))
		echo "FAIL  $1"
		sed 's/^/      /' "$scratch/why"
		[ ! -f "$scratch/log" ] ||
			tail -n 20 "$scratch/log" | sed 's/^/      | /'
	else
		passed=$((passed + 1))
		echo "ok    $1"
	fi
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/drill-test.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unset SAY

look_at_table >"$scratch/why"
say "the table of drills: $(grep -c '^[0-9]' "$table")"
if [ "${1:-}" = all ]; then
	# shellcheck disable=SC2046
	set -- $(awk -F '\t' '/^[0-9]/ { print $1 }' "$table")
fi
for number; do
	try "$number" >"$scratch/why"
	say "drill $number"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
