/* Texts: UTF-8, white space, the rule for ids. What a function here cannot say for certain it leaves to Python: it returns
 * false, and the message is handed back. */
#ifndef VITALS_TEXTS_H
#define VITALS_TEXTS_H

#include "../core/core.h"

/* utf8.c */
bool is_utf8(Text text);            /* as Python decodes it: no surrogates, nothing overlong */
bool is_ascii(Text text);
uint32_t code_points(Text text);    /* of valid UTF-8 */
Text first_characters(Text text, uint32_t most);
/* The code point at `at`, which moves behind it; the text is valid UTF-8. */
uint32_t next_code_point(const char **at);

/* inert.c: whether a code point beyond ASCII stays as it is in NFC, whatever is beside it, and is visible and no space */
bool is_inert(uint32_t code_point);

/* text_ids.c */
Text strip_ascii(Text text);        /* without white space of ASCII around it */
bool clean(Text text, Text *into);  /* scoring.event.ids.clean */
bool text_id(Text text, Text *into); /* scoring.event.ids.text_id; empty for none */
bool is_text(Text text, const char *plain);

/* numbers.c */
#define NUMBER_ROOM 40

typedef struct {
    bool is_real, is_negative;
    bool is_exact;   /* `whole`, or `real`, is what Python reads; else somebody who needs it hands back */
    bool is_modest;  /* far from what is out of range for Python */
    uint64_t digits; /* of an exact one, without sign, point and exponent */
    int32_t scale;   /* the power of ten of its last digit */
    int64_t whole;
    double real;
} Number;

/* Reads a JSON number at `at`, before `end`; returns where it ends, NULL when it is none. */
const char *read_number(const char *at, const char *end, Number *number);
/* str() of a whole number, and of an exact real one; into `room` of NUMBER_ROOM characters. */
Text whole_text(int64_t whole, char *room);
Text real_text(const Number *number, char *room);

/* shortest.c: a real number as msgspec writes it in JSON, null for none, into SHORTEST_ROOM characters; where it ends */
#define SHORTEST_ROOM 32
char *put_shortest(char *at, double real);

/* instants.c */
#define INSTANT_ROOM 24
#define CALENDAR_END_MS ((int64_t)253402300800000) /* the year 10000 */

/* An instant in [0, CALENDAR_END_MS) as SQL prints it, into `room` of INSTANT_ROOM characters. */
Text instant_text(int64_t at_ms, char *room);

/* timestamps.c */
/* Milliseconds of an RFC 3339 date and time as msgspec reads it, then `scoring.instants.instant_of`. */
bool rfc3339_ms(Text text, int64_t *into);
/* The same of the forms of `scoring.event.timestamps.written_ms` that are common. */
bool written_ms(Text text, int64_t *into);

#endif
