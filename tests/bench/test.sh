#!/bin/sh
# test.sh - does `make bench` measure? Each experiment once, with tiny numbers,
# and with a server of one's own beside; the figures are not looked at, but that
# there are some. The last line is "N passed, N failed, N skipped".
set -u

bench=$(cd "$(dirname "$0")" && pwd) || exit 1
kit=$(cd "$bench/../.." && pwd) || exit 1
. "$kit/tests/tools/verdicts.sh"

# has_figures FILE: names, and rows of as many cells.
has_figures()
{
	awk -F '\t' '/^#/ { next } !names { names = NF; next }
		$1 != "" && $2 != "" { rows++ } NF != names { bad = 1 }
		END { exit !(rows > 0 && !bad) }' "$1"
}

# Nothing that was started is still there: all of it has the mark.
has_ended()
{
	for environment in /proc/[0-9]*/environ; do
		if grep -aqs "BENCH_MARK=$$" "$environment"; then
			tr '\0' ' ' <"${environment%environ}cmdline" >"$scratch/said"
			return 1
		fi
	done
}

command -v python3 >/dev/null 2>&1 || {
	skip "make bench: python3 is not installed"
	sum_up
	exit
}

sh "$bench/bench.sh" list >"$scratch/list" || exit 1
results=$kit/build/bench/quick
rm -rf "$results"
BENCH_MARK=$$ QUICK=1 SERVER=$kit/stage4_fdpass/build/server \
	sh "$bench/bench.sh" >"$scratch/said" 2>&1
verdict $? "all experiments, and a server of one's own"
awk 'length > 80 { print "wider than 80: " $0; bad = 1 } END { exit bad }' \
	"$scratch/said" >"$scratch/wide"
status=$?
cp "$scratch/wide" "$scratch/said"
verdict $status "the tables have 80 columns"

names=$(awk 'NF { print $1 }' "$scratch/list")
for name in $names; do
	case $name in
	cores | peers)
		command -v wrk >/dev/null 2>&1 || {
			skip "$name: wrk is not installed"
			continue
		}
		;;
	esac
	has_figures "$results/$name.tsv" >"$scratch/said" 2>&1
	verdict $? "$name: figures"
	[ "$name" != fork ] || continue # it has no plot
	if command -v gnuplot >/dev/null 2>&1; then
		[ -s "$results/$name.svg" ]
		verdict $? "$name: a plot"
	else
		skip "$name: gnuplot is not installed"
	fi
done

has_ended
verdict $? "nothing is left running"

python=$(python3 -c 'import sys; print(sys.executable)')
PYTHONDONTWRITEBYTECODE=1 PATH=/nowhere "$python" "$bench/bench.py" "$kit" \
	run cores >"$scratch/said" 2>&1
grep -q 'apt-get install wrk' "$scratch/said" &&
	grep -q 'gnuplot-nox' "$scratch/said"
verdict $? "says what is missing"

echo
sum_up
