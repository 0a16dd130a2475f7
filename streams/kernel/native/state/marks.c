/* Marks of changes, and what left the windows in the latest step. */
#include "marks.h"

#include <string.h>

/* The place of a number in the part of the marks from `low` to before `high`, or where it belongs. */
static uint32_t place_of_mark(const Marks *marks, uint32_t low, uint32_t high, int64_t number) {
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (marks->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t place_for(const Marks *marks, bool is_block, int64_t number) {
    return is_block ? place_of_mark(marks, 0, marks->blocks, number)
                    : place_of_mark(marks, marks->blocks, marks->length, number);
}

bool is_marked(const Account *account, bool is_block, int64_t number) {
    const Marks *marks = account->marks;
    if (!marks) return false;
    uint32_t place = place_for(marks, is_block, number);
    return place < (is_block ? marks->blocks : marks->length) && marks->numbers[place] == number;
}

/* Room for one more. */
static Marks *with_room(Marks *marks) {
    if (marks && marks->length < marks->room) return marks;
    uint32_t room = marks ? 2 * marks->room + 3 : 3; /* with its head it fills blocks of memory well */
    Marks *grown = grow_memory(marks, 1, sizeof(Marks) + room * sizeof(int32_t));
    if (!marks) grown->blocks = grown->length = 0;
    grown->room = room;
    return grown;
}

void mark(Account *account, bool is_block, int64_t number) {
    if (number <= NOTHING_MARKED || number > INT32_MAX) fault("an event lies outside of the years that days can number");
    *(is_block ? &account->latest_block : &account->latest_day) = (int32_t)number;
    if (is_marked(account, is_block, number)) return;
    Marks *marks = account->marks = with_room(account->marks);
    uint32_t place = place_for(marks, is_block, number);
    memmove(&marks->numbers[place + 1], &marks->numbers[place], (marks->length - place) * sizeof(int32_t));
    marks->numbers[place] = (int32_t)number;
    marks->length++;
    marks->blocks += is_block;
}

void unmark_days_up_to(Account *account, int64_t day) {
    Marks *marks = account->marks;
    if (!marks) return;
    uint32_t from = place_for(marks, false, day + 1), gone = from - marks->blocks;
    if (!gone) return;
    account->latest_day = NOTHING_MARKED;
    marks->length -= gone;
    memmove(&marks->numbers[marks->blocks], &marks->numbers[from], (marks->length - marks->blocks) * sizeof(int32_t));
    if (marks->length) return;
    give_memory(marks);
    account->marks = NULL;
}

void forget_changes(Account *account) {
    give_memory(account->marks);
    account->marks = NULL;
    account->latest_day = account->latest_block = NOTHING_MARKED;
    account->items_changed = false;
}

void note_expired(Account *account, int64_t window, uint32_t bucket, int64_t number) {
    ExpiredCounts *expired = account->expired;
    if (!expired || expired->length == expired->room) {
        uint32_t room = expired ? 2 * expired->room : 4;
        ExpiredCounts *grown = grow_memory(expired, 1, sizeof *expired + room * sizeof(Expired));
        if (!expired) grown->length = 0;
        grown->room = room;
        account->expired = expired = grown;
    }
    expired->items[expired->length++] = (Expired){number, (uint32_t)window, bucket};
}

void forget_expired(Account *account) {
    give_memory(account->expired);
    account->expired = NULL;
}

void give_marks(Account *account) {
    forget_changes(account);
    forget_expired(account);
}
