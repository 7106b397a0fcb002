# check-notes.awk - the fast part of check-notes.sh, which describes it.
#
#   LC_ALL=C awk -f markdown.awk -f check-notes.awk PAGE... <LIST-OF-FILES
#
# Runs at the top of the kit. The list names every file there is, a name a line.

BEGIN {
	while ((getline name < "-") > 0) {
		sub(/^\.\//, "", name)
		file_is[name] = 1
		while ((name = folder_of(name)) != "")
			folder_is[name] = 1
	}
	folder_is[""] = 1
	read_table("tests/exercises.tsv")
	part_count = split("What you will be able to do;The idea;" \
		"The kernel's rules;A tour of the code;Exercises;Experiments;" \
		"Common mistakes;Questions", part_name, ";")
	for (i = 1; i <= part_count; i++)
		part_number[part_name[i]] = i
	split("idea manual shape", hint_name, " ")

	for (a = 1; a < ARGC; a++)
		check_page(ARGV[a])

	printf "lessons: %s, %s, %s, %s",
		amount(pages, "page"), amount(excerpts, "excerpt"),
		amount(links, "link"), amount(sections, "exercise")
	print (wrong ? "; " wrong " wrong" : ", all as they should be")
	exit (wrong > 0)
}

function amount(n, what)
{
	return n + 0 " " what (n == 1 ? "" : "s")
}

function err(file, i, text)
{
	print file ":" i ": " text
	wrong++
}

function read_table(table,    line, field)
{
	while ((getline line < table) > 0) {
		if (line ~ /^#/ || split(line, field, "\t") < 8)
			continue
		ex_id[++ex_count] = field[1]
		ex_title[field[1]] = field[8]
		stage_has[stage_of(field[1])] = 1
	}
	close(table)
}

function stage_of(id)
{
	return substr(id, 1, index(id, ".") - 1)
}

function check_page(file,    name)
{
	load(file)
	if (lines_in[file] == 0) {
		err(file, 1, "there is no such page, or nothing is in it")
		return
	}
	pages++
	load_anchors(file)
	check_text(file)
	check_blocks(file)
	if (file !~ /^notes\//)
		return
	check_folds(file)
	check_width(file)
	name = substr(file, 7)
	if (name ~ /^[0-9]-[^\/]*\.md$/) {
		check_parts(file, substr(name, 1, 1))
		check_exercises(file, substr(name, 1, 1))
	}
}

# --- text and links ---------------------------------------------------------

# A paragraph is looked at as a whole: links and code may cross its lines.
function check_text(file,    i, from, text)
{
	from = 0
	for (i = 1; i <= lines_in[file] + 1; i++) {
		if (kind[file, i] == "heading")
			check_links(file, i, line_of[file, i])
		if (kind[file, i] == "text") {
			if (!from) {
				from = i
				text = line_of[file, i]
			} else {
				text = text "\n" line_of[file, i]
				if (line_of[file, i] ~ /^ *(==+|--+) *$/)
					err(file, i, "this line makes a heading of the text " \
						"above it: write \"## Heading\", or leave a blank " \
						"line between them")
			}
		} else if (from) {
			check_links(file, from, text)
			from = 0
		}
	}
}

# `code` is replaced by blanks; line ends stay.
function without_code(text,    out, ticks, rest, at, code)
{
	out = ""
	while (match(text, /`+/)) {
		ticks = substr(text, RSTART, RLENGTH)
		out = out substr(text, 1, RSTART - 1)
		rest = substr(text, RSTART + RLENGTH)
		at = find_ticks(rest, ticks)
		if (!at) {
			out = out ticks
			text = rest
			continue
		}
		code = substr(rest, 1, at - 1)
		gsub(/[^\n]/, " ", code)
		out = out code
		text = substr(rest, at + length(ticks))
	}
	return out text
}

# Where the same number of ticks is next, no more of them and no fewer.
function find_ticks(text, ticks,    at)
{
	at = 0
	while (match(text, /`+/)) {
		if (RLENGTH == length(ticks))
			return at + RSTART
		at += RSTART + RLENGTH - 1
		text = substr(text, RSTART + RLENGTH)
	}
	return 0
}

function check_links(file, from, text,    i, target, before, start)
{
	text = without_code(text)
	i = from
	while (match(text,
		/\]\([ \n]*<?[^ \n)>]*|^ *\[[^]]+\]:[ \n]*[^ \n]+|(href|src)="[^"]*"|!\[[ \n]*\]/)) {
		before = substr(text, 1, RSTART + RLENGTH - 1)
		target = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		i += gsub(/\n/, "", before)
		if (target ~ /^!/) {
			err(file, i, "a picture without words: put what it shows " \
				"between the brackets")
			text = "]" text
			continue
		}
		if (target ~ /^(href|src)=/)
			gsub(/^[a-z]*="|"$/, "", target)
		else
			sub(/^(\]\([ \n]*<?| *\[[^]]+\]:[ \n]*)/, "", target)
		check_link(file, i, target)
	}
}

