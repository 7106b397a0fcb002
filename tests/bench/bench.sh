#!/bin/sh
# bench.sh - `make bench`: builds what is measured, and measures it.
#
#   bench.sh [NAME...]   these experiments; all of them, if none is named
#   bench.sh list        which there are
#
# Environment: SERVER, QUICK (bench.py says what they are), MAKE.
set -u

bench=$(cd "$(dirname "$0")" && pwd) || exit 1
kit=$(cd "$bench/../.." && pwd) || exit 1
make=${MAKE:-make}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

if ! command -v python3 >/dev/null 2>&1; then
	echo "\`make bench\` needs python3, which starts the servers and works out"
	echo "the figures (nothing but its standard library). On Debian and Ubuntu:"
	echo "  apt-get install python3"
	exit 1
fi
if [ "${1-}" = list ]; then
	exec python3 "$bench/bench.py" "$kit" list
fi

# A path that was typed where make was called, and one from the top.
case ${SERVER-} in
'' | /*) ;;
*) [ -x "$SERVER" ] || SERVER=$kit/$SERVER ;;
esac

mkdir -p "$kit/build/bench" || exit 1
log=$kit/build/bench/make.log
for folder in "$kit"/stage?_* "$bench"; do
	"$make" --no-print-directory -C "$folder" >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
done
exec python3 "$bench/bench.py" "$kit" run "$@"
