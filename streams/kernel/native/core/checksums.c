/* Two checksums, eight bytes at a time: from tables of their polynomials, or by an instruction of the processor. */
#include "checksums.h"

#include <string.h>

#define CASTAGNOLI 0x82f63b78u /* 0x1edc6f41, its bits reversed */
#define ETHERNET 0xedb88320u   /* 0x04c11db7, its bits reversed */
#define TABLES 8

typedef uint32_t Tables[TABLES][256];

static Tables castagnoli, ethernet;

static void fill(Tables tables, uint32_t polynomial) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? polynomial : 0);
        tables[0][byte] = rest;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int table = 1; table < TABLES; table++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
}

static uint32_t by_tables(const Tables tables, const uint8_t *bytes, size_t length) {
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

#if defined(__x86_64__)
/* Instructions of SSE 4.2. */
__attribute__((target("sse4.2"))) static uint32_t by_instruction(const uint8_t *bytes, size_t length) {
    uint64_t rest = ~0u;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        rest = __builtin_ia32_crc32di(rest, word);
    }
    for (; length; bytes++, length--) rest = __builtin_ia32_crc32qi((uint32_t)rest, *bytes);
    return ~(uint32_t)rest;
}

static bool has_instruction;
#endif

__attribute__((constructor)) static void prepare(void) {
    fill(castagnoli, CASTAGNOLI);
    fill(ethernet, ETHERNET);
#if defined(__x86_64__)
    __builtin_cpu_init();
    has_instruction = __builtin_cpu_supports("sse4.2");
#endif
}

uint32_t crc32c(const uint8_t *bytes, size_t length) {
#if defined(__x86_64__)
    if (has_instruction) return by_instruction(bytes, length);
#endif
    return by_tables(castagnoli, bytes, length);
}

uint32_t crc32_of(const uint8_t *bytes, size_t length) { return by_tables(ethernet, bytes, length); }
