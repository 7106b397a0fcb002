#!/bin/sh
# new-test.sh - can a server be written from an empty file, and is it judged by
# what it does? The last line is "N passed, N failed, N skipped".
#
#	new-test.sh         a folder of its own, and servers with known points
#	new-test.sh all     the finished servers of all stages, too
set -u

kit=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
make=${MAKE:-make}
. "$kit/tests/tools/verdicts.sh"

run()
{
	env MAKEFLAGS= MAKELEVEL= "$make" --no-print-directory "$@" \
		</dev/null >"$scratch/said" 2>&1
}

# says TEXT: is it in what was said?
says()
{
	grep -qF -e "$1" "$scratch/said"
}

# A name that is not easy for make and the shell.
mine="$scratch/my own 服务器"
run -C "$kit" new STAGE=2 DIR="$mine" && [ -f "$mine/README.md" ]
verdict $? "make new makes a folder"

! run -C "$kit" new STAGE=1 DIR="$mine" && says "is there already" &&
	grep -q '^STAGE   = 2$' "$mine/Makefile"
verdict $? "what is there stays"

! run -C "$mine" test && says "There is no *.c here yet."
verdict $? "an empty folder says what is missing"

echo 'int main(void) { return 0; }' >"$mine/server.c"
! run -C "$mine" test && says " 0 of 100 points" && says "before it said"
verdict $? "a program that does nothing has no points"

# Its clients' sockets block.
sed 's/NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC/NULL, NULL, SOCK_CLOEXEC/' \
	"$kit/tests/new/small.c" >"$mine/server.c"
! run -C "$mine" test && says "A slow reader gets all of a file     wrong" &&
	says "It serves a file                     done" && ! says "100 of 100"
verdict $? "one that waits for a slow reader loses just that"

cp "$kit/tests/new/small.c" "$mine/server.c"
run -C "$mine" test && says "100 of 100 points"
verdict $? "a server unlike ours has all points"

# Named from the stage's folder, from the top, and from anywhere.
for name in build/server stage1_select/build/server \
	"$kit/stage1_select/build/server"; do
	run -C "$kit/stage1_select" build/server &&
		run -C "$kit/stage1_select" test SERVER="$name" \
			TEST=serves_a_file && says "1 passed, 0 failed"
	verdict $? "SERVER=$name"
done

# No library can be put between such a server and the system, and a shell that
# starts it hides that at first.
if "${CC:-cc}" -static -o "$scratch/static" "$kit/tests/new/small.c" \
	>"$scratch/said" 2>&1; then
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$scratch/static" \
		>"$scratch/starts-it"
	chmod +x "$scratch/starts-it"
	for test in faults_no_descriptor_for_long faults_no_descriptor_for_file; do
		run -C "$kit/stage1_select" test SERVER="$scratch/starts-it" \
			TEST=$test && says "0 passed, 0 failed, 1 skipped"
		verdict $? "a static server: $test is not checked"
	done
else
	skip "a static server: there is no static libc"
fi

# Refuses all options that from-empty.md does not name.
cat >"$scratch/strict" <<'END'
#!/bin/sh
value=
for word; do
	case $value$word in
	--port | --root | --workers | --timeouts) value=, ;;
	--port=* | --root=* | --workers=* | --timeouts=* | ,*) value= ;;
	*) echo "there is no option $word" >&2 && exit 2 ;;
	esac
done
exec "$STRICT" "$@"
END
chmod +x "$scratch/strict"

if [ "${1:-}" = all ]; then
	for stage in 1 2 3 4; do
		folder=$(echo "$kit/stage$stage"_*)
		run -C "$folder" build/server &&
			STRICT=$folder/build/server run -C "$kit/tests" \
				STAGE="$stage" PROFILE=core test \
				SERVER="$scratch/strict" &&
			says "100 of 100 points"
		verdict $? "the finished stage $stage has all points"
	done
fi
sum_up
