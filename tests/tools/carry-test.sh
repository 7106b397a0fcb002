#!/bin/sh
# carry-test.sh - does carry.sh see what it must, and lose nothing? Tried on a
# kit of three small stages in a temporary folder.
set -u

carry=$(cd "$(dirname "$0")" && pwd)/carry.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/carry-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
kit="$scratch/a kit 学习"
mkdir -p "$kit/tests" "$kit/stage1_a/web" "$kit/stage1_a/build" \
	"$kit/stage2_b" "$kit/stage3_c" && cd "$kit" || exit 1

wrong=0

# expect STATUS ACTION TEXT: carry.sh ends with that status and says that text.
expect()
{
	sh "$carry" "$2" "$kit" >"$scratch/out" 2>&1
	status=$?
	if [ $status -ne "$1" ] || ! grep -qF -e "$3" "$scratch/out"; then
		wrong=1
		echo "carry.sh $2: expected status $1 and '$3'; it ended with" \
			"$status and said:"
		sed 's/^/  /' "$scratch/out"
	fi
}

# Makes a file newer than all there were, without waiting for a second to pass.
later()
{
	touch -d "2031-01-0$1" "$2"
}

echo loop >stage1_a/loop.c
echo main >stage1_a/main.c
echo fdset >stage1_a/fdset.c
echo page >"stage1_a/web/a page.c"
echo object >stage1_a/build/main.o
echo new >stage2_b/new.c
echo "other loop" >stage2_b/loop.c
printf '%s\n' '# a comment' '' '2 changes loop.c' '2 drops fdset.c' \
	>tests/carry.txt

expect 1 check "stage2_b/main.c is not there"
expect 0 copy "stage1_a/web/a page.c -> stage2_b/web/a page.c"
expect 0 check "each the same"
if [ -e stage2_b/fdset.c ] || [ -e stage2_b/build ] ||
	[ "$(cat stage3_c/loop.c)" != "other loop" ] || [ ! -e stage3_c/new.c ]; then
	wrong=1
	echo "carry.sh copy: copied too much, or too little"
fi

# The original is edited: the copies differ, and follow.
echo "main, edited" >stage1_a/main.c
later 2 stage1_a/main.c
expect 1 check "stage2_b/main.c differs from stage1_a/main.c"
expect 0 copy "stage2_b/main.c -> stage3_c/main.c"

# A copy is edited: it is not thrown away unasked.
echo "a copy, edited" >stage3_c/main.c
later 3 stage3_c/main.c
expect 1 copy "stage3_c/main.c is newer than stage2_b/main.c; not replaced"
FORCE=1
export FORCE
expect 0 copy "stage2_b/main.c -> stage3_c/main.c"
unset FORCE

# The table is held against the folders.
echo 'what is this' >>tests/carry.txt
expect 1 check "what does this mean?"
printf '%s\n' '2 changes loop.c' '2 drops fdset.c' '2 changes main.c' \
	'3 drops nothing.c' >tests/carry.txt
expect 1 check "stage2_b/main.c is the same as in stage1_a"
expect 1 check "3 drops nothing.c, but stage2_b has no such file"
echo fdset >stage2_b/fdset.c
expect 1 check "stage2_b/fdset.c is there, but tests/carry.txt"

[ $wrong -eq 0 ] && echo "carry.sh: as expected in 11 cases"
