# Belief: "foo.c includes foo.h, and that is all that it includes."
#
# What happens: foo.h includes unit.h; when that changes, nothing is compiled.
#
# Must fail: make_knows_what_headers_include
a.out: main.o func.o foo.o
	gcc -o a.out main.o func.o foo.o
main.o: main.c func.h foo.h
	gcc -c main.c
func.o: func.c func.h
	gcc -c func.c
foo.o: foo.c foo.h
	gcc -c foo.c
clean:
	rm -f a.out *.o
