/* The cached evaluations of one account, of which only what changed is judged again: scoring.plan.score_cache,
 * scoring.plan.standings, scoring.plan.watches. A cache is one block of memory. */
#include "shapes.h"

#include <string.h>

/* What is held of one score plan. */
typedef struct {
    Evaluation evaluation;
    Judged judged;
    uint64_t norm_version; /* of the cached judgements */
    bool has_norm;
} Held;

struct ScoreCache {
    Bits stale; /* of the components and conditions that must be judged again */
    Bits frozen_bits, frozen_rules, holding;
    Held held[];
};

static size_t numbers_length(const Plan *plan) {
    size_t length = 0;
    for (uint32_t number = 0; number < plan->score_plans_length; number++)
        length += 2 * (size_t)plan->score_plans[number].components_length;
    return length;
}

static size_t cache_size(const Plan *plan) {
    return sizeof(ScoreCache) + plan->score_plans_length * sizeof(Held) + numbers_length(plan) * sizeof(double);
}

/* The judgements lie behind the evaluations, in the same block. */
static void point_to_numbers(const Plan *plan, ScoreCache *cache) {
    double *numbers = (double *)(cache->held + plan->score_plans_length);
    for (uint32_t number = 0; number < plan->score_plans_length; number++) {
        uint32_t length = plan->score_plans[number].components_length;
        cache->held[number].judged = (Judged){.judgements = numbers, .evidence = numbers + length};
        numbers += 2 * (size_t)length;
    }
}

ScoreCache *score_cache_new(const Plan *plan) {
    ScoreCache *cache = take_memory(1, cache_size(plan));
    cache->stale = ~(Bits)0;
    point_to_numbers(plan, cache);
    for (uint32_t number = 0; number < plan->score_plans_length; number++) {
        Held *held = &cache->held[number];
        held->evaluation.standing = held->evaluation.weights = -1;
        for (uint32_t each = 0; each < plan->score_plans[number].components_length; each++) {
            held->judged.judgements[each] = NAN;
            held->judged.evidence[each] = 1.0;
        }
    }
    return cache;
}

void score_cache_free(const Plan *plan, ScoreCache *cache) {
    (void)plan;
    give_memory(cache);
}

ScoreCache *score_cache_copy(const Plan *plan, const ScoreCache *cache) {
    ScoreCache *copy = take_memory(1, cache_size(plan));
    memcpy(copy, cache, cache_size(plan));
    point_to_numbers(plan, copy);
    return copy;
}

const Judged *score_judged(const ScoreCache *cache, uint32_t score_plan) { return &cache->held[score_plan].judged; }

const Evaluation *score_held(const ScoreCache *cache, uint32_t score_plan) {
    return &cache->held[score_plan].evaluation;
}

void score_freeze(const Plan *plan, ScoreCache *cache, Bits bits, const Judged *stands, Bits rules, Bits holding) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    Held *held = &cache->held[0];
    for (uint32_t number = 0; number < primary->components_length; number++) {
        if (!(bits & primary->components[number].bit)) continue;
        held->judged.judgements[number] = stands->judgements[number];
        held->judged.evidence[number] = stands->evidence[number];
    }
    cache->frozen_bits = bits;
    cache->frozen_rules = rules;
    cache->holding = holding;
    cache->stale |= primary->mask;
    if (held->evaluation.exists) held->evaluation.version++;
    held->evaluation.exists = false;
}

Bits score_frozen(const ScoreCache *cache) { return cache->frozen_bits; }

/* Whether two numbers are equal, or both unknown. */
static bool is_same(double one, double other) { return one == other || (isnan(one) && isnan(other)); }

/* Judges the components with these bits, in order. True when a judgement changed, or its evidence. */
static bool judge_again(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const Norm *norm, Bits stale,
                        Judged *judged) {
    bool changed = false;
    stale &= ~score_plan->conditions_bit;
    for (uint32_t place = 0; stale != 0 && place < score_plan->order.length; place++) {
        uint32_t number = (uint32_t)score_plan->order.items[place];
        const ComponentOf *component = &score_plan->components[number];
        if (!(stale & component->bit)) continue;
        stale ^= component->bit;
        Basis basis = {.plan = plan, .score_plan = score_plan, .account = account, .norm = norm, .others = judged};
        double judgement = judgement_of(&basis, component);
        if (component->has_evidence) {
            double evidence = evidence_of(&basis, component);
            if (evidence != judged->evidence[number]) {
                judged->evidence[number] = evidence;
                changed = true;
            }
            if (evidence == 0.0) judgement = NAN;
        }
        if (!is_same(judgement, judged->judgements[number])) {
            judged->judgements[number] = judgement;
            changed = true;
        }
    }
    return changed;
}

