# Belief: "To be safe, everything depends on every header."
#
# What happens: touching foo.h compiles func.c, which does not include it.
#
# Must fail: make_knows_foo_h
OBJECTS = main.o func.o foo.o
a.out: $(OBJECTS)
	gcc -o $@ $^
%.o: %.c func.h foo.h unit.h
	gcc -c $<
clean:
	rm -f a.out *.o
