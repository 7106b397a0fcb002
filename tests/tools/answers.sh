#!/bin/sh
# answers.sh - is an answer of the kit in a folder where none belongs?
#
#	answers.sh STAGE FOLDER...
#
# Searches the folders, in whatever file, for lines that stand in the finished
# functions of exercises of this stage or a later one, and nowhere in what is
# given: the rest of the stages, the tests, the starters. Short
# ones, which anybody would write, are left out. Prints where it found one; exit
# status 1 if it did.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
kit=$(cd "$tools/../.." && pwd)
stage=$1
shift
scratch=$(mktemp -d "${TMPDIR:-/tmp}/answers.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Without the blanks at both ends, as it is compared.
trim='{ sub(/^[ \t]+/, ""); sub(/[ \t]+$/, ""); print }'

: >"$scratch/answers"
: >"$scratch/given"
awk -F '\t' -v stage="$stage" '/^[0-9]/ { print $1, $2, $3 }' \
	"$kit/tests/exercises.tsv" >"$scratch/exercises"
for folder in "$kit"/stage?_*; do
	number=${folder##*/stage}
	number=${number%%_*}
	cp -R "$folder" "$scratch/stage$number"
	rm -rf "$scratch/stage$number/build"
	[ "$number" -lt "$stage" ] ||
		sh "$tools/splice.sh" "$folder" "$scratch/starter$number" \
			--starter "$number"
done
while read -r id function file; do
	number=${id%%.*}
	if [ "$number" -ge "$stage" ]; then
		awk -v mode=get -v name="$function" \
			-f "$tools/function.awk" "$kit/stage$number"_*/"$file" |
			awk 'body; /^[{]/ { body = 1 }' | awk "$trim" |
			awk -v id="$id" 'length($0) >= 24 && !/^\/\*/ {
				print id "\t" $0
			}' >>"$scratch/answers"
	fi
	# The rest of its stage, and of those that it is carried to, is given; a
	# repair's function comes from an earlier one.
	broken=$(sh "$tools/repair.sh" "$id")
	printf '\n' >"$scratch/nothing"
	for copy in "$scratch"/stage?; do
		[ "$number" -ge "$stage" ] || break
		[ -n "$broken" ] || [ "${copy##*/stage}" -ge "$number" ] ||
			continue
		[ -f "$copy/$file" ] || continue
		awk -v mode=put -v name="$function" -v new="$scratch/nothing" \
			-f "$tools/function.awk" "$copy/$file" >"$scratch/rest" &&
			cp "$scratch/rest" "$copy/$file"
	done
	[ "$number" -lt "$stage" ] ||
		awk -v mode=get -v name="$function" -f "$tools/function.awk" \
			"$scratch/starter$number/$file" | awk "$trim" \
			>>"$scratch/given"
done <"$scratch/exercises"
for copy in "$scratch"/stage?; do
	find "$copy" -name '*.[ch]' -exec awk "$trim" {} + >>"$scratch/given"
done
for folder in harness unit system faults memcheck; do
	awk "$trim" "$kit/tests/$folder"/*.[ch] >>"$scratch/given"
done

awk -F '\t' '
	FNR == NR { given[$0] = 1; next }
	{ text = substr($0, length($1) + 2) }
	!(text in given) { print }' "$scratch/given" "$scratch/answers" \
	>"$scratch/distinct"
status=0
# Every exercise must have something to look for; but that dispatch is the same
# in stages 1 and 2 is on purpose.
while read -r id function file; do
	[ "${id%%.*}" -ge "$stage" ] || continue
	[ "$id" != 2.4 ] || continue
	grep -q "^$id	" "$scratch/distinct" ||
		{
			echo "answers.sh: $id, $function(): no line to look for"
			status=1
		}
done <"$scratch/exercises"

for folder; do
	find "$folder" -name .git -prune -o -name build -prune -o -type f -print \
		>"$scratch/files"
	while IFS= read -r file; do
		awk -v file="$file" '
			FNR == NR {
				text = $0
				sub(/^[^\t]*\t/, "", text)
				id[text] = $1
				next
			}
			{
				line = $0
				sub(/^[ \t]+/, "", line)
				sub(/[ \t]+$/, "", line)
			}
			line in id {
				print file ":" FNR ": of " id[line] ": " line
				found = 1
			}
			END { exit found }' "$scratch/distinct" "$file" || status=1
	done <"$scratch/files"
done
exit $status
