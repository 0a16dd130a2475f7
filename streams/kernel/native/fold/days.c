/* The days of an account that have a tile, what their events have in common, and when days and ids are dropped. Equals
 * `scoring.fold.tiles`, and `note_alike` of `scoring.fold.windows`. Writes `Account.days`, `next_purge` and `ids`. */
#include "days.h"

#include "../state/ids.h"

#include <string.h>

/* The first bucket at which nothing of a day can matter any more: scoring.plan.layout.Layout.tile_goes. */
static int64_t day_goes(const Plan *plan, int64_t day) { return (day + 1) * plan->buckets_a_day + plan->span; }

static void purge_by(Account *account, int64_t bucket) {
    if (bucket >= account->next_purge) return;
    account->next_purge = bucket;
    due_by(account, bucket);
}

uint32_t day_from(const Days *days, int64_t day) {
    uint32_t low = 0, high = days->length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (days->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void make_day(const Plan *plan, Account *account, int64_t day) {
    Days *days = &account->days;
    uint32_t place = day_from(days, day);
    if (place < days->length && days->days[place] == day) return;
    if (day < INT32_MIN || day > INT32_MAX) fault("an event lies outside of the years that days can number");
    MAKE_ROOM(days->days, days->length, days->room, 4);
    memmove(&days->days[place + 1], &days->days[place], (days->length - place) * sizeof *days->days);
    days->days[place] = (int32_t)day;
    days->length++;
    purge_by(account, day_goes(plan, day));
}

bool remember_id(const Fold *fold, Account *account, const FoldEvent *event, int64_t period) {
    int64_t goes = ids_go(fold->plan, period), dropped = 0;
    if (goes <= account->current_bucket) return true; /* too old: a copy of it could change nothing either */
    if (!ids_put(fold->plan, account->ids, period, event->id_print, &dropped)) return false;
    if (dropped > 1) fold->past->ids += dropped; /* the reference notes one alone as none */
    purge_by(account, goes);
    return true;
}

static void free_alike(Alike *alike) {
    give_memory(alike->texts);
    alike->texts = NULL;
}

/* Drops the first `gone` days, with all that lies in them. */
static void drop_first_days(const Plan *plan, Account *account, uint32_t gone) {
    Days *days = &account->days;
    int64_t last = days->days[gone - 1], bucket = (last + 1) * plan->buckets_a_day - 1;
    unmark_days_up_to(account, last);
    days->length -= gone;
    memmove(days->days, &days->days[gone], days->length * sizeof *days->days);
    for (uint32_t each = 0; each < plan->count_series_length; each++)
        remove_cells_up_to(&account->counts[each], bucket);
    for (uint32_t each = 0; each < plan->value_series_length; each++) drop_values(&account->values[each], last, bucket);
    uint32_t alikes = 0;
    while (alikes < days->alikes_length && days->alikes[alikes].day <= last) free_alike(&days->alikes[alikes++]);
    days->alikes_length -= alikes;
    if (alikes) memmove(days->alikes, &days->alikes[alikes], days->alikes_length * sizeof(Alike));
}

void drop_days(const Plan *plan, Account *account) {
    int64_t now = account->current_bucket;
    if (now < account->next_purge) return;
    uint32_t gone = 0;
    while (gone < account->days.length && day_goes(plan, account->days.days[gone]) <= now) gone++;
    if (gone) drop_first_days(plan, account, gone);
    ids_forget_gone(plan, account->ids, now);
    bound_days(plan, account);
}

void bound_days(const Plan *plan, Account *account) {
    account->next_purge = account->days.length ? day_goes(plan, account->days.days[0]) : FAR;
    account->next_purge = least(account->next_purge, ids_next_gone(plan, account->ids));
}

/* --- what the events of a day have in common --- */

Text alike_event(const Alike *alike) {
    return alike->events_differ ? (Text){"", 0} : (Text){alike->texts, alike->event_length};
}

Text alike_user(const Alike *alike) {
    return alike->users_differ ? (Text){"", 0} : (Text){alike->texts + alike->event_length, alike->user_length};
}

static bool is_same(Text one, Text other) {
    return one.length == other.length && (!one.length || !memcmp(one.bytes, other.bytes, one.length));
}

static bool is_of(const Alike *alike, int64_t day, uint32_t series) {
    return alike->day == day && alike->series == series;
}

/* The number of the first alike at or after a day and series. */
static uint32_t alike_from(const Days *days, int64_t day, uint32_t series) {
    uint32_t low = 0, high = days->alikes_length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const Alike *alike = &days->alikes[middle];
        if (alike->day < day || (alike->day == day && alike->series < series))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const Alike *alike_on(const Days *days, int64_t day, uint32_t series) {
    uint32_t place = alike_from(days, day, series);
    return place < days->alikes_length && is_of(&days->alikes[place], day, series) ? &days->alikes[place] : NULL;
}

/* The alike of a day's series, found or made. */
static Alike *alike_of(Days *days, int64_t day, uint32_t series) {
    uint32_t length = days->alikes_length;
    if (length && is_of(&days->alikes[length - 1], day, series)) return &days->alikes[length - 1];
    uint32_t place = alike_from(days, day, series);
    if (place < length && is_of(&days->alikes[place], day, series)) return &days->alikes[place];
    MAKE_ROOM(days->alikes, days->alikes_length, days->alikes_room, 1);
    Alike *found = &days->alikes[place];
    memmove(found + 1, found, (length - place) * sizeof(Alike));
    days->alikes_length++;
    *found = (Alike){.day = (int32_t)day, .series = (uint16_t)series};
    return found;
}

static void begin_alike(Alike *alike, Text event, Text user) {
    if (event.length > UINT16_MAX || user.length > UINT16_MAX) fault("a name of an event or a user is too long");
    alike->event_length = (uint16_t)event.length;
    alike->user_length = (uint16_t)user.length;
    alike->texts = grow_memory(NULL, (size_t)event.length + user.length, 1);
    if (event.length) memcpy(alike->texts, event.bytes, event.length);
    if (user.length) memcpy(alike->texts + event.length, user.bytes, user.length);
}

void set_alike(Days *days, int64_t day, uint32_t series, int64_t number, Text event, Text user) {
    Alike *alike = alike_of(days, day, series);
    free_alike(alike);
    begin_alike(alike, event, user);
    alike->number = number;
    alike->events_differ = !event.length;
    alike->users_differ = !user.length;
    if (alike->events_differ && alike->users_differ) free_alike(alike);
}

void note_alike(const Plan *plan, Account *account, uint32_t series, const FoldEvent *event, int64_t bucket, int64_t day) {
    if (bucket <= account->current_bucket - plan->count_series[series].span) return;
    Alike *alike = alike_of(&account->days, day, series);
    if (!alike->number) begin_alike(alike, event->name, event->user);
    alike->number += event->times;
    if (!alike->events_differ) alike->events_differ = !is_same(alike_event(alike), event->name);
    if (!alike->users_differ) alike->users_differ = !is_same(alike_user(alike), event->user);
    if (alike->events_differ && alike->users_differ) free_alike(alike);
}
