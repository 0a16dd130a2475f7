/* Flat bytes: numbers, texts and lists of numbers one after another, little-endian. Equals streams.changelog.flat, byte for
 * byte: a list of numbers is its length, then blocks of at most 64, each with the width of its numbers. */
#ifndef VITALS_FLAT_H
#define VITALS_FLAT_H

#include "../core/core.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "flat bytes are those of memory: little-endian"
#endif

#define FLAT_BLOCK 64   /* numbers in a block at most */
#define FLAT_LONG 255   /* begins a length of four bytes: shorter ones take a single byte */
#define FLAT_SIGNED 128 /* of a width: the numbers have a sign */

/* Bytes that are written. */
typedef struct {
    size_t length, room;
    uint8_t *bytes;
} Out;

/* Numbers that are gathered before they are written. */
typedef struct {
    uint32_t length, room;
    int64_t *items;
} List;

/* flat_out.c */
void grow_out(Out *out, size_t bytes);
void put_bytes(Out *out, const void *bytes, size_t length);
void put_length(Out *out, uint64_t length);
void put_text(Out *out, Text text);  /* with its length */
void put_plain(Out *out, Text text); /* as it is */
void put_numbers(Out *out, const List *numbers);
void put_steps(Out *out, const List *ascending);
/* The room for a length that is known later: where it is, and to fill it in. */
size_t begin_length(Out *out);
void end_length(Out *out, size_t begin, uint64_t length);
void grow_list(List *list);

/* Room for so many bytes more; where they begin. They count once `length` has grown. */
static inline uint8_t *put_room(Out *out, size_t bytes) {
    if (out->length + bytes > out->room) grow_out(out, bytes);
    return out->bytes + out->length;
}

static inline void put_byte(Out *out, uint8_t byte) {
    *put_room(out, 1) = byte;
    out->length++;
}

/* Eight bytes, of a number with or without a sign. */
static inline void put_word(Out *out, uint64_t word) {
    memcpy(put_room(out, 8), &word, 8);
    out->length += 8;
}

static inline void put_real(Out *out, double number) {
    memcpy(put_room(out, 8), &number, 8);
    out->length += 8;
}

static inline void list_add(List *list, int64_t number) {
    if (list->length == list->room) grow_list(list);
    list->items[list->length++] = number;
}

#endif
