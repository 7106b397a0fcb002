/*
 * deny.h - a kernel that does not allow one of its calls: seccomp(2).
 *
 * For this process and whatever it starts, and for good: a test's process ends
 * soon.
 */
#ifndef HARNESS_DENY_H
#define HARNESS_DENY_H

#include <stdbool.h>

/* From now on the system call of this number (SYS_listen) fails with `error`.
   Returns false, with errno, if seccomp() itself is not allowed here. */
bool deny_call(int number, int error);

#endif
