# Belief: "clean removes everything that begins with these names."
#
# What happens: the headers are gone too.
#
# Must fail: make_clean_removes_what_was_made
a.out: main.o func.o foo.o
	gcc -o a.out main.o func.o foo.o
main.o: main.c func.h foo.h unit.h
func.o: func.c func.h
foo.o: foo.c foo.h unit.h
clean:
	rm -f a.out main.o func.* foo.o
