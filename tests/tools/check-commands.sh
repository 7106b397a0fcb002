#!/bin/sh
# check-commands.sh - the slow part of check-notes.sh: type what the lessons
# tell to type.
#
#   check-commands.sh [PAGE...]     at the top of the kit
#
# The blocks "sh server", "sh run" and "text output" of each page are tried in
# the order of the page, as notes/README.md says, in a copy of the kit and in
# namespaces of their own: of the network, so that all ports are free; of
# processes, so that whatever a page starts ends with it; and of mounts, with
# an empty /tmp. What cannot be tried here is "not checked". The last line is
# "N passed, N failed, N skipped"; each "sh" block counts as one, and so does
# each "text output".
set -u

LC_ALL=C
export LC_ALL
tools=$(cd "$(dirname "$0")" && pwd) || exit 1
make=${MAKE:-make}
PATIENCE_S=${PATIENCE_S:-180} # for one block: only decides when to give up

# What a page may use and a machine may lack. A block with another unknown word
# is wrong.
optional="ab bash bpftrace cmp curl dot file gcc clang gdb gnuplot haproxy
	hey htop ip jq ldd lsof ltrace nc nm objdump perf pgrep pkill prlimit ps
	pstree python3 readelf seq shuf siege size socat ss strace stress-ng taskset
	time timeout tcpdump tree truncate valgrind watch wrk xxd"

# --- inside of the namespaces: one page --------------------------------------

# inside FOLDER: tries the blocks named in FOLDER/plan, with the kit in
# FOLDER/kit. Writes a line for each to FOLDER/result: ok, FAIL or skip, and
# what there is to say.
inside()
{
	work=$1
	server=
	unheard=
	last= # what became of the last "sh run": ok, FAIL, skip
	while read -r what line number; do
		case $what in
		end) stop_server ;;
		server)
			stop_server
			start_server
			;;
		run) run_block ;;
		output) compare ;;
		esac
	done <"$work/plan"
	stop_server
}

# say ok|FAIL|skip [TEXT]: about the block in line $line.
say()
{
	printf '%s\t%s\t%s\n' "$1" "$line" "${2-}" >>"$work/result"
}

# Adds the end of a file, indented, to what is said.
show()
{
	tail -n 12 "$1" | sed 's/^/      /' >>"$work/result"
}

# A tool that the block uses and that is not here; or empty.
lacks()
{
	for tool in $optional; do
		if grep -Eq "(^|[|;&(]|\\\$\\(|sudo |time |exec |do )[ 	]*$tool( |\$)" \
			"$work/block.$number" && ! command -v "$tool" >/dev/null 2>&1; then
			echo "$tool is missing"
			return
		fi
	done
	if grep -q strace "$work/block.$number" &&
		! strace -o /dev/null true 2>/dev/null; then
		echo "strace may not trace here"
	fi
}

# Passes on what a server says, and tells whoever waits when it says where it
# listens, or has ended without that. (Not awk: that may wait for a full buffer.)
listen()
{
	told=no
	while IFS= read -r text; do
		printf '%s\n' "$text"
		case $told$text in
		no*"listening on"*)
			echo yes >&3
			told=yes
			exec 3>&-
			;;
		esac
	done
	[ $told = yes ] || echo no >&3
}

start_server()
{
	unheard=$(lacks)
	if [ -n "$unheard" ]; then
		say skip "$unheard"
		return
	fi
	rm -f "$work/says" "$work/heard"
	mkfifo "$work/says" "$work/heard"
	: >"$work/server.log"
	exec 3<>"$work/heard" # both ends: nobody waits to open it
	listen <"$work/says" >"$work/server.log" &
	listener=$!
	(cd "$work/kit" && exec setsid sh -e "$work/block.$number") \
		>"$work/says" 2>&1 </dev/null 3>&- &
	server=$!
	answer=$(timeout "$PATIENCE_S" head -n 1 <&3) || answer=late
	exec 3>&-
	case $answer in
	yes)
		say ok
		return
		;;
	no) say FAIL "the server ended before it said \"listening on\":" ;;
	*) say FAIL "the server did not say \"listening on\" in $PATIENCE_S s:" ;;
	esac
	show "$work/server.log"
	unheard="its server did not start"
}

