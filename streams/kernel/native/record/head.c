/* Whole records. All numbers of ranks, prefixes and keys are big-endian, so that their bytes sort as the numbers do. */
#include "head.h"

#include "../core/checksums.h"
#include "../pack/pack.h"

#define FEW_PAIRS 0x80 /* of MessagePack, as that below */
#define PAIRS_FOLLOW 0xde
#define FEW 16

static const char OWN_KIND[OWN_KINDS] = {[OWN_DAY] = 't', [OWN_TOTALS] = 'l', [OWN_ITEMS] = 'o', [OWN_IDS] = 'i'};

static void put_eight_of_real(Out *out, double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    put_big_eight(out, bits);
}

void begin_record(Out *out, RecordRank rank) {
    put_byte(out, SCHEMA);
    put_big_four(out, rank.epoch);
    put_big_eight(out, rank.version);
}

void end_record(Out *out) {
    uint32_t checksum = crc32_of(out->bytes, out->length);
    put_bytes(out, &checksum, sizeof checksum);
}

/* Points of zero are left out: alerts.transition.baseline_of. */
static void put_baseline(Out *out, const BaselineTexts *texts, const ScorePlanOf *primary, const Evaluation *evaluation,
                         const Judged *judged) {
    double points[PARTS_MAX];
    uint32_t length = primary->components_length + PARTS_OF_NONE, written = 0;
    if (length > texts->parts_length || (uint32_t)evaluation->tier >= texts->tiers_length)
        fault("a baseline has no names for its parts");
    points_of(primary, judged, evaluation, points);
    for (uint32_t each = 0; each < length; each++) written += points[each] != 0.0;
    put_plain(out, texts->begin);
    put_pack_real(out, evaluation->value);
    put_plain(out, texts->tiers[evaluation->tier]);
    put_byte(out, written < FEW ? (uint8_t)(FEW_PAIRS | written) : PAIRS_FOLLOW);
    if (written >= FEW) put_bytes(out, (uint8_t[]){(uint8_t)(written >> 8), (uint8_t)written}, 2);
    for (uint32_t each = 0; each < length; each++) {
        if (points[each] == 0.0) continue;
        put_plain(out, texts->parts[each]);
        put_pack_real(out, points[each]);
    }
}

void begin_head(Out *out, const Heading *heading, const BaselineTexts *texts, const ScorePlanOf *primary,
                const Judged *judged) {
    begin_record(out, heading->rank);
    put_big_eight(out, (uint64_t)heading->due_at_ms);
    put_big_eight(out, (uint64_t)heading->flush);
    put_byte(out, (uint8_t)heading->tier);
    put_eight_of_real(out, heading->mrr);
    put_byte(out, heading->has_cases);
    size_t length_at = out->length;
    put_bytes(out, (uint32_t[]){0}, sizeof(uint32_t));
    put_plain(out, heading->before);
    if (heading->judged) put_baseline(out, texts, primary, heading->judged, judged);
    put_plain(out, heading->after);
    uint32_t length = (uint32_t)(out->length - length_at - sizeof length);
    memcpy(out->bytes + length_at, &length, sizeof length);
}

void put_own_key(Out *out, const Name *name, Text account_id) {
    put_byte(out, (uint8_t)OWN_KIND[name->kind]);
    if (name->kind == OWN_ITEMS)
        put_big_eight(out, name->number);
    else
        put_big_four(out, (uint32_t)name->number);
    put_plain(out, account_id);
}

void baseline_texts_free(BaselineTexts *texts) {
    give_memory(texts->tiers);
    give_memory(texts->parts);
    give_memory(texts->memory);
    *texts = (BaselineTexts){0};
}
