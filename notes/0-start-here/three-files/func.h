#ifndef FUNC_H
#define FUNC_H

/* Twice the number. */
int func(int number);

#endif
