# splice.awk - what splice.sh does to one source file.
#
#	awk -v mode=list  -f splice.awk FILE
#	awk -v mode=split -v functions=" a b " -v chunks=DIR -f splice.awk FILE
#	awk -v mode=apply -v stubs=" 1.5 " -v bodies=" conn_read " -v chunks=DIR
#	    -v name=FILE-NAME -v lessons="select epoll" -f splice.awk FILE
#
# list: a line "1.5 fdset_mark" for each exercise in the file.
# split: cuts a file of one or several functions into DIR/FUNCTION.c, and what
#        stands before a function that is no exercise (helpers, #includes) with
#        the exercise after it, or else before it. A file that is only a body,
#        { to }, becomes DIR/body.c.
# apply: the file with those exercises stubbed, and with those functions from
#        DIR in place of its own.
#
# An exercise is a comment with the line "* Exercise N.M - Title." and, directly
# below it, a function: its name and its braces in column 0.

# ---- A comment that may tag a function, then the function ----

function forget() { tag = until = comment = signature = fn = ""; where = "" }

function end_comment() {
	where = tag == "" ? "" : "signature"
	if (where == "") {
		emit(comment)
		comment = ""
	}
}

function add_comment_line(line) {
	if (match(line, /^ \* Exercise [0-9]+\.[0-9]+ - /)) {
		split(substr(line, RSTART + 3, RLENGTH), word, " ")
		tag = word[2]
	}
	if (line ~ /^ \* Until written: /) {
		until = line
		sub(/^ \* Until written: /, "", until)
		sub(/ *\*\/$/, "", until)
		sub(/ \*\n$/, "", comment) # the empty line above it
		if (line ~ /\*\/$/)
			comment = comment " */\n"
	} else {
		comment = comment line "\n"
	}
	if (line ~ /\*\/[ \t]*$/)
		end_comment()
}

function add_signature_line(line) {
	if (line == "") { # a comment of its own
		emit(comment signature)
		forget()
		emit("\n")
		return
	}
	if (fn == "" && match(line, /^[a-z_][a-z0-9_]*\(/))
		fn = substr(line, 1, RLENGTH - 1)
	if (line == "{") {
		begin_function()
		return
	}
	signature = signature line "\n"
}

# ---- What each mode makes of it ----

function emit(text) {
	if (mode == "apply")
		printf "%s", text
}

function stub(    stage, names, macro, text, lesson) {
	stage = int(tag)
	split(lessons, names, " ")
	macro = until == "" ? "EXERCISE" : "EXERCISE_UNTIL_WRITTEN"
	text = sprintf("%s(\"%s\", \"%s() in %s\",", macro, tag, fn, name)
	lesson = sprintf("\"notes/%d-%s.md, section %s\");\n", stage,
	                 names[stage], tag)
	if (length(text lesson) <= 72)
		text = "{\n\t" text " " lesson
	else
		text = sprintf("{\n\t%s\n\t%*s%s", text, length(macro) + 1, "",
		               lesson)
	if (until != "") {
		gsub(/; /, ";\n\t", until)
		text = text "\t" until "\n"
	}
	return text "}\n"
}

function print_file(path,    line) {
	while ((getline line < path) > 0)
		print line
	close(path)
}

function begin_function() {
	where = "body"
	if (mode == "list") {
		print tag, fn
	} else if (index(stubs, " " tag " ")) {
		emit(comment signature stub())
		where = "skip"
	} else if (index(bodies, " " fn " ")) {
		if ((getline line < (chunks "/" fn ".c")) >= 0) {
			close(chunks "/" fn ".c")
			emit(comment)
			print_file(chunks "/" fn ".c")
		} else {
			emit(comment signature)
			print_file(chunks "/body.c")
		}
		where = "skip"
	} else {
		emit(comment signature "{\n")
	}
}

function apply_line(line) {
	if (where == "comment") {
		add_comment_line(line)
	} else if (where == "signature") {
		add_signature_line(line)
	} else if (where == "body" || where == "skip") {
		if (where == "body")
			emit(line "\n")
		if (line == "}")
			forget()
	} else if (line ~ /^\/\*/) {
		where = "comment"
		comment = ""
		add_comment_line(line)
	} else {
		emit(line "\n")
	}
}

# ---- split ----

function flush_chunk() {
	if (index(functions, " " fn " ")) {
		printf "%s", pending > (chunks "/" fn ".c")
		last = fn
		pending = ""
	}
	fn = ""
}

function split_line(line) {
	if (!begun && line == "{")
		is_body = 1
	if (line ~ /^[^ \t\/*#]/ || line ~ /^#/)
		begun = 1
	pending = pending line "\n"
	if (!begun && line ~ /\*\/[ \t]*$/) # the head comment is for readers
		pending = ""
	if (fn == "" && match(line, /^[a-z_][a-z0-9_]*\(/) && line !~ /;/)
		fn = substr(line, 1, RLENGTH - 1)
	if (line == "}" && !is_body)
		flush_chunk()
}

{
	if (mode == "split")
		split_line($0)
	else
		apply_line($0)
}

END {
	if (mode == "split" && is_body)
		printf "%s", pending > (chunks "/body.c")
	else if (mode == "split" && pending != "" && last != "")
		printf "%s", pending >> (chunks "/" last ".c")
	else if (mode != "split")
		emit(comment signature)
}
