#include "func.h"

int
func(int number)
{
	return 2 * number;
}
