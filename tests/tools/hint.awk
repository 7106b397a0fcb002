# hint.awk - the hints of one exercise, out of its lesson.
#
#	awk -v id=1.8 -v level=2 -f hint.awk notes/1-select.md
#
# Prints the fold number `level` of the section "### 1.8 ...": its summary, an
# empty line, its text. With level=0: how many folds the section has, or
# nothing if there is no such section. With level=title: the section's title.

function begins(line, start) { return substr(line, 1, length(start)) == start }

/^(```|~~~)/ { in_code = !in_code }

!in_code && /^##?#? / {
	is_it = begins($0, "### " id " ")
	if (is_it) {
		there = 1
		title = substr($0, length("### " id " ") + 1)
	}
	next
}

is_it && !in_code && /<details>/ {
	fold++
	in_fold = 1
	if (fold == level) {
		summary = $0
		sub(/.*<summary>/, "", summary)
		sub(/<\/summary>.*/, "", summary)
		print summary
		print ""
	}
	blank = -1
	next
}

is_it && !in_code && /<\/details>/ { in_fold = 0; next }

is_it && in_fold && fold == level {
	if ($0 == "") {
		blank += blank >= 0
		next
	}
	for (; blank > 0; blank--)
		print ""
	blank = 0
	print
}

END {
	if (there && level "" == "0")
		print fold + 0
	if (there && level == "title")
		print title
}
