/* The words of tables: see streams/kernel/table_writer.py. Nothing is trusted: no length is beyond the bytes. */
#include "table_reader.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernel is written for little-endian machines; Vitals runs without it"
#endif

#define WORD 8

struct Block {
    Block *before;
    Bits items[]; /* the type with the widest alignment */
};

void refuse(TableReader *reader, const char *error) {
    if (!reader->error) reader->error = error;
}

void *take_block(TableReader *reader, size_t count, size_t size) {
    if (count > (SIZE_MAX - sizeof(Block)) / size) fault("an array is too long");
    Block *block = take_memory(1, sizeof *block + count * size);
    block->before = reader->blocks;
    reader->blocks = block;
    return block->items;
}

void give_blocks(Block *blocks) {
    while (blocks) {
        Block *before = blocks->before;
        give_memory(blocks);
        blocks = before;
    }
}

static uint64_t word(TableReader *reader) {
    uint64_t found = 0;
    if (reader->error) return 0;
    if (reader->length - reader->at < WORD) {
        refuse(reader, "the tables end too early");
        return 0;
    }
    memcpy(&found, reader->bytes + reader->at, WORD);
    reader->at += WORD;
    return found;
}

int64_t read_whole(TableReader *reader) { return (int64_t)word(reader); }

int64_t read_between(TableReader *reader, int64_t lowest, int64_t highest) {
    int64_t found = read_whole(reader);
    if (found >= lowest && found <= highest) return found;
    refuse(reader, "a number of the tables is out of its range");
    return lowest;
}

bool read_bool(TableReader *reader) { return read_between(reader, 0, 1) == 1; }

double read_real(TableReader *reader) {
    uint64_t found = word(reader);
    double real;
    memcpy(&real, &found, sizeof real);
    return real;
}

Bits read_bits(TableReader *reader) {
    uint64_t lower = word(reader);
    uint64_t upper = word(reader);
    return (Bits)upper << 64 | lower;
}

uint32_t read_length(TableReader *reader) {
    int64_t found = read_whole(reader);
    size_t left = (reader->length - reader->at) / WORD;
    if (found >= 0 && (uint64_t)found <= left && found <= UINT32_MAX) return reader->error ? 0 : (uint32_t)found;
    refuse(reader, "a sequence of the tables is longer than they are");
    return 0;
}

Text read_text(TableReader *reader) {
    Text text = {"", 0};
    int64_t length = read_whole(reader);
    size_t left = reader->length - reader->at;
    if (reader->error || !length) return text;
    size_t filled = ((size_t)length + WORD - 1) / WORD * WORD;
    if (length < 0 || length > UINT32_MAX - WORD || filled > left) {
        refuse(reader, "a text of the tables is longer than they are");
        return text;
    }
    char *bytes = take_block(reader, (size_t)length, 1);
    memcpy(bytes, reader->bytes + reader->at, (size_t)length);
    reader->at += filled;
    text.bytes = bytes;
    text.length = (uint32_t)length;
    return text;
}

Numbers read_numbers(TableReader *reader) {
    Numbers numbers = {read_length(reader), NULL};
    numbers.items = take_block(reader, numbers.length, sizeof *numbers.items);
    for (uint32_t i = 0; i < numbers.length; i++) numbers.items[i] = read_whole(reader);
    return numbers;
}

Reals read_reals(TableReader *reader) {
    Reals reals = {read_length(reader), NULL};
    reals.items = take_block(reader, reals.length, sizeof *reals.items);
    for (uint32_t i = 0; i < reals.length; i++) reals.items[i] = read_real(reader);
    return reals;
}

Masks read_masks(TableReader *reader) {
    Masks masks = {read_length(reader), NULL};
    masks.items = take_block(reader, masks.length, sizeof *masks.items);
    for (uint32_t i = 0; i < masks.length; i++) masks.items[i] = read_bits(reader);
    return masks;
}

Pieces read_pieces(TableReader *reader, uint32_t places) {
    Pieces pieces = {.length = read_length(reader)};
    pieces.items = take_block(reader, pieces.length, sizeof *pieces.items);
    for (uint32_t i = 0; i < pieces.length; i++) {
        Piece *piece = &pieces.items[i];
        piece->identity = (uint64_t)read_whole(reader);
        piece->place = (uint32_t)read_between(reader, 0, (int64_t)places - 1);
        if (i && piece->identity <= pieces.items[i - 1].identity) refuse(reader, "identities do not ascend");
    }
    if (!reader->error && pieces.length != places) refuse(reader, "a piece of state has no identity, or two");
    return pieces;
}
