#!/bin/sh
# offline.sh - makes a folder with which a machine without network gets all that
# the kit needs.
#
#   offline.sh FOLDER [PACKAGE...]
#
# It is for machines with the same release of Debian or Ubuntu and the same kind
# of processor as this one. In the folder: packages with all that they need, the
# kit, install.sh, and SHA256SUMS of all of it. PACKAGEs are further ones.
#
# Nothing is presumed to be installed over there, not even the C library: a
# gcc for one version of it can be installed only with that version. What is
# there already stays as it is; install.sh lets apt choose.
#
# Where packages come from is what this machine's apt says. Nothing is installed
# here, and it need not be root who runs it.
set -eu

usage()
{
	echo "usage: offline.sh FOLDER [PACKAGE...]" >&2
	exit 2
}

[ -n "${1-}" ] || usage
tools=$(cd "$(dirname "$0")" && pwd)
kit=$(cd "$tools/../.." && pwd)
folder=$1
shift

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

command -v apt-get >/dev/null 2>&1 ||
	fail "Only Debian's and Ubuntu's packages can be taken along."

# apt wants to write into its folders: it gets one of its own for the packages,
# and knows of nothing that is installed.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/offline.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$scratch/nothing"

# archives: where packages are put. One that is there already is not named again.
archives=$scratch/none
apt_get()
{
	apt-get -o Dir::State::status="$scratch/nothing" \
		-o Dir::Cache::archives="$archives" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 \
		-y --no-install-recommends "$@"
}

packages=$(
	for level in run test grade lessons; do
		sh "$tools/setup.sh" -l $level
	done | tr ' ' '\n' | sort -u
)
mkdir -p "$folder/debs/partial" "$archives/partial"
folder=$(cd "$folder" && pwd)

# shellcheck disable=SC2086
names()
{
	apt_get --print-uris install $packages "$@" |
		sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p" | sort
}

if ! names "$@" >"$scratch/names" 2>"$scratch/log" ||
	[ ! -s "$scratch/names" ]; then
	sed 's/^/  /' "$scratch/log" >&2
	fail "apt does not know all of the packages." \
		"If its lists are old or lacking: sudo apt-get update"
fi
echo "$(grep -c . "$scratch/names") packages are fetched to $folder/debs ..."
archives=$folder/debs
# shellcheck disable=SC2086
apt_get -qq --download-only install $packages "$@" >"$scratch/log" 2>&1 || {
	tail -n 12 "$scratch/log" | sed 's/^/  /' >&2
	fail "The packages could not be fetched." \
		"If apt's lists are old: sudo apt-get update"
}

# What an earlier call left and is not wanted any more goes; then a list of all
# of them, as apt reads it.
rm -rf "$folder/debs/partial" "$folder/debs/lock"
for file in "$folder"/debs/*.deb; do
	grep -qxF -e "${file##*/}" "$scratch/names" || rm -f "$file"
done
for file in "$folder"/debs/*.deb; do
	dpkg-deb -f "$file"
	echo "Filename: ./debs/${file##*/}"
	echo "Size: $(wc -c <"$file")"
	echo "SHA256: $(sha256sum <"$file" | cut -d ' ' -f 1)"
	echo
done >"$folder/Packages"

# Of a git repository what belongs to it; of a copy all but what was built.
cd "$kit"
if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z
else
	find . -name build -prune -o -name .git -prune -o -type f -print0
fi | sort -z | tar --null -T - --owner=0 --group=0 --numeric-owner \
	--transform 's,^,loop-to-pool/,' -czf "$folder/kit.tar.gz"

cp "$tools/offline-install.sh" "$folder/install.sh"
printf '%s\n' "$packages" "$@" >"$folder/wanted"
# shellcheck disable=SC1091
(
	. /etc/os-release
	echo "${ID-} ${VERSION_ID-} $(dpkg --print-architecture)"
) >"$folder/system"
(
	cd "$folder"
	sha256sum Packages debs/*.deb install.sh kit.tar.gz system wanted \
		>SHA256SUMS
)
cat <<END
$folder: $(du -sh "$folder" | cut -f 1), for $(cat "$folder/system").
Take it to a machine without network; there, as root:
  sh install.sh
END
