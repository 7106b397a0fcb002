#include "foo.h"
#include "func.h"

#include <stdio.h>

int
main(void)
{
	printf("%d units are %d\n", func(3), foo(func(3)));
	return 0;
}
