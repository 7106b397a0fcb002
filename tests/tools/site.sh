#!/bin/sh
# site.sh - make the site that `make run` serves, in build/site: the pages of
# notes/site as they are, and, where cmark-gfm is installed, the lessons and the
# READMEs as HTML, and the sources that can be linked to, line by line.
#
# What has changed is replaced in one go, file by file, so that a server which
# serves the folder meanwhile goes on. Names that begin with a dot are left out.
set -u

tools=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$tools/../.." || exit 1
LC_ALL=C
export LC_ALL

site=build/site
new=build/site.new.$$
trap 'rm -rf "$new" "$new.list"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP PIPE
rm -rf "$new" && mkdir -p "$new/.work" "$site" || exit 1
work=$new/.work

find . -name '.?*' -prune -o -name build -prune -o -path ./lab -prune -o \
	-type f -print >"$work/files"
: >"$work/order"
: >"$work/linked"

# The lessons in order, and then what is beside them.
lessons()
{
	for file in notes/[0-9]-*.md notes/claims.md notes/open-tasks.md \
		notes/from-empty.md notes/web-interface.md notes/glossary.md \
		notes/guide-map.md notes/teaching.md; do
		[ ! -e "$file" ] || printf '%s\t%s\n' "$file" \
			"$(sed -n '/^# /{s/^# *//;s/`//g;s/&/\&amp;/g;s/</\&lt;/g;p;q;}' \
				"$file")"
	done
}

# Some lessons' titles have a second half that a list can do without.
render()
{
	lessons | sed 's/\([0-9]\. [^:]*\): .*/\1/' >"$work/order"
	for file in README.md stage*/README.md tests/*/README.md notes/*.md; do
		[ -e "$file" ] || continue
		to=$new/${file%.md}.html
		mkdir -p "${to%/*}"
		cmark-gfm --unsafe -e table -e strikethrough -e autolink \
			--github-pre-lang --full-info-string "$file" |
			awk -f "$tools/markdown.awk" -f "$tools/site.awk" \
				-v make=lesson -v file="$file" -v files="$work/files" \
				-v order="$work/order" >"$to" 2>>"$work/linked" || return 1
	done
	sources
}

# Pages of all that a stage is made of, and of whatever else is linked to.
sources()
{
	sed -n 's/^folder	//p' "$work/linked" | sort -u | while read -r folder; do
		mkdir -p "$new/$folder"
		list_folder "$folder" >"$new/${folder}index.html"
	done
	{
		sed -n 's/^source	//p' "$work/linked"
		sed -n 's/^\.\///; /^stage[0-9]_.*README\.md$/d; /^stage[0-9]_/p' \
			"$work/files"
	} | sort -u >"$work/sources"
	sed 's/[^/]*$//; s/^$/./' "$work/sources" | sort -u |
		while read -r folder; do
			mkdir -p "$new/$folder"
		done
	tr '\n' '\0' <"$work/sources" | xargs -0 awk -f "$tools/markdown.awk" \
		-f "$tools/site.awk" -v make=sources -v to="$new" \
		-v files="$work/files" -v order="$work/order" || return 1
	{
		sed -n 's/^copy	//p' "$work/linked"
		sed -n 's/^\.\///; /^notes\/pictures\/.*\.svg$/p' "$work/files"
	} | sort -u | while read -r file; do
		[ ! -e "$file" ] ||
			{ mkdir -p "$new/${file%/*}" && cp "$file" "$new/$file"; }
	done
}

# A folder without a README, as the names in it.
list_folder()
{
	printf '%s\n' '<!DOCTYPE html>' '<html lang="en">' \
		'<meta charset="utf-8">' \
		'<meta name="viewport" content="width=device-width, initial-scale=1">' \
		"<title>$1 - Loop to Pool</title>" \
		"<h1>$1</h1>" '<pre>'
	sed -n "s|^\\./\\($1\\)|\\1|p" "$work/files" | sort
	echo '</pre>'
}

if command -v cmark-gfm >/dev/null 2>&1; then
	render || exit 1
else
	echo "The lessons are not on the site: cmark-gfm, which makes pages of them,"
	echo "is not installed (Debian, Ubuntu: apt-get install cmark-gfm). They can"
	echo "be read as they are, in the folder notes."
fi
for file in notes/site/*; do
	case $file in
	*.html) awk -f "$tools/markdown.awk" -f "$tools/site.awk" -v make=small \
		-v files="$work/files" -v order="$work/order" "$file" \
		>"$new/${file##*/}" || exit 1 ;;
	*) cp "$file" "$new/" || exit 1 ;;
	esac
done

# What is the same stays, what is not there any more goes.
rm -rf "$work"
(cd "$new" && find . -type d -print) | while read -r folder; do
	mkdir -p "$site/$folder"
done
(cd "$new" && find . -type f -print) | while read -r file; do
	cmp -s "$new/$file" "$site/$file" || mv -f "$new/$file" "$site/$file"
	echo "$file"
done | sort >"$new.list"
(cd "$site" && find . -type f -print) | sort |
	comm -13 "$new.list" - | while read -r file; do
	rm -f "$site/$file"
done
find "$site" -depth -type d -exec rmdir {} + 2>/dev/null
exit 0
