/* The part of a head that is Python's, and the cases in it as looks have left them. */
#include "head_part.h"

#include "../pack/pack.h"

#define SNAPSHOT_LENGTH 7 /* values of `_Kept` in streams.engine.matters.cases_matter */

/* As it is in bytes. */
typedef struct {
    int64_t control, due_ms;
    uint32_t lengths[PART_TEXTS];
    uint8_t has_cases, is_tracked;
} PartBegin;

#define PART_BEGIN_SIZE (offsetof(PartBegin, is_tracked) + 1)

/* As it is in bytes; its bounds follow, each a double. */
typedef struct {
    uint32_t offset;
    int32_t track;
    uint32_t bounds_length;
} Cut;

bool read_head_part(Text bytes, HeadPart *into) {
    PartBegin begin;
    if (bytes.length < PART_BEGIN_SIZE) return false;
    memcpy(&begin, bytes.bytes, PART_BEGIN_SIZE);
    uint64_t at = PART_BEGIN_SIZE;
    for (uint32_t each = 0; each < PART_TEXTS; each++) {
        if (begin.lengths[each] > bytes.length - at) return false;
        into->texts[each] = (Text){bytes.bytes + at, begin.lengths[each]};
        at += begin.lengths[each];
    }
    into->control = begin.control;
    into->due_ms = begin.due_ms;
    into->has_cases = begin.has_cases;
    into->is_tracked = begin.is_tracked;
    return at == bytes.length && begin.control >= -1 && begin.control <= FAR && begin.due_ms >= 0;
}

static void put_memory(Out *out, const Track *track) {
    put_pack_list(out, track->length);
    for (uint32_t each = 0; each < track->length; each++) put_pack_whole(out, track->memory[each]);
}

/* The memory of a rule that remembers how many of its bounds are above the score. */
static void put_position(Out *out, const char *bounds, uint32_t length, double score) {
    uint32_t above = 0;
    for (uint32_t each = 0; each < length; each++) {
        double bound;
        memcpy(&bound, bounds + each * sizeof bound, sizeof bound);
        above += bound > score;
    }
    put_pack_list(out, 1);
    put_pack_whole(out, above + 1);
}

/* The alerts' own snapshot. */
static bool put_alerts(Out *out, const HeadPart *part, const Tracks *tracks) {
    Text alerts = part->texts[PART_ALERTS], cuts = part->texts[PART_CUTS];
    uint32_t from = 0, at = 0;
    while (at < cuts.length) {
        Cut cut;
        if (cuts.length - at < sizeof cut) return false;
        memcpy(&cut, cuts.bytes + at, sizeof cut);
        at += sizeof cut;
        if (cut.bounds_length > (cuts.length - at) / sizeof(double)) return false;
        if (cut.offset < from || cut.offset > alerts.length || cut.track >= (int64_t)tracks->length) return false;
        put_bytes(out, alerts.bytes + from, cut.offset - from);
        if (cut.track >= 0)
            put_memory(out, &tracks->each[cut.track]);
        else
            put_position(out, cuts.bytes + at, cut.bounds_length, tracks->score);
        at += cut.bounds_length * (uint32_t)sizeof(double);
        from = cut.offset;
    }
    put_bytes(out, alerts.bytes + from, alerts.length - from);
    return true;
}

bool put_tracked(Out *out, const HeadPart *part, const Tracks *tracks) {
    double low, high;
    tracks_band(tracks, &low, &high);
    if (!(low < high)) low = high = 0.0; /* `NONE` of alerts.lifecycle.kinds.ladder */
    put_plain(out, part->texts[PART_LEAD]);
    size_t snapshot = begin_pack_bytes(out);
    put_pack_list(out, SNAPSHOT_LENGTH);
    put_pack_whole(out, least(part->due_ms, tracks_held_ms(tracks)));
    put_pack_real(out, low);
    put_pack_real(out, high);
    put_plain(out, part->texts[PART_REST]);
    size_t alerts = begin_pack_bytes(out);
    if (!put_alerts(out, part, tracks)) return false;
    end_pack_bytes(out, alerts);
    put_plain(out, part->texts[PART_OPEN]);
    end_pack_bytes(out, snapshot);
    put_plain(out, part->texts[PART_AFTER]);
    return true;
}
