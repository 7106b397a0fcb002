#!/bin/sh
# lab.sh - makes a student's own folder out of the finished kit.
#
#	lab.sh new DIR        a lab: lesson 0, stage 1's starters, tests
#	lab.sh next LAB       adds the next stage to it
#	lab.sh handout STAGE  packs one stage: build/handout-stageN.tar.gz
#	                      (HANDOUTS=folder: there instead)
#
# CARRY says where the files come from that a stage takes over unchanged:
#
#	(nothing)       next: from the student's stage, once it passes all tests
#	                handout: the finished ones
#	CARRY=finished  the finished ones
#	CARRY=own       handout: they are left out; the student brings them
#
# Nothing that is there already is overwritten, but the tests: those are given.
# What a lab gets of the kit's tests and lessons is in give_tests, give_lesson;
# no answer is among it (answers.sh looks).
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
kit=$(cd "$tools/../.." && pwd)
make=${MAKE:-make}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
unfinished=
trap 'rm -rf "$scratch"; [ -z "$unfinished" ] || rm -rf "$unfinished"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

# The folder of a stage in the kit: stage2_epoll.
stage_name()
{
	for folder in "$kit/stage$1"_*/; do
		[ -d "$folder" ] || fail "There is no stage $1."
		basename "$folder"
	done
}

has_stage()
{
	for folder in "$kit/stage$1"_*/; do
		[ ! -d "$folder" ] || return 0
	done
	return 1
}

exercises_of()
{
	awk -F '\t' -v stage="$1" '$1 ~ "^" stage "[.]" { print $1, $2, $3 }' \
		"$kit/tests/exercises.tsv"
}

# ---- What is given ----

# give_tests TO STAGE: the tests of all stages up to this one.
give_tests()
{
	mkdir -p "$1/tests/tools" "$1/tests/starters"
	cp "$kit/tests/Makefile" "$kit/tests/exercises.tsv" \
		"$kit/tests/core.tsv" "$1/tests/"
	for folder in harness unit system faults memcheck; do
		mkdir -p "$1/tests/$folder"
		for file in "$kit/tests/$folder"/*; do
			name=${file##*/}
			case $name in
			stage[0-9]* | from[0-9]*)
				number=${name#stage}
				number=${number#from}
				[ "${number%%_*}" -le "$2" ] || continue
				;;
			esac
			cp "$file" "$1/tests/$folder/"
		done
	done
	for tool in doctor.c doctor.sh exercise.h function.awk hint.awk \
		setup.sh student.sh; do
		cp "$tools/$tool" "$1/tests/tools/"
	done
}

# give_page TO NAME: a page of notes/ and what it links to there: pictures,
# the glossary; but no other lesson, nothing of the teacher's, and no program: a
# lesson's program can be the answer to its exercise.
give_page()
{
	[ ! -e "$1/notes/$2" ] && [ -f "$kit/notes/$2" ] || return 0
	mkdir -p "$1/notes/$(dirname "$2")"
	cp "$kit/notes/$2" "$1/notes/$2"
	case $2 in
	*.md) ;;
	*) return 0 ;;
	esac
	grep -o '](\([^)#]*\)' "$kit/notes/$2" | sed 's/^](//' | sort -u |
		while IFS= read -r link; do
			case $link in
			[0-9]-*.md | teaching* | claims* | README.md | *.c | *:* | ../* | */) ;;
			*) give_page "$1" "$link" ;;
			esac
		done
}

# give_lesson TO STAGE: if it is there.
give_lesson()
{
	mkdir -p "$1/notes"
	for lesson in "$kit/notes/$2"-*.md; do
		give_page "$1" "${lesson##*/}"
	done
	for page in glossary.md web-interface.md open-tasks.md; do
		give_page "$1" $page
	done
}

# give_site TO: the pages that the server shows. The lessons are not among them.
give_site()
{
	mkdir -p "$1/notes/site"
	for file in "$kit"/notes/site/*; do
		awk '
			/^<!-- lessons -->/ {
				print "<p>They lie in the folder <code>notes</code> of your lab.</p>"
				skip = 1
			}
			!skip
			/^<!-- end -->/ { skip = 0 }' "$file" >"$1/notes/site/${file##*/}"
	done
}

