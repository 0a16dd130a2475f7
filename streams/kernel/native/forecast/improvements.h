/* The smallest adjustments that lift an account one tier: scoring.explain.forecast.improvements_of. */
#ifndef VITALS_IMPROVEMENTS_H
#define VITALS_IMPROVEMENTS_H

#include "adjustments.h"

#define PAIRED_MAX 4 /* single ones, and adjustments that are tried in pairs */

typedef struct {
    uint32_t length; /* 1 or 2 */
    Applied applied[2];
    int32_t tier;
} Improvement;

/* Single ones, the smallest first, then one pair. Returns how many there are. */
uint32_t find_improvements(Search *search, Improvement *found); /* room for PAIRED_MAX + 1 */

#endif
