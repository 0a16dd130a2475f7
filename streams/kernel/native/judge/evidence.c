/* How much of its weight a judgement has, from the signals of an account: scoring.plan.components.evidence. */
#include "shapes.h"

/* One factor 0-1: x / (x + half), fade / (fade + x), or the way of x from one number to another; 0 for an unknown x. */
static double factor_at(const FactorOf *factor, double x) {
    if (isnan(x)) return 0.0;
    if (factor->kind == FACTOR_HALF) return x > 0.0 ? x / (x + factor->begin) : 0.0;
    if (factor->kind == FACTOR_FADE) return x > 0.0 ? factor->begin / (factor->begin + x) : 1.0;
    double way = (x - factor->begin) / (factor->end - factor->begin);
    double raised = way > 0.0 ? way : 0.0;
    return raised < 1.0 ? raised : 1.0;
}

/* The evidence of the part that has most; 1 when none is judged, so that a rule may decide instead. */
static double best_evidence(const Basis *basis, const ComponentOf *component) {
    double best = NAN;
    for (uint32_t part = 0; part < component->parts.length; part++) {
        int64_t number = component->parts.items[part];
        if (isnan(basis->others->judgements[number])) continue;
        double evidence = basis->others->evidence[number];
        if (isnan(best) || evidence > best) best = evidence;
    }
    return isnan(best) ? 1.0 : best;
}

/* That of the shape, unless an exception decides instead. */
static double own_evidence(Basis *basis, const ComponentOf *component) {
    if (component->kind != SHAPE_VS_USUAL && component->kind != SHAPE_BLEND) return 1.0;
    for (uint32_t each = 0; each < component->exceptions_length; each++)
        if (hold_for(basis, &component->exceptions[each].when)) return 1.0;
    return component->kind == SHAPE_BLEND ? best_evidence(basis, component) : usual_evidence(basis, component);
}

double evidence_of(Basis *basis, const ComponentOf *component) {
    double evidence = own_evidence(basis, component);
    for (uint32_t each = 0; each < component->factors_length; each++)
        evidence *= factor_at(&component->factors[each], number_of(basis, component->factors[each].signal));
    return evidence;
}
