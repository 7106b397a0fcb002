#!/bin/sh
# install.sh - installs what the kit needs, without network, from the folder
# that it lies in.
#
#   sh install.sh [FOLDER]     as root; FOLDER takes the kit, if it is named
#
# Packages that are there already stay as they are, unless one that is new needs
# a newer version of one: that is said. Nothing is removed or made older; if it
# would have to be, nothing is done at all.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] ||
	fail "Installing takes root's rights. As root, or with sudo:" \
		"  sudo sh install.sh"
# shellcheck disable=SC1091
system=$(. /etc/os-release && echo "${ID-} ${VERSION_ID-}")
system="$system $(dpkg --print-architecture)"
[ "$system" = "$(cat "$here/system")" ] ||
	fail "This folder is for $(cat "$here/system"), and this is $system." \
		"Make another one on a machine like this one: make offline"
(cd "$here" && sha256sum --quiet -c SHA256SUMS) ||
	fail "The folder is not as it was made: copy it again."

scratch=$(mktemp -d /tmp/install.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The folder is the only source that apt is told of. (Its path may have blanks,
# which a list of sources may not.)
ln -s "$here" "$scratch/packages"
mkdir -p "$scratch/lists/partial" "$scratch/cache/partial"
echo "deb [trusted=yes] file:$scratch/packages ./" >"$scratch/sources.list"

apt_get()
{
	DEBIAN_FRONTEND=noninteractive apt-get \
		-o Dir::Etc::sourcelist="$scratch/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$scratch/lists" \
		-o Dir::Cache::archives="$scratch/cache" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o APT::Sandbox::User=root -o DPkg::Lock::Timeout=120 \
		-o Dpkg::Use-Pty=0 "$@"
}

# shellcheck disable=SC2046
install()
{
	apt_get -y --no-install-recommends --no-upgrade --no-remove "$@" \
		install $(cat "$here/wanted") >"$scratch/log" 2>&1
}

if ! apt_get -qq update >"$scratch/log" 2>&1 || ! install -s; then
	sed 's/^/  /' "$scratch/log" >&2
	fail "These packages do not fit to what is installed here, and nothing" \
		"was done. If this machine is newer than the folder, make it" \
		"again on one that is as new: apt-get update, make offline"
fi
awk '/^Inst / && $3 !~ /^\[/ { new++ }
	/^Inst / && $3 ~ /^\[/ { newer = newer " " $2 }
	END {
		print "To be installed: " new + 0 " packages."
		if (newer)
			print "A newer version is needed of:" newer
	}' "$scratch/log"
install -qq || {
	tail -n 20 "$scratch/log" | sed 's/^/  /' >&2
	fail "The packages could not be installed."
}

kit=$scratch/kit
if [ -n "${1-}" ]; then
	kit=$1
	if [ -e "$kit" ] && [ -n "$(ls -A "$kit")" ]; then
		fail "All is installed. But there is something in $kit already:" \
			"the kit was not put there."
	fi
fi
mkdir -p "$kit"
tar -xzf "$here/kit.tar.gz" -C "$kit" --strip-components=1 --no-same-owner
[ -z "${1-}" ] || echo "The kit is in $kit."
make --no-print-directory -C "$kit" doctor
