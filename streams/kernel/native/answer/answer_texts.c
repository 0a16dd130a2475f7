/* Reads the texts of answers, as streams/kernel/answer_texts.py writes them, and checks them against the plan. */
#include "../plan/table_reader.h"
#include "answer.h"

static Texts read_texts(TableReader *reader, int64_t length) {
    Texts texts = {.length = read_length(reader)};
    if (length >= 0 && texts.length != (uint32_t)length) refuse(reader, "there is not a text for each");
    texts.items = take_block(reader, texts.length, sizeof *texts.items);
    for (uint32_t each = 0; each < texts.length; each++) texts.items[each] = read_text(reader);
    return texts;
}

static void read_details(TableReader *reader, AnswerTexts *texts, uint32_t signals) {
    texts->details_length = read_length(reader);
    texts->details = take_block(reader, texts->details_length, sizeof *texts->details);
    for (uint32_t each = 0; each < texts->details_length; each++) {
        DetailOf *detail = &texts->details[each];
        detail->signal = (uint32_t)read_between(reader, 0, (int64_t)signals - 1);
        detail->has_names = read_bool(reader);
        detail->texts = read_texts(reader, -1);
        if (!detail->texts.length) refuse(reader, "a detail has no text");
    }
}

static void read_signs(TableReader *reader, AnswerTexts *texts, uint32_t series) {
    texts->signs_length = read_length(reader);
    texts->signs = take_block(reader, texts->signs_length, sizeof *texts->signs);
    for (uint32_t each = 0; each < texts->signs_length; each++) {
        SignOf *sign = &texts->signs[each];
        sign->series = (uint32_t)read_between(reader, 0, (int64_t)series - 1);
        sign->days = read_between(reader, 0, INT32_MAX);
        sign->at_least = read_whole(reader);
        sign->least_days = read_whole(reader);
    }
}

static void read_sources(TableReader *reader, AnswerTexts *texts, uint32_t slots) {
    texts->sources = read_texts(reader, -1);
    texts->slots = read_numbers(reader);
    if (texts->slots.length != texts->sources.length) refuse(reader, "there is not a slot for each source");
    for (uint32_t each = 0; each < texts->slots.length; each++)
        if (texts->slots.items[each] < 0 || texts->slots.items[each] >= (int64_t)slots) refuse(reader, "there is no such slot");
}

const char *answer_texts_of(const Plan *plan, const uint8_t *bytes, size_t length, AnswerTexts *into) {
    TableReader reader = {.bytes = bytes, .length = length};
    const ScorePlanOf *primary = &plan->score_plans[0];
    AnswerTexts texts;
    texts.words = read_texts(&reader, WORDS);
    texts.tiers = read_texts(&reader, (int64_t)primary->tiers.length + 1);
    texts.components = read_texts(&reader, primary->components_length);
    texts.signals = read_texts(&reader, primary->signals_length);
    texts.profiles = read_texts(&reader, primary->profiles_length);
    texts.rules = read_texts(&reader, primary->rules_length);
    texts.standings = read_texts(&reader, primary->standings_length);
    read_sources(&reader, &texts, plan->latest_at.length);
    texts.mrr = read_between(&reader, -1, (int64_t)primary->signals_length - 1);
    texts.plan = read_between(&reader, -1, (int64_t)primary->signals_length - 1);
    read_details(&reader, &texts, primary->signals_length);
    read_signs(&reader, &texts, plan->count_series_length);
    if (texts.components.length > 128) refuse(&reader, "these are too many components");
    texts.blocks = reader.blocks;
    Block *before = reader.error ? reader.blocks : into->blocks;
    if (!reader.error) *into = texts;
    give_blocks(before);
    return reader.error;
}

void answer_texts_free(AnswerTexts *texts) { give_blocks(texts->blocks); }
