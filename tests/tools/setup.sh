#!/bin/sh
# setup.sh - install what `make run`, `make test` and others lack, nothing else.
#
#   setup.sh [-q] run      a C compiler, the C library's headers, make; and, if
#                          it can be had, cmark-gfm
#   setup.sh [-q] test     a C compiler, the headers, make, Criterion, valgrind
#   setup.sh [-q] grade    what `test` needs, Python 3, bubblewrap
#   setup.sh [-q] lessons  what the lessons' experiments use: curl, nc, strace,
#                          gdb, ss, ps, git; and, if it can be had, cmark-gfm
#   setup.sh -l LEVEL      list the packages of all of it, whether it is here or
#                          not, and install nothing (offline.sh)
#
# What is missing is found by trying it, not by asking the package manager: a
# compiler from elsewhere is as good. If nothing is missing nothing is done
# (and with -q nothing is said). Root installs at once; on a terminal sudo is
# offered; otherwise the command is printed and the exit status is 1.
set -u

usage()
{
	echo "usage: setup.sh [-q|-l] run|test|grade|lessons" >&2
	exit 2
}

is_quiet=no
is_list=no
case ${1-} in
-q) is_quiet=yes && shift ;;
-l) is_list=yes && shift ;;
esac
[ $# -eq 1 ] || usage
level=$1
case $level in
run | test | grade) purpose="\`make $level\`" ;;
lessons) purpose="the lessons" ;;
*) usage ;;
esac

scratch=$(mktemp -d "${TMPDIR:-/tmp}/setup.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- what is missing -------------------------------------------------------

# If all is to be listed nothing is here.
has()
{
	[ $is_list = no ] && command -v "$1" >/dev/null 2>&1
}

has_compiler()
{
	[ $is_list = no ] || return 1
	cat >"$scratch/hello.c" <<'END'
#include <stdio.h>
#include <sys/socket.h>
int main(void) { return puts("hello") < 0; }
END
	# $CC may hold options too: "ccache gcc".
	# shellcheck disable=SC2086
	${CC:-cc} -o "$scratch/hello" "$scratch/hello.c" \
		>"$scratch/hello.log" 2>&1
}

has_criterion()
{
	[ $is_list = no ] || return 1
	cat >"$scratch/unit.c" <<'END'
#include <criterion/criterion.h>
Test(setup, works) { cr_assert(1); }
END
	# shellcheck disable=SC2086
	${CC:-cc} -o "$scratch/unit" "$scratch/unit.c" -lcriterion \
		>"$scratch/unit.log" 2>&1
}

# Sets `missing`, a word for each thing, in the order they are explained, and
# `wanted`: what is used where it is there, and done without where it is not.
look()
{
	missing=
	wanted=
	if [ "$level" = lessons ]; then
		look_for_lessons
		return 0
	fi
	has make || missing="$missing make"
	has_compiler || missing="$missing compiler"
	if [ "$level" = run ]; then
		has cmark-gfm || wanted=" cmark-gfm"
		return 0
	fi
	case $is_list$missing in
	no*compiler*)
		# Nothing can be tried without one: look whether it is there.
		[ -e /usr/include/criterion/criterion.h ] ||
			missing="$missing criterion"
		;;
	*) has_criterion || missing="$missing criterion" ;;
	esac
	has valgrind || missing="$missing valgrind"
	[ "$level" = grade ] || return 0
	has python3 || missing="$missing python3"
	has bwrap || missing="$missing bubblewrap"
}

# Of the two programs named nc, the lessons need the one that knows -N.
has_nc()
{
	has nc && nc -h 2>&1 | grep -q -e '-[[:alnum:]]*N'
}

look_for_lessons()
{
	for tool in curl strace gdb ss ps git; do
		has $tool || missing="$missing $tool"
	done
	has_nc || missing="$missing nc"
	has cmark-gfm || wanted=" cmark-gfm"
}

