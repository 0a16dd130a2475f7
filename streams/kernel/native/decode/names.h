/* A fixed set of names, found by a small hash table. */
#ifndef VITALS_NAMES_H
#define VITALS_NAMES_H

#include "../plan/table_reader.h"
#include "../prints/prints.h"

typedef struct {
    uint32_t mask;
    uint32_t *numbers; /* of a name, plus 1; 0: the place is free */
    uint32_t length;
    const Text *names;
} Names;

/* The table of `length` different names, which must outlive it. */
Names names_of(TableReader *reader, const Text *names, uint32_t length);
/* The number of a name, -1 for none. */
int32_t number_of(const Names *names, Text name);

#endif
