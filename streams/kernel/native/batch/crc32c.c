/* CRC-32C (Castagnoli), eight bytes at a time from tables of its polynomial. */
#include "batch.h"

#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, its bits reversed */
#define TABLES 8

static uint32_t tables[TABLES][256];

__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? POLYNOMIAL : 0);
        tables[0][byte] = rest;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int table = 1; table < TABLES; table++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
}

uint32_t crc32c(const uint8_t *bytes, size_t length) {
    uint32_t rest = ~0u;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        word ^= rest;
        rest = 0;
        for (int byte = 0; byte < 8; byte++) rest ^= tables[7 - byte][word >> (8 * byte) & 0xff];
    }
    for (; length; bytes++, length--) rest = rest >> 8 ^ tables[0][(rest ^ *bytes) & 0xff];
    return ~rest;
}
