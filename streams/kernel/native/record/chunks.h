/* Chunks of ids. Apart from `records.h`, which the module includes: it has names of its own that are like those of ids. */
#ifndef VITALS_CHUNKS_H
#define VITALS_CHUNKS_H

#include "../state/ids.h"
#include "records.h"

/* A closed chunk by its number, NULL for none. */
const Chunk *chunk_by(const Account *account, uint64_t number);
/* parts_out.c */
void put_chunk(Writer *writer, const IdList *ids);

#endif
