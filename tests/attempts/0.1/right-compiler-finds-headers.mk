# The compiler writes down what was included; objects in a folder of their own.
SOURCES := $(wildcard *.c)
OBJECTS := $(SOURCES:%.c=made/%.o)

a.out: $(OBJECTS)
	$(CC) -o $@ $^

made/%.o: %.c | made
	$(CC) -MMD -MP -c -o $@ $<

made:
	mkdir made

clean:
	rm -rf made a.out

-include $(OBJECTS:.o=.d)
.PHONY: clean