function check_link(file, i, target,    path, id, at, last)
{
	links++
	if (target ~ /^[a-z]+:/)
		return
	if (target == "") {
		err(file, i, "a link to nowhere")
		return
	}
	id = ""
	path = target
	if ((at = index(target, "#")) > 0) {
		id = substr(target, at + 1)
		path = substr(target, 1, at - 1)
	}
	gsub(/%20/, " ", path)
	if (path ~ /^\//) {
		err(file, i, "link to " target ": write it relative to this page")
		return
	}
	if (path == "")
		path = file
	else
		path = join_path(folder_of(file), path)
	if (!(path in file_is) && !(path in folder_is)) {
		err(file, i, "link to " target ": there is no " path \
			(path ~ /^\.\./ ? " in the kit" : ""))
		return
	}
	if (at == 0)
		return
	if (path in folder_is) {
		err(file, i, "link to " target ": a folder has no anchors; name a file")
	} else if (path ~ /\.md$/) {
		load_anchors(path)
		if (!((path, id) in anchor))
			err(file, i, "link to " target ": " path " has no heading #" id \
				nearest(path, id))
	} else if (id ~ /^L[0-9]+(-L[0-9]+)?$/) {
		load(path)
		last = id
		sub(/^.*L/, "", last)
		if (last + 0 > lines_in[path])
			err(file, i, "link to " target ": " path " has only " \
				lines_in[path] " lines")
	} else {
		err(file, i, "link to " target ": only pages in Markdown have " \
			"anchors; a line of a source is #L12")
	}
}

# A guess at what was meant: the heading that begins like it.
function nearest(path, id,    i, n, best, best_n, a)
{
	best_n = 2
	for (i = 1; i <= lines_in[path]; i++) {
		if (!((path, i) in anchor_of))
			continue
		a = anchor_of[path, i]
		n = 0
		while (n < length(id) && substr(a, n + 1, 1) == substr(id, n + 1, 1))
			n++
		if (n > best_n) {
			best = a
			best_n = n
		}
	}
	return best == "" ? "" : "; did you mean #" best "?"
}

# --- code -------------------------------------------------------------------

function check_blocks(file,    b, word, n, run_line, from)
{
	run_line = 0
	for (b = 1; b <= blocks_in[file]; b++) {
		from = block_from[file, b] - 1
		if (block_to[file, b] < 0) {
			err(file, from, "this block has no end")
			continue
		}
		n = split(block_info[file, b], word, /[ \t]+/)
		if (n == 0 || (n == 1 && word[1] != "output"))
			continue
		if (n > 2) {
			err(file, from, "too many words after the fence: \"" \
				block_info[file, b] "\"")
		} else if (word[1] == "sh" && (word[2] == "run" || word[2] == "server")) {
			if (word[2] == "run")
				run_line = from
		} else if (word[1] == "text" && word[2] == "output") {
			if (!run_line)
				err(file, from, "output of what? There is no \"sh run\" " \
					"block before it")
		} else if (!(word[2] in file_is)) {
			err(file, from, "an excerpt of " word[2] ", which is not there " \
				"(\"sh run\", \"sh server\" and \"text output\" are the words " \
				"that are not files)")
		} else {
			check_excerpt(file, b, word[2])
		}
	}
}

