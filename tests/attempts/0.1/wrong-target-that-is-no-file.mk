# Belief: "A rule's name says what it does."
#
# What happens: there never is a file `program`, so it is made again each time.
#
# Must fail: make_again_does_nothing
program: main.o func.o foo.o
	gcc -o a.out main.o func.o foo.o
main.o: main.c func.h foo.h unit.h
	gcc -c main.c
func.o: func.c func.h
	gcc -c func.c
foo.o: foo.c foo.h unit.h
	gcc -c foo.c
clean:
	rm -f a.out *.o
