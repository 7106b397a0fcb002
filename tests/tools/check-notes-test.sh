#!/bin/sh
# check-notes-test.sh - does check-notes.sh find what is wrong in a lesson, and
# nothing in a right one? Tried on a kit of one small stage in a temporary
# folder: a lesson that is right, and one change at a time.
#
#   check-notes-test.sh [text|commands]
#
# shellcheck disable=SC2016 # backticks in quotes are Markdown's
set -u

check=$(cd "$(dirname "$0")" && pwd)/check-notes.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/check-notes-test.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP PIPE
kit="$scratch/a kit 学习"
mkdir -p "$kit/tests" "$kit/notes/pictures" "$kit/stage1_a" && cd "$kit" ||
	exit 1
parts=${1:-text commands}

wrong=0
cases=0

# --- a small kit that is right -----------------------------------------------

printf '1.%d\tf\tf.c\tcore\t20\t50\tfirst\t%s\n' 1 'Open it' 2 "close()'s days" \
	>tests/exercises.tsv
printf '%s\n' 'int' 'twice(int n)' '{' '	if (n < 0)' '		return 0;' \
	'	return n + n;' '}' >stage1_a/f.c
printf '%s\n' '# Stage 1: a `loop`' '' '## What `it_is`, _briefly_ — 学习' '' \
	'## Twice' '' '## Twice' >stage1_a/README.md
printf '%s\n' '// title: A loop' '// desc: It goes round.' 'digraph { a -> a }' \
	>notes/pictures/loop.dot
{
	printf '%s\n' '<svg role="img"><title>A loop</title><desc>Round.</desc>'
	printf '<!-- cksum %s --></svg>\n' "$(cksum <notes/pictures/loop.dot)"
} >notes/pictures/loop.svg
# A server as the check sees one: it says where it listens, and stays.
cat >stage1_a/server <<'SH'
#!/bin/sh
[ "$1" = silent ] || echo "listening on http://127.0.0.1:8080/"
echo "$1" >>served
echo >/tmp/lesson-was-here
trap 'echo "ended $1" >>served; exit 0' TERM
while :; do
	sleep 1000 &
	wait
done
SH
chmod +x stage1_a/server

cat >right.md <<'MD'
# Lesson 1