# What lesson 0 needs lies in a folder beside it; answers/ is not given.
give_lesson_0()
{
	give_lesson "$1" 0
	[ -d "$kit/notes/0-start-here" ] || return 0
	(cd "$kit/notes" && tar cf - --exclude=build --exclude=answers \
		0-start-here) | (cd "$1/notes" && tar xf -)
}

# give_starter TO STAGE: the stage's folder with its exercises to write, and
# each starter by itself, for `make reset`.
give_starter()
{
	name=$(stage_name "$2")
	sh "$tools/splice.sh" "$kit/$name" "$1/$name" --starter "$2"
	exercises_of "$2" | while read -r id function file; do
		awk -v mode=get -v name="$function" -f "$tools/function.awk" \
			"$1/$name/$file" >"$1/tests/starters/$id.c"
	done
}

# carried_files STAGE: those that it takes over unchanged from the one before.
carried_files()
{
	before=$(stage_name $(($1 - 1)))
	(cd "$kit/$before" && find . -name build -prune -o -type f -print) |
		sed 's,^\./,,' | sort | while read -r file; do
		[ "$file" != README.md ] || continue
		awk -v stage="$1" -v file="$file" '
			$1 == stage && $3 == file { found = 1 }
			END { exit found }' "$kit/tests/carry.txt" &&
			echo "$file"
	done
}

