/* One component from its table: see streams/kernel/component_tables.py. */
#include "plan_parts.h"

static void read_shape(TableReader *reader, ComponentOf *component) {
    component->kind = (ShapeKind)read_between(reader, 0, SHAPE_KINDS - 1);
    component->a = read_whole(reader);
    component->b = read_whole(reader);
    component->c = read_whole(reader);
    component->d = read_whole(reader);
    component->n = read_between(reader, 0, SPAN_MAX);
    component->x = read_real(reader);
    component->y = read_real(reader);
    component->z = read_real(reader);
    component->is_inverse = read_bool(reader);
    component->points_length = read_length(reader);
    component->points = take_block(reader, component->points_length, sizeof *component->points);
    for (uint32_t i = 0; i < component->points_length; i++) {
        component->points[i].x = read_real(reader);
        component->points[i].y = read_real(reader);
    }
    component->parts = read_numbers(reader);
    component->weights = read_reals(reader);
    component->texts_length = read_length(reader);
    component->texts = take_block(reader, component->texts_length, sizeof *component->texts);
    for (uint32_t i = 0; i < component->texts_length; i++) component->texts[i] = read_text(reader);
}

static void read_exceptions(TableReader *reader, ComponentOf *component) {
    component->needs = read_whole(reader);
    component->exceptions_length = read_length(reader);
    component->exceptions = take_block(reader, component->exceptions_length, sizeof *component->exceptions);
    for (uint32_t i = 0; i < component->exceptions_length; i++) {
        component->exceptions[i].when = conditions_of(reader);
        component->exceptions[i].judgement = read_real(reader);
    }
}

static void read_factors(TableReader *reader, ComponentOf *component) {
    component->factors_length = read_length(reader);
    component->factors = take_block(reader, component->factors_length, sizeof *component->factors);
    for (uint32_t i = 0; i < component->factors_length; i++) {
        FactorOf *factor = &component->factors[i];
        factor->kind = (FactorKind)read_between(reader, FACTOR_HALF, FACTOR_WAY);
        factor->signal = (uint32_t)read_between(reader, 0, UINT32_MAX);
        factor->begin = read_real(reader);
        factor->end = read_real(reader);
    }
}

ComponentOf component_of(TableReader *reader) {
    ComponentOf component;
    read_shape(reader, &component);
    read_exceptions(reader, &component);
    component.source_slot = read_whole(reader);
    component.source_entry = read_whole(reader);
    component.has_evidence = read_bool(reader);
    read_factors(reader, &component);
    component.bit = read_bits(reader);
    return component;
}