/* The first profile whose conditions hold, by number; -1 for the model's own weights. */
static int32_t weights_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account) {
    for (uint32_t number = 0; number < score_plan->profiles_length; number++)
        if (conditions_hold(plan, score_plan, account, &score_plan->profiles[number].when)) return (int32_t)number;
    return -1;
}

/* The floors and flags that hold; what stands still of them as it stands. */
static Bits triggered_rules(const Plan *plan, const ScorePlanOf *score_plan, Account *account, Bits frozen,
                            Bits holding) {
    Bits triggered = frozen & holding;
    for (uint32_t number = 0; number < score_plan->rules_length; number++) {
        Bits bit = (Bits)1 << number;
        if (!(frozen & bit) && conditions_hold(plan, score_plan, account, &score_plan->rules[number].when))
            triggered |= bit;
    }
    return triggered;
}

static Bits watches_that_hold(const Plan *plan, const ScorePlanOf *score_plan, Account *account) {
    Bits watched = 0;
    for (uint32_t number = 0; number < score_plan->watches_length; number++)
        if (conditions_hold(plan, score_plan, account, &score_plan->watches[number])) watched |= (Bits)1 << number;
    return watched;
}

/* No score while the account is in a standing. */
static const Evaluation *hold_standing(Evaluation *held, int32_t standing) {
    if (held->exists || held->standing != standing) held->version++;
    held->exists = false;
    held->standing = standing;
    return held;
}

/* Judges the conditions of the model, and the score where something changed: the second half of ScoreCache.refresh. */
static const Evaluation *evaluate(const Plan *plan, const ScorePlanOf *score_plan, Account *account, Held *held,
                                  bool conditions_stale, bool changed, Bits frozen, Bits holding) {
    Evaluation *evaluation = &held->evaluation;
    bool existed = evaluation->exists, tests = !existed || (conditions_stale && score_plan->has_conditions);
    if (score_plan->standings_length && (!existed || conditions_stale)) {
        int32_t standing = standing_of(plan, score_plan, account);
        if (standing >= 0) return hold_standing(evaluation, standing);
    }
    int32_t weights = evaluation->weights;
    Bits triggered = evaluation->triggered, watched = evaluation->watched;
    if (tests) {
        weights = weights_of(plan, score_plan, account);
        triggered = triggered_rules(plan, score_plan, account, frozen, holding);
        watched = watches_that_hold(plan, score_plan, account);
        changed = changed || !existed || weights != evaluation->weights || triggered != evaluation->triggered;
    }
    bool had_either = existed || evaluation->standing >= 0;
    if (changed) combine(score_plan, &held->judged, weights, triggered, evaluation);
    bool has_another = changed || watched != evaluation->watched;
    if (has_another && (had_either || evaluation->exists)) evaluation->version++;
    evaluation->watched = watched;
    return evaluation;
}

const Evaluation *score_refresh(const Plan *plan, uint32_t number, Account *account, const Norm *norm) {
    const ScorePlanOf *score_plan = &plan->score_plans[number];
    ScoreCache *cache = account->scores;
    Held *held = &cache->held[number];
    uint64_t norm_version = norm ? norm->version : 0;
    cache->stale |= account->changed_dependents;
    account->changed_dependents = 0;
    if (!held->has_norm || held->norm_version != norm_version) {
        held->has_norm = true;
        held->norm_version = norm_version;
        cache->stale |= score_plan->norm_dependents;
    }
    Bits stale = cache->stale & score_plan->mask & ~cache->frozen_bits;
    if (stale == 0) return &held->evaluation;
    cache->stale ^= stale;
    bool changed = judge_again(plan, score_plan, account, norm, stale, &held->judged);
    Bits frozen = number == 0 ? cache->frozen_rules : 0;
    bool conditions_stale = (stale & score_plan->conditions_bit) != 0;
    return evaluate(plan, score_plan, account, held, conditions_stale, changed, frozen, cache->holding);
}

bool score_is_fresh(const Plan *plan, uint32_t number, const Account *account, const Norm *norm) {
    const ScoreCache *cache = account->scores;
    const Held *held = &cache->held[number];
    Bits stale = (cache->stale | account->changed_dependents) & plan->score_plans[number].mask & ~cache->frozen_bits;
    return stale == 0 && held->has_norm && held->norm_version == norm->version;
}
