/* Checks of a component that was read: its shape has what it needs. */
#include "plan_parts.h"

static bool has_line(const ComponentOf *component) {
    for (uint32_t i = 1; i < component->points_length; i++) {
        if (!(component->points[i - 1].x < component->points[i].x)) return false;
    }
    return component->points_length > 0;
}

static bool is_shape(const Plan *plan, const ComponentOf *component, uint32_t signals) {
    bool has_a = is_number(component->a, signals);
    switch (component->kind) {
    case SHAPE_SHARE_OF_MAX: return has_a && is_number(component->b, plan->norm_entries);
    case SHAPE_CAPPED:
    case SHAPE_CADENCE:
    case SHAPE_MILESTONES: return has_a;
    case SHAPE_VS_OWN_PEAK:
    case SHAPE_TREND: return has_a && is_number(component->b, signals);
    case SHAPE_RATIO:
        return has_a && is_number_or_none(component->b, signals) && is_number_or_none(component->c, signals) &&
               is_number_or_none(component->d, signals);
    case SHAPE_LINEAR: return has_a && is_number_or_none(component->b, signals) && has_line(component);
    case SHAPE_VS_USUAL:
        return has_a && is_number(component->b, signals) && is_number_or_none(component->c, signals) &&
               has_line(component);
    case SHAPE_CATEGORY: return has_a && component->weights.length == component->texts_length;
    case SHAPE_BLEND:
        return component->parts.length > 0 && component->weights.length == component->parts.length &&
               are_weights(&component->weights);
    default: return false;
    }
}

void check_component(TableReader *reader, const Plan *plan, const ScorePlanOf *score_plan, uint32_t number) {
    const ComponentOf *component = &score_plan->components[number];
    uint32_t signals = score_plan->signals_length;
    if (!is_shape(plan, component, signals)) refuse(reader, "a component of the tables reads what is not there");
    if (!is_number_or_none(component->needs, signals)) refuse(reader, "a component needs a signal that is not there");
    for (uint32_t i = 0; i < component->exceptions_length; i++) {
        check_conditions(reader, score_plan, &component->exceptions[i].when);
    }
    bool is_sourced = is_number(component->source_slot, plan->latest_at.length);
    bool has_entry = is_number(component->source_entry, plan->norm_entries);
    bool has_none = component->source_slot == -1 && component->source_entry == -1;
    if (!has_none && !(is_sourced && has_entry)) refuse(reader, "a component has a source that is not there");
    for (uint32_t i = 0; i < component->factors_length; i++) {
        if (component->factors[i].signal >= signals) refuse(reader, "evidence is of no signal");
    }
}
