/* MessagePack, each value in its shortest form, as msgspec writes it. Its numbers are big-endian. */
#ifndef VITALS_PACK_H
#define VITALS_PACK_H

#include "../record/flat.h"

#define PACK_LIST 0x90 /* of fewer than 16 values, with their number */

void put_big_four(Out *out, uint32_t number);
void put_big_eight(Out *out, uint64_t number);
void put_pack_real(Out *out, double real);
void put_pack_whole(Out *out, int64_t whole);
void put_pack_list(Out *out, uint32_t length); /* its values follow */
/* Bytes whose length is known later: where they begin, and to put it before them. */
size_t begin_pack_bytes(Out *out);
void end_pack_bytes(Out *out, size_t begin);

#endif
