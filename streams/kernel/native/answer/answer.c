/* The content of an answer, part after part, in the order of `ScoreContent`. */
#include "../state/ids.h"
#include "../text/texts.h"
#include "answer.h"

#include <math.h>

#define COMPONENTS_MAX 128
#define BEHIND_MAX 64
#define DUE 2 /* scoring.plan.signals.milestones */

typedef struct {
    Out *out;
    const Plan *plan;
    const ScorePlanOf *primary;
    const AnswerTexts *texts;
    Account *account;
    const Evaluation *evaluation;
} Writing;

static void put_word_of(const Writing *writing, Word word) { put_plain(writing->out, writing->texts->words.items[word]); }

/* A comma before all but the first. */
static void put_item(Out *out, bool *has_one, Text text) {
    if (*has_one) put_byte(out, ',');
    *has_one = true;
    put_plain(out, text);
}

static void put_components(const Writing *writing) {
    Out *out = writing->out;
    const Judged *judged = score_judged(writing->account->scores, 0);
    double shares[COMPONENTS_MAX];
    bool has_one = false;
    shares_of(writing->primary, judged, writing->evaluation->weights, shares);
    for (uint32_t each = 0; each < writing->texts->components.length; each++) {
        double judgement = judged->judgements[each], share = isnan(judgement) ? 0.0 : shares[each];
        put_item(out, &has_one, writing->texts->components.items[each]);
        put_json_real(out, judgement);
        put_word_of(writing, WORD_POINTS);
        put_json_real(out, isnan(judgement) ? 0.0 : share * judgement);
        put_word_of(writing, WORD_POSSIBLE);
        put_json_real(out, 100.0 * share);
        put_word_of(writing, WORD_EVIDENCE);
        put_json_real(out, writing->primary->is_weighed ? judged->evidence[each] : 1.0);
        put_byte(out, '}');
    }
}

static void put_fact(Out *out, const Fact *fact) {
    switch (fact->kind) {
    case FACT_NUMBER:
        if (fact->is_whole)
            put_json_whole(out, (int64_t)fact->number);
        else
            put_json_real(out, fact->number);
        break;
    case FACT_TEXT: put_json_text(out, fact->text); break;
    case FACT_INSTANT: put_json_instant(out, fact->instant_ms); break;
    default: put_bytes(out, "null", 4);
    }
}

static Fact fact_by(const Writing *writing, uint32_t signal) {
    return signal_fact(writing->plan, writing->primary, writing->account, signal);
}

static void put_facts(const Writing *writing) {
    bool has_one = false;
    for (uint32_t each = 0; each < writing->texts->signals.length; each++) {
        put_item(writing->out, &has_one, writing->texts->signals.items[each]);
        Fact fact = fact_by(writing, each);
        put_fact(writing->out, &fact);
    }
}

/* A fact that is a text, or one that is none; null for others. */
static void put_fact_if(const Writing *writing, int64_t signal, bool is_text) {
    Fact fact = {.kind = FACT_UNKNOWN};
    if (signal >= 0) fact = fact_by(writing, (uint32_t)signal);
    if ((fact.kind != FACT_NUMBER) != is_text) fact.kind = FACT_UNKNOWN;
    put_fact(writing->out, &fact);
}

/* The names of what is due, none when nothing is. */
static bool put_names(Out *out, const Texts *texts, const int64_t *behind, uint32_t length) {
    bool has_one = false;
    for (uint32_t each = 0; each < length; each++) {
        if (behind[each] != DUE) continue;
        if (!has_one) put_plain(out, texts->items[0]);
        put_item(out, &has_one, texts->items[1 + each]);
    }
    if (has_one) put_bytes(out, "]}", 2);
    return has_one;
}

static bool put_numbers_behind(Out *out, const Texts *texts, const int64_t *behind, uint32_t length) {
    put_plain(out, texts->items[0]);
    for (uint32_t each = 0; each < length; each++) {
        put_plain(out, texts->items[1 + each]);
        put_json_whole(out, behind[each]);
    }
    put_byte(out, '}');
    return true;
}

static bool put_details(const Writing *writing) {
    Out *out = writing->out;
    bool has_one = false;
    for (uint32_t each = 0; each < writing->texts->details_length; each++) {
        const DetailOf *detail = &writing->texts->details[each];
        int64_t behind[BEHIND_MAX];
        if (behind_room(writing->plan, &writing->primary->signals[detail->signal]) > BEHIND_MAX) return false;
        uint32_t length = signal_behind(writing->plan, writing->primary, writing->account, detail->signal, behind);
        if (length >= detail->texts.length) return false;
        if (!length) continue;
        size_t begin = out->length;
        if (has_one)
            put_byte(out, ',');
        else
            put_word_of(writing, WORD_DETAILS);
        bool is_put = (detail->has_names ? put_names : put_numbers_behind)(out, &detail->texts, behind, length);
        if (!is_put) out->length = begin;
        has_one = has_one || is_put;
    }
    if (has_one) put_byte(out, '}');
    return true;
}

