/* A window of whole days that moves along daily totals. */
#ifndef VITALS_RUNNING_H
#define VITALS_RUNNING_H

#include "fold.h"

/* The sum of the totals in (end - window, end]; with `counts_days` the number of days that have one. */
typedef struct {
    const Totals *totals;
    int64_t window, sum;
    uint32_t first, next; /* the window's totals by place: from `first` to before `next` */
    bool counts_days;
} Running;

/* Moves the window on; `end` is not before the one it had. */
static inline void run_to(Running *running, int64_t end) {
    const Totals *totals = running->totals;
    for (; running->next < totals->length && totals->days[running->next] <= end; running->next++) {
        running->sum += running->counts_days ? 1 : totals->totals[running->next];
    }
    for (; running->first < running->next && totals->days[running->first] <= end - running->window; running->first++) {
        running->sum -= running->counts_days ? 1 : totals->totals[running->first];
    }
}

static inline Running running_at(const Totals *totals, bool counts_days, int64_t window, int64_t end) {
    uint32_t first = place_of_day(totals, end - window + 1);
    Running running = {totals, window, 0, first, first, counts_days};
    run_to(&running, end);
    return running;
}

#endif