# What the student works with: Makefile, README.md, .gitignore. Parts for a lab
# only, or for a handout only, are marked.
give_frame()
{
	for file in Makefile README.md; do
		awk -v kind="$2" -v stage="${3:-1}" -v name="${4:-}" '
			/^(#|<!--) only in a (lab|handout)/ {
				skip = index($0, "in a " kind) == 0
				next
			}
			/^(#|<!--) end/ { skip = 0; next }
			!skip {
				gsub(/@STAGE@/, stage)
				gsub(/@NAME@/, name)
				print
			}' "$kit/tests/lab/$file" >"$1/$file"
	done
	printf '%s\n' build/ .hints .kit >"$1/.gitignore"
	[ ! -f "$kit/LICENSE" ] || cp "$kit/LICENSE" "$1/"
	[ ! -d "$kit/.devcontainer" ] || cp -r "$kit/.devcontainer" "$1/"
}

# ---- A repository of the student's own ----

# commit LAB MESSAGE PATH...: only these, and only if it is one.
commit()
{
	lab=$1
	message=$2
	shift 2
	[ -e "$lab/.git" ] || return 0
	set -- -- "$@"
	(
		cd "$lab" && git add "$@" &&
			if git config user.email >/dev/null; then
				git commit -q -m "$message" "$@"
			else
				git -c user.name=student \
					-c user.email=student@localhost \
					commit -q -m "$message" "$@"
			fi
	) >"$scratch/git" 2>&1 || {
		echo "git could not commit this; it says:"
		sed 's/^/  /' "$scratch/git"
	}
}

begin_repository()
{
	if ! command -v git >/dev/null 2>&1; then
		echo "git is not installed: the lab is no repository yet."
		return
	fi
	if ! (cd "$1" && git init -q) >"$scratch/git" 2>&1; then
		echo "git could not begin a repository; it says:"
		sed 's/^/  /' "$scratch/git"
		return
	fi
	commit "$1" "Begin with stage 1" .
}

# ---- make lab ----

new_lab()
{
	[ -n "$1" ] || fail "Where? For example:" "  make lab DIR=../my-lab"
	if [ -e "$1" ] && [ ! -d "$1" ]; then
		fail "$1 is there already, and is no folder. Nothing was changed."
	fi
	if [ -d "$1" ] && [ -n "$(ls -A "$1")" ]; then
		if [ -f "$1/.kit" ]; then
			fail "$1 is a lab already. Nothing was changed." \
				"To go on in it: cd '$1' && make"
		fi
		fail "There is something in $1 already. Nothing was changed." \
			"Choose a folder that is empty or not there yet:" \
			"  make lab DIR=../my-lab"
	fi
	made=
	[ -d "$1" ] || made=yes
	mkdir -p "$1" || exit 1
	lab=$(cd "$1" && pwd)
	case $lab/ in
	"$kit"/*)
		[ -z "$made" ] || rmdir "$lab"
		fail "A lab lies outside of the kit, so that nothing here can" \
			"touch it. For example:" "  make lab DIR=../my-lab"
		;;
	esac
	[ -z "$made" ] || unfinished=$lab

	give_frame "$lab" lab
	give_tests "$lab" 1
	give_site "$lab"
	give_lesson_0 "$lab"
	give_lesson "$lab" 1
	give_starter "$lab" 1
	echo lab >"$lab/tests/kind"
	printf '%s\n' "$kit" >"$lab/.kit"
	begin_repository "$lab"
	unfinished=
	first=$(exercises_of 1 | head -n 1)
	cat <<END
Your lab is ready: $lab
Nothing in the kit will change it. In it lie stage 1 with its exercises to
write, their tests, and the lessons.

  cd '$lab'
  make            what there is to do
  make test       which exercises are done, what is wrong, what is next

Begin with README.md there. The first exercise is ${first%% *}.
END
}

# ---- make next ----

newest_stage()
{
	for folder in "$1"/stage[0-9]_*/; do
		[ ! -d "$folder" ] || newest=$(basename "$folder")
	done
	[ -n "${newest:-}" ] || fail "There is no stage in $1: is it a lab?"
	newest=${newest#stage}
	echo "${newest%%_*}"
}

# Passes when all of the stage does.
stage_is_done()
{
	echo "Testing your stage $2 first ..."
	if MAKEFLAGS='' "$make" --no-print-directory -C "$1/$(stage_name "$2")" \
		test >"$scratch/log" 2>&1 </dev/null; then
		return 0
	fi
	echo
	if grep -q '^next: ' "$scratch/log"; then
		awk '/^wrong: |^next: / { p = 1 } /^not checked/ { p = 0 } p' \
			"$scratch/log"
	else
		tail -n 15 "$scratch/log"
	fi | grep -v '^make'
	fail "" "Stage $2 is not done yet, so stage $(($2 + 1)) was not added." \
		"make test says what is missing. To go on with the kit's own" \
		"finished files instead of yours (yours stay where they are):" \
		"  make next CARRY=finished"
}

# carry_own FROM TO STAGE: the student's own files, and what they have added.
carry_own()
{
	carried_files "$3" >"$scratch/carried"
	(cd "$1" && find . -name build -prune -o -name aside -prune -o \
		-name '.*' ! -name . -prune -o -type f -print) |
		sed 's,^\./,,' | sort >"$scratch/theirs"
	own=0
	while IFS= read -r file; do
		if [ ! -f "$1/$file" ]; then
			echo "$file is not in your stage $(($3 - 1)):" \
				"the kit's is taken."
			continue
		fi
		cp "$1/$file" "$2/$file"
		own=$((own + 1))
	done <"$scratch/carried"
	echo "$own files of your stage $(($3 - 1)) go on into it."
	while IFS= read -r file; do
		case $file in
		README.md | *.[oad] | *~ | *.orig | *.rej) continue ;;
		esac
		[ ! -e "$kit/$(stage_name $(($3 - 1)))/$file" ] || continue
		[ ! -e "$2/$file" ] || continue
		mkdir -p "$(dirname "$2/$file")"
		cp "$1/$file" "$2/$file"
		case $file in
		*.c) echo "$file is your own: if it is needed here too, add it" \
			"to SOURCES in the Makefile." ;;
		esac
	done <"$scratch/theirs"
}