# The lines of the block are code[1] to code[n]; where the first of them that
# is not blank stands in the source says how far the block is shifted.
function check_excerpt(file, b, source,    n, i, m, first, shift, tried, line,
	code)
{
	excerpts++
	load(source)
	m = lines_in[source]
	n = first = 0
	for (i = block_from[file, b]; i <= block_to[file, b]; i++) {
		code[++n] = unindent(line_of[file, i], block_indent[file, b])
		if (!first && code[n] !~ /^[ \t]*$/ && !left_out(code[n]))
			first = n
	}
	if (!first) {
		err(file, block_from[file, b] - 1, "an excerpt without lines")
		return
	}
	best = first - 1
	best_at = 0
	for (i = 1; i <= m; i++) {
		line = line_of[source, i]
		shift = length(line) - length(code[first])
		if (shift < 0 || substr(line, shift + 1) != code[first])
			continue
		shift = substr(line, 1, shift)
		if (shift !~ /^[ \t]*$/ || shift in tried)
			continue
		tried[shift] = 1
		if (fits(code, n, source, m, shift))
			return
	}
	err(file, block_from[file, b] + best, "not so in " source \
		(best_at ? " after its line " best_at : "") \
		": \"" trim(code[best + 1]) "\"; copy the lines of the source anew")
}

# Do all of the lines stand there, shifted by so much? Each run of lines is
# looked for behind the one before it. Sets `best` and `best_at`: how many lines
# of the block were found, and where in the source the last of them is.
function fits(code, n, source, m, shift,    i, at, last, k)
{
	i = 1
	last = 0
	while (i <= n) {
		if (left_out(code[i])) {
			i++
			continue
		}
		for (at = last + 1; at <= m; at++) {
			for (k = 0; i + k <= n && !left_out(code[i + k]); k++)
				if (line_of[source, at + k] != shifted(code[i + k], shift))
					break
			if (i + k - 1 > best) {
				best = i + k - 1
				best_at = at + k - 1
			}
			if (i + k > n || left_out(code[i + k]))
				break
		}
		if (at > m)
			return 0
		i += k
		last = at + k - 1
	}
	return 1
}

function left_out(line)
{
	return line ~ /^[ \t]*\.\.\.[ \t]*$/
}

function shifted(line, shift)
{
	return line == "" ? "" : shift line
}

function unindent(line, indent)
{
	while (indent-- > 0 && substr(line, 1, 1) == " ")
		line = substr(line, 2)
	return line
}

