/* SipHash-2-4, by Aumasson and Bernstein: a keyed 64-bit hash that nobody without the key can find collisions of. */
#include "prints.h"

#include <string.h>

typedef struct {
    uint64_t a, b, c, d;
} Sip;

static inline uint64_t rotate(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

static inline void mix(Sip *sip) {
    sip->a += sip->b;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->d;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a += sip->d;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c += sip->b;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->c = rotate(sip->c, 32);
}

static inline void take(Sip *sip, uint64_t word) {
    sip->d ^= word;
    mix(sip);
    mix(sip);
    sip->a ^= word;
}

uint64_t siphash(SipKey key, Text text) {
    Sip sip = {
        key.first ^ 0x736f6d6570736575,
        key.second ^ 0x646f72616e646f6d,
        key.first ^ 0x6c7967656e657261,
        key.second ^ 0x7465646279746573,
    };
    const char *at = text.bytes;
    uint32_t left = text.length;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        take(&sip, word);
    }
    uint64_t last = 0;
    memcpy(&last, at, left);
    take(&sip, last | (uint64_t)text.length << 56);
    sip.c ^= 0xff;
    for (int round = 0; round < 4; round++) mix(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}
