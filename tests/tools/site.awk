# site.awk - makes pages of the served site; site.sh says what of.
#
#   awk -f markdown.awk -f site.awk -v make=lesson -v file=notes/1-select.md ...
#       the HTML that cmark-gfm made of a page, read from standard input
#   awk -f markdown.awk -f site.awk -v make=sources -v to=FOLDER FILE...
#       each file becomes FOLDER/FILE.html, its lines numbered
#   awk -f markdown.awk -f site.awk -v make=small PAGE.html
#       a page of notes/site: the list of lessons goes to where it says
#       <!-- lessons -->, and numbers of exercises become links
#
# -v files=NAME: a file with the name of every file of the kit, a name a line;
# -v order=NAME: the lessons in their order, a line each: file, tab, title.
# A link to a file that will need a page goes to standard error.

BEGIN {
	while ((getline line < files) > 0) {
		sub(/^\.\//, "", line)
		file_is[line] = 1
		while ((line = folder_of(line)) != "")
			folder_is[line] = 1
	}
	close(files)
	while ((getline line < order) > 0) {
		split(line, field, "\t")
		lesson_file[++lesson_count] = field[1]
		lesson_title[lesson_count] = field[2]
	}
	close(order)
	if (make == "lesson")
		make_lesson()
	else if (make == "sources")
		make_sources()
	else
		make_small()
	exit
}

# --- a page of Markdown -----------------------------------------------------

function make_lesson(    line, n, i, body, here)
{
	root = up(file)
	load_anchors(file)
	n = 0
	while ((getline line < "-") > 0)
		html[++n] = line
	title = "Loop to Pool"
	for (i = n; i > 0; i--)
		if (html[i] ~ /^<h1>/)
			title = without_tags(html[i])
	for (i = 1; i <= n; i++)
		if (html[i] ~ /^<h[1-6]>/)
			heading_id[i] = unique("page", \
				slug(unescape(without_tags(html[i]))))
	begin_page(title, file)
	for (i = 1; i <= n; i++) {
		convert(html[i], heading_id[i])
		if (html[i] ~ /^<h1>/)
			list_parts(n)
	}
	if (folder_of(file) ~ /^stage[0-9]/ && file ~ /README\.md$/)
		list_files(folder_of(file))
	here = lesson_number(file)
	if (here)
		neighbours(here)
	end_page("This page is made from <code>" escape(file) "</code>.")
}

# The page's parts, folded, if there are so many that one looks for them.
function list_parts(n,    i, count)
{
	for (i = 1; i <= n; i++)
		count += html[i] ~ /^<h[23]>/
	if (count < 5)
		return
	print "<details class=\"parts\"><summary>On this page</summary>\n<ul>"
	for (i = 1; i <= n; i++)
		if (html[i] ~ /^<h[23]>/)
			print "<li class=\"part" substr(html[i], 3, 1) \
				"\"><a href=\"#" heading_id[i] "\">" \
				without_tags(html[i]) "</a></li>"
	print "</ul>\n</details>"
}

function without_tags(line)
{
	gsub(/<[^>]*>/, "", line)
	return line
}

# One line of cmark-gfm's; id: that of the heading that it is.
function convert(line, id,    level, meta, lang)
{
	if (in_block) {
		in_block = line !~ /<\/pre>/
		print highlight(line)
		if (!in_block)
			print "</div>"
		return
	}
	line = links(line)
	if (line ~ /^<h[1-6]>/) {
		level = substr(line, 3, 1)
		sub(/^<h[1-6]>/, "<h" level " id=\"" id "\">", line)
		if (level > 1)
			sub(/<\/h[1-6]>$/, " <a class=\"here\" href=\"#" id \
				"\" aria-label=\"a link to this part\">#</a>&", line)
		if (level == 2)
			has_server = 0
		print line
		return
	}
	if (line ~ /^<pre/) {
		lang = attribute(line, "lang")
		meta = attribute(line, "data-meta")
		sub(/^<pre[^>]*>/, "<pre" (lang ? " class=\"lang-" lang "\"" : "") \
			" tabindex=\"0\">", line)
		print "<div class=\"block\">" caption(lang, meta)
		block_lang = lang
		in_comment = 0
		in_block = line !~ /<\/pre>/
		match(line, /^<pre[^>]*><code>/)
		print substr(line, 1, RLENGTH) highlight(substr(line, RLENGTH + 1))
		if (!in_block)
			print "</div>"
		return
	}
	# A picture that stands by itself, or in a list's item.
	if (match(line, /<p><img [^>]*\/><\/p>$/)) {
		print substr(line, 1, RSTART - 1) \
			picture(substr(line, RSTART, RLENGTH))
		return
	}
	sub(/^<table>/, "<div class=\"scroll\"><table>", line)
	sub(/<\/table>$/, "</table></div>", line)
	sub(/<details><summary>Hint /, "<details class=\"hint\"><summary>Hint ", line)
	print line
}

function caption(lang, meta)
{
	if (lang == "sh" && meta == "server") {
		has_server = 1
		return "<p class=\"caption\">in one terminal</p>"
	}
	if (lang == "sh" && meta == "run")
		return "<p class=\"caption\">" \
			(has_server ? "in the other terminal" : "in a terminal") "</p>"
	if (lang == "text" && meta == "output")
		return "<p class=\"caption\">what it prints</p>"
	if (meta != "" && meta in file_is)
		return "<p class=\"caption\"><a href=\"" address(root meta) "\">" \
			meta "</a></p>"
	return ""
}

function picture(line,    src, alt, desc, svg, path, text)
{
	src = attribute(line, "src")
	alt = attribute(line, "alt")
	path = join_path(folder_of(file), src)
	desc = ""
	while ((getline text < path) > 0)
		if (text ~ /^<desc>.*<\/desc>/) {
			desc = text
			gsub(/<[^>]*>/, "", desc)
			break
		}
	close(path)
	return "<figure class=\"picture\"><a href=\"" src "\"><img src=\"" src \
		"\" alt=\"" alt "\"></a><figcaption>" alt "</figcaption>" \
		(desc ? "<details class=\"words\"><summary>The picture in " \
		"words</summary><p>" desc "</p></details>" : "") "</figure>"
}

function attribute(tag, name)
{
	if (!match(tag, " " name "=\"[^\"]*\""))
		return ""
	return substr(tag, RSTART + length(name) + 3,
		RLENGTH - length(name) - 4)
}

# Every href of the line leads to where that file's page is; one to a page that
# is not there is no link.
function links(line,    out, target)
{
	out = ""
	while (match(line, /href="[^"]*"/)) {
		target = substr(line, RSTART + 6, RLENGTH - 7)
		out = out substr(line, 1, RSTART - 1)
		line = substr(line, RSTART + RLENGTH)
		target = address(target)
		out = out (target == "" ? "title=\"not written yet\"" : \
			"href=\"" target "\"")
	}
	return out line
}

function address(target,    path, at, id, up_to)
{
	if (target == "" || target ~ /^(#|[a-z]+:)/)
		return target
	id = ""
	if ((at = index(target, "#")) > 0) {
		id = substr(target, at)
		sub(/-L[0-9]+$/, "", id)
		target = substr(target, 1, at - 1)
	}
	path = join_path(folder_of(file), target)
	if (path ~ /^notes\/site(\/|$)/)
		return root substr(path, 12) id
	if (path in folder_is || path == "") {
		path = path (path == "" ? "" : "/")
		if (path "README.md" in file_is)
			return root path "README.html" id
		print "folder\t" path >"/dev/stderr"
		return root path "index.html" id
	}
	if (path ~ /\.md$/)
		return !(path in file_is) ? "" : \
			root substr(path, 1, length(path) - 3) ".html" id
	if (path ~ /\.(svg|png)$/) {
		print "copy\t" path >"/dev/stderr"
		return root path id
	}
	print "source\t" path >"/dev/stderr"
	return root path ".html" id
}

# "../" for each folder that the page lies in.
function up(path,    out)
{
	out = ""
	while ((path = folder_of(path)) != "")
		out = out "../"
	return out
}

function lesson_number(path,    i)
{
	for (i = 1; i <= lesson_count; i++)
		if (lesson_file[i] == path)
			return i
	return 0
}

function page_of(path)
{
	sub(/\.md$/, "", path)
	return root path ".html"
}

# "1 select" for notes/1-select.md.
function short_name(path)
{
	sub(/^.*\//, "", path)
	sub(/\.md$/, "", path)
	gsub(/-/, " ", path)
	return path
}

function neighbours(here)
{
	print "<nav class=\"next\" aria-label=\"Before and after\">"
	if (here > 1)
		print "<a rel=\"prev\" href=\"" page_of(lesson_file[here - 1]) \
			"\"><small>before</small> " lesson_title[here - 1] "</a>"
	if (here < lesson_count)
		print "<a rel=\"next\" href=\"" page_of(lesson_file[here + 1]) \
			"\"><small>after</small> " lesson_title[here + 1] "</a>"
	print "</nav>"
}

function list_files(folder,    name, n, list, i)
{
	print "<h2 id=\"all-files\">All files</h2>\n<ul class=\"files\">"
	n = 0
	for (name in file_is)
		if (index(name, folder "/") == 1 && name !~ /README\.md$/)
			list[++n] = name
	sort(list, n)
	for (i = 1; i <= n; i++)
		print "<li><a href=\"" root list[i] ".html\">" \
			substr(list[i], length(folder) + 2) "</a></li>"
	print "</ul>"
}

function sort(list, n,    i, k, t)
{
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (k = i - 1; k > 0 && list[k] > t; k--)
			list[k + 1] = list[k]
		list[k + 1] = t
	}
}

# --- the frame of every page ------------------------------------------------

function begin_page(title, path,    here, i)
{
	here = lesson_number(path)
	print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>"
	print "<meta charset=\"utf-8\">"
	print "<meta name=\"viewport\" content=\"width=device-width, " \
		"initial-scale=1\">"
	print "<title>" title (title == "Loop to Pool" ? "" : " - Loop to Pool") \
		"</title>"
	print "<link rel=\"icon\" href=\"" root "favicon.svg\" " \
		"type=\"image/svg+xml\">"
	print "<link rel=\"stylesheet\" href=\"" root "style.css\">"
	print "<script src=\"" root "page.js\" defer></script>\n</head>\n<body>"
	print "<header class=\"site\">"
	print "\t<a class=\"name\" href=\"" root "\"><img src=\"" root \
		"favicon.svg\" alt=\"\">Loop to Pool</a>"
	print "\t<nav aria-label=\"Pages\">"
	print "\t\t<a href=\"" root "index.html\">Start</a>"
	print "\t\t<a href=\"" root "index.html#lessons\">Lessons</a>"
	print "\t\t<a href=\"" root "exercises.html\">Exercises</a>"
	print "\t\t<a href=\"" root "live.html\">Live</a>"
	print "\t</nav>\n</header>"
	if (here) {
		print "<nav class=\"lessons\" aria-label=\"Lessons\">"
		for (i = 1; i <= lesson_count; i++)
			print "<a href=\"" page_of(lesson_file[i]) "\"" \
				(i == here ? " aria-current=\"page\"" : "") ">" \
				short_name(lesson_file[i]) "</a>"
		print "</nav>"
	}
	print "\n<main>"
}

function end_page(text)
{
	print "</main>\n\n<footer>Loop to Pool is free software under the MIT " \
		"licence. " text "</footer>\n</body>\n</html>"
}

# --- sources ----------------------------------------------------------------

function make_sources(    a, out, line, n)
{
	for (a = 1; a < ARGC; a++) {
		file = ARGV[a]
		root = up(file)
		out = to "/" file ".html"
		block_lang = file ~ /\.[ch]$/ ? "c" : file ~ /\.sh$|akefile$/ ? "sh" : ""
		in_comment = 0
		n = 0
		begin_source(out)
		while ((getline line < file) > 0)
			print "<span class=\"line\" id=\"L" ++n "\">" \
				highlight(escape(line)) "</span>" >out
		close(file)
		print "</code></pre>\n</main>\n</body>\n</html>" >out
		close(out)
	}
}

function begin_source(out,    folder)
{
	folder = folder_of(file)
	while (folder != "" && !(folder "/README.md" in file_is))
		folder = folder_of(folder)
	print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n" \
		"<meta charset=\"utf-8\">\n<meta name=\"viewport\" " \
		"content=\"width=device-width, initial-scale=1\">\n<title>" \
		escape(file) " - Loop to Pool</title>\n<link rel=\"icon\" href=\"" \
		root "favicon.svg\" type=\"image/svg+xml\">\n" \
		"<link rel=\"stylesheet\" href=\"" root "style.css\">\n</head>\n" \
		"<body class=\"wide\">\n<header class=\"site\">\n" \
		"<a class=\"name\" href=\"" root "\"><img src=\"" root \
		"favicon.svg\" alt=\"\">Loop to Pool</a>\n<nav aria-label=\"Pages\">\n" \
		"<a href=\"" root "index.html#lessons\">Lessons</a>\n<a href=\"" \
		root (folder == "" ? "" : folder "/") "README.html\">" \
		(folder == "" ? "The kit" : escape(folder)) "</a>\n</nav>\n" \
		"</header>\n\n<main>\n<h1 class=\"path\">" escape(file) "</h1>" >out
	printf "<pre class=\"source\" tabindex=\"0\"><code>" >out
}

# --- pages of the small site ------------------------------------------------

# A page that is written by hand; what is between <!-- lessons --> and
# <!-- end --> stands there for who cannot make the lessons.
function make_small(    line, skip, id)
{
	file = "notes/site/" substr(ARGV[1], 12)
	root = ""
	if (lesson_count)
		find_exercises()
	while ((getline line < ARGV[1]) > 0) {
		if (lesson_count && line ~ /<!-- lessons -->/) {
			list_lessons()
			skip = 1
		}
		if (!skip && match(line, /^<tr><td>[0-9]+\.[0-9]+<\/td>/)) {
			id = substr(line, 9, RLENGTH - 13)
			if (id in exercise_page)
				line = "<tr><td><a href=\"" exercise_page[id] "\">" id \
					"</a></td>" substr(line, RLENGTH + 1)
		}
		if (!skip)
			print line
		if (line ~ /<!-- end -->/)
			skip = 0
	}
}

# The lessons, each with its program, and then what is beside them.
function list_lessons(    i, is_beside, readme)
{
	for (readme in file_is)
		if (readme ~ /^stage[0-9][^\/]*\/README\.md$/)
			readme_of[substr(readme, 6, 1)] = readme
	print "<ul class=\"contents\">"
	for (i = 1; i <= lesson_count; i++) {
		if (!is_beside && lesson_file[i] !~ /\/[0-9]/) {
			is_beside = 1
			print "</ul>\n<h3>Beside them</h3>\n<ul class=\"contents\">"
		}
		readme = readme_of[substr(lesson_title[i], 1, 1)]
		print "<li><a href=\"" page_of(lesson_file[i]) "\">" \
			lesson_title[i] "</a>" (readme && !is_beside ? \
			" &middot; <a href=\"" page_of(readme) "\">its program</a>" : \
			"") "</li>"
	}
	print "</ul>"
}

function find_exercises(    i, k, name, id)
{
	for (i = 1; i <= lesson_count; i++) {
		name = lesson_file[i]
		load_anchors(name)
		for (k = 1; k <= lines_in[name]; k++)
			if ((name, k) in anchor_of &&
				line_of[name, k] ~ /^### [0-9]+\.[0-9]+ /) {
				split(line_of[name, k], id, " ")
				exercise_page[id[2]] = page_of(name) "#" anchor_of[name, k]
			}
	}
}

# --- text -------------------------------------------------------------------

function escape(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	return text
}

function unescape(text)
{
	gsub(/&lt;/, "<", text)
	gsub(/&gt;/, ">", text)
	gsub(/&quot;/, "\"", text)
	gsub(/&amp;/, "\\&", text)
	return text
}

# Comments are set apart, in C and in shell; in_comment says whether the line
# before ended inside one. The text is HTML already.
function highlight(text,    out, at, end)
{
	end = ""
	if (match(text, /(<\/code><\/pre>)$/)) {
		end = substr(text, RSTART)
		text = substr(text, 1, RSTART - 1)
	}
	out = ""
	if (block_lang == "c") {
		while (text != "") {
			if (in_comment) {
				at = index(text, "*/")
				in_comment = !at
				at = at ? at + 1 : length(text)
				out = out "<i>" substr(text, 1, at) "</i>"
				text = substr(text, at + 1)
			} else if (!match(text, /\/\*|\/\/|&quot;|'/)) {
				out = out text
				text = ""
			} else if (substr(text, RSTART, 2) == "//") {
				out = out substr(text, 1, RSTART - 1) "<i>" \
					substr(text, RSTART) "</i>"
				text = ""
			} else if (substr(text, RSTART, 2) == "/*") {
				out = out substr(text, 1, RSTART - 1)
				at = index(substr(text, RSTART + 2), "*/")
				if (at) {
					out = out "<i>" substr(text, RSTART, at + 3) "</i>"
					text = substr(text, RSTART + at + 3)
				} else {
					out = out "<i>" substr(text, RSTART) "</i>"
					text = ""
					in_comment = 1
				}
			} else {
				at = RSTART + RLENGTH
				at += string_end(substr(text, at), substr(text, RSTART, RLENGTH))
				out = out substr(text, 1, at - 1)
				text = substr(text, at)
			}
		}
	} else if (block_lang == "sh" && match(text, /^[ \t]*#([ !]|$)|[ \t]# /)) {
		out = substr(text, 1, RSTART - 1) "<i>" substr(text, RSTART) "</i>"
	} else {
		out = text
	}
	return out end
}

# How many characters a string goes on, its closing mark included.
function string_end(text, mark,    n, c)
{
	for (n = 1; n <= length(text); n++) {
		c = substr(text, n, 1)
		if (c == "\\")
			n++
		else if (substr(text, n, length(mark)) == mark)
			return n + length(mark) - 1
	}
	return length(text)
}
