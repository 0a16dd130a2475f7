/* Reads flat bytes: numbers, texts and lists of numbers one after another, little-endian. Equals `Reader` of
 * streams.changelog.flat, with the same words for the same damage. Nothing is trusted, and nothing that is read takes more
 * than a constant times its bytes. */
#ifndef VITALS_FLAT_IN_H
#define VITALS_FLAT_IN_H

#include "flat.h"

#include <string.h>

#define ROWS 4
#define DAMAGE_ROOM 64

/* Reads from `at` to `end`. After the first thing that cannot be, `damage` says what, and all else reads as 0 or empty. */
typedef struct {
    const uint8_t *at, *end;
    char damage[DAMAGE_ROOM]; /* "" while all is well */
    List *rows;               /* ROWS of them, for lists that are read beside each other; their memory is used again */
} In;

void damaged(In *in, const char *what);
static inline bool is_damaged(const In *in) { return in->damage[0] != 0; }
/* Refuses unless `holds`. Returns whether all is well. */
static inline bool check(In *in, bool holds, const char *what) {
    if (!holds) damaged(in, what);
    return !is_damaged(in);
}

uint8_t get_byte(In *in);
uint32_t get_length(In *in);      /* at least one byte follows for each */
uint64_t get_word(In *in);        /* eight bytes, of a number with or without a sign */
int64_t get_instant(In *in);      /* 0 to INSTANT_MAX */
double get_value(In *in);         /* a finite number, from -VALUE_MAX to VALUE_MAX */
Text get_text(In *in);            /* UTF-8, in the bytes that are read */
const uint8_t *get_words(In *in, uint64_t length); /* eight bytes each, at no particular address; NULL when damaged */
const List *get_numbers(In *in, uint32_t row);
const List *get_steps(In *in, uint32_t row, int64_t most); /* ascending, from 0 to `most` */
void finish(In *in);              /* nothing is left */

#define VALUE_MAX 1e290
#define DAY_MAX (INSTANT_MAX / DAY_MS)

static inline uint64_t word_at(const uint8_t *words, uint64_t place) {
    uint64_t word;
    memcpy(&word, words + 8 * place, sizeof word);
    return word;
}

static inline double real_at(const uint8_t *words, uint64_t place) {
    double real;
    memcpy(&real, words + 8 * place, sizeof real);
    return real;
}

/* Numbers that are at least -VALUE_MAX and at most VALUE_MAX, and so no NaN. */
static inline bool is_value(double number) { return number >= -VALUE_MAX && number <= VALUE_MAX; }

#endif
