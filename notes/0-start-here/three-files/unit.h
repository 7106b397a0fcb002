#ifndef UNIT_H
#define UNIT_H

enum { UNIT = 7 };

#endif