# As at a terminal when it is closed; who does not go is made to.
stop_server()
{
	unheard=
	[ -n "$server" ] || return 0
	kill -TERM -"$server" 2>/dev/null
	timeout 20 tail -s 0.1 --pid="$server" -f /dev/null ||
		kill -KILL -"$server" 2>/dev/null
	wait "$server" 2>/dev/null
	wait "$listener" 2>/dev/null
	server=
}

run_block()
{
	last=skip
	why=${unheard:-$(lacks)}
	if [ -n "$why" ]; then
		say skip "$why"
		return
	fi
	# diff says 1 where there is a difference, timeout 124 when it is over:
	# that is what they were asked for.
	{
		echo 'diff() { command diff "$@" || [ $? -eq 1 ]; }'
		echo 'timeout() { command timeout "$@" || [ $? -eq 124 ]; }'
		cat "$work/block.$number"
	} >"$work/now.sh"
	began=$(date +%s)
	(cd "$work/kit" && exec timeout -k 5 "$PATIENCE_S" sh -e "$work/now.sh") \
		>"$work/output" 2>&1 </dev/null
	status=$?
	if [ $status -eq 0 ]; then
		last=ok
		say ok
		return
	fi
	last=FAIL
	if [ $(($(date +%s) - began)) -ge "$PATIENCE_S" ]; then
		say FAIL "not done after $PATIENCE_S s; it had printed:"
	else
		say FAIL "a command failed, exit status $status; the last it printed:"
	fi
	show "$work/output"
}

# Is each line of the block in the output, in this order? "..." stands for
# anything.
compare()
{
	case $last in
	ok) ;;
	*)
		say skip "its commands were not run, or failed"
		return
		;;
	esac
	if wanted=$(awk '
		function fits(line, pattern,    n, i, part, at)
		{
			n = split(pattern, part, /\.\.\./)
			if (n == 1)
				return line == pattern
			if (substr(line, 1, length(part[1])) != part[1])
				return 0
			line = substr(line, length(part[1]) + 1)
			for (i = 2; i < n; i++) {
				at = index(line, part[i])
				if (!at)
					return 0
				line = substr(line, at + length(part[i]))
			}
			return length(line) >= length(part[n]) &&
				substr(line, length(line) - length(part[n]) + 1) == part[n]
		}
		{ sub(/[ \t\r]+$/, "") }
		NR == FNR { line[++n] = $0; next }
		missing != "" || $0 == "" || $0 == "..." { next }
		{
			for (k = last + 1; k <= n; k++)
				if (fits(line[k], $0))
					break
			if (k > n)
				missing = $0
			last = k
		}
		END { print missing; exit (missing != "") }' \
		"$work/output" "$work/block.$number"); then
		say ok
	else
		say FAIL "not in the output (in this place): \"$wanted\"; that was:"
		show "$work/output"
	fi
}

if [ "${1-}" = --inside ]; then
	if [ -n "${3-}" ]; then
		# /tmp becomes empty, but for the folder with the copy.
		mount --bind "$2" /mnt && mount -t tmpfs tmpfs /tmp &&
			mkdir -p "$2" && mount --bind /mnt "$2" && umount /mnt
	fi
	ip link set lo up 2>/dev/null
	inside "$2"
	exit 0
fi

# --- outside ------------------------------------------------------------------

passed=0
failed=0
skipped=0

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/check-commands.XXXXXX") || exit 1
inner=
trap '[ -z "$inner" ] || kill -KILL "$inner" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP PIPE

# A way into namespaces that works here.
box=
for try in "unshare" "unshare -r"; do
	if command -v ip >/dev/null 2>&1 &&
		$try --net --pid --mount --fork --kill-child --mount-proc \
			ip link set lo up 2>/dev/null; then
		box="$try --net --pid --mount --fork --kill-child --mount-proc"
		break
	fi
