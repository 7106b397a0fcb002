#!/bin/sh
# test.sh - inside a sandbox: the tests that give points, of what build.sh made.
#
# In the environment: KIT (the prepared folder), OUT (what build.sh made, read
# only), TMP (to work in), ONLY (options of the runner). Descriptor 3 takes what
# the runner says to its witness (harness/runner.c); the report goes to stdout.
set -eu

mkdir -p "$TMP/scratch"
cd "$KIT"
# shellcheck disable=SC2086
exec "$OUT/run" --table exercises.tsv --scratch "$TMP/scratch" --kind graded \
	--witness 3 ${ONLY:-} </dev/null
