#!/bin/sh
# order.sh - can the exercises be done in order, with the right feedback?
#
#	order.sh STAGE...
#
# The way of a student: for each stage and each k, exercises 1 to k are answered
# as in the finished program, and the rest is as in the starter. Then
#
#   - it compiles without a warning;
#   - the unit tests of 1 to k pass, and no others of the stage's exercises do;
#   - a system test that needs no more than those passes; one that needs more
#     is "not written yet";
#   - nothing is called wrong but a repair that has not been done;
#   - k+1 is named as the next exercise.
#
# KIND=own in the environment: only with the unit tests of the stage's own
# exercises, which is fast; QUIET=1 says only what is not so. JOBS=n runs n tests
# at once. Exit status 1 if anything is not so.
set -u

cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
kind=${KIND:-}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/order.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
log=$scratch/log
failures=0
steps=0

# in_tests TARGET...: make in tests/, with the copy as the stage.
in_tests()
{
	MAKEFLAGS='' MAKELEVEL='' "$make" --no-print-directory \
		STAGE="$stage" STAGE_DIR="$scratch/student" \
		BUILD="$scratch/build" SERVER= EX= TEST= KIND="$kind" \
		JOBS="${JOBS:-}" "$@" </dev/null
}

# What has been built of the tests is taken over, so that nothing has to be
# compiled but what the exercises change: student.txt, which names the folder,
# must not look newer than what was made of it.
make_place()
{
	rm -rf "$scratch/student" "$scratch/build/stage$stage"
	mkdir -p "$scratch/student" "$scratch/build"
	MAKEFLAGS='' MAKELEVEL='' "$make" --no-print-directory -s \
		STAGE="$stage" programs || exit 1
	cp -a "$source/." "$scratch/student"
	cp -a build/harness "build/stage$stage" "$scratch/build/"
	out=$scratch/build/stage$stage
	ln -sfn "$scratch/student" "$out/student"
	sed "1s|.*|$scratch/student|" "build/stage$stage/student.txt" \
		>"$out/student.txt"
	touch -r "build/stage$stage/student.txt" "$out/student.txt"
}

# Puts the stage with these exercises to write in place of what is there; make
# sees which files differ.
put_in()
{
	rm -rf "$scratch/spliced"
	sh tools/splice.sh "$source" "$scratch/spliced" "$@" || return 1
	mkdir -p "$scratch/student/web"
	(cd "$scratch/spliced" && find . -type f) | while read -r name; do
		cmp -s "$scratch/spliced/$name" "$scratch/student/$name" ||
			cp "$scratch/spliced/$name" "$scratch/student/$name"
	done
}