explain()
{
	for thing in $missing $wanted; do
		case $thing in
		make) echo "  make            builds everything here" ;;
		compiler) echo "  a C compiler    and the C library's headers:" \
			"the servers are written in C" ;;
		criterion) echo "  Criterion       the library that the tests" \
			"are written with" ;;
		valgrind) echo "  valgrind        finds memory errors and" \
			"descriptors left open" ;;
		python3) echo "  Python 3        the grader of classes is" \
			"written in it" ;;
		bubblewrap) echo "  bubblewrap      the sandbox in which what" \
			"students wrote is run" ;;
		curl) echo "  curl            a client that shows what it sends" ;;
		nc) echo "  nc (OpenBSD's)  a client that sends what you type" ;;
		strace) echo "  strace          shows the system calls of a" \
			"process" ;;
		gdb) echo "  gdb             the debugger" ;;
		ss) echo "  ss              shows sockets and their queues" ;;
		ps) echo "  ps, pgrep       find processes" ;;
		git) echo "  git             keeps what you wrote" ;;
		cmark-gfm) echo "  cmark-gfm       makes pages of the lessons;" \
			"without it they are only text" ;;
		esac
	done
}

look
if [ -z "$missing$wanted" ]; then
	[ $is_quiet = yes ] || echo "Nothing is missing for $purpose."
	exit 0
fi
# What can be done without is installed along with the rest, or by root. Nobody
# is asked for a password because of it each time, and site.sh says what to do.
# An attempt that failed is not made again unless somebody asks by hand.
tried=$(dirname "$0")/../../build/no-cmark-gfm
if [ $is_list = no ] && [ -z "$missing" ] && { [ "$(id -u)" -ne 0 ] ||
	! command -v apt-get >/dev/null 2>&1 ||
	{ [ $is_quiet = yes ] && [ -e "$tried" ]; }; }; then
	exit 0
fi
if [ $is_list = yes ]; then
	: # is said below
elif [ -n "$missing" ]; then
	echo "For $purpose this machine does not have yet:"
else
	echo "For $purpose this would be good to have:"
fi
[ $is_list = yes ] || explain

# A compiler that was asked for by name is for who asked to put right.
case $is_list${CC:+$missing} in
no*compiler*)
	echo "The compiler that was asked for, CC='$CC', does not work. It says:"
	sed 's/^/  /' "$scratch/hello.log"
	exit 1
	;;
esac

# --- which packages those are ----------------------------------------------

system_name=
system_ids=
if [ -r /etc/os-release ]; then
	# shellcheck disable=SC1091
	system_name=$(. /etc/os-release && echo "${PRETTY_NAME-}")
	# shellcheck disable=SC1091
	system_ids=$(. /etc/os-release && echo " ${ID-} ${ID_LIKE-} ")
fi

from_source="\
Criterion is in no package of this system. Its source and how to build it:
  https://github.com/Snaipe/Criterion   (version 2.4 or later)"

manager=
case $system_ids in
*\ debian\ * | *\ ubuntu\ *) manager=apt-get ;;
*\ fedora\ * | *\ rhel\ *) manager=dnf ;;
*\ arch\ *) manager=pacman ;;
*\ alpine\ *)
	echo
	echo "This is Alpine Linux. Its C library is musl; the kit is written"
	echo "for glibc and has not been tried here. A container or a virtual"
	echo "machine with Debian or Ubuntu will do."
	exit 1
	;;
esac
if [ -z "$manager" ] || ! command -v $manager >/dev/null 2>&1; then
	echo
	echo "How to install packages on this system" \
		"(${system_name:-name unknown}) is not known here."
	echo "Please install the above with its own tools, then try again."
	exit 1
fi