next_stage()
{
	lab=$(cd "$1" && pwd)
	now=$(newest_stage "$lab")
	next=$((now + 1))
	case ${CARRY:-} in
	'' | finished) ;;
	*) fail "CARRY=$CARRY: make next knows CARRY=finished only" ;;
	esac
	if ! has_stage "$next"; then
		echo "Stage $now is the last one. notes/5-beyond.md says what comes"
		echo "after it."
		give_lesson "$lab" 5
		return
	fi
	name=$(stage_name "$next")
	[ -n "${CARRY:-}" ] || stage_is_done "$lab" "$now"
	unfinished=$lab/$name
	give_tests "$lab" "$next"
	give_lesson "$lab" "$next"
	give_starter "$lab" "$next"
	if [ -z "${CARRY:-}" ]; then
		carry_own "$lab/$(stage_name "$now")" "$lab/$name" "$next"
		break_again "$lab" "$next"
	else
		echo "What stage $next takes over is the kit's, finished;" \
			"yours is still in $(stage_name "$now")."
	fi
	unfinished=
	commit "$lab" "Add stage $next" "$name" tests notes
	first=$(exercises_of "$next" | head -n 1)
	cat <<END
Stage $next is in $name. Its lesson is notes/$(basename "$kit/notes/$next"-*.md).

  cd '$lab/$name'
  make test

The first exercise is ${first%% *}.
END
}

# A repair lies in a file of the student's own: there the function is replaced
# by the broken one, and theirs kept.
break_again()
{
	exercises_of "$2" | while read -r id function file; do
		[ -n "$(sh "$tools/repair.sh" "$id")" ] || continue
		(cd "$1/tests" && KEEP=quiet STAGE="$2" EX="$id" \
			sh tools/student.sh reset >"$scratch/reset") || {
			cat "$scratch/reset" >&2
			exit 1
		}
		cat <<END
Exercise $id is a repair. For it $function() in $file has been replaced by one
that was good enough so far and is not any more: to find out why is the
exercise. Your own is kept: $(cat "$scratch/reset")
END
	done
}

# ---- make handout ----

handout()
{
	case $1 in
	[1-9]) ;;
	*) fail "Which stage? For example:" "  make handout STAGE=2" ;;
	esac
	case ${CARRY:-finished} in
	finished | own) ;;
	*) fail "CARRY=$CARRY: it is CARRY=finished (the default) or CARRY=own" ;;
	esac
	name=$(stage_name "$1")
	top=loop-to-pool-stage$1
	out=$scratch/$top
	mkdir -p "$out"
	give_frame "$out" handout "$1" "$name"
	give_tests "$out" "$1"
	give_site "$out"
	[ "$1" -ne 1 ] || give_lesson_0 "$out"
	give_lesson "$out" "$1"
	give_starter "$out" "$1"
	echo handout >"$out/tests/kind"
	if [ "${CARRY:-}" = own ] && [ "$1" -gt 1 ]; then
		carried_files "$1" >"$out/tests/carried.txt"
		while IFS= read -r file; do
			rm -f "$out/$name/$file"
		done <"$out/tests/carried.txt"
		rmdir "$out/$name/web" 2>/dev/null || true
	fi
	folder=${HANDOUTS:-$kit/build}
	mkdir -p "$folder"
	to=$folder/handout-stage$1.tar.gz
	(cd "$scratch" && tar --sort=name --owner=0 --group=0 --numeric-owner \
		-czf handout.tar.gz "$top")
	mv "$scratch/handout.tar.gz" "$to"
	echo "${to#"$kit/"}: stage $1 with its exercises to write, their tests, the lesson."
	if [ -f "$out/tests/carried.txt" ]; then
		echo "Without the $(grep -c . "$out/tests/carried.txt") files that" \
			"stage $1 takes over from stage $(($1 - 1)):"
		echo "students bring their own, with make own FROM=folder."
	elif [ "$1" -gt 1 ]; then
		echo "What it takes over from earlier stages is in it, finished."
	fi
}

case ${1:-} in
new) new_lab "${2:-}" ;;
next) next_stage "$2" ;;
handout) handout "${2:-}" ;;
*) fail "usage: lab.sh new DIR | next LAB | handout STAGE" ;;
esac
