#!/bin/sh
# check-exercises.sh - do all that speak of the exercises speak of the same?
#
#	check-exercises.sh
#
# tests/exercises.tsv against the tags in the sources (number, function, file,
# title), the tests (each exercise has unit tests), the lessons (a section with
# this title and three hints, none of them empty), and the attempts (three wrong
# ones or more, and a right one). Each must have what the table has, and nothing
# else. A lesson, or an exercise's attempts, that nobody has written yet are
# said to be missing; what is there must be complete.
#
# It prints what does not match. Exit status 1 if anything does not.
set -u

cd "$(dirname "$0")/../.." || exit 1
make=${MAKE:-make}
tools=tests/tools
table=tests/exercises.tsv
scratch=$(mktemp -d "${TMPDIR:-/tmp}/exercises.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
tab=$(printf '\t')
: >"$scratch/wrong"
: >"$scratch/missing"
: >"$scratch/said"

wrong()
{
	echo "$*" >>"$scratch/wrong"
}

missing()
{
	echo "not there yet: $*" >>"$scratch/missing"
}

grep '^[0-9]' $table >"$scratch/table"

# is_listed NUMBER: is it in the table?
is_listed()
{
	awk -F '\t' -v id="$1" '$1 "" == id { found = 1 } END { exit !found }' \
		"$scratch/table"
}

# ---- Sources ----

for folder in stage?_*; do
	stage=${folder#stage}
	stage=${stage%%_*}
	for file in "$folder"/*.c "$folder"/web/*.c; do
		awk -v mode=list -f $tools/splice.awk "$file" |
			while read -r id function; do
				title=$(sed -n "s/^ \* Exercise $id - \(.*[^.]\)\.\{0,1\}\$/\1/p" "$file")
				printf '%s\t%s\t%s\t%s\n' "$id" "$function" \
					"${file#"$folder"/}" "$title"
			done
		# A tag above something that is no function is not listed.
		grep -o '^ \* Exercise [0-9.]*' "$file" | while read -r _ _ id; do
			awk -v mode=list -f $tools/splice.awk "$file" |
				grep -q "^$id " ||
				wrong "$file: the comment of exercise $id is not above a function"
		done
	done | awk -F '\t' -v stage="$stage" 'int($1) == stage' >>"$scratch/tags"
done
cut -f 1-3,8 "$scratch/table" | while IFS="$tab" read -r id rest; do
	if [ -n "$(sh $tools/repair.sh "$id")" ]; then
		! grep -q "^$id$tab" "$scratch/tags" ||
			wrong "exercise $id is a repair; a source has a tag for it"
		continue
	fi
	grep -qxF "$id$tab$rest" "$scratch/tags" ||
		wrong "$table: \"$id $rest\"; in the sources: $(grep "^$id$tab" "$scratch/tags" || echo "no such tag")"
done
while IFS="$tab" read -r id function file title; do
	is_listed "$id" ||
		wrong "$file: exercise $id ($function, \"$title\") is not in $table"
done <"$scratch/tags"

# ---- Tests ----

for folder in stage?_*; do
	stage=${folder#stage}
	stage=${stage%%_*}
	"$make" --no-print-directory -s -C tests STAGE="$stage" EX= TEST= KIND= \
		list >"$scratch/list" || wrong "the tests of stage $stage cannot be listed"
	awk -F '\t' -v stage="$stage" 'int($1) == stage { print $1 }' \
		"$scratch/table" | while read -r exercise; do
		awk -F '\t' -v id="$exercise" '$2 "" == id && $3 == "unit" { n++ }
			END { exit !n }' "$scratch/list" ||
			wrong "exercise $exercise has no unit test"
	done
done

# ---- Lessons ----

hint()
{
	awk -v id="$id" -v level="$1" -f $tools/hint.awk "$lesson"
}

for folder in stage?_*; do
	stage=${folder#stage}
	stage=${stage%%_*}
	lesson=notes/$stage-${folder#*_}.md
	if [ ! -f "$lesson" ]; then
		missing "$lesson"
		continue
	fi
	awk -F '\t' -v stage="$stage" 'int($1) == stage { print $1 "\t" $8 }' \
		"$scratch/table" >"$scratch/expected"
	awk '/^```/ { code = !code }
		!code && /^### [0-9]+\.[0-9]+ / {
			sub(/^### /, "")
			sub(/ /, "\t")
			print
		}' "$lesson" >"$scratch/sections"
	while IFS="$tab" read -r id title; do
		if ! grep -q "^$id$tab" "$scratch/sections"; then
			wrong "$lesson: there is no section \"### $id $title\""
			continue
		fi
		[ "$(hint title | tr -d '`')" = "$title" ] ||
			wrong "$lesson: section $id is called \"$(hint title)\"; it should be \"$title\""
		[ "$(hint 0)" -eq 3 ] ||
			wrong "$lesson: section $id has $(hint 0) folds; it should have three hints"
		for level in 1 2 3; do
			[ "$(hint $level | sed 1d | tr -d '[:space:]' | wc -c)" -gt 20 ] ||
				wrong "$lesson: section $id: hint $level is empty"
		done
	done <"$scratch/expected"
	while IFS="$tab" read -r id title; do
		is_listed "$id" || wrong "$lesson: section $id is no exercise of $table"
	done <"$scratch/sections"
	[ -z "$(cut -f 1 "$scratch/sections" | sort | uniq -d)" ] ||
		wrong "$lesson: two sections of" \
			"$(cut -f 1 "$scratch/sections" | sort | uniq -d)"
	echo >>"$scratch/said"
done

# ---- Attempts ----

count()
{
	find "tests/attempts/$id" -name "$1-*.c" | wc -l
}

while IFS="$tab" read -r id _; do
	if [ ! -d "tests/attempts/$id" ]; then
		missing "tests/attempts/$id"
		continue
	fi
	[ "$(count wrong)" -ge 3 ] ||
		wrong "tests/attempts/$id: $(count wrong) wrong answers; at least three are wanted"
	[ "$(count right)" -ge 1 ] ||
		wrong "tests/attempts/$id: a right answer unlike ours is wanted"
	for file in "tests/attempts/$id"/*; do
		case ${file##*/} in
		wrong-*.c)
			grep -q '^ \* Must fail: [a-z]' "$file" ||
				wrong "$file: which test must fail?"
			;;
		right-*.c) ;;
		*) wrong "$file: neither wrong-NAME.c nor right-NAME.c" ;;
		esac
	done
done <"$scratch/table"
for folder in tests/attempts/*/; do
	id=$(basename "$folder")
	# Lesson 0 has its own table and checks.
	[ "${id%%.*}" != 0 ] || continue
	is_listed "$id" || wrong "$folder: there is no exercise $id"
done

cat "$scratch/missing" "$scratch/wrong"
echo "exercises: $(grep -c . "$scratch/table"), $(wc -l <"$scratch/said") lessons," \
	"$(find tests/attempts -name 'wrong-*.c' | wc -l) wrong and" \
	"$(find tests/attempts -name 'right-*.c' | wc -l) right attempts;" \
	"$(wc -l <"$scratch/wrong") do not match"
[ ! -s "$scratch/wrong" ]
