/* Days: when they go, what lies in them, and what their events have in common. */
#ifndef VITALS_DAYS_H
#define VITALS_DAYS_H

#include "../state/cells.h"
#include "../state/marks.h"
#include "fold.h"

/* The number of the first day at or after `day`. */
uint32_t day_from(const Days *days, int64_t day);
/* Makes sure that a day has a tile, without a mark that it changed. */
void make_day(const Plan *plan, Account *account, int64_t day);
/* The same for a day that an event changes. */
static inline void note_day(const Plan *plan, Account *account, int64_t day) {
    const Days *days = &account->days;
    if (!days->length || days->days[days->length - 1] != day) make_day(plan, account, day);
    mark_day(account, day);
}
/* What the events of a count series have in common on a day; NULL when it is not kept. */
const Alike *alike_on(const Days *days, int64_t day, uint32_t series);
/* The name, or the user, that all events of a day share; of length 0 when they differ or have none. */
Text alike_event(const Alike *alike);
Text alike_user(const Alike *alike);
/* values.c: removes the values up to a bucket, the last of a day; sets a day's ceiling. */
void drop_values(Values *values, int64_t day, int64_t bucket);
void set_ceiling(Values *values, int64_t day, uint64_t ceiling);
bool has_ceiling(const Values *values, int64_t day);
/* What the events of a series have in common on a day, as a record says it; texts of length 0 for nothing. */
void set_alike(Days *days, int64_t day, uint32_t series, int64_t number, Text event, Text user);

#endif
