#include "foo.h"

int
foo(int count)
{
	return count * UNIT;
}
