/*
 * log.h - a line on stderr, for whoever debugs.
 */
#ifndef LOG_H
#define LOG_H

/*
 * Writes "server[1234]: ", the text and a newline with one write(2), so that
 * the lines of several processes do not mix. What is too long is cut and ends
 * with "..."; control bytes, which a client may have sent, become "?". errno
 * stays as it is, for the caller may be on its way to look at it.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
