#!/bin/sh
# lab-test.sh - does a student's folder do what it promises?
#
#	lab-test.sh quick     what takes no test run: make lab, hints, reset,
#	                      handouts, no answer in any of them
#	lab-test.sh slow      what does: make next, grading with pristine tests,
#	                      a handout where nobody has seen the kit
#
# Exit status 1 if anything is not as expected.
# shellcheck disable=SC2016 # programs in awk are passed as they are
set -u

tools=$(cd "$(dirname "$0")" && pwd)
kit=$(cd "$tools/../.." && pwd)
make=${MAKE:-make}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
home="$scratch/一个 folder"
mkdir "$home"
lab=$home/"my lab"
cases=0
wrong=0
HANDOUTS=$scratch/handouts
export HANDOUTS
unset EX TEST STAGE CARRY KIT LEVEL ANSWER MAKEFLAGS MAKELEVEL
# git is not to depend on who runs this.
GIT_CONFIG_GLOBAL=/dev/null
GIT_CONFIG_SYSTEM=/dev/null
export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM

complain()
{
	wrong=$((wrong + 1))
	echo "lab-test.sh: $*"
}

# expect STATUS TEXT COMMAND...: it ends with that status (or "any" but 0) and
# says that text.
expect()
{
	cases=$((cases + 1))
	status=$1
	text=$2
	shift 2
	"$@" >"$scratch/out" 2>&1 </dev/null
	is=$?
	case $status in
	fails) [ $is -ne 0 ] ;;
	*) [ $is -eq "$status" ] ;;
	esac && grep -qF -e "$text" "$scratch/out" && return
	complain "$*"
	echo "  should end with $status and say: $text"
	echo "  it ended with $is and said:"
	sed 's/^/  | /' "$scratch/out" # all of it: it may not come again
}

# is TEXT COMMAND...: it succeeds.
is()
{
	cases=$((cases + 1))
	text=$1
	shift
	"$@" >"$scratch/out" 2>&1 || {
		complain "$text"
		sed 's/^/  | /' "$scratch/out"
	}
}

in_kit()
{
	"$make" --no-print-directory -C "$kit" "$@"
}

in_lab()
{
	"$make" --no-print-directory -C "$lab" "$@"
}

in_stage()
{
	"$make" --no-print-directory -C "$lab"/stage1_select "$@"
}

sum()
{
	(cd "$1" && find . -name .git -prune -o -type f -exec cksum {} + | sort)
}

# finish LAB STAGE: all exercises of the stage are done.
finish()
{
	for from in "$kit/stage$2"_*; do
		(cd "$from" && tar cf - --exclude=./build .) |
			(cd "$1/${from##*/}" && tar xmf -) # as just saved
	done
}

# ---- quick ----

new_lab()
{
	began=$(date +%s)
	expect 0 "Your lab is ready" in_kit lab DIR="$lab"
	took=$(($(date +%s) - began))
	[ "$took" -le "${LAB_SECONDS:-15}" ] || complain "make lab took $took s"
	sum "$lab" >"$scratch/before"
	expect fails "is a lab already. Nothing was changed" \
		in_kit lab DIR="$lab"
	mkdir "$home/full"
	echo precious >"$home/full/file"
	expect fails "Nothing was changed" in_kit lab DIR="$home/full"
	is "a full folder is left as it was" \
		test "$(ls -A "$home/full")" = file
	expect fails "Where? For example" in_kit lab
	expect fails "outside of the kit" in_kit lab DIR="$kit/build/my-lab"
	is "no lab in the kit" test ! -e "$kit/build/my-lab"
	mkdir "$home/empty"
	expect 0 "Your lab is ready" in_kit lab DIR="$home/empty"
	sum "$lab" >"$scratch/after"
	is "what is there is not touched" \
		cmp "$scratch/before" "$scratch/after"
	expect 0 "make next" in_lab
	if command -v git >/dev/null; then
		expect 0 "Begin with stage 1" git -C "$lab" log
		is "all of it is in the first commit" \
			test -z "$(git -C "$lab" status --porcelain)"
	fi
}

