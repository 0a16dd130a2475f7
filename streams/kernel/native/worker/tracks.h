/* The highest score of a span, in hundredths of a point, as alerts.lifecycle.kinds.span keeps it; and several of them, for an
 * account at which a look only records its score. */
#ifndef VITALS_TRACKS_H
#define VITALS_TRACKS_H

#include "../core/core.h"

typedef struct {
    int64_t limit, within_ms; /* it holds when the score is more than `limit` below the highest of the last `within_ms` */
    bool holds;
    uint32_t length, room;
    int64_t *memory; /* owned: the last value, then the end and the value of each that came before it, ends ascending */
} Track;

typedef struct {
    uint32_t length;
    double *each; /* owned, ascending */
} Bounds;

typedef struct {
    double low, high; /* the scores at which a look only records: low <= score < high */
    const Bounds *bounds; /* a look is due when the score passes one of them, and records nothing but that */
    double score;     /* at the last look, or when the account entered */
    int64_t until_ms; /* the instant from which on a look may do more */
    int64_t due_ms;   /* when something is due but for the tracks, FAR for never */
    bool awaits_mrr;  /* a look does more once the MRR is known, though it be 0 */
    bool is_changed;  /* Python has not seen what was recorded last */
    uint32_t length;
    Track *each; /* owned */
} Tracks;

typedef struct {
    double score, before; /* `before`: at the judgement before this one */
    int64_t at_ms;
    bool is_shift; /* the change of the score is no change of what is tracked: it moves all that was recorded */
} Look;

Tracks *tracks_new(uint32_t length); /* each is to be filled, with one value at least */
void tracks_free(Tracks *tracks);    /* NULL for none */
/* Records a score. False, and nothing is recorded, when a track begins or ends to hold by it, or would but for a shift. */
bool tracks_record(Tracks *tracks, const Look *look);
/* The scores low <= score < high that change no track. */
void tracks_band(const Tracks *tracks, double *low, double *high);
/* When the first of the tracks that hold may end, FAR for never. */
int64_t tracks_held_ms(const Tracks *tracks);
/* When something is due, that included. */
int64_t tracks_due_ms(const Tracks *tracks);

#endif
