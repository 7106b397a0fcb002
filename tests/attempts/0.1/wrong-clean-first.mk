# Belief: "The rules' order does not matter."
#
# What happens: `make` makes the first target, and that is `clean`.
#
# Must fail: make_builds_the_program
clean:
	rm -f a.out *.o
a.out: main.o func.o foo.o
	gcc -o a.out main.o func.o foo.o
main.o: main.c func.h foo.h unit.h
func.o: func.c func.h
foo.o: foo.c foo.h unit.h
