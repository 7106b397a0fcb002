#!/bin/sh
# repair.sh - which exercises are repairs?
#
#	repair.sh N.M
#
# Prints the file with the broken function that the student is given; nothing
# if the exercise is not a repair but a function to write.
set -eu

case $1 in
2.7) broken=2.7/wrong-once-an-event.c ;;
*) exit 0 ;;
esac
tests=$(cd "$(dirname "$0")/.." && pwd)
echo "$tests/attempts/$broken"
