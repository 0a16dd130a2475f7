/* How judgements become a score, by weight, evidence and emphasis, with floors and tiers: scoring.plan.weighing,
 * scoring.plan.score_plan. Sums are in the model's order. */
#include "judge.h"

#include <math.h>

/* The weight that a judgement has: weight × evidence × (emphasis - (emphasis - 1) × judgement / 100). */
static double effective_weight(const ScorePlanOf *score_plan, double weight, double judgement, double evidence) {
    double emphasis = score_plan->emphasis, more = emphasis - 1.0;
    return weight * evidence * (emphasis - more * judgement / 100.0);
}

/* Of a model of plain weights the weight itself. */
static double weight_of(const ScorePlanOf *score_plan, const WeightsOf *weights, const Judged *judged, uint32_t number) {
    double weight = weights->weights.items[number];
    if (!score_plan->is_weighed) return weight;
    return effective_weight(score_plan, weight, judged->judgements[number], judged->evidence[number]);
}

/* The mean when some have no evidence: the others take over their share, each up to its limit, and the rest is neutral.
 * `evidence` is the sum of the weights with judgements. */
static double limited(const ScorePlanOf *score_plan, const WeightsOf *weights, const Judged *judged, double evidence) {
    double value = 0.0, taken = 0.0;
    for (uint32_t number = 0; number < weights->weights.length; number++) {
        double judgement = judged->judgements[number];
        if (isnan(judgement)) continue;
        double share = weight_of(score_plan, weights, judged, number) / evidence;
        double limit = weights->limits.items[number];
        if (limit < share) share = limit;
        value += share * judgement;
        taken += share;
    }
    double rest = 1.0 - (taken < 1.0 ? taken : 1.0);
    return value + rest * score_plan->neutral;
}

/* Whether some weight has less than all of its evidence. */
static bool lacks_evidence(const WeightsOf *weights, const Judged *judged) {
    for (uint32_t number = 0; number < weights->weights.length; number++) {
        if (weights->weights.items[number] == 0.0) continue;
        if (isnan(judged->judgements[number]) || judged->evidence[number] < 1.0) return true;
    }
    return false;
}

/* The score of a model with evidence, emphasis or a constant; NaN for none. */
static double weighed_mean(const ScorePlanOf *score_plan, const WeightsOf *weights, const Judged *judged) {
    double total = 0.0, heavy = 0.0;
    for (uint32_t number = 0; number < weights->weights.length; number++) {
        double judgement = judged->judgements[number];
        if (isnan(judgement)) continue;
        double effective = weight_of(score_plan, weights, judged, number);
        total += effective * judgement;
        heavy += effective;
    }
    double constant = score_plan->constant;
    if (constant != 0.0) return (total + constant * score_plan->neutral) / (heavy + constant);
    if (heavy == 0.0) return NAN;
    if (!lacks_evidence(weights, judged)) return total / heavy;
    return limited(score_plan, weights, judged, heavy);
}

/* Σ weight × evidence / Σ weight of the components that coverage is measured by. */
static double known_share(const WeightsOf *weights, const Judged *judged) {
    double known = 0.0, whole = 0.0;
    for (uint32_t number = 0; number < weights->known.length; number++) {
        double weight = weights->known.items[number];
        if (weight == 0.0) continue;
        whole += weight;
        if (!isnan(judged->judgements[number])) known += weight * judged->evidence[number];
    }
    return known / whole;
}

/* The score of a model of plain weights, and its coverage; NaN for none. */
static double plain_mean(const ScorePlanOf *score_plan, const WeightsOf *weights, const Judged *judged,
                         double *coverage) {
    double total = 0.0, evidence = 0.0;
    for (uint32_t number = 0; number < weights->weights.length; number++) {
        double weight = weights->weights.items[number], judgement = judged->judgements[number];
        if (!isnan(judgement)) {
            total += weight * judgement;
            evidence += weight;
        } else if (score_plan->adds_up && weight != 0.0) {
            return NAN;
        }
    }
    if (evidence == 0.0) return NAN;
    *coverage = evidence / weights->total;
    if (score_plan->adds_up) return total / 100.0;
    if (evidence >= weights->total) return total / evidence;
    return limited(score_plan, weights, judged, evidence);
}

