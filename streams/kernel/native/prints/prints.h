/* Fingerprints of texts: BLAKE2b for what is kept in records, keyed SipHash for the ids of events. */
#ifndef VITALS_PRINTS_H
#define VITALS_PRINTS_H

#include "../core/core.h"

#include <string.h>

/* The first eight bytes of BLAKE2b, big-endian: scoring.fingerprint.fingerprint. */
uint64_t fingerprint(Text text);

typedef struct {
    uint64_t first, second; /* little-endian halves of the 16 bytes */
} SipKey;

/* SipHash-2-4 of a text. */
uint64_t siphash(SipKey key, Text text);

/* A quick hash for tables in memory. Who wants to finds collisions: each table that uses it bounds what they cost. */
static inline uint64_t spread(Text text) {
    uint64_t hash = text.length, word;
    const char *at = text.bytes;
    uint32_t left = text.length;
    for (; left >= 8; at += 8, left -= 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    }
    word = 0;
    for (uint32_t i = 0; i < left; i++) word = word << 8 | (uint8_t)at[i];
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 32;
}

/* A cache of fingerprints of short texts that repeat, such as users. */
typedef struct PrintCache PrintCache;
PrintCache *print_cache_new(void);
uint64_t cached_fingerprint(PrintCache *cache, Text text);

#endif