See [the readme](../stage1_a/README.md#what-it_is-briefly--学习), [the
other](../stage1_a/README.md#twice-1), [a
line](../stage1_a/f.c#L7), [below](#the-idea), `[not](a link)` and
[the web](https://example.org/nowhere).

![A loop](pictures/loop.svg)

## What you will be able to do

## The idea

```c stage1_a/f.c
if (n < 0)
	return 0;
```

1. In a list:

   ```c stage1_a/f.c
   int
   ...
   {
   	if (n < 0)
   ...
   	return n + n;
   }
   ```

## The kernel's rules

## A tour of the code

    ```c is only shown, not fenced

## Exercises

### 1.1 Open it

What it is for.

<details><summary>Hint 1: the idea</summary>

One.

</details>

<details><summary>Hint 2: the manual</summary>

Two.

</details>

<details><summary>Hint 3: the shape</summary>

    three

</details>

### 1.2 `close()`'s days

<details><summary>Hint 1: the idea</summary>

One.

</details>

<details><summary>Hint 2: the manual</summary>

Two.

</details>

<details><summary>Hint 3: the shape</summary>

Three.

</details>

## Experiments

```sh server
stage1_a/server first
```

```sh run
cat served
echo one; echo two; echo 'three 123 four'
```

```text output
first
two
three ... four
```

```sh server
stage1_a/server second
```

```sh run
cd stage1_a && cat ../served
```

```text output
first
ended first
...
second
```

## Common mistakes

```sh run
cat served
```

```text output
ended second
```

## Questions
MD

# --- what must be found -------------------------------------------------------

# expect PART STATUS TEXT: check-notes.sh PART ends with that status and says
# that text.
expect()
{
	cases=$((cases + 1))
	sh "$check" -C "$kit" "$1" >"$scratch/out" 2>&1
	status=$?
	if [ $status -ne "$2" ] || ! grep -qF -e "$3" "$scratch/out"; then
		wrong=1
		echo "check-notes.sh $1: expected status $2 and '$3'; it ended" \
			"with $status and said:"
		sed 's/^/  /' "$scratch/out"
	fi
}

# drift PART SED-COMMAND TEXT: the lesson with this change is found to be wrong.
drift()
{
	sed "$2" right.md >notes/1-a.md
	if cmp -s right.md notes/1-a.md; then
		wrong=1
		echo "check-notes-test.sh: '$2' changes nothing"
	fi
	expect "$1" 1 "$3"
	cp right.md notes/1-a.md
}

test_text()
{
	cp right.md notes/1-a.md
	expect text 0 "2 pages, 2 excerpts, 6 links, 2 exercises, all as"
	expect text 0 "pictures: 1, each drawn"

	drift text 's/^	return 0;/	return 1;/' \
		'notes/1-a.md:16: not so in stage1_a/f.c after its line 4: "return 1;"'
	drift text 's/^   	if (n < 0)/   if (n < 0)/' 'notes/1-a.md:25: not so'
	drift text 's/^   \.\.\.$/   /' 'not so in stage1_a/f.c after its line 1'
	drift text 's/stage1_a\/f\.c$/stage1_a\/g.c/' "excerpt of stage1_a/g.c, which"
	drift text 's/sh run/sh runn/' 'an excerpt of runn, which is not there'
	drift text 's/twice-1/twice-2/' \
		'notes/1-a.md:4: link to ../stage1_a/README.md#twice-2: stage1_a/README.md'
	drift text 's/#L7/#L8/' 'notes/1-a.md:5: link to ../stage1_a/f.c#L8'
	drift text 's/(#the-idea)/(#idea)/' 'notes/1-a.md has no heading #idea'
	drift text 's/README.md#what/READ.md#what/' 'there is no stage1_a/READ.md'
	drift text 's/`\[not\](a link)`/[not](a)/' 'there is no notes/a'
	drift text 's/!\[A loop\]/![]/' 'notes/1-a.md:8: a picture without words'
	drift text 's/^### 1.1 Open it/### 1.1 Open/' 'called "### 1.1 Open it"'
	drift text 's/^### 1.1 Open it/### Open it/' 'exercise 1.1 has no section'
	drift text 's/^### 1.2 .*/### 1.3 Three/' 'tests/exercises.tsv has no exercise 1.3'
	drift text '/^### 1.2/,$s/<details><summary>Hint 2.*/<details>/' \
		'exercise 1.2: here should be "<details><summary>Hint 2: the manual'
	drift text '/^<details><summary>Hint 3/,/^<.details>/d' \
		'exercise 1.1: hint 3, "the shape", is missing'
	drift text 's/^    three$//' 'exercise 1.1: hint 3 is empty'
	drift text '/^One\.$/{n;d;}' 'notes/1-a.md:46: leave a blank line before'
	drift text '/^<details>/{n;d;}' 'notes/1-a.md:43: leave a blank line after'
	drift text 's/^## The idea/## An idea/' 'the part "## The idea" is missing'
	drift text 's/^What it is for\./& Long&Long&Long&Long&Long&Long/' \
		'columns; break the line before 80'
	drift text 's/^What it is for\./&\n---/' 'makes a heading of the text'
	drift text '$s/^/```c\n/' 'this block has no end'

	echo "// more" >>notes/pictures/loop.dot
	expect text 1 "loop.svg:1: was not drawn from notes/pictures/loop.dot"
	rm notes/pictures/loop.svg
	expect text 1 "notes/pictures/loop.svg is missing: make pictures"
}

# Where no namespace can be made there is nothing to test.
test_commands()
{
	cp right.md notes/1-a.md
	if sh "$check" -C "$kit" commands | grep -q 'no network namespace'; then
		echo "check-notes.sh commands: not checked: no network namespace"
		return
	fi
	expect commands 0 "8 passed, 0 failed, 0 skipped"
	drift commands 's/^echo one;/false;/' 'notes/1-a.md:87: a command failed'
	drift commands 's/^echo one;/nosuchtool;/' 'nosuchtool: not found'
	drift commands 's/^echo one;/wrk() { :; }; exit 3;/' 'exit status 3'
	drift commands 's/^two$/too/' \
		'notes/1-a.md:92: not in the output (in this place): "too"'
	drift commands 's/^three \.\.\. four$/three ... five/' '"three ... five"'
	drift commands 's/^first$/second/' '"second"'
	drift commands 's/server first/server-first/' \
		'notes/1-a.md:83: the server ended before it said "listening on"'
	drift commands 's/^ended second$/ended first second/' '1-a.md:119: not in'
	PATIENCE_S=2
	export PATIENCE_S
	drift commands 's/^echo one;/sleep 1000;/' 'not done after 2 s'
	drift commands 's/server second/server silent/' 'did not say "listening on"'
	unset PATIENCE_S
	[ "$(ls /tmp/lesson-was-here 2>/dev/null)" = "" ] || wrong=1
}

for part in $parts; do
	"test_$part"
done
[ $wrong -eq 0 ] && echo "check-notes.sh: as expected in $cases cases"
