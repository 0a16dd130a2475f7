/* What every part of the kernel uses: numbers, texts, instants, memory. No Python, no clock, no I/O. */
#ifndef VITALS_CORE_H
#define VITALS_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 Bits; /* one for each component and one for the conditions of each model, as `Plan` gives them */

#define FAR ((int64_t)1 << 62) /* an instant, day or bucket that never comes */
#define INSTANT_MAX (((int64_t)1 << 32) * 1000 - 1) /* of an event or a judgement: a bucket has 32 bits; February 2106 */
#define DAY_MS ((int64_t)86400000)
#define HOUR_MS ((int64_t)3600000)

/* A text in memory of somebody else, UTF-8, not terminated. */
typedef struct {
    const char *bytes;
    uint32_t length;
} Text;

/* Division that rounds down, as Python's // does; the divisor is above 0. */
static inline int64_t floor_div(int64_t dividend, int64_t divisor) {
    int64_t quotient = dividend / divisor;
    return quotient - (dividend % divisor < 0);
}

static inline int64_t least(int64_t one, int64_t other) { return one < other ? one : other; }
static inline int64_t greatest(int64_t one, int64_t other) { return one > other ? one : other; }

/* Memory. These never return NULL: without memory the process ends with a plain message, as after any fault. */
void *take_memory(size_t count, size_t size);
void *grow_memory(void *held, size_t count, size_t size);
void give_memory(void *held);

/* The room for one more of `length` items: doubled, at least `first`. `held` is the array, `size` that of an item. */
#define MAKE_ROOM(held, length, room, first)                                                                           \
    do {                                                                                                               \
        if ((length) == (room)) {                                                                                      \
            (room) = (room) ? 2 * (room) : (first);                                                                    \
            (held) = grow_memory((held), (room), sizeof *(held));                                                      \
        }                                                                                                              \
    } while (0)

/* Ends the process: the state can no longer be trusted. `what` is a plain sentence. */
_Noreturn void fault(const char *what);

#endif
