# markdown.awk - what the scripts that read the lessons share: where the code
# blocks and the headings of a page are, and which anchors GitHub gives it.
#
# For every POSIX awk. The locale must be C: text is taken as bytes.

# load(file): reads the page, once. Then
#   lines_in[file]        how many lines
#   line_of[file, i]      the line
#   kind[file, i]         "text", "code" (also of an indented block), "fence",
#                         "heading" or "blank"
#   blocks_in[file]       how many fenced blocks
#   block_info[file, b]   what stands behind its opening fence
#   block_from[file, b], block_to[file, b]
#                         its first and last line, without the fences
#   block_indent[file, b] how far the fence is indented
# A file that cannot be read has no lines.
function load(file,    line, rest, indent, n, base, fence, was, b)
{
	if (file in lines_in)
		return
	n = base = b = 0
	fence = ""
	was = "blank"
	while ((getline line < file) > 0) {
		sub(/\r$/, "", line)
		n++
		line_of[file, n] = line
		match(line, /^ */)
		indent = RLENGTH
		rest = substr(line, indent + 1)
		if (fence != "") {
			kind[file, n] = "code"
			if (indent < base + 4 && ends_fence(rest, fence)) {
				kind[file, n] = "fence"
				block_to[file, b] = n - 1
				fence = ""
			}
		} else if (rest ~ /^[ \t]*$/) {
			kind[file, n] = "blank"
		} else {
			# The text of a list's item is indented as far as its first.
			if (indent < base)
				base = 0
			if (match(rest, /^(```+|~~~+)/) && indent < base + 4) {
				fence = substr(rest, 1, RLENGTH)
				rest = substr(rest, RLENGTH + 1)
				gsub(/^[ \t]+|[ \t]+$/, "", rest)
				kind[file, n] = "fence"
				b++
				block_info[file, b] = rest
				block_from[file, b] = n + 1
				block_to[file, b] = 0
				block_indent[file, b] = indent
			} else if (indent < base + 4 && rest ~ /^#+([ \t]|$)/) {
				kind[file, n] = "heading"
			} else if ((indent >= base + 4 || line ~ /^\t/) &&
				(was == "blank" || was == "code")) {
				kind[file, n] = "code"
			} else {
				kind[file, n] = "text"
				if (match(rest, /^([-*+]|[0-9]+[.)]) +/))
					base = indent + RLENGTH
			}
		}
		# Blank lines do not end an indented block.
		if (!(kind[file, n] == "blank" && was == "code" && fence == ""))
			was = kind[file, n]
	}
	close(file)
	lines_in[file] = n
	blocks_in[file] = b
	if (fence != "")
		block_to[file, b] = -1
}

function ends_fence(rest, fence)
{
	sub(/[ \t]+$/, "", rest)
	return length(rest) >= length(fence) &&
		substr(rest, 1, length(fence)) == fence && rest ~ /^(`+|~+)$/
}

# heading_level(line), heading_text(line): of "## The idea ##".
function heading_level(line)
{
	match(line, /#+/)
	return RLENGTH
}

function heading_text(line)
{
	sub(/^ *#+[ \t]*/, "", line)
	sub(/[ \t]+#*[ \t]*$/, "", line)
	return line
}

# load_anchors(file): sets anchor[file, id] for each heading's anchor and each
# id="..." of the page, and anchor_of[file, i] for the heading in line i.
function load_anchors(file,    i, line, id)
{
	if (file in has_anchors)
		return
	has_anchors[file] = 1
	load(file)
	for (i = 1; i <= lines_in[file]; i++) {
		line = line_of[file, i]
		if (kind[file, i] == "heading") {
			id = unique(file, slug(plain(heading_text(line))))
			anchor_of[file, i] = id
		} else if (kind[file, i] == "text") {
			while (match(line, /(id|name)="[^"]*"/)) {
				id = substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
				gsub(/^[^"]*"|"$/, "", id)
				anchor[file, id] = 1
			}
		}
	}
}

# A second heading with the same words gets -1 behind its anchor, and so on.
function unique(file, id,    try)
{
	try = id
	while ((file, try) in anchor)
		try = id "-" ++anchor_count[file, id]
	anchor[file, try] = 1
	return try
}

# A heading's words without their Markdown: [text](address) is text, and _text_
# outside of code, too.
function plain(text,    out, part, before)
{
	while (match(text, /!?\[[^]]*\]\([^)]*\)/)) {
		part = substr(text, RSTART, RLENGTH)
		sub(/^!?\[/, "", part)
		sub(/\]\(.*$/, "", part)
		text = substr(text, 1, RSTART - 1) part substr(text, RSTART + RLENGTH)
	}
	out = ""
	while (match(text, /`[^`]*`/)) {
		part = substr(text, RSTART, RLENGTH)
		before = substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + RLENGTH)
		out = out emphasis(before) part
	}
	return out emphasis(text)
}

function emphasis(text)
{
	gsub(/<[^>]*>/, "", text)
	text = " " text " "
	while (match(text, /[ (]_[^_]+_[^A-Za-z0-9_]/))
		text = substr(text, 1, RSTART) \
			substr(text, RSTART + 2, RLENGTH - 4) \
			substr(text, RSTART + RLENGTH - 1)
	return substr(text, 2, length(text) - 2)
}

# GitHub's anchor: lower case; all goes but letters, digits, "_", "-" and blanks,
# which become "-". Beyond ASCII what is no letter goes, as far as it is likely
# to be met: dashes, quotation marks, arrows, signs, Chinese punctuation.
function slug(text)
{
	gsub(/&[a-z]+;/, "", text)
	text = tolower(text)
	gsub(/[\001-\037!-,.\/:-@[-^`{-\177]/, "", text)
	gsub(/\302[\200-\251\253-\264\266-\271\273-\277]/, "", text)
	gsub(/\303[\227\267]/, "", text)
	gsub(/\342[\200-\277][\200-\277]/, "", text)
	gsub(/\343\200[\200-\204\210-\240]/, "", text)
	gsub(/\357\274[\201-\217\232-\240\273-\277]/, "", text)
	gsub(/\360\237[\200-\277][\200-\277]/, "", text)
	gsub(/ /, "-", text)
	return text
}

# join_path(folder, path): both from the top of the kit; "" is the top, and so is
# the empty answer. What leads out of the kit begins with "..".
function join_path(folder, path,    n, i, part, stack, depth)
{
	if (folder != "")
		path = folder "/" path
	n = split(path, part, "/")
	depth = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "" || part[i] == ".")
			continue
		if (part[i] == ".." && depth > 0 && stack[depth] != "..")
			depth--
		else
			stack[++depth] = part[i]
	}
	path = ""
	for (i = 1; i <= depth; i++)
		path = path (i > 1 ? "/" : "") stack[i]
	return path
}

function folder_of(file)
{
	return sub(/\/[^\/]*$/, "", file) ? file : ""
}
