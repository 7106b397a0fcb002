#!/bin/sh
# build.sh - inside a sandbox: a student's files with the kit's objects.
#
# In the environment: STAGE, KIT (the prepared folder, kit.py), IN (the
# student's files), OUT (takes run, server, leash and shims), TMP (to work in).
# Descriptor 3 takes a line for each file: name, tab, word, tab, what was said
# (\n for the ends of its lines). The words are "built", "missing", "refused",
# "does not compile", "does not fit" (cannot be linked).
#
# Where a student's file cannot be used the starter's object takes its place,
# so that the exercises in other files are graded all the same.
#
# A student's object becomes part of the program that runs the tests. So it may
# have no code that runs before main(), and offers to other objects only the
# names that the finished one offers: nobody replaces write() for the tests.
set -u

say_bytes=6000
compile_seconds=30
allowed='^\.(text|data|rodata|bss|tdata|tbss|comment|note|eh_frame|debug|rela|rel|symtab|strtab|shstrtab|group|line|stabstr)([._].*)?$|^exercise_stubs$'

work=$TMP/stage
mkdir -p "$work"
cp -R "$KIT"/. "$work/"
rm -rf "$work/objects"
cp -R "$work/build" "$TMP/starters"

tell()
{
	text=$(head -c $say_bytes "$TMP/said" 2>/dev/null | tr '\t\000' '  ' |
		awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')
	printf '%s\t%s\t%s\n' "$1" "$2" "$text" >&3
}

# What speaks against an object; nothing if it may be linked.
objections()
{
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] *//p' |
		awk -v allowed="$allowed" '$1 ~ /^[._a-zA-Z]/ && $1 !~ allowed &&
			$1 != "NULL" {
			print "it has a section " $1 ": code or data " \
				"that runs or counts before main()"
		}'
	readelf -sW "$1" | awk '$4 == "IFUNC" {
		print $8 " is an indirect function: it runs before main()"
	}'
	nm -u "$1" | awk '{ print $NF }' | sort >"$TMP/used"
	sort "$KIT/tests.names" | comm -12 - "$TMP/used" |
		sed 's/$/ belongs to the tests/'
}

# What the finished program does not use, for a person to look at.
unusual()
{
	sort "$KIT/usual.names" | comm -13 - "$TMP/used" | tr '\n' ' '
}

put_starter()
{
	cp "$TMP/starters/$1" "$work/build/$1"
	used=" $(echo "$used" | tr ' ' '\n' | grep -vxF -e "$1" | tr '\n' ' ')"
}

link_server()
{
	make -s -C "$work" build/server
}

used=" "
files=$(awk -F '\t' -v stage="$STAGE" 'int($1) == stage { print $3 }' \
	"$KIT/exercises.tsv" | sort -u)
for file in $files; do
	object=${file%.c}.o
	: >"$TMP/said"
	if [ ! -f "$IN/$file" ]; then
		tell "$file" missing
		continue
	fi
	cp "$IN/$file" "$work/$file"
	rm -f "$work/build/$object"
	if ! timeout -k 1 $compile_seconds make -s -C "$work" \
		"build/$object" 2>&1 </dev/null | head -c 100000 >"$TMP/log" ||
		[ ! -f "$work/build/$object" ]; then
		cp "$TMP/log" "$TMP/said"
		tell "$file" "does not compile"
		put_starter "$object"
		rm -f "$work/$file"
		continue
	fi
	rm -f "$work/build/${object%.o}.d"
	objections "$work/build/$object" >"$TMP/said" 2>&1
	if [ -s "$TMP/said" ]; then
		tell "$file" refused
		put_starter "$object"
		continue
	fi
	objcopy --keep-global-symbols="$KIT/globals/$object" \
		"$work/build/$object"
	used="$used$object "
	unusual >"$TMP/unusual.$object"
done
rm -f "$work"/build/*.d "$work"/*.c

# If they do not fit together: which of them does not fit the starter's?
rm -f "$work/build/server"
if ! link_server >/dev/null 2>&1; then
	cp -R "$work/build" "$TMP/theirs"
	for object in $used; do
		cp "$TMP"/starters/*.o "$work/build/"
		cp "$TMP/theirs/$object" "$work/build/"
		if ! link_server >"$TMP/said" 2>&1; then
			sed -i '/collect2:/d; s|.*build/||' "$TMP/said"
			tell "${object%.o}.c" "does not fit"
			put_starter "$object"
		fi
		rm -f "$work/build/server"
	done
	cp "$TMP"/starters/*.o "$work/build/"
	for object in $used; do
		cp "$TMP/theirs/$object" "$work/build/"
	done
	link_server 2>&1 || exit 1
fi
for object in $used; do
	cp "$TMP/unusual.$object" "$TMP/said"
	tell "${object%.o}.c" built
done

mkdir -p "$OUT/student/build"
cp "$work/build/server" "$OUT/student/build/"
cp "$KIT/leash" "$KIT"/*.so "$OUT/" 2>/dev/null
cd "$work/build" || exit 1
# shellcheck disable=SC2046
cc -o "$OUT/run" "$KIT"/objects/*.o \
	$(find . -name '*.o' ! -path ./main.o) -lcriterion || exit 1
chmod -R a+rX "$OUT"
printf '\tready\t\n' >&3