/* Without a score a rule counts that holds. */
static bool is_flagged(const Writing *writing, uint32_t rule) {
    if (writing->evaluation->exists) return writing->evaluation->triggered >> rule & 1;
    return conditions_hold(writing->plan, writing->primary, writing->account, &writing->primary->rules[rule].when);
}

static void put_flags(const Writing *writing) {
    bool has_one = false;
    for (uint32_t rule = 0; rule < writing->texts->rules.length; rule++) {
        if (!is_flagged(writing, rule)) continue;
        if (!has_one) put_word_of(writing, WORD_FLAGS);
        put_item(writing->out, &has_one, writing->texts->rules.items[rule]);
    }
    if (has_one) put_byte(writing->out, ']');
}

static void put_sources(const Writing *writing) {
    bool has_one = false;
    for (uint32_t each = 0; each < writing->texts->sources.length; each++) {
        int64_t at_ms = writing->account->latest_at[writing->texts->slots.items[each]];
        if (at_ms < 0) continue;
        if (!has_one) put_word_of(writing, WORD_SOURCES);
        put_item(writing->out, &has_one, writing->texts->sources.items[each]);
        put_json_instant(writing->out, at_ms);
    }
    if (has_one) put_byte(writing->out, '}');
}

static void put_score(const Writing *writing) {
    const Evaluation *evaluation = writing->evaluation;
    const Texts *tiers = &writing->texts->tiers; /* the last one is that of no score */
    bool exists = evaluation->exists;
    put_json_real(writing->out, exists ? evaluation->value : NAN);
    put_plain(writing->out, tiers->items[exists ? (uint32_t)evaluation->tier : tiers->length - 1]);
    put_json_real(writing->out, exists ? evaluation->coverage : 0.0);
    put_word_of(writing, WORD_COMPONENTS);
    if (exists) put_components(writing);
}

/* Up to the details. */
static void put_numbers_of(const Writing *writing, Text account_id) {
    Out *out = writing->out;
    put_word_of(writing, WORD_ACCOUNT);
    put_plain(out, account_id);
    put_word_of(writing, WORD_SCORE);
    put_score(writing);
    put_word_of(writing, WORD_FACTS);
    put_facts(writing);
    put_word_of(writing, WORD_MRR);
    put_fact_if(writing, writing->texts->mrr, false);
    put_word_of(writing, WORD_PLAN);
    put_fact_if(writing, writing->texts->plan, true);
    if (writing->account->first_ms == FAR) return;
    put_word_of(writing, WORD_FIRST_EVENT);
    put_json_whole(out, writing->account->first_ms);
}

static bool is_usual(const Writing *writing) {
    const Evaluation *evaluation = writing->evaluation;
    if (!evaluation->exists && evaluation->standing < 0) return false;
    if (writing->account->is_past_bounds || ids_are_full(writing->account->ids)) return false;
    for (uint32_t each = 0; each < writing->texts->signs_length; each++)
        if (has_sign(writing->plan, writing->account, &writing->texts->signs[each])) return false;
    return true;
}

bool put_content(Out *out, const Plan *plan, const AnswerTexts *texts, Account *account, const AnswerParts *parts) {
    const Evaluation *evaluation = score_held(account->scores, 0);
    Writing writing = {out, plan, &plan->score_plans[0], texts, account, evaluation};
    if (!is_usual(&writing)) return false;
    put_numbers_of(&writing, parts->account_id);
    if (!put_details(&writing)) return false;
    put_plain(out, parts->norm);
    if (evaluation->exists && evaluation->is_provisional) put_word_of(&writing, WORD_PROVISIONAL);
    if (evaluation->exists && evaluation->weights >= 0) {
        put_word_of(&writing, WORD_PROFILE);
        put_plain(out, texts->profiles.items[evaluation->weights]);
    }
    put_flags(&writing);
    put_plain(out, parts->changes);
    if (!evaluation->exists) put_plain(out, texts->standings.items[evaluation->standing]);
    put_sources(&writing);
    put_plain(out, parts->cases);
    put_byte(out, '}');
    return true;
}

void put_position(Out *out, const AnswerTexts *texts, const Account *account, const Position *position) {
    char room[INSTANT_ROOM];
    Text shown = instant_text(account->as_of_ms, room);
    room[10] = 'T'; /* RFC 3339 */
    out->length--;
    put_plain(out, texts->words.items[WORD_AS_OF]);
    put_plain(out, shown);
    put_plain(out, texts->words.items[WORD_AS_OF_MS]);
    put_json_whole(out, account->as_of_ms);
    put_plain(out, texts->words.items[WORD_GENERATION]);
    put_json_whole(out, (int64_t)position->generation);
    put_plain(out, texts->words.items[WORD_VERSION]);
    put_json_whole(out, (int64_t)position->version);
    put_plain(out, position->norm_as_of);
    put_plain(out, texts->words.items[WORD_APPLIED]);
    for (uint32_t each = 0; each < position->applied_length; each++) {
        if (each) put_byte(out, ',');
        put_json_whole(out, position->applied[each]);
    }
    put_bytes(out, "]}", 2);
}
