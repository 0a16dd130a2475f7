/* Reads the words of tables, as `streams.kernel.table_writer` writes them. The first error stays, and all that is read
 * after it is 0 or empty: so callers check once, at the end. */
#ifndef VITALS_TABLE_READER_H
#define VITALS_TABLE_READER_H

#include "plan.h"

typedef struct Block Block;

typedef struct {
    const uint8_t *bytes;
    size_t length, at;
    const char *error; /* NULL while all is well */
    Block *blocks;     /* all memory that was taken, the latest first */
} TableReader;

void refuse(TableReader *reader, const char *error);
/* Memory for `count` items, empty; given back by `give_blocks`. */
void *take_block(TableReader *reader, size_t count, size_t size);
void give_blocks(Block *blocks);

int64_t read_whole(TableReader *reader);
int64_t read_between(TableReader *reader, int64_t lowest, int64_t highest);
bool read_bool(TableReader *reader);
double read_real(TableReader *reader);
Bits read_bits(TableReader *reader);
Text read_text(TableReader *reader);
/* The length of a sequence, at most as many as words are left. */
uint32_t read_length(TableReader *reader);
Numbers read_numbers(TableReader *reader);
Reals read_reals(TableReader *reader);
Masks read_masks(TableReader *reader);
/* Pieces ascending by identity, with places from 0 to before `places`. */
Pieces read_pieces(TableReader *reader, uint32_t places);

#endif
