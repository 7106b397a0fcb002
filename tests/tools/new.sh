#!/bin/sh
# new.sh - a folder for a server from an empty file: a Makefile and the contract.
#
#	new.sh STAGE DIR
#
# Nothing that is there already is overwritten.
set -eu

kit=$(cd "$(dirname "$0")/../.." && pwd)

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

if [ -z "${1:-}" ] || [ -z "${2:-}" ]; then
	fail "Which stage, and where? For example:" \
		"  make new STAGE=2 DIR=../mine"
fi
case $1 in
[1-4]) ;;
*) fail "There is no stage $1. STAGE is 1, 2, 3 or 4." ;;
esac
for name in Makefile README.md; do
	[ ! -e "$2/$name" ] ||
		fail "$2/$name is there already, and stays as it is." \
			"Name another folder: make new STAGE=$1 DIR=..."
done

mkdir -p "$2"
folder=$(cd "$2" && pwd)
# For make, $ is $$ and # is \#.
STAGE=$1 KIT=$(printf '%s\n' "$kit" | sed 's/\$/$$/g; s/#/\\#/g') awk '
	/@STAGE@$/ { $0 = substr($0, 1, length($0) - 7) ENVIRON["STAGE"] }
	/@KIT@$/ { $0 = substr($0, 1, length($0) - 5) ENVIRON["KIT"] }
	{ print }' "$kit/tests/new/Makefile" >"$folder/Makefile"
cp "$kit/notes/from-empty.md" "$folder/README.md"

echo "$folder: stage $1, from an empty file."
echo "README.md says what the server must do. Write server.c, then: make test"