function trim(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# --- folds, parts, exercises ------------------------------------------------

function check_folds(file,    i, line, open)
{
	open = 0
	for (i = 1; i <= lines_in[file]; i++) {
		line = line_of[file, i]
		if (kind[file, i] != "text")
			continue
		gsub(/`[^`]*`/, "", line)
		if (line ~ /<details/) {
			if (open)
				err(file, open, "this fold has no </details>")
			open = i
		}
		if (line ~ /<\/summary>/ && kind[file, i + 1] != "blank")
			err(file, i, "leave a blank line after </summary>")
		if (line ~ /<\/details>/) {
			if (!open)
				err(file, i, "this </details> ends no fold")
			open = 0
			if (kind[file, i - 1] != "blank")
				err(file, i, "leave a blank line before </details>")
		}
	}
	if (open)
		err(file, open, "this fold has no </details>")
}

# The columns of a line: bytes that do not go on a character of UTF-8.
function columns(line)
{
	gsub(/[\200-\277]/, "", line)
	return length(line)
}

# Prose has at most 80 columns; tables, headings, and what cannot be broken, such
# as a long link, may have more.
function check_width(file,    i, line)
{
	for (i = 1; i <= lines_in[file]; i++) {
		line = line_of[file, i]
		if (kind[file, i] == "text" && columns(line) > 80 &&
			line !~ /^ *\|/ && line !~ /\]\(|\]:|<|:\/\//)
			err(file, i, columns(line) " columns; break the line before 80")
	}
}

function check_parts(file, stage,    i, text, k, last, at, seen)
{
	last = 0
	for (i = 1; i <= lines_in[file]; i++) {
		if (kind[file, i] != "heading" || heading_level(line_of[file, i]) != 2)
			continue
		text = heading_text(line_of[file, i])
		if (!(text in part_number))
			continue
		k = part_number[text]
		if (k in seen)
			err(file, i, "a second part \"" text "\"")
		else if (k < last)
			err(file, i, "the part \"" text "\" comes before \"" \
				part_name[last] "\"")
		seen[k] = 1
		last = k > last ? k : last
	}
	if (!(stage in stage_has) || stage == 0)
		return
	for (k = 1; k <= part_count; k++)
		if (!(k in seen))
			err(file, 1, "the part \"## " part_name[k] "\" is missing")
}

function check_exercises(file, stage,    i, text, id, e, line_with, last, level)
{
	for (i = 1; i <= lines_in[file]; i++) {
		if (kind[file, i] != "heading")
			continue
		level = heading_level(line_of[file, i])
		text = heading_text(line_of[file, i])
		if (level != 3 || !match(text, /^[0-9]+\.[0-9]+/))
			continue
		id = substr(text, 1, RLENGTH)
		if (id in line_with) {
			err(file, i, "a second section of exercise " id)
		} else if (id in ex_title) {
			gsub(/`/, "", text)
			if (text != id " " ex_title[id])
				err(file, i, "exercise " id " is called \"### " id " " \
					ex_title[id] "\" in tests/exercises.tsv")
			if (stage_of(id) != stage)
				err(file, i, "exercise " id " is none of stage " stage)
			check_hints(file, i, id)
			sections++
		} else if (stage_of(id) in stage_has) {
			err(file, i, "tests/exercises.tsv has no exercise " id)
		}
		line_with[id] = i
	}
	last = 0
	for (e = 1; e <= ex_count; e++) {
		id = ex_id[e]
		if (stage_of(id) != stage)
			continue
		if (!(id in line_with))
			err(file, 1, "exercise " id " has no section: \"### " id " " \
				ex_title[id] "\" is missing")
		else if (line_with[id] < last)
			err(file, line_with[id], "exercise " id " stands in another " \
				"place than in tests/exercises.tsv")
		else
			last = line_with[id]
	}
}

# From the heading to the next one there are three folds: Hint 1, 2 and 3.
function check_hints(file, from, id,    i, line, hint, is_empty, inside)
{
	hint = inside = 0
	for (i = from + 1; i <= lines_in[file]; i++) {
		line = line_of[file, i]
		if (kind[file, i] == "heading" && heading_level(line) <= 3)
			break
		if (kind[file, i] == "text" && line ~ /<details/) {
			hint++
			inside = is_empty = 1
			if (hint > 3)
				err(file, i, "exercise " id ": there are three hints, and " \
					"no other folds")
			else if (line != "<details><summary>Hint " hint ": the " \
				hint_name[hint] "</summary>")
				err(file, i, "exercise " id ": here should be " \
					"\"<details><summary>Hint " hint ": the " \
					hint_name[hint] "</summary>\"")
		} else if (kind[file, i] == "text" && line ~ /<\/details>/) {
			if (inside && is_empty)
				err(file, i, "exercise " id ": hint " hint " is empty")
			inside = 0
		} else if (inside && kind[file, i] != "blank") {
			is_empty = 0
		}
	}
	if (hint < 3)
		err(file, from, "exercise " id ": hint " hint + 1 ", \"the " \
			hint_name[hint + 1] "\", is missing")
}
