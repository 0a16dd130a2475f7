/* The judgement of a component by its shape, with its source and its exceptions: scoring.plan.components.{blend,
 * categories, excepted, sourced}. */
#include "shapes.h"

#include "signals.h"

/* The judgement that a text maps to; none for an instant, which a checked model judges by no text. */
static double judge_category(const Basis *basis, const ComponentOf *component) {
    Fact fact = signal_fact(basis->plan, basis->score_plan, basis->account, (uint32_t)component->a);
    if (fact.kind != FACT_TEXT) return NAN;
    for (uint32_t each = 0; each < component->texts_length; each++)
        if (is_same_text(component->texts[each], fact.text)) return component->weights.items[each];
    return component->z;
}

/* 100 × the weight reached / the weight of milestones that are reached or due. */
static double judge_milestones(const Basis *basis, const ComponentOf *component) {
    const SignalOf *signal = &basis->score_plan->signals[component->a];
    int64_t age = age_ms(basis->plan, basis->account);
    double reached = 0.0, due = 0.0;
    for (uint32_t step = 0; step < signal->parts.length; step++) {
        double weight = signal->weights.items[step];
        if (basis->account->first_at[signal->parts.items[step]] < FAR) {
            reached += weight;
            due += weight;
        } else if (age >= signal->dues.items[step]) {
            due += weight;
        }
    }
    return due != 0.0 ? 100.0 * reached / due : NAN;
}

/* The mean of the parts' judgements, weighted by weight × evidence. */
static double judge_blend(const Basis *basis, const ComponentOf *component) {
    double total = 0.0, evidence = 0.0;
    for (uint32_t part = 0; part < component->parts.length; part++) {
        int64_t number = component->parts.items[part];
        double judgement = basis->others->judgements[number];
        if (isnan(judgement)) continue;
        double counted = component->weights.items[part] * basis->others->evidence[number];
        total += counted * judgement;
        evidence += counted;
    }
    return evidence != 0.0 ? total / evidence : NAN;
}

static double judge_shape(Basis *basis, const ComponentOf *component) {
    switch (component->kind) {
    case SHAPE_SHARE_OF_MAX: return judge_share_of_max(basis, component);
    case SHAPE_CAPPED: return judge_capped(basis, component);
    case SHAPE_VS_OWN_PEAK: return judge_vs_own_peak(basis, component);
    case SHAPE_TREND: return judge_trend(basis, component);
    case SHAPE_RATIO: return judge_ratio(basis, component);
    case SHAPE_LINEAR: return judge_linear(basis, component);
    case SHAPE_VS_USUAL: return judge_vs_usual(basis, component);
    case SHAPE_CADENCE: return judge_cadence(basis, component);
    case SHAPE_CATEGORY: return judge_category(basis, component);
    case SHAPE_MILESTONES: return judge_milestones(basis, component);
    case SHAPE_BLEND: return judge_blend(basis, component);
    default: fault("a component has no shape that is known");
    }
}

/* Whether the account itself, or any account by the cohort norm, ever had an event of the component's source. */
static bool is_connected(const Basis *basis, const ComponentOf *component) {
    if (component->source_slot < 0 || basis->account->latest_at[component->source_slot] >= 0) return true;
    return norm_of(basis, component->source_entry) > 0.0;
}

double judgement_of(Basis *basis, const ComponentOf *component) {
    if (!is_connected(basis, component)) return NAN;
    if (component->needs >= 0 && !(number_of(basis, component->needs) > 0.0)) return NAN;
    for (uint32_t each = 0; each < component->exceptions_length; each++) {
        const ExceptionOf *exception = &component->exceptions[each];
        if (hold_for(basis, &exception->when)) return exception->judgement;
    }
    return judge_shape(basis, component);
}
