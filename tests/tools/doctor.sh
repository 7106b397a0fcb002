#!/bin/sh
# doctor.sh - look at this machine: will the servers run, will the tests tell
# the truth? One line for each thing:
#
#   ok    as it should be
#   note  works, but something is slower or will not be checked
#   FIX   must be put right; how is said in the line below
#
# Nothing is changed and the network is not used. Exit status 0 unless there is
# a FIX.
set -u

kit=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
here=$kit/tests/tools
cc=${CC:-cc}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/doctor.XXXXXX") || {
	echo "FIX   no temporary folder can be made in ${TMPDIR:-/tmp}"
	exit 1
}
in_kit=
trap 'rm -rf "$scratch" ${in_kit:+"$in_kit"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fixes=0
notes=0

say()
{
	level=$1
	shift
	printf '%-5s %s\n' "$level" "$1"
	shift
	for line in "$@"; do
		printf '      %s\n' "$line"
	done
}

ok()
{
	say ok "$@"
}

note()
{
	notes=$((notes + 1))
	say note "$@"
}

fix()
{
	fixes=$((fixes + 1))
	say FIX "$@"
}

# --- the system ------------------------------------------------------------

system=$(uname -s)
machine=$(uname -m)
release=$(uname -r)
name=
# shellcheck disable=SC1091
[ ! -r /etc/os-release ] || name=$(. /etc/os-release && echo "${PRETTY_NAME-}")
if [ "$system" != Linux ]; then
	fix "this is $system; the kit is about Linux's system calls" \
		"use a virtual machine or a container with Debian or Ubuntu"
	exit 1
fi
case $machine in
x86_64 | aarch64) ok "Linux $release, $machine${name:+, $name}" ;;
*) note "Linux $release, $machine${name:+, $name}" \
	"the kit is tried on x86_64 and aarch64 only" ;;
esac

case $release in
*-Microsoft)
	fix "WSL 1 is not a Linux kernel: much of the kit cannot work" \
		"in a Windows terminal: wsl --set-version <name> 2"
	;;
*[Mm]icrosoft*) ok "WSL 2: a real Linux kernel" ;;
esac

# Under emulation the program that runs is not the one that was asked for.
sleep 20 &
sleeper=$!
sleeper_exe=$(readlink "/proc/$sleeper/exe" 2>/dev/null)
kill "$sleeper" 2>/dev/null
case $sleeper_exe in
*qemu*)
	note "programs are emulated by qemu: slow, and system calls are translated" \
		"valgrind and what reads /proc/PID/syscall will not be checked; use an" \
		"image for this processor (docker: without --platform)"
	;;
*rosetta*)
	note "programs are translated by Rosetta: valgrind will not be checked" \
		"use an arm64 image"
	;;
*) if grep -q VirtualApple /proc/cpuinfo 2>/dev/null; then
	note "programs are translated by Rosetta: valgrind will not be checked" \
		"use an arm64 image"
fi ;;
esac

cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
if [ "$cpus" -ge 2 ]; then
	ok "$cpus processors"
else
	note "1 processor: everything works, the tests take longer"
fi

# --- tools -----------------------------------------------------------------

make_version=$(make --version 2>/dev/null | sed -n 's/^GNU Make //p')
case $make_version in
'') fix "there is no GNU make" "make setup, or: sh tests/tools/setup.sh run" ;;
[0-3].*) fix "GNU make $make_version is too old" "install version 4 or later" ;;
*) ok "GNU make $make_version" ;;
esac

has_probe=no
# $cc may hold options too.
# shellcheck disable=SC2086
if $cc -O1 -o "$scratch/probe" "$here/doctor.c" 2>"$scratch/log"; then
	if "$scratch/probe" hello >/dev/null 2>&1; then
		has_probe=yes
		ok "a C compiler: $($cc --version 2>/dev/null | sed 1q)"
	else
		fix "the C compiler works, but what it makes does not run from $scratch" \
			"is that folder mounted noexec? try: TMPDIR=\$HOME make doctor"
	fi
elif command -v "${cc%% *}" >/dev/null 2>&1; then
	fix "the C compiler ($cc) fails: $(sed 1q "$scratch/log")" \
		"are the C library's headers there? make setup"
else
	fix "there is no C compiler ($cc)" "make setup"
fi

if [ $has_probe = yes ]; then
	printf '%s\n' '#include <criterion/criterion.h>' \
		'Test(doctor, passes) { cr_assert(1); }' >"$scratch/unit.c"
	# shellcheck disable=SC2086
	if ! $cc -o "$scratch/unit" "$scratch/unit.c" -lcriterion \
		2>"$scratch/log"; then
		fix "Criterion is not there, or cannot be linked: no test can run" \
			"make setup"
	elif "$scratch/unit" >"$scratch/log" 2>&1; then
		ok "Criterion: a test compiles, runs and passes"
	else
		fix "Criterion is there, but a test that must pass does not" \
			"it said: $(sed 1q "$scratch/log")"
	fi
fi

if ! command -v valgrind >/dev/null 2>&1; then
	fix "valgrind is not there: memory errors will not be found" "make setup"
elif [ $has_probe = yes ]; then
	if valgrind -q --error-exitcode=9 "$scratch/probe" hello \
		>"$scratch/log" 2>&1; then
		ok "$(valgrind --version): runs a program"
	else
		fix "valgrind cannot run a trivial program: memcheck will not work" \
			"it said: $(grep -v '^==[0-9]*== *$' "$scratch/log" | sed 1q)" \
			"on Debian and Ubuntu: apt-get install libc6-dbg"
	fi