done
own_tmp=
if [ -n "$box" ]; then
	# Where $scratch lies elsewhere, or /mnt is not there, /tmp is shared.
	case $scratch in
	/tmp/*) [ ! -d /mnt ] || $box sh -c 'mount -t tmpfs tmpfs /tmp' \
		2>/dev/null && own_tmp=yes ;;
	esac
elif bwrap --dev-bind / / --unshare-net --unshare-pid --proc /proc \
	--die-with-parent true 2>/dev/null; then
	box="bwrap --dev-bind / / --unshare-net --unshare-pid --proc /proc
		--tmpfs /tmp --bind $scratch $scratch --die-with-parent"
fi

# plan PAGE FOLDER: the blocks, each in a file, and the order they come in.
plan()
{
	awk -f "$tools/markdown.awk" -f - "$1" "$2" <<'AWK'
BEGIN {
	file = ARGV[1]
	folder = ARGV[2]
	load(file)
	b = 1
	for (i = 1; i <= lines_in[file]; i++) {
		if (kind[file, i] == "heading" && heading_level(line_of[file, i]) <= 2)
			print "end", i, 0
		if (b > blocks_in[file] || i != block_from[file, b] - 1)
			continue
		what = block_info[file, b]
		if (what ~ /^sh[ \t]+(run|server)$/ || what ~ /^text[ \t]+output$/) {
			sub(/^.*[ \t]/, "", what)
			out = folder "/block." b
			printf "" >out
			for (k = i + 1; k <= block_to[file, b]; k++) {
				line = line_of[file, k]
				for (s = 0; s < block_indent[file, b]; s++)
					sub(/^ /, "", line)
				print line >out
			}
			close(out)
			print what, i, b
		}
		b++
	}
	exit
}
AWK
}

if [ $# -eq 0 ]; then
	for page in notes/*.md; do
		[ ! -e "$page" ] || set -- "$@" "$page"
	done
fi

# The kit as somebody has it who has cloned and built it.
copied=
copy_kit()
{
	[ -z "$copied" ] || return 0
	copied=yes
	mkdir "$scratch/kit" && find . -name .git -prune -o -name build -prune \
		-o -path ./lab -prune -o -type f -print | tar -cf - -T - |
		tar -xf - -C "$scratch/kit" || return 1
	for folder in "$scratch"/kit/stage?_*/; do
		[ ! -e "$folder/Makefile" ] ||
			"$make" --no-print-directory -s -C "$folder" || return 1
	done
	! command -v git >/dev/null 2>&1 || (
		cd "$scratch/kit" && git init -q && git add -A &&
			git -c user.name=reader -c user.email=reader@example.org \
				commit -qm "The kit"
	) >/dev/null 2>&1
	return 0
}

tab=$(printf '\t')
for page in "$@"; do
	work=$scratch/work
	rm -rf "$work" && mkdir "$work" || exit 1
	plan "$page" "$work" >"$work/plan" || exit 1
	count=$(grep -cv '^end' "$work/plan")
	[ "$count" -gt 0 ] || continue
	if [ -z "$box" ]; then
		echo "$page: not checked: no network namespace can be made here" \
			"(unshare and ip, or bwrap)"
		skipped=$((skipped + count))
		continue
	fi
	if ! copy_kit; then
		echo "the stages cannot be built; the commands were not tried"
		failed=$((failed + 1))
		break
	fi
	cp -a "$scratch/kit" "$work/kit"
	: >"$work/result"
	# shellcheck disable=SC2086
	$box sh "$tools/check-commands.sh" --inside "$work" $own_tmp \
		>"$work/log" 2>&1 &
	inner=$!
	wait "$inner"
	inner=
	before=$passed
	while IFS= read -r line; do
		rest=${line#*"$tab"}
		at=${rest%%"$tab"*}
		text=${rest#*"$tab"}
		case $line in
		"ok$tab"*) passed=$((passed + 1)) ;;
		"skip$tab"*)
			skipped=$((skipped + 1))
			echo "$page:$at: not checked: $text"
			;;
		"FAIL$tab"*)
			failed=$((failed + 1))
			echo "$page:$at: $text"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$work/result"
	tried=$(grep -cE "^(ok|skip|FAIL)$tab" "$work/result")
	if [ "$tried" -ne "$count" ]; then
		echo "$page: only $tried of its $count blocks were tried:"
		sed 's/^/      /' "$work/log"
		failed=$((failed + 1))
	fi
	echo "$page: $((passed - before)) of $count blocks as they should be"
done
finish
