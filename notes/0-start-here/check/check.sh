#!/bin/sh
# check.sh - looks at the exercises of lesson 0 and says how far they are.
#
#	check.sh [0.1 | 0.2 | 0.3]
#
# `make test` runs it. Everything is made in a temporary folder. Exit status 0:
# what was looked at is done.
set -u

here=$(cd "$(dirname "$0")/.." && pwd) || exit 2
cc=${CC:-cc}
only=${1:-}
LC_ALL=C
export LC_ALL
# The make that runs us is not the one that we test.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL CC CFLAGS

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lesson0.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$scratch/failures"

total_passed=0
total_failed=0
total_waiting=0
next=

# --- the report -------------------------------------------------------------

indented()
{
	fold -s -w 72 | sed 's/ *$//; s/^/    /'
}

# begin ID TITLE FILE COUNT: how many tests there are of this exercise.
begin()
{
	id=$1
	title=$2
	file=$3
	count=$4
	passed=0
	failed=0
}

pass()
{
	passed=$((passed + 1))
}

# fail TEST PROMISE [FILE]: and on stdin what was done, what happened, what should
# have happened. FILE is what a program has said to it; its beginning is shown.
fail()
{
	failed=$((failed + 1))
	{
		printf '\nwrong: %s, exercise %s, %s\n' "$1" "$id" "$file"
		printf '%s\n' "$2" | indented
		echo
		indented
		[ $# -lt 3 ] || sed -n "1,12s/^/      | /p" "$3"
		echo
		printf '    read:  notes/0-start-here.md, section %s\n' "$id"
		printf '    again: make test EX=%s\n' "$id"
	} >>"$scratch/failures"
}

end()
{
	if [ "$failed" -gt 0 ]; then
		standing='wrong'
	elif [ "$passed" -eq "$count" ]; then
		standing='done'
	else
		standing=$1
	fi
	printf '  %-5s %-34s %-15s %3d of %2d\n' \
		"$id" "$title" "$standing" "$passed" "$count"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_waiting=$((total_waiting + count - passed - failed))
	if [ "$standing" != 'done' ] && [ -z "$next" ]; then
		next="exercise $id, $file - $title"
	fi
}

# is_empty FILE: it is not there, or nothing but comments is in it.
is_empty()
{
	[ -f "$1" ] || return 0
	case $1 in
	*.[ch]) sed 's,//.*,,' "$1" ;;
	*) sed 's/#.*//' "$1" ;;
	esac | awk '
		{ text = text $0 "\n" }
		END {
			while ((from = index(text, "/*")) > 0) {
				rest = substr(text, from + 2)
				to = index(rest, "*/")
				text = substr(text, 1, from - 1) \
					(to > 0 ? substr(rest, to + 2) : "")
			}
			exit text ~ /[^ \t\n]/
		}'
}

# --- 0.1 --------------------------------------------------------------------

run_make()
{
	(cd "$scratch/three" && timeout 60 "${MAKE:-make}" "$@") \
		>"$scratch/said" 2>&1 </dev/null
}

# Everything is as old as everything else: nothing needs to be made.
settle()
{
	find "$scratch/three" -exec touch -t 200001010000 {} +
}

# What of the three sources was compiled since then, and whether the program
# was linked. An object is known by what it defines, wherever it lies.
made_anew()
{
	touch -t 200006010000 "$scratch/mark"
	(
		cd "$scratch/three" || exit
		find . -type f -newer "$scratch/mark" ! -name "$1" |
			while IFS= read -r made; do
				[ "$made" != ./a.out ] || echo a.out
				nm -g --defined-only "$made" 2>/dev/null | awk '
					$3 ~ /^(main|func|foo)$/ {
						names++
						name = $3 ".c"
					}
					END { if (names == 1) print name }'
			done
	) | sort | tr '\n' ' ' | sed 's/ $//'
}

# rebuilds TEST FILE WHY WHAT...: touching FILE makes just WHAT anew.
rebuilds()
{
	test=$1
	touched=$2
	why=$3
	shift 3
	settle
	touch -t 200101010000 "$scratch/three/$touched"
	run_make
	made=$(made_anew "$touched")
	wanted=$(printf '%s\n' "$@" a.out | sort | tr '\n' ' ' | sed 's/ $//')
	if [ "$made" = "$wanted" ]; then
		pass
		return
	fi
	fail "$test" "Touching $touched makes anew what depends on it, and nothing \
else." "$scratch/said" <<-END
	$touched was touched, and make was called. Made anew was: ${made:-nothing}. \
It should have been: $wanted. $why
	END
}