packages=
extra=
cannot=
for thing in $missing $wanted; do
	case $manager:$thing in
	*:make) packages="$packages make" ;;
	apt-get:compiler) packages="$packages gcc libc6-dev" ;;
	dnf:compiler) packages="$packages gcc glibc-devel" ;;
	pacman:compiler) packages="$packages gcc" ;;
	apt-get:criterion) packages="$packages libcriterion-dev" ;;
	dnf:criterion) cannot=$from_source ;;
	pacman:criterion) packages="$packages criterion" ;;
	*:valgrind) packages="$packages valgrind" ;;
	apt-get:cmark-gfm) extra=cmark-gfm ;;
	pacman:python3) packages="$packages python" ;;
	apt-get:nc) packages="$packages netcat-openbsd" ;;
	dnf:nc) packages="$packages netcat" ;;
	pacman:nc) packages="$packages openbsd-netcat" ;;
	dnf:ss) packages="$packages iproute" ;;
	*:ss) packages="$packages iproute2" ;;
	apt-get:ps) packages="$packages procps" ;;
	*:ps) packages="$packages procps-ng" ;;
	*:python3 | *:bubblewrap | *:curl | *:strace | *:gdb | *:git)
		packages="$packages $thing"
		;;
	esac
done
packages=${packages# }
all=$packages${packages:+${extra:+ }}$extra

if [ $is_list = yes ]; then
	echo "$all"
	exit 0
fi

# What a person would type.
case $manager in
apt-get) by_hand="apt-get install -y --no-install-recommends $all" ;;
dnf) by_hand="dnf install -y --setopt=install_weak_deps=False $packages" ;;
pacman) by_hand="pacman -S --needed --noconfirm $packages" ;;
esac

if [ -z "$all" ]; then
	echo "$cannot"
	exit 1
fi

# --- who installs them -----------------------------------------------------

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null 2>&1 && [ -t 0 ] && [ -t 1 ]; then
		echo
		echo "They can be installed now, with:"
		echo "  sudo $by_hand"
		printf 'Shall I? [Y/n] '
		read -r answer || answer=n
		case $answer in
		'' | [Yy] | [Yy][Ee][Ss]) as_root=sudo ;;
		*)
			echo "Nothing was installed."
			exit 1
			;;
		esac
	else
		echo
		echo "Installing takes root's rights. As root, or with sudo:"
		echo "  $by_hand"
		[ -z "$cannot" ] || echo "$cannot"
		exit 1
	fi
fi

echo
echo "Installing from the packages of ${system_name:-this system}:"
echo "  $all"
echo "and what they need. This may take a minute or two."

# A mirror that does not answer is given up after a minute, not after an hour;
# another apt-get that is at work is waited for.
apt()
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get \
		-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
		-o Acquire::Retries=2 -o DPkg::Lock::Timeout=120 \
		-o Dpkg::Use-Pty=0 -qq "$@"
}

# The lists of packages are fetched only if these cannot be installed without:
# a new container has none, and those of an old machine name files long gone.
# Where the extra one cannot be had, the others are installed without it.
install_apt()
{
	# shellcheck disable=SC2086
	apt install -y --no-install-recommends $all && return 0
	echo "apt-get update"
	apt update || return 1
	# shellcheck disable=SC2086
	apt install -y --no-install-recommends $all && return 0
	[ -n "$extra" ] && [ -n "$packages" ] || return 1
	# shellcheck disable=SC2086
	apt install -y --no-install-recommends $packages
}

case $manager in
apt-get)
	install_apt
	;;
dnf)
	# shellcheck disable=SC2086
	$as_root dnf install -y --setopt=install_weak_deps=False \
		--setopt=timeout=20 --setopt=retries=2 $packages
	;;
pacman)
	# shellcheck disable=SC2086
	$as_root pacman -S --needed --noconfirm $packages
	;;
esac >"$scratch/log" 2>&1
status=$?

look
if [ -z "$missing" ]; then
	if [ -z "$wanted" ]; then
		echo "All that is needed for $purpose is installed."
	else
		echo "What $purpose must have is installed; this could not be:"
		explain
		mkdir -p "${tried%/*}" && : >"$tried"
	fi
	exit 0
fi
echo
if [ $status -ne 0 ]; then
	echo "The packages could not be installed. The last that was said:"
	tail -n 12 "$scratch/log" | sed 's/^/  /'
	echo "If this machine is not online, try again when it is."
	case $system_ids in
	*\ ubuntu\ *)
		echo "On Ubuntu they are in the part named universe:"
		echo "  sudo add-apt-repository universe"
		;;
	esac
fi
echo "Still missing for $purpose:"
explain
[ -z "$cannot" ] || echo "$cannot"
exit 1