fi

lacks=
for tool in curl nc strace gdb ss ps git; do
	command -v $tool >/dev/null 2>&1 || lacks="$lacks $tool,"
done
if [ -n "$lacks" ]; then
	note "the lessons' experiments use what is not here:${lacks%,}" \
		"sh tests/tools/setup.sh lessons"
else
	ok "curl, nc, strace, gdb, ss, ps, git: what the lessons use"
fi

# Only who has the whole kit grades.
if [ -d "$kit/tests/classroom" ]; then
	if ! command -v python3 >/dev/null 2>&1; then
		note "no Python 3: make grade cannot work" \
			"sh tests/tools/setup.sh grade"
	elif answer=$(python3 -B "$kit/tests/classroom/sandbox.py" 2>&1); then
		ok "make grade: $answer"
	else
		note "make grade has no sandbox: $answer" \
			"sh tests/tools/setup.sh grade"
	fi
fi

# --- what the kernel allows ------------------------------------------------

# try QUESTION: runs one probe; its answer is in $answer.
try()
{
	answer=$("$scratch/probe" "$1" 2>&1)
}

if [ $has_probe = yes ]; then
	if try loopback; then
		ok "loopback: a connection to 127.0.0.1 carries data"
	else
		fix "no connection to 127.0.0.1: $answer" "ip link set lo up"
	fi

	if try ipv6; then
		ok "loopback of IPv6: ::1"
	else
		note "no ::1 ($answer): serving over IPv6 will not be checked"
	fi

	if try openat2; then
		ok "openat2: the kernel keeps names inside the root"
	else
		note "no openat2 ($answer): the server walks by itself instead;" \
			"the kernel's way will not be checked"
	fi

	if try syscall; then
		ok "/proc/PID/syscall: one can see what a process waits for"
	else
		note "/proc/PID/syscall cannot be read ($answer)" \
			"tests that look at what a server waits for will not be checked;" \
			"in a container: docker run --cap-add SYS_PTRACE"
	fi

	if try userns; then
		ok "user namespaces"
	else
		note "no user namespaces ($answer); nothing needs them so far"
	fi
fi

if [ $has_probe = yes ]; then
	try limit
	if [ "$answer" -lt 1100 ]; then
		fix "descriptors: $answer for a process; 900 clients take 1100" \
			"raise 'nofile' in /etc/security/limits.conf and log in again;" \
			"in a container: docker run --ulimit nofile=20000"
	elif [ "$answer" -lt 20000 ]; then
		note "descriptors: $answer for a process: enough for stage 1" \
			"10,000 clients, from stage 2 on, will take 20000"
	else
		ok "descriptors: $answer for a process"
	fi
fi

# --- this folder -----------------------------------------------------------

filesystem=$(stat -f -c %T "$kit" 2>/dev/null || echo unknown)
in_kit=$(mktemp -d "$kit/.doctor.XXXXXX" 2>/dev/null) || in_kit=
lacks=
if [ -z "$in_kit" ]; then
	fix "this folder cannot be written to: $kit" \
		"copy the kit to a folder of your own"
else
	ln -s target "$in_kit/link" 2>/dev/null || lacks="$lacks symbolic links,"
	mkfifo "$in_kit/fifo" 2>/dev/null || lacks="$lacks FIFOs,"
	printf '#!/bin/sh\nexit 0\n' >"$in_kit/run" && chmod 700 "$in_kit/run"
	"$in_kit/run" 2>/dev/null || lacks="$lacks running programs,"
	: >"$in_kit/case"
	[ ! -e "$in_kit/CASE" ] || lacks="$lacks upper and lower case in names,"
	if [ -n "$lacks" ]; then
		fix "this folder's file system ($filesystem) lacks:${lacks%,}" \
			"copy the kit to a folder of Linux's own, such as $HOME"
	else
		case $filesystem:$kit in
		9p:* | v9fs:* | drvfs:* | *:/mnt/[a-z]/*)
			note "this folder lies on a Windows disk ($filesystem): very slow" \
				"copy the kit to a folder of Linux's own, such as $HOME"
			;;
		nfs*:* | smb*:* | cifs:* | fuse*:*)
			note "this folder lies on a network or user-space file system" \
				"($filesystem): slower, and its clock may differ from this" \
				"machine's, which confuses make"
			;;
		*) ok "this folder: $filesystem, with symbolic links, FIFOs, programs" ;;
		esac
	fi
fi

free_kb=$(df -Pk "$kit" 2>/dev/null | awk 'NR == 2 { print $4 }')
case $free_kb in
'' | *[!0-9]*) ;;
*) if [ "$free_kb" -ge 200000 ]; then
	ok "disk: $((free_kb / 1024)) MB free here"
else
	fix "disk: $((free_kb / 1024)) MB free here; building takes up to 200" \
		"make clean removes what was built"
fi ;;
esac

if [ $has_probe = yes ]; then
	if try port; then
		ok "port 8080 is free for the servers"
	else
		note "port 8080 cannot be had ($answer), which the" \
			"lessons use; the servers take another: build/server -p 8081"
	fi
fi

echo
if [ $fixes -gt 0 ]; then
	echo "$fixes to fix, $notes to note."
	exit 1
fi
echo "Nothing to fix, $notes to note."
