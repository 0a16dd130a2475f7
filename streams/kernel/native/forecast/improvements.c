/* The search for improvements. It asks the same questions as `_Search` of scoring.explain.forecast; a fork that grows by
 * more of the same stands for forks from the beginning. */
#include "improvements.h"

#include "repeats.h"

#include <string.h>

static const int64_t STEPS[] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144};

#define STEPS_LENGTH (sizeof STEPS / sizeof *STEPS)
#define OFTEN 5 /* about how often adjustments are applied to see which help most */

/* Two lists of adjustments in one; returns the length. */
static uint32_t with(const Applied *others, uint32_t length, int64_t number, uint32_t kind, Applied *into) {
    for (uint32_t each = 0; each < length; each++) into[each] = others[each];
    into[length] = (Applied){number, kind};
    return length + 1;
}

/* Whether a fork grows to what stands for a new one: closing some and then more may close others than closing all. */
static bool grows(const AdjustmentOf *kind) { return !kind->is_value && kind->closes < 0; }

/* Whether `number` of a kind lift, beside the others. `*fork` has `*held` of it; it grows, or gives way to a new one. */
static bool lifts_at(Search *search, Account **fork, int64_t *held, const Applied *others, uint32_t length, uint32_t kind,
                     int64_t number) {
    if (!grows(&search->kinds[kind]) || *held > number) {
        account_free(search->fold.plan, *fork);
        *fork = fork_with(search, others, length);
        *held = 0;
    }
    apply_more(search, *fork, kind, greatest(*held, 0), number);
    *held = number;
    return is_lifted(search, *fork);
}

/* Between a number that does not lift and one that does: the least that does. */
static int64_t least_between(Search *search, const Applied *others, uint32_t length, uint32_t kind, int64_t low,
                             int64_t high) {
    Applied all[2];
    while (high - low > 1) {
        int64_t middle = floor_div(low + high, 2);
        if (lifts(search, all, with(others, length, middle, kind, all))) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* The least number of a kind that lifts the tier, together with at most one other; 0 when none does. */
static int64_t least_that_lifts(Search *search, uint32_t number, const Applied *others, uint32_t length) {
    const AdjustmentOf *kind = &search->kinds[number];
    int64_t low = kind->least - 1, high = kind->least, held = 0;
    Applied all[2];
    if (kind->is_value && lifts(search, all, with(others, length, low, number, all)))
        return 0; /* the event itself lifts, whatever the value */
    Account *fork = fork_with(search, others, length);
    while (!lifts_at(search, &fork, &held, others, length, number, high)) {
        low = high;
        if (high >= kind->most || (high == kind->least && never_lifts(search, fork, number))) break;
        high = least(kind->most, high > 0 ? 2 * high : high + 1);
    }
    account_free(search->fold.plan, fork);
    return low == high ? 0 : least_between(search, others, length, number, low, high);
}

/* Whether both of a pair are needed, and one less of either does not lift the tier. */
static bool is_tight(Search *search, const Applied *pair) {
    for (uint32_t place = 0; place < 2; place++) {
        const AdjustmentOf *kind = &search->kinds[pair[place].kind];
        Applied rest = pair[1 - place], less[2];
        uint32_t length = 1;
        less[0] = rest;
        if (pair[place].number > kind->least || kind->is_value)
            length = with(&rest, 1, pair[place].number - 1, pair[place].kind, less);
        if (pair[place].number < kind->least || lifts(search, less, length) || lifts(search, &rest, 1)) return false;
    }
    return true;
}

/* The adjustments that raise the score most when applied about five times, the best first; returns how many. */
static uint32_t most_helpful(Search *search, uint32_t *helpful) {
    double values[PAIRED_MAX + 1];
    uint32_t length = 0;
    for (uint32_t number = 0; number < search->kinds_length; number++) {
        const AdjustmentOf *kind = &search->kinds[number];
        Applied often = {least(kind->most, greatest(kind->least, OFTEN)), number};
        Account *fork = fork_with(search, &often, 1);
        const Evaluation *now = evaluation_now(search, fork);
        double value = now->exists ? now->value : search->value;
        account_free(search->fold.plan, fork);
        if (!(value > search->value)) continue;
        uint32_t place = length;
        for (; place > 0 && values[place - 1] < value; place--) {
            values[place] = values[place - 1];
            helpful[place] = helpful[place - 1];
        }
        values[place] = value;
        helpful[place] = number;
        if (length < PAIRED_MAX) length++;
    }
    return length;
}

/* The best pair of two kinds, if it is better than the pair so far, of which `*has` says whether there is one. */
static void try_pair(Search *search, uint32_t one, uint32_t other, Applied *best, bool *has) {
    const AdjustmentOf *kind = &search->kinds[one];
    for (uint32_t step = 0; step < STEPS_LENGTH; step++) {
        int64_t number = STEPS[step];
        if (number < kind->least || number > kind->most) continue;
        if (*has && number + search->kinds[other].least >= best[0].number + best[1].number) continue;
        Applied first = {number, one}, second = {0, other};
        second.number = least_that_lifts(search, other, &first, 1);
        if (!second.number || (*has && number + second.number >= best[0].number + best[1].number)) continue;
        Applied pair[2] = {{least_that_lifts(search, one, &second, 1), one}, second};
        if (!is_tight(search, pair)) continue;
        memcpy(best, pair, sizeof pair);
        *has = true;
    }
}

static bool find_pair(Search *search, Applied *best) {
    uint32_t helpful[PAIRED_MAX + 1];
    uint32_t length = most_helpful(search, helpful);
    bool has = false;
    for (uint32_t one = 0; one < length; one++)
        for (uint32_t other = one + 1; other < length; other++)
            try_pair(search, helpful[one], helpful[other], best, &has);
    return has;
}

/* Single adjustments that lift, the smallest number first, of equal ones in the model's order; at most PAIRED_MAX. */
static uint32_t find_singles(Search *search, Improvement *found) {
    uint32_t length = 0;
    for (uint32_t kind = 0; kind < search->kinds_length; kind++) {
        int64_t number = least_that_lifts(search, kind, NULL, 0);
        if (number == 0) continue;
        uint32_t place = length;
        for (; place > 0 && found[place - 1].applied[0].number > number; place--) found[place] = found[place - 1];
        found[place] = (Improvement){.length = 1, .applied = {{number, kind}}};
        if (length < PAIRED_MAX) length++;
    }
    return length;
}

uint32_t find_improvements(Search *search, Improvement *found) {
    uint32_t length = find_singles(search, found);
    if (find_pair(search, found[length].applied)) found[length++].length = 2;
    for (uint32_t each = 0; each < length; each++) {
        Account *fork = fork_with(search, found[each].applied, found[each].length);
        found[each].tier = evaluation_now(search, fork)->tier;
        account_free(search->fold.plan, fork);
    }
    return length;
}
