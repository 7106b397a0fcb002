# function.awk - one function of a C file, whoever wrote it.
#
#	awk -v mode=get -v name=conn_read -f function.awk FILE
#	awk -v mode=put -v name=conn_read -v new=FILE2 -f function.awk FILE
#
# get: prints it, from its return type to its }.
# put: prints the file with what stands in FILE2 in its place.
#
# Its end is the first } in column 0. Exit status 1 if it is not there.

# What the line would be the beginning of, up to here, is no part of it.
function pass(    i) {
	for (i = 1; i <= held; i++)
		if (mode == "put")
			print hold[i]
	held = 0
	named = 0
}

function take(    i, line) {
	found = 1
	inside = 1
	if (mode == "get") {
		for (i = 1; i <= held; i++)
			print hold[i]
	} else {
		while ((getline line < new) > 0)
			print line
		close(new)
	}
	held = 0
}

inside {
	if (mode == "get")
		print
	if ($0 ~ /^}/)
		inside = 0
	next
}

found || /^[ \t]*$/ || /^[#}]/ || /^[ \t]/ && !named || /\*\/[ \t]*$/ {
	hold[++held] = $0
	pass()
	next
}

{
	hold[++held] = $0
	if (match($0, "(^|[ *])" name "[ ]*\\(") && $0 !~ /^[ \t\/*]/)
		named = 1
	if (named && $0 ~ /[{][ \t]*$/)
		take()
	else if ($0 ~ /;[ \t]*$/ || !named && $0 ~ /[{][ \t]*$/)
		pass()
}

END {
	pass()
	exit !found || inside
}
