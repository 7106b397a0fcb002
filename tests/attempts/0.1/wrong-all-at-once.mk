# Belief: "One command is the simplest Makefile."
#
# What happens: whatever changes, all three sources are compiled.
#
# Must fail: make_compiles_what_changed
a.out: main.c func.c foo.c func.h foo.h unit.h
	gcc -c main.c func.c foo.c
	gcc -o a.out main.o func.o foo.o
clean:
	rm -f a.out *.o
