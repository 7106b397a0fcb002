#ifndef FOO_H
#define FOO_H

#include "unit.h"

/* How much so many units are. */
int foo(int count);

#endif
