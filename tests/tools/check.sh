#!/bin/sh
# check.sh - what whoever changes the kit wants to know before others see it.
#
#   check.sh STAGE-FOLDER...
#
# Every stage is built; the tests are run for those that are named.
# A check whose tool is not installed is skipped and said to be. The last line
# is "N passed, N failed, N skipped"; exit status 0: nothing has failed.
set -u

make=${MAKE:-make}
kit=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$kit" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/check.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
stages=$*

passed=0
failed=0
skipped=0

# check NAME TOOLS COMMAND...: runs the command, if there are all of the tools
# (names separated by blanks); shows what it said if it failed.
check()
{
	name=$1
	for tool in $2; do
		if ! command -v "$tool" >/dev/null 2>&1; then
			printf 'skip  %s: %s is not installed\n' "$name" "$tool"
			skipped=$((skipped + 1))
			return
		fi
	done
	shift 2
	if "$@" >"$scratch/log" 2>&1 </dev/null; then
		printf 'ok    %s\n' "$name"
		passed=$((passed + 1))
	else
		printf 'FAIL  %s\n' "$name"
		tail -n "${CHECK_LINES:-60}" "$scratch/log" | sed 's/^/      /'
		failed=$((failed + 1))
	fi
}

# What people wrote in C, a name a line.
c_files()
{
	find stage?_* tests -name build -prune -o -name '*.[ch]' -print | sort
}

formatted()
{
	c_files | tr '\n' '\0' | xargs -0 clang-format --dry-run -Werror
}

# In a terminal of 80 columns whoever reads a stage sees whole lines.
# clang-format leaves comments alone. (A byte of UTF-8 that goes on counts 0.)
fits_into_80_columns()
{
	find stage?_* notes -name build -prune -o -name '*.[ch]' -print |
		sort | while read -r file; do
		expand "$file" | LC_ALL=C awk -v file="$file" '{
			gsub(/[\200-\277]/, "")
			if (length > 80)
				print file ":" NR ": " length " columns"
		}'
	done >"$scratch/wide"
	cat "$scratch/wide"
	[ ! -s "$scratch/wide" ]
}

shell_linted()
{
	find . -name build -prune -o -name .git -prune -o -name '*.sh' -print |
		tr '\n' '\0' | xargs -0 shellcheck && shellcheck .ci/run
}

# copy_to FOLDER NAME...: what people wrote, nothing that was built.
copy_to()
{
	to=$1
	shift
	rm -rf "$to" && mkdir -p "$to" &&
		tar -cf - --exclude=build "$@" | tar -xf - -C "$to"
}

# builds_alone STAGE COMPILER: the folder by itself, at a place with a blank and
# Chinese in its path, without a warning; and again nothing is left to do.
builds_alone()
{
	alone="$scratch/独立 build/$2"
	copy_to "$alone" "$1" &&
		"$make" -C "$alone/$1" CC="$2" CFLAGS="-O2 -g -Werror" &&
		"$alone/$1/build/server" --version &&
		"$make" -C "$alone/$1" -q CC="$2" CFLAGS="-O2 -g -Werror"
}

linted()
{
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		-DSTAGE="$(number "$1")" "$1"
}

number()
{
	number=${1#stage}
	echo "${number%%_*}"
}

# The tests again, in a copy of the kit where everything is compiled with what
# finds memory errors and undefined behaviour while it happens.
sanitized()
{
	copy="$scratch/kit"
	copy_to "$copy" tests stage?_* || return 1
	ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:allocator_may_return_null=1 \
		UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1 \
		"$make" -C "$copy/$1" test \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined"
}

# Every link of the small site leads to a file that is there.
links_lead_somewhere()
{
	(
		cd notes/site || exit 1
		status=0
		for page in *.html; do
			sed 's/[^"]*\(href\|src\)="\([^"]*\)"/\n@\2\n/g' "$page" |
				sed -n 's/^@//p' | sort -u | while read -r link; do
				case $link in
				http:* | https:* | \#*) continue ;;
				esac
				[ -e "${link%%#*}" ] || echo "$page: $link"
			done
		done | grep . && status=1
		exit $status
	)
}

check "the C is formatted (clang-format)" clang-format formatted
check "what one reads fits into 80 columns" "" fits_into_80_columns
check "the shell scripts (shellcheck)" shellcheck shell_linted
check "carry.sh does what it says" "" sh tests/tools/carry-test.sh
check "the classroom reads and writes what it should" python3 \
	python3 -B tests/classroom/test_classroom.py
check "similar work is found, other work is not" "python3 sim_c" \
	python3 -B tests/classroom/test_similar.py
check "what is ready for Gradescope and CI" python3 \
	python3 -B tests/classroom/test_ready_made.py
check "an exam: nothing given away, each contract met by its patch alone" \
	python3 sh tests/exam/test.sh
check "check-notes.sh finds commands that are wrong" "" \
	sh tests/tools/check-notes-test.sh commands
check "a server from an empty file" "" sh tests/tools/new-test.sh all
check "labs and handouts, with all their tests" "" \
	sh tests/tools/lab-test.sh slow
check "the links of notes/site" "" links_lead_somewhere
for stage in stage?_*; do
	check "$stage builds alone, no warnings (gcc)" gcc \
		builds_alone "$stage" gcc
	check "$stage builds alone, no warnings (clang)" clang \
		builds_alone "$stage" clang
	check "$stage (cppcheck)" cppcheck linted "$stage"
done
for stage in $stages; do
	check "$stage: the tests under ASan and UBSan" "" sanitized "$stage"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
