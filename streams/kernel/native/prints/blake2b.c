/* BLAKE2b with a digest of eight bytes and no key: RFC 7693. What hashlib.blake2b(text, digest_size=8) answers. */
#include "prints.h"

#include <string.h>

#define BLOCK 128
#define ROUNDS 12
#define DIGEST 8

static const uint64_t START[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const uint8_t ORDER[ROUNDS][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

static inline uint64_t rotate(uint64_t word, int bits) { return word >> bits | word << (64 - bits); }

static inline void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, uint64_t one, uint64_t other) {
    *a += *b + one;
    *d = rotate(*d ^ *a, 32);
    *c += *d;
    *b = rotate(*b ^ *c, 24);
    *a += *b + other;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 63);
}

/* Takes one block in; `taken` are the bytes until its end. */
static void compress(uint64_t state[8], const uint64_t block[16], uint64_t taken, bool is_last) {
    uint64_t v[16];
    memcpy(v, state, 64);
    memcpy(v + 8, START, 64);
    v[12] ^= taken;
    if (is_last) v[14] = ~v[14];
/* Unrolled, the order of each round is known when this is compiled. */
#pragma GCC unroll 12
    for (int round = 0; round < ROUNDS; round++) {
        const uint8_t *order = ORDER[round];
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            mix(&v[i], &v[4 + i], &v[8 + i], &v[12 + i], block[order[2 * i]], block[order[2 * i + 1]]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            mix(&v[i], &v[4 + (i + 1) % 4], &v[8 + (i + 2) % 4], &v[12 + (i + 3) % 4], block[order[8 + 2 * i]],
                block[order[9 + 2 * i]]);
        }
    }
    for (int i = 0; i < 8; i++) state[i] ^= v[i] ^ v[i + 8];
}

uint64_t fingerprint(Text text) {
    uint64_t state[8], block[16];
    memcpy(state, START, sizeof state);
    state[0] ^= 0x01010000 ^ DIGEST;
    uint32_t at = 0;
    for (; text.length - at > BLOCK; at += BLOCK) {
        memcpy(block, text.bytes + at, BLOCK);
        compress(state, block, (uint64_t)at + BLOCK, false);
    }
    memset(block, 0, sizeof block);
    memcpy(block, text.bytes + at, text.length - at);
    compress(state, block, text.length, true);
    return __builtin_bswap64(state[0]);
}