look_at_0_1()
{
	begin 0.1 'A Makefile for three files' three-files/Makefile 7
	for name in GNUmakefile makefile Makefile; do
		is_empty "$here/three-files/$name" || break
	done
	if is_empty "$here/three-files/$name"; then
		end 'not written yet'
		return
	fi
	file=three-files/$name

	mkdir "$scratch/three"
	for source in main.c func.c func.h foo.c foo.h unit.h "$name"; do
		cp "$here/three-files/$source" "$scratch/three/"
	done
	if run_make && [ -x "$scratch/three/a.out" ] &&
		"$scratch/three/a.out" >"$scratch/printed" 2>&1 &&
		[ "$(cat "$scratch/printed")" = "6 units are 42" ]; then
		pass
	else
		fail make_builds_the_program "\`make\` builds a.out of the three \
sources." "$scratch/said" <<-END
		Make was called in a folder with the sources and your Makefile, and \
then ./a.out. It should have printed "6 units are 42". \
$([ -e "$scratch/three/a.out" ] || echo 'There was no a.out.') Make said:
		END
		end wrong
		return
	fi

	if run_make -q; then
		pass
	else
		run_make -n
		fail make_again_does_nothing "When nothing has changed, nothing is \
made." "$scratch/said" <<-END
		Make was called, and at once again, with nothing changed between. It \
still had something to do. It should have said that all is up to date. (A \
target that is never made, or one that is no file, is always out of date.) What \
it would do:
		END
	fi

	rebuilds make_compiles_what_changed func.c \
		"The other two sources have not changed." func.c
	rebuilds make_knows_func_h func.h \
		"main.c and func.c include it." func.c main.c
	rebuilds make_knows_foo_h foo.h \
		"main.c and foo.c include it." foo.c main.c
	rebuilds make_knows_what_headers_include unit.h \
		"main.c and foo.c include foo.h, and foo.h includes it." foo.c main.c

	run_make clean
	status=$?
	left=$(cd "$scratch/three" && find . -type f | sed 's,^\./,,' | sort |
		tr '\n' ' ')
	if [ $status -eq 0 ] && [ "$left" = "$(printf '%s\n' main.c func.c func.h \
		foo.c foo.h unit.h "$name" | sort | tr '\n' ' ')" ]; then
		pass
	else
		fail make_clean_removes_what_was_made "\`make clean\` removes all that \
was made, and nothing else." "$scratch/said" <<-END
		Make clean was called after a build. Its exit status was $status, and \
these files were there: $left. There should have been the sources, the headers \
and the Makefile, and nothing else.
		END
	fi
	end wrong
}

# --- 0.2 --------------------------------------------------------------------

# compile CHECK SOURCE... : as the check of that name in header.c.
compile()
{
	check=$1
	shift
	timeout 60 "$cc" -std=c11 -D_POSIX_C_SOURCE=200809L -pedantic-errors \
		-DCHECK="$check" -I "$here/workers" "$@" \
		>"$scratch/said" 2>&1
}

# header TEST CHECK PROMISE: it compiles with CHECK; what it means if not is on
# stdin.
header()
{
	if compile "$2" -c -o "$scratch/$2.o" "$here/check/header.c"; then
		cat >/dev/null
		pass
	else
		grep -E 'error|warning|note' "$scratch/said" >"$scratch/errors"
		fail "$1" "$3" "$scratch/errors"
	fi
}

look_at_0_2()
{
	begin 0.2 'A header from a picture' workers/worker.h 8
	if is_empty "$here/workers/worker.h"; then
		end 'not written yet'
		return
	fi
	header header_stands_alone CHECK_ALONE \
		'Whoever includes it needs nothing else.' <<-END
	A source was compiled as strict C11 whose first line is #include \
"worker.h". It should have compiled. (Does the header include what it uses? \
An array of length 0 is no C.) The compiler said:
	END
	if [ "$failed" -gt 0 ]; then
		end wrong
		return
	fi
	header header_may_come_twice CHECK_TWICE 'It may be included twice.' <<-END
	A source was compiled that includes worker.h twice, as happens when two \
other headers include it. It should have compiled. The compiler said:
	END
	if compile CHECK_ALONE -fno-common "$here/check/header.c" \
		-c -o "$scratch/one.o" &&
		compile CHECK_LINK -fno-common "$here/check/header.c" \
			-c -o "$scratch/two.o" &&
		"$cc" -o "$scratch/linked" "$scratch/one.o" "$scratch/two.o" \
			>"$scratch/said" 2>&1; then
		pass
	else
		fail header_defines_nothing 'Several sources may include it.' \
			"$scratch/said" <<-END
		Two sources that include worker.h were compiled and linked. It should \
have worked. (A variable or function that a header defines is then there \
twice.) The linker said:
		END
	fi
	header header_has_the_constants CHECK_CONSTANTS \
		'There are the constants FREE and BUSY.' <<-END
	FREE should be 0 and BUSY 1. The compiler said:
	END
	header header_has_workerdata CHECK_DATA \
		'struct workerdata is as in the picture.' <<-END
	Its fields were compared with the picture: first pid, a pid_t; then \
status, an int; no others. The compiler said:
	END
	header header_has_workerpool CHECK_POOL \
		'struct workerpool is as in the picture.' <<-END
	Its fields were compared with the picture: first count, a size_t; then \
workers, which holds struct workerdata. The compiler said:
	END
	header header_is_flexible CHECK_FLEXIBLE \
		'The workers lie in the pool itself, as many as there is room for.' \
		<<-END
	Its last field should be a flexible array member: the array belongs to \
the struct, its length stands nowhere in it, and sizeof counts none of the \
workers. The compiler said:
	END
	if compile CHECK_ROOM -o "$scratch/room" "$here/check/header.c" &&
		"$scratch/room" >"$scratch/said" 2>&1; then
		pass
	else
		fail header_has_room_for_seven 'With room for seven, seven fit.' \
			<<-END
		A pool with room for seven workers was allocated: sizeof the struct \
plus seven times sizeof a worker. The seventh should end where the room ends.
		END
	fi
	end wrong
}

