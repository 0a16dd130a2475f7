/* Memory that is there or ends the process, and the end itself. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void fault(const char *what) {
    fprintf(stderr, "The kernel stops: %s. Nothing of this flush is committed; VITALS_KERNEL=0 runs without it.\n", what);
    abort();
}

void *take_memory(size_t count, size_t size) {
    void *held = calloc(count ? count : 1, size ? size : 1);
    if (!held) fault("there is no memory left");
    return held;
}

void *grow_memory(void *held, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size) fault("an array is too long");
    size_t bytes = count * size;
    void *grown = realloc(held, bytes != 0 ? bytes : 1);
    if (!grown) fault("there is no memory left");
    return grown;
}

void give_memory(void *held) { free(held); }
