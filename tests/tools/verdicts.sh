# verdicts.sh - for test scripts: `. "$kit/tests/tools/verdicts.sh"`.
#
# Gives a folder, $scratch, that is removed at the end, verdict(), skip() and
# sum_up(). What a test says goes to $scratch/said.
# shellcheck shell=sh

scratch=$(mktemp -d "${TMPDIR:-/tmp}/verdicts.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
skipped=0

# verdict STATUS NAME: a line, and what was said, if it is no good.
verdict()
{
	if [ "$1" -eq 0 ]; then
		echo "ok    $2"
		passed=$((passed + 1))
	else
		echo "FAIL  $2"
		sed 's/^/      /' "$scratch/said"
		failed=$((failed + 1))
	fi
}

skip()
{
	echo "skip  $1"
	skipped=$((skipped + 1))
}

# The last line; says whether nothing has failed.
sum_up()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
