# make knows how to compile; it only needs to know what depends on what.
objects = main.o func.o foo.o

all: a.out

a.out: $(objects)
	$(CC) $(objects) -o a.out

main.o foo.o: foo.h unit.h
main.o func.o: func.h

.PHONY: all clean
clean:
	-rm $(objects) a.out
