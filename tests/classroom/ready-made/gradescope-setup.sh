#!/bin/sh
# setup.sh - Gradescope runs this once, as root, when it makes the image: what
# grading needs is installed, and the tests are built. Then the kit goes, and
# with it all answers.
#
# AUTOGRADER=folder: there instead of in /autograder (to try it).
set -eu

cd "${AUTOGRADER:-/autograder}/source"
# shellcheck disable=SC1091
# shellcheck disable=SC1091
. ./settings
sh kit/tests/tools/setup.sh grade
umask 022
python3 -B kit/tests/classroom/alone.py --prepare prepared --stages "$STAGES"
rm -rf kit
