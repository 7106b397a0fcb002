/*
 * replay_main.c - runs a fuzz target over the files that are named, as
 * libFuzzer does with those of its corpus; for compilers that have none.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { INPUT_MAX = 1 << 20 };

static void
replay(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file = fopen(path, "re");
	size_t bytes;

	if (data == NULL || file == NULL)
		err(1, "%s", path);
	bytes = fread(data, 1, INPUT_MAX, file);
	if (ferror(file))
		err(1, "%s", path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, bytes);
	free(data);
}

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d inputs: every promise was kept\n", argc - 1);
	return 0;
}