# --- 0.3 --------------------------------------------------------------------

# runs TEST PROMISE: one test of check/worker.c. False if it did not come to its
# end: the others would not either.
runs()
{
	"$scratch/worker" "$1" >"$scratch/said" 2>&1 </dev/null
	status=$?
	if [ "$status" -eq 0 ]; then
		pass
		return 0
	fi
	[ -s "$scratch/said" ] ||
		echo "makeWorker() was called. The process ended with status \
$status (above 128: by a signal). It should have gone on." >"$scratch/said"
	fail "$1" "$2" <"$scratch/said"
	[ "$status" -ne 3 ]
}

the_worker_does_it()
{
	runs parent_gets_pid_and_status \
		'In the parent, pid is the new process and status is FREE.' &&
		runs child_does_the_work \
			'The child calls workerMain(), once.' &&
		runs child_never_returns \
			'In the child makeWorker() does not return.' &&
		runs child_ends_with_its_result \
			"The child's exit status is what workerMain() has returned." &&
		runs child_leaves_the_parents_things_alone \
			'The child ends with _exit(): what the parent has prepared for ''its own end is none of its business.' &&
		runs two_workers 'Each call makes one worker, for one place.' &&
		runs fork_fails \
			'If fork() fails, -1 is returned and nothing changes.'
}

look_at_0_3()
{
	begin 0.3 'makeWorker' workers/worker.c 8
	if is_empty "$here/workers/worker.c"; then
		end 'not written yet'
		return
	fi
	if is_empty "$here/workers/worker.h"; then
		end 'must wait'
		return
	fi
	cat >"$scratch/declared.c" <<-'END'
	#include "worker.h"

	int (*is_declared)(struct workerdata *) = makeWorker;
	END
	if "$cc" -std=gnu11 -Werror -I "$here/workers" -c \
		-o "$scratch/declared.o" "$scratch/declared.c" \
		>"$scratch/said" 2>&1; then
		pass
	else
		fail header_declares_it 'worker.h declares makeWorker().' \
			"$scratch/said" <<-END
		A source was compiled that includes worker.h and uses makeWorker. The \
header should declare: int makeWorker(struct workerdata *data); The compiler \
said:
		END
		end wrong
		return
	fi
	if ! "$cc" -std=gnu11 -g -Wall -Wextra -I "$here/workers" \
		-Wl,--wrap=fork -o "$scratch/worker" "$here/workers/worker.c" \
		"$here/check/worker.c" >"$scratch/said" 2>&1; then
		grep -E 'error|undefined|multiple' "$scratch/said" >"$scratch/errors"
		fail it_compiles 'worker.c compiles and links.' \
			"$scratch/errors" <<-END
		worker.c was compiled, and linked with the tests. The compiler said:
		END
		end wrong
		return
	fi
	the_worker_does_it
	end wrong
}

# ----------------------------------------------------------------------------

printf '\nLesson 0: start here\n\n'
for exercise in 0.1 0.2 0.3; do
	if [ -z "$only" ] || [ "$only" = $exercise ]; then
		"look_at_$(echo $exercise | tr . _)"
	fi
done
cat "$scratch/failures"
[ -z "$next" ] || printf '\nnext: %s\n' "$next"
[ -n "$next" ] || printf '\nnext: notes/1-select.md\n'
printf '\n%d passed, %d failed, %d skipped\n' \
	$total_passed $total_failed $total_waiting
[ $total_failed -eq 0 ] && [ $total_waiting -eq 0 ]
