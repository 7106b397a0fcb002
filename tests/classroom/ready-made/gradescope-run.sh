#!/bin/sh
# run_autograder - Gradescope runs this for each submission: from
# /autograder/submission to /autograder/results/results.json. Points that are
# lacking are no failure of this script.
#
# AUTOGRADER=folder: there instead of in /autograder (to try it).
set -u

top=${AUTOGRADER:-/autograder}
# shellcheck disable=SC1091
# shellcheck disable=SC1091
. "$top/source/settings"
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
cd /
status=0
python3 -B "$top/source/prepared/kit/tests/classroom/alone.py" \
	"$top/submission" "$out" --stages "$STAGES" --wall "$WALL" \
	--prepared "$top/source/prepared" || status=$?
mkdir -p "$top/results"
if [ ! -f "$out/results.json" ]; then
	echo '{"score": 0, "output": "The grader itself failed. Tell your teacher."}' \
		>"$out/results.json"
fi
cp "$out/results.json" "$top/results/results.json"
[ $status -le 1 ]