# Of a folder with starters: no warning, and nothing given away.
starters()
{
	number=${1##*/stage}
	number=${number%%_*}
	for compiler in gcc clang; do
		[ $compiler != clang ] || [ -n "${SLOW:-}" ] || continue
		command -v $compiler >/dev/null || continue
		is "$1 compiles without warnings ($compiler)" \
			"$make" -s -C "$1" -B -j2 CC=$compiler \
			CFLAGS='-O1 -Werror' build/server
	done
	"$make" -s -C "$1" clean
}

no_answers()
{
	is "no answer of stage $1 or later in $2" \
		sh "$tools/answers.sh" "$1" "$2"
}

# The search itself: does it see what it must?
search_finds()
{
	for from in "$kit"/stage?_*; do
		number=${from##*/stage}
		expect fails "of ${number%%_*}." \
			sh "$tools/answers.sh" "${number%%_*}" "$from"
	done
}

handouts()
{
	for number in 1 2 3 4; do
		unpacked=$home/handout-$number
		mkdir -p "$unpacked"
		expect 0 "handout-stage$number.tar.gz: stage $number" \
			in_kit handout STAGE=$number
		tar xzf "$HANDOUTS/handout-stage$number.tar.gz" \
			-C "$unpacked"
		no_answers $number "$unpacked"
		for folder in "$unpacked"/*/stage"$number"_*; do
			starters "$folder"
		done
		is "a handout knows of no kit" \
			test ! -e "$unpacked/loop-to-pool-stage$number/.kit"
	done
	expect fails "comes from" sh "$home/handout-2/loop-to-pool-stage2/tests/tools/student.sh" \
		next
	expect 0 "make own FROM" in_kit handout STAGE=3 CARRY=own
	tar xzf "$HANDOUTS/handout-stage3.tar.gz" -C "$home"
	is "without what is carried" \
		test ! -e "$home/loop-to-pool-stage3/stage3_prefork/conn.c"
	expect fails "make own FROM=" "$make" --no-print-directory \
		-C "$home/loop-to-pool-stage3" test
	expect 0 "make test says what comes next" \
		"$make" --no-print-directory -C "$home/loop-to-pool-stage3" \
		own FROM="$kit/stage2_epoll"
}

hints()
{
	# A lesson as notes/README.md wants it, whatever the real one says.
	cat >"$lab/notes/1-select.md" <<'END'
## Exercises

### 1.10 Advance the state machine

<details><summary>Hint 1: the idea</summary>

of 1.10
</details>

### 1.1 Make a pool

<details><summary>Hint 1: the idea</summary>

first text

```c
### 1.2 no heading
```

</details>
<details><summary>Hint 2: the manual</summary>

second text

</details>

<details><summary>Hint 3: the shape</summary>

third text

</details>

### 1.2 Take from the pool

None yet.
END
	expect 0 "first text" in_stage hint
	expect 0 "### 1.2 no heading" in_stage hint LEVEL=1
	expect fails "First the others" in_stage hint ANSWER=yes
	expect 0 "second text" in_stage hint EX=1.1
	expect 0 "third text" in_lab hint EX=1.1
	expect 0 "You have seen all 3 hints" in_lab hint EX=1.1
	expect 0 "first text" in_lab hint EX=1.1 LEVEL=1
	expect 0 "sizeof(struct pool)" in_lab hint EX=1.1 ANSWER=yes
	expect 0 "of 1.10" in_stage hint EX=1.10
	expect fails "has no hints for exercise 1.2" in_stage hint EX=1.2
	rm "$lab/notes/1-select.md"
	expect fails "There is no lesson of stage 1" in_stage hint EX=1.2
	expect fails "There is no exercise 1.99" in_stage hint EX=1.99
}

resets()
{
	file=$lab/stage1_select/pool.c
	cp "$file" "$scratch/pool.c"
	expect 0 "as it was at the start" in_stage reset EX=1.2
	is "there is nothing to keep" test ! -e "$lab/stage1_select/aside"
	awk '/^#include "exercise.h"/ { next }
		/EXERCISE[(]"1.2"/ { print "\treturn pool; /* mine */"; getline; next }
		{ print }' "$scratch/pool.c" >"$file"
	expect 0 "kept in stage1_select/aside/pool_take-1.c" \
		in_stage reset EX=1.2
	expect 0 "mine" cat "$lab/stage1_select/aside/pool_take-1.c"
	expect 0 'EXERCISE("1.2"' cat "$file"
	expect 0 '#include "exercise.h"' cat "$file"
	awk '/^pool_take/ { sub(/pool_take/, "pool_taken") } { print }' \
		"$scratch/pool.c" >"$file"
	expect fails "Nothing was changed" in_stage reset EX=1.2
	cp "$scratch/pool.c" "$file"
	expect fails "Which exercise?" in_stage reset
}

kit_moved()
{
	echo "$home/nowhere" >"$lab/.kit"
	expect fails "make next KIT=" in_lab next
	expect fails "is not where it was: $home/nowhere" in_lab next
	expect 0 "sizeof(struct pool)" in_lab hint EX=1.1 ANSWER=yes KIT="$kit"
	expect 0 "Stage 2 is in stage2_epoll" \
		in_lab next CARRY=finished KIT="$kit"
	is "the new place is remembered" test "$(cat "$lab/.kit")" = "$kit"
	no_answers 2 "$lab/stage2_epoll"
	no_answers 2 "$lab/tests"
	expect 0 "Stage 3 is in stage3_prefork" in_lab next CARRY=finished
	expect 0 "Stage 4 is in stage4_fdpass" in_lab next CARRY=finished
	expect 0 "Stage 4 is the last one" in_lab next CARRY=finished
	no_answers 4 "$lab"
	if command -v git >/dev/null; then
		expect 0 "Add stage 4" git -C "$lab" log
	fi
}

quick()
{
	new_lab
	no_answers 1 "$lab"
	search_finds
	hints
	resets
	kit_moved
	handouts
}

# ---- slow ----

# From a lab where nothing is written to stage 2, with the student's own files.
next_stage()
{
	expect 0 "Your lab is ready" in_kit lab DIR="$lab"
	expect fails "next: exercise 1.1, pool_new() in pool.c" in_stage test
	expect fails "Stage 1 is not done yet" in_lab next
	is "nothing was added" test ! -e "$lab/stage2_epoll"
	finish "$lab" 1
	echo "/* my own */" >>"$lab/stage1_select/conn.c"
	echo "/* mine too */" >"$lab/stage1_select/mine.h"
	expect 0 "conn_read() in conn.c has been replaced" in_lab next
	expect 0 "my own" cat "$lab/stage2_epoll/conn.c"
	expect 0 "mine too" cat "$lab/stage2_epoll/mine.h"
	expect 0 "EVENT_HANGUP" cat "$lab/stage2_epoll/aside/conn_read-1.c"
	expect fails "next: exercise 2.1" "$make" --no-print-directory \
		-C "$lab/stage2_epoll" test KIND=unit
	expect fails "exercise 2.7, conn_read() in conn.c" "$make" \
		--no-print-directory -C "$lab/stage2_epoll" test EX=2.7
}

# A student's doings do not change what pristine tests say of the work.
pristine()
{
	rm -rf "$lab"
	expect 0 "Your lab is ready" in_kit lab DIR="$lab"
	folder=$lab/stage1_select
	# A stub takes two lines.
	awk '/EXERCISE[(]"1.1"/ {
			getline
			print "\tputs(\"[PASS] pool_has_room_for_all\");"
			print "\tputs(\"[====] Tested: 9 | Passing: 9 | Failing: 0\");"
			print "\tputs(\"9 passed, 0 failed, 0 skipped\");"
			print "\tfflush(stdout);"
			print "\texit(0);"
			next
		}
		/EXERCISE[(]"1.2"/ {
			getline
			print "\tfputs(\"\\nexercise 1.2: is to be written\\n\", stderr);"
			print "\texit(70);"
			next
		}
		{ print }' "$folder/pool.c" >"$scratch/pool.c"
	cp "$scratch/pool.c" "$folder/pool.c"
	awk '/^main[(]/ { in_main = 1 }
		{ print }
		in_main && /^[{]/ {
			print "\tputs(\"listening on http://127.0.0.1:1/\");"
			print "\tputs(\"[====] Tested: 9 | Passing: 9 | Failing: 0\");"
			print "\tputs(\"100 of 100 points\");"
			print "\tputs(\"exercise 1.3: is to be written\");"
			print "\tfputs(\"exercise 1.3: is to be written\\n\", stderr);"
			in_main = 0
		}' "$folder/main.c" >"$scratch/main.c"
	{
		echo '#include <stdio.h>'
		cat "$scratch/main.c"
	} >"$folder/main.c"
	rm -f "$lab"/tests/unit/*.c "$lab"/tests/system/*.c
	sed -i 's/^1\.1\t.*core\t20\t6\t/1.1\tpool_new\tpool.c\tcore\t20\t0\t/' \
		"$lab/tests/exercises.tsv"
	# All others are written: what is not must come out by itself.
	set --
	for id in 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13; do
		function=$(awk -F '\t' -v id=$id '$1 "" == id { print $2 }' \
			"$kit/tests/exercises.tsv")
		file=$(awk -F '\t' -v id=$id '$1 "" == id { print $3 }' \
			"$kit/tests/exercises.tsv")
		awk -v mode=get -v name="$function" -f "$tools/function.awk" \
			"$kit/stage1_select/$file" >"$scratch/function"
		awk -v mode=put -v name="$function" -v new="$scratch/function" \
			-f "$tools/function.awk" "$folder/$file" \
			>"$scratch/new"
		cp "$scratch/new" "$folder/$file"
	done
	expect fails "next: exercise 1.1, pool_new() in pool.c" \
		"$make" --no-print-directory -C "$kit/tests" STAGE=1 \
		STAGE_DIR="$folder" BUILD="$scratch/build" test
	cp "$scratch/out" "$scratch/graded"
	result=$scratch/build/stage1/result.tsv
	is "no unit test of 1.1 and 1.2, and no test of the server, has passed" \
		awk -F '\t' '($2 == "1.1" || $2 == "1.2") && $3 == "passed" {
			print
			bad = 1
		}
		$2 == "1.1" && $3 == "wrong" { seen = 1 }
		$1 == "http_1_0_keep_alive" && $3 == "wrong" { server = 1 }
		END { exit bad || !seen || !server }' "$result"
	is "what is written counts" \
		awk -F '\t' '$2 == "1.3" && $3 == "passed" { seen = 1 }
		END { exit !seen }' "$result"
}

# With the tools that every machine has, and no way to the kit.
elsewhere()
{
	expect 0 "handout-stage1.tar.gz" in_kit handout STAGE=1
	tar xzf "$HANDOUTS/handout-stage1.tar.gz" -C "$home"
	expect fails "next: exercise 1.1, pool_new() in pool.c" \
		env -i PATH=/usr/bin:/bin HOME="$home" make \
		-C "$home/loop-to-pool-stage1" test KIND=unit
	is "the kit's place is nowhere in it" sh -c \
		'! grep -rqF "$0" "$1"/tests/tools "$1"/Makefile "$1"/notes' \
		"$kit" "$home/loop-to-pool-stage1"
}

slow()
{
	SLOW=yes
	next_stage
	pristine
	elsewhere
}

case ${1:-} in
quick) quick ;;
slow) slow ;;
*)
	echo "usage: lab-test.sh quick | slow" >&2
	exit 2
	;;
esac
[ $wrong -eq 0 ] && echo "labs and handouts ($1): as expected in $cases cases"