# What is not as it should be, in words; nothing if all is well.
#   judge WRITTEN REST NEXT: lists of exercises, with a blank around each.
judge()
{
	grep 'warning:' "$log"
	if [ ! -s "$result" ]; then
		echo "the tests did not run:"
		tail -n 5 "$log"
		return
	fi
	awk -F '\t' -v stage="$stage" -v written="$1" -v rest="$2" \
		-v repairs="$repairs" '
		function is_in(list, id) { return index(list, " " id " ") > 0 }
		# Does the test need an exercise that is not written?
		function must_wait(needs,    word, ends, i, n, j, from, to) {
			n = split(needs, word, /[, ]+/)
			for (i = 1; i <= n; i++) {
				if (word[i] !~ /^[0-9]/)
					continue
				if (split(word[i], ends, "-") == 1)
					ends[2] = ends[1]
				from = ends[1]
				to = ends[2]
				sub(/.*[.]/, "", from)
				sub(/.*[.]/, "", to)
				for (j = from + 0; j <= to + 0; j++)
					if (is_in(rest, int(ends[1]) "." j))
						return 1
			}
			return 0
		}
		BEGIN {
			n = split(repairs, word, " ")
			for (i = 1; i <= n; i++)
				is_open_repair = is_open_repair || is_in(rest, word[i])
		}
		FNR == NR {
			id[$1] = $2
			kind[$1] = $3
			needs[$1] = $5
			next
		}
		{
			name = $1
			is = $3
			if (is == "not checked")
				next
			own = id[name]
			unwritten = is_in(rest, own)
			wanted = "passed"
			if (unwritten && is_in(repairs, own)) {
				if (is == "wrong")
					broken[own] = 1
				next
			}
			if (unwritten)
				wanted = "not written yet"
			# What is given may call what is not written; so may a
			# test whose own turn comes later.
			if (is == "blocked" &&
			    (unwritten || kind[name] == "given" && rest ~ /[0-9]/))
				next
			if (unwritten)
				;
			# What the fault makes fail is not held against others.
			else if (is_open_repair && kind[name] != "unit" &&
				 kind[name] != "given" &&
				 (is == "passed" || is == "blocked"))
				next
			else if (kind[name] != "unit" && kind[name] != "given" &&
				 must_wait(needs[name]))
				wanted = "blocked"
			# A test that an earlier stage brought names none of
			# this stage, and finds out by itself.
			else if (stage > 1 && is == "blocked" && rest ~ /[0-9]/ &&
				 kind[name] != "unit" &&
				 needs[name] !~ ("(^|[^0-9])" stage "[.]"))
				next
			if (is != wanted)
				printf "%s (%s, of %s, needs %s) is: %s; it should be: %s\n",
					name, kind[name], own, needs[name], is, wanted
		}
		END {
			n = split(repairs, word, " ")
			for (i = 1; i <= n; i++)
				if (is_in(rest, word[i]) && !broken[word[i]])
					print "the repair " word[i] " is not called wrong"
		}' "$scratch/list" "$result"
	if [ -n "$3" ]; then
		grep -q "^next: exercise $3," "$log" ||
			echo "next should be $3; it is: $(grep '^next:' "$log")"
	elif [ -z "$kind" ]; then
		grep -q '^next: nothing' "$log" ||
			echo "all is written; but $(grep '^next:' "$log")"
	fi
}

# try WRITTEN REST NEXT SPLICE-OPTION...
try()
{
	written=$1
	rest=$2
	next=$3
	shift 3
	rm -f "$result"
	{
		put_in "$@" &&
			"$make" --no-print-directory -s -C "$scratch/student" \
				CFLAGS='-O1 -g' build/server &&
			in_tests test
	} >"$log" 2>&1
	wrong=$(judge "$written" "$rest" "$next")
	steps=$((steps + 1))
	[ -z "${QUIET:-}" ] || [ -n "$wrong" ] || return 0
	printf '%-4s %-14s %s\n' "$([ -z "$wrong" ] && echo ok || echo FAIL)" \
		"$([ -n "$written" ] && echo "up to$last" || echo "none written")" \
		"$(grep ' passed, ' "$log" | tail -n 1)"
	[ -z "$wrong" ] || {
		echo "$wrong" | sed 's/^/         /'
		awk '/^wrong: / { p = 1 } /^(not checked|next: )/ { p = 0 } p' \
			"$log" | sed 's/^/         | /'
		failures=$((failures + 1))
	}
}

one_stage()
{
	for source in ../stage"$stage"_*; do
		[ -d "$source" ] || {
			echo "order.sh: there is no stage $stage" >&2
			exit 2
		}
	done
	result=$scratch/build/stage$stage/result.tsv
	all=$(awk -F '\t' -v stage="$stage" '$1 ~ "^" stage "[.]" { print $1 }' \
		exercises.tsv | tr '\n' ' ')
	repairs=" "
	for id in $all; do
		[ -z "$(sh tools/repair.sh "$id")" ] || repairs="$repairs$id "
	done
	make_place
	in_tests list >"$scratch/list" || exit 1
	done_so_far=
	last=
	rest=" $all"
	while :; do
		options=
		for id in $rest; do
			options="$options --stub $id"
		done
		next=${rest# }
		next=${next%% *}
		# shellcheck disable=SC2086
		try "$done_so_far" "$rest" "$next" $options
		[ -n "$next" ] || break
		last=" $next"
		done_so_far="${done_so_far:- }$next "
		rest=" ${rest#" $next "}"
	done
}

for stage; do
	[ -n "${QUIET:-}" ] || echo "stage $stage"
	one_stage
done
if [ -n "${QUIET:-}" ]; then
	echo "exercises in order: $((steps - failures)) steps right, $failures wrong"
else
	echo "$((steps - failures)) passed, $failures failed"
fi
[ "$failures" -eq 0 ]