/* The tier's number, 0 the worst, of a score 0-100; half-open, on the unrounded value. */
static int32_t tier_of(const ScorePlanOf *score_plan, double value) {
    int32_t tier = -1;
    while (tier + 1 < (int32_t)score_plan->tiers.length && score_plan->tiers.items[tier + 1] <= value) tier++;
    return tier;
}

/* The score within 0-100 and under the floors that hold. */
static double held_down(const ScorePlanOf *score_plan, double value, Bits triggered) {
    double held = value > 0.0 ? value : 0.0;
    if (held > 100.0) held = 100.0;
    for (uint32_t rule = 0; rule < score_plan->rules_length; rule++) {
        double to = score_plan->rules[rule].to;
        if (triggered >> rule & 1 && to < held) held = to;
    }
    return held;
}

bool combine(const ScorePlanOf *score_plan, const Judged *judged, int32_t number, Bits triggered, Evaluation *into) {
    const WeightsOf *weights = number < 0 ? &score_plan->own : &score_plan->profiles[number];
    double coverage = 0.0, value;
    if (score_plan->is_weighed) {
        value = weighed_mean(score_plan, weights, judged);
        if (!isnan(value)) coverage = known_share(weights, judged);
    } else {
        value = plain_mean(score_plan, weights, judged, &coverage);
    }
    into->exists = !isnan(value);
    into->standing = -1;
    if (!into->exists) return false;
    into->value = held_down(score_plan, value, triggered);
    into->tier = tier_of(score_plan, into->value);
    into->coverage = coverage;
    into->is_provisional = weights->is_provisional || coverage < score_plan->provisional_below;
    into->weights = number;
    into->triggered = triggered;
    into->watched = 0;
    return true;
}

/* A component's weight × evidence, with emphasis; 0 without a judgement. */
static double effective(const ScorePlanOf *score_plan, const WeightsOf *weights, const Judged *judged, uint32_t number) {
    return isnan(judged->judgements[number]) ? 0.0 : weight_of(score_plan, weights, judged, number);
}

void shares_of(const ScorePlanOf *score_plan, const Judged *judged, int32_t number, double *shares) {
    const WeightsOf *weights = number < 0 ? &score_plan->own : &score_plan->profiles[number];
    uint32_t length = weights->weights.length;
    double constant = score_plan->is_weighed ? score_plan->constant : 0.0, heavy = 0.0;
    bool adds_up = score_plan->adds_up && !score_plan->is_weighed;
    bool has_all = constant != 0.0 || (score_plan->is_weighed && !lacks_evidence(weights, judged));
    for (uint32_t each = 0; each < length; each++) {
        shares[each] = adds_up ? weights->weights.items[each] : effective(score_plan, weights, judged, each);
        heavy += shares[each];
    }
    double whole = adds_up ? 100.0 : constant != 0.0 ? heavy + constant : heavy;
    for (uint32_t each = 0; each < length; each++) {
        double limit = weights->limits.items[each];
        shares[each] /= whole;
        if (!adds_up && !has_all && limit < shares[each]) shares[each] = limit;
    }
}

void points_of(const ScorePlanOf *score_plan, const Judged *judged, const Evaluation *evaluation, double *points) {
    uint32_t length = score_plan->components_length;
    double taken = 0.0, total = 0.0;
    shares_of(score_plan, judged, evaluation->weights, points);
    for (uint32_t each = 0; each < length; each++) {
        taken += points[each];
        points[each] = isnan(judged->judgements[each]) ? 0.0 : points[each] * judged->judgements[each];
        total += points[each];
    }
    double *rest = points + length;
    rest[NEUTRAL_PART] = score_plan->adds_up ? 0.0 : (1.0 - (taken < 1.0 ? taken : 1.0)) * score_plan->neutral;
    total += rest[NEUTRAL_PART];
    double raised = total > 0.0 ? total : 0.0, within = raised < 100.0 ? raised : 100.0;
    rest[BOUNDS_PART] = within - total;
    rest[FLOOR_PART] = evaluation->value - within;
}
