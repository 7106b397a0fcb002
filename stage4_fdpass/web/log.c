/*
 * log.c - a line on stderr, for whoever debugs.
 */
#define _GNU_SOURCE /* program_invocation_short_name */

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 }; /* a pipe takes 4096 (PIPE_BUF) in one piece */

void
log_line(const char *format, ...)
{
	const int saved_errno = errno;
	char line[LINE_MAX_BYTES];
	size_t begin, bytes;
	va_list arguments;
	int wanted;

	snprintf(line, sizeof(line),
	         "%.64s[%d]: ", program_invocation_short_name, (int)getpid());
	begin = strlen(line);
	va_start(arguments, format);
	wanted = vsnprintf(line + begin, sizeof(line) - begin, format,
	                   arguments);
	va_end(arguments);
	bytes = strlen(line);
	if (wanted > 0 && begin + (size_t)wanted > bytes)
		memcpy(line + bytes - 3, "...", 3);
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[bytes] = '\n'; /* where the NUL was */
	/* Nothing can be done if it cannot be written. */
	(void)!write(STDERR_FILENO, line, bytes + 1);
	errno = saved_errno;
}
