# Belief: "Eight blanks are a tab."
#
# What happens: missing separator.
#
# Must fail: make_builds_the_program
a.out: main.o func.o foo.o
        gcc -o a.out main.o func.o foo.o
main.o: main.c func.h foo.h unit.h
func.o: func.c func.h
foo.o: foo.c foo.h unit.h
