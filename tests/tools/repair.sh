#!/bin/sh
# repair.sh - which exercises are repairs?
#
#	repair.sh N.M
#
# Prints the file with the broken function that the student is given; nothing
# if the exercise is not a repair but a function to write.
set -eu

tests=$(cd "$(dirname "$0")/.." && pwd)
awk -F '\t' -v id="$1" -v attempts="$tests/attempts" '
	$1 "" == id && NF > 8 { print attempts "/" id "/" $9 }
' "$tests/exercises.tsv"
