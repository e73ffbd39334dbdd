/* Opening the operator's library: see library.c. */
#ifndef TIDEGATE_LIBRARY_H
#define TIDEGATE_LIBRARY_H

#include "abi.h"

int library_open(const char *path, Library **library, char *text, uint32_t textSize);

#endif
