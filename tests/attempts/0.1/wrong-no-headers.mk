# Belief: "An object is made from its source." (The guide's example.)
#
# What happens: when a header changes, nothing is compiled: the program goes on
# with what the header said before.
#
# Must fail: make_knows_func_h
a.out: main.o func.o foo.o
	gcc -o a.out main.o func.o foo.o
main.o: main.c
	gcc -c main.c
func.o: func.c
	gcc -c func.c
foo.o: foo.c
	gcc -c foo.c
clean:
	rm -f a.out *.o
