/* What Python gives of the head of an account that has entered: HeadPart of streams/kernel/head_part.py, in one piece. */
#ifndef VITALS_HEAD_PART_H
#define VITALS_HEAD_PART_H

#include "../record/flat.h"
#include "../worker/tracks.h"

typedef enum {
    PART_NAMES,  /* of the own records that it had */
    PART_BEFORE, /* of the opaque part, before the baseline */
    PART_LEAD,   /* with tracks: what comes before the snapshot of the cases */
    PART_REST,   /* of that snapshot, what follows the band */
    PART_ALERTS, /* in it, the alerts' own snapshot without the memories of the tracks */
    PART_CUTS,   /* where in that they belong: see `Cut` of alerts.lifecycle.cases.rest */
    PART_OPEN,   /* in it, what follows the alerts */
    PART_AFTER,  /* of the opaque part, after the baseline; with tracks, after the matters */
    PART_TEXTS
} PartText;

typedef struct {
    int64_t control; /* the applied offset */
    int64_t due_ms;  /* with tracks: when something is due of the alerts, but for tracks that hold */
    bool has_cases, is_tracked;
    Text texts[PART_TEXTS];
} HeadPart;

/* False when these are no bytes of a part. */
bool read_head_part(Text bytes, HeadPart *into);
/* The matters and what follows them, with what looks have recorded. False when the part is not of these tracks. */
bool put_tracked(Out *out, const HeadPart *part, const Tracks *tracks);

#endif
